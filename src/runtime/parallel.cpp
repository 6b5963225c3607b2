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
    if (threads_.empty() || count < 2) {
        for (std::size_t i = 0; i < count; ++i) {
            work(i, 0);
        }
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        work_ = &work;
        count_ = count;
        next_ = 0;
        running_ = threads_.size();
        ++round_;
    }
    changed_.notify_all();
    takeItems(0);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_ == 0; });
}

void Parallel::takeItems(std::size_t thread) {
    for (std::size_t i = next_++; i < count_; i = next_++) {
        (*work_)(i, thread);
    }
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
        takeItems(thread);
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) {
            changed_.notify_all();
        }
    }
}

}  // namespace oee::runtime
