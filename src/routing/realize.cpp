#include "routing/realize.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace oee::routing {
namespace {

// Less than a base unit cannot trade, and less than this part of the whole is what the search's
// tolerance left, not a decision.
constexpr double kLeastFlow = 1.0;
constexpr double kLeastShare = 2e-9;
constexpr double kNearlyFull = 1 - 1e-7;  // of a pool's capacity, which its roundings may undercut
constexpr long double kShareError = 1e-3L;  // units: a whole share is not to lose one
constexpr unsigned kMaxRepairs = 12;

std::uint64_t shareOf(std::uint64_t amountRaw, double part, double whole) {
    if (!(part > 0)) {
        return 0;
    }
    const auto share = static_cast<long double>(amountRaw) * part / whole + kShareError;
    return std::min(static_cast<std::uint64_t>(share), amountRaw);
}

}  // namespace

void Realizer::collect(const FlowProblem& problem, const FlowSolution& solution) {
    steps_.clear();
    const TokenIndex token = problem.exactOut ? problem.sink : problem.source;
    const double least = kLeastShare * problem.amount * solution.prices[token];
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        const ArcFlow& flow = solution.flows[i];
        const Arc& arc = problem.arcs[i];
        if (arc.edge != kNoEdge && flow.in >= kLeastFlow && flow.out >= kLeastFlow &&
            flow.in * solution.prices[arc.from] >= least) {
            steps_.push_back({arc.edge, flow.in, false});
        }
    }
    std::sort(steps_.begin(), steps_.end(),
              [](const Step& a, const Step& b) { return a.edge < b.edge; });
}

// Steps that what was dropped leaves without an input or without a way on.
void Realizer::dropDeadEnds() {
    const auto edges = network_->edges();
    bool dropped = true;
    while (dropped) {
        const auto isDead = [&](const Step& step) {
            const Edge& edge = edges[step.edge];
            const auto any = [&](auto predicate) {
                return std::any_of(steps_.begin(), steps_.end(), predicate);
            };
            return (edge.to != sink_ &&
                    !any([&](const Step& other) { return edges[other.edge].from == edge.to; })) ||
                   (edge.from != source_ &&
                    !any([&](const Step& other) { return edges[other.edge].to == edge.from; }));
        };
        const auto end = std::remove_if(steps_.begin(), steps_.end(), isDead);
        dropped = end != steps_.end();
        steps_.erase(end, steps_.end());
    }
}

bool Realizer::isPending(TokenIndex token) const {
    return std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
        return !step.done && network_->edges()[step.edge].to == token;
    });
}

// Whether what the step buys can come back to what it sells.
bool Realizer::returns(const Step& step) const {
    const auto edges = network_->edges();
    const TokenIndex goal = edges[step.edge].from;
    std::vector<TokenIndex> reached{edges[step.edge].to};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (reached[i] == goal) {
            return true;
        }
        for (const Step& next : steps_) {
            const Edge& edge = edges[next.edge];
            if (!next.done && edge.from == reached[i] &&
                std::find(reached.begin(), reached.end(), edge.to) == reached.end()) {
                reached.push_back(edge.to);
            }
        }
    }
    return false;
}

// One that is to be spent and that nothing more comes in of.
std::optional<TokenIndex> Realizer::settledToken() const {
    for (const Step& step : steps_) {
        const TokenIndex token = network_->edges()[step.edge].from;
        if (!step.done && token != sink_ && !isPending(token)) {
            return token;
        }
    }
    return std::nullopt;
}

bool Realizer::execute(Step& step, std::uint64_t amountRaw) {
    step.done = true;
    if (amountRaw == 0) {
        return true;
    }
    const Edge& edge = network_->edges()[step.edge];
    amm::SwapRequest request;
    request.direction = edge.direction;
    request.amountRaw = amountRaw;
    const auto& clock = network_->market().clock;
    // A pool's two edges are neighbours.
    const bool bothWays = std::binary_search(
        steps_.begin(), steps_.end(), Step{step.edge ^ 1u, 0, false},
        [](const Step& one, const Step& other) { return one.edge < other.edge; });
    RealizedLeg leg;
    leg.edge = step.edge;
    if (bothWays) {
        auto& state = traded_[edge.pool];
        const amm::Pool& pool = state ? *state : *network_->market().pools[edge.pool];
        auto applied = amm::apply(pool, request, clock);
        if (!applied || applied->result.amountOutRaw == 0) {
            failure_.edge = step.edge;
            return false;
        }
        leg.swap = applied->result;
        state = std::move(applied->pool);
    } else {
        const auto quoted = amm::quote(*network_->market().pools[edge.pool], request, clock);
        if (!quoted || quoted->amountOutRaw == 0) {
            failure_.edge = step.edge;
            failure_.isFull = !quoted && quoted.error() == amm::SwapError::insufficientLiquidity;
            failure_.amountRaw = amountRaw;
            return false;
        }
        leg.swap = *quoted;
    }
    balances_[edge.from] -= leg.swap.amountInRaw;
    balances_[edge.to] += leg.swap.amountOutRaw;
    result_.legs.push_back(leg);
    return true;
}

