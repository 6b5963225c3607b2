#include "routing/flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "routing/parallel.h"

namespace oee::routing {
namespace {

// How far a stretch of constant price is bent, relative to its price: coarse first, so that Newton
// sees the staircases as slopes. The last is what remains in the answer.
constexpr std::array kSoftness{1e-2, 2e-3, 4e-4, 1e-4, 2e-5, 4e-6, 1e-6, 2e-7, 4e-8, 1e-8};
constexpr double kFineSoftness = 1e-5;
constexpr double kCoarseBalance = 3e-2;  // of the trade's value: good enough to go on
constexpr double kFineBalance = 1e-7;
// Of the trade: what is less has no price of its own. Which is the search's tolerance and which is
// a small pool before a deep one cannot be told, so that the bounds decide.
constexpr std::array kLeastFlows{1e-7, 1e-9, 1e-11};
constexpr double kTightEnough = 1e-7;  // of the bound
constexpr unsigned kMaxSteps = 60;     // a stage
constexpr unsigned kMaxLineSearch = 40;
constexpr double kDamping = 0.25;        // of a token's own imbalance, on the diagonal
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

void FlowSolver::startingPrices() {
    const FlowProblem& problem = *problem_;
    std::vector<double>& prices = solution_.prices;
    prices.assign(problem.tokens, 0);
    prices[free_] = 1;
    // Best marginals over ever longer paths; a market with arbitrage never comes to rest, so it
    // ends when every token has a price and paths of the usual length are in.
    constexpr unsigned kRounds = 4;
    bool isNew = true;
    for (unsigned round = 0; round < kRounds || isNew; ++round) {
        isNew = false;
        bool moved = false;
        for (const Gate& arc : gates_) {
            const TokenIndex known = problem.exactOut ? arc.from : arc.to;
            const TokenIndex other = problem.exactOut ? arc.to : arc.from;
            if (prices[known] == 0 || other == free_) {
                continue;
            }
            const double price =
                problem.exactOut ? prices[known] / arc.best : prices[known] * arc.best;
            const bool first = prices[other] == 0;
            if (first || (problem.exactOut ? price < prices[other] : price > prices[other])) {
                prices[other] = price;
                isNew |= first;
                moved = true;
            }
        }
        if (!moved) {
            break;
        }
    }
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

void FlowSolver::numberRows() {
    std::fill(row_.begin(), row_.end(), -1);
    token_.clear();
    const auto add = [&](TokenIndex token) {
        if (token != free_ && row_[token] < 0) {
            row_[token] = static_cast<std::int32_t>(token_.size());
            token_.push_back(token);
        }
    };
    add(problem_->exactOut ? problem_->sink : problem_->source);
    for (const Active& active : active_) {
        add(problem_->arcs[active.arc].from);
        add(problem_->arcs[active.arc].to);
    }
}

// Newton's step: (Laplacian of the arcs' weights + damping) · direction = −imbalance in value.
void FlowSolver::newtonDirection() {
    numberRows();
    const std::size_t n = token_.size();
    matrix_.assign(n * n, 0);
    right_.resize(n);
    const std::vector<double>& prices = solution_.prices;
    for (const Active& active : active_) {
        const Arc& arc = problem_->arcs[active.arc];
        const std::int32_t from = row_[arc.from];
        const std::int32_t to = row_[arc.to];
        if (from >= 0) {
            matrix_[static_cast<std::size_t>(from) * (n + 1)] += active.weight;
        }
        if (to >= 0) {
            matrix_[static_cast<std::size_t>(to) * (n + 1)] += active.weight;
        }
        if (from >= 0 && to >= 0) {
            const auto [low, high] = std::minmax(from, to);
            matrix_[static_cast<std::size_t>(high) * n + static_cast<std::size_t>(low)] -=
                active.weight;
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        const double value = prices[token_[i]] * imbalance_[token_[i]];
        matrix_[i * (n + 1)] += kDamping * std::abs(value) + 1e-14 * value_;
        right_[i] = -value;
    }
    factorAndSolve();
    std::fill(direction_.begin(), direction_.end(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        // Deep pools at one price leave a pivot of nothing but what doubles are off.
        direction_[token_[i]] = std::isfinite(right_[i]) ? right_[i] : 0;
    }
}

// L · D · Lᵀ in place on the lower triangle, by columns: most tokens have few neighbours, and zeros
// are skipped. Then both triangular solves on the right side.
void FlowSolver::factorAndSolve() {
    const std::size_t n = token_.size();
    for (std::size_t k = 0; k < n; ++k) {
        column_.clear();
        for (std::size_t i = k + 1; i < n; ++i) {
            if (matrix_[i * n + k] != 0) {
                column_.push_back(i);
            }
        }
        const double pivot = matrix_[k * (n + 1)];
        for (std::size_t a = 0; a < column_.size(); ++a) {
            double* row = &matrix_[column_[a] * n];
            const double factor = row[k] / pivot;
            for (std::size_t b = 0; b <= a; ++b) {
                row[column_[b]] -= factor * matrix_[column_[b] * n + k];
            }
            right_[column_[a]] -= factor * right_[k];
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        double sum = right_[k];
        for (std::size_t i = k + 1; i < n; ++i) {
            sum -= matrix_[i * n + k] * right_[i];
        }
        right_[k] = sum / matrix_[k * (n + 1)];
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
void FlowSolver::relax(double softness, double balance) {
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
    for (unsigned step = 0; step < kMaxSteps && outOfBalance() > balance * value_; ++step) {
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

// Bending a piece moves prices by its softness, and a pool that is deep beside the trade turns that
// into a profit that is none. So prices are set to what the pools in use really ask at their flows,
// along a tree of them, the best first; the rest follows to within the softness.
void FlowSolver::unbendPrices(double leastFlow) {
    std::vector<double>& prices = solution_.prices;
    const double least = leastFlow * value_;
    std::erase_if(active_, [&](const Active& active) {
        return solution_.flows[active.arc].in * prices[problem_->arcs[active.arc].from] < least;
    });
    numberRows();
    row_[free_] = 0;
    const auto ratio = [&](const Active& active) {
        const Arc& arc = problem_->arcs[active.arc];
        return active.marginal * prices[arc.to] / prices[arc.from];
    };
    std::sort(active_.begin(), active_.end(),
              [&](const Active& a, const Active& b) { return ratio(a) > ratio(b); });
    // Trees as lists of tokens: joining one to another scales all its prices.
    std::vector<TokenIndex> tree(problem_->tokens);
    std::iota(tree.begin(), tree.end(), TokenIndex{0});
    for (const Active& active : active_) {
        const Arc& arc = problem_->arcs[active.arc];
        TokenIndex joined = tree[arc.from];
        TokenIndex into = tree[arc.to];
        if (joined == into || active.marginal == 0) {
            continue;
        }
        double factor = ratio(active);
        if (joined == tree[free_]) {
            std::swap(joined, into);
            factor = 1 / factor;
        }
        for (TokenIndex token = 0; token < problem_->tokens; ++token) {
            if (tree[token] == joined) {
                tree[token] = into;
                prices[token] *= factor;
            }
        }
    }
    centreIdlePrices();
}

// Tokens that the flow does not use: any price between what they could be sold and bought for is
// right, and where one is outside, the middle is farthest from a profit that is none. By halves,
// because neighbours move at once.
void FlowSolver::centreIdlePrices() {
    constexpr unsigned kRounds = 24;
    std::vector<double>& prices = solution_.prices;
    for (unsigned round = 0; round < kRounds; ++round) {
        bid_.assign(problem_->tokens, 0);
        ask_.assign(problem_->tokens, std::numeric_limits<double>::infinity());
        bool outside = false;
        for (const Gate& arc : gates_) {
            const double worth = arc.best * prices[arc.to];
            bid_[arc.from] = std::max(bid_[arc.from], worth);
            ask_[arc.to] = std::min(ask_[arc.to], prices[arc.from] / arc.best);
            outside |=
                worth > prices[arc.from] * (1 + kTie) && (row_[arc.from] < 0 || row_[arc.to] < 0);
        }
        if (!outside) {
            return;
        }
        for (TokenIndex token = 0; token < problem_->tokens; ++token) {
            if (row_[token] < 0 && bid_[token] > 0 && std::isfinite(ask_[token])) {
                const double middle = std::sqrt(bid_[token] * ask_[token]);
                prices[token] = std::sqrt(prices[token] * middle);
            }
        }
    }
}

// A pool's two arcs follow one another; where hops are limited they may join other tokens.
bool FlowSolver::isSecondOfPool(std::size_t arc) const {
    if (arc == 0) {
        return false;
    }
    const Arc& one = problem_->arcs[arc - 1];
    const Arc& two = problem_->arcs[arc];
    return two.edge != kNoEdge && one.edge / 2 == two.edge / 2 && one.from == two.to &&
           one.to == two.from;
}

// Arcs that may trade. A token that one pool alone trades leads nowhere but back through it at a
// loss; without it its neighbour may be such a token.
void FlowSolver::openGates() {
    const std::vector<Arc>& arcs = problem_->arcs;
    ends_.assign(problem_->tokens, {});
    for (std::uint32_t i = 0; i < arcs.size(); ++i) {
        if (!isSecondOfPool(i)) {
            for (const TokenIndex token : {arcs[i].from, arcs[i].to}) {
                ++ends_[token].pools;
                ends_[token].arcs ^= i;
            }
        }
    }
    deadEnds_.clear();
    isDead_.assign(arcs.size(), 0);
    for (TokenIndex first = 0; first < problem_->tokens; ++first) {
        for (TokenIndex token = first;
             ends_[token].pools == 1 && token != problem_->source && token != problem_->sink;) {
            const std::uint32_t arc = ends_[token].arcs;
            const TokenIndex other = arcs[arc].from == token ? arcs[arc].to : arcs[arc].from;
            deadEnds_.push_back({token, arc});
            isDead_[arc] = 1;
            ends_[token].pools = 0;
            --ends_[other].pools;
            ends_[other].arcs ^= arc;
            token = other;
        }
    }
    gates_.clear();
    for (std::uint32_t i = 0; i < arcs.size(); ++i) {
        isDead_[i] = isSecondOfPool(i) ? isDead_[i - 1] : isDead_[i];
        if (arcs[i].best > 0 && isDead_[i] == 0) {
            gates_.push_back({arcs[i].from, arcs[i].to, arcs[i].best, i});
        }
    }
}

// Between what the one pool buys and sells them for.
void FlowSolver::priceDeadEnds() {
    std::vector<double>& prices = solution_.prices;
    const std::vector<Arc>& arcs = problem_->arcs;
    for (auto end = deadEnds_.rbegin(); end != deadEnds_.rend(); ++end) {
        double bid = 0;
        double ask = std::numeric_limits<double>::infinity();
        for (std::size_t i = end->arc; i < arcs.size() && i < end->arc + 2; ++i) {
            const Arc& arc = arcs[i];
            if (arc.best > 0 && (i == end->arc || isSecondOfPool(i))) {
                (arc.from == end->token ? bid : ask) = arc.from == end->token
                                                           ? arc.best * prices[arc.to]
                                                           : prices[arc.from] / arc.best;
            }
        }
        const bool isTraded = bid > 0 && std::isfinite(ask);
        prices[end->token] = isTraded ? std::sqrt(bid * ask) : bid > 0 ? bid : ask;
        if (!std::isfinite(prices[end->token])) {
            prices[end->token] = 0;
        }
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

// The best of several readings of the same flow.
void FlowSolver::choosePrices() {
    const std::vector<double> bent = solution_.prices;
    const std::vector<Active> active = active_;
    std::vector<double> best = bent;
    const double traded = problem_->exactOut ? -std::abs(imbalance_[free_]) : imbalance_[free_];
    double least = std::numeric_limits<double>::infinity();
    for (const double leastFlow : kLeastFlows) {
        unbendPrices(leastFlow);
        const double value = dualValue();
        if (value < least) {
            least = value;
            best = solution_.prices;
        }
        if (least - traded < kTightEnough * std::abs(traded)) {
            break;
        }
        solution_.prices = bent;
        active_ = active;
    }
    solution_.prices = std::move(best);
}

const FlowSolution& FlowSolver::solve(const FlowProblem& problem, std::span<const double> start) {
    if (isParallel(problem)) {
        solveParallel(problem, solution_);
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
    for (const double softness : kSoftness) {
        relax(softness, softness == kSoftness.back() ? kFineBalance : kCoarseBalance);
    }
    solution_.balanced = outOfBalance() <= kEnoughBalance * value_;
    choosePrices();
    priceDeadEnds();
    return solution_;
}

}  // namespace oee::routing
