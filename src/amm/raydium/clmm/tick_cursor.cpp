#include "amm/raydium/clmm/tick_cursor.h"

#include <algorithm>

namespace oee::amm::raydium::clmm {

TickCursor::TickCursor(const ClmmPool& pool, SwapDirection direction)
    : slots_(pool.arrays.data()),
      slotCount_(pool.arrays.size()),
      direction_(direction),
      tickSpacing_(pool.tickSpacing) {
    const std::int32_t start = arrayStartOf(pool.tickCurrent, tickSpacing_);
    const auto found = std::ranges::lower_bound(pool.arrays, start, {}, &TickArraySlot::startTick);
    const bool down = direction == SwapDirection::aToB;
    position_ = static_cast<std::size_t>(found - pool.arrays.begin());
    if (found == pool.arrays.end() || found->startTick != start || !found->inBitmap) {
        // The program needs the extension to see that the array is not there.
        const std::int32_t reach = kBitmapReach * kTicksPerArray * tickSpacing_;
        ended_ = !pool.bitmapExtension && (start < -reach || start >= reach);
        if (!down && (found == pool.arrays.end() || found->startTick != start)) {
            --position_;  // so that the next array upwards is the found one, wrapping at none
        }
        return;
    }
    if (!found->array) {
        ended_ = true;
        return;
    }
    const auto at = static_cast<unsigned>((pool.tickCurrent - start) / tickSpacing_);
    const std::uint64_t upToHere = (std::uint64_t{2} << at) - 1;
    rest_ = found->array->initialized & (down ? upToHere : ~upToHere);
}

bool TickCursor::enterNextArray() {
    if (ended_) {
        return false;
    }
    const std::size_t step = direction_ == SwapDirection::aToB ? ~std::size_t{0} : 1;
    do {
        position_ += step;
        if (position_ >= slotCount_) {  // below the first as well: it wraps
            ended_ = true;
            return false;
        }
    } while (!slots_[position_].inBitmap);
    const TickArray* const array = slots_[position_].array.get();
    rest_ = array ? array->initialized : 0;
    ended_ = rest_ == 0;
    return !ended_;
}

}  // namespace oee::amm::raydium::clmm
