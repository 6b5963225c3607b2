#include "chain/order_flow.h"

#include <algorithm>
#include <utility>

#include "amm/swap_footprint.h"
#include "chain/real.h"
#include "domain/amount.h"
#include "domain/token.h"

namespace oee::test {
namespace {

constexpr std::int64_t kNominalMicros = 400'000;

// Raydium docs: stable 0.1 %, stable to major 0.5 %, else 1 %.
unsigned slippageOf(const domain::Pubkey& in, const domain::Pubkey& out) {
    const auto isDollar = [](const domain::Pubkey& mint) {
        return mint == domain::usdcMint() || mint == domain::usdtMint();
    };
    const int dollars = (isDollar(in) ? 1 : 0) + (isDollar(out) ? 1 : 0);
    return dollars == 2 ? 10 : dollars == 1 ? 50 : 100;
}

}  // namespace

FlowRun::FlowRun(amm::MarketSnapshotPtr market, const chain::NetworkProfile& profile,
                 chain::Scenario scenario, OrderFlow flow)
    : profile_(profile), scenario_(std::move(scenario)), flow_(flow) {
    result_.state = chain::genesisState(std::move(market), profile_);
    const chain::ChainState& state = result_.state;
    for (const double logValue : state.logValues) {
        usdPerUnit_.push_back(chain::expOf(logValue) / 1e6);  // the root is USDC
    }
    traders_.resize(state.map->mints.size());
}

domain::Transaction FlowRun::makeOrder() {
    const amm::MarketSnapshot& market = *state().market;
    ++number_;
    base::CounterRng rng(scenario_.seed, base::RngPurpose::test, number_);
    const auto pairs = market.pairs->pairs();
    auto [in, out] = pairs[rng.below(pairs.size())];
    if (rng.below(2) == 1) {
        std::swap(in, out);
    }
    const double usd =
        flow_.leastUsd * chain::expOf(rng.unit() * chain::logOf(flow_.mostUsd / flow_.leastUsd));
    domain::Transaction transaction;
    transaction.orderId = domain::makeOrderId({1'000'000, number_, 0});
    domain::RouteLeg leg;
    leg.inputMint = in;
    leg.outputMint = out;
    leg.amountInRaw = static_cast<std::uint64_t>(usd / usdPerUnit_[*state().map->indexOf(in)]) + 1;
    std::uint32_t crossings = 0;
    for (const std::size_t position : market.pairs->poolsOf(in, out)) {
        const amm::Pool& pool = *market.pools[position];
        amm::SwapRequest request;
        request.direction = *pool.directionFrom(in);
        request.amountRaw = leg.amountInRaw;
        const auto quoted = amm::quote(pool, request, market.clock);
        if (quoted && quoted->amountOutRaw > transaction.expectedOutRaw) {
            transaction.expectedOutRaw = quoted->amountOutRaw;
            leg.pool = pool.address;
            leg.program = pool.program;
            crossings = quoted->crossings;
        }
    }
    transaction.legs = {leg};
    transaction.minAmountOutRaw =
        domain::minimumOut(transaction.expectedOutRaw, slippageOf(in, out));
    transaction.computeUnitLimit = std::max(chain::plannedComputeUnits(leg.program),
                                            amm::swapComputeUnits(leg.program, crossings + 4));
    transaction.computeUnitPriceMicroLamports = profile_.computeUnitPriceMicroLamports;
    transaction.tipLamports = profile_.tipLamports;
    transaction.networkFeeLamports =
        chain::networkFeeLamports(profile_, transaction.computeUnitLimit);
    transaction.snapshotSlot = market.clock.slot;
    transaction.lastValidBlockHeight = market.blockHeight + profile_.blockhashLifeBlocks;
    const chain::SendKey key{scenario_.seed, transaction.orderId, 1};
    transaction.signature = chain::makeSignature(key);
    transaction.sentAtMicros = nowMicros_ + static_cast<std::int64_t>(rng.below(kNominalMicros));
    transaction.arrivesAtMicros = chain::arrivalTime(transaction.sentAtMicros, key, profile_);
    open_[transaction.orderId] = {transaction, 0, {}, usd};
    return transaction;
}

const chain::SlotResult& FlowRun::slot(std::uint32_t orders) {
    for (std::uint32_t i = 0; i < orders; ++i) {
        onTheWay_.push_back(makeOrder());
    }
    const std::int64_t duration =
        chain::slotDurationMicros(profile_, scenario_.seed, state().market->clock.slot + 1);
    nowMicros_ += duration == 0 ? kNominalMicros : duration;
    std::vector<domain::Transaction> inbox;
    std::erase_if(onTheWay_, [&](const domain::Transaction& transaction) {
        const bool hasArrived = transaction.arrivesAtMicros <= nowMicros_;
        if (hasArrived) {
            inbox.push_back(transaction);
        }
        return hasArrived;
    });
    result_ = chain::step(result_.state, inbox, profile_, scenario_);
    for (const chain::TransactionOutcome& outcome : result_.outcomes) {
        book(outcome);
    }
    for (const std::size_t position : result_.changedPools) {
        for (const std::uint64_t held : amm::vaultBalances(*state().market->pools[position])) {
            mix(held);
        }
    }
    mix(state().market->blockHeight);
    return result_;
}

void FlowRun::drain() {
    while (!open_.empty()) {
        slot(0);
    }
}

void FlowRun::book(const chain::TransactionOutcome& outcome) {
    mix(outcome.orderId.high);
    mix(outcome.orderId.low);
    mix(outcome.result.index());
    auto entry = open_.extract(outcome.orderId);
    Sent sent = std::move(entry.mapped());
    sent.outcome = outcome;
    const chain::MarketMap& map = *state().map;
    std::uint64_t fee = 0;
    if (const auto* landed = std::get_if<chain::Landed>(&outcome.result)) {
        sent.landedMicros = nowMicros_;
        fee = landed->networkFeeLamports;
        for (const domain::Fill& fill : landed->fills) {
            traders_[*map.indexOf(fill.inputMint)] -= fill.amountInRaw;
            traders_[*map.indexOf(fill.outputMint)] += fill.amountOutRaw;
            mix(fill.amountInRaw);
            mix(fill.amountOutRaw);
        }
        mix(landed->unsandwichedOutRaw);
    } else if (const auto* reverted = std::get_if<chain::Reverted>(&outcome.result)) {
        fee = reverted->networkFeeLamports;
        mix(static_cast<std::uint64_t>(reverted->error));
    }
    traders_[map.sol] -= fee;
    fees_ += fee;
    if (auto* landed = std::get_if<chain::Landed>(&sent.outcome.result)) {
        landed->poolsBefore.clear();  // every old state of the pools would be kept
    }
    done_.push_back(std::move(sent));
}

void FlowRun::mix(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        digest_ = (digest_ ^ ((value >> shift) & 0xFF)) * 0x100000001b3ULL;
    }
}

std::vector<base::i128> FlowRun::totals() const {
    const chain::ChainState& chain = state();
    std::vector<base::i128> sums = traders_;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] += chain.ledger.trafficRaw[i];
        sums[i] += static_cast<base::i128>(chain.ledger.withheldRaw[i]);
    }
    for (std::size_t i = 0; i < chain.market->pools.size(); ++i) {
        const auto held = amm::vaultBalances(*chain.market->pools[i]);
        sums[chain.map->poolMints[i][0]] += held[0];
        sums[chain.map->poolMints[i][1]] += held[1];
    }
    sums[chain.map->sol] += static_cast<base::i128>(chain.ledger.feesLamports);
    sums[chain.map->sol] += fees_;
    return sums;
}

}  // namespace oee::test
