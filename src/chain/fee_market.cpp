#include "chain/fee_market.h"

#include <algorithm>

#include "chain/real.h"

namespace oee::chain {
namespace {

constexpr double kGreatestPrice = 1e12;  // 200 SOL for a swap of 200,000 units

}  // namespace

double startLogCuPrice(const FeeMarketProfile& profile) {
    return profile.medianMicroLamports == 0
               ? 0.0
               : logOf(static_cast<double>(profile.medianMicroLamports));
}

double nextLogCuPrice(double logCuPrice, const FeeMarketProfile& profile, std::uint64_t seed,
                      std::uint64_t slot) {
    if (profile.medianMicroLamports == 0) {
        return logCuPrice;
    }
    const auto ratio = [](std::uint32_t ppm) { return static_cast<double>(ppm) / kMillion; };
    base::CounterRng rng(seed, base::RngPurpose::feeMarket, slot);
    double next = logCuPrice;
    next += ratio(profile.reversionPpm) * (startLogCuPrice(profile) - logCuPrice);
    next += ratio(profile.volatilityPpm) * drawNormal(rng);
    if (drawChance(rng, profile.burstPpm)) {
        next += ratio(profile.burstSizePpm);
    }
    return next;
}

double cuPriceMicroLamports(double logCuPrice, const FeeMarketProfile& profile) {
    return profile.medianMicroLamports == 0 ? 0.0 : std::min(expOf(logCuPrice), kGreatestPrice);
}

}  // namespace oee::chain
