#include "storage/writer.h"

#include <utility>

namespace oee::storage {
namespace {

using base::CrashPoint;
using execution::StoreError;

constexpr std::chrono::milliseconds kFlushAfter{500};
// Decided ahead at once: the writer may come back and wait for the end of it.
constexpr std::size_t kMostAhead = 64;
// Decided by the writer itself, which meanwhile does not write; the rest is decided ahead.
constexpr std::size_t kMostByWriter = 256;
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
      names_(names),
      connection_(std::move(file.connection)),
      tables_(*connection_, names),
      epoch_(QString::number(file.epoch)),
      ledger_({settings_.seed, settings_.clock, settings_.maxOpenOrders, settings_.startBalances,
               settings_.retries, [this](execution::Urgency urgency) { onChange(urgency); }},
              names.tokens(), records_, startOf(file)) {}

void Writer::process(RequestQueue& queue) {
    std::vector<Request> group;
    Lock lock(mutex_);
    if (open_.replies.empty()) {
        queue.take(group, kMostByWriter);
        decide(group, tables_);
    }
    finish(lock, &queue);
}

void Writer::decideAhead(RequestQueue& queue) {
    // A connection is one thread's.
    const auto reader = Connection::open({.path = settings_.path, .access = Access::readOnly});
    if (!reader) {
        return;  // process() decides all that is asked
    }
    Tables lookup(**reader, names_);
    std::vector<Request> group;
    while (queue.waitToTakeAhead()) {
        const Lock lock(mutex_);
        if (!isWriting_) {
            continue;
        }
        queue.take(group, kMostAhead);
        decide(group, lookup);
        if ((*reader)->failed()) {
            open_.isLost = true;
            (*reader)->rollback();
        }
    }
}

void Writer::decide(std::vector<Request>& group, Tables& lookup) {
    records_.lookIn(lookup);
    for (Request& request : group) {
        open_.replies.push_back(
            std::visit([this](auto& what) { return handle(what); }, request.what));
    }
    if (std::exchange(hasTold_, false) && settings_.listeners.decided) {
        settings_.listeners.decided();
    }
}

void Writer::tellDecided(const Decided& decided, const domain::OrderPtr& order) {
    if (decided) {
        decided(order);
        hasTold_ = true;
    }
}

bool Writer::hasDecided() const {
    const Lock lock(mutex_);
    return !open_.replies.empty();
}

std::optional<RequestQueue::TimePoint> Writer::flushDue() const {
    const Lock lock(mutex_);
    return open_.flushDue;
}

void Writer::flush() {
    Lock lock(mutex_);
    if (open_.flushDue) {
        commitOpen(lock, nullptr);
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

void Writer::onChange(execution::Urgency urgency) {
    if (urgency == execution::Urgency::now) {
        open_.keepNow = true;
    }
    if (!open_.flushDue) {
        open_.flushDue = std::chrono::steady_clock::now() + kFlushAfter;
    }
}

void Writer::finish(Lock& lock, RequestQueue* queue) {
    const bool mustEnd = open_.keepNow || open_.isLost || connection_->failed();
    if (mustEnd && settings_.durability == Durability::powerLoss) {
        commitOpen(lock, queue);
    } else if (mustEnd) {
        keepOpen(lock);
    } else {
        // What changed rides along with the next one.
        const std::vector<Reply> replies = std::exchange(open_.replies, {});
        lock.unlock();
        answer(replies, true);
    }
    if (settings_.durability == Durability::processEnd && records_.held().hasAdded()) {
        begin();
        records_.held().writeAddedTo(tables_);
    }
}

void Writer::commitOpen(Lock& lock, RequestQueue* queue) {
    execution::Ledger::Sealed sealed = ledger_.seal();
    const Changes changes = records_.take();
    const Batch batch = std::exchange(open_, {});
    records_.setWriting(&changes);
    isWriting_ = true;
    lock.unlock();
    if (queue != nullptr) {
        queue->startWriting();
    }
    const bool stands = !batch.isLost && write(changes);
    if (stands) {
        answer(batch.replies, true);
        tell(sealed.committed());
    }
    if (queue != nullptr) {
        queue->endWriting();
    }
    lock.lock();
    isWriting_ = false;
    records_.setWriting(nullptr);
    if (stands) {
        ledger_.keep(sealed);
        return;
    }
    // What was decided meanwhile was built upon it.
    ledger_.takeBack(std::move(sealed));
    records_.take();
    const Batch ahead = std::exchange(open_, {});
    lock.unlock();
    // Where more than the newest group would be lost, the failure stays: what was told before has
    // not happened, and nothing may be built upon it.
    if (settings_.durability == Durability::powerLoss) {
        connection_->rollback();
        began_ = false;
    }
    answer(batch.replies, false);
    answer(ahead.replies, false);
}

// What changed is kept in memory, and in the file's open transaction.
void Writer::keepOpen(Lock& lock) {
    execution::Ledger::Sealed sealed = ledger_.seal();
    const std::vector<Reply> replies = std::exchange(open_.replies, {});
    if (connection_->failed()) {
        ledger_.takeBack(std::move(sealed));
        records_.take();
        open_ = {};
        lock.unlock();
        answer(replies, false);
        return;
    }
    open_.keepNow = false;
    ledger_.keep(sealed);
    lock.unlock();
    answer(replies, true);
    tell(sealed.committed());
}

bool Writer::write(const Changes& changes) {
    begin();
    for (const PruneBatch& batch : changes.prunes) {
        pruneOrders(*connection_, batch);
        settings_.crashPoints.reach(CrashPoint::retentionAfterDelete);
    }
    changes.writeTo(tables_, settings_.crashPoints);
    settings_.crashPoints.reach(CrashPoint::storeBeforeCommit);
    if (!connection_->commit()) {
        return false;
    }
    settings_.crashPoints.reach(CrashPoint::storeAfterCommit);
    ++commitsSinceCheckpoint_;
    began_ = false;
    return true;
}

void Writer::begin() {
    if (!began_) {
        began_ = true;
        settings_.crashPoints.reach(CrashPoint::storeBeforeBegin);
        connection_->begin();
        settings_.crashPoints.reach(CrashPoint::storeAfterBegin);
        checkOwner();
    }
}

void Writer::checkOwner() {
    const QVariant epoch = connection_->scalar("SELECT value FROM meta WHERE key = ?",
                                               {QString::fromLatin1(meta::kEpoch)});
    if (!connection_->failed() && epoch.toString() != epoch_) {
        connection_->fail("the file was opened for writing by another process");
    }
}

void Writer::answer(const std::vector<Reply>& replies, bool stands) const {
    settings_.crashPoints.reach(CrashPoint::storeBeforeAnswers);
    for (const Reply& reply : replies) {
        reply(stands);
    }
    if (settings_.listeners.answered) {
        settings_.listeners.answered();
    }
    settings_.crashPoints.reach(CrashPoint::storeAfterAnswers);
}

void Writer::tell(const execution::Committed& committed) const {
    const bool changed =
        !committed.events.empty() || !committed.fills.empty() || committed.wallet != nullptr;
    if (changed && settings_.listeners.committed) {
        settings_.listeners.committed(committed);
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
    if (decided && !decided->replayed) {
        tellDecided(request.decided, decided->order);
    }
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
    if (request.note.written) {
        return [written = std::move(request.note.written)](bool) { written(); };
    }
    return [](bool) {};
}

Writer::Reply Writer::handle(SubmitRequest& request) {
    auto decided = ledger_.submit(request.submission);
    settings_.crashPoints.reach(CrashPoint::storeAfterSubmit);
    if (decided) {
        tellDecided(request.decided, *decided);
    }
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
    onChange(execution::Urgency::now);
    records_.prune(std::move(request.batch));
    return replyWith(std::move(request.answer), Result{}, StoreError::unavailable);
}

Writer::Reply Writer::handle(LimitsRequest& request) {
    ledger_.setLimits(std::move(request.limits));
    return [](bool) {};
}

}  // namespace oee::storage
