// The search's prices: where it begins, and what it ends with.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "routing/flow.h"

namespace oee::routing {
namespace {

// Of the trade: what is less has no price of its own. Which is the search's tolerance and which is
// a small pool before a deep one cannot be told, so that the bounds decide.
constexpr std::array kLeastFlows{1e-7, 1e-9, 1e-11};
constexpr double kTightEnough = 1e-7;  // of the bound
constexpr double kTie = 1e-12;         // of a price: what doubles can tell apart, and more

}  // namespace

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

// The best of several readings of the same flow.
void FlowSolver::choosePrices() {
    const std::vector<double> bent = solution_.prices;
    const std::vector<Active> active = active_;
    std::vector<double> best = bent;
    const double traded = problem_->exactOut ? -std::abs(imbalance_[free_]) : imbalance_[free_];
    double least = dualValue();
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

}  // namespace oee::routing
