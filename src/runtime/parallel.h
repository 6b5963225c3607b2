#pragma once
// The same work on many items, on a fixed number of threads.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace oee::runtime {

// The calling thread is one of them. Which thread takes which item is left to chance: `work` must
// write only what belongs to its item.
class Parallel {
  public:
    explicit Parallel(unsigned threads);
    ~Parallel();
    Parallel(const Parallel&) = delete;
    Parallel& operator=(const Parallel&) = delete;

    // `thread` is below threads(): no two items of one thread run at a time.
    using Work = std::function<void(std::size_t item, std::size_t thread)>;

    std::size_t threads() const { return threads_.size() + 1; }
    // Returns when the work on items 0 … count − 1 is done.
    void forEach(std::size_t count, const Work& work);
    // The same, and calls `then` for each item on the calling thread, in their order, once its work
    // is done: while others work on the items that follow.
    using Then = std::function<void(std::size_t item)>;
    void forEachInOrder(std::size_t count, const Work& work, const Then& then);

  private:
    void begin(std::size_t count, const Work& work);
    void finish();
    void serve(std::size_t thread);
    bool takeItem(std::size_t thread);

    std::mutex mutex_;
    std::condition_variable changed_;
    const Work* work_ = nullptr;  // guarded by mutex_ when it changes
    std::size_t count_ = 0;
    std::atomic<std::size_t> next_{0};
    std::size_t round_ = 0;    // guarded by mutex_
    std::size_t running_ = 0;  // threads that still take items; guarded by mutex_
    bool ending_ = false;      // guarded by mutex_
    std::vector<std::thread> threads_;
};

}  // namespace oee::runtime
