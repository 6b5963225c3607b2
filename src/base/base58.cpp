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

constexpr std::uint32_t kBase = 58;
constexpr std::size_t kLimbDigits = 5;
constexpr std::uint64_t kLimbBase = std::uint64_t{kBase} * kBase * kBase * kBase * kBase;

}  // namespace

std::string encodeBase58(std::span<const std::uint8_t> bytes) {
    // Little-endian in base 58^5, the largest power whose square and a word fit into 64 bits: four
    // bytes are taken in at a time, and five digits come out of each.
    std::vector<std::uint32_t> limbs;
    limbs.reserve(bytes.size() / 3 + 1);
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::size_t count = taken == 0 && bytes.size() % 4 != 0 ? bytes.size() % 4 : 4;
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < count; ++i) {
            carry = (carry << 8) | bytes[taken++];
        }
        for (std::uint32_t& limb : limbs) {
            carry += std::uint64_t{limb} << (8 * count);
            limb = static_cast<std::uint32_t>(carry % kLimbBase);
            carry /= kLimbBase;
        }
        for (; carry > 0; carry /= kLimbBase) {
            limbs.push_back(static_cast<std::uint32_t>(carry % kLimbBase));
        }
    }
    std::string digits;  // the least first
    digits.reserve(limbs.size() * kLimbDigits);
    for (std::uint32_t limb : limbs) {
        for (std::size_t i = 0; i < kLimbDigits; ++i, limb /= kBase) {
            digits.push_back(kAlphabet[limb % kBase]);
        }
    }
    digits.erase(digits.find_last_not_of(kAlphabet[0]) + 1);
    const auto leadingZeros =
        std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; }) -
        bytes.begin();
    std::string text(static_cast<std::size_t>(leadingZeros), kAlphabet[0]);
    text.append(digits.rbegin(), digits.rend());
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
