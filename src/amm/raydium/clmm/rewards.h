#pragma once

#include <array>
#include <cstdint>

#include "amm/raydium/clmm/pool.h"

namespace oee::amm::raydium::clmm {

// Rewards as the program brings them up to date before anything else: what was emitted since the
// last time, rounded up, and its growth per unit of liquidity, rounded down.
// pool.rs:update_reward_infos
std::array<Reward, kRewards> updatedRewards(const ClmmPool& pool, std::uint64_t nowSeconds);

}  // namespace oee::amm::raydium::clmm
