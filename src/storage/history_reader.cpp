#include "storage/history_reader.h"

#include <algorithm>
#include <cassert>
#include <future>
#include <limits>
#include <string>
#include <utility>

#include <QThread>

#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/migrations.h"
#include "storage/rows.h"

namespace oee::storage {
namespace {

using execution::StoreError;

constexpr std::size_t kMaxWaiting = 1'000;
constexpr std::size_t kMaxOrders = 1'000;
constexpr std::size_t kMaxFills = 10'000;

// Reads rows by `read` until the first that is not valid.
template <typename T>
tl::expected<std::vector<T>, StoreError> readRows(Connection& connection, const std::string& sql,
                                                  std::initializer_list<QVariant> values,
                                                  T (*read)(Row&)) {
    std::vector<T> rows;
    connection.each(sql, values, [&](const QSqlQuery& query) {
        Row row(query);
        rows.push_back(read(row));
        if (!row.valid()) {
            connection.fail(row.faultyColumn().toStdString());
        }
        return row.valid();
    });
    if (connection.failed()) {
        return tl::unexpected(StoreError::unavailable);
    }
    return rows;
}

domain::OrderPtr readSharedOrder(Row& row) {
    return std::make_shared<const domain::Order>(readOrder(row));
}

tl::expected<std::vector<domain::OrderPtr>, StoreError> readOrders(Connection& connection,
                                                                   const OrderFilter& filter) {
    std::string sql = "SELECT " + kOrderColumns + " FROM orders WHERE ";
    // One of our own words, written out so that an index on those can be used.
    const std::string isStatus =
        filter.status ? "status = '" + std::string(domain::nameOf(*filter.status)) + "' AND " : "";
    if (filter.status && domain::isTerminal(*filter.status)) {
        // Numbers grow as ids do.
        sql += "number IN (SELECT order_number FROM order_ends WHERE " + isStatus +
               "order_number <= (SELECT number FROM order_rows WHERE id < ? ORDER BY id DESC LIMIT "
               "1) ORDER BY order_number DESC LIMIT ?) ORDER BY number DESC";
    } else if (filter.status) {
        sql += isStatus +
               "number IN (SELECT order_number FROM outbox_rows) AND id < ? ORDER BY id DESC "
               "LIMIT ?";
    } else {
        sql += "id < ? ORDER BY id DESC LIMIT ?";
    }
    constexpr domain::OrderId kAfterAll{std::numeric_limits<std::uint64_t>::max(),
                                        std::numeric_limits<std::uint64_t>::max()};
    return readRows<domain::OrderPtr>(connection, sql,
                                      {textOf(filter.before.value_or(kAfterAll)),
                                       static_cast<qint64>(std::min(filter.limit, kMaxOrders))},
                                      &readSharedOrder);
}

execution::DeadLetter readDeadLetter(Row& row) {
    domain::OrderPtr order = readSharedOrder(row);
    return {std::move(order), readJob(row)};
}

tl::expected<OrderRecord, StoreError> readRecord(Connection& connection,
                                                 const domain::OrderId& orderId) {
    const QString id = textOf(orderId);
    auto orders = readRows<domain::OrderPtr>(
        connection, "SELECT " + kOrderColumns + " FROM orders WHERE id = ?", {id},
        &readSharedOrder);
    auto events = readRows<domain::OrderEvent>(
        connection,
        "SELECT " + kEventColumns + " FROM order_events WHERE order_id = ? ORDER BY seq", {id},
        &readEvent);
    auto fills = readRows<domain::Fill>(
        connection, "SELECT " + kFillColumns + " FROM fills WHERE order_id = ? ORDER BY leg", {id},
        &readFill);
    auto receipts = readRows<domain::Receipt>(
        connection, "SELECT " + kReceiptColumns + " FROM receipts WHERE order_id = ?", {id},
        &readReceipt);
    if (!orders || !events || !fills || !receipts) {
        return tl::unexpected(StoreError::unavailable);
    }
    if (orders->empty()) {
        return tl::unexpected(StoreError::notFound);
    }
    for (domain::OrderEvent& event : *events) {
        event.order = orders->front();
    }
    OrderRecord record{orders->front(), std::move(*events), std::move(*fills), {}};
    if (!receipts->empty()) {
        record.receipt = std::move(receipts->front());
    }
    return record;
}

// One state of the file for all statements of `read`.
template <typename Read>
auto consistently(Connection& connection, Read&& read) {
    connection.execute(QStringLiteral("BEGIN"));
    auto result = read();
    // Ends the read transaction, and forgets a failure: the next query starts clean.
    connection.rollback();
    return result;
}

tl::expected<std::unique_ptr<Connection>, OpenFailure> openForReading(const QString& path) {
    auto connection = Connection::open({.path = path,
                                        .access = Access::readOnly,
                                        .busyTimeout = std::chrono::milliseconds{2'000}});
    if (!connection) {
        return connection;
    }
    const int version = (*connection)->scalar("PRAGMA user_version").toInt();
    const int known = embeddedMigrations().back().version;
    if ((*connection)->failed()) {
        return tl::unexpected((*connection)->openFailure(OpenError::cannotOpen));
    }
    if (version != known) {
        return tl::unexpected(OpenFailure{
            version > known ? OpenError::newerSchema : OpenError::foreignDatabase,
            "schema version " + std::to_string(version) + " instead of " + std::to_string(known)});
    }
    return connection;
}

}  // namespace

tl::expected<std::unique_ptr<HistoryReader>, OpenFailure> HistoryReader::open(const QString& path) {
    std::unique_ptr<HistoryReader> reader(new HistoryReader);
    std::promise<tl::expected<void, OpenFailure>> promise;
    auto opened = promise.get_future();
    reader->thread_.reset(
        QThread::create([self = reader.get(), path, promise = std::move(promise)]() mutable {
            auto connection = openForReading(path);
            if (!connection) {
                promise.set_value(tl::unexpected(std::move(connection.error())));
                return;
            }
            promise.set_value({});
            self->run(**connection);
        }));
    reader->thread_->setObjectName(QStringLiteral("storage reader"));
    reader->thread_->start();
    if (auto result = opened.get(); !result) {
        return tl::unexpected(std::move(result.error()));
    }
    return reader;
}

HistoryReader::~HistoryReader() {
    assert(QThread::currentThread() != thread_.get());
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    thread_->wait();
}

void HistoryReader::run(Connection& connection) {
    for (;;) {
        Query query;
        Fate fate = Fate::run;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
            if (queue_.empty()) {
                return;
            }
            query = std::move(queue_.front());
            queue_.pop_front();
            fate = closing_ ? Fate::closed : Fate::run;
        }
        query(fate, &connection);
    }
}

void HistoryReader::push(Query query) {
    Fate fate = Fate::closed;
    {
        const std::lock_guard lock(mutex_);
        if (!closing_ && queue_.size() < kMaxWaiting) {
            queue_.push_back(std::move(query));
            wake_.notify_one();
            return;
        }
        fate = closing_ ? Fate::closed : Fate::unavailable;
    }
    query(fate, nullptr);
}

template <typename T, typename Read>
void HistoryReader::ask(Answer<T> answer, Read read) {
    push([answer = std::move(answer), read = std::move(read)](Fate fate, Connection* connection) {
        if (fate == Fate::run) {
            answer(consistently(*connection, [&] { return read(*connection); }));
        } else {
            answer(tl::unexpected(fate == Fate::closed ? StoreError::closed
                                                       : StoreError::unavailable));
        }
    });
}

void HistoryReader::orders(const OrderFilter& filter,
                           Answer<std::vector<domain::OrderPtr>> answer) {
    ask(std::move(answer),
        [filter](Connection& connection) { return readOrders(connection, filter); });
}

void HistoryReader::order(domain::OrderId orderId, Answer<OrderRecord> answer) {
    ask(std::move(answer),
        [orderId](Connection& connection) { return readRecord(connection, orderId); });
}

void HistoryReader::deadLetters(Answer<std::vector<execution::DeadLetter>> answer) {
    ask(std::move(answer), [](Connection& connection) {
        return readRows<execution::DeadLetter>(
            connection,
            "SELECT " + kOrderColumns +
                ", (SELECT failures FROM outbox WHERE order_id = orders.id), "
                "(SELECT parked_at_micros FROM outbox WHERE order_id = orders.id), "
                "(SELECT begun FROM outbox WHERE order_id = orders.id) FROM orders "
                "WHERE id IN (SELECT order_id FROM outbox WHERE parked_at_micros IS NOT NULL) "
                "ORDER BY id DESC LIMIT ?",
            {static_cast<qint64>(kMaxOrders)}, &readDeadLetter);
    });
}

void HistoryReader::fills(std::size_t limit, Answer<std::vector<domain::Fill>> answer) {
    ask(std::move(answer), [limit](Connection& connection) {
        return readRows<domain::Fill>(
            connection, "SELECT " + kFillColumns + " FROM fills ORDER BY number DESC LIMIT ?",
            {static_cast<qint64>(std::min(limit, kMaxFills))}, &readFill);
    });
}

}  // namespace oee::storage
