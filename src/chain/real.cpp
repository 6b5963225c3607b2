#include "chain/real.h"

#include <algorithm>
#include <cmath>

#include "chain/network_profile.h"

namespace oee::chain {
namespace {

// ln 2 as a part that multiplies small integers exactly, and the rest.
constexpr double kLn2High = 0x1.62e42feep-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kPerLn2 = 0x1.71547652b82fep+0;
constexpr double kHalfSqrt2 = 0x1.6a09e667f3bcdp-1;

}  // namespace

double expOf(double x) {
    x = std::clamp(x, -700.0, 700.0);
    const double halvings = std::floor(x * kPerLn2 + 0.5);
    const double rest = (x - halvings * kLn2High) - halvings * kLn2Low;
    // |rest| ≤ ln 2 / 2: the series' 15th term is below 2^−60.
    double sum = 1;
    for (int n = 14; n >= 1; --n) {
        sum = 1 + sum * rest / n;
    }
    return std::ldexp(sum, static_cast<int>(halvings));
}

double logOf(double x) {
    int exponent = 0;
    double fraction = std::frexp(x, &exponent);
    if (fraction < kHalfSqrt2) {
        fraction *= 2;
        --exponent;
    }
    // ln f = 2 artanh((f − 1)/(f + 1)); the argument is at most 0.172.
    const double s = (fraction - 1) / (fraction + 1);
    const double square = s * s;
    double sum = 0;
    for (int n = 21; n >= 3; n -= 2) {
        sum = (sum + 1.0 / n) * square;
    }
    const double rest = 2 * s + 2 * s * sum;
    return exponent * kLn2High + (rest + exponent * kLn2Low);
}

double drawNormal(base::CounterRng& rng) {
    while (true) {
        const double u = 2 * rng.unit() - 1;
        const double v = 2 * rng.unit() - 1;
        const double square = u * u + v * v;
        if (square > 0 && square < 1) {
            return u * std::sqrt(-2 * logOf(square) / square);
        }
    }
}

double drawExponential(base::CounterRng& rng) {
    return -logOf(1 - rng.unit());
}

std::uint32_t drawPoisson(base::CounterRng& rng, double mean) {
    constexpr double kGreatestMean = 100;
    const double end = expOf(-std::min(mean, kGreatestMean));
    std::uint32_t count = 0;
    for (double product = rng.unit(); product > end; product *= rng.unit()) {
        ++count;
    }
    return count;
}

bool drawChance(base::CounterRng& rng, std::uint32_t ppm) {
    return rng.below(kMillion) < ppm;
}

}  // namespace oee::chain
