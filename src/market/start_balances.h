#pragma once
// What the paper wallet holds at the start and after a reset.

#include <cstdint>
#include <map>
#include <memory>
#include <span>

#include "amm/pool.h"
#include "domain/pubkey.h"

namespace oee::market {

// 1,000 SOL, 100,000 USDC, and of every other token that the pools trade what 10,000 USD buy, in
// base units, rounded down to two significant digits and at most a quarter of 2^64.
//
// A token's worth is read from the market itself: USDC and USDT are 1 USD; from them breadth first,
// each token is worth what the pool with the greatest value on its known side says at the margin.
// A token that nothing connects to a dollar has no price: there are 10,000 whole tokens of it.
//
// Worth is estimated in double, as marginalPrice() is; two significant digits hide in practice that
// its last bits may differ between machines. No swap and no receipt depends on this estimate.
std::map<domain::Pubkey, std::uint64_t> startBalances(
    std::span<const std::shared_ptr<const amm::Pool>> pools);

}  // namespace oee::market
