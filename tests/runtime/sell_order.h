#pragma once
// The order that the tests of running engines send.

#include "execution/admission.h"

namespace oee::test {

inline execution::OrderRequest sell(const char* amount) {
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = amount;
    return request;
}

}  // namespace oee::test
