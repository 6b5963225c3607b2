#pragma once
// 32-byte addresses and 64-byte signatures in Solana's base58 notation.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace oee::domain {

struct Pubkey {
    std::array<std::uint8_t, 32> bytes{};

    friend auto operator<=>(const Pubkey&, const Pubkey&) = default;
};

struct Signature {
    std::array<std::uint8_t, 64> bytes{};

    friend auto operator<=>(const Signature&, const Signature&) = default;
};

std::string toBase58(const Pubkey& key);
std::string toBase58(const Signature& signature);
// Empty where the text is not base58 of exactly 32 (64) bytes.
std::optional<Pubkey> pubkeyFromBase58(std::string_view text);
std::optional<Signature> signatureFromBase58(std::string_view text);

// "EPjF…Dt1v": for people, where no symbol is known.
std::string shortForm(const Pubkey& key);

// For addresses that the source code names; asserts that the text is an address.
Pubkey pubkeyLiteral(std::string_view text);

}  // namespace oee::domain

template <>
struct std::hash<oee::domain::Pubkey> {
    // Addresses are uniformly distributed already: eight of their bytes are a good hash.
    std::size_t operator()(const oee::domain::Pubkey& key) const noexcept {
        std::uint64_t head = 0;
        std::memcpy(&head, key.bytes.data(), sizeof head);
        return static_cast<std::size_t>(head);
    }
};
