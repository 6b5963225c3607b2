#pragma once
// How other routes would have done.

#include "domain/order.h"
#include "domain/receipt.h"
#include "execution/planner.h"

namespace oee::execution {

// What the order would have got on the planner's market: from the best single pool of each venue,
// and by the whole planner over all pools. Empty where there is no such route.
domain::Counterfactuals counterfactualsOf(const domain::Order& order, OrderPlanner& planner);

}  // namespace oee::execution
