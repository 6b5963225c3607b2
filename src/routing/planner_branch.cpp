// Which legs to pay for: each choice of few pools, and branch and bound over more.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "routing/leg_hull.h"
#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::size_t kMaxEnumerated = 10;
constexpr unsigned kMaxBranches = 500;

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

// Two legs' cost, less what the bound's rounding may add.
double Planner::gapAllowed() const {
    return 2 * legCost() - 2;
}

// The root's arcs, each relaxed: a part of its leg may be paid for.
Planner::Relaxation Planner::relax(const FlowProblem& root) const {
    Relaxation relaxed{root, std::vector<double>(root.arcs.size(), 0)};
    const double cost =
        legCost() * wholePrices_[request_.mode == RouteMode::exactIn ? sink_ : source_];
    for (std::size_t i = 0; i < root.arcs.size(); ++i) {
        Arc& arc = relaxed.problem.arcs[i];
        if (arc.edge == kNoEdge || !(arc.best > 0)) {
            continue;
        }
        LegHull hull = hullOf(arc.pieces, cost / (wholePrices_[arc.to] * arc.transferOut.keep));
        relaxed.wholeAt[i] = hull.wholeAt;
        arc.best = hull.pieces.empty() ? 0
                                       : hull.pieces.front().marginal * arc.transferIn.keep *
                                             arc.transferOut.keep;
        relaxed.problem.ownPieces.push_back(
            std::make_shared<const std::vector<CurvePiece>>(std::move(hull.pieces)));
        arc.pieces = *relaxed.problem.ownPieces.back();
    }
    return relaxed;
}

// What a flow brings after its legs' cost, in real numbers.
double Planner::realWorth(const Searched& searched) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    double worth = 0;
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        const Arc& arc = searched.problem.arcs[i];
        const ArcFlow& flow = searched.solution.flows[i];
        const TokenIndex end = exactIn ? sink_ : source_;
        worth += arc.to == end ? flow.out : 0;
        worth -= arc.from == end ? flow.in : 0;
        worth -= arc.edge != kNoEdge && flow.in >= 1 ? legCost() : 0;
    }
    return worth;
}

// The best flow on some of the root's arcs.
Planner::Searched Planner::searchOn(const FlowProblem& root,
                                    const std::vector<std::uint32_t>& arcs) {
    FlowProblem problem = root;
    problem.arcs.clear();
    for (const std::uint32_t arc : arcs) {
        problem.arcs.push_back(root.arcs[arc]);
    }
    return search(std::move(problem));
}

