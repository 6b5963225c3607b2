#pragma once
// Offsets of fields that there are two of, by token: what decoding and encoding share.

#include <array>
#include <cstddef>

#include "amm/raydium/clmm/layout.h"

namespace oee::amm::raydium::clmm {

inline constexpr std::array<std::size_t, 2> kFeeGrowth{pool::kFeeGrowth0Q64, pool::kFeeGrowth1Q64};
inline constexpr std::array<std::size_t, 2> kProtocolFees{pool::kProtocolFees0,
                                                          pool::kProtocolFees1};
inline constexpr std::array<std::size_t, 2> kFundFees{pool::kFundFees0, pool::kFundFees1};
inline constexpr std::array<std::size_t, 2> kFeeGrowthOutside{tick::kFeeGrowthOutside0Q64,
                                                              tick::kFeeGrowthOutside1Q64};

constexpr std::size_t tickStart(std::size_t offset) {
    return tick_array::kTicks + offset * tick::kSize;
}

}  // namespace oee::amm::raydium::clmm
