#include "storage/write_behind.h"

#include <cassert>

namespace oee::storage {

using base::CrashPoint;

void WriteBehind::flush() {
    crashPoints_.reach(CrashPoint::storeBeforeWrites);
    for (const auto& [id, held] : orders_) {
        if (held.row == Row::fresh) {
            tables_.insertOrder(held.order);
        } else {
            tables_.updateOrder(held.order);
        }
    }
    crashPoints_.reach(CrashPoint::storeAfterOrders);
    writeAdded();
    crashPoints_.reach(CrashPoint::storeAfterEvents);
    for (const domain::Receipt& receipt : receipts_) {
        tables_.insertReceipt(receipt);
    }
    crashPoints_.reach(CrashPoint::storeAfterReceipts);
    for (const auto& [id, sent] : transactions_) {
        tables_.insertTransaction(sent);
    }
    crashPoints_.reach(CrashPoint::storeAfterTransactions);
    for (const auto& [id, order] : jobs_) {
        tables_.insertJob(order);
    }
    for (const auto& [id, job] : jobRecords_) {
        tables_.updateJob(id, job);
    }
    crashPoints_.reach(CrashPoint::storeAfterOutbox);
    for (const auto& [key, balance] : balances_) {
        tables_.putBalance(key, balance);
    }
    crashPoints_.reach(CrashPoint::storeAfterWallet);
    for (const auto& [address, held] : accounts_) {
        tables_.putAccount(held.write, held.slot);
    }
    crashPoints_.reach(CrashPoint::storeAfterAccounts);
    if (clock_) {
        tables_.putClock(clock_->clock, clock_->blockHeight);
    }
    if (eventHead_) {
        tables_.putEventHead(*eventHead_);
    }
    if (chainState_) {
        tables_.putChainState(*chainState_);
    }
    crashPoints_.reach(CrashPoint::storeAfterChainState);
    for (const auto& [id, held] : orders_) {
        if (domain::isTerminal(held.order->status)) {
            tables_.forgetNumber(id);
        }
    }
    forget();
}

void WriteBehind::writeAdded() {
    for (const execution::EventPtr& event : events_) {
        tables_.insertEvent(event);
    }
    for (const domain::Fill& fill : fills_) {
        tables_.insertFill(fill);
    }
    events_.clear();
    fills_.clear();
}

void WriteBehind::forget() {
    events_.clear();
    fills_.clear();
    orders_.clear();
    keys_.clear();
    receipts_.clear();
    receiptOf_.clear();
    transactions_.clear();
    jobs_.clear();
    jobRecords_.clear();
    balances_.clear();
    accounts_.clear();
    clock_.reset();
    eventHead_.reset();
    chainState_.reset();
}

void WriteBehind::insertOrder(const domain::OrderPtr& order) {
    orders_.insert_or_assign(order->id, HeldOrder{order, Row::fresh});
    if (!order->idempotencyKey.empty()) {
        keys_.insert_or_assign(order->idempotencyKey, order->id);
    }
}

void WriteBehind::updateOrder(const domain::OrderPtr& order) {
    orders_[order->id].order = order;  // a fresh row stays fresh
}

void WriteBehind::insertReceipt(const domain::Receipt& receipt) {
    receiptOf_.emplace(receipt.orderId, receipts_.size());
    receipts_.push_back(receipt);
}

void WriteBehind::addMarkout(const execution::MarkoutTaken& taken) {
    const auto held = receiptOf_.find(taken.orderId);
    if (held == receiptOf_.end()) {
        tables_.addMarkout(taken);
        return;
    }
    std::vector<domain::Markout>& markouts = receipts_[held->second].markouts;
    assert(markouts.size() < domain::kMarkoutSeconds.size() &&
           domain::kMarkoutSeconds[markouts.size()] == taken.markout.seconds);
    markouts.push_back(taken.markout);
}

void WriteBehind::insertTransaction(const execution::SentTransaction& sent) {
    transactions_.insert_or_assign(sent.transaction.orderId, sent);
}

void WriteBehind::deleteTransaction(const domain::OrderId& orderId) {
    if (transactions_.erase(orderId) == 0) {
        tables_.deleteTransaction(orderId);
    }
}

void WriteBehind::insertJob(const domain::Order& order) {
    jobs_.insert_or_assign(order.id, order);
}

void WriteBehind::updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) {
    jobRecords_.insert_or_assign(orderId, job);
}

void WriteBehind::deleteJob(const domain::OrderId& orderId) {
    jobRecords_.erase(orderId);
    if (jobs_.erase(orderId) == 0) {
        tables_.deleteJob(orderId);
    }
}

void WriteBehind::putBalance(const execution::Wallet::Key& key, const execution::Balance& balance) {
    balances_.insert_or_assign(key, balance);
}

void WriteBehind::putAccount(const execution::AccountWrite& write, std::uint64_t slot) {
    accounts_.insert_or_assign({write.pool, write.address}, HeldAccount{write, slot});
}

void WriteBehind::putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) {
    clock_ = HeldClock{clock, blockHeight};
}

void WriteBehind::putEventHead(const domain::EventHash& hash) {
    eventHead_ = hash;
}

void WriteBehind::putChainState(std::span<const std::uint8_t> state) {
    chainState_.emplace(state.begin(), state.end());
}

std::optional<domain::Order> WriteBehind::findOrder(const domain::OrderId& orderId) {
    const auto held = orders_.find(orderId);
    return held != orders_.end() ? *held->second.order : tables_.findOrder(orderId);
}

std::optional<domain::Order> WriteBehind::findByIdempotencyKey(const std::string& key) {
    const auto held = keys_.find(key);
    return held != keys_.end() ? *orders_.at(held->second).order
                               : tables_.findByIdempotencyKey(key);
}

}  // namespace oee::storage
