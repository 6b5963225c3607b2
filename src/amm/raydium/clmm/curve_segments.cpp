#include "amm/raydium/clmm/pool.h"

namespace oee::amm::raydium {

Curve curveOf(const ClmmPool&, SwapDirection, const ChainClock&) {
    return {};
}

}  // namespace oee::amm::raydium
