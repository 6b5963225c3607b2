#pragma once
// SHA-256 (FIPS 180-4), by OpenSSL: it uses what the processor has for it.

#include <array>
#include <cstdint>
#include <string_view>

namespace oee::base {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view message);

}  // namespace oee::base
