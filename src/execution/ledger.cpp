#include "execution/ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/amount.h"

namespace oee::execution {
namespace {

// Both are in the same order, and balances do not go.
void putChangedBalances(const Wallet& before, const Wallet& after, LedgerRecords& records) {
    auto known = before.all().begin();
    for (const auto& [key, balance] : after.all()) {
        const bool isKnown = known != before.all().end() && known->first == key;
        if (balance != (isKnown ? known->second : Balance{})) {
            records.putBalance(key, balance);
        }
        known = isKnown ? std::next(known) : known;
    }
}

}  // namespace

Ledger::Ledger(Settings settings, const domain::TokenRegistry& tokens, LedgerRecords& records,
               Start start)
    : settings_(std::move(settings)),
      tokens_(tokens),
      records_(records),
      wallet_(std::move(start.wallet)),
      jobs_(start.jobs.begin(), start.jobs.end()),
      lastSequence_(start.lastSequence),
      lastHash_(start.lastHash),
      lastMicros_(start.lastMicros),
      lastOrderNumber_(start.lastOrderNumber),
      lastFence_(start.lastFence),
      slot_(start.slot) {
    for (const domain::OrderPtr& order : start.openOrders) {
        open_.emplace(order->id, order);
        fences_.emplace(order->id, order->fence);
    }
    for (const auto& [orderId, job] : jobs_) {
        if (job.begun) {
            begun_.insert(orderId);
        }
    }
    // The rate is counted on the steady clock, which setting the wall clock does not disturb.
    const base::UnixMicros wallMicros = settings_.clock->nowMicros();
    const std::int64_t steadyMicros = settings_.clock->steadyMicros();
    for (const base::UnixMicros atMicros : start.recentAdmissions) {
        admittedAtSteadyMicros_.push_back(steadyMicros -
                                          std::max<base::UnixMicros>(wallMicros - atMicros, 0));
    }
}

void Ledger::setLimits(RiskLimits limits) {
    if (!limits.steadyPerMinute) {
        bucket_.reset();
    } else if (!bucket_ || bucket_->perMinute() != *limits.steadyPerMinute) {
        bucket_.emplace(*limits.steadyPerMinute, settings_.clock->steadyMicros());
    }
    limits_ = std::move(limits);
}

void Ledger::begin(Urgency urgency) {
    if (!before_) {
        before_ = Before{wallet_, lastSequence_, lastHash_, 0, {}, {}, {}};
    }
    if (settings_.onChange) {
        settings_.onChange(urgency);
    }
}

Ledger::Sealed Ledger::seal() {
    Sealed sealed;
    if (before_) {
        if (wallet_ != before_->wallet) {
            putChangedBalances(before_->wallet, wallet_, records_);
            committed_.wallet = std::make_shared<const Wallet>(wallet_);
        }
        if (lastSequence_ != before_->lastSequence) {
            records_.putEventHead(lastHash_);
        }
        for (const auto& [orderId, order] : before_->orders) {
            if (!open_.contains(orderId)) {
                sealed.ended_.push_back(orderId);
            }
        }
    }
    sealed.before_ = std::exchange(before_, std::nullopt);
    sealed.committed_ = std::exchange(committed_, {});
    eventsWritten_ = 0;
    return sealed;
}

void Ledger::keep(const Sealed& sealed) {
    for (const domain::OrderId& orderId : sealed.ended_) {
        fences_.erase(orderId);
        begun_.erase(orderId);
    }
}

void Ledger::takeBack(Sealed sealed) {
    committed_ = {};
    eventsWritten_ = 0;
    if (before_) {
        restore(*std::exchange(before_, std::nullopt));
    }
    if (sealed.before_) {
        restore(std::move(*sealed.before_));
    }
}

void Ledger::restore(Before before) {
    wallet_ = std::move(before.wallet);
    lastSequence_ = before.lastSequence;
    lastHash_ = before.lastHash;
    admittedAtSteadyMicros_.resize(admittedAtSteadyMicros_.size() - before.admissions);
    if (bucket_) {
        bucket_->giveBack(before.admissions);
    }
    for (auto& [orderId, order] : before.orders) {
        if (order) {
            open_[orderId] = std::move(order);
        } else {
            open_.erase(orderId);
        }
    }
    // What was sent must not be taken for what may be sent instead.
    for (const domain::OrderId& orderId : before.submitted) {
        if (open_.contains(orderId)) {
            fences_[orderId] = ++lastFence_;
        }
    }
    for (const auto& [orderId, job] : before.jobs) {
        if (job == JobRecord{}) {
            jobs_.erase(orderId);
        } else {
            jobs_[orderId] = job;
        }
    }
}

JobRecord Ledger::jobOf(const domain::OrderId& orderId) const {
    const auto found = jobs_.find(orderId);
    return found == jobs_.end() ? JobRecord{} : found->second;
}

void Ledger::keepJob(const domain::OrderId& orderId, const JobRecord& job) {
    before_->jobs.try_emplace(orderId, jobOf(orderId));
    jobs_[orderId] = job;
    records_.updateJob(orderId, job);
}

void Ledger::endJob(const domain::OrderId& orderId) {
    if (const auto found = jobs_.find(orderId); found != jobs_.end()) {
        before_->jobs.try_emplace(orderId, found->second);
        jobs_.erase(found);
    }
    begun_.erase(orderId);
    records_.deleteJob(orderId);
}

base::UnixMicros Ledger::now() {
    lastMicros_ = std::max(lastMicros_, settings_.clock->nowMicros());
    return lastMicros_;
}

void Ledger::step(domain::Order& order, Transition transition, const Decided& decided) {
    order.status = transition.to;
    order.updatedAtMicros = transition.atMicros;
    auto event = std::make_shared<const domain::OrderEvent>(domain::OrderEvent{
        ++lastSequence_, transition.to, transition.slot, transition.atMicros,
        std::move(transition.detail), std::make_shared<const domain::Order>(order), lastHash_});
    lastHash_ = hashOf(*event, decided);
    committed_.events.push_back(std::move(event));
}

domain::OrderPtr Ledger::keepOrder(RecordIs record) {
    domain::OrderPtr kept = committed_.events.back()->order;
    const auto known = open_.find(kept->id);
    before_->orders.try_emplace(kept->id, known == open_.end() ? nullptr : known->second);
    if (record == RecordIs::fresh) {
        records_.insertOrder(kept);
    } else {
        records_.updateOrder(kept);
    }
    for (; eventsWritten_ < committed_.events.size(); ++eventsWritten_) {
        records_.insertEvent(committed_.events[eventsWritten_]);
    }
    if (domain::isTerminal(kept->status)) {
        open_.erase(kept->id);
    } else {
        open_[kept->id] = kept;
    }
    return kept;
}

std::uint64_t Ledger::fenceOf(const domain::OrderId& orderId) const {
    const auto found = fences_.find(orderId);
    return found == fences_.end() ? 0 : found->second;
}

std::string Ledger::withSymbol(std::uint64_t amountRaw, const domain::Pubkey& mint) const {
    const domain::Token* token = tokens_.find(mint);
    return domain::formatAmount(amountRaw, token == nullptr ? 0 : token->decimals) + " " +
           tokens_.symbolOf(mint);
}

}  // namespace oee::execution
