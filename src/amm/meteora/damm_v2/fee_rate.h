#pragma once
// The trading fee rate of DAMM v2, in parts of 10^9. Empty: the program's checked arithmetic fails.

#include <cstdint>
#include <optional>

#include "amm/meteora/damm_v2/pool.h"
#include "amm/swap.h"
#include "base/integer.h"

namespace oee::amm::meteora::damm_v2 {

// The clock as the pool's activation type has it.
constexpr std::uint64_t pointOf(const DammV2Pool& pool, const ChainClock& clock) {
    return pool.activationType == ActivationType::slot
               ? clock.slot
               : static_cast<std::uint64_t>(clock.unixTimestamp);
}

// state/fee.rs:FeeMode::get_fee_mode
constexpr bool feeOnInput(const DammV2Pool& pool, SwapDirection direction) {
    return pool.collectFeeMode != CollectFeeMode::bothToken && direction == SwapDirection::bToA;
}

// Whether an amount has the fee inside.
enum class FeeBasis { included, excluded };

struct FeeQuestion {
    std::uint64_t nowPoint = 0;  // slot or seconds, as the pool's activation type has it
    SwapDirection direction = SwapDirection::aToB;
    FeeBasis basis = FeeBasis::included;
    std::uint64_t amountRaw = 0;
};

// Base fee plus variable fee, at most the cap. state/fee.rs:get_total_fee_numerator
std::optional<std::uint64_t> totalFeeRatePpb(const DammV2Pool& pool, const FeeQuestion& question);

// The rate limiter where it applies to the amounts of this question, else null.
// base_fee/fee_rate_limiter.rs:is_rate_limiter_applied
const RateLimiter* limiterOf(const DammV2Pool& pool, const FeeQuestion& question);

// A base fee rate with the variable one, at most the cap; empty over 64 bits.
std::optional<std::uint64_t> withVariableFee(const DammV2Pool& pool, std::uint64_t baseRatePpb);

// Rounded up. state/fee.rs:DynamicFeeStruct::get_variable_fee
base::u128 variableFeeRatePpb(const DynamicFee& fee, const Volatility& volatility);

struct PriceMove {
    base::u128 fromQ64 = 0;  // sqrt prices
    base::u128 toQ64 = 0;
};

// The volatility that a swap leaves. state/pool.rs:update_pre_swap, update_post_swap
std::optional<Volatility> volatilityAfter(const DynamicFee& fee, const Volatility& before,
                                          const PriceMove& move, std::uint64_t nowSeconds);

unsigned bitWidthOf(base::u128 value);

// Whether volatilityAfter() succeeds, told cheaply. False: ask it. `widthTo` is the bit width of
// the new sqrt price, give or take 2.
bool volatilityPlainlyFits(const DynamicFee& fee, const Volatility& before, base::u128 fromQ64,
                           unsigned widthTo);

}  // namespace oee::amm::meteora::damm_v2
