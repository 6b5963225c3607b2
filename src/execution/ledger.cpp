#include "execution/ledger.h"

#include <algorithm>
#include <utility>

#include "domain/amount.h"

namespace oee::execution {

Ledger::Ledger(Settings settings, const domain::TokenRegistry& tokens, LedgerRecords& records,
               Start start)
    : settings_(std::move(settings)),
      tokens_(tokens),
      records_(records),
      wallet_(std::move(start.wallet)),
      jobs_(std::move(start.jobs)),
      lastSequence_(start.lastSequence),
      lastHash_(start.lastHash),
      lastOrderNumber_(start.lastOrderNumber),
      lastMicros_(start.lastMicros),
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
        before_ = Before{wallet_, lastSequence_, lastHash_, lastOrderNumber_, 0, {}, {}};
    }
    if (settings_.onChange) {
        settings_.onChange(urgency);
    }
}

void Ledger::seal() {
    if (!before_) {
        return;
    }
    for (const auto& [key, balance] : wallet_.all()) {
        if (balance != before_->wallet.balance(key.first, key.second)) {
            records_.putBalance(key, balance);
        }
    }
    if (lastSequence_ != before_->lastSequence) {
        records_.putEventHead(lastHash_);
    }
}

Committed Ledger::keep() {
    if (before_) {
        if (wallet_ != before_->wallet) {
            committed_.wallet = std::make_shared<const Wallet>(wallet_);
        }
        for (const auto& [orderId, order] : before_->orders) {
            if (!open_.contains(orderId)) {
                fences_.erase(orderId);
                begun_.erase(orderId);
            }
        }
        before_.reset();
    }
    eventsWritten_ = 0;
    return std::exchange(committed_, {});
}

void Ledger::takeBack() {
    committed_ = {};
    eventsWritten_ = 0;
    if (!before_) {
        return;
    }
    wallet_ = std::move(before_->wallet);
    lastSequence_ = before_->lastSequence;
    lastHash_ = before_->lastHash;
    lastOrderNumber_ = before_->lastOrderNumber;
    admittedAtSteadyMicros_.resize(admittedAtSteadyMicros_.size() - before_->admissions);
    if (bucket_) {
        bucket_->giveBack(before_->admissions);
    }
    for (auto& [orderId, order] : before_->orders) {
        if (order) {
            open_[orderId] = std::move(order);
        } else {
            open_.erase(orderId);
        }
    }
    for (const auto& [orderId, job] : before_->jobs) {
        if (job == JobRecord{}) {
            jobs_.erase(orderId);
        } else {
            jobs_[orderId] = job;
        }
    }
    before_.reset();
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

void Ledger::step(domain::Order& order, const Transition& transition, const Decided& decided) {
    order.status = transition.to;
    order.updatedAtMicros = transition.atMicros;
    auto event = std::make_shared<const domain::OrderEvent>(domain::OrderEvent{
        ++lastSequence_, transition.to, transition.slot, transition.atMicros, transition.detail,
        std::make_shared<const domain::Order>(order), lastHash_});
    lastHash_ = hashOf(*event, decided);
    committed_.events.push_back(std::move(event));
}

domain::OrderPtr Ledger::keepOrder(domain::Order order, RecordIs record) {
    const auto known = open_.find(order.id);
    before_->orders.try_emplace(order.id, known == open_.end() ? nullptr : known->second);
    auto kept = std::make_shared<const domain::Order>(std::move(order));
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
