#include "base/base58.h"

#include <algorithm>
#include <array>

namespace oee::base {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

constexpr std::array<std::int8_t, 256> makeDigits() {
    std::array<std::int8_t, 256> digits{};
    digits.fill(-1);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
    }
    return digits;
}

constexpr auto kDigits = makeDigits();

}  // namespace

std::string encodeBase58(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> digits;  // little-endian, base 58
    for (const std::uint8_t byte : bytes) {
        unsigned carry = byte;
        for (std::uint8_t& digit : digits) {
            carry += unsigned{digit} << 8;
            digit = static_cast<std::uint8_t>(carry % 58);
            carry /= 58;
        }
        for (; carry > 0; carry /= 58) {
            digits.push_back(static_cast<std::uint8_t>(carry % 58));
        }
    }
    const auto leadingZeros =
        std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; }) -
        bytes.begin();
    std::string text(static_cast<std::size_t>(leadingZeros), kAlphabet[0]);
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        text.push_back(kAlphabet[*digit]);
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> decodeBase58(std::string_view text,
                                                      std::size_t maxLength) {
    if (text.size() > maxLength) {
        return std::nullopt;
    }
    std::vector<std::uint8_t> bytes;  // little-endian
    for (const char character : text) {
        const std::int8_t digit = kDigits[static_cast<unsigned char>(character)];
        if (digit < 0) {
            return std::nullopt;
        }
        unsigned carry = static_cast<unsigned>(digit);
        for (std::uint8_t& byte : bytes) {
            carry += unsigned{byte} * 58;
            byte = static_cast<std::uint8_t>(carry & 0xff);
            carry >>= 8;
        }
        for (; carry > 0; carry >>= 8) {
            bytes.push_back(static_cast<std::uint8_t>(carry & 0xff));
        }
    }
    const std::size_t leadingOnes = std::min(text.find_first_not_of(kAlphabet[0]), text.size());
    bytes.insert(bytes.end(), leadingOnes, 0);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

}  // namespace oee::base