bool Realizer::spendAll(TokenIndex token) {
    const auto edges = network_->edges();
    const std::uint64_t available = balances_[token];
    const auto room = [&](const Step& step) {
        return edges[step.edge].capacityIn() * kNearlyFull - step.planned;
    };
    double planned = 0;
    Step* rest = nullptr;  // the largest that is not full
    for (Step& step : steps_) {
        if (step.done || edges[step.edge].from != token) {
            continue;
        }
        planned += step.planned;
        const bool isFull = room(step) < 0;
        const bool restIsFull = rest != nullptr && room(*rest) < 0;
        if (rest == nullptr || (restIsFull && !isFull) ||
            (restIsFull == isFull && step.planned > rest->planned)) {
            rest = &step;
        }
    }
    for (Step& step : steps_) {
        if (step.done || edges[step.edge].from != token || &step == rest) {
            continue;
        }
        const std::uint64_t share = shareOf(available, step.planned, planned);
        const double most = edges[step.edge].capacityIn() * kNearlyFull;
        const auto mostRaw = most < 1.8e19 ? static_cast<std::uint64_t>(most) : share;
        if (!execute(step, std::min(share, mostRaw))) {
            return false;
        }
    }
    return execute(*rest, balances_[token]);
}

// Every token that is left waits for another: the step of a circle that can best be paid for.
bool Realizer::spendOnCircle() {
    Step* best = nullptr;
    double bestCover = 0;
    for (Step& step : steps_) {
        if (step.done) {
            continue;
        }
        const auto balance = static_cast<double>(balances_[network_->edges()[step.edge].from]);
        const double cover = std::min(1.0, balance / step.planned);
        if (cover > bestCover && returns(step)) {
            best = &step;
            bestCover = cover;
        }
    }
    if (best == nullptr) {
        return false;
    }
    const std::uint64_t balance = balances_[network_->edges()[best->edge].from];
    return execute(*best, std::min(balance, static_cast<std::uint64_t>(best->planned)));
}

// A token of which more came in than its ways out can take, by the search's tolerance: less of it
// is to be bought. False where it is the source, or was not the tolerance.
bool Realizer::buyLess() {
    constexpr double kTolerance = 1e-2;
    if (!failure_.isFull || failure_.edge == kNoEdge) {
        return false;
    }
    const auto edges = network_->edges();
    const Edge& full = edges[failure_.edge];
    const double kept = full.capacityIn() * kNearlyFull / static_cast<double>(failure_.amountRaw);
    if (kept <= 1 - kTolerance) {
        return false;
    }
    // Tokens that can only become it have to be bought less, too.
    std::vector<bool> leadsThere(network_->tokenCount(), false);
    leadsThere[full.from] = true;
    for (bool grew = true; grew;) {
        grew = false;
        for (const Step& step : steps_) {
            const TokenIndex from = edges[step.edge].from;
            const bool only = std::all_of(steps_.begin(), steps_.end(), [&](const Step& other) {
                return edges[other.edge].from != from || leadsThere[edges[other.edge].to];
            });
            if (!leadsThere[from] && only && from != source_) {
                leadsThere[from] = true;
                grew = true;
            }
        }
    }
    bool any = false;
    for (Step& step : steps_) {
        if (leadsThere[edges[step.edge].to] && !leadsThere[edges[step.edge].from]) {
            step.planned *= std::min(kept, 1.0) * kNearlyFull;
            any = true;
        }
    }
    return any;
}

bool Realizer::runSteps(std::uint64_t amountInRaw) {
    failure_ = {};
    result_ = {};
    traded_.clear();
    balances_.assign(network_->tokenCount(), 0);
    balances_[source_] = amountInRaw;
    for (Step& step : steps_) {
        step.done = false;
    }
    while (std::any_of(steps_.begin(), steps_.end(), [](const Step& s) { return !s.done; })) {
        const auto token = settledToken();
        if (token ? !spendAll(*token) : !spendOnCircle()) {
            return false;
        }
    }
    for (TokenIndex token = 0; token < balances_.size(); ++token) {
        if (token == sink_ || balances_[token] == 0) {
            continue;
        }
        // A circle that could not be paid for in one go: without its last leg it is none.
        for (const RealizedLeg& leg : result_.legs) {
            failure_.edge = network_->edges()[leg.edge].to == token ? leg.edge : failure_.edge;
        }
        return false;
    }
    result_.amountInRaw = amountInRaw;
    result_.amountOutRaw = balances_[sink_];
    return true;
}

tl::expected<Realized, RealizeFailure> Realizer::realize(const FlowProblem& problem,
                                                         const FlowSolution& solution,
                                                         std::uint64_t amountInRaw) {
    source_ = problem.source;
    sink_ = problem.sink;
    collect(problem, solution);
    dropDeadEnds();
    for (unsigned repair = 0; repair < kMaxRepairs; ++repair) {
        if (runSteps(amountInRaw)) {
            return std::move(result_);
        }
        if (!buyLess()) {
            break;
        }
    }
    return tl::make_unexpected(failure_);
}

}  // namespace oee::routing
