#pragma once
// What a RedisQueue and its consumers share. Internal to the module.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "jobs/job_codec.h"
#include "jobs/job_queue.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_queue.h"

namespace oee::jobs {

inline constexpr std::string_view kWorkersGroup = "workers";

struct RedisQueueState {
    RedisQueueState(RedisUrl where, const std::string& instanceId, RedisQueueOptions how)
        : url(std::move(where)), options(std::move(how)), stream("oee:" + instanceId + ":jobs") {}

    const RedisUrl url;
    const RedisQueueOptions options;
    const std::string stream;

    std::atomic<std::size_t> depth{0};
    std::atomic<std::uint64_t> deadLetters{0};
    std::atomic<bool> closed{false};

    // From an answer to XLEN, if it is one.
    std::optional<std::size_t> noteDepth(const RedisAnswer& length) {
        const auto count = length ? length->view().integer() : std::nullopt;
        if (!count || *count < 0) {
            return std::nullopt;
        }
        depth = static_cast<std::size_t>(*count);
        return depth;
    }
    void close() {
        {
            const std::lock_guard lock(mutex);
            closed = true;
        }
        closing.notify_all();
    }
    // Returns early when the queue is closed.
    void sleep(std::chrono::milliseconds duration) {
        std::unique_lock lock(mutex);
        closing.wait_for(lock, duration, [this] { return closed.load(); });
    }

  private:
    std::mutex mutex;
    std::condition_variable closing;
};

// Creates the stream and its group, at the start of the stream so that nothing of a backlog is
// skipped; a group that exists already is as good.
tl::expected<void, RedisError> ensureGroup(RedisConnection& connection, const std::string& stream);

// The job in the fields of an entry; nothing of it is trusted.
tl::expected<Job, JobCodecError> jobIn(ReplyView fields);

// For callers of the port.
JobError jobErrorOf(RedisErrorKind kind);

}  // namespace oee::jobs
