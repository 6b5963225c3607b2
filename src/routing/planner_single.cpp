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
