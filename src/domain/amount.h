#pragma once
// Token amounts: base units inside, exact decimals at the edge. Never through double.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/integer.h"

namespace oee::domain {

enum class AmountError {
    empty,
    notANumber,       // anything but digits with at most one point
    tooManyDecimals,  // more decimals than the mint has
    tooLarge,         // over 2^64 − 1 base units
};

// "12.5" with 6 decimals → 12,500,000 base units. Digits with at most one point, no sign, blanks,
// exponent or separators; trailing zeros beyond the mint's decimals are accepted ("1.000" is 1).
tl::expected<std::uint64_t, AmountError> parseAmount(std::string_view text, unsigned decimals);

// Digits only, 0 … 2^64 − 1: how JSON, Redis and the command line carry base units.
tl::expected<std::uint64_t, AmountError> parseRaw(std::string_view text);

// Base units → decimal text without trailing zeros: 12,500,000 with 6 decimals is "12.5".
std::string formatAmount(std::uint64_t amountRaw, unsigned decimals);

// The like with a sign where it is negative: parts of a receipt.
std::string formatSigned(base::i128 amountRaw, unsigned decimals);
// Base units as digits, with a sign where they are negative; and back.
std::string signedDigits(base::i128 value);
tl::expected<base::i128, AmountError> parseSigned(std::string_view text);

// out / in as a decimal price with `significant` digits, computed in integers and rounded half up:
// how many output tokens one input token brought. "0" where either amount is 0.
struct PriceOf {
    std::uint64_t amountInRaw = 0;
    unsigned decimalsIn = 0;
    std::uint64_t amountOutRaw = 0;
    unsigned decimalsOut = 0;
};
std::string formatPrice(const PriceOf& trade, unsigned significant = 9);

inline constexpr unsigned kMaxSlippageBps = 10'000;

// floor(expectedOut × (10,000 − slippage) / 10,000): the least that a swap may pay. Rounded down,
// as wallets and routers do, so that the limit is never tighter than the user asked.
std::uint64_t minimumOut(std::uint64_t expectedOutRaw, unsigned slippageBps);

}  // namespace oee::domain
