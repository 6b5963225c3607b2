#pragma once
// One SQLite connection of one thread: prepared statements that are kept, and errors that stick.

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>
#include <tl/expected.hpp>

#include "storage/open_error.h"
#include "storage/statement.h"

namespace oee::storage {

enum class Access { readWrite, readOnly };

// What a commit survives: the loss of power, with a sync of the disk at each one; or the end of the
// process only, where what was done can be done again.
enum class Durability { powerLoss, processEnd };

// SQLite's primary result codes (sqlite3.h) that are told apart here.
enum class SqliteCode : int {
    ok = 0,
    busy = 5,
    readOnly = 8,
    corrupt = 11,
    full = 13,
    cannotOpen = 14,
    notADatabase = 26,
};

struct SqlFailure {
    SqliteCode code = SqliteCode::ok;
    std::string text;
};

// Opened, used and destroyed on one thread. The first failure sticks: everything until rollback()
// is refused without touching the file, so a series of writes is checked once, at its commit(),
// and nothing is ever written outside the transaction that SQLite may have ended by itself.
class Connection {
  public:
    struct Options {
        QString path;
        Access access = Access::readWrite;
        Durability durability = Durability::powerLoss;
        std::chrono::milliseconds busyTimeout{2'000};
    };
    // Opens the file and sets this connection's pragmas; journal_mode is set by enterWal().
    static tl::expected<std::unique_ptr<Connection>, OpenFailure> open(const Options& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Write-ahead logging with a sync at every commit.
    bool enterWal();

    // One statement that writes, prepared at its first use and kept.
    bool run(const std::string& sql, std::initializer_list<Value> values = {}) {
        return run(sql, std::span(values.begin(), values.size()));
    }
    bool run(const std::string& sql, std::span<const Value> values);
    // One statement, not kept: pragmas and the schema.
    bool execute(const QString& sql);
    // Calls `onRow` (const QSqlQuery& → bool) for each row until it answers false; the statement is
    // reset afterwards, so that it pins nothing. False where the statement failed.
    template <typename OnRow>
    bool each(const std::string& sql, std::initializer_list<QVariant> values, OnRow&& onRow) {
        QSqlQuery* query = start(sql, values);
        if (query == nullptr) {
            return false;
        }
        bool wanted = true;
        while (wanted && query->next()) {
            wanted = onRow(static_cast<const QSqlQuery&>(*query));
        }
        return finish(*query);
    }
    // The first column of the first row; invalid where there is none or the statement failed.
    QVariant scalar(const std::string& sql, std::initializer_list<QVariant> values = {});

    // Takes the write lock at once (a read transaction that upgrades later fails with
    // BUSY_SNAPSHOT); waits up to three busy time-outs for it.
    bool begin();
    bool commit();
    // Ends the transaction, if SQLite has not, and forgets the failure.
    void rollback();

    // What cannot be read, or contradicts itself, is a failure like any other: the file is corrupt.
    void fail(const std::string& where);

    bool failed() const { return failure_.code != SqliteCode::ok; }
    const SqlFailure& failure() const { return failure_; }
    // What the failure means for opening the file.
    OpenFailure openFailure(OpenError otherwise) const;

  private:
    explicit Connection(QString name) : name_(std::move(name)) {}
    sqlite3* handle() const;
    QSqlQuery* start(const std::string& sql, std::initializer_list<QVariant> values);
    bool finish(QSqlQuery& query);
    bool runWithRetry(const std::string& sql);
    bool stick(const QSqlError& error);

    QString name_;
    QSqlDatabase database_;
    std::unordered_map<std::string, QSqlQuery> prepared_;    // that read
    std::unordered_map<std::string, Statement> statements_;  // that write
    SqlFailure failure_;
};

}  // namespace oee::storage
