#include "amm/raydium/clmm/step_math.h"

#include <algorithm>
#include <limits>

#include "amm/raydium/clmm/fraction.h"
#include "amm/raydium/clmm/tick_math.h"
#include "amm/raydium/mul_div.h"
#include "base/wide_integer.h"

namespace oee::amm::raydium::clmm {
namespace {

using base::Rounding;
using base::u128;
using base::u256;
using std::uint64_t;

constexpr uint64_t kMaxU64 = std::numeric_limits<uint64_t>::max();

// Both tokens' amounts between two prices, exact as fractions: token 1 is liquidity × difference /
// 2^64, token 0 is token 1 / (lower × upper), all in Q64.64.
class Interval {
  public:
    Interval(u128 onePriceQ64, u128 otherPriceQ64, u128 liquidity) {
        const u128 lower = std::min(onePriceQ64, otherPriceQ64);
        const u128 upper = std::max(onePriceQ64, otherPriceQ64);
        token1Q64_ = base::mulWide(liquidity, upper - lower);
        priceProductQ128_ = base::mulWide(lower, upper);
    }

    // Empty where the amount needs more than 64 bits.
    std::optional<uint64_t> token0(Rounding rounding) const {
        if (!(token1Q64_ < priceProductQ128_)) {
            return std::nullopt;
        }
        return fractionOf(token1Q64_, priceProductQ128_).rounded(rounding);
    }
    std::optional<uint64_t> token1(Rounding rounding) const {
        if (token1Q64_.high != 0) {
            return std::nullopt;
        }
        const uint64_t whole = base::highHalf(token1Q64_.low);
        const bool increment = rounding == Rounding::up && base::lowHalf(token1Q64_.low) != 0;
        return increment ? base::checkedAdd(whole, 1) : whole;
    }

    // Whether the amount, rounded up, is at most `limitRaw`: without the division.
    bool token0FitsUp(uint64_t limitRaw) const {
        return token1Q64_.high >> 64 == 0 &&
               base::shiftLeft(token1Q64_, 64) <= productWith(limitRaw).value_or(kAll);
    }
    // Likewise rounded down.
    bool token0FitsDown(uint64_t limitRaw) const {
        if (limitRaw == kMaxU64) {
            return token1Q64_ < priceProductQ128_;
        }
        return token1Q64_.high >> 64 == 0 &&
               base::shiftLeft(token1Q64_, 64) < productWith(limitRaw + 1).value_or(kAll);
    }

  private:
    static constexpr u256 kAll{base::kMaxU128, base::kMaxU128};

    std::optional<u256> productWith(uint64_t factor) const {
        return base::checkedMul(priceProductQ128_, factor);
    }

