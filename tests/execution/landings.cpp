#include "landings.h"

#include <array>

#include "amm/swap_footprint.h"

namespace oee::test {

tl::expected<domain::Receipt, execution::ReceiptError> Landing::receipt(
    double outPerLamport, std::uint64_t feeLamports) const {
    chain::TransactionOutcome outcome{transaction.orderId, 1, {}, landed};
    outcome.slot = 7;
    std::get<chain::Landed>(outcome.result).networkFeeLamports = feeLamports;
    return execution::makeReceipt({.transaction = transaction,
                                   .outcome = outcome,
                                   .atMicros = 1'000,
                                   .outPerLamport = outPerLamport});
}

std::uint64_t Landing::valueOf(std::span<const std::uint64_t> outs,
                               const amm::MarketSnapshot& market) {
    for (std::size_t i = 0; i < outs.size(); ++i) {
        transaction.legs[i].amountOutRaw = outs[i];
    }
    return execution::decisionValueOf(transaction.legs, market);
}

chain::PoolPtr after(const chain::PoolPtr& pool, amm::SwapDirection direction,
                     std::uint64_t amountRaw, const amm::ChainClock& clock) {
    amm::SwapRequest request;
    request.direction = direction;
    request.amountRaw = amountRaw;
    auto applied = amm::apply(*pool, request, clock);
    return applied ? applied->pool : pool;
}

std::optional<Landing> landingOf(const amm::MarketSnapshot& market, std::size_t position,
                                 const Story& story) {
    const chain::PoolPtr& pool = market.pools[position];
    chain::Pools pools = market.pools;
    if (story.before != 0) {
        pools[position] = after(pool, story.beforeDirection, story.before, market.clock);
    }
    chain::Pools met = pools;
    if (story.frontRun != 0) {
        met[position] = after(pools[position], story.direction, story.frontRun, market.clock);
    }
    Landing landing;
    landing.transaction.legs.push_back({pool->address, pool->program,
                                        pool->inputOf(story.direction).mint,
                                        pool->outputOf(story.direction).mint, story.amountRaw});
    landing.transaction.computeUnitLimit = amm::kMaxComputeUnits;
    const auto run = [&](const chain::Pools& on) {
        chain::PoolOverlay overlay(on);
        return chain::execute(landing.transaction, *market.pairs, overlay, market.clock);
    };
    const auto planned = run(market.pools);
    const auto undisturbed = run(pools);
    const auto got = run(met);
    if (!planned || !undisturbed || !got) {
        return std::nullopt;
    }
    landing.transaction.expectedOutRaw = planned->amountOutRaw;
    landing.transaction.decisionOutRaw = landing.valueOf(std::array{planned->amountOutRaw}, market);
    landing.landed = chain::landedOf(landing.transaction, *got, *undisturbed, 7);
    return landing;
}

bool addsUp(const domain::Receipt& receipt) {
    const domain::CostParts& parts = receipt.parts;
    const base::i128 paid = parts.delayRaw + parts.priceImpactRaw + parts.lpFeesRaw +
                            parts.protocolFeesRaw + parts.transferFeesRaw + parts.sandwichRaw +
                            parts.networkRaw;
    const base::i128 arrived = base::i128{receipt.amountOutRaw} - parts.networkRaw;
    return base::i128{receipt.decisionOutRaw} - paid == arrived && receipt.shortfallRaw() == paid;
}

}  // namespace oee::test
