#include "routing/polish.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace oee::routing {
namespace {

constexpr std::size_t kMaxMore = 16;      // edges that join in
constexpr double kNearEnough = 0.99;      // of the prices: what such an edge pays at the margin
constexpr int kDense = 24;                // units each way, every one of them
constexpr double kMostOfAToken = 1.8e19;  // that can be
constexpr unsigned kBalancingSteps = 6;

}  // namespace

std::size_t Polisher::positionOf(TokenIndex token) const {
    return static_cast<std::size_t>(std::find(tokens_.begin(), tokens_.end(), token) -
                                    tokens_.begin());
}

// Tokens of the plan, each after all that it is bought with. False where that cannot be.
bool Polisher::orderTokens() {
    const auto edges = network_->edges();
    tokens_.assign(1, request_.source);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        for (const RealizedLeg& leg : request_.legs) {
            const TokenIndex to = edges[leg.edge].to;
            const bool isKnown = positionOf(to) < tokens_.size();
            const bool isReady = std::all_of(
                request_.legs.begin(), request_.legs.end(), [&](const RealizedLeg& other) {
                    return edges[other.edge].to != to || positionOf(edges[other.edge].from) <= i;
                });
            if (edges[leg.edge].from == tokens_[i] && !isKnown && isReady) {
                tokens_.push_back(to);
            }
        }
    }
    return std::all_of(request_.legs.begin(), request_.legs.end(), [&](const RealizedLeg& leg) {
        const std::size_t from = positionOf(edges[leg.edge].from);
        return from < positionOf(edges[leg.edge].to) && from < tokens_.size() &&
               edges[leg.edge].from != request_.sink;
    });
}

void Polisher::layOut() {
    const auto edges = network_->edges();
    steps_.clear();
    const auto add = [&](std::uint32_t edge, std::uint64_t amountRaw) {
        Step step;
        step.edge = edge;
        step.from = positionOf(edges[edge].from);
        step.to = positionOf(edges[edge].to);
        step.amountRaw = amountRaw;
        steps_.push_back(step);
    };
    for (const RealizedLeg& leg : request_.legs) {
        add(leg.edge, leg.swap.amountInRaw);
    }
    struct Offer {
        double pays = 0;
        std::uint32_t edge = 0;
    };
    std::vector<Offer> offers;
    for (const std::uint32_t position : request_.more) {
        const Edge& edge = edges[position];
        const std::size_t from = positionOf(edge.from);
        const std::size_t to = positionOf(edge.to);
        const double pays =
            edge.bestMarginal() * request_.prices[edge.to] / request_.prices[edge.from];
        const bool isUsed = std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) {
            return step.edge / 2 == position / 2;
        });
        if (from < to && to < tokens_.size() && edge.from != request_.sink && !isUsed &&
            pays > kNearEnough) {
            offers.push_back({pays, position});
        }
    }
    std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
        return a.pays != b.pays ? a.pays > b.pays : a.edge < b.edge;
    });
    for (std::size_t i = 0; i < std::min(offers.size(), kMaxMore); ++i) {
        add(offers[i].edge, 0);
    }
    chooseRests();
}

// Of each token's ways out the widest takes what the others leave, and so comes last. Out of the
// source of a wanted output none does; there it is the one with the finest units that balances.
void Polisher::chooseRests() {
    const auto isFiner = [&](const Step& one, const Step& other) {
        const bool oneEnds = tokens_[one.to] == request_.sink;
        const bool otherEnds = tokens_[other.to] == request_.sink;
        return oneEnds != otherEnds ? oneEnds : priceOf(one.to) < priceOf(other.to);
    };
    for (std::size_t token = 0; token < tokens_.size(); ++token) {
        const bool balances = request_.exactOut && token == 0;
        Step* chosen = nullptr;
        for (Step& step : steps_) {
            if (step.from != token || step.amountRaw == 0) {
                continue;
            }
            const bool isBetter =
                chosen != nullptr &&
                (balances ? isFiner(step, *chosen) : step.amountRaw > chosen->amountRaw);
            chosen = chosen == nullptr || isBetter ? &step : chosen;
        }
        if (chosen != nullptr) {
            chosen->takesRest = true;
        }
    }
    std::stable_sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) {
        return a.from != b.from ? a.from < b.from : a.takesRest < b.takesRest;
    });
    balancing_.reset();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (request_.exactOut && steps_[i].from == 0 && steps_[i].takesRest) {
            steps_[i].takesRest = false;
            balancing_ = i;
        }
    }
}

std::optional<std::uint64_t> Polisher::leastInput(const Step& step, std::uint64_t amountOutRaw) {
    if (amountOutRaw == 0) {
        return 0;
    }
    ++quotes_;
    const Edge& edge = network_->edges()[step.edge];
    const amm::SwapRequest wanted{
        .mode = amm::SwapMode::exactOut, .direction = edge.direction, .amountRaw = amountOutRaw};
    const auto& market = network_->market();
    const auto quoted = amm::quote(*market.pools[edge.pool], wanted, market.clock);
    return quoted ? std::optional(quoted->amountInRaw) : std::nullopt;
}

bool Polisher::execute(Step& step, std::uint64_t amountRaw) {
    step.amountRaw = amountRaw;
    if (amountRaw == 0) {
        step.swap = {};
        return true;
    }
    if (step.swap.amountInRaw == amountRaw) {
        return true;
    }
    ++quotes_;
    const Edge& edge = network_->edges()[step.edge];
    const amm::SwapRequest request{.direction = edge.direction, .amountRaw = amountRaw};
    const auto& market = network_->market();
    const auto quoted = amm::quote(*market.pools[edge.pool], request, market.clock);
    step.swap = quoted && quoted->amountOutRaw > 0 ? *quoted : amm::SwapResult{};
    return step.swap.amountInRaw == amountRaw;
}

