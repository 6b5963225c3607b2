#include "storage/background_check.h"

#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include <QThread>

#include "storage/connection.h"

namespace oee::storage {
namespace {

// A short statement each: a long one would keep the log from being moved into the database.
constexpr qint64 kRowsAPiece = 2'000;
// After each piece it rests for so many times as long as the piece took.
constexpr int kRest = 4;

// An expression that needs all of a row: texts are counted to their end.
std::string lengthOfRow(Connection& connection, const QString& table) {
    std::string sum = "0";
    connection.each("SELECT name FROM pragma_table_info(?)", {table}, [&](const QSqlQuery& query) {
        sum +=
            " + coalesce(length(CAST(" + query.value(0).toString().toStdString() + " AS TEXT)), 0)";
        return true;
    });
    return sum;
}

}  // namespace

BackgroundCheck::BackgroundCheck(QString databasePath,
                                 std::function<void(const std::string&)> notice)
    : databasePath_(std::move(databasePath)), notice_(std::move(notice)) {
    thread_.reset(QThread::create([this] { run(); }));
    thread_->setObjectName(QStringLiteral("storage check"));
    thread_->start();
}

BackgroundCheck::~BackgroundCheck() {
    assert(QThread::currentThread() != thread_.get());
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_->wait();
}

bool BackgroundCheck::isDone() const {
    const std::lock_guard lock(mutex_);
    return isDone_;
}

bool BackgroundCheck::rest(std::chrono::microseconds wait) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [this] { return ending_; });
    return !ending_;
}

void BackgroundCheck::run() {
    auto connection = Connection::open({.path = databasePath_, .access = Access::readOnly});
    std::string problem = connection ? std::string() : connection.error().detail;
    if (connection) {
        std::vector<std::pair<QString, bool>> tables;
        (*connection)
            ->each(
                "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
                {}, [&](const QSqlQuery& query) {
                    tables.emplace_back(query.value(0).toString(), !query.value(1).toBool());
                    return true;
                });
        for (const auto& [table, hasRowid] : tables) {
            if (!readTable(**connection, table, hasRowid)) {
                break;
            }
        }
        problem = (*connection)->failure().text;
    }
    if (!problem.empty()) {
        notice_("The database is damaged (" + problem +
                "): what is not affected goes on. Stop the engine, keep a copy of " +
                databasePath_.toStdString() + ", and see what verify says.");
    }
    const std::lock_guard lock(mutex_);
    isDone_ = true;
}

bool BackgroundCheck::readTable(Connection& connection, const QString& table, bool hasRowid) {
    const std::string name = table.toStdString();
    const std::string length = lengthOfRow(connection, table);
    if (!hasRowid) {
        connection.scalar("SELECT sum(" + length + ") FROM " + name);
        return !connection.failed() && rest({});
    }
    const std::string sql = "SELECT max(r), sum(n) FROM (SELECT rowid AS r, " + length +
                            " AS n FROM " + name + " WHERE rowid > ? ORDER BY rowid LIMIT ?)";
    QVariant reached = std::numeric_limits<qint64>::min();
    while (!reached.isNull() && !connection.failed()) {
        const auto began = std::chrono::steady_clock::now();
        reached = connection.scalar(sql, {reached, kRowsAPiece});
        if (!rest(kRest * std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::steady_clock::now() - began))) {
            return false;
        }
    }
    return !connection.failed();
}

}  // namespace oee::storage
