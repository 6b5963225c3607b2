#pragma once
// The stable curve in segments: it is not made of hyperbolas, so they lie above it.

#include <vector>

#include "amm/curve.h"
#include "amm/meteora/damm_v1/stable_swap.h"

namespace oee::amm::meteora::damm_v1 {

struct StableTrade {
    RealStableCurve curve;
    double reserveIn = 0;
    double capacityIn = 0;
};

// Up to the capacity, in the curve's scale, no fee. Nowhere below the curve and above it by less
// than a millionth.
std::vector<CurveSegment> stableSegments(const StableTrade& trade);

}  // namespace oee::amm::meteora::damm_v1
