#pragma once
// The stable swap of two tokens whose amounts have one scale.

#include <cstdint>
#include <optional>

#include "base/integer.h"

namespace oee::amm::meteora::damm_v1 {

struct ScaledTrade {
    base::u128 in = 0;
    base::u128 reserveIn = 0;
    base::u128 reserveOut = 0;
};

// What a swap pays, one unit less than the invariant leaves. Empty where the program's arithmetic
// fails: 192-bit integers (128-bit for amounts and their sums), or nothing is left.
// mercurial-finance/stable-swap stable-swap-math/src/curve.rs:swap_to2 without fees
std::optional<base::u128> stableOutput(std::uint64_t amp, const ScaledTrade& trade);

// Output for one input at the margin, in the same scale. 0 where a reserve is 0.
double stablePrice(std::uint64_t amp, double reserveIn, double reserveOut);

// The same curve in real numbers, from one state on; reserves are not 0, nor is amp.
class RealStableCurve {
  public:
    RealStableCurve(std::uint64_t amp, double reserveIn, double reserveOut);

    double outputOf(double in) const;

    struct Price {
        double price = 0;  // of outputOf() at the margin
        double fall = 0;   // of the price for one more input
    };
    Price priceAt(double in) const;

  private:
    double ann_;
    double reserveIn_;
    double reserveOut_;
    double invariant_;
};

}  // namespace oee::amm::meteora::damm_v1
