#include "amm/curve.h"

#include <algorithm>
#include <cmath>

namespace oee::amm {

double afterTransfer(const spl::TransferFee& fee, double amount) {
    const double charged = amount * fee.basisPoints / spl::kBasisPoints;
    return amount - std::min(charged, static_cast<double>(fee.maximumRaw));
}

double beforeTransfer(const spl::TransferFee& fee, double left) {
    const double kept = 1 - static_cast<double>(fee.basisPoints) / spl::kBasisPoints;
    const double capped = left + static_cast<double>(fee.maximumRaw);
    return fee.basisPoints == 0 ? left : kept > 0 ? std::min(left / kept, capped) : capped;
}

CurveSegment constantProductSegment(double reserveIn, double reserveOut) {
    CurveSegment segment;
    segment.price = reserveOut / reserveIn;
    segment.curvature = 1 / reserveIn;
    return segment;
}

CurveSegment rangeSegment(double liquidity, const SqrtPriceRange& range) {
    const auto fromQ64 = [](base::u128 value) {
        return std::ldexp(static_cast<double>(value), -64);
    };
    const bool falls = range.toQ64 < range.fromQ64;
    const double from = fromQ64(range.fromQ64);
    const double to = fromQ64(range.toQ64);
    // The difference as an integer: there is nothing left of a short way between two doubles.
    const double way = fromQ64(falls ? range.fromQ64 - range.toQ64 : range.toQ64 - range.fromQ64);
    CurveSegment segment = falls ? constantProductSegment(liquidity / from, liquidity * from)
                                 : constantProductSegment(liquidity * from, liquidity / from);
    segment.capacityIn = falls ? liquidity * way / (from * to) : liquidity * way;
    return segment;
}

CurveSegment constantPriceSegment(double price, std::uint64_t outRaw) {
    CurveSegment segment;
    segment.price = price;
    segment.capacityIn = static_cast<double>(outRaw) / price;
    return segment;
}

CurveSegment withFee(CurveSegment segment, FeeSide side, const FeeRate& fee) {
    const double kept = static_cast<double>(fee.whole - fee.parts) / static_cast<double>(fee.whole);
    (side == FeeSide::input ? segment.keepIn : segment.keepOut) *= kept;
    if (side == FeeSide::input) {
        segment.capacityIn /= kept;
    }
    return segment;
}

CurveSegment restOf(const CurveSegment& segment, double input) {
    const double growth = 1 + segment.curvature * segment.keepIn * input;
    CurveSegment rest = segment;
    rest.price = segment.price / (growth * growth);
    rest.curvature = segment.curvature / growth;
    rest.capacityIn = segment.capacityIn - input;
    return rest;
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
