#pragma once
// The initialized ticks ahead of a price, one after the other.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/clmm/tick_math.h"
#include "amm/swap.h"

namespace oee::amm::raydium::clmm {

// Goes from tick array to tick array as the bitmaps have it: arrays without their bit are passed
// over, and an array that is missing or empty although it has its bit ends the way (the program
// fails there). Arrays' borders are no stops.
class TickCursor {
  public:
    // Stands before the first initialized tick: at or below pool.tickCurrent downwards (A to B),
    // above it upwards.
    TickCursor(const ClmmPool& pool, SwapDirection direction);

    // False: no further tick.
    bool next() {
        while (rest_ == 0) {
            if (!enterNextArray()) {
                return false;
            }
        }
        const bool down = direction_ == SwapDirection::aToB;
        offset_ =
            static_cast<std::size_t>(down ? 63 - std::countl_zero(rest_) : std::countr_zero(rest_));
        rest_ &= ~(std::uint64_t{1} << offset_);
        return true;
    }

    // After next() was true.
    const TickArray& array() const { return *slots_[position_].array; }
    const Tick& tick() const { return array().ticks[offset_]; }
    std::int32_t tickIndex() const {
        return array().startTick + static_cast<std::int32_t>(offset_) * tickSpacing_;
    }
    std::size_t slotPosition() const { return position_; }
    std::size_t offset() const { return offset_; }

  private:
    bool enterNextArray();

    const TickArraySlot* slots_;
    std::size_t slotCount_;
    SwapDirection direction_;
    std::int32_t tickSpacing_;
    std::size_t position_ = 0;  // downwards: of the array entered, or one above the next to look at
    std::size_t offset_ = 0;
    std::uint64_t rest_ = 0;  // initialized ticks of the array that are still ahead
    bool ended_ = false;
};

}  // namespace oee::amm::raydium::clmm
