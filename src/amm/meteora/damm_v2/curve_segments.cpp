// The pool's curve as routing searches on it: one range or x × y = k, cut where the rate limiter
// raises its fee.

#include <algorithm>
#include <cmath>
#include <limits>

#include "amm/meteora/damm_v2/fee_rate.h"
#include "amm/meteora/damm_v2/pool.h"
#include "amm/meteora/damm_v2/rate_limiter.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v2;
using std::uint64_t;

constexpr double kEndless = std::numeric_limits<double>::infinity();

// The liquidity's curve, fees outside; no capacity where it is used up in this direction.
CurveSegment liquidityOf(const DammV2Pool& pool, SwapDirection direction) {
    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    const TokenSide& inSide = pool.sides[in];
    const TokenSide& outSide = pool.sides[1 - in];
    if (pool.collectFeeMode != CollectFeeMode::compounding) {
        const auto end = in == 0 ? pool.minSqrtPriceQ64 : pool.maxSqrtPriceQ64;
        return rangeSegment(std::ldexp(static_cast<double>(pool.liquidityQ64), -64),
                            {pool.sqrtPriceQ64, end});
    }
    if (inSide.reserveRaw == 0 || outSide.reserveRaw == 0) {
        return {.capacityIn = 0};
    }
    CurveSegment segment = constantProductSegment(static_cast<double>(inSide.reserveRaw),
                                                  static_cast<double>(outSide.reserveRaw));
    // The program counts reserves in 64 bits.
    segment.capacityIn =
        static_cast<double>(std::numeric_limits<uint64_t>::max() - inSide.reserveRaw);
    return segment;
}

// The total rates of a purchase, one after the other. At most the cap each, though the program
// caps their average: so the curve stays concave, and above what large purchases pay that a
// variable fee or a limit over the cap would take beyond it.
std::vector<RateStep> stepsOf(const DammV2Pool& pool, const RateLimiter& limiter) {
    std::vector<RateStep> steps = limiterSteps(limiter, pool.maxFeeRatePpb);
    for (RateStep& step : steps) {
        step.ratePpb = withVariableFee(pool, step.ratePpb).value_or(pool.maxFeeRatePpb);
    }
    return steps;
}

}  // namespace

Curve curveOf(const DammV2Pool& pool, SwapDirection direction, const ChainClock& clock) {
    const uint64_t now = pointOf(pool, clock);
    if (!pool.enabled || now < pool.activationPoint || pool.liquidityQ64 == 0) {
        return {};
    }
    // The rate of the smallest amount: of all amounts, but for the limiter's.
    const FeeQuestion question{now, direction, FeeBasis::included, 1};
    const auto ratePpb = totalFeeRatePpb(pool, question);
    if (!ratePpb) {
        return {};
    }
    const FeeSide side = feeOnInput(pool, direction) ? FeeSide::input : FeeSide::output;
    std::vector<RateStep> steps{{*ratePpb, kEndless}};
    // The program has limiters only where the fee is on their input. Were there another, the
    // lowest rate is above what it pays.
    if (const auto* const limiter = limiterOf(pool, question);
        limiter != nullptr && side == FeeSide::input) {
        steps = stepsOf(pool, *limiter);
    }

    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    Curve curve{.segments = {},
                .transferFeeIn = pool.sides[in].transferFee.at(clock.epoch),
                .transferFeeOut = pool.sides[1 - in].transferFee.at(clock.epoch)};
    CurveSegment rest = liquidityOf(pool, direction);
    for (const RateStep& step : steps) {
        if (!(rest.capacityIn > 0)) {
            break;
        }
        CurveSegment segment =
            withFee(rest, side, {.parts = step.ratePpb, .whole = kFeeDenominator});
        segment.capacityIn = std::min(segment.capacityIn, step.widthIn);
        rest = restOf(rest, segment.keepIn * segment.capacityIn);
        curve.segments.push_back(segment);
    }
    return curve;
}

}  // namespace oee::amm::meteora
