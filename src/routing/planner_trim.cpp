// Plans with fewer legs: where legs cost something, or where there is no room for all of them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/footprint.h"
#include "routing/planner.h"

namespace oee::routing {

double Planner::worth(const Candidate& candidate) const {
    const double cost = legCost() * static_cast<double>(candidate.legs.size());
    return request_.mode == RouteMode::exactIn ? static_cast<double>(candidate.amountOutRaw) - cost
                                               : -static_cast<double>(candidate.amountInRaw) - cost;
}

// Exactly where legs cost nothing.
bool Planner::isBetter(const Candidate& candidate, const Candidate& than) const {
    if (!than.isPlan() || !candidate.isPlan()) {
        return candidate.isPlan();
    }
    if (request_.legCostOutRaw != 0) {
        return worth(candidate) > worth(than);
    }
    return request_.mode == RouteMode::exactIn ? candidate.amountOutRaw > than.amountOutRaw
                                               : candidate.amountInRaw < than.amountInRaw;
}

// Whether roundings take more than a part in a million: fewer legs may then bring more.
bool Planner::isLoose(std::uint64_t bound) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const double whole = exactIn ? static_cast<double>(bound) : -worth(best_);
    return distance(bound) > whole / 1'000'000;
}

// From the best plan to a bound, legs' cost inside.
double Planner::distance(std::uint64_t bound) const {
    const auto whole = static_cast<double>(bound);
    return request_.mode == RouteMode::exactIn ? whole - worth(best_) : -worth(best_) - whole;
}

// The plan that brings most where legs cost nothing: no choice of legs may end below it.
Planner::Candidate Planner::planWithoutCost(const PlanRequest& request) {
    if (request.legCostOutRaw == 0 || request.effort == PlanEffort::quick ||
        request.scope == RouteScope::single) {
        return {};
    }
    PlanRequest costless = request;
    costless.legCostOutRaw = 0;
    return plan(costless) ? std::move(best_) : Candidate{};
}

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

// Whether there is a better plan than the best that keeps the limits.
bool Planner::limitsBind() const {
    return unlimited_.isPlan() && isBetter(unlimited_, best_);
}

// Whether it is hops alone that keep a better plan away, if anything does.
bool Planner::keepsLegLimits() const {
    return !limitsBind() || (report_.hops && !brokenLimits(unlimited_).any());
}

// Whether legs cost something and the plan is so close to its bound that its effort calls it
// enough.
bool Planner::isCloseEnough() const {
    const bool isKnown = !report_.hops || boundWithinHops_ != 0;
    if (request_.legCostOutRaw == 0 || !best_.isPlan() || !isKnown || !keepsLegLimits()) {
        return false;
    }
    const double left = distance(report_.hops ? boundWithinHops_ : bound_);
    const double whole = std::abs(worth(best_));
    return request_.effort == PlanEffort::quick ? left <= std::max(legCost(), whole * 1e-5)
                                                : left <= whole * 1e-6;
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

// With fewer arcs a flow may go longer ways. Whether its plan keeps the limits of legs.
bool Planner::offerFlow(Searched& searched) {
    const Candidate candidate = realize(searched);
    const bool isFull = request_.scope == RouteScope::full;
    if (!isFull ||
        (!routing::needsMoreHops(searched.problem, searched.solution, request_.limits.maxHops) &&
         !(polishes_ && needsMoreHops(candidate)))) {
        offer(candidate);
    } else {
        keepBetter(unlimited_, candidate);
    }
    return !brokenLimits(candidate).any();
}

// Leaves out the arc in use that carries least, and searches again on what is left. False where
// there is no other, or nothing is left that takes the amount.
bool Planner::dropLeast(Searched& searched) {
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
        return false;
    }
    least->best = 0;
    const std::vector<double> prices = searched.solution.prices;
    searched = search(std::move(searched.problem), prices);
    return searched.solution.balanced;
}

// The like with the arc without which the rest brings most, where there are few.
bool Planner::dropCheapest(Searched& searched) {
    constexpr std::size_t kFew = 12;
    std::vector<std::size_t> used;
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        if (searched.problem.arcs[i].edge != kNoEdge && searched.solution.flows[i].in >= 1) {
            used.push_back(i);
        }
    }
    if (used.size() < 2 || used.size() > kFew) {
        return dropLeast(searched);
    }
    std::optional<Searched> best;
    for (const std::size_t arc : used) {
        FlowProblem rest = searched.problem;
        rest.arcs[arc].best = 0;
        Searched without = search(std::move(rest), searched.solution.prices);
        if (without.solution.balanced && (!best || realWorth(without) > realWorth(*best))) {
            best = std::move(without);
        }
    }
    if (!best) {
        return false;
    }
    searched = *std::move(best);
    return true;
}

// One flow for each number of legs.
void Planner::trim(Searched searched) {
    while (dropLeast(searched)) {
        offerFlow(searched);
        if (request_.legCostOutRaw != 0) {
            keepTighter(boundOf(searched));
        }
    }
}

// Offers a flow if it promises more than the best plan, with fewer legs where so many are too many.
void Planner::offerFitting(Searched searched) {
    while (realWorth(searched) > bestWorth()) {
        const bool fits = offerFlow(searched);
        if (fits || !dropCheapest(searched)) {
            return;
        }
    }
}

// Where legs are limited: what each is charged for it makes the limit a cost, for which there is
// branch and bound. Where it is bytes or compute units that are, as many as the best plan has.
void Planner::searchWithinLegs(const FlowProblem& root) {
    constexpr double kFirstCharge = 1e-4;  // of what the best plan without limits is worth
    legsAllowed_ =
        request_.limits.maxLegs.value_or(static_cast<std::uint32_t>(best_.legs.size() + 1));
    legCharge_ = kFirstCharge * std::abs(worth(unlimited_));
    branchAndBound(root);
    legsAllowed_ = 0;
    legCharge_ = 0;
}

}  // namespace oee::routing
