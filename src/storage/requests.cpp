#include "storage/requests.h"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace oee::storage {
namespace {

bool isClients(const Request& request) {
    return std::holds_alternative<AdmitRequest>(request.what) ||
           std::holds_alternative<CancelRequest>(request.what) ||
           std::holds_alternative<RetryRequest>(request.what) ||
           std::holds_alternative<ResetRequest>(request.what);
}

execution::Refusal refusalOf(TurnedAway why, std::size_t bound) {
    if (why == TurnedAway::closed) {
        return {execution::RefusalReason::shuttingDown, execution::Field::none, {}, {}};
    }
    const std::string limit = std::to_string(bound);
    return {execution::RefusalReason::busy, execution::Field::none, limit, limit};
}

}  // namespace

void refuse(const Request& request, TurnedAway why, std::size_t bound) {
    std::visit(
        [&](const auto& what) {
            using What = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<What, AdmitRequest>) {
                if (what.answer) {
                    what.answer(tl::unexpected(refusalOf(why, bound)));
                }
            } else if constexpr (std::is_same_v<What, NoteRequest>) {
                if (what.note.written) {
                    what.note.written();
                }
            } else if constexpr (!std::is_same_v<What, LimitsRequest>) {
                if (what.answer) {
                    what.answer(tl::unexpected(why == TurnedAway::full
                                                   ? execution::StoreError::unavailable
                                                   : execution::StoreError::closed));
                }
            }
        },
        request.what);
}

std::optional<TurnedAway> RequestQueue::push(Request& request) {
    bool wakesAhead = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return TurnedAway::closed;
        }
        if (waiting_.size() >= bound_ && isClients(request)) {
            return TurnedAway::full;
        }
        waiting_.push_back(std::move(request));
        wakesAhead = isWriting_;
    }
    (wakesAhead ? wakeAhead_ : wake_).notify_one();
    return std::nullopt;
}

void RequestQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wake_.notify_one();
    wakeAhead_.notify_one();
}

RequestQueue::Waited RequestQueue::wait(std::optional<TimePoint> until) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || !waiting_.empty(); };
    if (until) {
        wake_.wait_until(lock, *until, ready);
    } else {
        wake_.wait(lock, ready);
    }
    if (!waiting_.empty()) {
        return Waited::some;
    }
    return closed_ ? Waited::closed : Waited::nothing;
}

void RequestQueue::take(std::vector<Request>& group, std::size_t most) {
    group.clear();
    const std::lock_guard lock(mutex_);
    const auto end =
        waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
    group.insert(group.end(), std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
}

void RequestQueue::startWriting() {
    {
        const std::lock_guard lock(mutex_);
        isWriting_ = true;
        if (waiting_.empty()) {
            return;
        }
    }
    wakeAhead_.notify_one();
}

void RequestQueue::endWriting() {
    const std::lock_guard lock(mutex_);
    isWriting_ = false;
}

bool RequestQueue::waitToTakeAhead() {
    std::unique_lock lock(mutex_);
    wakeAhead_.wait(lock, [this] { return closed_ || (isWriting_ && !waiting_.empty()); });
    return !closed_;
}

}  // namespace oee::storage
