#pragma once
// Reference prices: what tokens are worth outside of our pools. One process a token, so that the
// pairs' prices never contradict each other: geometric Brownian motion with jumps, mean-reverting
// for tokens of stable value, or a recorded path.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "chain/market_map.h"
#include "chain/network_profile.h"
#include "domain/pubkey.h"

namespace oee::chain {

struct PathPoint {
    std::int64_t timeMillis = 0;
    double price = 0;  // whole quote tokens for one whole base token, positive
};

// Drives the price of `base` in `quote`. The first point holds at the chain's genesis, the last one
// after the path's end.
struct RecordedPath {
    domain::Pubkey base;
    domain::Pubkey quote;
    std::vector<PathPoint> points;  // not empty, times ascending
    double scale = 1;
};

// What a run draws from and follows, beside the profile.
struct Scenario {
    std::uint64_t seed = 0;
    std::vector<RecordedPath> paths;
};

struct PriceStep {
    const MarketMap& map;
    const PriceProfile& profile;
    const Scenario& scenario;
    std::uint64_t slot = 0;
    std::int64_t elapsedMicros = 0;       // of this slot
    std::int64_t sinceGenesisMicros = 0;  // at its end
};

// Reference values read off the market: outward from USDC (else the first mint) through the pools
// that hold most. ln of one base unit's value in base units of the root.
std::vector<double> logValuesOf(const MarketMap& map, const amm::MarketSnapshot& market);

// Moves the values by one slot.
void advancePrices(std::vector<double>& logValues, const std::vector<double>& logAnchors,
                   const PriceStep& step);

// The price of a recorded path at a time since genesis, scaled.
double priceAt(const RecordedPath& path, std::int64_t sinceGenesisMicros);

}  // namespace oee::chain
