#include "amm/meteora/dlmm/bin_cursor.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "base/wide_integer.h"

namespace oee::amm::meteora::dlmm {
namespace {

using base::u128;

std::int32_t arrayIndexOf(std::int32_t binId) {
    const std::int32_t quotient = binId / kBinsPerArray;
    return binId % kBinsPerArray < 0 ? quotient - 1 : quotient;
}

std::int32_t lowestBit(u128 bits) {
    const std::uint64_t low = base::lowHalf(bits);
    return low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(base::highHalf(bits));
}

std::int32_t highestBit(u128 bits) {
    const std::uint64_t high = base::highHalf(bits);
    return high != 0 ? 127 - std::countl_zero(high) : 63 - std::countl_zero(base::lowHalf(bits));
}

// The nearest payer at or beyond `offset`; empty where the rest of the array cannot pay.
std::optional<std::int32_t> nextPayer(u128 payers, std::int32_t offset, SwapDirection direction) {
    if (direction == SwapDirection::aToB) {
        const u128 rest = payers & ((static_cast<u128>(2) << offset) - 1);
        return rest == 0 ? std::nullopt : std::optional(highestBit(rest));
    }
    const u128 rest = payers >> offset;
    return rest == 0 ? std::nullopt : std::optional(offset + lowestBit(rest));
}

constexpr std::size_t wordOf(std::int32_t arrayIndex) {
    return static_cast<std::size_t>(arrayIndex + kBitmapReach) / 64;
}
constexpr unsigned bitOf(std::int32_t arrayIndex) {
    return static_cast<unsigned>(arrayIndex + kBitmapReach) % 64;
}

}  // namespace

bool BinArrayBitmap::contains(std::int32_t arrayIndex) const {
    return arrayIndex >= -kBitmapReach && arrayIndex < kBitmapReach &&
           ((words_[wordOf(arrayIndex)] >> bitOf(arrayIndex)) & 1) != 0;
}

void BinArrayBitmap::insert(std::int32_t arrayIndex) {
    words_[wordOf(arrayIndex)] |= std::uint64_t{1} << bitOf(arrayIndex);
}

std::optional<std::int32_t> BinArrayBitmap::nextWithLiquidity(std::int32_t from,
                                                              SwapDirection direction) const {
    if (from < -kBitmapReach || from >= kBitmapReach) {
        return std::nullopt;
    }
    std::size_t word = wordOf(from);
    const bool downwards = direction == SwapDirection::aToB;
    std::uint64_t bits = downwards ? words_[word] << (63 - bitOf(from)) >> (63 - bitOf(from))
                                   : words_[word] >> bitOf(from) << bitOf(from);
    while (bits == 0) {
        if (word == (downwards ? 0 : kWords - 1)) {
            return std::nullopt;
        }
        word = downwards ? word - 1 : word + 1;
        bits = words_[word];
    }
    const std::int32_t bit = downwards ? highestBit(bits) : lowestBit(bits);
    return static_cast<std::int32_t>(word) * 64 + bit - kBitmapReach;
}

bool BinCursor::insideArray() const {
    return slot_ != nullptr && binId_ >= slot_->array->lowerBinId() &&
           binId_ <= slot_->array->upperBinId();
}

bool BinCursor::enterArray() {
    const std::int32_t current = arrayIndexOf(binId_);
    const auto next = pool_.bitmap->nextWithLiquidity(current, direction_);
    if (!next) {
        return false;
    }
    const auto found = std::ranges::lower_bound(pool_.arrays, *next, {}, &BinArraySlot::index);
    if (found == pool_.arrays.end() || found->index != *next) {
        return false;
    }
    slot_ = &*found;
    if (*next != current) {
        binId_ = direction_ == SwapDirection::aToB ? slot_->array->upperBinId()
                                                   : slot_->array->lowerBinId();
    }
    return true;
}

bool BinCursor::seek() {
    const auto side = static_cast<std::size_t>(direction_);
    while (true) {
        if (binId_ < kMinBinId || binId_ > kMaxBinId) {
            return false;
        }
        if (!insideArray() && !enterArray()) {
            return false;
        }
        const BinArray& array = *slot_->array;
        if (const auto offset =
                nextPayer(array.payers[side], binId_ - array.lowerBinId(), direction_)) {
            binId_ = array.lowerBinId() + *offset;
            return binId_ >= kMinBinId && binId_ <= kMaxBinId;
        }
        binId_ =
            direction_ == SwapDirection::aToB ? array.lowerBinId() - 1 : array.upperBinId() + 1;
    }
}

}  // namespace oee::amm::meteora::dlmm
