#pragma once
// How the network behaves. Values come from resources/profiles/*.json, each with its source there.

#include <cstdint>
#include <string>

namespace oee::chain {

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
};

// The chain's own time moves by this a slot, whatever the profile's pace is.
inline constexpr std::uint64_t kNominalSlotMillis = 400;

}  // namespace oee::chain
