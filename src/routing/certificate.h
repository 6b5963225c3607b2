#pragma once
// How good a plan can be: bounds that no plan can beat, by weak duality. At any prices ν of the
// tokens, whatever is traded, in however many legs and hops,
//     output ≤ ν_in · amount + Σ over pools and directions max(0, profit at ν − cost of a leg)
// where a pool's profit is the most that ν_to · f(x) − ν_from · x can be and ν_out = 1. For a
// wanted output the same sum bounds the input from below. Nothing here depends on how prices were
// found, and nothing is shared with the search: bad prices give a weak bound, never a wrong one.

#include <cstdint>
#include <span>

#include "routing/fee_units.h"
#include "routing/network.h"

namespace oee::routing {

enum class EdgeUse {
    open,      // or not
    required,  // its leg's cost is paid whatever it trades
};

// A pool's direction that a plan may use, at the prices of its two tokens. Where a token may be
// used in one way only by what came late (hop limits), it counts as two with a price each.
struct PricedEdge {
    std::uint32_t edge = 0;
    double priceIn = 0;  // not below 0, as the other
    double priceOut = 0;
    EdgeUse use = EdgeUse::open;
    const ChargedCurve* charged = nullptr;  // instead of the network's curve
};

struct CertificateRequest {
    const Network* network = nullptr;
    std::span<const PricedEdge> edges;
    double inputPrice = 0;
    double outputPrice = 0;
};

// Most that `amountIn` can bring after `legCost` (in the output) for every leg, among the plans
// that use what is required; on the safe side.
double greatestOutput(const CertificateRequest& request, double amountIn, double legCost);

// Least input that brings `amountOut`, with `legCost` (in the input) for every leg added to it,
// among the plans that use what is required; on the safe side.
double leastInput(const CertificateRequest& request, double amountOut, double legCost);

// The like for one pool by itself: its curve at the amount. 0 where it cannot take that much,
// infinite where it cannot pay it.
double greatestOutput(const amm::Curve& curve, double amountIn);
double leastInput(const amm::Curve& curve, double amountOut);

// The most that a curve makes where its input costs `priceIn` and its output brings `priceOut`.
// Exact for concave curves, and the concave hull's where a capped transfer fee makes it none.
double greatestProfit(const amm::Curve& curve, double priceIn, double priceOut);

}  // namespace oee::routing
