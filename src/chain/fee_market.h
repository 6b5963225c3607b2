#pragma once
// What a place in the block costs: the logarithm of the price of a compute unit reverts to its
// median, moves by a normal step a slot and jumps in bursts.

#include <cstdint>

#include "chain/network_profile.h"

namespace oee::chain {

// ln of the profile's median; 0 where places are free.
double startLogCuPrice(const FeeMarketProfile& profile);

// One slot on.
double nextLogCuPrice(double logCuPrice, const FeeMarketProfile& profile, std::uint64_t seed,
                      std::uint64_t slot);

// Micro-lamports a compute unit; 0 where places are free.
double cuPriceMicroLamports(double logCuPrice, const FeeMarketProfile& profile);

}  // namespace oee::chain
