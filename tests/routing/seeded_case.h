#pragma once
// Requests on seeded markets, and how far a plan may be from its bound.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

#include "base/rng.h"
#include "random_market.h"
#include "routing/planner.h"

namespace oee::test {

// Sanitized builds are twenty times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t kNetworks = 40;
inline constexpr std::uint64_t kSmallNetworks = 5;
#else
inline constexpr std::uint64_t kNetworks = 1'000;
inline constexpr std::uint64_t kSmallNetworks = 40;
#endif

struct Case {
    amm::MarketSnapshotPtr market;
    routing::PlanRequest request;
};

// 2–200 pools, 3–50 tokens, amounts over six orders of magnitude.
inline Case seededCase(std::uint64_t seed, double priceNoise, bool transferFees = false) {
    base::CounterRng rng(seed, base::RngPurpose::test, 9);
    RandomMarketShape shape;
    shape.seed = seed;
    shape.tokens = 3 + rng.below(48);
    shape.pools = std::max<std::size_t>(shape.tokens, 2 + rng.below(199));
    shape.priceNoise = priceNoise;
    shape.transferFees = transferFees;
    Case result{randomMarket(shape), {}};
    result.request.inputMint = randomMint(0);
    result.request.outputMint = randomMint(1);
    result.request.amountRaw = static_cast<std::uint64_t>(std::pow(10.0, 4 + 6 * rng.unit()));
    result.request.limits.maxHops = 50;
    return result;
}

inline tl::expected<routing::Plan, routing::PlanFailure> planOn(
    const amm::MarketSnapshotPtr& market, const routing::PlanRequest& request) {
    const routing::Network network(market);
    return routing::Planner(network).plan(request);
}

// The output value of one base unit of every leg's input, by what the legs themselves got, in whole
// units of the output: that is what a plan may lose by its own roundings.
inline double inputUnitsWorth(const routing::Plan& plan) {
    std::map<domain::Pubkey, double> worth{{plan.outputMint, 1.0}};
    double sum = 0;
    for (auto leg = plan.legs.rbegin(); leg != plan.legs.rend(); ++leg) {
        const double rate = static_cast<double>(leg->swap.amountOutRaw) /
                            static_cast<double>(leg->swap.amountInRaw);
        worth[leg->inputMint] = std::max(worth[leg->inputMint], worth[leg->outputMint] * rate);
        sum += worth[leg->inputMint];
    }
    return std::ceil(sum);
}

}  // namespace oee::test
