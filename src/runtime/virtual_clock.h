#pragma once
// A clock that stands still until it is set.

#include <atomic>

#include "base/clock.h"

namespace oee::runtime {

// Read from any thread, set by the one that runs the simulation.
class VirtualClock final : public base::Clock {
  public:
    explicit VirtualClock(base::UnixMicros startMicros) : micros_(startMicros) {}

    void set(base::UnixMicros micros) { micros_ = micros; }
    base::UnixMicros nowMicros() const override { return micros_; }
    std::int64_t steadyMicros() const override { return micros_; }

  private:
    std::atomic<base::UnixMicros> micros_;
};

}  // namespace oee::runtime
