#include "storage/writer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "storage/event_chain.h"

namespace oee::storage {
namespace {

using execution::StoreError;

constexpr std::chrono::milliseconds kFlushAfter{500};
// Fences of one opening of the file are above all of the earlier ones.
constexpr unsigned kFenceBitsOfOneEpoch = 32;

template <typename T, typename E>
std::function<void(bool)> replyWith(Answer<T, E> answer, tl::expected<T, E> result, E ifLost) {
    return [answer = std::move(answer), result = std::move(result),
            ifLost = std::move(ifLost)](bool stands) {
        if (answer) {
            answer(stands ? result : tl::expected<T, E>(tl::unexpected(ifLost)));
        }
    };
}

}  // namespace

Writer::Writer(Settings settings, const TokenNames& names, EngineFile file)
    : settings_(std::move(settings)),
      names_(names),
      connection_(std::move(file.connection)),
      tables_(*connection_, names_),
      epoch_(QString::number(file.epoch)),
      wallet_(*file.state.wallet),
      lastSequence_(file.state.lastEventSequence),
      lastHash_(file.lastEventHash),
      lastOrderNumber_(file.lastOrderNumber),
      lastMicros_(file.lastMicros),
      lastFence_(file.epoch << kFenceBitsOfOneEpoch),
      slot_(file.state.clock.slot) {
    for (const auto* orders : {&file.state.openOrders, &file.submitted}) {
        for (const domain::OrderPtr& order : *orders) {
            open_.emplace(order->id, order);
            fences_.emplace(order->id, order->fence);
        }
    }
    // The rate is counted on the steady clock, which setting the wall clock does not disturb.
    const base::UnixMicros wallMicros = settings_.clock->nowMicros();
    const std::int64_t steadyMicros = settings_.clock->steadyMicros();
    for (const base::UnixMicros atMicros : file.recentAdmissions) {
        admittedAtSteadyMicros_.push_back(steadyMicros -
                                          std::max<base::UnixMicros>(wallMicros - atMicros, 0));
    }
}

void Writer::process(std::vector<Request>& group) {
    std::vector<Reply> replies;
    replies.reserve(group.size());
    for (Request& request : group) {
        replies.push_back(std::visit([this](auto& what) { return handle(what); }, request.what));
    }
    const Finished finished = finish();
    for (const Reply& reply : replies) {
        reply(finished != Finished::lost);
    }
    if (finished == Finished::committed) {
        tell();
    }
}

void Writer::flush() {
    if (!before_) {
        return;
    }
    commitNow_ = true;
    if (finish() == Finished::committed) {
        tell();
    }
}

void Writer::checkpoint() {
    commitsSinceCheckpoint_ = 0;
    // Busy readers only make it move less; the rest follows with the next one.
    if (!before_ && !connection_->run("PRAGMA wal_checkpoint(PASSIVE)")) {
        connection_->rollback();
    }
}

void Writer::begin(Commit commit) {
    if (!before_) {
        before_ = Before{wallet_, lastSequence_, lastHash_, lastOrderNumber_, 0, {}};
        connection_->begin();
        checkOwner();
    }
    if (commit == Commit::now) {
        commitNow_ = true;
    } else if (!flushDue_) {
        flushDue_ = std::chrono::steady_clock::now() + kFlushAfter;
    }
}

void Writer::checkOwner() {
    const QVariant epoch = connection_->scalar("SELECT value FROM meta WHERE key = ?",
                                               {QString::fromLatin1(meta::kEpoch)});
    if (!connection_->failed() && epoch.toString() != epoch_) {
        connection_->fail("the file was opened for writing by another process");
    }
}

Writer::Finished Writer::finish() {
    if (!connection_->failed()) {
        if (!commitNow_) {
            return Finished::ridesAlong;
        }
        writeBalances();
        if (lastSequence_ != before_->lastSequence) {
            tables_.putMeta(meta::kEventHead, hexOf(lastHash_));
        }
        if (connection_->commit()) {
            if (wallet_ != before_->wallet) {
                committed_.wallet = std::make_shared<const execution::Wallet>(wallet_);
            }
            for (const auto& [orderId, order] : before_->orders) {
                if (!open_.contains(orderId)) {
                    fences_.erase(orderId);
                }
            }
            before_.reset();
            flushDue_.reset();
            commitNow_ = false;
            ++commitsSinceCheckpoint_;
            return Finished::committed;
        }
    }
    takeBack();
    return Finished::lost;
}

void Writer::writeBalances() {
    for (const auto& [key, balance] : wallet_.all()) {
        if (balance != before_->wallet.balance(key.first, key.second)) {
            tables_.putBalance(key, balance);
        }
    }
}

void Writer::takeBack() {
    connection_->rollback();
    committed_ = {};
    eventsWritten_ = 0;
    commitNow_ = false;
    flushDue_.reset();
    if (!before_) {
        return;
    }
    wallet_ = std::move(before_->wallet);
    lastSequence_ = before_->lastSequence;
    lastHash_ = before_->lastHash;
    lastOrderNumber_ = before_->lastOrderNumber;
    admittedAtSteadyMicros_.resize(admittedAtSteadyMicros_.size() - before_->admissions);
    for (auto& [orderId, order] : before_->orders) {
        if (order) {
            open_[orderId] = std::move(order);
        } else {
            open_.erase(orderId);
        }
    }
    before_.reset();
}

void Writer::tell() {
    const execution::Committed committed = std::exchange(committed_, {});
    eventsWritten_ = 0;
    const bool changed =
        !committed.events.empty() || !committed.fills.empty() || committed.wallet != nullptr;
    if (changed && settings_.onCommitted) {
        settings_.onCommitted(committed);
    }
}

base::UnixMicros Writer::now() {
    lastMicros_ = std::max(lastMicros_, settings_.clock->nowMicros());
    return lastMicros_;
}

void Writer::step(domain::Order& order, const Transition& transition,
                  std::span<const domain::Fill> fills) {
    order.status = transition.to;
    order.updatedAtMicros = transition.atMicros;
    auto event = std::make_shared<const domain::OrderEvent>(domain::OrderEvent{
        ++lastSequence_, transition.to, transition.slot, transition.atMicros, transition.detail,
        std::make_shared<const domain::Order>(order), lastHash_});
    lastHash_ = hashOf(*event, fills);
    committed_.events.push_back(std::move(event));
}

domain::OrderPtr Writer::keep(domain::Order order, RowIs row) {
    const auto known = open_.find(order.id);
    before_->orders.try_emplace(order.id, known == open_.end() ? nullptr : known->second);
    auto kept = std::make_shared<const domain::Order>(std::move(order));
    if (row == RowIs::fresh) {
        tables_.insertOrder(*kept);
    } else {
        tables_.updateOrder(*kept);
    }
    for (; eventsWritten_ < committed_.events.size(); ++eventsWritten_) {
        tables_.insertEvent(*committed_.events[eventsWritten_]);
    }
    if (domain::isTerminal(kept->status)) {
        open_.erase(kept->id);
    } else {
        open_[kept->id] = kept;
    }
    return kept;
}

Writer::Reply Writer::handle(AdmitRequest& request) {
    return replyWith(std::move(request.answer), admit(request.draft),
                     execution::Refusal{
                         execution::RefusalReason::storageFailed, execution::Field::none, {}, {}});
}

Writer::Reply Writer::handle(HandOutRequest& request) {
    return replyWith(std::move(request.answer), handOut(request.orderId), StoreError::unavailable);
}

Writer::Reply Writer::handle(NoteRequest& request) {
    note(request.note);
    return [](bool) {};
}

Writer::Reply Writer::handle(SubmitRequest& request) {
    return replyWith(std::move(request.answer), submit(request.submission),
                     StoreError::unavailable);
}

Writer::Reply Writer::handle(FailRequest& request) {
    return replyWith(std::move(request.answer), fail(request.note), StoreError::unavailable);
}

Writer::Reply Writer::handle(CancelRequest& request) {
    return replyWith(std::move(request.answer), cancel(request.orderId), StoreError::unavailable);
}

Writer::Reply Writer::handle(SlotRequest& request) {
    return replyWith(std::move(request.answer), commitSlot(request.commit),
                     StoreError::unavailable);
}

Writer::Reply Writer::handle(ResetRequest& request) {
    return replyWith(std::move(request.answer), resetWallet(), StoreError::unavailable);
}

Writer::Reply Writer::handle(LimitsRequest& request) {
    limits_ = std::move(request.limits);
    return [](bool) {};
}

}  // namespace oee::storage
