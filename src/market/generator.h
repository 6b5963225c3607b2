#pragma once
// From a market profile to complete on-chain accounts, byte for byte in the programs' layouts. A
// pure function of (profile, seed): nothing is read from clocks, disks or std:: distributions.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "domain/pubkey.h"
#include "market/market_profile.h"

namespace oee::market {

struct GeneratedPool {
    std::string name;
    domain::Pubkey address;
    amm::AccountSet accounts;  // all that decodePool needs, and the mints
};

enum class GeneratorError {
    priceOutOfRange,   // the program cannot express this price, or not with these bins
    amountOutOfRange,  // a balance is 0 or over 2^64 − 1 base units
};
// "priceOutOfRange", …: stable names for logs.
std::string_view nameOf(GeneratorError error);

struct GeneratorFailure {
    GeneratorError error = GeneratorError::amountOutOfRange;
    std::string pool;  // the profile's name of it
};

// The accounts of one pool: pool, config where the program has one, vaults, mints, bin arrays.
// Mints, programs, authorities and the configs that the profile names have their mainnet addresses;
// the others are generated. The seed also moves depth (by at most 2 %), price (20 millionths) and
// the fees that wait in the vaults, so that no two seeds trade the same.
tl::expected<GeneratedPool, GeneratorFailure> generatePool(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           std::uint64_t seed);

}  // namespace oee::market
