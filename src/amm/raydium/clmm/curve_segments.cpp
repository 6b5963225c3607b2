// The pool's curve as routing searches on it: a segment for every stretch of the price with one
// liquidity and one fee, and one of constant price for the limit orders of a tick.

#include <cmath>

#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/clmm/walk.h"

namespace oee::amm::raydium {
namespace {

using namespace clmm;
using base::u128;
using std::uint64_t;

// Describes the walk of a swap that never ends.
class Segments {
  public:
    static constexpr bool kRecords = false;
    static constexpr bool kDescribes = true;

    Segments(const SwapTerms& terms, std::vector<CurveSegment>& segments)
        : terms_(terms), segments_(segments) {}

    void record(const TickCursor&, const TickReached&, u128) {}

    bool range(u128 fromQ64, u128 toQ64, u128 liquidity, std::uint32_t feeRatePpm) {
        if (feeRatePpm >= kFeeDenominator) {  // a fee of everything lets nothing through
            return false;
        }
        // Groups of ticks with one dynamic fee: it may long be the greatest there is.
        const bool goesOn = stretch_.range.toQ64 == fromQ64 && stretch_.liquidity == liquidity &&
                            stretch_.feeRatePpm == feeRatePpm;
        if (!goesOn) {
            flush();
            stretch_ = {{fromQ64, fromQ64}, liquidity, feeRatePpm};
        }
        stretch_.range.toQ64 = toQ64;
        return true;
    }

    bool orders(u128 sqrtPriceQ64, uint64_t unfilledRaw, std::uint32_t feeRatePpm) {
        if (unfilledRaw == 0) {
            return true;
        }
        const auto priceQ64 = orderPriceQ64(sqrtPriceQ64, terms_.direction);
        if (!priceQ64 || feeRatePpm >= kFeeDenominator) {
            return false;
        }
        flush();
        const double price = std::ldexp(static_cast<double>(*priceQ64), -64);
        const bool down = terms_.direction == SwapDirection::aToB;
        add(constantPriceSegment(down ? price : 1 / price, unfilledRaw), feeRatePpm);
        return true;
    }

    // The last stretch of the way, at its end.
    void flush() {
        if (stretch_.liquidity != 0) {
            add(rangeSegment(static_cast<double>(stretch_.liquidity), stretch_.range),
                stretch_.feeRatePpm);
        }
        stretch_ = {};
    }

  private:
    struct Stretch {
        SqrtPriceRange range;
        u128 liquidity = 0;
        std::uint32_t feeRatePpm = 0;
    };

    void add(const CurveSegment& segment, std::uint32_t feeRatePpm) {
        segments_.push_back(withFee(segment, terms_.feeSide, {feeRatePpm, kFeeDenominator}));
    }

    SwapTerms terms_;
    std::vector<CurveSegment>& segments_;
    Stretch stretch_;
};

}  // namespace

Curve curveOf(const ClmmPool& pool, SwapDirection direction, const ChainClock& clock) {
    if (!hasOpened(pool, clock) || (pool.status & kSwapDisabledBit) != 0) {
        return {};
    }
    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    Curve curve{.segments = {},
                .transferFeeIn = pool.sides[in].transferFee.at(clock.epoch),
                .transferFeeOut = pool.sides[1 - in].transferFee.at(clock.epoch)};
    const SwapTerms terms{direction, SwapMode::exactIn, feeSideOf(pool.feeOn, direction)};
    Segments segments(terms, curve.segments);
    // The walk ends with the pool's ticks, where the program fails, or at the farthest price: in
    // each case no swap goes on.
    constexpr uint64_t kEndless = 1;
    Walk(pool, terms, segments).run(kEndless, farthestSqrtPrice(direction), blockTimestamp(clock));
    segments.flush();
    // A dynamic fee falls on the way to its reference, and the price of orders is rounded.
    curve.segments = concaveHull(curve.segments);
    return curve;
}

}  // namespace oee::amm::raydium
