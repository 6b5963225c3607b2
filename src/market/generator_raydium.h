#pragma once
// Accounts of Raydium's constant-product pools from scratch.

#include <tl/expected.hpp>

#include "market/generator.h"
#include "market/generator_accounts.h"

namespace oee::market {

// The pool's reserves are what the profile asks for; pnl or fees that wait to be collected come on
// top, in the vaults.
tl::expected<GeneratedPool, GeneratorFailure> generateAmmV4(const MarketProfile& market,
                                                            const PoolProfile& profile,
                                                            const AmmV4Shape& shape,
                                                            const PoolKey& key);

// Token 0 is the lower mint, as the program demands: it may be the profile's B.
tl::expected<GeneratedPool, GeneratorFailure> generateCpmm(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           const CpmmShape& shape,
                                                           const PoolKey& key);

}  // namespace oee::market
