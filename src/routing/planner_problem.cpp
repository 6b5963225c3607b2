// The graphs on which flows are searched for.

#include <algorithm>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr double kMostOfAToken = 1.8e19;

Arc arcOf(const Edge& edge, std::uint32_t position, double expectedIn) {
    Arc arc;
    arc.from = edge.from;
    arc.to = edge.to;
    arc.pieces = edge.pieces;
    arc.edge = position;
    arc.transferIn = branchFor(edge.curve.transferFeeIn, expectedIn);
    arc.transferOut = branchFor(edge.curve.transferFeeOut, expectedIn * edge.bestMarginal());
    arc.best = edge.bestMarginal() * arc.transferIn.keep * arc.transferOut.keep;
    return arc;
}

}  // namespace

FlowProblem Planner::emptyProblem() const {
    FlowProblem problem;
    problem.tokens = network_->tokenCount();
    problem.source = source_;
    problem.sink = sink_;
    problem.amount = static_cast<double>(request_.amountRaw);
    problem.exactOut = request_.mode == RouteMode::exactOut;
    return problem;
}

FlowProblem Planner::wholeProblem() {
    hasCappedFees_ = false;
    FlowProblem problem = emptyProblem();
    problem.arcs.reserve(usable_.size());
    for (const std::uint32_t position : usable_) {
        const Edge& edge = network_->edges()[position];
        if (!edge.pieces.empty() && isBetweenEnds(edge.from) && isBetweenEnds(edge.to)) {
            problem.arcs.push_back(arcOf(edge, position, kMostOfAToken));
            const Arc& arc = problem.arcs.back();
            hasCappedFees_ |= arc.transferIn.fixed > 0 || arc.transferOut.fixed > 0;
        }
    }
    return problem;
}

// Of the pair's own pools.
FlowProblem Planner::pairProblem() const {
    FlowProblem problem = emptyProblem();
    for (const std::uint32_t position : network_->edgesBetween(source_, sink_)) {
        const Edge& edge = network_->edges()[position];
        if (!edge.pieces.empty() && std::binary_search(usable_.begin(), usable_.end(), position)) {
            problem.arcs.push_back(arcOf(edge, position, kMostOfAToken));
        }
    }
    return problem;
}

}  // namespace oee::routing
