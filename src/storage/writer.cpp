#include "storage/writer.h"

#include <utility>

namespace oee::storage {
namespace {

using base::CrashPoint;
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

execution::Ledger::Start startOf(EngineFile& file) {
    execution::Ledger::Start start;
    start.wallet = *file.state.wallet;
    start.openOrders = file.state.openOrders;
    start.openOrders.insert(start.openOrders.end(), file.submitted.begin(), file.submitted.end());
    start.lastSequence = file.state.lastEventSequence;
    start.lastHash = file.lastEventHash;
    start.lastOrderNumber = file.lastOrderNumber;
    start.lastMicros = file.lastMicros;
    start.lastFence = file.epoch << kFenceBitsOfOneEpoch;
    start.slot = file.state.clock.slot;
    start.recentAdmissions = std::move(file.recentAdmissions);
    start.jobs = std::move(file.jobs);
    return start;
}

}  // namespace

Writer::Writer(Settings settings, const TokenNames& names, EngineFile file)
    : settings_(std::move(settings)),
      connection_(std::move(file.connection)),
      tables_(*connection_, names),
      records_(tables_, settings_.crashPoints),
      epoch_(QString::number(file.epoch)),
      ledger_({settings_.seed, settings_.clock, settings_.maxOpenOrders, settings_.startBalances,
               settings_.retries, [this](execution::Urgency urgency) { begin(urgency); }},
              names.tokens(), records_, startOf(file)) {}

void Writer::process(std::vector<Request>& group) {
    std::vector<Reply> replies;
    replies.reserve(group.size());
    for (Request& request : group) {
        replies.push_back(std::visit([this](auto& what) { return handle(what); }, request.what));
    }
    const Finished finished = finish();
    settings_.crashPoints.reach(CrashPoint::storeBeforeAnswers);
    for (const Reply& reply : replies) {
        reply(finished != Finished::lost);
    }
    settings_.crashPoints.reach(CrashPoint::storeAfterAnswers);
    if (finished == Finished::kept) {
        tell();
    }
    if (settings_.durability == Durability::processEnd) {
        records_.writeAdded();
    }
}

void Writer::flush() {
    if (!began_) {
        return;
    }
    keepNow_ = commitNow_ = true;
    if (finish() == Finished::kept) {
        tell();
    }
}

void Writer::checkpoint() {
    commitsSinceCheckpoint_ = 0;
    // Busy readers only make it move less; the rest follows with the next one.
    settings_.crashPoints.reach(CrashPoint::storeBeforeCheckpoint);
    if (!began_ && !connection_->run("PRAGMA wal_checkpoint(PASSIVE)")) {
        connection_->rollback();
    }
    settings_.crashPoints.reach(CrashPoint::storeAfterCheckpoint);
}

void Writer::begin(execution::Urgency urgency) {
    if (!began_) {
        began_ = true;
        settings_.crashPoints.reach(CrashPoint::storeBeforeBegin);
        connection_->begin();
        settings_.crashPoints.reach(CrashPoint::storeAfterBegin);
        checkOwner();
    }
    if (urgency == execution::Urgency::now) {
        keepNow_ = true;
        commitNow_ = settings_.durability == Durability::powerLoss;
    }
    if (!commitNow_ && !flushDue_) {
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
    if (!keepNow_ && !connection_->failed()) {
        return Finished::ridesAlong;
    }
    keepNow_ = false;
    if (!connection_->failed()) {
        ledger_.seal();
        if (!commitNow_ || commit()) {
            committed_ = ledger_.keep();
            return Finished::kept;
        }
    }
    ledger_.takeBack();
    records_.forget();
    // Where more than the newest group would be lost, the failure stays: what was told before has
    // not happened, and nothing may be built upon it.
    if (settings_.durability == Durability::powerLoss) {
        connection_->rollback();
        began_ = false;
    }
    commitNow_ = false;
    flushDue_.reset();
    return Finished::lost;
}

bool Writer::commit() {
    records_.flush();
    settings_.crashPoints.reach(CrashPoint::storeBeforeCommit);
    if (!connection_->commit()) {
        return false;
    }
    settings_.crashPoints.reach(CrashPoint::storeAfterCommit);
    ++commitsSinceCheckpoint_;
    began_ = false;
    commitNow_ = false;
    flushDue_.reset();
    return true;
}

void Writer::tell() {
    const execution::Committed committed = std::exchange(committed_, {});
    const bool changed =
        !committed.events.empty() || !committed.fills.empty() || committed.wallet != nullptr;
    if (changed && settings_.onCommitted) {
        settings_.onCommitted(committed);
        settings_.crashPoints.reach(CrashPoint::storeAfterTell);
    }
}

Writer::Reply Writer::handle(AdmitRequest& request) {
    const execution::Refusal ifLost{
        execution::RefusalReason::storageFailed, execution::Field::none, {}, {}};
    if (textOf(request.draft.idempotencyKey).toStdString() != request.draft.idempotencyKey) {
        // Two keys of broken UTF-8 could be stored as one.
        using Result = tl::expected<execution::Admitted, execution::Refusal>;
        return replyWith(std::move(request.answer),
                         Result(tl::unexpected(execution::Refusal{
                             execution::RefusalReason::outOfRange, execution::Field::idempotencyKey,
                             "the text", "UTF-8"})),
                         ifLost);
    }
    auto decided = ledger_.admit(request.draft);
    settings_.crashPoints.reach(CrashPoint::storeAfterAdmit);
    return replyWith(std::move(request.answer), std::move(decided), ifLost);
}

Writer::Reply Writer::handle(HandOutRequest& request) {
    auto decided = ledger_.handOut(request.orderId);
    settings_.crashPoints.reach(CrashPoint::storeAfterHandOut);
    return replyWith(std::move(request.answer), std::move(decided), StoreError::unavailable);
}

Writer::Reply Writer::handle(RetryRequest& request) {
    return replyWith(std::move(request.answer), ledger_.retryParked(request.orderId),
                     StoreError::unavailable);
}

Writer::Reply Writer::handle(NoteRequest& request) {
    ledger_.note(request.note);
    settings_.crashPoints.reach(CrashPoint::storeAfterNote);
    return [](bool) {};
}

Writer::Reply Writer::handle(SubmitRequest& request) {
    auto decided = ledger_.submit(request.submission);
    settings_.crashPoints.reach(CrashPoint::storeAfterSubmit);
    return replyWith(std::move(request.answer), std::move(decided), StoreError::unavailable);
}

Writer::Reply Writer::handle(FailRequest& request) {
    auto decided = ledger_.fail(request.note);
    settings_.crashPoints.reach(CrashPoint::storeAfterFail);
    return replyWith(std::move(request.answer), std::move(decided), StoreError::unavailable);
}

Writer::Reply Writer::handle(CancelRequest& request) {
    auto decided = ledger_.cancel(request.orderId);
    settings_.crashPoints.reach(CrashPoint::storeAfterCancel);
    return replyWith(std::move(request.answer), std::move(decided), StoreError::unavailable);
}

Writer::Reply Writer::handle(SlotRequest& request) {
    auto decided = ledger_.commitSlot(request.commit);
    settings_.crashPoints.reach(CrashPoint::storeAfterSlot);
    return replyWith(std::move(request.answer), decided, StoreError::unavailable);
}

Writer::Reply Writer::handle(ResetRequest& request) {
    return replyWith(std::move(request.answer), ledger_.resetWallet(), StoreError::unavailable);
}

// Not the ledger's: it knows only orders that have not ended.
Writer::Reply Writer::handle(PruneRequest& request) {
    using Result = tl::expected<std::monostate, StoreError>;
    begin(execution::Urgency::now);
    pruneOrders(*connection_, request.batch);
    settings_.crashPoints.reach(CrashPoint::retentionAfterDelete);
    return replyWith(std::move(request.answer), Result{}, StoreError::unavailable);
}

Writer::Reply Writer::handle(LimitsRequest& request) {
    ledger_.setLimits(std::move(request.limits));
    return [](bool) {};
}

}  // namespace oee::storage
