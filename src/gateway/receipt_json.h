#pragma once
// A receipt as JSON: what an order cost, and why.

#include "domain/receipt.h"
#include "domain/token.h"
#include "gateway/json_text.h"

namespace oee::gateway {

// Amounts as in json_shapes.h, in the output token but for "amountIn". Parts and differences are
// signed, positive where they cost the trader (of counterfactuals and markouts: where they are
// better than what arrived), with basis points of the decision's value beside them.
JsonObject toJson(const domain::Receipt& receipt, const domain::TokenRegistry& tokens);

}  // namespace oee::gateway
