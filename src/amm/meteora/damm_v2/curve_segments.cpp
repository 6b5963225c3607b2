#include "amm/meteora/damm_v2/pool.h"

namespace oee::amm::meteora {

Curve curveOf(const DammV2Pool&, SwapDirection, const ChainClock&) {
    return {};
}

}  // namespace oee::amm::meteora
