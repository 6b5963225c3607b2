// Orders that are planned without a search over all tokens: the pair's own pools serve them best,
// alone or together, or short paths do, and that is proved at the prices that they leave.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {

// For a trade over these edges that ends at so much output for one more input. A token in between
// is priced in the middle of what it can be bought and sold for.
std::vector<double> Planner::pricesAround(double marginal, std::span<const PricedEdge> open) const {
    constexpr unsigned kRounds = 3;  // paths of so many pools
    constexpr double kFar = std::numeric_limits<double>::infinity();
    const auto edges = network_->edges();
    std::vector<double> prices(network_->tokenCount(), 0);   // worth: sold for the output
    std::vector<double> cost(network_->tokenCount(), kFar);  // bought with the input
    prices[sink_] = 1;
    cost[source_] = marginal;
    for (unsigned round = 0; round < kRounds; ++round) {
        for (const PricedEdge& priced : open) {
            const Edge& edge = edges[priced.edge];
            const double best = edge.bestMarginal();
            if (best > 0 && edge.from != source_) {
                prices[edge.from] = std::max(prices[edge.from], best * prices[edge.to]);
            }
            if (best > 0 && edge.to != sink_) {
                cost[edge.to] = std::min(cost[edge.to], cost[edge.from] / best);
            }
        }
    }
    for (std::size_t token = 0; token < prices.size(); ++token) {
        const bool isBought = cost[token] < kFar;
        prices[token] = isBought && prices[token] > 0 ? std::sqrt(prices[token] * cost[token])
                        : isBought                    ? cost[token]
                                                      : prices[token];
    }
    prices[source_] = marginal;
    prices[sink_] = 1;
    return prices;
}

// Of a leg's cost, what the edge does not earn at its prices; in what the plan is to save.
double Planner::missing(const PricedEdge& priced, Ends prices) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const double profit =
        greatestProfit(network_->edges()[priced.edge].curve, priced.priceIn, priced.priceOut) /
        (exactIn ? prices.sink : prices.source);
    return std::max(0.0, legCost() - profit);
}

// Prices alone cannot know that a leg's cost is paid whole. But every plan over these edges leaves
// the source and arrives at the sink, and what the best legs for that do not earn of their cost is
// lost to it: once where they may be the same leg.
std::uint64_t Planner::boundWithEnds(std::span<const PricedEdge> edges, Ends prices,
                                     DirectLegs direct) const {
    constexpr double kFar = std::numeric_limits<double>::infinity();
    double leaving = kFar;
    double arriving = kFar;
    for (const PricedEdge& priced : edges) {
        const Edge& edge = network_->edges()[priced.edge];
        const bool leaves = edge.from == source_;
        const bool arrives = edge.to == sink_;
        if (leaves && arrives && direct == DirectLegs::beside) {
            continue;
        }
        const double lost = leaves || arrives ? missing(priced, prices) : 0;
        leaving = leaves ? std::min(leaving, lost) : leaving;
        arriving = arrives ? std::min(arriving, lost) : arriving;
    }
    const bool exactIn = request_.mode == RouteMode::exactIn;
    if (leaving == kFar || arriving == kFar) {
        return exactIn ? 0 : std::numeric_limits<std::uint64_t>::max();  // there is no such plan
    }
    const double lost =
        direct == DirectLegs::beside ? leaving + arriving : std::max(leaving, arriving);
    const double bound = realBound(edges, prices.source, prices.sink);
    return wholeBound(exactIn ? bound - lost : bound + lost);
}

// For plans within the hops that are not over the pair's own pools alone; those have their bound.
void Planner::keepBoundWithinHops(std::span<const PricedEdge> edges, Ends prices) {
    const std::uint64_t others = boundWithEnds(edges, prices, DirectLegs::beside);
    keepTighter(request_.mode == RouteMode::exactIn ? std::max(others, directBound_)
                                                    : std::min(others, directBound_),
                boundWithinHops_);
}

// Bounds of one plan are compared: what a leg costs in the input is the same for all of them.
void Planner::fixLegCost(double marginal) {
    inputPerOutput_ = inputPerOutput_ > 0 ? inputPerOutput_ : 1 / marginal;
}

