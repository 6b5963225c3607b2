#include "chain/slots.h"

#include <cassert>

#include "base/rng.h"
#include "chain/real.h"

namespace oee::chain {
namespace {

constexpr std::uint64_t kSlotsPerLeader = 4;  // NUM_CONSECUTIVE_LEADER_SLOTS, solana-labs/solana
constexpr std::uint64_t kLeaders = 1'000;     // assumption: of the order of mainnet's validators
constexpr std::int64_t kMicrosPerMilli = 1'000;

domain::Pubkey drawPubkey(base::CounterRng& rng) {
    domain::Pubkey key;
    for (std::size_t i = 0; i < key.bytes.size(); i += 8) {
        const std::uint64_t word = rng.nextU64();
        for (std::size_t byte = 0; byte < 8; ++byte) {
            key.bytes[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
        }
    }
    return key;
}

}  // namespace

SlotKind slotKindOf(const NetworkProfile& profile, std::uint64_t seed, std::uint64_t slot) {
    base::CounterRng rng(seed, base::RngPurpose::slotFate, slot);
    if (drawChance(rng, profile.skippedSlotPpm)) {
        return SlotKind::skipped;
    }
    return drawChance(rng, profile.abandonedSlotPpm) ? SlotKind::abandoned : SlotKind::produced;
}

Leader leaderOf(const NetworkProfile& profile, std::uint64_t seed, std::uint64_t slot) {
    base::CounterRng schedule(seed, base::RngPurpose::leader, slot / kSlotsPerLeader, 0);
    base::CounterRng validator(seed, base::RngPurpose::leader, schedule.below(kLeaders), 1);
    Leader leader;
    leader.identity = drawPubkey(validator);
    leader.takesTips = drawChance(validator, profile.jitoLeaderPpm);
    return leader;
}

std::int64_t slotDurationMicros(const NetworkProfile& profile, std::uint64_t seed,
                                std::uint64_t slot) {
    base::CounterRng rng(seed, base::RngPurpose::slotTime, slot);
    const std::uint64_t jitter = rng.below(std::uint64_t{profile.slotJitterMicros} + 1);
    return std::int64_t{profile.slotMillis} * kMicrosPerMilli + static_cast<std::int64_t>(jitter);
}

domain::Pubkey blockhashOf(std::uint64_t seed, std::uint64_t blockHeight) {
    base::CounterRng rng(seed, base::RngPurpose::blockhash, blockHeight);
    return drawPubkey(rng);
}

std::uint32_t confirmationSlots(const NetworkProfile& profile, std::uint64_t seed,
                                std::uint64_t slot) {
    assert(profile.confirmedSlotsMin <= profile.confirmedSlotsMax);
    base::CounterRng rng(seed, base::RngPurpose::commitment, slot);
    const std::uint64_t spread =
        std::uint64_t{profile.confirmedSlotsMax} - profile.confirmedSlotsMin;
    return profile.confirmedSlotsMin + static_cast<std::uint32_t>(rng.below(spread + 1));
}

}  // namespace oee::chain
