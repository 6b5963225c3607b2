#pragma once
// Which job queue an engine uses.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "jobs/failover_queue.h"
#include "jobs/job_queue.h"
#include "jobs/redis_url.h"

namespace oee::runtime {

struct QueueQuery {
    // "none" (embedded), "auto" (a Redis that answers on 127.0.0.1:6379 without a password, else
    // embedded) or a redis:// URL. What a Redis cannot do later, the embedded queue does meanwhile.
    std::string setting;
    std::string instanceId;    // keys carry it
    std::size_t capacity = 0;  // jobs
    base::CrashPoints crashPoints = {};
    jobs::FailoverQueue::Notice notice = {};
};

struct QueueChoice {
    std::unique_ptr<jobs::JobQueue> queue;
    std::unique_ptr<jobs::EventPublisher> publisher;  // null with the embedded queue
    std::vector<std::string> remarks;                 // why this one, in sentences
    std::optional<jobs::RedisUrl> redis;              // null with the embedded queue
};

// The error is in words. A URL whose server is away is none: the queue waits for it.
tl::expected<QueueChoice, std::string> chooseQueue(const QueueQuery& query);

}  // namespace oee::runtime
