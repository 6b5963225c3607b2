#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora {

Curve curveOf(const DlmmPool&, SwapDirection, const ChainClock&) {
    return {};
}

}  // namespace oee::amm::meteora
