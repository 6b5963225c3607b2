#include "amm/raydium/clmm/rewards.h"

#include <algorithm>
#include <limits>

#include "base/wide_integer.h"

namespace oee::amm::raydium::clmm {
namespace {

using base::Rounding;
using base::u128;
using std::uint64_t;

constexpr uint64_t kMaxU64 = std::numeric_limits<uint64_t>::max();

// What does not fit into 128 bits counts as nothing, as in the program.
void emit(Reward& reward, uint64_t seconds, u128 liquidity) {
    const u128 emitted =
        base::mulShr128(seconds, reward.emissionsQ64, 64, Rounding::up).value_or(0);
    u128 growth =
        base::mulDiv128(seconds, reward.emissionsQ64, liquidity, Rounding::down).value_or(0);
    const uint64_t left = kMaxU64 - reward.totalEmittedRaw;
    if (emitted <= left) {
        reward.totalEmittedRaw += static_cast<uint64_t>(emitted);
    } else {
        reward.totalEmittedRaw = kMaxU64;
        growth = (static_cast<u128>(left) << 64) / liquidity;
    }
    reward.growthQ64 += growth;
}

}  // namespace

std::array<Reward, kRewards> updatedRewards(const ClmmPool& pool, uint64_t nowSeconds) {
    std::array<Reward, kRewards> rewards = pool.rewards;
    for (Reward& reward : rewards) {
        if (!reward.exists || reward.totalEmittedRaw == kMaxU64 || nowSeconds <= reward.openTime) {
            continue;
        }
        const uint64_t until = std::min(nowSeconds, reward.endTime);
        if (pool.liquidity != 0) {
            if (until <= reward.lastUpdateTime) {
                continue;
            }
            emit(reward, until - reward.lastUpdateTime, pool.liquidity);
        }
        reward.lastUpdateTime = until;
        if (until >= reward.openTime && until < reward.endTime) {
            reward.state = static_cast<std::uint8_t>(RewardState::opening);
        } else if (until == reward.endTime) {
            reward.state = static_cast<std::uint8_t>(RewardState::ended);
        }
    }
    return rewards;
}

}  // namespace oee::amm::raydium::clmm
