#pragma once
// A second way to a good plan, for small markets: no curves, no duals, nothing of src/routing. It
// gives the input away in many small parts, each to the path that pays most for it by exact quotes
// on carried state, and then moves parts between paths as long as that pays.

#include <cstdint>

#include "amm/market_snapshot.h"

namespace oee::test {

struct SlowQuestion {
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    unsigned maxHops = 3;
    unsigned parts = 200;
};

// What the best way found brings. Paths pass no token twice, and share pools only one after
// another: each path's whole amount is executed on the state that the paths before it left.
std::uint64_t slowBestOutput(const amm::MarketSnapshot& market, const SlowQuestion& question);

}  // namespace oee::test
