#pragma once
// A pool's curve in one direction as routing searches on it: pieces that each have a price, a
// curvature, a fee and a capacity. Real numbers, never below what the program pays, for finding
// amounts and for bounds; what a leg pays always comes from quote().

#include <cstdint>
#include <limits>
#include <vector>

#include "amm/spl_token.h"
#include "amm/swap.h"
#include "base/integer.h"

namespace oee::amm {

// For gross input x of at most capacityIn the segment pays
//     keepOut · price · n / (1 + curvature · n)   where n = keepIn · x,
// in base units. curvature is 1 / the virtual input reserve; 0 is a constant price.
struct CurveSegment {
    double price = 0;      // output for one input at the start of the segment, before fees
    double curvature = 0;  // per base unit of net input
    double keepIn = 1;     // what the pool's fee leaves of the input
    double keepOut = 1;    // what the pool's fee leaves of the output
    double capacityIn = std::numeric_limits<double>::infinity();  // gross of the pool's fee
    // A straight line over a dent: the pool pays this at its ends only and less between. Its price
    // has the fees in it.
    bool isBridge = false;
};

// The segments follow one another as a swap runs through them. Each begins with a marginal price
// net of fees that is not above the end of the one before: where a fee falls faster than the price
// on the way back to its reference, a bridge spans the dent. The tokens' own transfer fees are not
// in the segments: the trader's amount passes `transferFeeIn` before the first and the output
// passes `transferFeeOut`; they are capped, so with them the curve may not be concave.
struct Curve {
    std::vector<CurveSegment> segments;  // empty: the pool trades nothing in this direction now
    spl::TransferFee transferFeeIn;
    spl::TransferFee transferFeeOut;
};

// --- segments without a fee, capacityIn net

// out · x / (in + x), without end.
CurveSegment constantProductSegment(double reserveIn, double reserveOut);
// Liquidity L on virtual reserves L / √p of A and L · √p of B, from one √p to another in Q64.64:
// A comes in where the price falls, B where it rises.
struct SqrtPriceRange {
    base::u128 fromQ64 = 0;
    base::u128 toQ64 = 0;
};
CurveSegment rangeSegment(double liquidity, const SqrtPriceRange& range);
// All of `outRaw` at one price.
CurveSegment constantPriceSegment(double price, std::uint64_t outRaw);

struct FeeRate {
    std::uint64_t parts = 0;  // below the whole
    std::uint64_t whole = 1;
};
// The segment with a fee on one side, capacityIn gross.
CurveSegment withFee(CurveSegment segment, FeeSide side, const FeeRate& fee);

// What is left of a segment after a gross input of at most its capacity.
CurveSegment restOf(const CurveSegment& segment, double input);

// The least concave curve that is nowhere below, with bridges where a segment begins with a higher
// marginal price than the one before it ends with. Finite capacities, but for the last.
std::vector<CurveSegment> concaveHull(const std::vector<CurveSegment>& segments);

// What a segment pays for a gross input of at most its capacity, and what it pays for one more at
// that point.
double outputOf(const CurveSegment& segment, double input);
double marginalOf(const CurveSegment& segment, double input);

// What arrives for what the trader sends, transfer fees (not rounded) taken off on both sides. Of
// more than the segments take the rest is lost, where quote() refuses.
double outputOf(const Curve& curve, double input);

// What is left of an amount after a transfer fee, and of what amount that is left; not rounded.
double afterTransfer(const spl::TransferFee& fee, double amount);
double beforeTransfer(const spl::TransferFee& fee, double left);

}  // namespace oee::amm
