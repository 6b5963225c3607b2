#include "storage/write_behind.h"

#include <cassert>
#include <utility>

namespace oee::storage {

void WriteBehind::insertOrder(const domain::OrderPtr& order) {
    changes_.orders.insert_or_assign(order->id, Changes::HeldOrder{order, Changes::Row::fresh});
    if (!order->idempotencyKey.empty()) {
        changes_.keys.insert_or_assign(order->idempotencyKey, order->id);
    }
}

void WriteBehind::updateOrder(const domain::OrderPtr& order) {
    changes_.orders[order->id].order = order;  // a fresh row stays fresh
}

void WriteBehind::insertReceipt(const domain::Receipt& receipt) {
    changes_.receiptOf.emplace(receipt.orderId, changes_.receipts.size());
    changes_.receipts.push_back(receipt);
}

void WriteBehind::addMarkout(const execution::MarkoutTaken& taken) {
    const auto held = changes_.receiptOf.find(taken.orderId);
    if (held == changes_.receiptOf.end()) {
        changes_.markouts.push_back(taken);
        return;
    }
    std::vector<domain::Markout>& markouts = changes_.receipts[held->second].markouts;
    assert(markouts.size() < domain::kMarkoutSeconds.size() &&
           domain::kMarkoutSeconds[markouts.size()] == taken.markout.seconds);
    markouts.push_back(taken.markout);
}

void WriteBehind::insertTransaction(execution::SentTransaction sent) {
    const domain::OrderId orderId = sent.transaction.orderId;
    changes_.transactions.insert_or_assign(orderId, std::move(sent));
}

void WriteBehind::deleteTransaction(const domain::OrderId& orderId) {
    if (changes_.transactions.erase(orderId) == 0) {
        changes_.deletedTransactions.push_back(orderId);
    }
}

void WriteBehind::insertJob(const domain::OrderPtr& order) {
    changes_.jobs.insert_or_assign(order->id, order);
}

void WriteBehind::updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) {
    changes_.jobRecords.insert_or_assign(orderId, job);
}

void WriteBehind::deleteJob(const domain::OrderId& orderId) {
    changes_.jobRecords.erase(orderId);
    changes_.jobs.erase(orderId);
}

void WriteBehind::putBalance(const execution::Wallet::Key& key, const execution::Balance& balance) {
    changes_.balances.insert_or_assign(key, balance);
}

void WriteBehind::putAccount(const execution::AccountWrite& write, std::uint64_t slot) {
    changes_.accounts.insert_or_assign({write.pool, write.address},
                                       Changes::HeldAccount{write, slot});
}

void WriteBehind::putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) {
    changes_.clock = Changes::HeldClock{clock, blockHeight};
}

void WriteBehind::putEventHead(const domain::EventHash& hash) {
    changes_.eventHead = hash;
}

void WriteBehind::putChainState(std::span<const std::uint8_t> state) {
    changes_.chainState.emplace(state.begin(), state.end());
}

std::optional<domain::Order> WriteBehind::findOrder(const domain::OrderId& orderId) {
    for (const Changes* changes : {static_cast<const Changes*>(&changes_), writing_}) {
        if (changes == nullptr) {
            continue;
        }
        if (const auto held = changes->orders.find(orderId); held != changes->orders.end()) {
            return *held->second.order;
        }
    }
    return tables_->findOrder(orderId);
}

std::optional<domain::Order> WriteBehind::findByIdempotencyKey(const std::string& key) {
    for (const Changes* changes : {static_cast<const Changes*>(&changes_), writing_}) {
        if (changes == nullptr) {
            continue;
        }
        if (const auto held = changes->keys.find(key); held != changes->keys.end()) {
            return findOrder(held->second);
        }
    }
    return tables_->findByIdempotencyKey(key);
}

}  // namespace oee::storage
