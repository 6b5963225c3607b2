#pragma once
// Keeping a flow's paths short. Paths mix in the tokens that they share, so that the question is
// whether a flow can be read as paths of at most so many hops, and not which one.

#include <cstdint>
#include <span>
#include <vector>

#include "routing/flow.h"
#include "routing/network.h"

namespace oee::routing {

inline constexpr std::uint32_t kUnreachable = ~std::uint32_t{0};

// Fewest hops from the source to each token, and from each token to the sink.
struct HopDistances {
    std::vector<std::uint32_t> fromSource;
    std::vector<std::uint32_t> toSink;
};
HopDistances hopDistances(std::span<const Edge> edges, std::span<const std::uint32_t> usable,
                          const FlowProblem& problem);

// Whether what flows comes back somewhere: arbitrage on the way.
bool hasCircle(const FlowProblem& problem, const FlowSolution& solution);

// Whether a part of the flow needs a path of more than `maxHops`. Circles count as paths as long
// as all arcs in use.
bool needsMoreHops(const FlowProblem& problem, const FlowSolution& solution, std::uint32_t maxHops);

// Whether a pool from one token to another lies on a path of at most `maxHops` that passes neither
// end twice.
struct Hop {
    TokenIndex from = 0;
    TokenIndex to = 0;
};
bool isWithinHops(const HopDistances& distances, const Hop& hop, std::uint32_t maxHops);

// Those arcs of the problem that lie on a path of at most `maxHops` that passes neither end twice.
FlowProblem withinHops(const FlowProblem& problem, const HopDistances& distances,
                       std::uint32_t maxHops);

// For three hops, exactly: tokens out of which more goes on to other tokens than came straight from
// the source, and the problem with each such token as two. What came straight from the source may
// go anywhere; what took two hops may go to the sink only. `splitTokens` grows; false where the
// flow needed no split.
bool splitForThreeHops(FlowProblem& problem, const FlowSolution& solution,
                       std::vector<TokenIndex>& splitTokens);

}  // namespace oee::routing