// Bounds all plans of the branch, and offers the flow on the legs of which the relaxed one pays
// more than half.
void Planner::evaluate(Branch& branch, const Searched& root, const Relaxation& relaxation) {
    FlowProblem problem = relaxation.problem;
    const std::size_t count = problem.arcs.size();
    std::vector<EdgeUse> uses(network_->edges().size(), EdgeUse::open);
    for (const std::uint32_t i : branch.excluded) {
        problem.arcs[i].best = 0;
    }
    for (const std::uint32_t i : branch.required) {
        problem.arcs[i].pieces = root.problem.arcs[i].pieces;
        problem.arcs[i].best = root.problem.arcs[i].best;
    }
    const FlowSolution solution = solver_.solve(problem, branch.prices);
    std::vector<PricedEdge> edges = openEdges();
    std::erase_if(edges, [&](const PricedEdge& e) {
        return std::any_of(branch.excluded.begin(), branch.excluded.end(),
                           [&](std::uint32_t i) { return problem.arcs[i].edge == e.edge; });
    });
    for (PricedEdge& edge : edges) {
        edge.use = std::any_of(branch.required.begin(), branch.required.end(),
                               [&](std::uint32_t i) { return problem.arcs[i].edge == edge.edge; })
                       ? EdgeUse::required
                       : EdgeUse::open;
    }
    const double sign = request_.mode == RouteMode::exactIn ? 1 : -1;
    std::vector<char> isUsed(problem.tokens, 0);
    isUsed[source_] = isUsed[sink_] = 1;
    for (std::size_t i = 0; i < count; ++i) {
        if (solution.flows[i].in > 0) {
            isUsed[problem.arcs[i].from] = isUsed[problem.arcs[i].to] = 1;
        }
    }
    std::vector<double> found = solution.prices;
    for (std::size_t token = 0; token < found.size(); ++token) {
        found[token] = isUsed[token] && found[token] > 0 ? found[token] : branch.prices[token];
    }
    const std::vector<double> asFlow = pricesOf({problem, solution});
    if (sign * realBound(edges, asFlow) < sign * realBound(edges, found)) {
        found = asFlow;
    }
    if (sign * realBound(edges, branch.prices) < sign * realBound(edges, found)) {
        found = branch.prices;
    }
    branch.bound = std::min(branch.bound, sign * realBound(edges, found));
    branch.prices = std::move(found);
    if (branch.bound <= worth(best_) + gapAllowed()) {
        return;
    }
    std::vector<std::uint32_t> chosen;
    double closest = 0.49;
    for (std::uint32_t i = 0; i < count; ++i) {
        const Arc& arc = problem.arcs[i];
        const bool isRequired =
            std::find(branch.required.begin(), branch.required.end(), i) != branch.required.end();
        const double part = arc.edge == kNoEdge || isRequired
                                ? 1
                                : solution.flows[i].in * arc.transferIn.keep /
                                      std::max(relaxation.wholeAt[i], 1e-300);
        if (!(solution.flows[i].in > 0)) {
            continue;
        }
        if (part >= 0.5) {
            chosen.push_back(i);
        }
        if (std::abs(part - 0.5) < closest) {
            closest = std::abs(part - 0.5);
            branch.next = i;
        }
    }
    Searched searched = searchOn(root.problem, chosen);
    if (searched.solution.balanced && realWorth(searched) > worth(best_)) {
        offerFlow(searched);
    }
}

// Halves the plans by a leg that is in or not, the half with the highest bound first, until none
// can be more than two legs' cost ahead of the best plan.
void Planner::branchAndBound(const Searched& root) {
    const auto cannotBeFarAhead = [&](const Branch& branch) {
        return branch.bound <= worth(best_) + gapAllowed();
    };
    const auto isLower = [](const Branch& a, const Branch& b) { return a.bound < b.bound; };
    const Relaxation relaxation = relax(root.problem);
    Branch all;
    all.prices = wholePrices_;
    const double sign = request_.mode == RouteMode::exactIn ? 1 : -1;
    all.bound = sign * static_cast<double>(bound_);
    auto show = [&](const char* what, unsigned round, double bound) {
        if (getenv("DBG"))
            printf("%s %u: bound over best %.3f best legs %zu worth %.6g\n", what, round, (bound - worth(best_)) / legCost(), best_.legs.size(), worth(best_));
    };
    show("before", 0, all.bound);
    evaluate(all, root, relaxation);
    show("root", 0, all.bound);
    std::vector<Branch> open{all};
    for (unsigned round = 0; round < kMaxBranches; ++round) {
        const auto top = std::max_element(open.begin(), open.end(), isLower);
        if (round % 50 == 0) show("round", round, top->bound);
        if (!best_.isPlan() || cannotBeFarAhead(*top) || top->next == kNoEdge) {
            show("end", round, top->bound);
            break;
        }
        Branch with = *top;
        open.erase(top);
        Branch without = with;
        with.required.push_back(std::exchange(with.next, kNoEdge));
        without.excluded.push_back(std::exchange(without.next, kNoEdge));
        for (Branch* half : {&with, &without}) {
            evaluate(*half, root, relaxation);
            open.push_back(std::move(*half));
        }
    }
    const auto top = std::max_element(open.begin(), open.end(), isLower);
    keepTighter(wholeBound(sign * top->bound));
}

}  // namespace oee::routing
