#pragma once
// Quotients of 256-bit numbers of which 64 bits are wanted: what a step over a tick's interval
// costs most. One machine division and a few multiplications instead of a long division. Results
// are set in place: an optional that is returned goes through memory in pieces, and reading it as a
// whole stalls the processor for as long as a division takes.

#include <bit>
#include <cstdint>

#include "amm/raydium/mul_div.h"
#include "base/wide_integer.h"

namespace oee::amm::raydium::clmm {

struct Digit {
    std::uint64_t quotient = 0;
    bool exact = false;

    // False where rounding up needs a 65th bit.
    bool roundInto(std::uint64_t& result, base::Rounding rounding) const {
        const bool increment = rounding == base::Rounding::up && !exact;
        return !__builtin_add_overflow(quotient, static_cast<std::uint64_t>(increment), &result);
    }
};

inline unsigned leadingZeros(const base::u256& value) {
    const base::u128 half = value.high != 0 ? value.high : value.low;
    const unsigned above = value.high != 0 ? 0 : 128;
    const std::uint64_t high = base::highHalf(half);
    return above + static_cast<unsigned>(high != 0 ? std::countl_zero(high)
                                                   : 64 + std::countl_zero(base::lowHalf(half)));
}

// (high × 2^64 + low) / divisor where high < divisor and the divisor's top bit is set. Knuth, "The
// Art of Computer Programming", volume 2, 4.3.1, algorithm D, one digit of it.
inline Digit divideDigit(const base::u256& high, std::uint64_t low, const base::u256& divisor) {
    using base::highHalf;
    using base::lowHalf;
    using base::u128;
    const std::uint64_t top = highHalf(divisor.high);
    const std::uint64_t next = lowHalf(divisor.high);
    std::uint64_t estimate = 0;
    u128 rest = 0;
    if (highHalf(high.high) >= top) {
        estimate = ~std::uint64_t{0};
        rest = high.high - static_cast<u128>(estimate) * top;
    } else {
        const DivRem first = divideWide(high.high, top);
        estimate = first.quotient;
        rest = first.remainder;
    }
    while (highHalf(rest) == 0 &&
           static_cast<u128>(estimate) * next > ((rest << 64) | highHalf(high.low))) {
        --estimate;
        rest += top;
    }
    // What the estimate leaves, modulo 2^256: it is less than the divisor in amount, so a set
    // borrow shows an estimate one too large.
    const u128 product0 = static_cast<u128>(estimate) * lowHalf(divisor.low);
    const u128 product1 = static_cast<u128>(estimate) * highHalf(divisor.low) + highHalf(product0);
    const u128 product2 = static_cast<u128>(estimate) * next + highHalf(product1);
    const u128 product3 = static_cast<u128>(estimate) * top + highHalf(product2);
    const u128 productLow = (static_cast<u128>(lowHalf(product1)) << 64) | lowHalf(product0);
    const u128 productHigh = (static_cast<u128>(lowHalf(product3)) << 64) | lowHalf(product2);
    const u128 numberLow = (static_cast<u128>(lowHalf(high.low)) << 64) | low;
    const u128 numberHigh = (static_cast<u128>(lowHalf(high.high)) << 64) | highHalf(high.low);
    u128 leftLow = 0;
    const bool borrow = __builtin_sub_overflow(numberLow, productLow, &leftLow);
    u128 leftHigh = 0;
    bool under = __builtin_sub_overflow(numberHigh, productHigh, &leftHigh);
    under |= __builtin_sub_overflow(leftHigh, static_cast<u128>(borrow), &leftHigh);
    const std::uint64_t numberTop = highHalf(high.high);
    const std::uint64_t productTop = highHalf(product3);
    if (numberTop < productTop || (numberTop == productTop && under)) {
        --estimate;
        const bool carry = __builtin_add_overflow(leftLow, divisor.low, &leftLow);
        leftHigh += divisor.high + static_cast<u128>(carry);
    }
    return {estimate, (leftLow | leftHigh) == 0};
}

// value × 2^64 / divisor where value < divisor.
inline Digit fractionOf(const base::u256& value, const base::u256& divisor) {
    const unsigned shift = leadingZeros(divisor);
    return divideDigit(base::shiftLeft(value, shift), 0, base::shiftLeft(divisor, shift));
}

// Sets numerator / divisor; false where the divisor is 0 or the quotient needs more than 128 bits.
inline bool divideInto(base::u128& result, const base::u256& numerator, const base::u256& divisor,
                       base::Rounding rounding) {
    if (base::shiftRight(numerator, 64) < divisor) {
        const unsigned shift = leadingZeros(divisor);
        const base::u256 high = shift >= 64 ? base::shiftLeft(numerator, shift - 64)
                                            : base::shiftRight(numerator, 64 - shift);
        const std::uint64_t low = shift >= 64 ? 0 : base::lowHalf(numerator.low) << shift;
        const Digit digit = divideDigit(high, low, base::shiftLeft(divisor, shift));
        const bool increment = rounding == base::Rounding::up && !digit.exact;
        result = static_cast<base::u128>(digit.quotient) + static_cast<base::u128>(increment);
        return true;
    }
    const auto quotient = base::divRounded(numerator, divisor, rounding);
    if (!quotient || quotient->high != 0) {
        return false;
    }
    result = quotient->low;
    return true;
}

}  // namespace oee::amm::raydium::clmm
