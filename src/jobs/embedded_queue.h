#pragma once
// The job queue inside the process: for one machine, without any server.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "jobs/job_queue.h"

namespace oee::jobs {

struct EmbeddedQueueOptions {
    std::size_t capacity = 10'000;  // waiting and being worked on
    // How long a consumer may keep a job; measured on the monotonic clock, because it guards
    // against a stuck thread and not against anything of the market's time.
    std::chrono::milliseconds lease{30'000};
    base::CrashPoints crashPoints = {};
};

// First in, first out; what is delivered again goes first. A consumer that is destroyed gives back
// at once what it did not acknowledge.
class EmbeddedQueue final : public JobQueue {
  public:
    explicit EmbeddedQueue(EmbeddedQueueOptions options = {});

    tl::expected<void, JobError> enqueue(std::span<const Job> jobs) override;
    tl::expected<std::unique_ptr<JobConsumer>, JobError> makeConsumer(
        const std::string& name) override;
    std::size_t depth() const override;
    void close() override;
    std::string description() const override { return "embedded"; }

  private:
    class Consumer;
    using Instant = std::chrono::steady_clock::time_point;

    struct Waiting {
        std::uint64_t number = 0;
        Job job;
    };
    struct InFlight {
        Job job;
        const Consumer* holder = nullptr;
        Instant leaseEnd;
    };

    std::vector<Delivery> take(const Consumer& holder, std::size_t most,
                               std::chrono::milliseconds wait);
    void acknowledge(std::span<const Delivery> done);
    void giveBack(const Consumer& holder);
    void takeBackExpired(Instant now);
    template <typename Predicate>
    void requeueIf(const Predicate& mustGo);

    const EmbeddedQueueOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Waiting> waiting_;
    std::unordered_map<std::uint64_t, InFlight> inFlight_;
    // No lease ends before this: saves looking through inFlight_ at every take.
    std::optional<Instant> nextLeaseEnd_;
    std::uint64_t lastNumber_ = 0;
    bool closed_ = false;
};

}  // namespace oee::jobs
