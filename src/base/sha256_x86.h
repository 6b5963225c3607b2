#pragma once
// SHA-256's compression by the instructions that x86 processors have for it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace oee::base {

// Whether this is an x86 with the SHA extensions; asked of the processor each time.
bool hasShaExtensions();

// Takes `count` blocks of 64 bytes into the state, with the 64 round constants, aligned to 16
// bytes. Only where hasShaExtensions().
void compressBlocksX86(std::array<std::uint32_t, 8>& state, const std::uint8_t* blocks,
                       std::size_t count, std::span<const std::uint32_t, 64> roundConstants);

}  // namespace oee::base
