#include "storage/archive.h"

#include <utility>

#include <QRandomGenerator>
#include <QUrl>

#include "domain/receipt.h"
#include "storage/codec.h"
#include "storage/migrations.h"
#include "storage/tables.h"

namespace oee::storage {
namespace {

constexpr const char* kArchiveId = "archive_id";

// What belongs to an order, and which rows these are; ?1 is its id.
struct Moved {
    std::string table;
    std::string rows;
};

std::vector<Moved> moved() {
    const std::string number = "(SELECT number FROM engine.order_rows WHERE id = ?1)";
    const std::string receipt =
        "(SELECT number FROM engine.receipt_rows WHERE order_number = " + number + ")";
    std::string seconds;  // all that there are: the first column of the key
    for (const std::uint32_t one : domain::kMarkoutSeconds) {
        seconds += (seconds.empty() ? "" : ", ") + std::to_string(one);
    }
    return {{"order_rows", "id = ?1"},
            {"order_ends", "order_number = " + number},
            {"event_rows", "order_number = " + number},
            {"transaction_rows", "order_number = " + number},
            {"fill_rows", "order_number = " + number},
            {"receipt_rows", "order_number = " + number},
            {"markout_rows", "seconds IN (" + seconds + ") AND receipt_number = " + receipt}};
}

// Those that are stored; not what is generated from them.
std::string columnsOf(Connection& connection, const std::string& table) {
    std::string columns;
    connection.each("SELECT name FROM pragma_table_info(?) ORDER BY cid",
                    {QString::fromStdString(table)}, [&](const QSqlQuery& query) {
                        columns += columns.empty() ? "" : ", ";
                        columns += query.value(0).toString().toStdString();
                        return true;
                    });
    return columns;
}

std::string metaOf(Connection& connection, const std::string& schema, const char* key) {
    return connection
        .scalar("SELECT value FROM " + schema + ".meta WHERE key = ?", {QString::fromLatin1(key)})
        .toString()
        .toStdString();
}

}  // namespace

QString archiveIdOf(Connection& connection) {
    return QString::fromStdString(metaOf(connection, "main", kArchiveId));
}

tl::expected<std::unique_ptr<Archive>, OpenFailure> Archive::open(const Paths& paths) {
    // Who locks the archive holds up nothing but this thread.
    auto connection = Connection::open({.path = paths.archive});
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    std::unique_ptr<Archive> archive(new Archive(std::move(*connection)));
    if (auto prepared = archive->prepare(paths.engine); !prepared) {
        prepared.error().detail = paths.archive.toStdString() + ": " + prepared.error().detail;
        return tl::unexpected(std::move(prepared.error()));
    }
    return archive;
}

tl::expected<void, OpenFailure> Archive::prepare(const QString& enginePath) {
    Connection& connection = *connection_;
    if (auto migrated = migrate(connection, embeddedMigrations()); !migrated) {
        return migrated;
    }
    connection.enterWal();
    // Read only, so that a transaction here never takes the engine's write lock.
    const QByteArray uri =
        QUrl::fromLocalFile(enginePath).toEncoded(QUrl::FullyEncoded) + "?mode=ro";
    connection.run("ATTACH ? AS engine", {uri.toStdString()});
    if (auto identified = identify(); !identified) {
        return identified;
    }
    for (const auto& [table, rows] : moved()) {
        const std::string columns = columnsOf(connection, table);
        statements_.push_back("INSERT OR IGNORE INTO main." + table + " (" + columns + ") SELECT " +
                              columns + " FROM engine." + table + " WHERE " + rows);
    }
    if (connection.failed()) {
        return tl::unexpected(connection.openFailure(OpenError::cannotOpen));
    }
    return {};
}

tl::expected<void, OpenFailure> Archive::identify() {
    Connection& connection = *connection_;
    connection.begin();
    const std::string engine = metaOf(connection, "engine", meta::kInstanceId);
    const std::string own = metaOf(connection, "main", meta::kInstanceId);
    if (own.empty()) {
        const auto put = [&](const char* key, const std::string& value) {
            connection.run("INSERT INTO main.meta (key, value) VALUES (?, ?)", {key, value});
        };
        put(meta::kInstanceId, engine);
        put(kArchiveId, QString::number(QRandomGenerator::system()->generate64(), 16)
                            .rightJustified(16, QLatin1Char('0'))
                            .toStdString());
    }
    id_ = archiveIdOf(connection);
    connection.commit();
    if (!connection.failed() && (id_.isEmpty() || (!own.empty() && own != engine))) {
        return tl::unexpected(OpenFailure{
            OpenError::foreignDatabase,
            id_.isEmpty() ? "it is not an archive" : "it is the archive of another engine"});
    }
    return {};
}

tl::expected<void, std::string> Archive::copy(const std::vector<domain::OrderId>& orders) {
    connection_->begin();
    for (const domain::OrderId& order : orders) {
        const std::string id = domain::toString(order);
        for (const std::string& statement : statements_) {
            connection_->run(statement, {id});
        }
    }
    if (!connection_->commit()) {
        std::string why = connection_->failure().text;
        connection_->rollback();
        return tl::unexpected(std::move(why));
    }
    return {};
}

}  // namespace oee::storage
