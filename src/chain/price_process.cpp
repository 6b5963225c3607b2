#include "chain/price_process.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>

#include "amm/pool.h"
#include "chain/real.h"
#include "domain/token.h"

namespace oee::chain {
namespace {

constexpr double kMicrosPerHour = 3.6e9;
constexpr double kHoursPerDay = 24;
constexpr double kLn10 = 0x1.26bb1bbb55516p+1;
// A token is taken to hold a dollar where its value is so near to one.
constexpr double kStableBand = 0.01;

double ratioOf(std::uint32_t ppm) {
    return static_cast<double>(ppm) / kMillion;
}

// A pool through which a token's value becomes known from the other's.
struct Bridge {
    std::size_t pool = 0;
    std::size_t known = 0;
    std::size_t token = 0;
    amm::SwapDirection fromKnown = amm::SwapDirection::aToB;
    double depth = -1;  // value of the known side
};

std::optional<Bridge> deepestBridge(const MarketMap& map, const amm::MarketSnapshot& market,
                                    const std::vector<std::optional<double>>& known) {
    Bridge best;
    for (std::size_t i = 0; i < map.poolMints.size(); ++i) {
        const auto [a, b] = map.poolMints[i];
        if (known[a].has_value() == known[b].has_value()) {
            continue;
        }
        const std::size_t side = known[a] ? 0 : 1;
        const std::size_t from = map.poolMints[i][side];
        const double depth =
            static_cast<double>(amm::vaultBalances(*market.pools[i])[side]) * expOf(*known[from]);
        const auto direction = side == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        if (depth > best.depth && amm::marginalPrice(*market.pools[i], direction) > 0) {
            best = {i, from, map.poolMints[i][1 - side], direction, depth};
        }
    }
    return best.depth < 0 ? std::nullopt : std::optional(best);
}

// The mint whose value is 1 by definition: USDC, else the first.
std::size_t rootOf(const MarketMap& map) {
    return map.indexOf(domain::usdcMint()).value_or(0);
}

bool isStable(const MarketMap& map, const std::vector<double>& logAnchors, std::size_t mint) {
    const std::size_t root = rootOf(map);
    if (map.mints[root] != domain::usdcMint()) {
        return false;
    }
    const double digits =
        static_cast<double>(map.decimals[mint]) - static_cast<double>(map.decimals[root]);
    const double logWhole = logAnchors[mint] + digits * kLn10;
    return logWhole < kStableBand && logWhole > -kStableBand;
}

}  // namespace

std::vector<double> logValuesOf(const MarketMap& map, const amm::MarketSnapshot& market) {
    std::vector<std::optional<double>> known(map.mints.size());
    known[rootOf(map)] = 0.0;
    while (true) {
        if (const auto bridge = deepestBridge(map, market, known)) {
            // One of the known side buys `price` of the token.
            const double price = amm::marginalPrice(*market.pools[bridge->pool], bridge->fromKnown);
            known[bridge->token] = *known[bridge->known] - logOf(price);
            continue;
        }
        // What no pool connects to the root has a unit of its own.
        const auto next = std::find(known.begin(), known.end(), std::nullopt);
        if (next == known.end()) {
            break;
        }
        *next = 0.0;
    }
    std::vector<double> values;
    values.reserve(known.size());
    for (const auto& value : known) {
        values.push_back(*value);
    }
    return values;
}

double priceAt(const RecordedPath& path, std::int64_t sinceGenesisMicros) {
    assert(!path.points.empty());
    const std::int64_t time = path.points.front().timeMillis + sinceGenesisMicros / 1'000;
    const auto after = std::upper_bound(
        path.points.begin(), path.points.end(), time,
        [](std::int64_t t, const PathPoint& point) { return t < point.timeMillis; });
    const auto& point = after == path.points.begin() ? *after : *(after - 1);
    return point.price * path.scale;
}

void advancePrices(std::vector<double>& logValues, const std::vector<double>& logAnchors,
                   const PriceStep& step) {
    const double hours = static_cast<double>(step.elapsedMicros) / kMicrosPerHour;
    const double root = std::sqrt(hours);
    const double jumpChance = step.profile.jumpsPerDay * hours / kHoursPerDay;
    for (std::size_t mint = 0; mint < logValues.size(); ++mint) {
        if (mint == rootOf(step.map)) {
            continue;
        }
        base::CounterRng rng(step.scenario.seed, base::RngPurpose::referencePrice, step.slot,
                             static_cast<std::uint32_t>(mint));
        if (isStable(step.map, logAnchors, mint)) {
            const double pull =
                std::min(1.0, ratioOf(step.profile.stableReversionPpmPerHour) * hours);
            const double deviation = ratioOf(step.profile.stableVolatilityPpmPerHour) * root;
            logValues[mint] += pull * (logAnchors[mint] - logValues[mint]);
            logValues[mint] += deviation * drawNormal(rng);
            continue;
        }
        const double deviation = ratioOf(step.profile.volatilityPpmPerHour) * root;
        logValues[mint] += deviation * drawNormal(rng) - deviation * deviation / 2;
        if (rng.unit() < jumpChance) {
            logValues[mint] += ratioOf(step.profile.jumpPpm) * drawNormal(rng);
        }
    }
    for (const RecordedPath& path : step.scenario.paths) {
        const auto base = step.map.indexOf(path.base);
        const auto quote = step.map.indexOf(path.quote);
        if (!base || !quote) {
            continue;  // of tokens that this market does not trade
        }
        const double digits = static_cast<double>(step.map.decimals[*quote]) -
                              static_cast<double>(step.map.decimals[*base]);
        logValues[*base] =
            logValues[*quote] + logOf(priceAt(path, step.sinceGenesisMicros)) + digits * kLn10;
    }
}

}  // namespace oee::chain
