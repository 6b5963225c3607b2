#pragma once
// Ticks and their square root prices. Source: raydium-io/raydium-clmm
// programs/amm/src/libraries/tick_math.rs.

#include <cstdint>

#include "amm/raydium/clmm/layout.h"
#include "base/integer.h"

namespace oee::amm::raydium::clmm {

// Prices of kMinTick and kMaxTick; a pool's price is in [min, max).
inline constexpr base::u128 kMinSqrtPriceQ64 = 4'295'048'016;
inline constexpr base::u128 kMaxSqrtPriceQ64 =
    static_cast<base::u128>(79'226'673'521) * 1'000'000'000'000'000'000 + 66'979'257'578'248'091;

// 1.0001^(tick / 2) as Q64.64, as the program rounds it. kMinTick ≤ tick ≤ kMaxTick.
// tick_math.rs:get_sqrt_price_at_tick
base::u128 sqrtPriceAtTick(std::int32_t tick);

// The greatest tick whose price is not above; kMinSqrtPriceQ64 ≤ sqrtPriceQ64 < kMaxSqrtPriceQ64.
// tick_math.rs:get_tick_at_sqrt_price
std::int32_t tickAtSqrtPrice(base::u128 sqrtPriceQ64);

// Start of the tick array that a tick is in. tick_array.rs:get_array_start_index
constexpr std::int32_t arrayStartOf(std::int32_t tick, std::int32_t tickSpacing) {
    const std::int32_t width = kTicksPerArray * tickSpacing;
    const std::int32_t index = tick / width - (tick % width < 0 ? 1 : 0);
    return index * width;
}

}  // namespace oee::amm::raydium::clmm
