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

// Sets value × multiplier / divisor, rounded up; false as mulDivUp() is empty.
bool mulDivUpInto(uint64_t& result, uint64_t value, uint64_t multiplier, uint64_t divisor) {
    const u128 product = static_cast<u128>(value) * multiplier;
    if (base::highHalf(product) >= divisor) {
        return false;
    }
    const DivRem division = divideWide(product, divisor);
    return Digit{division.quotient, division.remainder == 0}.roundInto(result, Rounding::up);
}

// Both tokens' amounts between two prices, exact as fractions: token 1 is liquidity × difference /
// 2^64, token 0 is token 1 / (lower × upper), all in Q64.64.
class Interval {
  public:
    Interval(u128 onePriceQ64, u128 otherPriceQ64, u128 liquidity) {
        const u128 difference =
            onePriceQ64 < otherPriceQ64 ? otherPriceQ64 - onePriceQ64 : onePriceQ64 - otherPriceQ64;
        token1Q64_ = base::mulWide(liquidity, difference);
        priceProductQ128_ = base::mulWide(onePriceQ64, otherPriceQ64);
    }

    // False where the amount needs more than 64 bits.
    bool token0(uint64_t& amountRaw, Rounding rounding) const {
        return token1Q64_ < priceProductQ128_ &&
               fractionOf(token1Q64_, priceProductQ128_).roundInto(amountRaw, rounding);
    }
    bool token1(uint64_t& amountRaw, Rounding rounding) const {
        const bool exact = base::lowHalf(token1Q64_.low) == 0;
        return token1Q64_.high == 0 &&
               Digit{base::highHalf(token1Q64_.low), exact}.roundInto(amountRaw, rounding);
    }

    // Whether the amount, rounded up, is at most `limitRaw`: without the division.
    bool token0FitsUp(uint64_t limitRaw) const {
        return !(Product(priceProductQ128_, limitRaw) < token1Q64_);
    }
    // Likewise rounded down.
    bool token0FitsDown(uint64_t limitRaw) const {
        if (limitRaw == kMaxU64) {
            return token1Q64_ < priceProductQ128_;
        }
        const Product product(priceProductQ128_, limitRaw + 1);
        return product.high == token1Q64_ ? product.low != 0 : !(product < token1Q64_);
    }

  private:
    // 320 bits: high × 2^64 + low.
    struct Product {
        Product(const u256& value, uint64_t factor) {
            const u128 digit0 = static_cast<u128>(base::lowHalf(value.low)) * factor;
            const u128 digit1 =
                static_cast<u128>(base::highHalf(value.low)) * factor + base::highHalf(digit0);
            const u128 digit2 =
                static_cast<u128>(base::lowHalf(value.high)) * factor + base::highHalf(digit1);
            const u128 digit3 =
                static_cast<u128>(base::highHalf(value.high)) * factor + base::highHalf(digit2);
            low = base::lowHalf(digit0);
            high = {digit3, static_cast<u128>(base::lowHalf(digit2)) << 64 | base::lowHalf(digit1)};
        }
        // Than value × 2^64.
        bool operator<(const u256& value) const { return high < value; }

        u256 high;
        uint64_t low = 0;
    };

    u256 token1Q64_;
    u256 priceProductQ128_;
};

// Input rounded up, output down; false where one needs more than 64 bits.
// liquidity_math.rs:get_delta_amounts_for_swap
bool setAmounts(const Interval& interval, SwapDirection direction, StepAmounts& amounts) {
    // Token 1 first: it costs no division.
    return direction == SwapDirection::aToB ? interval.token1(amounts.outRaw, Rounding::down) &&
                                                  interval.token0(amounts.inRaw, Rounding::up)
                                            : interval.token1(amounts.inRaw, Rounding::up) &&
                                                  interval.token0(amounts.outRaw, Rounding::down);
}

