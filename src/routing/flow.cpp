#include "routing/flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "routing/parallel.h"

namespace oee::routing {
namespace {

// How far a stretch of constant price is bent, relative to its price: coarse first, so that Newton
// sees the staircases as slopes. The last is what remains in the answer.
constexpr std::array kSoftness{1e-2, 2e-3, 4e-4, 1e-4, 2e-5, 4e-6, 1e-6, 2e-7, 4e-8, 1e-8};
constexpr double kFineSoftness = 1e-5;
constexpr double kCoarseBalance = 3e-2;  // of the trade's value: good enough to go on
constexpr double kSeriousBalance = 1e-5;
constexpr double kFineBalance = 1e-7;
constexpr unsigned kMaxSteps = 60;  // a stage
constexpr unsigned kFewSteps = 10;  // after a stage that did not get there
constexpr std::size_t kLastStages = 2;
constexpr unsigned kMaxLineSearch = 40;
constexpr double kGreatestFall = 0.75;   // of a price in one step
constexpr double kLongestStep = 64;      // in Newton steps
constexpr double kFlatEnough = 0.3;      // of the slope where the search began
constexpr unsigned kPatience = 20;       // steps
constexpr double kTie = 1e-12;           // of a price: what doubles can tell apart, and more
constexpr double kEnoughBalance = 1e-4;  // more is left over where the pools are full

struct Trade {
    double in = 0;
    double out = 0;
    double slope = 0;     // −d in / d log(price)
    double marginal = 0;  // of the piece as it is where a bent piece was used; 0: it is as it is
};

// `softness / span` is the least bend of a piece.
Trade tradeAt(std::span<const CurvePiece> pieces, double price, double softness, double scale) {
    const auto after =
        std::partition_point(pieces.begin(), pieces.end(),
                             [&](const CurvePiece& piece) { return piece.marginal > price; });
    if (after == pieces.begin()) {
        return {};
    }
    const CurvePiece& piece = *(after - 1);
    const double soft = softness / std::min(piece.capacity, scale);
    const double bend = std::max(piece.bend, std::min(piece.bendToNext, soft));
    const double ratio = std::sqrt(piece.marginal / price);
    const double into = bend > 0 ? (ratio - 1) / bend : std::numeric_limits<double>::infinity();
    Trade trade;
    if (into < piece.capacity) {
        trade.in = piece.inputBefore + into;
        trade.out = piece.outputBefore + piece.marginal * into / ratio;
        trade.slope = 0.5 * ratio / bend;
        if (bend > piece.bend) {
            const double growth = 1 + piece.bend * into;
            trade.marginal = piece.marginal / (growth * growth);
        }
        return trade;
    }
    trade.in = piece.inputBefore + piece.capacity;
    trade.out =
        piece.outputBefore + piece.marginal * piece.capacity / (1 + piece.bend * piece.capacity);
    if (after != pieces.end() && softness > kFineSoftness) {
        // On the riser of a step: the staircase's slope, so that Newton sees the pool from afar.
        const double rise =
            2 * std::log((1 + piece.bendToNext * piece.capacity) / (1 + bend * piece.capacity));
        trade.slope = piece.capacity / std::max(rise, 1e-9);
    }
    return trade;
}

}  // namespace

TransferBranch branchFor(const amm::spl::TransferFee& fee, double amount) {
    if (fee.basisPoints == 0) {
        return {};
    }
    const double share = static_cast<double>(fee.basisPoints) / amm::spl::kBasisPoints;
    const double maximum = static_cast<double>(fee.maximumRaw);
    return amount * share < maximum ? TransferBranch{1 - share, 0} : TransferBranch{1, maximum};
}

// Gates that open somewhere on the way: by how much one is open is linear along a direction, so the
// ends of the way say all.
void FlowSolver::gatherCandidates(double length) {
    candidates_.clear();
    for (const Gate& gate : gates_) {
        const double to = gate.best * base_[gate.to];
        const double from = base_[gate.from];
        const double open = to - from;
        const double opens = to * direction_[gate.to] - from * direction_[gate.from];
        if (std::max(open, open + length * opens) > -kTie * from) {
            candidates_.push_back(gate);
        }
    }
}

void FlowSolver::trade(const std::vector<double>& prices) {
    const FlowProblem& problem = *problem_;
    std::fill(imbalance_.begin(), imbalance_.end(), 0.0);
    for (std::size_t token = 0; token < problem.drain.size(); ++token) {
        imbalance_[token] -= problem.drain[token];
    }
    if (problem.exactOut) {
        imbalance_[problem.sink] -= problem.amount;
    } else {
        imbalance_[problem.source] += problem.amount;
    }
    for (const Active& active : active_) {
        solution_.flows[active.arc] = {};
    }
    active_.clear();
    for (const Gate& gate : candidates_) {
        if (!(gate.best * prices[gate.to] > prices[gate.from])) {
            continue;
        }
        const std::uint32_t i = gate.arc;
        const Arc& arc = problem.arcs[i];
        const double keep = arc.transferIn.keep * arc.transferOut.keep;
        const double price = prices[arc.from] / (prices[arc.to] * keep);
        const Trade trade = tradeAt(arc.pieces, price, softness_, scale_[arc.from]);
        if (!(trade.in > 0)) {
            continue;
        }
        ArcFlow& flow = solution_.flows[i];
        flow.in = trade.in / arc.transferIn.keep;
        flow.out = trade.out * arc.transferOut.keep;
        imbalance_[arc.from] -= flow.in;
        imbalance_[arc.to] += flow.out;
        active_.push_back(
            {i, prices[arc.from] * trade.slope / arc.transferIn.keep, trade.marginal * keep});
    }
}

// Derivative of the dual along the direction, at the prices last traded at.
double FlowSolver::slopeAlong() const {
    double slope = 0;
    for (const TokenIndex token : token_) {
        slope += imbalance_[token] * base_[token] * direction_[token];
    }
    return slope;
}

// Along the direction the dual is convex and its slope grows: a step is good where the slope is
// no longer steep, and bisection finds one.
void FlowSolver::search() {
    base_ = solution_.prices;
    const double steep = -slopeAlong();
    double greatestFall = 0;
    for (const TokenIndex token : token_) {
        greatestFall = std::max(greatestFall, -direction_[token]);
    }
    const double longest =
        greatestFall > 0 ? kGreatestFall / greatestFall : std::numeric_limits<double>::max();
    double low = 0;
    double slopeAtLow = -steep;
    double high = std::numeric_limits<double>::infinity();
    double slopeAtHigh = 0;
    double length = std::min(1.0, longest);
    gatherCandidates(length);
    for (unsigned round = 0; round < kMaxLineSearch; ++round) {
        for (const TokenIndex token : token_) {
            solution_.prices[token] = base_[token] * (1 + length * direction_[token]);
        }
        trade(solution_.prices);
        const double slope = slopeAlong();
        if (std::abs(slope) <= kFlatEnough * steep) {
            return;
        }
        if (slope < 0) {
            low = length;
            slopeAtLow = slope;
            if (!std::isfinite(high)) {
                if (length >= longest || length >= kLongestStep) {
                    return;
                }
                length = std::min({length * 4, longest, kLongestStep});
                gatherCandidates(length);
                continue;
            }
        } else {
            high = length;
            slopeAtHigh = slope;
        }
        // False position, kept off the ends by bisection every other round.
        const double secant = low - slopeAtLow * (high - low) / (slopeAtHigh - slopeAtLow);
        length = round % 2 == 0 ? secant : 0.5 * (low + high);
        if (!(length > low && length < high)) {
            return;
        }
    }
}

double FlowSolver::outOfBalance() const {
    double value = 0;
    for (TokenIndex token = 0; token < problem_->tokens; ++token) {
        if (token != free_) {
            value += std::abs(imbalance_[token]) * solution_.prices[token];
        }
    }
    return value;
}

double FlowSolver::tradeValue() const {
    const TokenIndex token = problem_->exactOut ? problem_->sink : problem_->source;
    return problem_->amount * solution_.prices[token];
}

// Where pools run full, Newton's step for one token is far too long for the others: so each that is
// out of balance gets a search of its own.
void FlowSolver::balanceEach(double balance) {
    const std::vector<TokenIndex> tokens = token_;
    const double least = balance * value_ / static_cast<double>(tokens.size());
    std::fill(direction_.begin(), direction_.end(), 0.0);
    for (const TokenIndex token : tokens) {
        if (std::abs(imbalance_[token]) * solution_.prices[token] > least) {
            token_.assign(1, token);
            direction_[token] = imbalance_[token] > 0 ? -1 : 1;
            search();
            direction_[token] = 0;
        }
    }
}

// Newton at one softness, until what is out of balance is `balance` of the trade.
void FlowSolver::relax(double softness, double balance, unsigned maxSteps) {
    softness_ = softness;
    value_ = tradeValue();
    // Where pools run dry the margin is worth little beside what is moved.
    const double arrives = std::abs(imbalance_[free_]);
    const bool isFlow = softness < kFineSoftness && outOfBalance() <= kCoarseBalance * value_;
    const double moved = isFlow ? std::max(value_, arrives) : value_;
    for (TokenIndex token = 0; token < problem_->tokens; ++token) {
        scale_[token] = moved / solution_.prices[token];
    }
    candidates_ = gates_;
    trade(solution_.prices);
    double best = outOfBalance();
    unsigned stalled = 0;  // steps since the best was halved
    for (unsigned step = 0; step < maxSteps && outOfBalance() > balance * value_; ++step) {
        newtonDirection();
        search();
        stalled = outOfBalance() < best / 2 ? 0 : stalled + 1;
        best = stalled == 0 ? outOfBalance() : best;
        if (stalled == kPatience) {
            balanceEach(balance);
            stalled = 0;
        }
        ++solution_.steps;
        value_ = tradeValue();
    }
}

void FlowSolver::followSoftness(double balance) {
    // Where pools run dry only the last stages get there: those between need not try as long.
    unsigned maxSteps = kMaxSteps;
    for (std::size_t stage = 0; stage < kSoftness.size(); ++stage) {
        const bool isLast = stage + 1 == kSoftness.size();
        const unsigned before = solution_.steps;
        maxSteps = stage + kLastStages >= kSoftness.size() ? kMaxSteps : maxSteps;
        relax(kSoftness[stage], isLast ? kFineBalance : balance, maxSteps);
        maxSteps = solution_.steps - before < maxSteps ? kMaxSteps : kFewSteps;
    }
}

// The dual function without the softness, in the free token.
double FlowSolver::dualValue() const {
    const FlowProblem& problem = *problem_;
    const std::vector<double>& prices = solution_.prices;
    double value = problem.exactOut ? -problem.amount * prices[problem.sink]
                                    : problem.amount * prices[problem.source];
    for (const Gate& gate : gates_) {
        if (gate.best * prices[gate.to] > prices[gate.from]) {
            const Arc& arc = problem.arcs[gate.arc];
            const double in = prices[gate.from] / arc.transferIn.keep;
            const double out = prices[gate.to] * arc.transferOut.keep;
            const Trade trade = tradeAt(arc.pieces, in / out, 0, 1);
            value += trade.out * out - trade.in * in;
        }
    }
    return value;
}

const FlowSolution& FlowSolver::solve(const FlowProblem& problem, std::span<const double> start,
                                      SearchEffort effort) {
    if (isParallel(problem)) {
        solveParallel(problem, solution_);
        solution_.fine = solution_.balanced;
        return solution_;
    }
    problem_ = &problem;
    free_ = problem.exactOut ? problem.source : problem.sink;
    for (auto* values : {&scale_, &imbalance_, &direction_}) {
        values->assign(problem.tokens, 0);
    }
    row_.assign(problem.tokens, -1);
    solution_.flows.assign(problem.arcs.size(), {});
    solution_.steps = 0;
    active_.clear();
    openGates();
    if (start.empty()) {
        startingPrices();
    } else {
        solution_.prices.assign(start.begin(), start.end());
    }
    followSoftness(effort == SearchEffort::usual ? kCoarseBalance : kSeriousBalance);
    solution_.fine = outOfBalance() <= kFineBalance * value_;
    solution_.balanced = outOfBalance() <= kEnoughBalance * value_;
    choosePrices();
    priceDeadEnds();
    return solution_;
}

}  // namespace oee::routing
