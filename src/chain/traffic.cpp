#include "chain/traffic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "amm/pool.h"
#include "base/integer.h"
#include "chain/compute_units.h"
#include "chain/real.h"

namespace oee::chain {
namespace {

constexpr double kGreatestAmount = 0x1p62;  // base units: nobody has more of a token
// The probe that finds out a pool's fee, as a part of the trade that would be best without fees.
constexpr double kProbePart = 1.0 / 256;
constexpr int kRefinements = 10;
// … which end where the next one would change so little.
constexpr double kCloseEnough = 0.01;

struct Probe {
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;

    // Input for one output, on average.
    double cost() const {
        return static_cast<double>(amountInRaw) / static_cast<double>(amountOutRaw);
    }
};

// The trade of one pool that pays most at the reference price.
class ArbitrageSearch {
  public:
    ArbitrageSearch(const amm::Pool& pool, std::size_t position, const SlotView& view);
    // Nothing where no amount brings more than it costs.
    std::optional<amm::SwapRequest> find();

  private:
    std::optional<Probe> probe(double amount);
    double profitOf(const Probe& probe) const;

    const amm::Pool& pool_;
    const SlotView& view_;
    amm::SwapDirection direction_ = amm::SwapDirection::aToB;
    std::size_t out_ = 0;   // mint
    double reference_ = 0;  // output for one input
    double fullInput_ = 0;  // without fees, were the pool a constant product of its vaults
    bool isOffPrice_ = false;
};

ArbitrageSearch::ArbitrageSearch(const amm::Pool& pool, std::size_t position, const SlotView& view)
    : pool_(pool), view_(view) {
    const auto& mints = view.map.poolMints[position];
    const double price = amm::marginalPrice(pool, amm::SwapDirection::aToB);
    const double fair = view.values[mints[0]] / view.values[mints[1]];
    const bool sellsA = price > fair;
    direction_ = sellsA ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
    out_ = mints[sellsA ? 1 : 0];
    reference_ = sellsA ? fair : 1 / fair;
    const double offered = sellsA ? price : amm::marginalPrice(pool, direction_);
    const auto held = static_cast<double>(amm::vaultBalances(pool)[sellsA ? 0 : 1]);
    // Reserves in proportion to the price would go from it to the reference with this much.
    if (offered > reference_) {
        fullInput_ = held * (std::sqrt(offered / reference_) - 1);
        isOffPrice_ = true;
    }
}

std::optional<Probe> ArbitrageSearch::probe(double amount) {
    if (!(amount < kGreatestAmount)) {
        return std::nullopt;
    }
    amm::SwapRequest request;
    request.direction = direction_;
    request.amountRaw = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(amount));
    const auto quoted = amm::quote(pool_, request, view_.clock);
    if (!quoted || quoted->amountOutRaw == 0) {
        return std::nullopt;
    }
    return Probe{quoted->amountInRaw, quoted->amountOutRaw};
}

double ArbitrageSearch::profitOf(const Probe& probe) const {
    return static_cast<double>(probe.amountOutRaw) -
           static_cast<double>(probe.amountInRaw) * reference_;
}

// A constant product pays out = P·x / (1 + c·x): what an output unit costs grows linearly with x,
// so two probes give P and c, and the margin is at the reference at x = (√(P / reference) − 1) / c.
// On other curves the same step is repeated from where it led.
std::optional<amm::SwapRequest> ArbitrageSearch::find() {
    if (!isOffPrice_) {
        return std::nullopt;
    }
    const auto small = probe(fullInput_ * kProbePart);
    if (!small || profitOf(*small) <= 0) {
        return std::nullopt;
    }
    Probe best = *small;
    double next = fullInput_;
    for (int i = 0; i < kRefinements; ++i) {
        const auto there = probe(next);
        if (!there) {
            next /= 4;
            continue;
        }
        if (profitOf(*there) > profitOf(best)) {
            best = *there;
        }
        const auto distance =
            static_cast<double>(there->amountInRaw) - static_cast<double>(small->amountInRaw);
        const double growth = (there->cost() - small->cost()) / distance;
        const double least = small->cost() - growth * static_cast<double>(small->amountInRaw);
        if (!(distance > 0) || !(growth > 0) || !(least > 0)) {
            next *= 4;  // a constant price so far
            continue;
        }
        const double wanted = (std::sqrt(1 / (least * reference_)) - 1) * least / growth;
        const bool isSmall = !(wanted > static_cast<double>(small->amountInRaw));
        if (isSmall || std::abs(wanted - next) < kCloseEnough * next) {
            break;
        }
        next = wanted;
    }
    const double lamports = view_.lamportsOf(out_, profitOf(best));
    if (lamports <= static_cast<double>(view_.trafficFeeLamports(pool_.program))) {
        return std::nullopt;
    }
    amm::SwapRequest request;
    request.direction = direction_;
    request.amountRaw = best.amountInRaw;
    return request;
}

}  // namespace

void arbitrage(Block& block, const SlotView& view) {
    const std::uint32_t chance = view.profile.traffic.arbitragePpm;
    if (chance == 0) {
        return;
    }
    base::CounterRng rng(view.scenario.seed, base::RngPurpose::arbitrage, view.clock.slot);
    for (std::size_t i = 0; i < block.pools().size(); ++i) {
        if (!drawChance(rng, chance)) {
            continue;
        }
        const amm::Pool& pool = *block.pools()[i];
        const auto request = ArbitrageSearch(pool, i, view).find();
        if (request) {
            const std::uint64_t fee = view.trafficFeeLamports(pool.program);
            if (block.trade(view, i, *request)) {
                block.payFee(view, fee);
            }
        }
    }
}

std::vector<NoiseTrade> noiseTradesOf(const SlotView& view, std::size_t poolCount) {
    const TrafficProfile& traffic = view.profile.traffic;
    std::vector<NoiseTrade> trades;
    if (traffic.noiseTradesPerThousandSlots == 0 || poolCount == 0) {
        return trades;
    }
    base::CounterRng rng(view.scenario.seed, base::RngPurpose::noiseTrade, view.clock.slot);
    trades.resize(drawPoisson(rng, traffic.noiseTradesPerThousandSlots / 1'000.0));
    for (NoiseTrade& trade : trades) {
        trade.pool = rng.below(poolCount);
        trade.direction = rng.below(2) == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        trade.sizePpm = static_cast<std::uint32_t>(
            std::min(traffic.noiseSizePpm * drawExponential(rng), kMillion / 2.0));
        trade.priorityMicroLamports = static_cast<std::uint64_t>(
            view.cuPriceMicroLamports * expOf(std::min(drawNormal(rng), 4.0)));
    }
    return trades;
}

void tradeNoise(Block& block, const SlotView& view, const NoiseTrade& trade) {
    const amm::Pool& pool = *block.pools()[trade.pool];
    const std::uint64_t held =
        amm::vaultBalances(pool)[trade.direction == amm::SwapDirection::aToB ? 0 : 1];
    amm::SwapRequest request;
    request.direction = trade.direction;
    request.amountRaw =
        base::mulDiv64(held, trade.sizePpm, kMillion, base::Rounding::down).value_or(0);
    const std::uint64_t fee =
        view.profile.baseFeeLamports +
        priorityFeeLamports(trade.priorityMicroLamports, plannedComputeUnits(pool.program));
    if (block.trade(view, trade.pool, request)) {
        block.payFee(view, fee);
    }
}

}  // namespace oee::chain
