#include "storage/connection.h"

#include <atomic>

#include <sqlite3.h>

#include <QSqlDriver>
#include <QSqlError>
#include <QStringList>

namespace oee::storage {
namespace {

constexpr int kBusyAttempts = 3;
constexpr int kPrimaryBits = 0xff;  // of a result code

// Names are process-wide in QtSql; two stores may be open at once.
QString uniqueName() {
    static std::atomic<std::uint64_t> counter{0};
    return QStringLiteral("oee-%1").arg(counter.fetch_add(1));
}

SqliteCode primaryCode(const QSqlError& error) {
    bool isNumber = false;
    const int code = error.nativeErrorCode().toInt(&isNumber);
    constexpr int kGeneric = 1;  // SQLITE_ERROR
    // The lower byte of an extended result code is the primary one (sqlite.org/rescode.html).
    const int primary = code & kPrimaryBits;
    return static_cast<SqliteCode>(isNumber && primary != 0 ? primary : kGeneric);
}

}  // namespace

std::string_view nameOf(OpenError error) {
    switch (error) {
        case OpenError::cannotOpen:
            return "cannotOpen";
        case OpenError::notADatabase:
            return "notADatabase";
        case OpenError::foreignDatabase:
            return "foreignDatabase";
        case OpenError::corrupt:
            return "corrupt";
        case OpenError::newerSchema:
            return "newerSchema";
        case OpenError::migrationFailed:
            return "migrationFailed";
        case OpenError::otherGenesis:
            return "otherGenesis";
        case OpenError::readOnly:
            return "readOnly";
        case OpenError::busy:
            return "busy";
        case OpenError::full:
            return "full";
    }
    return {};
}

tl::expected<std::unique_ptr<Connection>, OpenFailure> Connection::open(const Options& options) {
    // SQLite counts its memory under a lock at each allocation, for nobody. To be said before its
    // first use; later it stays as it is.
    static const int memoryIsNotCounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(memoryIsNotCounted);
    std::unique_ptr<Connection> connection(new Connection(uniqueName()));
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection->name_);
    database.setDatabaseName(options.path);
    QStringList connectOptions{
        QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(options.busyTimeout.count()),
        QStringLiteral("QSQLITE_OPEN_URI")};  // for what is attached
    if (options.access == Access::readOnly) {
        connectOptions.append(QStringLiteral("QSQLITE_OPEN_READONLY"));
    }
    database.setConnectOptions(connectOptions.join(QLatin1Char(';')));
    connection->database_ = database;
    if (!database.open()) {
        return tl::unexpected(OpenFailure{
            OpenError::cannotOpen,
            options.path.toStdString() + ": " + database.lastError().text().toStdString()});
    }
    connection->execute(QStringLiteral("PRAGMA foreign_keys = ON"));
    if (options.durability == Durability::powerLoss) {
        connection->execute(QStringLiteral("PRAGMA synchronous = FULL"));
        // Rows and pages that change again and again are moved into the database once in 16 MiB.
        connection->execute(QStringLiteral("PRAGMA wal_autocheckpoint = 4096"));
    } else {
        // What a process has written outlives it without being forced onto the disk; the log is
        // moved into the database every 64 MiB.
        connection->execute(QStringLiteral("PRAGMA synchronous = OFF"));
        connection->execute(QStringLiteral("PRAGMA wal_autocheckpoint = 16384"));
    }
    connection->execute(QStringLiteral("PRAGMA cache_size = -65536"));  // KiB
    if (options.access == Access::readOnly) {
        connection->execute(QStringLiteral("PRAGMA query_only = ON"));
    }
    // SQLite opens lazily: the first read tells whether this is a database at all.
    connection->scalar("SELECT count(*) FROM sqlite_master");
    if (connection->failed()) {
        OpenFailure failure = connection->openFailure(OpenError::cannotOpen);
        failure.detail = options.path.toStdString() + ": " + failure.detail;
        return tl::unexpected(std::move(failure));
    }
    return connection;
}

Connection::~Connection() {
    statements_.clear();
    prepared_.clear();
    database_.close();
    database_ = QSqlDatabase();
    QSqlDatabase::removeDatabase(name_);
}

