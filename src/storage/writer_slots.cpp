// Slots and the wallet's reset.

#include <set>
#include <utility>

#include "domain/token.h"
#include "execution/explain.h"
#include "storage/writer.h"

namespace oee::storage {

using execution::StoreError;

tl::expected<std::monostate, StoreError> Writer::commitSlot(const execution::SlotCommit& commit) {
    // Decided in copies first: a slot that is refused leaves nothing behind.
    const SlotMoment moment{commit.clock.slot, now()};
    execution::Wallet wallet = wallet_;
    std::vector<Settlement> settlements;
    std::set<domain::OrderId> settled;
    for (const chain::TransactionOutcome& outcome : commit.outcomes) {
        const auto found = open_.find(outcome.orderId);
        if (found == open_.end() || !settled.insert(outcome.orderId).second) {
            return tl::unexpected(found == open_.end() && !tables_.findOrder(outcome.orderId)
                                      ? StoreError::notFound
                                      : StoreError::staleFence);
        }
        auto settlement = settle(*found->second, outcome, wallet, moment);
        if (!settlement) {
            return tl::unexpected(settlement.error());
        }
        settlements.push_back(std::move(*settlement));
    }

    const bool isEmpty = commit.outcomes.empty() && commit.accounts.empty();
    begin(isEmpty ? Commit::later : Commit::now);
    wallet_ = std::move(wallet);
    slot_ = commit.clock.slot;
    tables_.putClock(commit.clock, commit.blockHeight);
    for (const execution::AccountWrite& write : commit.accounts) {
        tables_.putAccount(write, commit.clock.slot);
    }
    for (Settlement& settlement : settlements) {
        step(settlement.order,
             {settlement.order.status, moment.slot, moment.atMicros, describe(settlement)},
             settlement.fills);
        const domain::OrderPtr kept = keep(std::move(settlement.order), RowIs::there);
        tables_.deleteTransaction(kept->id);
        for (const domain::Fill& fill : settlement.fills) {
            tables_.insertFill(fill);
            committed_.fills.push_back(fill);
        }
    }
    return std::monostate{};
}

std::string Writer::describe(const Settlement& settlement) const {
    const domain::Order& order = settlement.order;
    if (order.failure) {
        return execution::explain(*order.failure);
    }
    const domain::Execution& execution = *order.execution;
    std::string text = "filled " + names_.withSymbol(execution.amountInRaw, order.inputMint) +
                       " for " + names_.withSymbol(execution.amountOutRaw, order.outputMint);
    for (const domain::Fill& fill : settlement.fills) {
        text += fill.leg == 0 ? " on " : ", ";
        text +=
            std::string(domain::displayNameOf(fill.program)) + " " + domain::shortForm(fill.pool);
    }
    return text + ", network fee " +
           names_.withSymbol(execution.networkFeeLamports, domain::solMint());
}

tl::expected<std::shared_ptr<const execution::Wallet>, StoreError> Writer::resetWallet() {
    if (!open_.empty()) {
        return tl::unexpected(StoreError::openOrders);
    }
    begin(Commit::now);
    wallet_ = drawnAgain(wallet_, settings_.startBalances);
    return std::make_shared<const execution::Wallet>(wallet_);
}

}  // namespace oee::storage
