#pragma once
// Counts the answers of one batch down.

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace oee::runtime {

// arrive() on any thread, once for each answer that is owed; wait() until all are there.
class AnswerCount {
  public:
    explicit AnswerCount(std::size_t count) : open_(count) {}

    void arrive() {
        const std::lock_guard lock(mutex_);
        if (--open_ == 0) {
            done_.notify_one();
        }
    }
    void wait() {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return open_ == 0; });
    }
    bool isDone() const {
        const std::lock_guard lock(mutex_);
        return open_ == 0;
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable done_;
    std::size_t open_;
};

}  // namespace oee::runtime
