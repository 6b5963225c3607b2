#pragma once
// The fee that follows volatility. Source: raydium-io/raydium-clmm
// programs/amm/src/states/pool_fee.rs:DynamicFeeInfo and instructions/swap.rs:SwapState.

#include <cstdint>
#include <optional>

#include "amm/raydium/clmm/pool.h"

namespace oee::amm::raydium::clmm {

// Which group of tickSpacing ticks a tick is in, rounded down.
// pool_fee.rs:tick_spacing_index_from_tick
constexpr std::int32_t spacingIndexOf(std::int32_t tick, std::int32_t tickSpacing) {
    return tick / tickSpacing - (tick % tickSpacing < 0 ? 1 : 0);
}

// At the start of a swap: old volatility fades. pool_fee.rs:update_reference
void updateReferences(DynamicFee& fee, std::int32_t spacingIndex, std::uint64_t nowSeconds);

// The volatility at a group of ticks; false where the program's arithmetic overflows.
// pool_fee.rs:update_volatility_accumulator
bool updateAccumulator(DynamicFee& fee, std::int32_t spacingIndex);

// Trade fee plus dynamic fee, rounded up, at most 10 %; empty where the program's arithmetic
// overflows. swap.rs:get_total_fee_rate
std::optional<std::uint32_t> totalFeeRatePpm(const DynamicFee& fee, std::uint32_t tradeFeeRatePpm,
                                             std::uint16_t tickSpacing);

}  // namespace oee::amm::raydium::clmm
