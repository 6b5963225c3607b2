#pragma once
// Walks a pool's bins in one direction, from the active bin, over those that can pay.

#include <cstddef>
#include <cstdint>

#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora::dlmm {

// Empty arrays are skipped by the bitmap; the active id then jumps to the edge of the next array.
// The pool must outlive the cursor. quote.rs:shift_active_bin_if_empty_gap, advance_active_bin
class BinCursor {
  public:
    BinCursor(const DlmmPool& pool, SwapDirection direction)
        : pool_(pool), direction_(direction), binId_(pool.activeId) {}

    // Moves to the nearest bin at or beyond the current one that can pay. False where there is
    // none, or where the array that the bitmap names is not at hand.
    bool seek();
    // Leaves the bin.
    void step() { binId_ += direction_ == SwapDirection::aToB ? -1 : 1; }

    std::int32_t binId() const { return binId_; }
    // After seek():
    const Bin& bin() const { return slot_->array->bins[offset()]; }
    std::size_t offset() const {
        return static_cast<std::size_t>(binId_ - slot_->array->lowerBinId());
    }
    std::size_t slotPosition() const {
        return static_cast<std::size_t>(slot_ - pool_.arrays.data());
    }

  private:
    bool enterArray();
    bool insideArray() const;

    const DlmmPool& pool_;
    SwapDirection direction_;
    std::int32_t binId_;
    const BinArraySlot* slot_ = nullptr;
};

}  // namespace oee::amm::meteora::dlmm
