#include "storage/prune.h"

#include <algorithm>
#include <string>
#include <utility>

#include "domain/receipt.h"
#include "storage/codec.h"
#include "storage/pruned_events.h"

namespace oee::storage {
namespace {

constexpr base::UnixMicros kDayMicros = 86'400'000'000;
constexpr qint64 kRowsASearch = 2'000;

// Orders that the next numbers of orders, events, fills and receipts follow from.
struct Newest {
    std::optional<domain::OrderId> order;
    std::optional<domain::OrderId> told;
    std::optional<domain::OrderId> filled;
    std::optional<domain::OrderId> receipted;

    bool has(const domain::OrderId& id) const {
        return id == order || id == told || id == filled || id == receipted;
    }
};

std::optional<domain::OrderId> idOf(Connection& connection, const std::string& sql) {
    std::optional<domain::OrderId> id;
    connection.each(sql, {}, [&](const QSqlQuery& query) {
        Row row(query);
        id = row.orderId();
        if (!row.valid()) {
            connection.fail(row.faultyColumn().toStdString() + " in: " + sql);
        }
        return false;
    });
    return id;
}

Newest readNewest(Connection& connection) {
    const std::string withNumber = "SELECT id FROM order_rows WHERE number = (SELECT order_number ";
    return {
        idOf(connection, "SELECT id FROM order_rows ORDER BY id DESC LIMIT 1"),
        idOf(connection, withNumber + "FROM event_rows ORDER BY seq DESC LIMIT 1)"),
        idOf(connection, withNumber + "FROM fill_rows ORDER BY number DESC LIMIT 1)"),
        idOf(connection, withNumber + "FROM receipt_rows ORDER BY number DESC LIMIT 1)"),
    };
}

struct Candidate {
    domain::OrderId id;
    domain::OrderStatus status = domain::OrderStatus::pending;
    base::UnixMicros createdAtMicros = 0;
    base::UnixMicros updatedAtMicros = 0;
    bool owesMarkouts = false;
};

enum class Verdict { surplus, kept, allYoungerAreKept };

class Judge {
  public:
    Judge(const SurplusSearch& search, const Newest& newest) : newest_(newest) {
        youngest_ = search.nowMicros - kYoungestSurplusMicros;
        if (search.policy.keepDays) {
            oldest_ = search.nowMicros - *search.policy.keepDays * kDayMicros;
        }
        keepOrders_ = search.policy.keepOrders;
    }

    Verdict judge(const Candidate& order) const {
        const bool isTooMany =
            keepOrders_ &&
            domain::orderNumberOf(*newest_.order) - domain::orderNumberOf(order.id) >= *keepOrders_;
        const auto isTooOld = [this](base::UnixMicros micros) {
            return oldest_ && micros < *oldest_;
        };
        // Younger orders have higher numbers, and end after they were made.
        if (order.createdAtMicros > youngest_ || (!isTooMany && !isTooOld(order.createdAtMicros))) {
            return Verdict::allYoungerAreKept;
        }
        const bool mayGo = domain::isTerminal(order.status) && !order.owesMarkouts &&
                           order.updatedAtMicros <= youngest_ && !newest_.has(order.id);
        return mayGo && (isTooMany || isTooOld(order.updatedAtMicros)) ? Verdict::surplus
                                                                       : Verdict::kept;
    }

