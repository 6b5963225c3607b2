#pragma once
// Seeded markets of pools of all programs, and what tests need to check plans on them.

#include <cstddef>
#include <cstdint>

#include "amm/market_snapshot.h"
#include "routing/plan.h"

namespace oee::test {

struct RandomMarketShape {
    std::uint64_t seed = 1;
    std::size_t tokens = 10;
    std::size_t pools = 30;
    double priceNoise = 0.002;  // of a pool's price around its tokens' values, relative
    bool transferFees = false;  // some tokens take one, some of them capped
    bool constantProductOnly = false;
};

// Pools trade random pairs (every token has at least one pool; the first two tokens some together)
// at their tokens' values, with depths over four orders of magnitude.
amm::MarketSnapshotPtr randomMarket(const RandomMarketShape& shape);
domain::Pubkey randomMint(std::size_t token);

// Executes the legs one after another on carried state, exact in, and compares every amount.
// Empty where all is as the plan says: input sums to the amount, nothing is left over of any token
// but the output. Otherwise what is wrong.
std::string whatIsWrongWith(const routing::Plan& plan, const amm::MarketSnapshot& market);

}  // namespace oee::test
