// Which legs to pay for: each choice of few pools, and branch and bound over more.

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::size_t kMaxEnumerated = 10;
constexpr unsigned kMaxBranches = 60;

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

// Offers the best flow without the excluded legs, and bounds all plans with the required ones.
void Planner::evaluate(Branch& branch, const Searched& root) {
    const auto isIn = [](const std::vector<std::uint32_t>& list, std::uint32_t edge) {
        return std::find(list.begin(), list.end(), edge) != list.end();
    };
    FlowProblem problem = root.problem;
    for (Arc& arc : problem.arcs) {
        arc.best = isIn(branch.excluded, arc.edge) ? 0 : arc.best;
    }
    Searched searched = search(std::move(problem));
    if (searched.solution.balanced) {
        offerFlow(searched);
    }
    std::vector<PricedEdge> edges = openEdges();
    std::erase_if(edges, [&](const PricedEdge& e) { return isIn(branch.excluded, e.edge); });
    for (PricedEdge& edge : edges) {
        edge.use = isIn(branch.required, edge.edge) ? EdgeUse::required : EdgeUse::open;
    }
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const double sign = exactIn ? 1 : -1;
    std::vector<double> found = pricesOf(searched);
    if (found.size() != branch.prices.size() ||
        sign * realBound(edges, branch.prices) < sign * realBound(edges, found)) {
        found = branch.prices;
    }
    branch.bound = std::min(branch.bound, sign * tighten(edges, found));
    branch.prices = std::move(found);
    // The leg of which it is least clear whether it earns its cost.
    const double cost = legCost();
    double closest = std::numeric_limits<double>::infinity();
    price(edges, branch.prices);
    for (const PricedEdge& edge : edges) {
        const double profit =
            greatestProfit(network_->edges()[edge.edge].curve, edge.priceIn, edge.priceOut) /
            branch.prices[exactIn ? sink_ : source_];
        const double doubt = std::abs(profit - cost);
        if (edge.use == EdgeUse::open && profit > 0 && doubt < closest) {
            closest = doubt;
            branch.next = edge.edge;
        }
    }
}

// Halves the plans by a leg that is in or not, the half with the highest bound first, until none
// can be more than two legs' cost ahead of the best plan.
void Planner::branchAndBound(const Searched& root) {
    const auto cannotBeFarAhead = [&](const Branch& branch) {
        return branch.bound <= worth(best_) + gapAllowed();
    };
    const auto isLower = [](const Branch& a, const Branch& b) { return a.bound < b.bound; };
    Branch all;
    all.prices = wholePrices_;
    const double sign = request_.mode == RouteMode::exactIn ? 1 : -1;
    all.bound = sign * static_cast<double>(bound_);
    evaluate(all, root);
    std::vector<Branch> open{all};
    for (unsigned round = 0; round < kMaxBranches; ++round) {
        const auto top = std::max_element(open.begin(), open.end(), isLower);
        if (!best_.isPlan() || cannotBeFarAhead(*top) || top->next == kNoEdge) {
            break;
        }
        Branch with = *top;
        open.erase(top);
        Branch without = with;
        with.required.push_back(std::exchange(with.next, kNoEdge));
        without.excluded.push_back(std::exchange(without.next, kNoEdge));
        for (Branch* half : {&with, &without}) {
            evaluate(*half, root);
            open.push_back(std::move(*half));
        }
    }
    const auto top = std::max_element(open.begin(), open.end(), isLower);
    keepTighter(wholeBound(sign * top->bound));
}

}  // namespace oee::routing
