#pragma once
// Accounts of a Meteora DLMM pair from scratch: the pair, its vaults and its bin arrays.

#include <tl/expected.hpp>

#include "market/generator.h"
#include "market/generator_accounts.h"

namespace oee::market {

// X is the profile's A. The active bin is the one whose price is nearest to the profile's; it holds
// both tokens, the bins above it X, those below it Y. Vaults hold the sum of the bins and a
// protocol fee that waits there.
tl::expected<GeneratedPool, GeneratorFailure> generateDlmm(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           const DlmmShape& shape,
                                                           const PoolKey& key);

}  // namespace oee::market
