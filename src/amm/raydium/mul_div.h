#pragma once
// value × multiplier / divisor with one machine division: what most of a swap's time goes into.

#include <cstdint>
#include <optional>

#include "base/integer.h"

namespace oee::amm::raydium {

struct DivRem {
    std::uint64_t quotient = 0;
    std::uint64_t remainder = 0;
};

// Needs numerator >> 64 < divisor: then the quotient has 64 bits.
inline DivRem divideWide(base::u128 numerator, std::uint64_t divisor) {
    const auto high = static_cast<std::uint64_t>(numerator >> 64);
    const auto low = static_cast<std::uint64_t>(numerator);
#if defined(__x86_64__)
    // The compiler calls a 128/128 routine, twice for quotient and remainder; the processor has
    // this very division.
    DivRem result;
    __asm__("divq %[divisor]"
            : "=a"(result.quotient), "=d"(result.remainder)
            : "a"(low), "d"(high), [divisor] "r"(divisor)
            : "cc");
    return result;
#else
    const base::u128 quotient = numerator / divisor;
    return {static_cast<std::uint64_t>(quotient),
            static_cast<std::uint64_t>(numerator - quotient * divisor)};
#endif
}

// As base::mulDiv64: empty where the divisor is 0 or the quotient does not fit into 64 bits.
inline std::optional<std::uint64_t> mulDivDown(std::uint64_t value, std::uint64_t multiplier,
                                               std::uint64_t divisor) {
    const base::u128 product = static_cast<base::u128>(value) * multiplier;
    if (static_cast<std::uint64_t>(product >> 64) >= divisor) {
        return std::nullopt;
    }
    return divideWide(product, divisor).quotient;
}

inline std::optional<std::uint64_t> mulDivUp(std::uint64_t value, std::uint64_t multiplier,
                                             std::uint64_t divisor) {
    const base::u128 product = static_cast<base::u128>(value) * multiplier;
    if (static_cast<std::uint64_t>(product >> 64) >= divisor) {
        return std::nullopt;
    }
    const DivRem result = divideWide(product, divisor);
    return result.remainder == 0 ? result.quotient : base::checkedAdd(result.quotient, 1);
}

}  // namespace oee::amm::raydium
