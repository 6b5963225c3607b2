// Slots and the wallet's reset.

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "chain/outcome.h"
#include "domain/token.h"
#include "domain/venue.h"
#include "execution/explain.h"
#include "execution/ledger.h"

namespace oee::execution {
namespace {

std::string causeOf(const chain::TransactionOutcome& outcome) {
    if (const auto* reverted = std::get_if<chain::Reverted>(&outcome.result)) {
        return "reverted, " + chain::describe(*reverted);
    }
    return std::holds_alternative<chain::Dropped>(outcome.result) ? "lost on the way"
                                                                  : "blockhash expired";
}

using Receipts = std::map<domain::OrderId, const domain::Receipt*>;

// By order; nothing where one is not of an order that landed here, or an order has two.
std::optional<Receipts> receiptsOf(const SlotCommit& commit) {
    Receipts receipts;
    for (const domain::Receipt& receipt : commit.receipts) {
        if (!receipts.emplace(receipt.orderId, &receipt).second) {
            return std::nullopt;
        }
    }
    std::size_t matched = 0;
    for (const chain::TransactionOutcome& outcome : commit.outcomes) {
        const bool hasLanded = std::holds_alternative<chain::Landed>(outcome.result);
        matched += hasLanded && receipts.contains(outcome.orderId) ? 1U : 0U;
    }
    return matched == receipts.size() ? std::optional(std::move(receipts)) : std::nullopt;
}

}  // namespace

tl::expected<std::monostate, StoreError> Ledger::commitSlot(const SlotCommit& commit) {
    // Decided in copies first: a slot that is refused leaves nothing behind.
    const SlotMoment moment{commit.clock.slot, now()};
    Wallet wallet = wallet_;
    std::vector<Settlement> settlements;
    settlements.reserve(commit.outcomes.size());
    std::set<domain::OrderId> settled;
    for (const chain::TransactionOutcome& outcome : commit.outcomes) {
        const auto found = open_.find(outcome.orderId);
        if (found == open_.end() || !settled.insert(outcome.orderId).second) {
            return tl::unexpected(found == open_.end() && !records_.findOrder(outcome.orderId)
                                      ? StoreError::notFound
                                      : StoreError::staleFence);
        }
        auto settlement = settle(*found->second, outcome, wallet, moment, settings_.retries);
        if (!settlement) {
            return tl::unexpected(settlement.error());
        }
        settlements.push_back(std::move(*settlement));
    }
    for (const Arrival& arrival : commit.arrivals) {
        const auto found = open_.find(arrival.orderId);
        if (found == open_.end() || found->second->status != domain::OrderStatus::submitted ||
            found->second->fence != arrival.fence) {
            return tl::unexpected(StoreError::staleFence);
        }
    }
    const auto receipts = receiptsOf(commit);
    if (!receipts) {
        return tl::unexpected(StoreError::illegalTransition);
    }

    const bool isEmpty =
        commit.outcomes.empty() && commit.accounts.empty() && commit.markouts.empty();
    begin(isEmpty ? Urgency::later : Urgency::now);
    wallet_ = std::move(wallet);
    slot_ = commit.clock.slot;
    records_.putClock(commit.clock, commit.blockHeight);
    for (const AccountWrite& write : commit.accounts) {
        records_.putAccount(write, commit.clock.slot);
    }
    if (!commit.chainState.empty()) {
        records_.putChainState(commit.chainState);
    }
    for (std::size_t i = 0; i < settlements.size(); ++i) {
        const auto receipt = receipts->find(commit.outcomes[i].orderId);
        keepSettlement(std::move(settlements[i]), commit.outcomes[i],
                       receipt == receipts->end() ? nullptr : receipt->second, moment);
    }
    for (const MarkoutTaken& taken : commit.markouts) {
        records_.addMarkout(taken);
    }
    return std::monostate{};
}

void Ledger::keepSettlement(Settlement settlement, const chain::TransactionOutcome& outcome,
                            const domain::Receipt* receipt, const SlotMoment& moment) {
    if (!domain::isTerminal(settlement.order.status)) {
        // The job of the next attempt: who still holds that of the last one is overtaken.
        settlement.order.fence = ++lastFence_;
        fences_[settlement.order.id] = lastFence_;
    }
    step(settlement.order,
         {settlement.order.status, moment.slot, moment.atMicros, describe(settlement, outcome)},
         {settlement.fills, receipt});
    const domain::OrderPtr kept = keepOrder(RecordIs::there);
    if (!domain::isTerminal(kept->status)) {
        records_.deleteTransaction(kept->id);
        records_.insertJob(kept);
    }
    for (const domain::Fill& fill : settlement.fills) {
        records_.insertFill(fill);
        committed_.fills.push_back(fill);
    }
    if (receipt != nullptr) {
        records_.insertReceipt(*receipt);
        committed_.receipts.push_back(*receipt);
    }
}

std::string Ledger::describe(const Settlement& settlement,
                             const chain::TransactionOutcome& outcome) const {
    const domain::Order& order = settlement.order;
    if (order.status == domain::OrderStatus::routing) {
        return "attempt " + std::to_string(outcome.attempt) + " " + causeOf(outcome) +
               ": planned anew";
    }
    if (order.failure) {
        return explain(*order.failure);
    }
    const domain::Execution& execution = *order.execution;
    std::string text = "filled " + withSymbol(execution.amountInRaw, order.inputMint) + " for " +
                       withSymbol(execution.amountOutRaw, order.outputMint);
    for (const domain::Fill& fill : settlement.fills) {
        text += fill.leg == 0 ? " on " : ", ";
        text +=
            std::string(domain::displayNameOf(fill.program)) + " " + domain::shortForm(fill.pool);
    }
    return text + ", network fee " + withSymbol(execution.networkFeeLamports, domain::solMint());
}

tl::expected<std::shared_ptr<const Wallet>, StoreError> Ledger::resetWallet() {
    if (!open_.empty()) {
        return tl::unexpected(StoreError::openOrders);
    }
    begin(Urgency::now);
    wallet_ = drawnAgain(wallet_, settings_.startBalances);
    return std::make_shared<const Wallet>(wallet_);
}

}  // namespace oee::execution