    u256 token1Q64_;
    u256 priceProductQ128_;
};

// Input rounded up, output down; false where one needs more than 64 bits.
// liquidity_math.rs:get_delta_amounts_for_swap
bool setAmounts(const Interval& interval, SwapDirection direction, StepAmounts& amounts) {
    const bool aToB = direction == SwapDirection::aToB;
    // Token 1 first: it costs no division.
    const auto amount1 = interval.token1(aToB ? Rounding::down : Rounding::up);
    const auto amount0 =
        amount1 ? interval.token0(aToB ? Rounding::up : Rounding::down) : std::nullopt;
    if (!amount0) {
        return false;
    }
    amounts.inRaw = aToB ? *amount0 : *amount1;
    amounts.outRaw = aToB ? *amount1 : *amount0;
    return true;
}

// The amount that moves the price: exactIn without the fee of the input, exactOut with that of the
// output.
std::optional<uint64_t> movingAmount(const SwapTerms& terms, const StepStart& start) {
    const uint64_t rest = kFeeDenominator - start.feeRatePpm;
    if (terms.mode == SwapMode::exactIn) {
        return terms.feeSide == FeeSide::input
                   ? mulDivDown(start.remainingRaw, rest, kFeeDenominator)
                   : start.remainingRaw;
    }
    return terms.feeSide == FeeSide::input ? start.remainingRaw
                                           : mulDivUp(start.remainingRaw, kFeeDenominator, rest);
}

// Whether the amount takes the price to the end of the interval, as far as the token that the
// amount is in can say.
bool isEnough(const Interval& interval, const SwapTerms& terms, uint64_t movingRaw) {
    const bool exactIn = terms.mode == SwapMode::exactIn;
    if (exactIn == (terms.direction == SwapDirection::aToB)) {
        return exactIn ? interval.token0FitsUp(movingRaw) : interval.token0FitsDown(movingRaw);
    }
    const auto amount1 = interval.token1(exactIn ? Rounding::up : Rounding::down);
    return amount1 && *amount1 <= movingRaw;
}

// amount × 2^64 / liquidity.
u128 priceMove1(uint64_t amountRaw, u128 liquidity, Rounding rounding) {
    const u128 numerator = static_cast<u128>(amountRaw) << 64;
    if (base::highHalf(liquidity) == 0 && amountRaw < base::lowHalf(liquidity)) {
        const DivRem move = divideWide(numerator, base::lowHalf(liquidity));
        return static_cast<u128>(move.quotient) +
               static_cast<u128>(rounding == Rounding::up && move.remainder != 0);
    }
    return base::divRounded(numerator, liquidity, rounding);
}

// The price rounds so that the input is not exceeded and the output is met. Where the program
// computes L × p / (L ± amount × p), this is the same as a difference to p:
// ceil(L·p / (L + a·p)) = p − floor(a·p² / (L + a·p)), and likewise for the other sign.
// sqrt_price_math.rs:get_next_sqrt_price_from_input, get_next_sqrt_price_from_output
bool nextSqrtPrice(const SwapTerms& terms, const StepStart& start, uint64_t amountRaw,
                   u128& nextQ64) {
    const u128 priceQ64 = start.sqrtPriceQ64;
    if (priceQ64 < kMinSqrtPriceQ64 || priceQ64 >= kMaxSqrtPriceQ64 || start.liquidity == 0) {
        return false;
    }
    const bool exactIn = terms.mode == SwapMode::exactIn;
    const bool aToB = terms.direction == SwapDirection::aToB;
    std::optional<u128> move = u128{0};
    if (amountRaw != 0 && exactIn != aToB) {  // the amount is of token 1
        move = priceMove1(amountRaw, start.liquidity, exactIn ? Rounding::down : Rounding::up);
    } else if (amountRaw != 0) {
        // Prices have 96 bits, so that amount × price² fits into 256.
        const u256 shifted = base::shiftLeft(u256{start.liquidity}, 64);
        const u256 amountPrice = base::mulWide(amountRaw, priceQ64);
        const auto divisor = exactIn ? base::checkedAdd(shifted, amountPrice)
                                     : base::checkedSub(shifted, amountPrice);
        const auto numerator = base::checkedMul(amountPrice, priceQ64);
        if (!divisor || !numerator) {
            return false;
        }
        move = quotientOf(*numerator, *divisor, exactIn ? Rounding::down : Rounding::up);
    }
    return move && !(aToB ? __builtin_sub_overflow(priceQ64, *move, &nextQ64)
                          : __builtin_add_overflow(priceQ64, *move, &nextQ64));
}

enum class Reach { target, before };

// Splits the fee off the amounts between the two prices. False where checked arithmetic fails.
bool chargeFee(const SwapTerms& terms, const StepStart& start, Reach reach, StepAmounts& amounts) {
    const uint64_t rate = start.feeRatePpm;
    const uint64_t rest = kFeeDenominator - rate;
    const bool exactIn = terms.mode == SwapMode::exactIn;
    if (terms.feeSide == FeeSide::input) {
        if (exactIn && reach == Reach::before) {
            return !__builtin_sub_overflow(start.remainingRaw, amounts.inRaw, &amounts.feeRaw);
        }
        if (!exactIn) {
            amounts.outRaw = std::min(amounts.outRaw, start.remainingRaw);
        }
        const auto fee = mulDivUp(amounts.inRaw, rate, rest);
        amounts.feeRaw = fee.value_or(0);
        return fee.has_value();
    }
    const uint64_t gross = amounts.outRaw;
    amounts.feeRaw = mulDivUp(gross, rate, kFeeDenominator).value_or(gross);
    amounts.outRaw = gross - amounts.feeRaw;
    if (exactIn && reach == Reach::before) {
        // The price moved a little less than the whole input would move it; the pool keeps that.
        amounts.inRaw = start.remainingRaw;
    }
    if (!exactIn && amounts.outRaw > start.remainingRaw) {
        amounts.outRaw = start.remainingRaw;
        amounts.feeRaw = gross - start.remainingRaw;
    }
    return true;
}

// What `amountRaw` of the orders' token costs at a price of token 0, rounded up.
// tick_array.rs:get_limit_order_input_with_price
std::optional<uint64_t> orderInput(uint64_t amountRaw, u128 priceQ64, SwapDirection direction) {
    const auto input =
        direction == SwapDirection::aToB
            ? base::divRounded(static_cast<u128>(amountRaw) << 64, priceQ64, Rounding::up)
            : base::mulShr128(amountRaw, priceQ64, 64, Rounding::up).value_or(base::kMaxU128);
    return base::fitsU64(input) ? std::optional(static_cast<uint64_t>(input)) : std::nullopt;
}

// What `amountRaw` of input buys, rounded down. get_limit_order_output_with_price
u128 orderOutput(uint64_t amountRaw, u128 priceQ64, SwapDirection direction) {
    return direction == SwapDirection::aToB
               ? base::mulShr128(amountRaw, priceQ64, 64, Rounding::down).value_or(base::kMaxU128)
               : (static_cast<u128>(amountRaw) << 64) / priceQ64;
}

// Amounts before the fee of the output is taken off.
std::optional<StepAmounts> matchOrders(const SwapTerms& terms, u128 priceQ64, uint64_t remainingRaw,
                                       uint64_t rate, uint64_t unfilledRaw) {
    const uint64_t rest = kFeeDenominator - rate;
    const bool feeOnInput = terms.feeSide == FeeSide::input;
    StepAmounts amounts;
    if (terms.mode == SwapMode::exactIn) {
        amounts.feeRaw = feeOnInput ? *mulDivUp(remainingRaw, rate, kFeeDenominator) : 0;
        amounts.inRaw = remainingRaw - amounts.feeRaw;
        const u128 output = orderOutput(amounts.inRaw, priceQ64, terms.direction);
        if (output <= unfilledRaw) {
            amounts.outRaw = static_cast<uint64_t>(output);
            return amounts;
        }
        amounts.outRaw = unfilledRaw;
    } else {
        amounts.outRaw = std::min(remainingRaw, unfilledRaw);
        if (!feeOnInput) {
            const auto gross = mulDivUp(amounts.outRaw, kFeeDenominator, rest);
            if (!gross) {
                return std::nullopt;
            }
            amounts.outRaw = std::min(*gross, unfilledRaw);
        }
    }
    const auto input = orderInput(amounts.outRaw, priceQ64, terms.direction);
    const auto fee = input && feeOnInput ? mulDivUp(*input, rate, rest) : uint64_t{0};
    if (!input || !fee) {
        return std::nullopt;
    }
    amounts.inRaw = *input;
    amounts.feeRaw = *fee;
    return amounts;
}

// The cohort that was touched before comes first; then all open orders become the next one.
void takeFrom(TickOrders& orders, uint64_t amountRaw) {
    const uint64_t fromFilled = std::min(orders.partFilledRemainingRaw, amountRaw);
    if (fromFilled > 0) {
        const uint64_t left = orders.partFilledRemainingRaw - fromFilled;
        // At most the ratio before.
        orders.unfilledRatioQ64 = *base::mulDiv128(orders.unfilledRatioQ64, left,
                                                   orders.partFilledRemainingRaw, Rounding::down);
        orders.partFilledRemainingRaw = left;
    }
    const uint64_t fromOpen = amountRaw - fromFilled;
    if (fromOpen > 0) {
        const uint64_t left = orders.openRaw - fromOpen;
        orders.phase += orders.phase == kMaxU64 ? 0 : 1;
        orders.unfilledRatioQ64 = (static_cast<u128>(left) << 64) / orders.openRaw;
        orders.partFilledRemainingRaw = left;
        orders.openRaw = 0;
    }
}

}  // namespace

bool computeStep(const SwapTerms& terms, const StepStart& start, Step& step) {
    const auto moving = movingAmount(terms, start);
    if (!moving) {
        return false;
    }
    const Interval whole(start.sqrtPriceQ64, start.targetQ64, start.liquidity);
    step.sqrtPriceQ64 = start.targetQ64;
    if (!isEnough(whole, terms, *moving) || !setAmounts(whole, terms.direction, step.amounts)) {
        // Also where an amount up to the target needs more than 64 bits: it is out of reach.
        if (!nextSqrtPrice(terms, start, *moving, step.sqrtPriceQ64)) {
            return false;
        }
        const bool beyond = terms.direction == SwapDirection::aToB
                                ? step.sqrtPriceQ64 < start.targetQ64
                                : step.sqrtPriceQ64 > start.targetQ64;
        const Interval part(start.sqrtPriceQ64, step.sqrtPriceQ64, start.liquidity);
        if (beyond || !setAmounts(part, terms.direction, step.amounts)) {
            return false;
        }
    }
    const Reach reach = step.sqrtPriceQ64 == start.targetQ64 ? Reach::target : Reach::before;
    return chargeFee(terms, start, reach, step.amounts);
}

std::optional<u128> orderPriceQ64(u128 sqrtPriceQ64, SwapDirection direction) {
    const Rounding rounding = direction == SwapDirection::aToB ? Rounding::down : Rounding::up;
    return base::mulShr128(sqrtPriceQ64, sqrtPriceQ64, 64, rounding);
}

std::optional<StepAmounts> fillOrders(const SwapTerms& terms, u128 sqrtPriceQ64,
                                      uint64_t remainingRaw, std::uint32_t feeRatePpm,
                                      TickOrders& orders) {
    const uint64_t unfilled = orders.unfilledRaw();
    if (remainingRaw == 0 || unfilled == 0) {
        return StepAmounts{};
    }
    const auto price = orderPriceQ64(sqrtPriceQ64, terms.direction);
    if (!price) {
        return std::nullopt;
    }
    auto amounts = matchOrders(terms, *price, remainingRaw, feeRatePpm, unfilled);
    if (!amounts) {
        return std::nullopt;
    }
    takeFrom(orders, amounts->outRaw);
    if (terms.feeSide == FeeSide::output) {
        amounts->feeRaw = *mulDivUp(amounts->outRaw, feeRatePpm, kFeeDenominator);
        amounts->outRaw -= amounts->feeRaw;
    }
    return amounts;
}

}  // namespace oee::amm::raydium::clmm
