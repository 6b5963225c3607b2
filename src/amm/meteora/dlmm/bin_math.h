#pragma once
// Price, fees and fills of one bin: the arithmetic that quoting and applying share.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora::dlmm {

inline constexpr std::uint64_t kFeeScalePpb = 1'000'000'000;
inline constexpr std::uint64_t kMaxFeeRatePpb = 100'000'000;  // 10 %
inline constexpr std::uint32_t kBasisPoints = 10'000;
inline constexpr std::uint64_t kLimitOrderFeeShareBps = 5'000;  // to whoever placed the order

// (1 + binStep / 10,000)^id in Q64, each step of the power truncated; empty where it leaves Q64.
// commons/src/math/price_math.rs:get_price_from_id, u64x64_math.rs:pow
std::optional<base::u128> priceFromId(std::int32_t binId, std::uint16_t binStepBps);

// The stored price, or that of the id where the program has not stored it yet. 0 is never returned.
// extensions/bin.rs:get_or_store_bin_price
inline std::optional<base::u128> priceOf(const Bin& bin, std::int32_t binId,
                                         std::uint16_t binStepBps) {
    return bin.priceQ64 != 0 ? bin.priceQ64 : priceFromId(binId, binStepBps);
}

// base_factor × bin_step × 10 × 10^power, at most the cap.
// commons/src/extensions/lb_pair.rs:get_base_fee, get_total_fee
std::uint64_t baseFeeRatePpb(std::uint16_t baseFactor, std::uint16_t binStepBps,
                             std::uint8_t powerFactor);

// Base fee + ceil(control × (accumulator × bin_step)² / 10^11), at most the cap.
// lb_pair.rs:compute_variable_fee, get_total_fee
std::uint64_t totalFeeRatePpb(const PairParameters& parameters, std::uint32_t accumulator);

// ceil(amount × rate / 10^9): the fee inside an amount. lb_pair.rs:compute_fee_from_amount
// Split at 10^9, so that 64 bits are enough: the remainder times the rate is below 10^17.
constexpr std::uint64_t feeOfGross(std::uint64_t amountRaw, std::uint64_t ratePpb) {
    const std::uint64_t whole = amountRaw / kFeeScalePpb;
    const std::uint64_t rest = amountRaw % kFeeScalePpb;
    return whole * ratePpb + (rest * ratePpb + kFeeScalePpb - 1) / kFeeScalePpb;
}

// ceil(amount × rate / (10^9 − rate)): the fee to put on top. lb_pair.rs:compute_fee
constexpr std::uint64_t feeOfNet(std::uint64_t amountRaw, std::uint64_t ratePpb) {
    const std::uint64_t divisor = kFeeScalePpb - ratePpb;  // at least 9 × 10^8
    const std::uint64_t whole = amountRaw / divisor;
    const std::uint64_t rest = amountRaw % divisor;
    return whole * ratePpb + (rest * ratePpb + divisor - 1) / divisor;
}

// References at the start of a swap; empty where the program's arithmetic overflows.
// lb_pair.rs:update_references
std::optional<Volatility> withReferences(const PairParameters& parameters, Volatility volatility,
                                         std::int32_t activeId, std::int64_t nowSeconds);

// lb_pair.rs:update_volatility_accumulator
std::uint32_t accumulatorAt(const PairParameters& parameters, const Volatility& volatility,
                            std::int32_t activeId);

// What a swap keeps constant from bin to bin, and the rate of the bin at hand.
struct FillRules {
    SwapDirection direction = SwapDirection::aToB;
    FeeSide feeSide = FeeSide::input;
    bool ordersTakePart = false;
    std::uint16_t protocolShareBps = 0;
    std::uint64_t feeRatePpb = 0;
};

// One layer of a bin's liquidity. The input is without a fee on input, the output with a fee on
// output.
struct LayerFill {
    std::uint64_t inRaw = 0;
    std::uint64_t outRaw = 0;
};

struct BinFill {
    std::uint64_t amountInRaw = 0;   // with the fee, where it is on input
    std::uint64_t amountOutRaw = 0;  // without the fee, where it is on output
    std::uint64_t feeRaw = 0;
    std::uint64_t makersFeeRaw = 0;  // to market makers
    std::uint64_t ordersFeeRaw = 0;  // to those who placed limit orders
    std::uint64_t protocolFeeRaw = 0;
    LayerFill makers;
    LayerFill processedOrders;
    LayerFill openOrders;
};

// Fill order: market makers, orders being filled, open orders. Empty where the program's checked
// arithmetic overflows. quote.rs:swap_exact_in_quote_at_bin
std::optional<BinFill> fillExactIn(const Bin& bin, base::u128 priceQ64, const FillRules& rules,
                                   std::uint64_t amountInRaw);
// What rounding releases beyond the amount asked for leaves the bin and stays in the vault,
// nobody's: so the program does it, where quote.rs:swap_exact_out_quote_at_bin credits it to the
// protocol.
std::optional<BinFill> fillExactOut(const Bin& bin, base::u128 priceQ64, const FillRules& rules,
                                    std::uint64_t amountOutRaw);

// What the bin's orders can pay in this direction: open, and left of those being filled. Zeros
// where they are on the other side.
constexpr bool ordersPay(const LimitOrders& orders, SwapDirection direction) {
    return orders.sellX == (direction == SwapDirection::bToA);
}

constexpr std::uint64_t makersCanPay(const Bin& bin, SwapDirection direction) {
    return direction == SwapDirection::aToB ? bin.amountYRaw : bin.amountXRaw;
}

// Everything that the bin can pay in the direction, a fee on output inside; saturates.
std::uint64_t capacityOut(const Bin& bin, const FillRules& rules);

}  // namespace oee::amm::meteora::dlmm
