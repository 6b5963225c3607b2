#include "base/wide_integer.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace oee::base {
namespace {

using Limb = std::uint64_t;
using Limbs = std::array<Limb, 4>;  // least significant first

Limbs limbsOf(const u256& value) {
    return {lowHalf(value.low), highHalf(value.low), lowHalf(value.high), highHalf(value.high)};
}

u256 fromLimbs(const Limbs& limbs) {
    return {(static_cast<u128>(limbs[3]) << 64) | limbs[2],
            (static_cast<u128>(limbs[1]) << 64) | limbs[0]};
}

unsigned bitWidth(u128 value) {
    return static_cast<unsigned>(highHalf(value) != 0 ? 64 + std::bit_width(highHalf(value))
                                                      : std::bit_width(lowHalf(value)));
}

unsigned bitWidth(const u256& value) {
    return value.high != 0 ? 128 + bitWidth(value.high) : bitWidth(value.low);
}

std::size_t limbCount(const Limbs& limbs) {
    std::size_t count = limbs.size();
    while (count > 0 && limbs[count - 1] == 0) {
        --count;
    }
    return count;
}

struct LimbQuotient {
    Limb quotient = 0;
    Limb remainder = 0;
};

// (high, low) / divisor where high < divisor, so that the quotient is one limb.
LimbQuotient divideTwoLimbs(Limb high, Limb low, Limb divisor) {
    const u128 numerator = (static_cast<u128>(high) << 64) | low;
    const auto quotient = static_cast<Limb>(numerator / divisor);
    return {quotient, static_cast<Limb>(low - quotient * divisor)};
}

DivRem256 divideByLimb(const Limbs& numerator, Limb divisor) {
    Limbs quotient{};
    Limb remainder = 0;
    for (std::size_t i = numerator.size(); i-- > 0;) {
        const LimbQuotient step = divideTwoLimbs(remainder, numerator[i], divisor);
        quotient[i] = step.quotient;
        remainder = step.remainder;
    }
    return {fromLimbs(quotient), u256{remainder}};
}

// Knuth, "The Art of Computer Programming", volume 2, 4.3.1, algorithm D, steps D3 to D6, with
// 64-bit digits: the quotient digit of `part` (the divisor's digits and one more) by a divisor
// whose top bit is set; `part` becomes the remainder.
Limb divideStep(Limb* part, const Limb* divisor, std::size_t digits) {
    const Limb divisorTop = divisor[digits - 1];
    const Limb divisorNext = divisor[digits - 2];
    const u128 head = (static_cast<u128>(part[digits]) << 64) | part[digits - 1];
    u128 estimate = 0;
    u128 rest = 0;
    if (part[digits] >= divisorTop) {
        estimate = std::numeric_limits<Limb>::max();
        rest = head - estimate * divisorTop;
    } else {
        const LimbQuotient first = divideTwoLimbs(part[digits], part[digits - 1], divisorTop);
        estimate = first.quotient;
        rest = first.remainder;
    }
    while (highHalf(rest) == 0 && estimate * divisorNext > ((rest << 64) | part[digits - 2])) {
        --estimate;
        rest += divisorTop;
    }

    Limb borrow = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const u128 product = estimate * divisor[i] + borrow;
        borrow = highHalf(product);
        borrow += static_cast<Limb>(__builtin_sub_overflow(part[i], lowHalf(product), &part[i]));
    }
    if (__builtin_sub_overflow(part[digits], borrow, &part[digits])) {
        --estimate;  // one too large: add the divisor back
        Limb carry = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const u128 sum = static_cast<u128>(part[i]) + divisor[i] + carry;
            part[i] = lowHalf(sum);
            carry = highHalf(sum);
        }
        part[digits] += carry;
    }
    return lowHalf(estimate);
}

