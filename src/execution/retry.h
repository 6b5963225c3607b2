#pragma once
// Whether an order whose transaction came to nothing gets another attempt, and when.

#include <cstdint>
#include <optional>
#include <variant>

#include "base/clock.h"
#include "chain/outcome.h"
#include "domain/order.h"

namespace oee::execution {

// The attempts that an order's fee reservation covers.
inline constexpr std::uint32_t kMaxAttempts = 3;

struct RetryPolicy {
    std::uint32_t maxAttempts = kMaxAttempts;
    // The wait before the second attempt; it doubles with each further one. One slot.
    std::uint32_t firstBackOffMicros = 400'000;
    std::uint64_t seed = 0;
};

// Every transaction is the order's last.
inline constexpr RetryPolicy kNoRetries{.maxAttempts = 1};

// When attempt `attempt` (2, 3, …) of an order may begin, whose previous one ended at
// `endedAtMicros`: after the back-off's first half, which is certain, and a part of the second half
// that is drawn from (seed, order, attempt), so that orders that failed together do not come back
// together.
base::UnixMicros retryTime(const domain::OrderId& orderId, std::uint32_t attempt,
                           base::UnixMicros endedAtMicros, const RetryPolicy& policy);

// What a transaction that did not fill makes of its order: the time of the next attempt, or why the
// order has failed. Dropped and expired transactions may be sent again. A reverted one has spent
// its fee and told that the market moved: only an order that asks for it is planned anew. Nothing
// begins after the order's deadline, or where no node would take the transaction.
struct Retry {
    base::UnixMicros notBeforeMicros = 0;
};
using AfterAttempt = std::variant<Retry, domain::OrderFailure>;
AfterAttempt afterReverted(const domain::Order& order, const chain::Reverted& reverted,
                           base::UnixMicros nowMicros, const RetryPolicy& policy);
AfterAttempt afterExpired(const domain::Order& order, base::UnixMicros nowMicros,
                          const RetryPolicy& policy);
AfterAttempt afterDropped(const domain::Order& order, const chain::Dropped& dropped,
                          base::UnixMicros nowMicros, const RetryPolicy& policy);

// With the program's own number for its slippage error, where it has one that is known.
domain::OrderFailure failureOf(const chain::Reverted& reverted);

// Before this the order's next attempt must not begin. An order that waits for its second or a
// further one is routing, and its last change is the end of the one before.
base::UnixMicros notBefore(const domain::Order& order, const RetryPolicy& policy);

// Whether an attempt may no longer begin.
bool isPastDeadline(const domain::Order& order, base::UnixMicros nowMicros);

}  // namespace oee::execution
