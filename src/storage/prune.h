#pragma once
// Taking old orders out of engine.db: which of them may go, and how they go.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <QString>

#include "base/clock.h"
#include "domain/order.h"
#include "storage/connection.h"

namespace oee::storage {

// How much history is kept; nothing set: all of it. Where both are set, what exceeds either goes.
struct RetentionPolicy {
    enum class Surplus { deleted, archived };

    std::optional<std::uint32_t> keepDays;    // since an order's end
    std::optional<std::uint32_t> keepOrders;  // the newest so many, open ones with them
    Surplus surplus = Surplus::deleted;

    bool keepsAll() const { return !keepDays && !keepOrders; }
    friend bool operator==(const RetentionPolicy&, const RetentionPolicy&) = default;
};

// An order that ended less than this ago stays in any case: who is in doubt and sends a request
// again still finds it by its idempotency key, and the rate of the last minute can be counted.
constexpr base::UnixMicros kYoungestSurplusMicros = 600'000'000;

struct SurplusSearch {
    RetentionPolicy policy;
    base::UnixMicros nowMicros = 0;
    std::optional<domain::OrderId> after;  // younger than this one
    std::size_t limit = 0;                 // of orders found
};

struct Surplus {
    std::vector<domain::OrderId> orders;     // oldest first
    std::optional<domain::OrderId> reached;  // where the next search goes on; empty: at the start
};

// Orders that are too old by the policy, have ended, and whose receipt has all its markouts. Never
// the newest order, nor those that the newest event, fill and receipt belong to: numbers go on from
// them. Looks at no more than a few thousand rows a call.
Surplus findSurplus(Connection& connection, const SurplusSearch& search);

struct PruneBatch {
    std::vector<domain::OrderId> orders;  // of findSurplus()
    QString archive;                      // id of the archive that has them; empty: none has
};

// Within the open transaction: takes the orders away whole, with all that belongs to them, and
// writes down which events went. Orders that are not there (any more) are passed over. A newest
// event among them is a failure of the connection.
void pruneOrders(Connection& connection, const PruneBatch& batch);

}  // namespace oee::storage