bool Connection::enterWal() {
    const QVariant mode = scalar("PRAGMA journal_mode = WAL");
    if (!failed() && mode.toString() != QLatin1String("wal")) {
        failure_ = {SqliteCode::cannotOpen,
                    "the file system offers no write-ahead log (a network drive?)"};
    }
    // The log is cut back to this once it has been written into the database.
    return execute(QStringLiteral("PRAGMA journal_size_limit = 67108864"));
}

bool Connection::stick(const QSqlError& error) {
    if (!failed()) {
        failure_ = {primaryCode(error), error.text().toStdString()};
    }
    return false;
}

void Connection::fail(const std::string& where) {
    if (!failed()) {
        failure_ = {SqliteCode::corrupt, "the file is damaged or was changed by others: " + where};
    }
}

QSqlQuery* Connection::start(const std::string& sql, std::initializer_list<QVariant> values) {
    if (failed()) {
        return nullptr;
    }
    auto found = prepared_.find(sql);
    if (found == prepared_.end()) {
        QSqlQuery query(database_);
        query.setForwardOnly(true);
        if (!query.prepare(QString::fromStdString(sql))) {
            stick(query.lastError());
            return nullptr;
        }
        found = prepared_.emplace(sql, std::move(query)).first;
    }
    QSqlQuery& query = found->second;
    int position = 0;
    for (const QVariant& value : values) {
        query.bindValue(position++, value);
    }
    if (!query.exec()) {
        stick(query.lastError());
        query.finish();
        return nullptr;
    }
    return &query;
}

bool Connection::finish(QSqlQuery& query) {
    // next() ends alike at the last row and at an error.
    const QSqlError error = query.lastError();
    query.finish();
    return error.isValid() ? stick(error) : true;
}

bool Connection::run(const std::string& sql, std::span<const Value> values) {
    if (failed()) {
        return false;
    }
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        found = statements_.emplace(sql, Statement(handle(), sql)).first;
    }
    const int result = found->second.run(values);
    if (result != SQLITE_OK) {
        failure_ = {static_cast<SqliteCode>(result & kPrimaryBits), sqlite3_errmsg(handle())};
        statements_.erase(found);
        return false;
    }
    return true;
}

// Qt's plugin and this program share the system's library.
sqlite3* Connection::handle() const {
    return *static_cast<sqlite3* const*>(database_.driver()->handle().constData());
}

bool Connection::execute(const QString& sql) {
    if (failed()) {
        return false;
    }
    QSqlQuery query(database_);
    return query.exec(sql) ? true : stick(query.lastError());
}

QVariant Connection::scalar(const std::string& sql, std::initializer_list<QVariant> values) {
    QVariant value;
    each(sql, values, [&](const QSqlQuery& query) {
        value = query.value(0);
        return false;
    });
    return failed() ? QVariant() : value;
}

bool Connection::runWithRetry(const std::string& sql) {
    for (int attempt = 1; !run(sql); ++attempt) {
        if (failure_.code != SqliteCode::busy || attempt == kBusyAttempts) {
            return false;
        }
        failure_ = {};
    }
    return true;
}

bool Connection::begin() {
    return !failed() && runWithRetry("BEGIN IMMEDIATE");
}

bool Connection::commit() {
    return !failed() && runWithRetry("COMMIT");
}

void Connection::rollback() {
    failure_ = {};
    // Fails where SQLite has rolled back already (disk full, I/O error): that is what is wanted.
    QSqlQuery query(database_);
    query.exec(QStringLiteral("ROLLBACK"));
}

OpenFailure Connection::openFailure(OpenError otherwise) const {
    OpenError error = otherwise;
    switch (failure_.code) {
        case SqliteCode::busy:
            error = OpenError::busy;
            break;
        case SqliteCode::readOnly:
            error = OpenError::readOnly;
            break;
        case SqliteCode::corrupt:
            error = OpenError::corrupt;
            break;
        case SqliteCode::full:
            error = OpenError::full;
            break;
        case SqliteCode::notADatabase:
            error = OpenError::notADatabase;
            break;
        case SqliteCode::cannotOpen:
            error = OpenError::cannotOpen;
            break;
        case SqliteCode::ok:
            break;
    }
    return {error, failure_.text};
}

}  // namespace oee::storage