// The amount that moves the price: exactIn without the fee of the input, exactOut with that of the
// output. False over 64 bits.
bool movingAmount(const SwapTerms& terms, const StepStart& start, uint64_t& movingRaw) {
    const uint64_t rest = kFeeDenominator - start.feeRatePpm;
    movingRaw = start.remainingRaw;
    if (terms.mode == SwapMode::exactIn) {
        if (terms.feeSide == FeeSide::input) {
            // remaining × rest / 1,000,000 without a wide product: rest is at most the divisor.
            movingRaw = start.remainingRaw / kFeeDenominator * rest +
                        start.remainingRaw % kFeeDenominator * rest / kFeeDenominator;
        }
        return true;
    }
    return terms.feeSide == FeeSide::input ||
           mulDivUpInto(movingRaw, start.remainingRaw, kFeeDenominator, rest);
}

// Whether the amount takes the price to the end of the interval, as far as the token that the
// amount is in can say.
bool isEnough(const Interval& interval, const SwapTerms& terms, uint64_t movingRaw) {
    const bool exactIn = terms.mode == SwapMode::exactIn;
    if (exactIn == (terms.direction == SwapDirection::aToB)) {
        return exactIn ? interval.token0FitsUp(movingRaw) : interval.token0FitsDown(movingRaw);
    }
    uint64_t amount1 = 0;
    return interval.token1(amount1, exactIn ? Rounding::up : Rounding::down) &&
           amount1 <= movingRaw;
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

// amount × price² / (liquidity ± amount × price). Prices have 96 bits, so that the numerator fits
// into 256. False where the divisor is not above 0 or the quotient needs more than 128 bits.
bool priceMove0(const SwapTerms& terms, const StepStart& start, uint64_t amountRaw, u128& move) {
    const bool exactIn = terms.mode == SwapMode::exactIn;
    const u256 shifted{start.liquidity >> 64, start.liquidity << 64};
    const u256 amountPrice = base::mulWide(amountRaw, start.sqrtPriceQ64);
    u256 divisor;
    if (exactIn) {
        const bool carry = __builtin_add_overflow(shifted.low, amountPrice.low, &divisor.low);
        divisor.high = shifted.high + amountPrice.high + static_cast<u128>(carry);
    } else {
        const bool borrow = __builtin_sub_overflow(shifted.low, amountPrice.low, &divisor.low);
        if (__builtin_sub_overflow(shifted.high, amountPrice.high + static_cast<u128>(borrow),
                                   &divisor.high)) {
            return false;
        }
    }
    u256 numerator = base::mulWide(amountPrice.low, start.sqrtPriceQ64);
    numerator.high += amountPrice.high * start.sqrtPriceQ64;
    return divideInto(move, numerator, divisor, exactIn ? Rounding::down : Rounding::up);
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
    u128 move = 0;
    if (amountRaw != 0 && exactIn != aToB) {  // the amount is of token 1
        move = priceMove1(amountRaw, start.liquidity, exactIn ? Rounding::down : Rounding::up);
    } else if (amountRaw != 0 && !priceMove0(terms, start, amountRaw, move)) {
        return false;
    }
    return !(aToB ? __builtin_sub_overflow(priceQ64, move, &nextQ64)
                  : __builtin_add_overflow(priceQ64, move, &nextQ64));
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
        return mulDivUpInto(amounts.feeRaw, amounts.inRaw, rate, rest);
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
    uint64_t moving = 0;
    if (!movingAmount(terms, start, moving)) {
        return false;
    }
    const Interval whole(start.sqrtPriceQ64, start.targetQ64, start.liquidity);
    step.sqrtPriceQ64 = start.targetQ64;
    if (!isEnough(whole, terms, moving) || !setAmounts(whole, terms.direction, step.amounts)) {
        // Also where an amount up to the target needs more than 64 bits: it is out of reach.
        if (!nextSqrtPrice(terms, start, moving, step.sqrtPriceQ64)) {
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
