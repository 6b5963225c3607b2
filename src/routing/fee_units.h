#pragma once
// Fees are whole base units. A curve in real numbers lets 0.1 units of a fee be paid where a
// program takes one, and of a token whose unit is worth a lot that is the whole gap. Where the fee
// is known to be in a range of units, the curve says more.

#include <cstdint>
#include <limits>
#include <optional>

#include "amm/curve.h"

namespace oee::routing {

// Units of its input that a pool takes as its fee; of what passes its first segment alone.
struct FeeUnits {
    std::uint64_t least = 0;
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

// What the pool pays for what it is given beside `chargeRaw` of its input, which it takes whatever
// it trades: of all swaps that pay a fee in the range.
struct ChargedCurve {
    amm::Curve curve;
    double chargeRaw = 0;
};

// Whether the first segment takes a fee on the input that is counted in units.
bool countsFeeUnits(const amm::Curve& curve);

// Each swap within the first segment pays a whole number of units, not below the segment's rate of
// its input, and trades with the rest; only there anything is assumed. The curve must count units.
ChargedCurve withFeeUnits(const amm::Curve& curve, const FeeUnits& units);

// The fee that an input to the charged curve pays in real numbers. Empty where it is over the
// first segment's end, or where it pays the charge alone.
std::optional<double> feeBeyond(const amm::Curve& curve, const FeeUnits& units, double input);

}  // namespace oee::routing
