// Which legs to pay for: each choice of few pools, and branch and bound over more.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "routing/leg_hull.h"
#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::size_t kMaxEnumerated = 10;
constexpr double kDecided = 0.49;  // from one half
constexpr unsigned kMaxBranches = 500;
constexpr unsigned kMaxLimitedBranches = 60;

}  // namespace

// Every choice of the pair's pools, the most promising in real numbers first, until what is left
// promises less than the best plan brings.
void Planner::enumerate(const Searched& pair) {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    std::vector<Arc> arcs;
    std::copy_if(pair.problem.arcs.begin(), pair.problem.arcs.end(), std::back_inserter(arcs),
                 [](const Arc& arc) { return arc.best > 0; });
    if (arcs.size() > kMaxEnumerated) {
        return;
    }
    struct Choice {
        double worth = 0;
        std::uint32_t mask = 0;
    };
    const auto problemOf = [&](std::uint32_t mask) {
        FlowProblem problem = pair.problem;
        problem.arcs.clear();
        for (std::size_t i = 0; i < arcs.size(); ++i) {
            if ((mask >> i & 1u) != 0) {
                problem.arcs.push_back(arcs[i]);
            }
        }
        return problem;
    };
    const double cost = legCost();
    const std::uint32_t most = request_.limits.maxLegs.value_or(kMaxEnumerated);
    std::vector<Choice> choices;
    for (std::uint32_t mask = 1; mask < 1u << arcs.size(); ++mask) {
        const auto legs = static_cast<std::uint32_t>(std::popcount(mask));
        if (legs > most) {
            continue;
        }
        const FlowSolution& solution = solver_.solve(problemOf(mask));
        if (solution.balanced) {
            double worth = -cost * legs;
            for (const ArcFlow& flow : solution.flows) {
                worth += exactIn ? flow.out : -flow.in;
            }
            choices.push_back({worth, mask});
        }
    }
    std::sort(choices.begin(), choices.end(),
              [](const Choice& a, const Choice& b) { return a.worth > b.worth; });
    for (const Choice& choice : choices) {
        if (best_.isPlan() && choice.worth <= worth(best_)) {
            break;
        }
        Searched searched = search(problemOf(choice.mask));
        offer(realize(searched));
    }
}

// Two legs' cost, less what the bound's rounding may add; where it is the limit of legs that
// counts, a millionth.
double Planner::gapAllowed() const {
    constexpr double kWithinLimit = 1e-6;
    const double cost = 2 * legCost() - 2;
    return legsAllowed_ != 0 ? std::max(cost, kWithinLimit * std::abs(worth(best_))) : cost;
}

bool Planner::cannotBeFarAhead(const Branch& branch) const {
    return branch.bound <= bestWorth() + gapAllowed();
}

double Planner::bestWorth() const {
    return best_.isPlan() ? worth(best_) : -std::numeric_limits<double>::infinity();
}

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

// What a flow brings after its legs' cost, in real numbers.
double Planner::realWorth(const Searched& searched) const {
    const TokenIndex end = fixedToken();
    double worth = 0;
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        const Arc& arc = searched.problem.arcs[i];
        const ArcFlow& flow = searched.solution.flows[i];
        worth += arc.to == end ? flow.out : 0;
        worth -= arc.from == end ? flow.in : 0;
        worth -= arc.edge != kNoEdge && flow.in >= 1 ? legCost() : 0;
    }
    return worth;
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

// The part of each leg that the relaxed flow of a branch pays for. Sets the branch's bound.
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

// Bounds all plans of the branch, and offers the flow on the legs of which the relaxed one pays
// more than half.
void Planner::evaluate(Branch& branch, const FlowProblem& root) {
    if (legsAllowed_ != 0) {
        const auto required = std::count(branch.legs.begin(), branch.legs.end(), LegUse::required);
        if (static_cast<double>(required) > legsAllowed_) {
            branch.bound = -std::numeric_limits<double>::infinity();
            return;
        }
    }
    const std::vector<double> parts =
        legsAllowed_ != 0 ? limitedParts(branch, root) : relaxedParts(branch, root);
    if (cannotBeFarAhead(branch)) {
        return;
    }
    FlowProblem chosen = root;
    chosen.arcs.clear();
    double closest = kDecided;
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        if (parts[i] >= 0.5) {
            chosen.arcs.push_back(root.arcs[i]);
        }
        if (branch.legs[i] == LegUse::open && std::abs(parts[i] - 0.5) < closest) {
            closest = std::abs(parts[i] - 0.5);
            branch.next = i;
        }
    }
    offerFitting(search(std::move(chosen)));
    if (legsAllowed_ != 0) {
        FlowProblem any = root;
        any.arcs.clear();
        for (std::uint32_t i = 0; i < parts.size(); ++i) {
            if (parts[i] > 0) {
                any.arcs.push_back(root.arcs[i]);
            }
        }
        offerFitting(search(std::move(any)));
    }
    if (branch.next == kNoEdge) {
        branch.next = mostDoubtful(branch);
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

// The leg of which it is least clear at the branch's prices whether it earns its cost.
std::uint32_t Planner::mostDoubtful(const Branch& branch) const {
    const double cost = (legCost() + legCharge_) * branch.prices[fixedToken()];
    std::uint32_t next = kNoEdge;
    double least = std::numeric_limits<double>::infinity();
    for (std::uint32_t i = 0; i < branch.legs.size(); ++i) {
        const Arc& arc = relaxed_.problem.arcs[i];
        if (branch.legs[i] != LegUse::open) {
            continue;
        }
        const double profit = greatestProfit(network_->edges()[arc.edge].curve,
                                             branch.prices[arc.from], branch.prices[arc.to]);
        if (profit > 0 && std::abs(profit - cost) < least) {
            least = std::abs(profit - cost);
            next = i;
        }
    }
    return next;
}

// Halves the plans by a leg that is in or not, the half with the highest bound first, until none
// can be more than two legs' cost ahead of the best plan.
void Planner::branchAndBound(const FlowProblem& root) {
    const auto isLower = [](const Branch& a, const Branch& b) { return a.bound < b.bound; };
    relax(root);
    Branch all;
    all.legs.assign(root.arcs.size(), LegUse::open);
    all.prices = wholePrices_;
    all.bound = std::numeric_limits<double>::infinity();
    all.charge = legCharge_;
    evaluate(all, root);
    std::vector<Branch> open{all};
    const unsigned most = legsAllowed_ != 0 ? kMaxLimitedBranches : kMaxBranches;
    for (unsigned round = 0; round < most; ++round) {
        const auto top = std::max_element(open.begin(), open.end(), isLower);
        if (cannotBeFarAhead(*top) || top->next == kNoEdge) {
            break;
        }
        Branch with = std::move(*top);
        open.erase(top);
        const std::uint32_t leg = std::exchange(with.next, kNoEdge);
        Branch without = with;
        with.legs[leg] = LegUse::required;
        without.legs[leg] = LegUse::excluded;
        for (Branch* half : {&with, &without}) {
            evaluate(*half, root);
            open.push_back(std::move(*half));
        }
    }
    if (legsAllowed_ == 0) {
        const auto top = std::max_element(open.begin(), open.end(), isLower);
        const double bound = std::max(top->bound, bestWorth());
        keepTighter(wholeBound(request_.mode == RouteMode::exactIn ? bound : -bound));
    }
}

}  // namespace oee::routing
