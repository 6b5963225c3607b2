#pragma once
// What the outcome of a transaction does to its order and the wallet.

#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "chain/chain.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "execution/retry.h"
#include "execution/wallet.h"

namespace oee::execution {

struct Settlement {
    domain::Order order;  // after it; routing where another attempt follows
    std::vector<domain::Fill> fills;
};

struct SlotMoment {
    std::uint64_t slot = 0;
    base::UnixMicros atMicros = 0;
};

// Landed: the reservation is released, input and network fee are taken, the output is credited.
// Reverted: the fee is taken. Expired and dropped: nothing is. Unless it filled, the order fails
// and its reservation is released, or it keeps what it has not spent for its next attempt
// (retry.h). Fees go to the owner `fees`, so that nothing is created or destroyed. `staleFence`
// where the order does not wait for this very transaction; `illegalTransition` where the outcome
// contradicts the order (more taken than was reserved, fills of others, two fills of one leg).
// `wallet` is changed only on success.
tl::expected<Settlement, StoreError> settle(const domain::Order& order,
                                            const chain::TransactionOutcome& outcome,
                                            Wallet& wallet, const SlotMoment& moment,
                                            const RetryPolicy& policy = kNoRetries);

// Takes back what the order has reserved: its input, and what is left of its fees.
void releaseReservation(const domain::Order& order, Wallet& wallet);

}  // namespace oee::execution
