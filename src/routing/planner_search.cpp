// Flows with what the solver does not know: transfer fees that are capped, and hops.

#include <algorithm>
#include <limits>
#include <utility>

#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr unsigned kMaxRetries = 8;       // with an arc less each
constexpr unsigned kMaxBranchRounds = 4;  // transfer fees: a share or the maximum
constexpr unsigned kMaxSplitRounds = 6;

}  // namespace

// Sets each transfer fee's branch to what the flow says, and what is fixed of them as a drain.
// Whether anything is different now.
bool Planner::chooseBranches(FlowProblem& problem, const FlowSolution& solution) const {
    const TokenIndex token = problem.exactOut ? problem.sink : problem.source;
    const double value = problem.amount * solution.prices[token];
    std::vector<double> drain(problem.tokens, 0);
    bool changed = false;
    bool any = false;
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        Arc& arc = problem.arcs[i];
        if (arc.edge == kNoEdge || !(arc.best > 0)) {
            continue;
        }
        const amm::Curve& curve = network_->edges()[arc.edge].curve;
        if (curve.transferFeeIn.basisPoints == 0 && curve.transferFeeOut.basisPoints == 0) {
            continue;
        }
        const ArcFlow& flow = solution.flows[i];
        const bool used = flow.in > 0;
        const double in = used ? flow.in : value / solution.prices[arc.from];
        const double out = used ? flow.out : value / solution.prices[arc.to];
        const TransferBranch branchIn = branchFor(curve.transferFeeIn, in);
        const TransferBranch branchOut = branchFor(curve.transferFeeOut, out);
        changed |= branchIn != arc.transferIn || branchOut != arc.transferOut;
        arc.transferIn = branchIn;
        arc.transferOut = branchOut;
        arc.best = arc.pieces.front().marginal * branchIn.keep * branchOut.keep;
        if (used) {
            drain[arc.from] += branchIn.fixed;
            drain[arc.to] += branchOut.fixed;
            any = true;
        }
    }
    if (any && drain != problem.drain) {
        problem.drain = std::move(drain);
        changed = true;
    }
    return changed;
}

Planner::Searched Planner::search(FlowProblem problem, std::span<const double> start,
                                  SearchEffort effort) {
    Searched searched{std::move(problem), {}};
    searched.solution = solver_.solve(searched.problem, start, effort);
    for (unsigned round = 0; round < kMaxBranchRounds; ++round) {
        if (!chooseBranches(searched.problem, searched.solution)) {
            break;
        }
        const std::vector<double> prices = searched.solution.prices;
        searched.solution = solver_.solve(searched.problem, prices, effort);
    }
    return searched;
}

Planner::Searched Planner::searchWithinHops(const Searched& whole, std::uint32_t hops) {
    Searched limited = search(withinHops(whole.problem, distances_, hops));
    if (hops == 3) {
        std::vector<TokenIndex> split;
        for (unsigned round = 0; round < kMaxSplitRounds; ++round) {
            if (!splitForThreeHops(limited.problem, limited.solution, split)) {
                break;
            }
            std::vector<double> prices = limited.solution.prices;
            while (prices.size() < limited.problem.tokens) {
                const std::size_t added = limited.problem.tokens - prices.size();
                prices.push_back(prices[split[split.size() - 2 * added]]);
            }
            limited = search(std::move(limited.problem), prices);
        }
        return limited;
    }
    // Longer paths: leave out the least arc in use that no path of the allowed length needs, until
    // the flow is short enough; three hops are always one answer.
    for (unsigned round = 0;
         round < kMaxRetries && routing::needsMoreHops(limited.problem, limited.solution, hops);
         ++round) {
        Arc* least = nullptr;
        double leastValue = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < limited.problem.arcs.size(); ++i) {
            Arc& arc = limited.problem.arcs[i];
            const double value = limited.solution.flows[i].in * limited.solution.prices[arc.from];
            if (value > 0 && value < leastValue && arc.from != source_ && arc.to != sink_) {
                least = &arc;
                leastValue = value;
            }
        }
        if (least == nullptr) {
            break;
        }
        least->best = 0;
        limited = search(std::move(limited.problem));
    }
    return limited;
}

}  // namespace oee::routing
