#pragma once
// Sales of one SOL, and the only outcome of a slot.

#include <QtTest>

#include "chain/chain.h"
#include "domain/token.h"

namespace oee::test {

inline constexpr std::uint64_t kSol = 1'000'000'000;

inline domain::RouteLeg legOn(const amm::MarketSnapshot& market, domain::Program program,
                              const domain::Pubkey& in, const domain::Pubkey& out,
                              std::uint64_t amountInRaw) {
    for (const std::size_t position : market.pairs->poolsOf(in, out)) {
        const amm::Pool& pool = *market.pools[position];
        if (pool.program == program) {
            return {pool.address, program, in, out, amountInRaw};
        }
    }
    qFatal("no such pool");
}

inline domain::Transaction sale(const amm::MarketSnapshot& market, std::uint32_t number,
                                std::uint64_t priceMicroLamports = 50'000) {
    domain::Transaction transaction;
    transaction.orderId = domain::makeOrderId({1'000, number, 7});
    transaction.legs = {
        legOn(market, domain::Program::raydiumAmmV4, domain::solMint(), domain::usdcMint(), kSol)};
    transaction.computeUnitLimit = 140'000;
    transaction.computeUnitPriceMicroLamports = priceMicroLamports;
    transaction.networkFeeLamports =
        5'000 + chain::priorityFeeLamports(priceMicroLamports, 140'000);
    transaction.lastValidBlockHeight = market.blockHeight + 150;
    transaction.arrivesAtMicros = number;
    return transaction;
}

template <typename Result>
const Result& only(const chain::SlotResult& slot) {
    if (slot.outcomes.size() != 1 ||
        !std::holds_alternative<Result>(slot.outcomes.front().result)) {
        qFatal("another outcome");
    }
    return std::get<Result>(slot.outcomes.front().result);
}

}  // namespace oee::test
