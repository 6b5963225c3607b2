// The pair's pools each by itself. Their curves say in which order to ask them, and when nothing
// that is left can be better.

#include <algorithm>
#include <cmath>
#include <limits>

#include "routing/certificate.h"
#include "routing/planner.h"

namespace oee::routing {
namespace {

// The search's pieces are a curve's but for what doubles are off and programs' roundings lift.
constexpr double kPieceError = 1e-9;

}  // namespace

// Offers each pool that may be the best one.
void Planner::offerSingles() {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const auto amount = static_cast<double>(request_.amountRaw);
    const auto edges = network_->edges();
    singles_.clear();
    for (const std::uint32_t position : network_->edgesBetween(source_, sink_)) {
        // Without a curve the bound would not hold for it.
        if (!edges[position].pieces.empty() &&
            std::binary_search(usable_.begin(), usable_.end(), position)) {
            const double promised = exactIn
                                        ? outputOf(edges[position], amount) * (1 + kPieceError)
                                        : -inputFor(edges[position], amount) * (1 - kPieceError);
            singles_.push_back({promised, position});
        }
    }
    std::sort(singles_.begin(), singles_.end(), [](const Promise& a, const Promise& b) {
        return a.worth != b.worth ? a.worth > b.worth : a.edge < b.edge;
    });
    for (const Promise& promise : singles_) {
        if (best_.isPlan() && promise.worth - legCost() <= worth(best_)) {
            break;
        }
        offer(singleOn(promise.edge));
    }
}

// No pool by itself pays more (takes less) than its curve.
std::uint64_t Planner::boundOfSingles() const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const auto amount = static_cast<double>(request_.amountRaw);
    double bound = exactIn ? 0 : std::numeric_limits<double>::infinity();
    for (const std::uint32_t position : usable_) {
        const amm::Curve& curve = network_->edges()[position].curve;
        bound = exactIn ? std::max(bound, greatestOutput(curve, amount))
                        : std::min(bound, leastInput(curve, amount));
    }
    return wholeBound(exactIn ? bound - static_cast<double>(request_.legCostOutRaw) : bound);
}

// Where legs cost something, most orders are best served by one pool, and that can be proved
// without searching: at the prices that it leaves, no other pool earns a leg's cost. A token in
// between is priced in the middle of what it can be bought and sold for. Sets the bound; keeps the
// best single pool as the plan.
bool Planner::isBestSingle() {
    constexpr unsigned kRounds = 3;  // paths of so many pools
    if (request_.legCostOutRaw == 0 || network_->edgesBetween(source_, sink_).empty()) {
        return false;
    }
    offerSingles();
    if (!best_.isPlan()) {
        return false;
    }
    const auto edges = network_->edges();
    const RealizedLeg& leg = best_.legs.front();
    const Edge& used = edges[leg.edge];
    const double marginal =
        marginalAt(used.pieces,
                   static_cast<double>(leg.swap.amountInRaw - leg.swap.transferFeeInRaw)) *
        branchFor(used.curve.transferFeeIn, static_cast<double>(leg.swap.amountInRaw)).keep *
        branchFor(used.curve.transferFeeOut, static_cast<double>(leg.swap.amountOutRaw)).keep;
    if (!(marginal > 0)) {
        return false;
    }
    inputPerOutput_ = 1 / marginal;
    constexpr double kFar = std::numeric_limits<double>::infinity();
    std::vector<double> worth(network_->tokenCount(), 0);    // sold for the output
    std::vector<double> cost(network_->tokenCount(), kFar);  // bought with the input
    worth[sink_] = 1;
    cost[source_] = marginal;
    for (unsigned round = 0; round < kRounds; ++round) {
        for (const std::uint32_t position : usable_) {
            const Edge& edge = edges[position];
            const double best = edge.bestMarginal();
            if (best > 0 && edge.from != source_) {
                worth[edge.from] = std::max(worth[edge.from], best * worth[edge.to]);
            }
            if (best > 0 && edge.to != sink_) {
                cost[edge.to] = std::min(cost[edge.to], cost[edge.from] / best);
            }
        }
    }
    worth[source_] = marginal;
    cost[sink_] = 1;
    std::vector<double> prices(worth.size(), 0);
    for (std::size_t token = 0; token < prices.size(); ++token) {
        const bool isBought = cost[token] < kFar;
        prices[token] = isBought && worth[token] > 0 ? std::sqrt(worth[token] * cost[token])
                        : isBought                   ? cost[token]
                                                     : worth[token];
    }
    prices[source_] = marginal;
    prices[sink_] = 1;
    std::vector<PricedEdge> open = openEdges();
    bound_ = wholeBound(realBound(open, prices));
    if (isCloseEnough()) {
        return true;
    }
    best_.legs.clear();
    unlimited_.legs.clear();
    startPrices_ = std::move(prices);
    return false;
}

Planner::Candidate Planner::singleOn(std::uint32_t position) const {
    const Edge& edge = network_->edges()[position];
    const amm::Pool& pool = *network_->market().pools[edge.pool];
    const auto& clock = network_->market().clock;
    amm::SwapRequest request;
    request.direction = edge.direction;
    request.amountRaw = request_.amountRaw;
    Candidate candidate;
    if (request_.mode == RouteMode::exactOut) {
        request.mode = amm::SwapMode::exactOut;
        const auto wanted = amm::quote(pool, request, clock);
        if (!wanted) {
            return candidate;
        }
        // As an exact input it may bring a unit more, and then that is what the leg brings.
        request.mode = amm::SwapMode::exactIn;
        request.amountRaw = wanted->amountInRaw;
    }
    const auto quoted = amm::quote(pool, request, clock);
    if (quoted && quoted->amountOutRaw > 0 &&
        (request_.mode == RouteMode::exactIn || quoted->amountOutRaw >= request_.amountRaw)) {
        candidate.legs.push_back({position, *quoted});
        candidate.amountInRaw = quoted->amountInRaw;
        candidate.amountOutRaw = quoted->amountOutRaw;
    }
    return candidate;
}

}  // namespace oee::routing