  private:
    Newest newest_;
    base::UnixMicros youngest_ = 0;
    std::optional<base::UnixMicros> oldest_;
    std::optional<std::uint32_t> keepOrders_;
};

struct GoneEvent {
    std::uint64_t sequence = 0;
    domain::EventHash previousHash{};
};

// By sequence.
std::vector<GoneEvent> eventsOf(Connection& connection,
                                const std::vector<domain::OrderId>& orders) {
    std::vector<GoneEvent> events;
    for (const domain::OrderId& id : orders) {
        connection.each("SELECT seq, previous_sha256 FROM order_events WHERE order_id = ?",
                        {textOf(id)}, [&](const QSqlQuery& query) {
                            Row row(query);
                            const std::uint64_t sequence = row.bits();
                            events.push_back({sequence, row.eventHash()});
                            if (!row.valid()) {
                                connection.fail("order_events." + row.faultyColumn().toStdString());
                            }
                            return row.valid();
                        });
    }
    std::sort(events.begin(), events.end(), [](const GoneEvent& one, const GoneEvent& other) {
        return one.sequence < other.sequence;
    });
    return events;
}

// The hash of an event is what the next one carries, or what was written down when that one went.
domain::EventHash hashOfEvent(Connection& connection, std::uint64_t sequence) {
    std::optional<domain::EventHash> hash;
    const auto read = [&](const QSqlQuery& query) {
        Row row(query);
        hash = row.eventHash();
        if (!row.valid()) {
            connection.fail("the hash of event " + std::to_string(sequence));
        }
        return false;
    };
    const qint64 next = signedBits(sequence + 1);
    connection.each("SELECT previous_sha256 FROM order_events WHERE seq = ?", {next}, read);
    if (!hash) {
        connection.each("SELECT before_sha256 FROM pruned_events WHERE first_seq = ?", {next},
                        read);
    }
    if (!hash) {
        connection.fail("event " + std::to_string(sequence) +
                        " is the newest, or the next is lost");
    }
    return hash.value_or(domain::EventHash{});
}

void deleteEvents(Connection& connection, const std::vector<GoneEvent>& events,
                  const QString& archive) {
    for (std::size_t first = 0; first < events.size();) {
        std::size_t last = first;
        while (last + 1 < events.size() && events[last + 1].sequence == events[last].sequence + 1) {
            ++last;
        }
        addPrunedEvents(connection,
                        {events[first].sequence, events[last].sequence, events[first].previousHash,
                         hashOfEvent(connection, events[last].sequence), archive});
        connection.run("DELETE FROM event_rows WHERE seq BETWEEN ? AND ?",
                       {signedBits(events[first].sequence), signedBits(events[last].sequence)});
        first = last + 1;
    }
}

}  // namespace

Surplus findSurplus(Connection& connection, const SurplusSearch& search) {
    Surplus surplus;
    const Newest newest = readNewest(connection);
    if (connection.failed() || !newest.order) {
        return surplus;
    }
    const Judge judge(search, newest);
    connection.each(
        "SELECT id, status, created_at_micros, updated_at_micros, EXISTS (SELECT 1 FROM "
        "receipt_rows WHERE order_number = orders.number AND NOT EXISTS (SELECT 1 FROM "
        "markout_rows WHERE seconds = " +
            std::to_string(domain::kMarkoutSeconds.back()) +
            " AND receipt_number = receipt_rows.number)) FROM orders WHERE id > ? ORDER BY id "
            "LIMIT ?",
        {textOf(search.after.value_or(domain::OrderId{})), kRowsASearch},
        [&](const QSqlQuery& query) {
            Row row(query);
            Candidate order;
            order.id = row.orderId();
            order.status = row.status();
            order.createdAtMicros = row.integer();
            order.updatedAtMicros = row.integer();
            order.owesMarkouts = row.integer() != 0;
            if (!row.valid()) {
                connection.fail("orders." + row.faultyColumn().toStdString());
                return false;
            }
            const Verdict verdict = judge.judge(order);
            surplus.reached = order.id;
            if (verdict == Verdict::surplus) {
                surplus.orders.push_back(order.id);
            } else if (verdict == Verdict::allYoungerAreKept) {
                surplus.reached.reset();
            }
            return surplus.reached.has_value() && surplus.orders.size() < search.limit;
        });
    return surplus;
}

void pruneOrders(Connection& connection, const PruneBatch& batch) {
    deleteEvents(connection, eventsOf(connection, batch.orders), batch.archive);
    for (const domain::OrderId& order : batch.orders) {
        const std::string id = domain::toString(order);
        const std::string number = "(SELECT number FROM order_rows WHERE id = ?)";
        const std::string receipt =
            "(SELECT number FROM receipt_rows WHERE order_number = " + number + ")";
        for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
            connection.run(
                "DELETE FROM markout_rows WHERE seconds = ? AND receipt_number = " + receipt,
                {seconds, id});
        }
        connection.run("DELETE FROM receipt_rows WHERE number = " + receipt, {id});
        for (const char* table : {"fill_rows", "transaction_rows", "order_ends"}) {
            connection.run(std::string("DELETE FROM ") + table + " WHERE order_number = " + number,
                           {id});
        }
        connection.run("DELETE FROM order_rows WHERE id = ?", {id});
    }
}

}  // namespace oee::storage
