// The pool's curve as routing searches on it: a segment of constant price for every bin that can
// pay, with the fee of the moment at which a swap would come to it.

#include <cmath>

#include "amm/meteora/dlmm/bin_cursor.h"
#include "amm/meteora/dlmm/bin_math.h"
#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora {
namespace {

using namespace dlmm;

CurveSegment segmentOf(const FillRules& rules, base::u128 priceQ64, std::uint64_t canPayRaw) {
    const double yPerX = std::ldexp(static_cast<double>(priceQ64), -64);
    const double price = rules.direction == SwapDirection::aToB ? yPerX : 1 / yPerX;
    return withFee(constantPriceSegment(price, canPayRaw), rules.feeSide,
                   {rules.feeRatePpb, kFeeScalePpb});
}

}  // namespace

Curve curveOf(const DlmmPool& pool, SwapDirection direction, const ChainClock& clock) {
    const PairParameters& parameters = pool.parameters;
    const auto volatility =
        withReferences(parameters, pool.volatility, pool.activeId, clock.unixTimestamp);
    if (!parameters.isOpenAt(clock) || !volatility) {
        return {};
    }
    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    Curve curve{.segments = {},
                .transferFeeIn = pool.sides[in].transferFee.at(clock.epoch),
                .transferFeeOut = pool.sides[1 - in].transferFee.at(clock.epoch)};
    FillRules rules;
    rules.direction = direction;
    rules.feeSide = parameters.feeSide(direction);
    rules.ordersTakePart = parameters.supportsLimitOrders;
    for (BinCursor cursor(pool, direction); cursor.seek(); cursor.step()) {
        const auto priceQ64 = priceOf(cursor.bin(), cursor.binId(), parameters.binStepBps);
        if (!priceQ64) {  // no swap comes over this bin
            break;
        }
        const std::uint64_t canPayRaw = capacityOut(cursor.bin(), rules);
        if (canPayRaw == 0) {  // orders that do not take part
            continue;
        }
        rules.feeRatePpb =
            totalFeeRatePpb(parameters, accumulatorAt(parameters, *volatility, cursor.binId()));
        curve.segments.push_back(segmentOf(rules, *priceQ64, canPayRaw));
    }
    // The variable fee falls on the way to its reference.
    curve.segments = concaveHull(curve.segments);
    return curve;
}

}  // namespace oee::amm::meteora
