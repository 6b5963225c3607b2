#include "routing/routing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <tuple>
#include <utility>

#include "domain/token.h"

namespace oee::routing {
namespace {

// By what the pools can pay.
const amm::Pool* deepestPool(const amm::MarketSnapshot& market, const domain::Pubkey& inputMint,
                             const domain::Pubkey& outputMint) {
    const amm::Pool* deepest = nullptr;
    std::uint64_t depth = 0;
    for (const std::size_t position : market.pairs->poolsOf(inputMint, outputMint)) {
        const amm::Pool& pool = *market.pools[position];
        const std::size_t outputSide = pool.mints[0].mint == outputMint ? 0 : 1;
        const std::uint64_t balance = amm::depthOf(pool)[outputSide];
        if (deepest == nullptr || balance > depth) {
            deepest = &pool;
            depth = balance;
        }
    }
    return deepest;
}

double executionPriceBeforeFees(const amm::SwapResult& swap) {
    const bool onInput = swap.feeSide == amm::FeeSide::input;
    const double in = static_cast<double>(swap.amountInRaw) -
                      (onInput ? static_cast<double>(swap.feeRaw) : 0.0) -
                      static_cast<double>(swap.transferFeeInRaw);
    const double out = static_cast<double>(swap.amountOutRaw) +
                       (onInput ? 0.0 : static_cast<double>(swap.feeRaw)) +
                       static_cast<double>(swap.transferFeeOutRaw);
    return in > 0 ? out / in : 0.0;
}

double feeBpsOf(const amm::SwapResult& swap) {
    const double whole =
        swap.feeSide == amm::FeeSide::input
            ? static_cast<double>(swap.amountInRaw)
            : static_cast<double>(swap.amountOutRaw) + static_cast<double>(swap.feeRaw);
    return whole > 0 ? static_cast<double>(swap.feeRaw) / whole * 10'000.0 : 0.0;
}

PoolQuote makeQuote(const amm::Pool& pool, amm::SwapDirection direction,
                    const amm::SwapResult& swap, std::uint64_t networkCostOutRaw) {
    PoolQuote quote;
    quote.pool = pool.address;
    quote.program = pool.program;
    quote.swap = swap;
    quote.networkCostOutRaw = networkCostOutRaw;
    quote.netOutRaw =
        swap.amountOutRaw > networkCostOutRaw ? swap.amountOutRaw - networkCostOutRaw : 0;
    quote.feeBps = feeBpsOf(swap);
    const double marginal = amm::marginalPrice(pool, direction);
    if (marginal > 0) {
        // Rounding of tiny amounts can make the executed price look better than the margin.
        quote.priceImpactBps =
            std::max(0.0, (1.0 - executionPriceBeforeFees(swap) / marginal) * 10'000.0);
    }
    return quote;
}

}  // namespace

QuoteBoard quoteAll(const amm::MarketSnapshot& market, const QuoteRequest& request,
                    const LegCosts& costs) {
    QuoteBoard board;
    const auto positions = market.pairs->poolsOf(request.inputMint, request.outputMint);
    if (positions.empty()) {
        return board;
    }
    // A market that does not price SOL in the output token cannot convert network costs; quotes
    // are then compared without them.
    const double outPerLamport =
        request.outputMint == domain::solMint()
            ? 1.0
            : referencePrice(market, domain::solMint(), request.outputMint).value_or(0.0);
    for (const std::size_t position : positions) {
        const amm::Pool& pool = *market.pools[position];
        amm::SwapRequest swap;
        swap.direction = pool.directionFrom(request.inputMint).value_or(amm::SwapDirection::aToB);
        swap.amountRaw = request.amountInRaw;
        const auto result = amm::quote(pool, swap, market.clock);
        if (!result || result->amountOutRaw == 0) {
            board.refusals.push_back(
                {pool.address, pool.program, result ? amm::SwapError::zeroOutput : result.error()});
            continue;
        }
        const double cost =
            std::ceil(static_cast<double>(costs.lamportsOf(pool.program)) * outPerLamport);
        const auto costRaw =
            cost < 1e18 ? static_cast<std::uint64_t>(cost) : std::uint64_t{1} << 60;
        board.quotes.push_back(makeQuote(pool, swap.direction, *result, costRaw));
    }
    std::sort(board.quotes.begin(), board.quotes.end(), [](const PoolQuote& a, const PoolQuote& b) {
        return std::tie(b.netOutRaw, b.swap.amountOutRaw, a.pool) <
               std::tie(a.netOutRaw, a.swap.amountOutRaw, b.pool);
    });
    return board;
}

RoutingError errorOf(const QuoteBoard& board) {
    if (board.refusals.empty()) {
        return RoutingError::noPool;
    }
    const auto all = [&](auto predicate) {
        return std::all_of(board.refusals.begin(), board.refusals.end(),
                           [&](const PoolRefusal& refusal) { return predicate(refusal.error); });
    };
    if (all([](amm::SwapError error) { return error == amm::SwapError::poolDisabled; })) {
        return RoutingError::poolsDisabled;
    }
    if (all([](amm::SwapError error) {
            return error == amm::SwapError::zeroOutput || error == amm::SwapError::zeroAmount ||
                   error == amm::SwapError::poolDisabled;
        })) {
        return RoutingError::amountTooSmall;
    }
    return RoutingError::noLiquidity;
}

std::optional<double> referencePrice(const amm::MarketSnapshot& market,
                                     const domain::Pubkey& inputMint,
                                     const domain::Pubkey& outputMint) {
    if (inputMint == outputMint) {
        return 1.0;
    }
    // Breadth first: a direct price is better than one over other tokens.
    std::map<domain::Pubkey, double> prices{{inputMint, 1.0}};
    std::deque<domain::Pubkey> frontier{inputMint};
    if (const amm::Pool* direct = deepestPool(market, inputMint, outputMint)) {
        return amm::marginalPrice(*direct, *direct->directionFrom(inputMint));
    }
    const auto pairs = market.pairs->pairs();
    while (!frontier.empty()) {
        const domain::Pubkey mint = frontier.front();
        frontier.pop_front();
        for (const auto& [one, other] : pairs) {
            if (one != mint && other != mint) {
                continue;
            }
            const domain::Pubkey& next = one == mint ? other : one;
            if (prices.contains(next)) {
                continue;
            }
            const amm::Pool* pool = deepestPool(market, mint, next);
            const double price =
                prices.at(mint) * amm::marginalPrice(*pool, *pool->directionFrom(mint));
            if (next == outputMint) {
                return price;
            }
            prices.emplace(next, price);
            frontier.push_back(next);
        }
    }
    return std::nullopt;
}

}  // namespace oee::routing
