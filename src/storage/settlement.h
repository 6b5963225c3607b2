#pragma once
// What the outcome of a transaction does to its order and the wallet.

#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "chain/chain.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "execution/wallet.h"

namespace oee::storage {

struct Settlement {
    domain::Order order;  // after it
    std::vector<domain::Fill> fills;
};

struct SlotMoment {
    std::uint64_t slot = 0;
    base::UnixMicros atMicros = 0;
};

// Landed: the reservation is released, input and network fee are taken, the output is credited.
// Reverted: the fee is taken, the reservation released. Expired: only released. Fees go to the
// owner `fees`, so that nothing is created or destroyed.
// `staleFence` where the order does not wait for this very transaction; `illegalTransition` where
// the outcome contradicts the order (more taken than was reserved, fills of others, two fills of
// one leg). `wallet` is changed only on success.
tl::expected<Settlement, execution::StoreError> settle(const domain::Order& order,
                                                       const chain::TransactionOutcome& outcome,
                                                       execution::Wallet& wallet,
                                                       const SlotMoment& moment);

// With the program's own number for its slippage error, where it has one that is known.
domain::OrderFailure failureOf(const chain::Reverted& reverted);

// Takes back what the order reserved at admission: its input and its fees.
void releaseReservation(const domain::Order& order, execution::Wallet& wallet);

}  // namespace oee::storage
