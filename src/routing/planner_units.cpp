// A bound that knows that fees are whole units: branch and bound over how many of them a pool
// takes. Each branch is a flow of its own, and may be a better plan.

#include <algorithm>
#include <cmath>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::size_t kMaxBranches = 60;
constexpr double kLeastLoss = 1e-3;  // of a unit of what is to be saved: by roundings of doubles

}  // namespace

// The flow and the bound where fees are in the branch's ranges, and the fee to branch on next: the
// one whose next whole unit is worth most beyond what the flow pays of it.
void Planner::evaluate(UnitBranch& branch, const Searched& root) {
    FlowProblem problem = root.problem;
    problem.drain.resize(problem.tokens, 0);
    std::vector<PricedEdge> edges = openEdges();
    for (UnitBranch::Fee& fee : branch.fees) {
        const Edge& edge = network_->edges()[fee.edge];
        fee.charged = std::make_shared<const ChargedCurve>(withFeeUnits(edge.curve, fee.units));
        auto pieces = std::make_shared<const std::vector<CurvePiece>>(piecesOf(fee.charged->curve));
        for (Arc& arc : problem.arcs) {
            if (arc.edge == fee.edge) {
                arc.pieces = *pieces;
                arc.best = pieces->empty() || !(arc.best > 0) ? 0 : pieces->front().marginal;
            }
        }
        problem.drain[edge.from] += fee.charged->chargeRaw;
        problem.ownPieces.push_back(std::move(pieces));
        for (PricedEdge& priced : edges) {
            priced.charged = priced.edge == fee.edge ? fee.charged.get() : priced.charged;
        }
    }
    Searched searched = search(std::move(problem), root.solution.prices);
    offerFlow(searched);
    const std::uint64_t bound = wholeBound(realBound(edges, pricesOf(searched)));
    const bool exactIn = request_.mode == RouteMode::exactIn;
    branch.bound = exactIn ? std::min(branch.bound, bound) : std::max(branch.bound, bound);
    const double unit = searched.solution.prices[exactIn ? sink_ : source_];
    double greatestLoss = kLeastLoss * unit;
    branch.next = {};
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        const Arc& arc = searched.problem.arcs[i];
        const Edge& edge = network_->edges()[arc.edge];
        if (!(searched.solution.flows[i].in > 0) || !countsFeeUnits(edge.curve)) {
            continue;
        }
        const auto fee = std::find_if(branch.fees.begin(), branch.fees.end(),
                                      [&](const auto& one) { return one.edge == arc.edge; });
        const FeeUnits units = fee == branch.fees.end() ? FeeUnits{} : fee->units;
        const auto paid = feeBeyond(edge.curve, units, searched.solution.flows[i].in);
        const double loss =
            paid ? (std::ceil(*paid) - *paid) * searched.solution.prices[arc.from] : 0;
        if (loss > greatestLoss && *paid < static_cast<double>(units.most)) {
            greatestLoss = loss;
            branch.next = {
                arc.edge, {static_cast<std::uint64_t>(std::ceil(*paid)), units.most}, {}};
        }
    }
}

// Until the plan is within roundings of every branch's bound.
void Planner::boundByUnits(const Searched& root) {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const auto isLooser = [&](const UnitBranch& one, const UnitBranch& other) {
        return exactIn ? one.bound < other.bound : one.bound > other.bound;
    };
    std::vector<UnitBranch> branches(1);
    branches.front().bound = bound_;
    evaluate(branches.front(), root);
    for (std::size_t evaluated = 1; evaluated < kMaxBranches; evaluated += 2) {
        const auto loosest = std::max_element(branches.begin(), branches.end(), isLooser);
        if (!isRough(loosest->bound) || loosest->next.edge == kNoEdge) {
            break;
        }
        UnitBranch more = std::move(*loosest);
        branches.erase(loosest);
        const UnitBranch::Fee next = more.next;
        auto fee = std::find_if(more.fees.begin(), more.fees.end(),
                                [&](const auto& one) { return one.edge == next.edge; });
        if (fee == more.fees.end()) {
            fee = more.fees.insert(fee, {next.edge, {}, {}});
        }
        UnitBranch less = more;
        less.fees[static_cast<std::size_t>(fee - more.fees.begin())].units.most =
            next.units.least - 1;
        fee->units.least = next.units.least;
        for (UnitBranch* branch : {&less, &more}) {
            evaluate(*branch, root);
            branches.push_back(std::move(*branch));
        }
    }
    keepTighter(std::max_element(branches.begin(), branches.end(), isLooser)->bound);
}

}  // namespace oee::routing
