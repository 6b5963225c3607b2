#pragma once
// The job queue on a Redis stream: workers may be other processes, on other machines.
//
// Stream oee:<instance id>:jobs, consumer group "workers". Entries are deleted once they are
// acknowledged and never trimmed, so the stream's length is what waits or is being worked on.
// Redis is not the authority: all of it may be lost, and whoever holds the orders enqueues again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "jobs/job_queue.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_link.h"
#include "jobs/redis_url.h"

namespace oee::jobs {

// What consumers do with jobs that others have kept for longer than their lease.
enum class StalledJobs {
    claim,
    leave,  // somebody else sees to them (job_recovery.h)
};

struct RedisQueueOptions {
    std::size_t capacity = 10'000;  // waiting and being worked on
    std::chrono::milliseconds lease{30'000};
    StalledJobs stalledJobs = StalledJobs::claim;
    RedisTimeouts timeouts{};
    base::CrashPoints crashPoints = {};
};

struct RedisQueueState;

// What the server has of a queue, at one moment.
struct RedisBacklog {
    std::size_t entries = 0;
    // Of them: not delivered yet, or with a consumer. The others come to nobody any more: their
    // consumer was deleted by somebody.
    std::size_t deliverable = 0;
};

class RedisQueue final : public JobQueue {
  public:
    // Connects once, so that a wrong address, a wrong password or a server that is too old (before
    // 6.2, without XAUTOCLAIM) is an error at start; logs a warning where the server may lose
    // jobs (remarks()). Afterwards lost connections are made again on their own. The instance id is
    // not empty.
    static tl::expected<std::unique_ptr<RedisQueue>, RedisError> open(
        const RedisUrl& url, const std::string& instanceId, const RedisQueueOptions& options = {});

    // Without a connection: for a server that may be away. startAfresh() connects.
    static std::unique_ptr<RedisQueue> unconnected(const RedisUrl& url,
                                                   const std::string& instanceId,
                                                   const RedisQueueOptions& options = {});

    // Empties the queue, after everything that jobs need of a server was tried once on a key of its
    // own: a server that refuses some of it is found here, and not with orders under way. For
    // whoever hands out everything again with new fences.
    tl::expected<void, RedisError> startAfresh();
    // Asks the server now; makes the group again where it is gone.
    tl::expected<RedisBacklog, RedisError> look();
    // Of the last enqueue(); empty where it went well, or the queue's own bound refused it.
    std::optional<RedisError> lastFailure() const;

    tl::expected<void, JobError> enqueue(std::span<const Job> jobs) override;
    // Never fails: the consumer connects in its first take(), which answers `unavailable` where it
    // cannot.
    tl::expected<std::unique_ptr<JobConsumer>, JobError> makeConsumer(
        const std::string& name) override;
    // As of the last answer of the server.
    std::size_t depth() const override;
    // A consumer that waits for the server notices within half a second.
    void close() override;
    std::string description() const override;

    // As of the last start: how this server can lose jobs.
    std::vector<std::string> remarks() const override;

    // Entries that were no jobs: acknowledged, logged and left alone.
    std::uint64_t deadLetterCount() const;

  private:
    explicit RedisQueue(std::shared_ptr<RedisQueueState> state);

    tl::expected<void, JobError> failed(const RedisError& error);
    tl::expected<void, RedisError> enqueueOn(RedisConnection& connection,
                                             std::span<const Job> jobs);
    tl::expected<bool, RedisError> hasRoom(RedisConnection& connection, std::size_t more);

    const std::shared_ptr<RedisQueueState> state_;
    mutable std::mutex mutex_;
    RedisLink link_;                         // guarded
    std::optional<RedisError> lastFailure_;  // guarded
    std::vector<std::string> remarks_;       // guarded
    // Guarded. The stream is not longer than this, because only we add to it; empty: ask.
    std::optional<std::size_t> longest_;
};

}  // namespace oee::jobs
