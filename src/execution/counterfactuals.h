#pragma once
// How other routes would have done.

#include "amm/market_snapshot.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "domain/receipt.h"

namespace oee::execution {

// What the order would have got on this market: from the best single pool of each venue, and by the
// whole planner. Empty where there is no such route.
domain::Counterfactuals counterfactualsOf(const domain::Order& order,
                                          const amm::MarketSnapshot& market,
                                          const chain::NetworkProfile& profile);

}  // namespace oee::execution
