#include "routing/fee_units.h"

#include <algorithm>

namespace oee::routing {
namespace {

double rateOf(const amm::CurveSegment& segment) {
    return 1 - segment.keepIn;
}

// Units: what a flow that ends at a whole fee may be off.
constexpr double kWhole = 1e-6;

// Of the first segment; a part of a unit where the segment has no room for a whole one.
double chargeOf(const amm::CurveSegment& first, const FeeUnits& units) {
    return std::min(static_cast<double>(units.least), rateOf(first) * first.capacityIn);
}

}  // namespace

bool countsFeeUnits(const amm::Curve& curve) {
    return !curve.segments.empty() && !curve.segments.front().isBridge &&
           rateOf(curve.segments.front()) > 0 && curve.transferFeeIn.basisPoints == 0 &&
           curve.transferFeeOut.basisPoints == 0;
}

ChargedCurve withFeeUnits(const amm::Curve& curve, const FeeUnits& units) {
    ChargedCurve charged{curve, 0};
    std::vector<amm::CurveSegment>& segments = charged.curve.segments;
    const double rate = rateOf(segments.front());
    const double most = static_cast<double>(units.most) / rate;
    if (most < segments.front().capacityIn) {
        segments.resize(1);
        segments.front().capacityIn = most;
    }
    if (units.most == 0) {
        segments.clear();
        return charged;
    }
    charged.chargeRaw = chargeOf(segments.front(), units);
    if (charged.chargeRaw > 0) {
        // The fee is paid: up to where it would be more, everything is traded.
        const double paidFor = charged.chargeRaw / rate;
        amm::CurveSegment free = segments.front();
        free.keepIn = 1;
        free.capacityIn = paidFor - charged.chargeRaw;
        segments.front() = amm::restOf(segments.front(), paidFor);
        segments.insert(segments.begin(), free);
        std::erase_if(segments,
                      [](const amm::CurveSegment& segment) { return !(segment.capacityIn > 0); });
    }
    return charged;
}

std::optional<double> feeBeyond(const amm::Curve& curve, const FeeUnits& units, double input) {
    const amm::CurveSegment& first = curve.segments.front();
    const double charge = chargeOf(first, units);
    const double whole = input + charge;
    const double fee = whole * rateOf(first);
    return whole > first.capacityIn || fee <= charge + kWhole ? std::nullopt : std::optional(fee);
}

}  // namespace oee::routing
