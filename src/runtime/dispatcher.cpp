#include "runtime/dispatcher.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <QMetaObject>

namespace oee::runtime {
namespace {

constexpr int kTimerMillis = 500;
// A job that brought nothing for so long is taken for lost and handed out again. The new fence
// makes the old delivery harmless should it still come.
constexpr std::int64_t kLostAfterMicros = 30'000'000;

// A queue refuses a batch that has no room whole: one that is larger than all of it never would.
constexpr std::size_t kChunk = 256;

}  // namespace

void Dispatcher::begin() {
    timer_ = std::make_unique<QTimer>();
    timer_->setInterval(kTimerMillis);
    QObject::connect(timer_.get(), &QTimer::timeout, this, [this] {
        sweep();
        drain();
    });
    timer_->start();
    drain();
}

void Dispatcher::end() {
    timer_.reset();
}

void Dispatcher::dispatch(domain::OrderPtr order) {
    const std::lock_guard lock(inputMutex_);
    input_.push_back(std::move(order));
    post();
}

void Dispatcher::observe(const domain::OrderEvent& event) {
    if (event.status != domain::OrderStatus::submitted && !domain::isTerminal(event.status)) {
        return;
    }
    const std::lock_guard lock(inputMutex_);
    finished_.push_back(event.order->id);
    post();
}

void Dispatcher::post() {
    if (!posted_) {
        posted_ = true;
        QMetaObject::invokeMethod(this, &Dispatcher::drain, Qt::QueuedConnection);
    }
}

void Dispatcher::drain() {
    std::vector<domain::OrderPtr> input;
    std::vector<domain::OrderId> finished;
    {
        const std::lock_guard lock(inputMutex_);
        input.swap(input_);
        finished.swap(finished_);
        posted_ = false;
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    for (domain::OrderPtr& order : input) {
        outstanding_[order->id] = {order, now};
        waiting_.push_back({std::move(order)});
    }
    // After the input: an order's job is always dispatched before its end is observed.
    for (const domain::OrderId& id : finished) {
        outstanding_.erase(id);
    }
    if (waiting_.empty()) {
        return;
    }
    if (enqueueWaiting()) {
        if (std::exchange(queueFailed_, false)) {
            emit notice("The job queue answers again.");
        }
    } else if (!std::exchange(queueFailed_, true)) {
        emit notice("The job queue does not take jobs; they wait in the database.");
    }
}

bool Dispatcher::enqueueWaiting() {
    std::size_t taken = 0;
    while (taken < waiting_.size()) {
        const std::span<const jobs::Job> chunk =
            std::span(waiting_).subspan(taken, std::min(kChunk, waiting_.size() - taken));
        if (!environment_.queue.enqueue(chunk)) {
            break;
        }
        taken += chunk.size();
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
    return waiting_.empty();
}

void Dispatcher::sweep() {
    if (!waiting_.empty()) {
        return;
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    for (auto& [id, entry] : outstanding_) {
        if (now - entry.since < kLostAfterMicros) {
            continue;
        }
        entry.since = now;
        environment_.store.handOut(id, [this](auto order) {
            if (order) {
                dispatch(*order);
            }
        });
    }
}

}  // namespace oee::runtime
