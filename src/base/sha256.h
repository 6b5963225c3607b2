#pragma once
// SHA-256 (FIPS 180-4).

#include <array>
#include <cstdint>
#include <string_view>

namespace oee::base {

using Sha256 = std::array<std::uint8_t, 32>;

// By the processor's own instructions where it has them.
Sha256 sha256(std::string_view message);

enum class Sha256Path { portable, extensions };
// `extensions` only where base::hasShaExtensions().
Sha256 sha256(std::string_view message, Sha256Path path);

}  // namespace oee::base
