#pragma once
// 256-bit unsigned arithmetic with explicit rounding: what the on-chain programs do in U256.
// The common case (operands and products of at most 128 bits) is inline; the rest is in the .cpp.

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/integer.h"

namespace oee::base {

// An unsigned 256-bit integer as two halves; comparison is numerical.
struct u256 {
    u128 high = 0;
    u128 low = 0;

    constexpr u256() = default;
    constexpr u256(u128 value) : low(value) {}  // NOLINT(google-explicit-constructor): a widening
    constexpr u256(u128 highHalf, u128 lowHalf) : high(highHalf), low(lowHalf) {}

    friend constexpr bool operator==(const u256&, const u256&) = default;
    friend constexpr auto operator<=>(const u256& a, const u256& b) {
        return a.high != b.high ? a.high <=> b.high : a.low <=> b.low;
    }
};

inline constexpr u128 kMaxU128 = ~static_cast<u128>(0);

constexpr std::uint64_t lowHalf(u128 value) {
    return static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t highHalf(u128 value) {
    return static_cast<std::uint64_t>(value >> 64);
}

// Exact product.
constexpr u256 mulWide(u128 a, u128 b) {
    const u128 a0 = lowHalf(a);
    const u128 a1 = highHalf(a);
    const u128 b0 = lowHalf(b);
    const u128 b1 = highHalf(b);
    if ((a1 | b1) == 0) {
        return {0, a0 * b0};
    }
    const u128 low = a0 * b0;
    const u128 cross = a0 * b1;
    const u128 otherCross = a1 * b0;
    const u128 middle = static_cast<u128>(highHalf(low)) + lowHalf(cross) + lowHalf(otherCross);
    return {a1 * b1 + highHalf(cross) + highHalf(otherCross) + highHalf(middle),
            (middle << 64) | lowHalf(low)};
}

// Empty on overflow / underflow.
constexpr std::optional<u256> checkedAdd(const u256& a, const u256& b) {
    u256 sum;
    const bool carry = __builtin_add_overflow(a.low, b.low, &sum.low);
    bool overflow = __builtin_add_overflow(a.high, b.high, &sum.high);
    overflow |= __builtin_add_overflow(sum.high, static_cast<u128>(carry), &sum.high);
    return overflow ? std::nullopt : std::optional(sum);
}

constexpr std::optional<u256> checkedSub(const u256& a, const u256& b) {
    if (a < b) {
        return std::nullopt;
    }
    u256 difference;
    const bool borrow = __builtin_sub_overflow(a.low, b.low, &difference.low);
    difference.high = a.high - b.high - static_cast<u128>(borrow);
    return difference;
}

constexpr std::optional<u256> checkedMul(const u256& a, u128 b) {
    const u256 low = mulWide(a.low, b);
    const u256 high = mulWide(a.high, b);
    u128 top = 0;
    if (high.high != 0 || __builtin_add_overflow(low.high, high.low, &top)) {
        return std::nullopt;
    }
    return u256{top, low.low};
}

// Shifts by 0..255; bits shifted out are lost.
constexpr u256 shiftLeft(const u256& value, unsigned bits) {
    if (bits == 0) {
        return value;
    }
    if (bits >= 128) {
        return {value.low << (bits - 128), 0};
    }
    return {(value.high << bits) | (value.low >> (128 - bits)), value.low << bits};
}

constexpr u256 shiftRight(const u256& value, unsigned bits) {
    if (bits == 0) {
        return value;
    }
    if (bits >= 128) {
        return {0, value.high >> (bits - 128)};
    }
    return {value.high >> bits, (value.low >> bits) | (value.high << (128 - bits))};
}

struct DivRem256 {
    u256 quotient;
    u256 remainder;
};
// Empty where the divisor is 0.
std::optional<DivRem256> divRem(const u256& numerator, const u256& divisor);
std::optional<u256> divRounded(const u256& numerator, const u256& divisor, Rounding rounding);

// numerator / divisor; empty where the divisor is 0 or the quotient needs more than 128 bits.
std::optional<u128> divTo128(const u256& numerator, u128 divisor, Rounding rounding);

// a × b / divisor with a 256-bit product; empty where the divisor is 0 or the quotient needs more
// than 128 bits.
inline std::optional<u128> mulDiv128(u128 a, u128 b, u128 divisor, Rounding rounding) {
    const u256 product = mulWide(a, b);
    if (product.high != 0 || divisor == 0) {
        return divTo128(product, divisor, rounding);
    }
    return divRounded(product.low, divisor, rounding);
}

// a × b / 2^shift (shift 0..255); empty where the result needs more than 128 bits.
constexpr std::optional<u128> mulShr128(u128 a, u128 b, unsigned shift, Rounding rounding) {
    const u256 product = mulWide(a, b);
    const u256 shifted = shiftRight(product, shift);
    if (shifted.high != 0) {
        return std::nullopt;
    }
    const bool increment = rounding == Rounding::up && shiftLeft(shifted, shift) != product;
    if (increment && shifted.low == kMaxU128) {
        return std::nullopt;
    }
    return shifted.low + static_cast<u128>(increment);
}

// a × 2^shift / divisor (shift 0..128); empty where the divisor is 0 or the result is too wide.
inline std::optional<u128> shlDiv128(u128 a, unsigned shift, u128 divisor, Rounding rounding) {
    const u256 shifted = shiftLeft(u256{a}, shift);
    if (shifted.high != 0 || divisor == 0) {
        return divTo128(shifted, divisor, rounding);
    }
    return divRounded(shifted.low, divisor, rounding);
}

// Largest r with r × r ≤ value.
u128 isqrt(const u256& value);

}  // namespace oee::base
