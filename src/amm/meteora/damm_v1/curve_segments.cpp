// The pool's curve as routing searches on it.

#include <algorithm>
#include <cmath>
#include <limits>

#include "amm/meteora/damm_v1/pool.h"
#include "amm/meteora/damm_v1/stable_segments.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v1;

constexpr double kMaxRaw = 0x1p64;

struct Trade {
    double reserveIn = 0;
    double reserveOut = 0;
    double payableOut = 0;  // what lies in the vault; the rest is lent out
    double mostIn = 0;      // that fits into 64 bits
};

// The net input at which the curve pays what can be paid.
template <typename OutputOf>
double inputFor(double payableOut, double mostIn, OutputOf&& outputOf) {
    if (outputOf(mostIn) <= payableOut) {
        return mostIn;
    }
    double low = 0;
    double high = mostIn;
    for (int i = 0; i < 128; ++i) {
        const double middle = low + (high - low) / 2;
        (outputOf(middle) < payableOut ? low : high) = middle;
    }
    return high;
}

std::vector<CurveSegment> productSegments(const Trade& trade) {
    CurveSegment segment = constantProductSegment(trade.reserveIn, trade.reserveOut);
    segment.capacityIn =
        inputFor(trade.payableOut, trade.mostIn, [&](double in) { return outputOf(segment, in); });
    return {segment};
}

std::vector<CurveSegment> stableSegmentsOf(const StableCurve& curve, std::size_t in,
                                           const Trade& trade) {
    const double scaleIn = scaleOf(curve, in);
    const double scaleOut = scaleOf(curve, 1 - in);
    if (!(scaleIn > 0) || !(scaleOut > 0) || curve.amp == 0) {
        return {};
    }
    const RealStableCurve real(curve.amp, trade.reserveIn * scaleIn, trade.reserveOut * scaleOut);
    // The last base unit is never paid, but any input is taken for it.
    const double capacity =
        inputFor(std::min(trade.payableOut, trade.reserveOut - 1), trade.mostIn,
                 [&](double input) { return real.outputOf(input * scaleIn) / scaleOut; });
    auto segments = stableSegments({real, trade.reserveIn * scaleIn, capacity * scaleIn});
    for (CurveSegment& segment : segments) {
        segment.price *= scaleIn / scaleOut;
        segment.curvature *= scaleIn;
        segment.capacityIn /= scaleIn;
    }
    // Whole numbers may pay less than one base unit more than real ones do.
    if (!segments.empty()) {
        const double price = segments.front().price;
        segments.insert(segments.begin(), {.price = 2 * price, .capacityIn = 1 / price});
    }
    if (trade.payableOut >= trade.reserveOut && capacity < trade.mostIn) {
        segments.push_back({.price = 1 / kMaxRaw, .capacityIn = trade.mostIn - capacity});
    }
    return segments;
}

// The program rounds the fee down, by less than one base unit: the first of the input up to the
// fee of one passes whole.
std::vector<CurveSegment> withTradeFee(const std::vector<CurveSegment>& segments,
                                       const damm_v1::FeeRate& fee) {
    const amm::FeeRate rate{.parts = fee.numerator, .whole = fee.denominator};
    double whole = fee.numerator == 0
                       ? 0
                       : static_cast<double>(fee.denominator) / static_cast<double>(fee.numerator);
    std::vector<CurveSegment> charged;
    for (const CurveSegment& segment : segments) {
        // What doubles cannot express the program's integers cannot either.
        if (!std::isnormal(segment.price) || !(segment.capacityIn > 0)) {
            break;
        }
        const double passing = std::min(whole, segment.capacityIn);
        if (passing > 0) {
            charged.push_back(segment);
            charged.back().capacityIn = passing;
            whole -= passing;
        }
        if (passing < segment.capacityIn) {
            charged.push_back(withFee(restOf(segment, passing), FeeSide::input, rate));
        }
    }
    return charged;
}

}  // namespace

Curve curveOf(const DammV1Pool& pool, SwapDirection direction, const ChainClock& clock) {
    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    const auto reserves = reservesOf(pool, clock);
    if (!isOpen(pool, clock) || !pool.sides[in].enabled || !reserves || (*reserves)[0] == 0 ||
        (*reserves)[1] == 0 || pool.tradeFee.numerator >= pool.tradeFee.denominator) {
        return {};
    }
    const VaultSide& side = pool.sides[in];
    const double kept = static_cast<double>(pool.tradeFee.denominator - pool.tradeFee.numerator) /
                        static_cast<double>(pool.tradeFee.denominator);
    const auto held = static_cast<double>(
        std::max({side.tokenVaultRaw + side.protocolFeeRaw, side.totalRaw, side.lpSupplyRaw}));
    const double lpWorth =
        static_cast<double>((*reserves)[in]) / static_cast<double>(side.poolLpRaw);
    const Trade trade{.reserveIn = static_cast<double>((*reserves)[in]),
                      .reserveOut = static_cast<double>((*reserves)[1 - in]),
                      .payableOut = static_cast<double>(pool.sides[1 - in].tokenVaultRaw),
                      .mostIn = (kMaxRaw - held) * kept * std::min(lpWorth, 1.0)};
    if (!pool.stable) {
        return {.segments = withTradeFee(productSegments(trade), pool.tradeFee),
                .transferFeeIn = {},
                .transferFeeOut = {}};
    }
    StableCurve curve = *pool.stable;
    const auto depeg = depegAt(curve.depeg, clock);
    if (!depeg) {
        return {};
    }
    curve.depeg = *depeg;
    return {.segments = withTradeFee(stableSegmentsOf(curve, in, trade), pool.tradeFee),
            .transferFeeIn = {},
            .transferFeeOut = {}};
}

}  // namespace oee::amm::meteora
