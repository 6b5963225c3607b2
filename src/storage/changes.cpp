#include "storage/changes.h"

namespace oee::storage {
namespace {

using base::CrashPoint;

void writeOrders(const Changes& changes, Tables& tables) {
    std::vector<domain::OrderPtr> fresh;
    std::vector<domain::OrderPtr> ended;
    for (const auto& [id, held] : changes.orders) {
        if (held.row == Changes::Row::fresh) {
            fresh.push_back(held.order);
        }
        if (domain::isTerminal(held.order->status)) {
            ended.push_back(held.order);
        }
    }
    tables.insertOrders(fresh);
    tables.insertEnds(ended);
    for (const auto& [id, held] : changes.orders) {
        if (held.row == Changes::Row::fresh) {
            continue;
        }
        if (domain::isTerminal(held.order->status)) {
            tables.deleteJob(id);
        } else {
            tables.updateOrder(*held.order);
        }
    }
}

void writeAdded(const Changes& changes, Tables& tables) {
    tables.insertEvents(changes.events);
    tables.insertFills(changes.fills);
}

void writeReceipts(const Changes& changes, Tables& tables) {
    tables.insertReceipts(changes.receipts);
    tables.addMarkouts(changes.markouts);
}

void writeTransactions(const Changes& changes, Tables& tables) {
    for (const domain::OrderId& id : changes.deletedTransactions) {
        tables.deleteTransaction(id);
    }
    std::vector<const execution::SentTransaction*> sent;
    sent.reserve(changes.transactions.size());
    for (const auto& [id, transaction] : changes.transactions) {
        sent.push_back(&transaction);
    }
    tables.insertTransactions(sent);
}

void writeJobs(const Changes& changes, Tables& tables) {
    for (const auto& [id, order] : changes.jobs) {
        tables.insertJob(*order);
    }
    for (const auto& [id, job] : changes.jobRecords) {
        tables.updateJob(id, job);
    }
}

}  // namespace

void Changes::writeTo(Tables& tables, const base::CrashPoints& crashPoints) const {
    crashPoints.reach(CrashPoint::storeBeforeWrites);
    writeOrders(*this, tables);
    crashPoints.reach(CrashPoint::storeAfterOrders);
    writeAdded(*this, tables);
    crashPoints.reach(CrashPoint::storeAfterEvents);
    writeReceipts(*this, tables);
    crashPoints.reach(CrashPoint::storeAfterReceipts);
    writeTransactions(*this, tables);
    crashPoints.reach(CrashPoint::storeAfterTransactions);
    writeJobs(*this, tables);
    crashPoints.reach(CrashPoint::storeAfterOutbox);
    for (const auto& [key, balance] : balances) {
        tables.putBalance(key, balance);
    }
    crashPoints.reach(CrashPoint::storeAfterWallet);
    for (const auto& [address, held] : accounts) {
        tables.putAccount(held.write, held.slot);
    }
    crashPoints.reach(CrashPoint::storeAfterAccounts);
    if (clock) {
        tables.putClock(clock->clock, clock->blockHeight);
    }
    if (eventHead) {
        tables.putEventHead(*eventHead);
    }
    if (chainState) {
        tables.putChainState(*chainState);
    }
    crashPoints.reach(CrashPoint::storeAfterChainState);
    for (const auto& [id, held] : orders) {
        if (domain::isTerminal(held.order->status)) {
            tables.forgetNumber(id);
        }
    }
}

void Changes::writeAddedTo(Tables& tables) {
    writeAdded(*this, tables);
    events.clear();
    fills.clear();
}

}  // namespace oee::storage
