#include "amm/meteora/damm_v1/stable_swap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/wide_integer.h"

namespace oee::amm::meteora::damm_v1 {
namespace {

using base::u128;
using base::u256;

constexpr unsigned kCoins = 2;
constexpr int kMaxRounds = 256;

// The program's unsigned 192-bit integer: a result that does not fit or does not exist makes all
// that follows invalid.
class U192 {
  public:
    U192(u128 value) : value_(value) {}  // NOLINT(google-explicit-constructor): a widening

    bool valid() const { return valid_; }
    u128 low() const { return value_.low; }
    bool fits128() const { return valid_ && value_.high == 0; }
    // The same where 128 bits hold it, as for the program's amounts.
    U192 in128() const { return fits128() ? *this : U192(std::nullopt); }

    friend U192 operator+(const U192& a, const U192& b) {
        return of(a, b, base::checkedAdd(a.value_, b.value_));
    }
    friend U192 operator-(const U192& a, const U192& b) {
        return of(a, b, base::checkedSub(a.value_, b.value_));
    }
    friend U192 operator*(const U192& a, const U192& b) {
        if (a.value_.high != 0 && b.value_.high != 0) {
            return U192(std::nullopt);
        }
        const bool narrowB = b.value_.high == 0;
        const u256& wide = narrowB ? a.value_ : b.value_;
        const u128 narrow = narrowB ? b.value_.low : a.value_.low;
        return of(
            a, b,
            wide.high == 0 ? base::mulWide(wide.low, narrow) : base::checkedMul(wide, narrow));
    }
    friend U192 operator/(const U192& a, const U192& b) {
        return of(a, b, base::divRounded(a.value_, b.value_, base::Rounding::down));
    }
    friend bool operator>(const U192& a, const U192& b) { return a.value_ > b.value_; }

  private:
    explicit U192(std::nullopt_t) : valid_(false) {}
    static U192 of(const U192& a, const U192& b, const std::optional<u256>& result) {
        if (!a.valid_ || !b.valid_ || !result || base::highHalf(result->high) != 0) {
            return U192(std::nullopt);
        }
        U192 made(result->low);
        made.value_.high = result->high;
        return made;
    }

    u256 value_;
    bool valid_ = true;
};

bool within1(const U192& a, const U192& b) {
    const U192 difference = a > b ? a - b : b - a;
    return !(difference > U192(1));
}

// curve.rs:compute_d2: Newton's method from the sum, until it moves by no more than 1.
U192 invariantOf(const U192& ann, u128 x, u128 y) {
    const U192 sum = (U192(x) + y).in128();
    const U192 twiceX = (U192(x) * kCoins).in128();
    const U192 twiceY = (U192(y) * kCoins).in128();
    const U192 leverage = (sum * ann).in128();
    U192 d = sum;
    for (int round = 0; d.valid() && round < kMaxRounds; ++round) {
        const U192 product = d * d / twiceX * d / twiceY;
        const U192 next =
            d * (product * kCoins + leverage) / (d * (ann - 1) + product * (kCoins + 1));
        const bool settled = next.valid() && within1(next, d);
        d = next;
        if (settled) {
            break;
        }
    }
    return d;
}

// curve.rs:compute_y_raw2: the other reserve where one is x.
U192 otherReserve(const U192& ann, const U192& x, const U192& d) {
    const U192 c = d * d / (x * kCoins).in128() * d / (ann * kCoins);
    const U192 b = d / ann + x;
    U192 y = d;
    for (int round = 0; y.valid() && round < kMaxRounds; ++round) {
        const U192 next = (y * y + c) / (y * kCoins + b - d);
        const bool settled = next.valid() && within1(next, y);
        y = next;
        if (settled) {
            break;
        }
    }
    return y;
}

}  // namespace

std::optional<u128> stableOutput(std::uint64_t amp, const ScaledTrade& trade) {
    if (amp > std::numeric_limits<std::uint64_t>::max() / (kCoins * kCoins)) {
        return std::nullopt;  // the program multiplies it in 64 bits
    }
    const U192 ann(amp * kCoins);
    const U192 d = invariantOf(ann, trade.reserveIn, trade.reserveOut);
    const U192 x = (U192(trade.reserveIn) + trade.in).in128();
    const U192 out = U192(trade.reserveOut) - otherReserve(ann, x, d) - 1;
    return out.fits128() ? std::optional(out.low()) : std::nullopt;
}

double stablePrice(std::uint64_t amp, double reserveIn, double reserveOut) {
    return reserveIn > 0 && reserveOut > 0 && amp > 0
               ? RealStableCurve(amp, reserveIn, reserveOut).priceAt(0).price
               : 0;
}

RealStableCurve::RealStableCurve(std::uint64_t amp, double reserveIn, double reserveOut)
    : ann_(kCoins * static_cast<double>(amp)),
      reserveIn_(reserveIn),
      reserveOut_(reserveOut),
      invariant_(reserveIn + reserveOut) {
    for (int round = 0; round < kMaxRounds; ++round) {
        const double d = invariant_;
        const double product = d * (d / (2 * reserveIn)) * (d / (2 * reserveOut));
        invariant_ =
            d * (2 * product + ann_ * (reserveIn + reserveOut)) / (d * (ann_ - 1) + 3 * product);
        if (std::abs(invariant_ - d) <= d * 1e-15) {
            break;
        }
    }
}

// The other reserve solves y² + (x + D / ann − D) · y = c with c = D³ / (4 · x · ann). Of both
// states' equations follows one for their difference, without differences of large numbers.
double RealStableCurve::outputOf(double in) const {
    const double x = reserveIn_ + in;
    const double y = reserveOut_;
    const double d = invariant_;
    const double c = d * (d / (2 * reserveIn_)) * (d / (2 * ann_));
    const double b = 2 * y + x + d / ann_ - d;
    const double k = in * y + c * (in / x);
    return 2 * k / (b + std::sqrt(std::max(b * b - 4 * k, 0.0)));
}

// From ann · (x + y) + D = ann · D + D³ / 4xy, differentiated twice.
RealStableCurve::Price RealStableCurve::priceAt(double in) const {
    const double x = reserveIn_ + in;
    const double y = reserveOut_ - outputOf(in);
    const double product = invariant_ * (invariant_ / (2 * x)) * (invariant_ / (2 * y));
    const double a = product / x;
    const double b = product / y;
    const double price = (ann_ + a) / (ann_ + b);
    const double fallOfA = a * (2 / x - price / y);
    const double riseOfB = b * (2 * price / y - 1 / x);
    return {price, (fallOfA + price * riseOfB) / (ann_ + b)};
}

}  // namespace oee::amm::meteora::damm_v1
