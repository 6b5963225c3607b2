// What is done where a plan is farther from its bound than roundings.

#include <algorithm>
#include <cmath>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::size_t kMaxQuotes = 20'000;  // of a plan, to polish it

}  // namespace

// The output value of a base unit of every leg's input, by what the legs themselves get for it.
double Planner::inputUnitsWorth(const Candidate& candidate) const {
    std::vector<double> worth(network_->tokenCount(), 0);
    worth[sink_] = 1;
    double sum = 0;
    for (auto leg = candidate.legs.rbegin(); leg != candidate.legs.rend(); ++leg) {
        const Edge& edge = network_->edges()[leg->edge];
        const double rate = static_cast<double>(leg->swap.amountOutRaw) /
                            static_cast<double>(leg->swap.amountInRaw);
        worth[edge.from] = std::max(worth[edge.from], worth[edge.to] * rate);
        sum += worth[edge.from];
    }
    return sum;
}

// Whether more is lost than a base unit of each leg's input is worth, and than a millionth.
bool Planner::isRough() const {
    return isRough(report_.hops ? boundWithinHops_ : bound_);
}

bool Planner::isRough(std::uint64_t bound) const {
    if (!best_.isPlan() || bound == 0 || !isLoose(bound) || request_.legCostOutRaw != 0) {
        return false;
    }
    const double units = std::ceil(inputUnitsWorth(best_));
    const double inputPerOutput =
        static_cast<double>(best_.amountInRaw) / static_cast<double>(best_.amountOutRaw);
    const bool exactIn = request_.mode == RouteMode::exactIn;
    return distance(bound) > (exactIn ? units : units * inputPerOutput);
}

// The plan with its amounts moved about, between its own pools and those beside them.
Planner::Candidate Planner::polished(Candidate candidate, const Searched& searched) {
    std::vector<std::uint32_t> more;
    for (const Arc& arc : searched.problem.arcs) {
        if (arc.edge != kNoEdge && arc.best > 0) {
            more.push_back(arc.edge);
        }
    }
    const std::vector<double> prices = pricesOf(searched);
    const PolishRequest request{.source = source_,
                                .sink = sink_,
                                .exactOut = request_.mode == RouteMode::exactOut,
                                .amountRaw = request_.amountRaw,
                                .prices = prices,
                                .legs = candidate.legs,
                                .more = more,
                                .maxQuotes = quotesLeft_};
    auto better = polisher_.polish(request);
    quotesLeft_ -= std::min(quotesLeft_, polisher_.quotes());
    if (better) {
        candidate.legs = std::move(better->legs);
        candidate.amountOutRaw = better->amountOutRaw;
        candidate.amountInRaw = better->amountInRaw;
    }
    return candidate;
}

// By its amounts, because polishing moves them from path to path.
void Planner::offerWithinHops(const Candidate& candidate) {
    if (request_.scope != RouteScope::full || !needsMoreHops(candidate)) {
        offer(candidate);
    }
}

// Where the gap is wider than roundings: a search that stopped short goes on, and then amounts are
// shifted by exact quotes.
void Planner::refine(Searched searched) {
    constexpr std::size_t kFewLegs = 16;
    if (!report_.hops && !searched.solution.fine) {
        searched = search(std::move(searched.problem), {}, SearchEffort::thorough);
        keepTighter(boundOf(searched));
        offerFlow(searched);
    }
    if (!report_.hops && isRough()) {
        boundInSeries(searched);
    }
    if (!isRough()) {
        return;
    }
    polishes_ = true;
    quotesLeft_ = kMaxQuotes;
    offerWithinHops(polished(best_, searched));
    offerFlow(searched);
    if (best_.legs.size() <= kFewLegs && quotesLeft_ > 0) {
        trim(searched);
        offerWithinHops(polished(best_, searched));
    }
    if (!report_.hops && isRough()) {
        boundByUnits(searched);
    }
    polishes_ = false;
}

}  // namespace oee::routing
