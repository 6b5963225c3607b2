#pragma once
// The real-time Scheduler: Qt timers of the thread that owns it.

#include <functional>

#include <QObject>

#include "base/clock.h"

namespace oee::runtime {

// Used from its own thread only; tasks that are still due when it is destroyed never run.
class TimerScheduler final : public base::Scheduler {
  public:
    void after(std::chrono::microseconds delay, std::function<void()> task) override;

  private:
    QObject context_;
};

}  // namespace oee::runtime