// Whether the best plan, on the pair's pools, is close enough to its bound at the prices around it,
// or, where arbitrage elsewhere keeps it away, to the bound within the hops.
bool Planner::isProvedAround(double marginal) {
    fixLegCost(marginal);
    const Ends ends{marginal, 1};
    const auto priceAround = [&] {
        std::vector<double> prices = pricesAround(marginal, open_);
        price(open_, prices);
        return prices;
    };
    openEdges(open_);
    startPrices_ = priceAround();
    keepTighter(boundWithEnds(open_, ends, DirectLegs::among), bound_);
    if (isCloseEnough() || !knowsWithinHops()) {
        return isCloseEnough();
    }
    const auto edges = network_->edges();
    std::erase_if(open_, [&](const PricedEdge& priced) {
        return !isWithinHops(distances_, {edges[priced.edge].from, edges[priced.edge].to},
                             request_.limits.maxHops);
    });
    priceAround();
    std::vector<PricedEdge> direct;
    std::copy_if(open_.begin(), open_.end(), std::back_inserter(direct), [&](const auto& priced) {
        return edges[priced.edge].from == source_ && edges[priced.edge].to == sink_;
    });
    keepTighter(boundWithEnds(direct, ends, DirectLegs::among), directBound_);
    keepBoundWithinHops(open_, ends);
    report_.hops = true;
    return isCloseEnough();
}

// Where plans of short paths have a bound of their own that is worth looking for.
bool Planner::knowsWithinHops() const {
    return request_.effort == PlanEffort::quick && request_.scope == RouteScope::full &&
           request_.limits.maxHops <= kExactHops;
}

// One of the pair's pools.
bool Planner::isBestSingle() {
    offerSingles();
    if (!best_.isPlan()) {
        return false;
    }
    const RealizedLeg& leg = best_.legs.front();
    const Edge& used = network_->edges()[leg.edge];
    const double marginal =
        marginalAt(used.pieces,
                   static_cast<double>(leg.swap.amountInRaw - leg.swap.transferFeeInRaw)) *
        branchFor(used.curve.transferFeeIn, static_cast<double>(leg.swap.amountInRaw)).keep *
        branchFor(used.curve.transferFeeOut, static_cast<double>(leg.swap.amountOutRaw)).keep;
    return marginal > 0 && isProvedAround(marginal);
}

// Leaves out the arcs that do not earn a leg's cost. False where all do.
bool Planner::dropUnearning(Searched& searched) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const std::vector<double>& prices = searched.solution.prices;
    const double cost = legCost() * prices[exactIn ? sink_ : source_];
    bool dropped = false;
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        Arc& arc = searched.problem.arcs[i];
        const ArcFlow& flow = searched.solution.flows[i];
        const double profit = flow.out * prices[arc.to] - flow.in * prices[arc.from];
        if (arc.edge != kNoEdge && arc.best > 0 && profit < cost) {
            arc.best = 0;
            dropped |= flow.in > 0;
        }
    }
    return dropped;
}

// Pools of the pair, each of which earns its leg's cost at the price at which they meet.
bool Planner::isBestSplit() {
    Searched pair = search(pairProblem());
    while (pair.solution.balanced) {
        const double price = pair.solution.prices[source_] / pair.solution.prices[sink_];
        fixLegCost(price);
        if (!dropUnearning(pair)) {
            offer(realize(pair));
            return best_.isPlan() && isProvedAround(price);
        }
        pair = search(std::move(pair.problem));
    }
    return false;
}

// The best flow over short paths, of legs that earn their cost.
bool Planner::isBestWithinHops() {
    constexpr unsigned kRounds = 4;
    if (!knowsWithinHops() || startPrices_.empty()) {
        return false;
    }
    wholePrices_ = startPrices_;
    Searched limited = searchWithinHops({wholeProblem(), {}}, request_.limits.maxHops);
    for (unsigned round = 0; round < kRounds && limited.solution.balanced; ++round) {
        const Ends prices{limited.solution.prices[source_], limited.solution.prices[sink_]};
        keepBoundWithinHops(pricedArcs(limited), prices);
        offerFlow(limited);
        if (isCloseEnough()) {
            return true;
        }
        if (!dropUnearning(limited)) {
            return false;
        }
        limited = search(std::move(limited.problem));
    }
    return false;
}

// Where legs cost something, most orders are best served by pools of the pair, and the others by
// short paths. Sets the bounds and the plan; or prices to start a search from.
bool Planner::isProvedEarly() {
    if (request_.legCostOutRaw == 0 || network_->edgesBetween(source_, sink_).empty()) {
        return false;
    }
    bound_ = request_.mode == RouteMode::exactIn ? std::numeric_limits<std::uint64_t>::max() : 0;
    boundWithinHops_ = bound_;
    directBound_ = bound_;
    if (isBestSingle() || isBestSplit() || isBestWithinHops()) {
        return true;
    }
    boundWithinHops_ = 0;
    report_.hops = false;
    return false;
}

}  // namespace oee::routing
