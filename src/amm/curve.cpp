#include "amm/curve.h"

#include <algorithm>

namespace oee::amm {
namespace {

double afterTransfer(const spl::TransferFee& fee, double amount) {
    const double charged = amount * fee.basisPoints / spl::kBasisPoints;
    return amount - std::min(charged, static_cast<double>(fee.maximumRaw));
}

}  // namespace

CurveSegment constantProductSegment(double reserveIn, double reserveOut) {
    CurveSegment segment;
    segment.price = reserveOut / reserveIn;
    segment.curvature = 1 / reserveIn;
    return segment;
}

double outputOf(const CurveSegment& segment, double input) {
    const double net = segment.keepIn * input;
    return segment.keepOut * segment.price * net / (1 + segment.curvature * net);
}

double marginalOf(const CurveSegment& segment, double input) {
    const double growth = 1 + segment.curvature * segment.keepIn * input;
    return segment.keepOut * segment.price * segment.keepIn / (growth * growth);
}

double outputOf(const Curve& curve, double input) {
    double left = afterTransfer(curve.transferFeeIn, input);
    double output = 0;
    for (const CurveSegment& segment : curve.segments) {
        const double used = std::min(left, segment.capacityIn);
        output += outputOf(segment, used);
        left -= used;
        if (left <= 0) {
            break;
        }
    }
    return afterTransfer(curve.transferFeeOut, output);
}

}  // namespace oee::amm
