// Plans with fewer legs: where legs cost something, or where there is no room for all of them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/footprint.h"
#include "routing/planner.h"

namespace oee::routing {

void Planner::keepBetter(Candidate& best, const Candidate& candidate) const {
    if (isBetter(candidate, best)) {
        best = candidate;
    }
}

bool Planner::hasLegLimits() const {
    const PlanLimits& limits = request_.limits;
    return limits.maxLegs || limits.maxTransactionBytes || limits.maxComputeUnits;
}

LimitReport Planner::brokenLimits(const Candidate& candidate) const {
    LimitReport broken;
    if (!hasLegLimits()) {
        return broken;
    }
    const PlanLimits& limits = request_.limits;
    const Footprint footprint = footprintOf(legsOf(candidate.legs));
    broken.legs = limits.maxLegs && candidate.legs.size() > *limits.maxLegs;
    broken.bytes =
        limits.maxTransactionBytes && footprint.transactionBytes > *limits.maxTransactionBytes;
    broken.computeUnits =
        limits.maxComputeUnits && footprint.computeUnits > *limits.maxComputeUnits;
    return broken;
}

void Planner::offer(const Candidate& candidate) {
    if (!candidate.isPlan()) {
        return;
    }
    keepBetter(unlimited_, candidate);
    if (!brokenLimits(candidate).any()) {
        keepBetter(best_, candidate);
    }
}

// Amounts as they are executed, because polishing moves them from path to path.
bool Planner::needsMoreHops(const Candidate& candidate) const {
    FlowProblem problem;
    problem.tokens = network_->tokenCount();
    problem.source = source_;
    problem.sink = sink_;
    problem.amount = static_cast<double>(candidate.amountInRaw);
    FlowSolution solution;
    solution.prices = wholePrices_;
    for (const RealizedLeg& leg : candidate.legs) {
        Arc arc;
        arc.from = network_->edges()[leg.edge].from;
        arc.to = network_->edges()[leg.edge].to;
        arc.edge = leg.edge;
        problem.arcs.push_back(arc);
        solution.flows.push_back({static_cast<double>(leg.swap.amountInRaw),
                                  static_cast<double>(leg.swap.amountOutRaw)});
    }
    return routing::needsMoreHops(problem, solution, request_.limits.maxHops);
}

// With fewer arcs a flow may go longer ways.
void Planner::offerFlow(Searched& searched) {
    const Candidate candidate = realize(searched);
    const bool isFull = request_.scope == RouteScope::full;
    if (!isFull ||
        (!routing::needsMoreHops(searched.problem, searched.solution, request_.limits.maxHops) &&
         !(polishes_ && needsMoreHops(candidate)))) {
        offer(candidate);
    } else {
        keepBetter(unlimited_, candidate);
    }
}

// Leaves out one arc after another, the one that carries least first, and searches again on what
// is left: one flow for each number of legs.
void Planner::trim(Searched searched) {
    while (true) {
        Arc* least = nullptr;
        std::size_t used = 0;
        double leastValue = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
            Arc& arc = searched.problem.arcs[i];
            const double value = searched.solution.flows[i].in * searched.solution.prices[arc.from];
            if (arc.edge == kNoEdge || !(searched.solution.flows[i].in >= 1)) {
                continue;
            }
            ++used;
            if (value < leastValue) {
                least = &arc;
                leastValue = value;
            }
        }
        if (used < 2 || least == nullptr) {
            return;
        }
        least->best = 0;
        const std::vector<double> prices = searched.solution.prices;
        searched = search(std::move(searched.problem), prices);
        if (!searched.solution.balanced) {
            return;
        }
        offerFlow(searched);
        if (request_.legCostOutRaw != 0) {
            keepTighter(boundOf(searched));
        }
    }
}

}  // namespace oee::routing
