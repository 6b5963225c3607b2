#pragma once
// One step of a swap: liquidity that does not change, from a price towards a target. Sources:
// raydium-io/raydium-clmm programs/amm/src/libraries/{swap_math,sqrt_price_math,liquidity_math}.rs,
// states/tick_array.rs:match_limit_order_with_sqrt_price.

#include <cstdint>
#include <optional>

#include "amm/raydium/clmm/pool.h"
#include "amm/swap.h"
#include "base/integer.h"

namespace oee::amm::raydium::clmm {

// What stays the same in all steps of a swap.
struct SwapTerms {
    SwapDirection direction = SwapDirection::aToB;
    SwapMode mode = SwapMode::exactIn;  // or exactOut
    FeeSide feeSide = FeeSide::input;
};

// What the step takes and gives. With the fee on the input side inRaw is without it; with the fee
// on the output side outRaw is without it.
struct StepAmounts {
    std::uint64_t inRaw = 0;
    std::uint64_t outRaw = 0;
    std::uint64_t feeRaw = 0;
};

struct Step {
    base::u128 sqrtPriceQ64 = 0;  // afterwards
    StepAmounts amounts;
};

struct StepStart {
    base::u128 sqrtPriceQ64 = 0;
    base::u128 targetQ64 = 0;  // not behind in the swap's direction
    base::u128 liquidity = 0;
    std::uint64_t remainingRaw = 0;  // exactIn: input with its fee; exactOut: output without
    std::uint32_t feeRatePpm = 0;    // at most 1,000,000
};

// False where the program's checked arithmetic fails. Input rounds up, output down; the fee rounds
// up, and a step that stops short of its target on exactIn gives its rounding to the fee.
// swap_math.rs:compute_swap
bool computeStep(const SwapTerms& terms, const StepStart& start, Step& step);

// The price at which a tick's orders sell, rounded to their advantage; empty over 128 bits.
// tick_array.rs:match_limit_order_with_sqrt_price
std::optional<base::u128> orderPriceQ64(base::u128 sqrtPriceQ64, SwapDirection direction);

// Fills a tick's orders as far as `remainingRaw` goes, the input rounded up, the output down. Empty
// where checked arithmetic fails. tick_array.rs:match_limit_order_with_sqrt_price
std::optional<StepAmounts> fillOrders(const SwapTerms& terms, base::u128 sqrtPriceQ64,
                                      std::uint64_t remainingRaw, std::uint32_t feeRatePpm,
                                      TickOrders& orders);

}  // namespace oee::amm::raydium::clmm
