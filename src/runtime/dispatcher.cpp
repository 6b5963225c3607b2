#include "runtime/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <set>
#include <span>
#include <utility>

#include <QMetaObject>

namespace oee::runtime {
namespace {

constexpr int kTimerMillis = 500;
// A job that brought nothing for so long is taken for lost and handed out again. The new fence
// makes the old delivery harmless should it still come.
constexpr std::int64_t kLostAfterMicros = 30'000'000;

constexpr std::int64_t kCheckEveryMicros = 1'000'000;

// A queue refuses a batch that has no room whole: one that is larger than all of it never would.
constexpr std::size_t kChunk = 256;

}  // namespace

void Dispatcher::begin() {
    timer_ = std::make_unique<QTimer>();
    timer_->setInterval(kTimerMillis);
    QObject::connect(timer_.get(), &QTimer::timeout, this, [this] {
        failExpired();
        sweep();
        drain();
        if (environment_.clock.steadyMicros() - lastCheck_ >= kCheckEveryMicros) {
            checkQueue();
        }
    });
    timer_->start();
    due_ = std::make_unique<QTimer>();
    due_->setSingleShot(true);
    due_->setTimerType(Qt::PreciseTimer);
    QObject::connect(due_.get(), &QTimer::timeout, this, &Dispatcher::drain);
    drain();
}

void Dispatcher::end() {
    timer_.reset();
    due_.reset();
}

void Dispatcher::dispatch(domain::OrderPtr order) {
    post(Wanted{std::move(order)});
}

void Dispatcher::park(domain::OrderPtr order) {
    post(Parked{std::move(order)});
}

void Dispatcher::dispatchUntilWoken(domain::OrderPtr order) {
    const std::lock_guard lock(inputMutex_);
    input_.push_back(Wanted{std::move(order)});
}

void Dispatcher::wake() {
    const std::lock_guard lock(inputMutex_);
    postWake();
}

void Dispatcher::withdraw(const domain::OrderId& orderId) {
    post(Unwanted{orderId});
}

void Dispatcher::takeBack(const domain::OrderId& orderId, std::uint64_t fence) {
    post(TakenBack{orderId, fence});
}

void Dispatcher::observe(std::span<const std::shared_ptr<const domain::OrderEvent>> events) {
    const std::lock_guard lock(inputMutex_);
    for (const auto& event : events) {
        if (event->status == domain::OrderStatus::submitted || domain::isTerminal(event->status)) {
            input_.push_back(Unwanted{event->order->id});
        } else if (event->status == domain::OrderStatus::routing && event->order->attempt > 1) {
            input_.push_back(Wanted{event->order});
        }
    }
    postWake();
}

void Dispatcher::post(Input input) {
    const std::lock_guard lock(inputMutex_);
    input_.push_back(std::move(input));
    postWake();
}

void Dispatcher::postWake() {
    if (!posted_ && !input_.empty()) {
        posted_ = true;
        QMetaObject::invokeMethod(this, &Dispatcher::drain, Qt::QueuedConnection);
    }
}

void Dispatcher::drain() {
    std::vector<Input> inputs;
    {
        const std::lock_guard lock(inputMutex_);
        inputs.swap(input_);
        posted_ = false;
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    for (const Input& input : inputs) {
        take(input, now);
    }
    releaseDue(now);
    if (waiting_.empty()) {
        return;
    }
    if (enqueueWaiting()) {
        if (std::exchange(queueFailed_, false)) {
            emit notice("The job queue answers again.");
        }
    } else if (!checkQueue() && !std::exchange(queueFailed_, true)) {
        emit notice("The job queue does not take jobs; they wait in the database.");
    }
}

void Dispatcher::take(const Input& input, std::int64_t now) {
    if (const auto* unwanted = std::get_if<Unwanted>(&input)) {
        forget(unwanted->orderId);
        return;
    }
    if (const auto* back = std::get_if<TakenBack>(&input)) {
        const auto entry = outstanding_.find(back->orderId);
        if (entry != outstanding_.end() && entry->second.enqueuedAtCheck &&
            entry->second.order->fence == back->fence) {
            handOutAgain(entry->first, entry->second);
        }
        return;
    }
    const auto* parked = std::get_if<Parked>(&input);
    const domain::OrderPtr& order =
        parked != nullptr ? parked->order : std::get<Wanted>(input).order;
    // The store's times do not go back with the wall clock.
    const base::UnixMicros storeMicros =
        std::max(environment_.clock.nowMicros(), order->updatedAtMicros);
    const auto steady = [&](base::UnixMicros micros) { return now + (micros - storeMicros); };
    const std::int64_t due =
        std::max(now, steady(execution::notBefore(*order, environment_.retries)));
    Outstanding entry{order, due, std::nullopt, std::nullopt, parked != nullptr};
    if (order->deadlineMicros) {
        entry.deadline = steady(*order->deadlineMicros);
    }
    forget(order->id);
    outstanding_.emplace(order->id, std::move(entry));
    if (parked == nullptr) {
        later_.emplace(due, order);
        return;
    }
    ++parkedCount_;
    const QString id = QString::fromStdString(domain::toString(order->id));
    emit notice(
        QStringLiteral("Workers began order %1 %2 times and did not finish it: it is parked. Retry "
                       "it (POST /api/dead-letters/%1/retry) or cancel it.")
            .arg(id)
            .arg(execution::kMostJobFailures));
}

void Dispatcher::forget(const domain::OrderId& id) {
    const auto entry = outstanding_.find(id);
    if (entry == outstanding_.end()) {
        return;
    }
    if (entry->second.isParked) {
        --parkedCount_;
    }
    outstanding_.erase(entry);
}

void Dispatcher::releaseDue(std::int64_t now) {
    while (!later_.empty() && later_.begin()->first <= now) {
        domain::OrderPtr order = std::move(later_.begin()->second);
        later_.erase(later_.begin());
        // Cancelled, or handed out again, since.
        const auto entry = outstanding_.find(order->id);
        if (entry != outstanding_.end() && entry->second.order == order) {
            waiting_.push_back({std::move(order)});
        }
    }
    if (!later_.empty() && due_) {
        const std::chrono::microseconds wait(later_.begin()->first - now);
        due_->start(std::chrono::ceil<std::chrono::milliseconds>(wait));
    }
}

bool Dispatcher::enqueueWaiting() {
    std::size_t taken = 0;
    while (taken < waiting_.size()) {
        const std::span<const jobs::Job> chunk =
            std::span(waiting_).subspan(taken, std::min(kChunk, waiting_.size() - taken));
        environment_.crashPoints.reach(base::CrashPoint::dispatcherBeforeEnqueue);
        if (!environment_.queue.enqueue(chunk)) {
            break;
        }
        for (const jobs::Job& job : chunk) {
            if (const auto entry = outstanding_.find(job.order->id); entry != outstanding_.end()) {
                entry->second.enqueuedAtCheck = checks_;
            }
        }
        environment_.crashPoints.reach(base::CrashPoint::dispatcherAfterEnqueue);
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
        if (entry.isParked || now - entry.since < kLostAfterMicros) {
            continue;
        }
        handOutAgain(id, entry);
    }
}

bool Dispatcher::checkQueue() {
    ++checks_;
    lastCheck_ = environment_.clock.steadyMicros();
    jobs::Outstanding believed;
    for (const auto& [id, entry] : outstanding_) {
        if (entry.enqueuedAtCheck) {
            ++believed.jobs;
            // Enqueued before the previous check: then what was done since has been told of.
            believed.seenBefore += *entry.enqueuedAtCheck + 1 < checks_ ? 1U : 0U;
        }
    }
    if (environment_.queue.check(believed) == jobs::QueueCheck::fine) {
        return false;
    }
    // Retries whose time has not come are not in the queue: they go there as they are.
    std::set<domain::OrderId> refused;
    for (const jobs::Job& job : waiting_) {
        refused.insert(job.order->id);
    }
    waiting_.clear();
    for (auto& [id, entry] : outstanding_) {
        if (entry.enqueuedAtCheck || refused.contains(id)) {
            handOutAgain(id, entry);
        }
    }
    return true;
}

void Dispatcher::handOutAgain(const domain::OrderId& id, Outstanding& entry) {
    entry.since = environment_.clock.steadyMicros();
    entry.enqueuedAtCheck.reset();
    environment_.store.handOut(id, [this, old = entry.order](const auto& order) {
        if (order) {
            dispatch(*order);
        } else if (order.error() == execution::StoreError::parked) {
            park(old);
        }
    });
}

// A worker looks at the deadline before it sends; this one is for orders whose job waits.
void Dispatcher::failExpired() {
    const std::int64_t now = environment_.clock.steadyMicros();
    for (const auto& [id, entry] : outstanding_) {
        if (entry.deadline && now > *entry.deadline) {
            const std::uint64_t slot = environment_.market.load()->clock.slot;
            environment_.store.fail(
                {id, entry.order->fence, {domain::FailureReason::deadline, {}, {}}, slot}, {});
        }
    }
}

}  // namespace oee::runtime
