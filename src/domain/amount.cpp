#include "domain/amount.h"

#include <algorithm>
#include <cassert>

#include "base/integer.h"

namespace oee::domain {
namespace {

bool isDigit(char character) {
    return character >= '0' && character <= '9';
}

// Appends one digit; false on overflow.
bool pushDigit(std::uint64_t& value, char digit) {
    return !__builtin_mul_overflow(value, std::uint64_t{10}, &value) &&
           !__builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value);
}

// Without trailing zeros.
std::string withPoint(std::string digits, unsigned decimals) {
    if (decimals == 0) {
        return digits;
    }
    if (digits.size() <= decimals) {
        digits.insert(0, decimals + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - decimals, ".");
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') {
        digits.pop_back();
    }
    return digits;
}

}  // namespace

tl::expected<std::uint64_t, AmountError> parseAmount(std::string_view text, unsigned decimals) {
    if (text.empty()) {
        return tl::unexpected(AmountError::empty);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view{};
    if ((whole.empty() && fraction.empty()) || !std::all_of(whole.begin(), whole.end(), isDigit) ||
        !std::all_of(fraction.begin(), fraction.end(), isDigit)) {
        return tl::unexpected(AmountError::notANumber);
    }
    while (!fraction.empty() && fraction.back() == '0') {
        fraction.remove_suffix(1);
    }
    if (fraction.size() > decimals) {
        return tl::unexpected(AmountError::tooManyDecimals);
    }
    std::uint64_t value = 0;
    bool fits = true;
    for (const char digit : whole) {
        fits = fits && pushDigit(value, digit);
    }
    for (unsigned i = 0; i < decimals; ++i) {
        fits = fits && pushDigit(value, i < fraction.size() ? fraction[i] : '0');
    }
    if (!fits) {
        return tl::unexpected(AmountError::tooLarge);
    }
    return value;
}

tl::expected<std::uint64_t, AmountError> parseRaw(std::string_view text) {
    if (text.empty()) {
        return tl::unexpected(AmountError::empty);
    }
    if (!std::all_of(text.begin(), text.end(), isDigit)) {
        return tl::unexpected(AmountError::notANumber);
    }
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (!pushDigit(value, digit)) {
            return tl::unexpected(AmountError::tooLarge);
        }
    }
    return value;
}

std::string formatAmount(std::uint64_t amountRaw, unsigned decimals) {
    return withPoint(std::to_string(amountRaw), decimals);
}

std::string formatSigned(base::i128 amountRaw, unsigned decimals) {
    std::string digits = signedDigits(amountRaw);
    const bool isNegative = digits.front() == '-';
    return (isNegative ? "-" : "") + withPoint(digits.substr(isNegative ? 1 : 0), decimals);
}

std::string signedDigits(base::i128 value) {
    // Of −2^127 there is no positive value as i128, but there is as u128.
    auto size = static_cast<base::u128>(value);
    size = value < 0 ? ~size + 1 : size;
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(size % 10)));
        size /= 10;
    } while (size != 0);
    if (value < 0) {
        digits.push_back('-');
    }
    std::reverse(digits.begin(), digits.end());
    return digits;
}

tl::expected<base::i128, AmountError> parseSigned(std::string_view text) {
    const bool isNegative = !text.empty() && text.front() == '-';
    text.remove_prefix(isNegative ? 1 : 0);
    if (text.empty()) {
        return tl::unexpected(AmountError::empty);
    }
    if (!std::all_of(text.begin(), text.end(), isDigit)) {
        return tl::unexpected(AmountError::notANumber);
    }
    base::i128 value = 0;
    for (const char digit : text) {
        // Towards the sign's own end, so that every value is reached.
        const base::i128 step = isNegative ? '0' - digit : digit - '0';
        if (__builtin_mul_overflow(value, base::i128{10}, &value) ||
            __builtin_add_overflow(value, step, &value)) {
            return tl::unexpected(AmountError::tooLarge);
        }
    }
    return value;
}

std::string formatPrice(const PriceOf& trade, unsigned significant) {
    assert(significant > 0 && significant <= 18);
    if (trade.amountInRaw == 0 || trade.amountOutRaw == 0) {
        return "0";
    }
    // Long division, one decimal digit at a time: price = out × 10^decimalsIn / (in ×
    // 10^decimalsOut). `exponent` is the power of ten of the first significant digit.
    base::u128 numerator = trade.amountOutRaw;
    base::u128 denominator = trade.amountInRaw;
    int exponent = static_cast<int>(trade.decimalsIn) - static_cast<int>(trade.decimalsOut);
    while (numerator >= denominator * 10) {
        denominator *= 10;
        ++exponent;
    }
    while (numerator < denominator) {
        numerator *= 10;
        --exponent;
    }
    std::string digits;
    for (unsigned i = 0; i < significant; ++i) {
        digits.push_back(static_cast<char>('0' + static_cast<int>(numerator / denominator)));
        numerator = numerator % denominator * 10;
    }
    if (numerator / denominator >= 5) {
        auto digit = digits.rbegin();
        while (digit != digits.rend() && *digit == '9') {
            *digit++ = '0';
        }
        if (digit == digits.rend()) {
            digits.insert(digits.begin(), '1');
            digits.pop_back();
            ++exponent;
        } else {
            ++*digit;
        }
    }
    if (exponent < 0) {
        digits.insert(0, static_cast<std::size_t>(-exponent), '0');
        exponent = 0;
    } else if (digits.size() < static_cast<std::size_t>(exponent) + 1) {
        digits.append(static_cast<std::size_t>(exponent) + 1 - digits.size(), '0');
    }
    digits.insert(static_cast<std::size_t>(exponent) + 1, ".");
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') {
        digits.pop_back();
    }
    return digits;
}

std::uint64_t minimumOut(std::uint64_t expectedOutRaw, unsigned slippageBps) {
    assert(slippageBps <= kMaxSlippageBps);
    return static_cast<std::uint64_t>(static_cast<base::u128>(expectedOutRaw) *
                                      (kMaxSlippageBps - slippageBps) / kMaxSlippageBps);
}

}  // namespace oee::domain
