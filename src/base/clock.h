#pragma once
// Time comes in through these interfaces, so that a run in virtual time shares all code with a real
// one.

#include <chrono>
#include <cstdint>
#include <functional>

namespace oee::base {

// Microseconds since the Unix epoch, as the wall clock has it: for display and storage.
using UnixMicros = std::int64_t;

class Clock {
  public:
    virtual ~Clock() = default;
    // Wall clock; may jump when somebody sets it. Never used to measure a duration.
    virtual UnixMicros nowMicros() const = 0;
    // Monotonic microseconds since an arbitrary start: for durations and latencies.
    virtual std::int64_t steadyMicros() const = 0;
};

// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
  public:
    UnixMicros nowMicros() const override;
    std::int64_t steadyMicros() const override;
};

// Runs a task later on the thread that owns the scheduler: timers in real time, an event heap in
// virtual time. Tasks of the same due time run in the order in which they were scheduled.
class Scheduler {
  public:
    virtual ~Scheduler() = default;
    virtual void after(std::chrono::microseconds delay, std::function<void()> task) = 0;
};

}  // namespace oee::base
