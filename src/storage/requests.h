#pragma once
// What callers ask of the writer, and the queue that they meet in.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "execution/order_store.h"
#include "storage/prune.h"

namespace oee::storage {

template <typename T, typename E>
using Answer = execution::OrderStore::Answer<T, E>;
using OrderAnswer = Answer<domain::OrderPtr, execution::StoreError>;
using Decided = execution::OrderStore::Decided;

struct AdmitRequest {
    execution::OrderDraft draft;
    Answer<execution::Admitted, execution::Refusal> answer;
    Decided decided;
};
struct HandOutRequest {
    domain::OrderId orderId;
    OrderAnswer answer;
};
struct RetryRequest {
    domain::OrderId orderId;
    OrderAnswer answer;
};
struct NoteRequest {
    execution::ProgressNote note;
};
struct SubmitRequest {
    execution::Submission submission;
    OrderAnswer answer;
    Decided decided;
};
struct FailRequest {
    execution::FailureNote note;
    OrderAnswer answer;
};
struct CancelRequest {
    domain::OrderId orderId;
    OrderAnswer answer;
};
struct SlotRequest {
    execution::SlotCommit commit;
    Answer<std::monostate, execution::StoreError> answer;
};
struct ResetRequest {
    Answer<std::shared_ptr<const execution::Wallet>, execution::StoreError> answer;
};
struct PruneRequest {
    PruneBatch batch;
    Answer<std::monostate, execution::StoreError> answer;
};
struct LimitsRequest {
    execution::RiskLimits limits;
};

// A struct and not an alias, so that it can be declared in advance.
struct Request {
    std::variant<AdmitRequest, HandOutRequest, RetryRequest, NoteRequest, SubmitRequest,
                 FailRequest, CancelRequest, SlotRequest, ResetRequest, PruneRequest, LimitsRequest>
        what;
};

// Why a request did not get into the queue.
enum class TurnedAway { full, closed };
// Answers it so, if it has an answer. `bound` is what the queue holds at most.
void refuse(const Request& request, TurnedAway why, std::size_t bound);

// Many threads push; one takes, or, while that one writes, another takes ahead of it. Both hold a
// lock of theirs around take(), so that the order of the calls is kept.
class RequestQueue {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit RequestQueue(std::size_t bound) : bound_(bound) {}

    // Clients (admit, cancel, retryParked, resetWallet) are turned away at the bound; what the
    // engine sends is bounded by its open orders. A request that did not get in is left as it was.
    std::optional<TurnedAway> push(Request& request);
    void close();
    std::size_t bound() const { return bound_; }

    enum class Waited { some, nothing, closed };
    // Waits for requests, `until` (if any), or the end: closed, with nothing left.
    Waited wait(std::optional<TimePoint> until);
    // The first of those that wait, `most` or all.
    void take(std::vector<Request>& group, std::size_t most);

    // From startWriting() to endWriting() nobody waits in wait().
    void startWriting();
    void endWriting();
    // Waits for requests while somebody writes. False once the queue is closed.
    bool waitToTakeAhead();

  private:
    const std::size_t bound_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable wakeAhead_;
    // Guarded by mutex_.
    std::deque<Request> waiting_;
    bool closed_ = false;
    bool isWriting_ = false;
};

}  // namespace oee::storage
