#pragma once
// Real functions and draws that give the same bits everywhere: made of IEEE 754 additions,
// multiplications, divisions and square roots only, in an order that is written down. The C
// library's exp and log differ between versions, and what a slot does may hang on the last bit.

#include <cstdint>

#include "base/rng.h"

namespace oee::chain {

// e^x within 2 units in the last place; x is clamped to [−700, 700].
double expOf(double x);
// ln x within 2 units in the last place, for positive normal x.
double logOf(double x);

// Standard normal (Marsaglia's polar method, one of the pair).
double drawNormal(base::CounterRng& rng);
// Exponential with mean 1.
double drawExponential(base::CounterRng& rng);
// Poisson with a mean of at most 100 (a larger one is cut to it); Knuth's product of uniforms.
std::uint32_t drawPoisson(base::CounterRng& rng, double mean);
// True in `ppm` of a million draws.
bool drawChance(base::CounterRng& rng, std::uint32_t ppm);

}  // namespace oee::chain
