// The end of a slot: what the chain made of it is explained, stored and counted.

#include <algorithm>
#include <variant>

#include "chain/slots.h"
#include "execution/counterfactuals.h"
#include "execution/explain.h"
#include "execution/receipt.h"
#include "runtime/virtual_engine.h"

namespace oee::runtime {
namespace {

constexpr base::UnixMicros kMicrosPerMilli = 1'000;
constexpr base::UnixMicros kMicrosPerSecond = 1'000'000;

}  // namespace

void VirtualEngine::landSlot(base::UnixMicros endMicros) {
    std::vector<domain::Transaction> inbox;
    while (!onTheWay_.empty() && onTheWay_.begin()->first.first <= endMicros) {
        inbox.push_back(std::move(onTheWay_.begin()->second));
        onTheWay_.erase(onTheWay_.begin());
    }
    // While the store still writes what was submitted.
    chain::SlotResult result = chain::step(state_, inbox, options_.profile, options_.scenario);
    state_ = result.state;
    const std::uint64_t slot = state_.market->clock.slot;
    processed_.push_back(
        {std::move(result),
         slot + chain::confirmationSlots(options_.profile, options_.scenario.seed, slot)});
    while (!processed_.empty() && processed_.front().confirmedSlot <= slot) {
        confirm(processed_.front().result, endMicros);
        processed_.pop_front();
    }
    sync();
}

void VirtualEngine::confirm(const chain::SlotResult& result, base::UnixMicros nowMicros) {
    takeMarkouts(result.state);
    const auto trades = tradesOf(result);
    execution::SlotCommit commit = commitOf(result, trades);
    confirmed_ = result.state.market;
    setTime(nowMicros);
    told_->owe(1, result.outcomes.size());
    store_->commitSlot(std::move(commit), [told = told_.get()](const auto& answer) {
        told->answered(answer ? std::string()
                              : "commit of a slot: " + execution::explain(answer.error()));
    });
    // While the store writes the slot.
    settle(result, trades);
}

execution::SlotCommit VirtualEngine::commitOf(const chain::SlotResult& result,
                                              const Trades& trades) {
    const amm::MarketSnapshot& market = *result.state.market;
    execution::SlotCommit commit;
    commit.clock = market.clock;
    commit.blockHeight = market.blockHeight;
    commit.outcomes = result.outcomes;
    for (const auto& trade : trades) {
        if (trade != nullptr) {
            commit.receipts.push_back(trade->receipt);
        }
    }
    commit.markouts = std::exchange(markoutsTaken_, {});
    if (options_.accounts.empty()) {
        return commit;
    }
    commit.chainState = chain::encodeState(result.state);
    for (const std::size_t position : result.changedPools) {
        const amm::Pool& pool = *market.pools[position];
        amm::AccountSet& accounts = options_.accounts.at(pool.address);
        for (const domain::Pubkey& address : amm::encodePool(pool, accounts)) {
            commit.accounts.push_back({pool.address, address, accounts.at(address)});
        }
    }
    return commit;
}

VirtualEngine::Trades VirtualEngine::tradesOf(const chain::SlotResult& result) {
    const auto& outcomes = result.outcomes;
    Trades trades(outcomes.size());
    if (options_.counterfactuals == WithCounterfactuals::yes) {
        network_.update(confirmed_);  // the market that the slot began with
    }
    parallel_.forEach(outcomes.size(), [&](std::size_t i, std::size_t thread) {
        trades[i] = tradeOf(outcomes[i], result.state, planners_[thread]);
    });
    return trades;
}

void VirtualEngine::settle(const chain::SlotResult& result, const Trades& trades) {
    for (std::size_t i = 0; i < trades.size(); ++i) {
        count(result.outcomes[i]);
        inFlight_.erase(result.outcomes[i].orderId);
        if (trades[i] == nullptr) {
            continue;
        }
        report_.add(trades[i]->receipt);
        for (std::size_t k = 0; k < markouts_.size(); ++k) {
            markouts_[k].push_back({result.state.timeMicros +
                                        std::int64_t{domain::kMarkoutSeconds[k]} * kMicrosPerSecond,
                                    trades[i]});
        }
    }
}

void VirtualEngine::count(const chain::TransactionOutcome& outcome) {
    if (const auto* landed = std::get_if<chain::Landed>(&outcome.result)) {
        ++report_.landed;
        report_.sandwiched += landed->sandwich ? 1U : 0U;
    } else if (std::holds_alternative<chain::Reverted>(outcome.result)) {
        ++report_.reverted;
    } else if (std::holds_alternative<chain::Expired>(outcome.result)) {
        ++report_.expired;
    } else {
        ++report_.dropped;
    }
}

std::shared_ptr<VirtualEngine::Trade> VirtualEngine::tradeOf(
    const chain::TransactionOutcome& outcome, const chain::ChainState& state,
    execution::OrderPlanner& planner) const {
    const auto* landed = std::get_if<chain::Landed>(&outcome.result);
    if (landed == nullptr) {
        return nullptr;
    }
    const InFlight& sent = inFlight_.at(outcome.orderId);
    auto receipt =
        execution::makeReceipt({sent.transaction, outcome, state.timeMicros,
                                execution::outPerLamport(*state.market, sent.order->outputMint)});
    if (!receipt) {
        told_->owe(1, 0);
        told_->answered("A receipt cannot be made for order " + domain::toString(sent.order->id) +
                        ".");
        return nullptr;
    }
    if (options_.counterfactuals == WithCounterfactuals::yes) {
        receipt->counterfactuals = execution::counterfactualsOf(*receipt, planner);
    }
    return std::make_shared<Trade>(Trade{std::move(*receipt), landed->fills});
}

void VirtualEngine::takeMarkouts(const chain::ChainState& state) {
    for (std::size_t k = 0; k < markouts_.size(); ++k) {
        std::deque<MarkoutDue>& due = markouts_[k];
        for (; !due.empty() && due.front().atMicros <= state.timeMicros; due.pop_front()) {
            Trade& trade = *due.front().trade;
            std::vector<PoolPtr> pools;
            for (const domain::Fill& fill : trade.fills) {
                pools.push_back(state.market->pools[state.market->pairs->positionOf(fill.pool)]);
            }
            domain::Receipt& receipt = trade.receipt;
            const std::uint64_t midOutRaw =
                execution::valueAt(receipt.amountInRaw, execution::midPriceOf(trade.fills, pools));
            const auto afterMicros =
                static_cast<std::uint64_t>(state.timeMicros - receipt.landedAtMicros);
            receipt.markouts.push_back(
                {domain::kMarkoutSeconds[k], midOutRaw, afterMicros / kMicrosPerMilli});
            markoutsTaken_.push_back({receipt.orderId, receipt.markouts.back()});
            report_.markouts[domain::kMarkoutSeconds[k]].add(execution::centiBps(
                base::i128{midOutRaw} - receipt.amountOutRaw, receipt.decisionOutRaw));
            if (k + 1 == markouts_.size() && options_.onReceipt) {
                options_.onReceipt(receipt);
            }
        }
    }
}

}  // namespace oee::runtime
