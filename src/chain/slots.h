#pragma once
// Whose slot it is, what becomes of it and how long it takes: all drawn from (seed, slot).

#include <cstdint>

#include "amm/account.h"
#include "chain/network_profile.h"
#include "domain/pubkey.h"

namespace oee::chain {

enum class SlotKind {
    produced,
    skipped,    // the leader made no block
    abandoned,  // it made one, and the others went on without it
};
SlotKind slotKindOf(const NetworkProfile& profile, std::uint64_t seed, std::uint64_t slot);

struct Leader {
    domain::Pubkey identity;
    bool takesTips = false;  // runs a Jito client
};
// Each leads four slots in a row, and keeps its client.
Leader leaderOf(const NetworkProfile& profile, std::uint64_t seed, std::uint64_t slot);

// How long the slot takes, with its jitter; 0 where the profile's slots have no duration.
std::int64_t slotDurationMicros(const NetworkProfile& profile, std::uint64_t seed,
                                std::uint64_t slot);

// The blockhash that a transaction names whose last valid height is blockHeight + its life.
domain::Pubkey blockhashOf(std::uint64_t seed, std::uint64_t blockHeight);

// Slots until a block of this slot has 66 % of the stake's votes.
std::uint32_t confirmationSlots(const NetworkProfile& profile, std::uint64_t seed,
                                std::uint64_t slot);

}  // namespace oee::chain
