#include "routing/footprint.h"

#include "amm/swap_footprint.h"

namespace oee::routing {

Footprint footprintOf(std::span<const PlanLeg> legs) {
    Footprint footprint;
    footprint.transactionBytes = amm::transactionBytes(legs);
    for (const PlanLeg& leg : legs) {
        footprint.computeUnits += amm::swapComputeUnits(leg.program, leg.swap.crossings);
    }
    return footprint;
}

}  // namespace oee::routing
