#pragma once
// How other routes would have done.

#include "domain/receipt.h"
#include "execution/planner.h"

namespace oee::execution {

// What the receipt's input would have brought on the planner's market: from the best single pool of
// each venue, and by the best route over all pools. Empty where there is no such route.
domain::Counterfactuals counterfactualsOf(const domain::Receipt& receipt, OrderPlanner& planner);

}  // namespace oee::execution
