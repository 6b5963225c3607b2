#include "amm/meteora/damm_v2/pool.h"

#include <cmath>

namespace oee::amm::meteora {

double marginalPrice(const DammV2Pool& pool, SwapDirection direction) {
    const bool aToB = direction == SwapDirection::aToB;
    const bool ended = pool.collectFeeMode != damm_v2::CollectFeeMode::compounding &&
                       pool.sqrtPriceQ64 == (aToB ? pool.minSqrtPriceQ64 : pool.maxSqrtPriceQ64);
    if (pool.liquidityQ64 == 0 || pool.sqrtPriceQ64 == 0 || ended) {
        return 0;
    }
    const double root = std::ldexp(static_cast<double>(pool.sqrtPriceQ64), -64);
    return aToB ? root * root : 1 / (root * root);
}

std::array<std::uint64_t, 2> vaultBalances(const DammV2Pool& pool) {
    return {pool.sides[0].vaultRaw, pool.sides[1].vaultRaw};
}

}  // namespace oee::amm::meteora
