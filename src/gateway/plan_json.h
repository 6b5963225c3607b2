#pragma once
// Routes as JSON: what was asked for, what was planned, and how good it is.

#include "domain/order.h"
#include "domain/route.h"
#include "domain/token.h"
#include "gateway/json_text.h"
#include "routing/plan.h"

namespace oee::gateway {

// {"scope", "venue", "maxHops", "maxLegs", "excludedPools"}
JsonObject toJson(const domain::RouteChoice& choice);

// A plan of now, with all that is known of it; "tree" is the same for reading.
JsonObject toJson(const routing::Plan& plan, const domain::TokenRegistry& tokens);

// The plan of an order as it is kept: legs, limits, bound and gap.
JsonObject toJson(const domain::PlanSummary& plan, const domain::Order& order,
                  const domain::TokenRegistry& tokens);

}  // namespace oee::gateway
