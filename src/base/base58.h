#pragma once
// Base58 with the Bitcoin alphabet, as Solana writes addresses and signatures.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oee::base {

std::string encodeBase58(std::span<const std::uint8_t> bytes);

// Empty where a character is outside the alphabet or the text is longer than `maxLength`
// characters (the conversion is quadratic: untrusted text must be bounded).
std::optional<std::vector<std::uint8_t>> decodeBase58(std::string_view text,
                                                      std::size_t maxLength = 128);

}  // namespace oee::base
