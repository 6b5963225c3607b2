#include "amm/raydium/clmm/pool.h"

#include <algorithm>
#include <cmath>

namespace oee::amm::raydium {

bool operator==(const ClmmPool& a, const ClmmPool& b) {
    const auto sameSlot = [](const clmm::TickArraySlot& one, const clmm::TickArraySlot& other) {
        return one.startTick == other.startTick && one.inBitmap == other.inBitmap &&
               (one.array == other.array ||
                (one.array && other.array && *one.array == *other.array));
    };
    return a.address == b.address && a.liquidity == b.liquidity &&
           a.sqrtPriceQ64 == b.sqrtPriceQ64 && a.tickCurrent == b.tickCurrent &&
           a.tickSpacing == b.tickSpacing && a.status == b.status && a.feeOn == b.feeOn &&
           a.tradeFeeRatePpm == b.tradeFeeRatePpm && a.protocolFeeRatePpm == b.protocolFeeRatePpm &&
           a.fundFeeRatePpm == b.fundFeeRatePpm && a.openTime == b.openTime &&
           a.recentEpoch == b.recentEpoch && a.sides == b.sides && a.dynamicFee == b.dynamicFee &&
           a.rewards == b.rewards && a.bitmapExtension == b.bitmapExtension &&
           a.vaults == b.vaults && a.mints == b.mints &&
           std::equal(a.arrays.begin(), a.arrays.end(), b.arrays.begin(), b.arrays.end(), sameSlot);
}

double marginalPrice(const ClmmPool& pool, SwapDirection direction) {
    const double root = std::ldexp(static_cast<double>(pool.sqrtPriceQ64), -64);
    const double token1PerToken0 = root * root;
    return direction == SwapDirection::aToB ? token1PerToken0 : 1 / token1PerToken0;
}

std::array<std::uint64_t, 2> vaultBalances(const ClmmPool& pool) {
    return {pool.sides[0].vaultRaw, pool.sides[1].vaultRaw};
}

}  // namespace oee::amm::raydium
