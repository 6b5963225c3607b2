#pragma once
// Where a tick array's bit is: in the pool's own bitmap or in the extension. Source:
// raydium-io/raydium-clmm programs/amm/src/states/tickarray_bitmap_extension.rs.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "amm/raydium/clmm/layout.h"

namespace oee::amm::raydium::clmm {

enum class BitmapHome { pool, extension };

struct BitmapBit {
    BitmapHome home = BitmapHome::pool;
    std::size_t offset = 0;  // of the 64-bit word in the account's bytes
    unsigned bit = 0;        // in that word
};

// `arrayIndex`: start tick / (60 × tick spacing). Empty where no bitmap reaches.
constexpr std::optional<BitmapBit> bitmapBitOf(std::int32_t arrayIndex) {
    std::size_t first = 0;  // of the bitmap's bits in the account's bytes
    std::int32_t position = 0;
    BitmapHome home = BitmapHome::extension;
    if (arrayIndex >= -kBitmapReach && arrayIndex < kBitmapReach) {
        home = BitmapHome::pool;
        first = pool::kTickArrayBitmap;
        position = arrayIndex + kBitmapReach;
    } else if (arrayIndex >= 0) {
        first = extension::kPositive;
        position = arrayIndex - kBitmapReach;
    } else {
        // Rows go away from zero, but bits within a row go up with the ticks.
        first = extension::kNegative;
        const std::int32_t below = -kBitmapReach - 1 - arrayIndex;
        position = below / kExtensionRowBits * kExtensionRowBits +
                   (kExtensionRowBits - 1 - below % kExtensionRowBits);
    }
    if (home == BitmapHome::extension && position >= kExtensionRows * kExtensionRowBits) {
        return std::nullopt;
    }
    return BitmapBit{home, first + static_cast<std::size_t>(position / 64) * sizeof(std::uint64_t),
                     static_cast<unsigned>(position % 64)};
}

}  // namespace oee::amm::raydium::clmm
