#include "jobs/embedded_queue.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <utility>

namespace oee::jobs {

class EmbeddedQueue::Consumer final : public JobConsumer {
  public:
    explicit Consumer(EmbeddedQueue& queue) : queue_(queue) {}
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    ~Consumer() override { queue_.giveBack(*this); }

    tl::expected<std::vector<Delivery>, JobError> take(std::size_t most,
                                                       std::chrono::milliseconds wait) override {
        auto taken = queue_.take(*this, most, wait);
        if (!taken.empty()) {
            queue_.options_.crashPoints.reach(base::CrashPoint::embeddedAfterTake);
        }
        return taken;
    }
    tl::expected<void, JobError> acknowledge(std::span<const Delivery> done) override {
        queue_.options_.crashPoints.reach(base::CrashPoint::embeddedBeforeAcknowledge);
        queue_.acknowledge(done);
        queue_.options_.crashPoints.reach(base::CrashPoint::embeddedAfterAcknowledge);
        return {};
    }

  private:
    EmbeddedQueue& queue_;
};

EmbeddedQueue::EmbeddedQueue(EmbeddedQueueOptions options) : options_(std::move(options)) {}

tl::expected<void, JobError> EmbeddedQueue::enqueue(std::span<const Job> jobs) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return tl::unexpected(JobError::unavailable);
        }
        const std::size_t used = waiting_.size() + inFlight_.size();
        if (used > options_.capacity || jobs.size() > options_.capacity - used) {
            return tl::unexpected(JobError::full);
        }
        for (const Job& job : jobs) {
            assert(job.order != nullptr);
            waiting_.push_back({++lastNumber_, job});
        }
    }
    if (jobs.size() == 1) {
        ready_.notify_one();
    } else {
        ready_.notify_all();
    }
    options_.crashPoints.reach(base::CrashPoint::embeddedAfterAdd);
    return {};
}

tl::expected<std::unique_ptr<JobConsumer>, JobError> EmbeddedQueue::makeConsumer(
    const std::string& /*name*/) {
    return std::make_unique<Consumer>(*this);
}

std::size_t EmbeddedQueue::depth() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size() + inFlight_.size();
}

void EmbeddedQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    ready_.notify_all();
}

std::vector<Delivery> EmbeddedQueue::take(const Consumer& holder, std::size_t most,
                                          std::chrono::milliseconds wait) {
    assert(most > 0);
    const Instant deadline = std::chrono::steady_clock::now() + wait;
    std::unique_lock lock(mutex_);
    for (;;) {
        const Instant now = std::chrono::steady_clock::now();
        takeBackExpired(now);
        if (closed_ || !waiting_.empty() || now >= deadline) {
            break;
        }
        ready_.wait_until(lock, nextLeaseEnd_ ? std::min(deadline, *nextLeaseEnd_) : deadline);
    }
    if (closed_) {
        return {};
    }
    const Instant leaseEnd = std::chrono::steady_clock::now() + options_.lease;
    std::vector<Delivery> taken;
    while (taken.size() < most && !waiting_.empty()) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        taken.push_back({next.job, std::to_string(next.number)});
        inFlight_[next.number] = {std::move(next.job), &holder, leaseEnd};
    }
    if (!taken.empty() && !nextLeaseEnd_) {
        nextLeaseEnd_ = leaseEnd;
    }
    return taken;
}

void EmbeddedQueue::acknowledge(std::span<const Delivery> done) {
    const std::lock_guard lock(mutex_);
    for (const Delivery& delivery : done) {
        std::uint64_t number = 0;
        const char* const end = delivery.receipt.data() + delivery.receipt.size();
        const auto parsed = std::from_chars(delivery.receipt.data(), end, number);
        assert(parsed.ec == std::errc{} && parsed.ptr == end);
        if (parsed.ec == std::errc{}) {
            inFlight_.erase(number);
        }
    }
}

void EmbeddedQueue::giveBack(const Consumer& holder) {
    {
        const std::lock_guard lock(mutex_);
        requeueIf([&](const InFlight& entry) { return entry.holder == &holder; });
    }
    ready_.notify_all();
}

void EmbeddedQueue::takeBackExpired(Instant now) {
    if (!nextLeaseEnd_ || now < *nextLeaseEnd_) {
        return;
    }
    requeueIf([&](const InFlight& entry) { return entry.leaseEnd <= now; });
    nextLeaseEnd_.reset();
    for (const auto& [number, entry] : inFlight_) {
        if (!nextLeaseEnd_ || entry.leaseEnd < *nextLeaseEnd_) {
            nextLeaseEnd_ = entry.leaseEnd;
        }
    }
}

// To the front, in the order in which the jobs first came.
template <typename Predicate>
void EmbeddedQueue::requeueIf(const Predicate& mustGo) {
    std::vector<Waiting> returned;
    for (auto entry = inFlight_.begin(); entry != inFlight_.end();) {
        if (mustGo(entry->second)) {
            returned.push_back({entry->first, std::move(entry->second.job)});
            entry = inFlight_.erase(entry);
        } else {
            ++entry;
        }
    }
    std::sort(returned.begin(), returned.end(),
              [](const Waiting& a, const Waiting& b) { return a.number > b.number; });
    for (Waiting& job : returned) {
        waiting_.push_front(std::move(job));
    }
}

}  // namespace oee::jobs
