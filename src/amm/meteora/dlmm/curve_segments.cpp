// The pool's curve as routing searches on it: a segment of constant price for every bin that can
// pay, with the fee of the moment at which a swap would come to it.

#include <algorithm>
#include <cmath>
#include <limits>

#include "amm/meteora/dlmm/bin_cursor.h"
#include "amm/meteora/dlmm/bin_math.h"
#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora {
namespace {

using namespace dlmm;
using base::u128;

double marginalOf(u128 priceQ64, SwapDirection direction) {
    const double yPerX = std::ldexp(static_cast<double>(priceQ64), -64);
    return direction == SwapDirection::aToB ? yPerX : 1 / yPerX;
}

// Every bin that is drained takes its input rounded up and pays its output rounded down: whole
// numbers, so that a way over many bins is known to the unit, where the bins' prices would add up
// all that is rounded. Inside a bin its price is the most that is paid. So the curve runs through
// the points at which each bin's price would have drained it, had the bins before taken what they
// really take: `late` is by how much the bin before takes more than its price says.
class Bins {
  public:
    explicit Bins(std::vector<CurveSegment>& segments) : segments_(segments) {}

    // False where no swap comes over this bin.
    bool add(const Bin& bin, u128 priceQ64, const FillRules& rules) {
        const auto drained =
            fillExactIn(bin, priceQ64, rules, std::numeric_limits<std::uint64_t>::max());
        if (!drained) {
            return false;
        }
        CurveSegment segment = withFee(
            constantPriceSegment(marginalOf(priceQ64, rules.direction), capacityOut(bin, rules)),
            rules.feeSide, {rules.feeRatePpb, kFeeScalePpb});
        const double byPrice = segment.capacityIn;
        segment.capacityIn += late_;
        segment.price *= byPrice / segment.capacityIn;
        segments_.push_back(segment);
        late_ = std::max(0.0, static_cast<double>(drained->amountInRaw) - byPrice);
        return true;
    }

  private:
    std::vector<CurveSegment>& segments_;
    double late_ = 0;
};

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
    Bins bins(curve.segments);
    for (BinCursor cursor(pool, direction); cursor.seek(); cursor.step()) {
        const auto priceQ64 = priceOf(cursor.bin(), cursor.binId(), parameters.binStepBps);
        if (!priceQ64) {  // no swap comes over this bin
            break;
        }
        if (capacityOut(cursor.bin(), rules) == 0) {  // orders that do not take part
            continue;
        }
        rules.feeRatePpb =
            totalFeeRatePpb(parameters, accumulatorAt(parameters, *volatility, cursor.binId()));
        if (!bins.add(cursor.bin(), *priceQ64, rules)) {
            break;
        }
    }
    // The variable fee falls on the way to its reference.
    curve.segments = concaveHull(curve.segments);
    return curve;
}

}  // namespace oee::amm::meteora
