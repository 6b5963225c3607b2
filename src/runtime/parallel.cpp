#include "runtime/parallel.h"

namespace oee::runtime {

Parallel::Parallel(unsigned threads) {
    for (unsigned i = 1; i < threads; ++i) {
        threads_.emplace_back([this, i] { serve(i); });
    }
}

Parallel::~Parallel() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void Parallel::forEach(std::size_t count, const Work& work) {
    begin(count, work);
    while (takeItem(0)) {
    }
    finish();
}

void Parallel::forEachInOrder(std::size_t count, const Work& work, const Then& then) {
    std::vector<std::atomic<bool>> isDone(count);
    const Work noted = [&](std::size_t item, std::size_t thread) {
        work(item, thread);
        isDone[item] = true;
        isDone[item].notify_one();
    };
    begin(count, noted);
    for (std::size_t item = 0; item < count; ++item) {
        while (!isDone[item] && takeItem(0)) {
        }
        isDone[item].wait(false);
        then(item);
    }
    finish();
}

void Parallel::begin(std::size_t count, const Work& work) {
    {
        const std::lock_guard lock(mutex_);
        work_ = &work;
        count_ = count;
        next_ = 0;
        running_ = threads_.size();
        ++round_;
    }
    changed_.notify_all();
}

void Parallel::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_ == 0; });
}

bool Parallel::takeItem(std::size_t thread) {
    const std::size_t item = next_++;
    if (item >= count_) {
        return false;
    }
    (*work_)(item, thread);
    return true;
}

void Parallel::serve(std::size_t thread) {
    std::size_t seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return ending_ || round_ != seen; });
            if (ending_) {
                return;
            }
            seen = round_;
        }
        while (takeItem(thread)) {
        }
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) {
            changed_.notify_all();
        }
    }
}

}  // namespace oee::runtime
