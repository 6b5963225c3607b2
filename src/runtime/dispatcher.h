#pragma once
// Hands jobs to the queue when their time has come, hands out again what a queue has lost, and ends
// what has outlived its deadline.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <QObject>
#include <QTimer>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "base/crash_points.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "execution/retry.h"
#include "jobs/job_queue.h"
#include "runtime/shared_cell.h"

namespace oee::runtime {

// Lives on its own thread, because a queue may be on a network. dispatch() and observe() may be
// called from any thread and return at once.
class Dispatcher final : public QObject {
    Q_OBJECT

  public:
    struct Environment {
        const base::Clock& clock;
        execution::OrderStore& store;
        jobs::JobQueue& queue;
        const SharedCell<amm::MarketSnapshot>& market;  // failures carry its slot
        execution::RetryPolicy retries;
        base::CrashPoints crashPoints = {};
    };

    explicit Dispatcher(Environment environment) : environment_(std::move(environment)) {}

    // On the dispatcher's thread.
    void begin();
    void end();

    // An order that has its newest fence: at once, or when its next attempt may begin.
    void dispatch(domain::OrderPtr order);
    // The same, but with the next wake() or observe(), so that orders that are decided together go
    // to the queue together.
    void dispatchUntilWoken(domain::OrderPtr order);
    void wake();
    // An order that was dispatched before it was stored, and then was not.
    void withdraw(const domain::OrderId& orderId);
    // An order whose job came back too often is not handed out any more, but its deadline counts.
    void park(domain::OrderPtr order);
    // The job with this fence is in the queue no more, and was not done.
    void takeBack(const domain::OrderId& orderId, std::uint64_t fence);
    // The events of a commit. Orders that are submitted or ended need no job any more; one whose
    // attempt came to nothing, and that is not at its end, needs another.
    void observe(std::span<const std::shared_ptr<const domain::OrderEvent>> events);

    // Of any thread.
    std::uint64_t parkedCount() const { return parkedCount_; }

  signals:
    void notice(QString text);

  private:
    // In steady µs: whatever the wall clock does, waits are as long as they were meant.
    struct Outstanding {
        domain::OrderPtr order;
        std::int64_t since = 0;  // of the last hand-out
        std::optional<std::int64_t> deadline;
        std::optional<std::uint64_t> enqueuedAtCheck;  // empty: not in the queue
        bool isParked = false;
    };
    // What others told, in the order in which it happened.
    struct Wanted {
        domain::OrderPtr order;
    };
    struct Parked {
        domain::OrderPtr order;
    };
    struct Unwanted {
        domain::OrderId orderId;
    };
    struct TakenBack {
        domain::OrderId orderId;
        std::uint64_t fence = 0;
    };
    using Input = std::variant<Wanted, Parked, Unwanted, TakenBack>;

    void post(Input input);
    void postWake();  // with inputMutex_ held
    void drain();
    void take(const Input& input, std::int64_t now);
    void forget(const domain::OrderId& id);
    void releaseDue(std::int64_t now);
    bool enqueueWaiting();  // whether nothing waits any more
    // Whether the queue had lost jobs; they are handed out again.
    bool checkQueue();
    void handOutAgain(const domain::OrderId& id, Outstanding& entry);
    void sweep();
    void failExpired();

    Environment environment_;
    std::unique_ptr<QTimer> timer_;
    std::unique_ptr<QTimer> due_;     // the next of later_
    std::vector<jobs::Job> waiting_;  // refused by the queue, tried again by the timer
    std::map<domain::OrderId, Outstanding> outstanding_;
    std::multimap<std::int64_t, domain::OrderPtr> later_;  // by the steady µs of its time
    bool queueFailed_ = false;
    std::uint64_t checks_ = 0;
    std::int64_t lastCheck_ = 0;
    std::atomic<std::uint64_t> parkedCount_{0};

    std::mutex inputMutex_;
    std::vector<Input> input_;  // guarded
    bool posted_ = false;       // guarded
};

}  // namespace oee::runtime
