#pragma once
// A pair's order book as its pools' curves imply it.

#include <cstdint>
#include <vector>

#include "amm/market_snapshot.h"
#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::routing {

// One level of one pool: `amountBaseRaw` more base tokens trade against `amountQuoteRaw` quote
// tokens, fees inside. Amounts are exact quotes; the level's price is their ratio.
struct BookLevel {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::uint64_t amountBaseRaw = 0;
    std::uint64_t amountQuoteRaw = 0;
};

struct OrderBook {
    domain::Pubkey baseMint;
    domain::Pubkey quoteMint;
    std::uint64_t slot = 0;
    std::vector<BookLevel> bids;  // what selling base brings, best (highest) price first
    std::vector<BookLevel> asks;  // what buying base costs, best (lowest) price first
};

// `levelsPerPool` levels a pool and side. Level sizes grow geometrically from a fraction of the
// pool's depth; levels of all pools are merged by price.
OrderBook orderBook(const amm::MarketSnapshot& market, const domain::Pubkey& baseMint,
                    const domain::Pubkey& quoteMint, unsigned levelsPerPool = 8);

}  // namespace oee::routing
