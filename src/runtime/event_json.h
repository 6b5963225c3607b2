#pragma once
// An order event as others hear it over Redis, and as the log has it.

#include <string>

#include "domain/order.h"
#include "domain/token.h"

namespace oee::runtime {

// {"sequence", "orderId", "status", "slot", "atMicros", "tokenIn", "tokenOut", "amountInRaw", …}:
// numbers that may exceed 2^53 are strings of digits.
std::string eventJson(const domain::OrderEvent& event, const domain::TokenRegistry& tokens);

// "01K… building slot 417,600,012: Raydium CPMM 7Juw…zdny, 1 leg …"
std::string describe(const domain::OrderEvent& event);

}  // namespace oee::runtime
