// The relaxed problem of branch and bound: a part of a leg may be paid for, and what flows is
// convex.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "routing/leg_hull.h"
#include "routing/planner.h"

namespace oee::routing {

// Of the worth of all plans within the limit of legs: what they are charged comes back for as many
// as are allowed.
double Planner::boundOn(std::span<PricedEdge> edges, std::span<const double> prices) const {
    const double bound = realBound(edges, prices);
    return (request_.mode == RouteMode::exactIn ? bound : -bound) + legCharge_ * legsAllowed_;
}

// The root's arcs, each relaxed: a part of its leg may be paid for.
void Planner::relax(const FlowProblem& root) {
    const std::size_t count = root.arcs.size();
    relaxed_.problem = root;
    relaxed_.wholeAt.assign(count, 0);
    relaxed_.arcOf.assign(network_->edges().size(), kNoEdge);
    const double cost = (legCost() + legCharge_) * wholePrices_[fixedToken()];
    for (std::uint32_t i = 0; i < count; ++i) {
        Arc& arc = relaxed_.problem.arcs[i];
        relaxed_.arcOf[arc.edge] = i;
        LegHull hull = hullOf(arc.pieces, cost / (wholePrices_[arc.to] * arc.transferOut.keep));
        relaxed_.wholeAt[i] = hull.wholeAt;
        arc.best = hull.pieces.empty()
                       ? 0
                       : hull.pieces.front().marginal * arc.transferIn.keep * arc.transferOut.keep;
        relaxed_.problem.ownPieces.push_back(
            std::make_shared<const std::vector<CurvePiece>>(std::move(hull.pieces)));
        arc.pieces = *relaxed_.problem.ownPieces.back();
    }
}

// Better prices, one by one, of tokens at which pools earn more than their leg: where nothing is to
// be decided that should add up to what the plan brings.
void Planner::mend(std::span<PricedEdge> edges, std::vector<double>& prices) const {
    constexpr unsigned kSweeps = 3;
    constexpr double kWorthwhile = 0.01;  // of a leg's cost
    const double cost = (legCost() + legCharge_) * prices[fixedToken()];
    std::vector<double> excess(prices.size());
    for (unsigned sweep = 0; sweep < kSweeps; ++sweep) {
        std::fill(excess.begin(), excess.end(), 0.0);
        price(edges, prices);
        for (const PricedEdge& priced : edges) {
            const Edge& edge = network_->edges()[priced.edge];
            const double more = greatestProfit(edge.curve, priced.priceIn, priced.priceOut) - cost;
            if (more > 0) {
                excess[edge.from] += more;
                excess[edge.to] += more;
            }
        }
        std::vector<TokenIndex> tokens;
        for (TokenIndex token = 0; token < prices.size(); ++token) {
            if (token != fixedToken() && excess[token] > kWorthwhile * cost) {
                tokens.push_back(token);
            }
        }
        std::sort(tokens.begin(), tokens.end(),
                  [&](TokenIndex a, TokenIndex b) { return excess[a] > excess[b]; });
        tightenEach(edges, prices, tokens);
    }
}

// The edges that plans of a branch may use, each by what the branch says of its leg.
std::vector<PricedEdge> Planner::edgesOf(const Branch& branch) const {
    std::vector<PricedEdge> edges;
    for (PricedEdge edge : openEdges()) {
        const std::uint32_t arc = relaxed_.arcOf[edge.edge];
        const LegUse use = arc == kNoEdge ? LegUse::open : branch.legs[arc];
        edge.use = use == LegUse::required ? EdgeUse::required : EdgeUse::open;
        if (use != LegUse::excluded) {
            edges.push_back(edge);
        }
    }
    return edges;
}

// The prices of the relaxed flow, where they bound the branch better than those it has.
void Planner::takePrices(Branch& branch, const FlowProblem& problem, const FlowSolution& solution,
                         std::span<PricedEdge> edges) const {
    std::vector<char> isUsed(problem.tokens, 0);
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        if (solution.flows[i].in > 0) {
            isUsed[problem.arcs[i].from] = 1;
            isUsed[problem.arcs[i].to] = 1;
        }
    }
    // Tokens that the flow does not use may have moved far, because the hulls are those of other
    // prices.
    std::vector<double> kept = solution.prices;
    std::vector<double> moved = solution.prices;
    const double unit = solution.prices[fixedToken()] / branch.prices[fixedToken()];
    for (std::size_t token = 0; token < kept.size(); ++token) {
        const double before = branch.prices[token] * unit;
        kept[token] = isUsed[token] != 0 && kept[token] > 0 ? kept[token] : before;
        moved[token] = moved[token] > 0 ? moved[token] : before;
    }
    branch.bound = std::min(branch.bound, boundOn(edges, branch.prices));
    for (std::vector<double>* prices : {&kept, &moved}) {
        const double bound = boundOn(edges, *prices);
        if (bound < branch.bound) {
            branch.bound = bound;
            branch.prices = *prices;
        }
    }
}

