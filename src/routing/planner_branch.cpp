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

// Where the relaxed flow leaves nothing to decide: the leg of the best plan that earns least of its
// cost at the branch's prices, because without it there is another plan, and with it its cost is
// paid; or the leg of which it is least clear whether it earns its cost.
std::uint32_t Planner::mostDoubtful(const Branch& branch) const {
    constexpr double kEarned = 0.99;  // of the cost
    const double cost = (legCost() + legCharge_) * branch.prices[fixedToken()];
    const auto profitOf = [&](std::uint32_t position) {
        const Edge& edge = network_->edges()[position];
        return greatestProfit(edge.curve, branch.prices[edge.from], branch.prices[edge.to]);
    };
    std::uint32_t next = kNoEdge;
    double least = kEarned * cost;
    for (const RealizedLeg& leg : best_.legs) {
        const std::uint32_t arc = relaxed_.arcOf[leg.edge];
        if (arc != kNoEdge && branch.legs[arc] == LegUse::open && profitOf(leg.edge) < least) {
            least = profitOf(leg.edge);
            next = arc;
        }
    }
    if (next != kNoEdge) {
        return next;
    }
    least = std::numeric_limits<double>::infinity();
    for (std::uint32_t i = 0; i < branch.legs.size(); ++i) {
        const double profit =
            branch.legs[i] == LegUse::open ? profitOf(relaxed_.problem.arcs[i].edge) : 0;
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
    all.bound = static_cast<double>(bound_) * (request_.mode == RouteMode::exactIn ? 1 : -1);
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
