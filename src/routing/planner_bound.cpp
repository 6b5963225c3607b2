// The certificate of what was planned.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr double kMostOfAToken = 1.8e19;

}  // namespace

// The token that the bound is in: the output, or the input on exactOut.
TokenIndex Planner::fixedToken() const {
    return request_.mode == RouteMode::exactIn ? sink_ : source_;
}

// Of one leg, in what the plan is to save: the output, or the input on exactOut.
double Planner::legCost() const {
    return static_cast<double>(request_.legCostOutRaw) *
           (request_.mode == RouteMode::exactIn ? 1 : inputPerOutput_);
}

// In real numbers, so that a search can see small changes.
double Planner::realBound(std::span<const PricedEdge> edges, double inputPrice,
                          double outputPrice) const {
    const CertificateRequest request{network_, edges, inputPrice, outputPrice};
    const auto amount = static_cast<double>(request_.amountRaw);
    const double cost = legCost() + legCharge_;
    return request_.mode == RouteMode::exactIn ? greatestOutput(request, amount, cost)
                                               : leastInput(request, amount, cost);
}

// All pools that the request allows and that lie between the ends: for any hops and legs.
std::vector<PricedEdge> Planner::openEdges() const {
    std::vector<PricedEdge> edges;
    openEdges(edges);
    return edges;
}

void Planner::openEdges(std::vector<PricedEdge>& edges) const {
    edges.clear();
    edges.reserve(usable_.size());
    for (const std::uint32_t position : usable_) {
        const Edge& edge = network_->edges()[position];
        if (isBetweenEnds(edge.from) && isBetweenEnds(edge.to)) {
            edges.push_back({position, 0, 0, EdgeUse::open});
        }
    }
}

void Planner::price(std::span<PricedEdge> edges, std::span<const double> prices) const {
    for (PricedEdge& priced : edges) {
        const Edge& edge = network_->edges()[priced.edge];
        priced.priceIn = prices[edge.from];
        priced.priceOut = prices[edge.to];
    }
}

double Planner::realBound(std::span<PricedEdge> edges, std::span<const double> prices) const {
    price(edges, prices);
    return realBound(edges, prices[source_], prices[sink_]);
}

// Where arcs were left out, a token may have lost its price.
std::vector<double> Planner::pricesOf(const Searched& searched) const {
    std::vector<double> prices = searched.solution.prices;
    for (std::size_t token = 0; token < prices.size() && token < wholePrices_.size(); ++token) {
        prices[token] = prices[token] > 0 ? prices[token] : wholePrices_[token];
    }
    return prices;
}

std::uint64_t Planner::boundOf(const Searched& searched) {
    openEdges(open_);
    return wholeBound(realBound(open_, pricesOf(searched)));
}

bool Planner::isBetweenEnds(TokenIndex token) const {
    return request_.scope != RouteScope::full || (distances_.fromSource[token] != kUnreachable &&
                                                  distances_.toSink[token] != kUnreachable);
}

// On the graph of a search within hops: for plans of such paths that pass neither end twice. What
// came early can be used as what came late, so that it is worth no less.
std::uint64_t Planner::boundWithin(const Searched& limited) const {
    return wholeBound(realBound(pricedArcs(limited), limited.solution.prices[source_],
                                limited.solution.prices[sink_]));
}

std::vector<PricedEdge> Planner::pricedArcs(const Searched& limited) const {
    std::vector<double> prices = limited.solution.prices;
    for (const Arc& arc : limited.problem.arcs) {
        if (arc.edge == kNoEdge) {
            prices[arc.from] = std::max(prices[arc.from], prices[arc.to]);
        }
    }
    std::vector<PricedEdge> edges;
    edges.reserve(limited.problem.arcs.size());
    for (const Arc& arc : limited.problem.arcs) {
        if (arc.edge != kNoEdge) {
            edges.push_back({arc.edge, prices[arc.from], prices[arc.to]});
        }
    }
    return edges;
}

// Amounts are whole: what is paid is at most the floor, what is needed at least the ceiling. Legs'
// cost in the input is not whole.
std::uint64_t Planner::wholeBound(double bound) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    if (!(bound < kMostOfAToken)) {
        return exactIn ? std::numeric_limits<std::uint64_t>::max() : 0;
    }
    const bool isWhole = exactIn || request_.legCostOutRaw == 0;
    return static_cast<std::uint64_t>(exactIn || !isWhole ? std::max(bound, 0.0)
                                                          : std::ceil(bound));
}

void Planner::tightenEach(std::span<PricedEdge> edges, std::vector<double>& prices,
                          std::span<const TokenIndex> tokens) const {
    constexpr double kGolden = 0.618'033'988'749'895;
    constexpr double kReach = 1.5;  // of the logarithm of a price
    constexpr unsigned kSections = 40;
    const bool exactIn = request_.mode == RouteMode::exactIn;
    for (const TokenIndex token : tokens) {
        std::vector<PricedEdge> own;
        std::copy_if(edges.begin(), edges.end(), std::back_inserter(own),
                     [&](const PricedEdge& priced) {
                         const Edge& edge = network_->edges()[priced.edge];
                         return edge.from == token || edge.to == token;
                     });
        const double centre = prices[token];
        const auto badness = [&](double shift) {
            prices[token] = centre * std::exp(shift);
            const double bound = realBound(own, prices);
            return exactIn ? bound : -bound;
        };
        double low = -kReach;
        double high = kReach;
        for (unsigned section = 0; section < kSections; ++section) {
            const double left = high - kGolden * (high - low);
            const double right = low + kGolden * (high - low);
            const bool isLeft = badness(left) < badness(right);
            (isLeft ? high : low) = isLeft ? right : left;
        }
        const double shift = (low + high) / 2;
        prices[token] = badness(shift) < badness(0) ? centre * std::exp(shift) : centre;
    }
}

// Costs that do not grow with the amount (legs' cost, capped transfer fees) are not in the prices
// of the search. The bound is convex in each price by itself: golden sections find better ones, on
// the terms of the price's own pools.
double Planner::tighten(std::span<PricedEdge> edges, std::vector<double>& prices) const {
    constexpr unsigned kSweeps = 3;
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const TokenIndex fixed = fixedToken();
    std::vector<TokenIndex> tokens{exactIn ? source_ : sink_};
    for (const RealizedLeg& leg : best_.legs) {
        const TokenIndex token = network_->edges()[leg.edge].from;
        if (token != fixed && std::find(tokens.begin(), tokens.end(), token) == tokens.end()) {
            tokens.push_back(token);
        }
    }
    const unsigned sweeps = tokens.size() == 1 ? 1 : kSweeps;
    for (unsigned sweep = 0; sweep < sweeps; ++sweep) {
        tightenEach(edges, prices, tokens);
    }
    return realBound(edges, prices);
}

void Planner::tightenBound(std::vector<double> prices) {
    std::vector<PricedEdge> edges = openEdges();
    keepTighter(wholeBound(tighten(edges, prices)));
}

void Planner::keepTighter(std::uint64_t bound, std::uint64_t& kept) const {
    kept = request_.mode == RouteMode::exactIn ? std::min(kept, bound) : std::max(kept, bound);
}

}  // namespace oee::routing