// The part of each leg that the relaxed flow of a branch pays for. Sets the branch's bound. Where
// the relaxed search comes to no end, the prices of the flow with all legs paid for may be better.
std::vector<double> Planner::relaxedParts(Branch& branch, const FlowProblem& root) {
    FlowProblem problem = relaxed_.problem;
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        if (branch.legs[i] == LegUse::required) {
            problem.arcs[i].pieces = root.arcs[i].pieces;
            problem.arcs[i].best = root.arcs[i].best;
        } else if (branch.legs[i] == LegUse::excluded) {
            problem.arcs[i].best = 0;
        }
    }
    const FlowSolution& solution = solver_.solve(problem, branch.prices);
    std::vector<PricedEdge> edges = edgesOf(branch);
    takePrices(branch, problem, solution, edges);
    std::vector<double> parts(problem.arcs.size(), 0);
    bool anyPart = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const double in = solution.flows[i].in * problem.arcs[i].transferIn.keep;
        if (in > 0) {
            const bool isWhole = branch.legs[i] == LegUse::required || in >= relaxed_.wholeAt[i];
            parts[i] = isWhole ? 1 : in / relaxed_.wholeAt[i];
            anyPart |= std::abs(parts[i] - 0.5) < kDecided;
        }
    }
    if ((!anyPart || !solution.fine) && !cannotBeFarAhead(branch)) {
        if (!solution.fine) {
            for (std::size_t i = 0; i < branch.legs.size(); ++i) {
                problem.arcs[i].pieces = root.arcs[i].pieces;
                problem.arcs[i].best = branch.legs[i] == LegUse::excluded ? 0 : root.arcs[i].best;
            }
            takePrices(branch, problem, solver_.solve(problem), edges);
        }
        mend(edges, branch.prices);
        branch.bound = std::min(branch.bound, boundOn(edges, branch.prices));
    }
    return parts;
}

// The like where legs are limited: at the charge for which the relaxed flow takes as many as are
// allowed, or between those on both sides of it.
std::vector<double> Planner::limitedParts(Branch& branch, const FlowProblem& root) {
    constexpr unsigned kRounds = 10;
    constexpr double kCloseEnough = 0.25;  // legs
    constexpr double kFactor = 8;
    constexpr double kLeast = 1e-9;  // of the best plan: a charge that is none
    struct Side {
        std::vector<double> parts;
        double taken = 0;
        double charge = 0;
    };
    Side fewer;
    Side more;
    for (unsigned round = 0; round < kRounds && !cannotBeFarAhead(branch); ++round) {
        legCharge_ = branch.charge;
        relax(root);
        Side side{relaxedParts(branch, root), 0, branch.charge};
        side.taken = std::accumulate(side.parts.begin(), side.parts.end(), 0.0);
        const bool isFree =
            side.taken < legsAllowed_ && branch.charge < kLeast * std::abs(worth(unlimited_));
        if (isFree || std::abs(side.taken - legsAllowed_) <= kCloseEnough) {
            return side.parts;
        }
        (side.taken > legsAllowed_ ? more : fewer) = std::move(side);
        branch.charge = fewer.parts.empty()  ? more.charge * kFactor
                        : more.parts.empty() ? fewer.charge / kFactor
                                             : std::sqrt(fewer.charge * more.charge);
    }
    if (fewer.parts.empty() || more.parts.empty()) {
        return fewer.parts.empty() ? more.parts : fewer.parts;
    }
    const double share = (legsAllowed_ - fewer.taken) / (more.taken - fewer.taken);
    for (std::size_t i = 0; i < fewer.parts.size(); ++i) {
        fewer.parts[i] += share * (more.parts[i] - fewer.parts[i]);
    }
    return fewer.parts;
}

}  // namespace oee::routing
