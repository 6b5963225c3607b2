#pragma once
// How the network behaves, and who else trades on it. Values come from resources/profiles/*.json,
// each with its source there. The defaults are a network without failures and without traffic.

#include <cstdint>
#include <optional>
#include <string>

namespace oee::chain {

// Chances and shares are parts of a million.
inline constexpr std::uint32_t kMillion = 1'000'000;

// The price of a place in the block, in micro-lamports a compute unit: its logarithm reverts to the
// median, moves by a normal step a slot and jumps in bursts.
struct FeeMarketProfile {
    std::uint64_t medianMicroLamports = 0;  // 0: every place is free
    std::uint32_t reversionPpm = 0;         // of the distance to the median, a slot
    std::uint32_t volatilityPpm = 0;        // of the logarithm, a slot
    std::uint32_t burstPpm = 0;             // chance of a burst a slot
    std::uint32_t burstSizePpm = 0;         // what a burst adds to the logarithm
};

// The reference prices that arbitrageurs trade towards.
struct PriceProfile {
    std::uint32_t volatilityPpmPerHour = 0;  // standard deviation of the log price after an hour
    std::uint32_t jumpsPerDay = 0;
    std::uint32_t jumpPpm = 0;                     // standard deviation of a jump
    std::uint32_t stableVolatilityPpmPerHour = 0;  // of tokens that hold a dollar
    std::uint32_t stableReversionPpmPerHour = 0;   // of the distance to their level
};

struct TrafficProfile {
    std::uint32_t noiseTradesPerThousandSlots = 0;  // in the whole market
    std::uint32_t noiseSizePpm = 0;                 // mean, of what the pool holds of the input
    std::uint32_t arbitragePpm = 0;                 // chance that somebody watches a pool in a slot
    std::uint32_t sandwichPpm = 0;                  // chance that a bot sees a pending transaction
    std::uint32_t widePpm = 0;    // of the sandwiches: the back-run comes in a later block
    std::uint32_t botTipPpm = 0;  // of a sandwich's profit: what the bot leaves to the leader
};

// An inclusive range that a profile claims of itself; tests hold simulations against it.
struct Claim {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};
struct ProfileClaims {
    Claim landedPpm;            // of the transactions sent, in their first attempt
    Claim medianLandingMillis;  // from sending to the end of the slot, of those that landed
    Claim p90LandingMillis;
    Claim medianFeeLamports;
    Claim sandwichCostE2Bps;  // hundredths of a basis point of the volume
    Claim widePpm;            // of the sandwiches
};

struct NetworkProfile {
    std::string name;
    // 0: slots have no duration, one opens whenever the inbox is not empty (`instant`).
    std::uint32_t slotMillis = 0;
    std::uint32_t maxTransactionsPerSlot = 1'000;
    // From sending to the leader, uniform between the two.
    std::uint32_t sendLatencyMinMicros = 0;
    std::uint32_t sendLatencyMaxMicros = 0;
    std::uint64_t baseFeeLamports = 0;  // a signature
    std::uint64_t computeUnitPriceMicroLamports = 0;
    std::uint64_t tipLamports = 0;
    std::uint32_t blockhashLifeBlocks = 150;

    std::uint32_t slotJitterMicros = 0;     // a slot takes up to this more
    std::uint32_t skippedSlotPpm = 0;       // the leader makes no block
    std::uint32_t abandonedSlotPpm = 0;     // its block is seen at `processed`, then dropped
    std::uint32_t jitoLeaderPpm = 0;        // leaders that take tips
    std::uint32_t dropPpm = 0;              // transactions that never reach a leader
    std::uint32_t dropNoticeSlots = 0;      // until their sender gives them up
    std::uint32_t inclusionPpm = kMillion;  // chance a slot, where the price is high enough
    std::uint32_t confirmedSlotsMin = 0;    // from `processed` to `confirmed`
    std::uint32_t confirmedSlotsMax = 0;
    std::uint32_t finalizedSlots = 0;  // from `confirmed` to `finalized`

    FeeMarketProfile feeMarket;
    PriceProfile prices;
    TrafficProfile traffic;
    std::optional<ProfileClaims> claims;
};

// The chain's own time moves by this a slot where slots have no duration.
inline constexpr std::uint64_t kNominalSlotMillis = 400;

}  // namespace oee::chain
