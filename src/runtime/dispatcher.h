#pragma once
// Hands jobs to the queue, and hands out again what a queue has lost.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <QObject>
#include <QTimer>

#include "base/clock.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "jobs/job_queue.h"

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
    };

    explicit Dispatcher(Environment environment) : environment_(environment) {}

    // On the dispatcher's thread.
    void begin();
    void end();

    void dispatch(domain::OrderPtr order);
    // Orders that are submitted or ended need no job any more.
    void observe(const domain::OrderEvent& event);

  signals:
    void notice(QString text);

  private:
    struct Outstanding {
        domain::OrderPtr order;
        std::int64_t since = 0;  // steady µs of the last hand-out
    };

    void post();
    void drain();
    bool enqueueWaiting();  // whether nothing waits any more
    void sweep();

    Environment environment_;
    std::unique_ptr<QTimer> timer_;
    std::vector<jobs::Job> waiting_;  // refused by the queue, tried again by the timer
    std::map<domain::OrderId, Outstanding> outstanding_;
    bool queueFailed_ = false;

    std::mutex inputMutex_;
    std::vector<domain::OrderPtr> input_;    // guarded
    std::vector<domain::OrderId> finished_;  // guarded
    bool posted_ = false;                    // guarded
};

}  // namespace oee::runtime