DivRem256 divideLong(const u256& numerator, const u256& divisor, std::size_t digits) {
    const unsigned shift = static_cast<unsigned>(digits * 64) - bitWidth(divisor);
    const Limbs normalDivisor = limbsOf(shiftLeft(divisor, shift));
    const Limbs shifted = limbsOf(shiftLeft(numerator, shift));
    std::array<Limb, 5> rest{shifted[0], shifted[1], shifted[2], shifted[3],
                             shift == 0 ? 0 : highHalf(numerator.high) >> (64 - shift)};
    Limbs quotient{};
    for (std::size_t i = 5 - digits; i-- > 0;) {
        quotient[i] = divideStep(rest.data() + i, normalDivisor.data(), digits);
    }
    const u256 remainder = fromLimbs({rest[0], rest[1], rest[2], rest[3]});
    return {fromLimbs(quotient), shiftRight(remainder, shift)};
}

DivRem256 divideNonZero(const u256& numerator, const u256& divisor) {
    if (numerator.high == 0 && divisor.high == 0) {
        const u128 quotient = numerator.low / divisor.low;
        return {u256{quotient}, u256{numerator.low - quotient * divisor.low}};
    }
    if (numerator < divisor) {
        return {u256{}, numerator};
    }
    const std::size_t digits = limbCount(limbsOf(divisor));
    return digits == 1 ? divideByLimb(limbsOf(numerator), lowHalf(divisor.low))
                       : divideLong(numerator, divisor, digits);
}

}  // namespace

std::optional<DivRem256> divRem(const u256& numerator, const u256& divisor) {
    if (divisor == u256{}) {
        return std::nullopt;
    }
    return divideNonZero(numerator, divisor);
}

std::optional<u256> divRounded(const u256& numerator, const u256& divisor, Rounding rounding) {
    const auto result = divRem(numerator, divisor);
    if (!result) {
        return std::nullopt;
    }
    // No overflow: a divisor of 1 leaves no remainder, and a larger one halves the quotient.
    const bool increment = rounding == Rounding::up && result->remainder != u256{};
    return increment ? checkedAdd(result->quotient, u256{1}) : result->quotient;
}

std::optional<u128> divTo128(const u256& numerator, u128 divisor, Rounding rounding) {
    if (numerator.high >= divisor) {  // a divisor of 0 is here too
        return std::nullopt;
    }
    u128 quotient = 0;
    bool exact = false;
    if (highHalf(divisor) == 0) {
        const LimbQuotient upper =
            divideTwoLimbs(lowHalf(numerator.high), highHalf(numerator.low), lowHalf(divisor));
        const LimbQuotient lower =
            divideTwoLimbs(upper.remainder, lowHalf(numerator.low), lowHalf(divisor));
        quotient = (static_cast<u128>(upper.quotient) << 64) | lower.quotient;
        exact = lower.remainder == 0;
    } else {
        const unsigned shift = 128 - bitWidth(divisor);
        const u128 normal = divisor << shift;
        const std::array<Limb, 2> normalDivisor{lowHalf(normal), highHalf(normal)};
        Limbs rest = limbsOf(shiftLeft(numerator, shift));
        const Limb upper = divideStep(rest.data() + 1, normalDivisor.data(), 2);
        const Limb lower = divideStep(rest.data(), normalDivisor.data(), 2);
        quotient = (static_cast<u128>(upper) << 64) | lower;
        exact = (rest[0] | rest[1]) == 0;
    }
    const bool increment = rounding == Rounding::up && !exact;
    if (increment && quotient == kMaxU128) {
        return std::nullopt;
    }
    return quotient + static_cast<u128>(increment);
}

u128 isqrt(const u256& value) {
    const unsigned bits = bitWidth(value);
    if (bits == 0) {
        return 0;
    }
    // A first guess not below the root, from the leading bits; then Newton's iteration, which
    // falls monotonically until it reaches the floor. The guess decides only how fast.
    const unsigned shift = bits > 62 ? (bits - 62 + 1) / 2 * 2 : 0;
    const std::uint64_t head = lowHalf(shiftRight(value, shift).low);
    const auto headRoot = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(head))) + 2;
    const u256 guess = shiftLeft(u256{headRoot}, shift / 2);
    u128 root = guess.high != 0 ? kMaxU128 : guess.low;
    while (true) {
        const u256 quotient = divideNonZero(value, u256{root}).quotient;
        if (quotient >= u256{root}) {
            return root;
        }
        const u128 other = quotient.low;
        root = (root & other) + ((root ^ other) >> 1);  // the mean, rounded down
    }
}

}  // namespace oee::base