// All steps as they are planned; false where one cannot be.
bool Polisher::run() {
    balances_.assign(tokens_.size(), 0);
    balances_[0] =
        request_.exactOut ? std::numeric_limits<std::uint64_t>::max() : request_.amountRaw;
    for (Step& step : steps_) {
        std::uint64_t& held = balances_[step.from];
        const std::uint64_t amountRaw = step.takesRest ? held : step.amountRaw;
        if (amountRaw > held || !execute(step, amountRaw)) {
            return false;
        }
        held -= amountRaw;
        balances_[step.to] += step.swap.amountOutRaw;
    }
    out_ = balances_.back();
    return true;
}

// Runs, for a wanted output with as little as will do of the step that balances.
bool Polisher::balance() {
    if (!balancing_) {
        return run();
    }
    Step& step = steps_[*balancing_];
    const double paid = priceOf(step.to) / priceOf(tokens_.size() - 1);  // for one unit of it
    std::optional<std::uint64_t> enough;
    for (unsigned tries = 0; tries < kBalancingSteps && run(); ++tries) {
        const double missing = static_cast<double>(request_.amountRaw) - static_cast<double>(out_);
        if (missing <= 0) {
            enough = std::min(enough.value_or(step.amountRaw), step.amountRaw);
        }
        const double units = missing > 0 ? std::ceil(missing / paid) : std::trunc(missing / paid);
        const double target = static_cast<double>(step.swap.amountOutRaw) + units;
        if (units == 0 || target >= kMostOfAToken) {
            break;
        }
        const auto amount = leastInput(step, target > 0 ? static_cast<std::uint64_t>(target) : 0);
        if (!amount || *amount == step.amountRaw || (enough && *amount >= *enough)) {
            break;
        }
        step.amountRaw = *amount;
    }
    if (!enough) {
        return false;
    }
    step.amountRaw = *enough;
    return run();
}

std::uint64_t Polisher::taken() const {
    std::uint64_t sum = 0;
    for (const Step& step : steps_) {
        sum += step.from == 0 ? step.amountRaw : 0;
    }
    return sum;
}

bool Polisher::tryAmount(std::size_t step, std::uint64_t amountRaw) {
    steps_[step].amountRaw = amountRaw;
    if (balance()) {
        const std::uint64_t worth = request_.exactOut ? ~taken() : out_;
        if (worth > bestWorth_) {
            bestWorth_ = worth;
            best_ = steps_;
            return true;
        }
    }
    return false;
}

// The step's amount with so many units more of whichever token has the more expensive ones; as
// little as brings them where that is the output.
std::optional<std::uint64_t> Polisher::moved(const Step& step, double units) {
    const double rate = priceOf(step.to) / priceOf(step.from);
    if (rate > 1) {
        const double target = static_cast<double>(step.swap.amountOutRaw) + units;
        if (!(target >= 0 && target < kMostOfAToken)) {
            return std::nullopt;
        }
        if (const auto least = leastInput(step, static_cast<std::uint64_t>(target))) {
            return least;
        }
    }
    const double target =
        static_cast<double>(step.amountRaw) + std::round(units * std::max(rate, 1.0));
    return target >= 0 && target < kMostOfAToken ? std::optional(static_cast<std::uint64_t>(target))
                                                 : std::nullopt;
}

void Polisher::moveStep(std::size_t position) {
    steps_ = best_;
    const Step from = steps_[position];
    const double whole = static_cast<double>(request_.amountRaw) *
                         request_.prices[request_.exactOut ? request_.sink : request_.source] /
                         std::max(priceOf(from.from), priceOf(from.to));
    double units = 0;
    while (units <= whole && quotes_ < request_.maxQuotes) {
        for (const double signedUnits : {units, -units}) {
            if (const auto amount = moved(from, signedUnits)) {
                std::vector<Step> kept = steps_;
                tryAmount(position, *amount);
                steps_ = std::move(kept);
            }
        }
        units = units < kDense ? units + 1 : std::round(units * 1.3);
    }
}

std::optional<Realized> Polisher::polish(const PolishRequest& request) {
    request_ = request;
    quotes_ = 0;
    if (!orderTokens() || tokens_.back() != request.sink) {
        return std::nullopt;
    }
    layOut();
    bestWorth_ = 0;
    if (!run() || (request.exactOut && out_ < request.amountRaw)) {
        return std::nullopt;
    }
    const std::uint64_t before = request.exactOut ? ~taken() : out_;
    bestWorth_ = before;
    best_ = steps_;
    for (bool isBetter = true; isBetter && quotes_ < request.maxQuotes;) {
        const std::uint64_t worth = bestWorth_;
        for (std::size_t i = 0; i < steps_.size() && quotes_ < request.maxQuotes; ++i) {
            if (!best_[i].takesRest && balancing_ != i) {
                moveStep(i);
            }
        }
        isBetter = bestWorth_ > worth;
    }
    if (bestWorth_ == before) {
        return std::nullopt;
    }
    Realized realized;
    realized.amountInRaw = request.exactOut ? ~bestWorth_ : request.amountRaw;
    for (const Step& step : best_) {
        if (step.amountRaw > 0) {
            realized.legs.push_back({step.edge, step.swap});
            realized.amountOutRaw += step.to + 1 == tokens_.size() ? step.swap.amountOutRaw : 0;
        }
    }
    return realized;
}

}  // namespace oee::routing
