#include "runtime/timer_scheduler.h"

#include <chrono>

#include <QTimer>

namespace oee::runtime {

void TimerScheduler::after(std::chrono::microseconds delay, std::function<void()> task) {
    // Timers count milliseconds: rounded up, so that a task never runs before its time.
    const auto delayMillis = std::chrono::ceil<std::chrono::milliseconds>(delay);
    QTimer::singleShot(delayMillis, Qt::PreciseTimer, &context_, std::move(task));
}

}  // namespace oee::runtime
