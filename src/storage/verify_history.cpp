#include <memory>
#include <string>

#include <QFileInfo>

#include "storage/connection.h"
#include "storage/event_chain.h"
#include "storage/migrations.h"
#include "storage/tables.h"

namespace oee::storage {
namespace {

tl::expected<std::unique_ptr<Connection>, OpenFailure> openHistory(const QString& path) {
    auto connection = Connection::open({.path = path, .access = Access::readOnly});
    if (!connection) {
        return connection;
    }
    const int version = (*connection)->scalar("PRAGMA user_version").toInt();
    if ((*connection)->failed()) {
        return tl::unexpected((*connection)->openFailure(OpenError::cannotOpen));
    }
    const int known = embeddedMigrations().back().version;
    if (version != known) {
        return tl::unexpected(
            OpenFailure{version > known ? OpenError::newerSchema : OpenError::foreignDatabase,
                        path.toStdString() + ": schema version " + std::to_string(version) +
                            " instead of " + std::to_string(known)});
    }
    return connection;
}

}  // namespace

tl::expected<ChainReport, OpenFailure> verifyHistory(const HistoryFiles& files) {
    auto engine = openHistory(files.engine);
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    std::unique_ptr<Connection> archive;
    if (QFileInfo::exists(files.archive)) {
        auto opened = openHistory(files.archive);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        archive = std::move(*opened);
    }
    // One state of each file for all statements. What is archived meanwhile was copied before it
    // was taken out: the archive must be the one that is looked at later.
    for (Connection* one : {engine->get(), archive.get()}) {
        if (one != nullptr) {
            one->execute(QStringLiteral("BEGIN"));
            one->scalar("SELECT count(*) FROM meta");
        }
    }
    ChainReport report = checkHistory(**engine, archive.get());
    for (Connection* one : {engine->get(), archive.get()}) {
        if (one != nullptr) {
            one->rollback();
        }
    }
    return report;
}

tl::expected<QString, OpenFailure> newestEventHash(const QString& databasePath) {
    auto connection = Connection::open({.path = databasePath, .access = Access::readOnly});
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    const QString hash = (*connection)
                             ->scalar("SELECT value FROM meta WHERE key = ?",
                                      {QString::fromLatin1(meta::kEventHead)})
                             .toString();
    if ((*connection)->failed()) {
        return tl::unexpected((*connection)->openFailure(OpenError::corrupt));
    }
    return hash;
}

}  // namespace oee::storage
