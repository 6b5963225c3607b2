#include "routing/order_book.h"

#include <algorithm>
#include <tuple>

#include "base/integer.h"

namespace oee::routing {
namespace {

// The first level is this part of what the pool can pay; each further one adds as much as all
// before it, so that eight levels reach 1/8 of the pool's depth.
constexpr double kFirstLevelFraction = 1.0 / 1024.0;

struct Ladder {
    const amm::Pool& pool;
    amm::SwapDirection direction;
    const amm::ChainClock& clock;
    unsigned levels;
};

struct Step {
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
};

// Exact quotes of growing size; each step is what the next size adds to the one before.
std::vector<Step> climb(const Ladder& ladder) {
    const amm::MintInfo& output = ladder.pool.outputOf(ladder.direction);
    const std::size_t outputSide = ladder.pool.mints[0].mint == output.mint ? 0 : 1;
    const double depthOut = static_cast<double>(amm::depthOf(ladder.pool)[outputSide]);
    const double price = amm::marginalPrice(ladder.pool, ladder.direction);
    std::vector<Step> steps;
    if (!(price > 0) || !(depthOut > 0)) {
        return steps;
    }
    const double firstSize = depthOut * kFirstLevelFraction / price;
    if (!(firstSize >= 1.0) || firstSize > 9e15) {
        return steps;
    }
    amm::SwapRequest request;
    request.direction = ladder.direction;
    request.amountRaw = static_cast<std::uint64_t>(firstSize);
    Step before;
    for (unsigned level = 0; level < ladder.levels; ++level, request.amountRaw *= 2) {
        const auto result = amm::quote(ladder.pool, request, ladder.clock);
        if (!result) {
            break;
        }
        if (result->amountOutRaw > before.amountOutRaw) {
            steps.push_back({result->amountInRaw - before.amountInRaw,
                             result->amountOutRaw - before.amountOutRaw});
        }
        before = {result->amountInRaw, result->amountOutRaw};
    }
    return steps;
}

// a.quote / a.base < b.quote / b.base, exactly.
bool cheaper(const BookLevel& a, const BookLevel& b) {
    return static_cast<base::u128>(a.amountQuoteRaw) * b.amountBaseRaw <
           static_cast<base::u128>(b.amountQuoteRaw) * a.amountBaseRaw;
}

}  // namespace

OrderBook orderBook(const amm::MarketSnapshot& market, const domain::Pubkey& baseMint,
                    const domain::Pubkey& quoteMint, unsigned levelsPerPool) {
    OrderBook book;
    book.baseMint = baseMint;
    book.quoteMint = quoteMint;
    book.slot = market.clock.slot;
    for (const std::size_t position : market.pairs->poolsOf(baseMint, quoteMint)) {
        const amm::Pool& pool = *market.pools[position];
        const auto sell = pool.directionFrom(baseMint);
        if (!sell) {
            continue;
        }
        for (const Step& step : climb({pool, *sell, market.clock, levelsPerPool})) {
            book.bids.push_back({pool.address, pool.program, step.amountInRaw, step.amountOutRaw});
        }
        for (const Step& step : climb({pool, amm::opposite(*sell), market.clock, levelsPerPool})) {
            book.asks.push_back({pool.address, pool.program, step.amountOutRaw, step.amountInRaw});
        }
    }
    // Stable: levels of one pool keep their order at equal prices.
    std::stable_sort(book.bids.begin(), book.bids.end(),
                     [](const BookLevel& a, const BookLevel& b) { return cheaper(b, a); });
    std::stable_sort(book.asks.begin(), book.asks.end(), cheaper);
    return book;
}

}  // namespace oee::routing
