#pragma once
// Ends the waits of threads that work until they are told to stop.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace oee::runtime {

// Thread-safe. Once.
class StopSignal {
  public:
    bool isSet() const { return isSet_; }
    void set() {
        {
            const std::lock_guard lock(mutex_);
            isSet_ = true;
        }
        changed_.notify_all();
    }
    // Whether it was set meanwhile; then at once.
    bool waitFor(std::chrono::milliseconds duration) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, duration, [this] { return isSet_.load(); });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> isSet_{false};
};

}  // namespace oee::runtime
