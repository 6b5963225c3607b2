#pragma once
// One immutable value that one thread replaces and any thread reads.

#include <memory>
#include <mutex>
#include <utility>

namespace oee::runtime {

// A mutex, held for the copy of a pointer only. (std::atomic<std::shared_ptr> of libstdc++ 12 is a
// spin lock too, and ThreadSanitizer does not understand it.)
template <typename T>
class SharedCell {
  public:
    std::shared_ptr<const T> load() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    void store(std::shared_ptr<const T> value) {
        const std::lock_guard lock(mutex_);
        value_.swap(value);  // the old value is destroyed after the lock
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

}  // namespace oee::runtime
