#pragma once
// How good a plan can be: bounds that no plan can beat, by weak duality. At any prices ν of the
// tokens, whatever is traded, in however many legs and hops,
//     output ≤ ν_in · amount + Σ over pools and directions max(0, profit at ν − cost of a leg)
// where a pool's profit is the most that ν_to · f(x) − ν_from · x can be and ν_out = 1. For a
// wanted output the same sum bounds the input from below. Nothing here depends on how prices were
// found, and nothing is shared with the search: bad prices give a weak bound, never a wrong one.

#include <cstdint>
#include <span>

#include "routing/network.h"

namespace oee::routing {

struct CertificateRequest {
    const Network* network = nullptr;
    std::span<const std::uint32_t> edges;  // those that a plan may use
    std::span<const double> prices;        // by token; not positive: the token may not be used
    TokenIndex input = 0;
    TokenIndex output = 0;
};

// Most that `amountIn` can bring after `legCost` (in the output) for every leg; on the safe side.
double greatestOutput(const CertificateRequest& request, double amountIn, double legCost);

// Least input that brings `amountOut`, without legs' cost; on the safe side.
double leastInput(const CertificateRequest& request, double amountOut);

// The most that a curve makes where its input costs `priceIn` and its output brings `priceOut`.
// Exact for concave curves, and the concave hull's where a capped transfer fee makes it none.
double greatestProfit(const amm::Curve& curve, double priceIn, double priceOut);

}  // namespace oee::routing
