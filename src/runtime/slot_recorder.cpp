#include "runtime/slot_recorder.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include <QtGlobal>

#include "execution/counterfactuals.h"
#include "execution/receipt.h"

namespace oee::runtime {
namespace {

constexpr base::UnixMicros kMicrosPerSecond = 1'000'000;
constexpr std::uint64_t kMicrosPerMilli = 1'000;

// The transactions that a slot could decide: what had arrived, and what waited on the chain.
class Transactions {
  public:
    explicit Transactions(const SlotRecorder::Slot& slot) {
        for (const chain::PendingTransaction& entry : slot.before.pending) {
            add(*entry.transaction);
        }
        for (const domain::Transaction& transaction : slot.inbox) {
            add(transaction);
        }
    }
    // Null where nobody sent it.
    const domain::Transaction* of(const chain::TransactionOutcome& outcome) const {
        const auto found = sent_.find({outcome.orderId, outcome.attempt});
        return found == sent_.end() ? nullptr : found->second;
    }

  private:
    void add(const domain::Transaction& transaction) {
        sent_[{transaction.orderId, transaction.attempt}] = &transaction;
    }

    std::map<std::pair<domain::OrderId, std::uint32_t>, const domain::Transaction*> sent_;
};

}  // namespace

SlotRecorder::SlotRecorder(const chain::NetworkProfile& profile, Start start)
    : accounts_(std::move(start.accounts)),
      counterfactuals_(start.counterfactuals),
      planner_(profile, std::move(start.curves)) {
    for (execution::OwedMarkouts& trade : start.owedMarkouts) {
        owe(std::move(trade));
    }
}

void SlotRecorder::owe(execution::OwedMarkouts trade) {
    const auto shared = std::make_shared<const execution::OwedMarkouts>(std::move(trade));
    const auto& taken = shared->receipt.markouts;
    for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
        const bool isTaken = std::any_of(taken.begin(), taken.end(), [&](const auto& markout) {
            return markout.seconds == seconds;
        });
        if (!isTaken) {
            owed_.emplace(shared->receipt.landedAtMicros + std::int64_t{seconds} * kMicrosPerSecond,
                          Due{seconds, shared});
        }
    }
}

execution::SlotCommit SlotRecorder::record(const Slot& slot) {
    const chain::ChainState& after = slot.result.state;
    recorded_ = {after.timeMicros, {}, {}};
    execution::SlotCommit commit;
    commit.clock = after.market->clock;
    commit.blockHeight = after.market->blockHeight;
    commit.outcomes = slot.result.outcomes;
    commit.chainState = chain::encodeState(after);
    commit.arrivals.reserve(slot.inbox.size());
    for (const domain::Transaction& transaction : slot.inbox) {
        commit.arrivals.push_back({transaction.orderId, transaction.fence});
    }
    for (const std::size_t position : slot.result.changedPools) {
        const amm::Pool& pool = *after.market->pools[position];
        amm::AccountSet accounts = accounts_.at(pool.address);
        for (const domain::Pubkey& address : amm::encodePool(pool, accounts)) {
            commit.accounts.push_back({pool.address, address, accounts.at(address)});
        }
        recorded_.accounts.emplace(pool.address, std::move(accounts));
    }
    addReceipts(slot, commit);
    addMarkouts(slot, commit);
    return commit;
}

void SlotRecorder::addReceipts(const Slot& slot, execution::SlotCommit& commit) {
    const chain::ChainState& after = slot.result.state;
    const Transactions transactions(slot);
    for (const chain::TransactionOutcome& outcome : slot.result.outcomes) {
        const auto* landed = std::get_if<chain::Landed>(&outcome.result);
        if (landed == nullptr) {
            continue;
        }
        const domain::Transaction* transaction = transactions.of(outcome);
        if (transaction == nullptr || transaction->legs.empty()) {
            qCritical("Order %s landed, and nobody sent it: it gets no receipt.",
                      domain::toString(outcome.orderId).c_str());
            continue;
        }
        const double outPerLamport =
            execution::outPerLamport(*after.market, transaction->legs.back().outputMint);
        auto receipt =
            execution::makeReceipt({*transaction, outcome, after.timeMicros, outPerLamport});
        if (!receipt) {
            qCritical("No receipt can be made for order %s.",
                      domain::toString(outcome.orderId).c_str());
            continue;
        }
        if (counterfactuals_ == WithCounterfactuals::yes) {
            receipt->counterfactuals =
                execution::counterfactualsOf(*receipt, planner_.on(slot.before.market));
        }
        commit.receipts.push_back(*receipt);
        recorded_.trades.push_back({std::move(*receipt), landed->fills});
    }
}

void SlotRecorder::addMarkouts(const Slot& slot, execution::SlotCommit& commit) const {
    const chain::ChainState& after = slot.result.state;
    for (auto due = owed_.begin(); due != owed_.upper_bound(after.timeMicros); ++due) {
        const domain::Receipt& receipt = due->second.trade->receipt;
        std::vector<std::shared_ptr<const amm::Pool>> pools;
        for (const domain::Fill& fill : due->second.trade->fills) {
            const std::size_t position = after.market->pairs->positionOf(fill.pool);
            pools.push_back(position < after.market->pools.size() ? after.market->pools[position]
                                                                  : nullptr);
        }
        const std::uint64_t midOutRaw = execution::valueAt(
            receipt.amountInRaw, execution::midPriceOf(due->second.trade->fills, pools));
        const auto afterMicros =
            static_cast<std::uint64_t>(after.timeMicros - receipt.landedAtMicros);
        commit.markouts.push_back(
            {receipt.orderId, {due->second.seconds, midOutRaw, afterMicros / kMicrosPerMilli}});
    }
}

void SlotRecorder::prepare(const amm::MarketSnapshotPtr& market) {
    if (counterfactuals_ == WithCounterfactuals::yes) {
        planner_.on(market);
    }
}

void SlotRecorder::keep() {
    for (auto& [pool, accounts] : recorded_.accounts) {
        accounts_[pool] = std::move(accounts);
    }
    owed_.erase(owed_.begin(), owed_.upper_bound(recorded_.timeMicros));
    for (execution::OwedMarkouts& trade : recorded_.trades) {
        owe(std::move(trade));
    }
    recorded_ = {};
}

}  // namespace oee::runtime
