#pragma once
// 128-bit integers and exact multiply-divide on 64-bit operands. Wider arithmetic is in
// wide_integer.h.

#include <cstdint>
#include <limits>
#include <optional>

namespace oee::base {

// `using` with __int128 is refused by -Wpedantic; a typedef behind __extension__ is not.
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

enum class Rounding { down, up };

constexpr u128 ceilDiv(u128 numerator, u128 denominator) {
    return numerator / denominator + (numerator % denominator != 0 ? 1 : 0);
}

constexpr u128 divRounded(u128 numerator, u128 denominator, Rounding rounding) {
    return rounding == Rounding::down ? numerator / denominator : ceilDiv(numerator, denominator);
}

constexpr bool fitsU64(u128 value) {
    return value <= std::numeric_limits<std::uint64_t>::max();
}

// value × multiplier / divisor on 64-bit operands, rounded as asked. Empty where the divisor is 0
// or the quotient does not fit into 64 bits.
constexpr std::optional<std::uint64_t> mulDiv64(std::uint64_t value, std::uint64_t multiplier,
                                                std::uint64_t divisor, Rounding rounding) {
    if (divisor == 0) {
        return std::nullopt;
    }
    const u128 quotient = divRounded(static_cast<u128>(value) * multiplier, divisor, rounding);
    if (!fitsU64(quotient)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(quotient);
}

constexpr std::optional<std::uint64_t> checkedAdd(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        return std::nullopt;
    }
    return sum;
}

constexpr std::optional<std::uint64_t> checkedSub(std::uint64_t a, std::uint64_t b) {
    if (b > a) {
        return std::nullopt;
    }
    return a - b;
}

}  // namespace oee::base
