#pragma once
// What an order store tells and answers, from any thread, for one that waits for it.

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "execution/order_store.h"

namespace oee::runtime {

// Counts answers and events that are owed, and keeps what was told until the run asks.
class StoreWatch {
  public:
    void owe(std::size_t answers, std::size_t events) {
        const std::lock_guard lock(mutex_);
        answersOwed_ += answers;
        eventsOwed_ += events;
    }
    // `fault` is empty where the store did what it was asked.
    void answered(std::string fault) {
        const std::lock_guard lock(mutex_);
        --answersOwed_;
        if (fault_.empty()) {
            fault_ = std::move(fault);  // the first: others may follow from it
        }
        changed_.notify_one();
    }
    void committed(const execution::Committed& committed) {
        const std::lock_guard lock(mutex_);
        eventsOwed_ -= committed.events.size();
        commits_.push_back(committed);
        changed_.notify_one();
    }
    std::vector<execution::Committed> wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(
            lock, [this] { return answersOwed_ == 0 && (eventsOwed_ == 0 || !fault_.empty()); });
        return std::exchange(commits_, {});
    }
    // Stays where it was set: nothing goes on after it.
    std::string fault() {
        const std::lock_guard lock(mutex_);
        return fault_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t answersOwed_ = 0;
    std::size_t eventsOwed_ = 0;
    std::vector<execution::Committed> commits_;
    std::string fault_;
};

}  // namespace oee::runtime
