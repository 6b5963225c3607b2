#pragma once
// Which job queue an engine uses.

#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "jobs/job_queue.h"
#include "jobs/redis_url.h"

namespace oee::runtime {

struct QueueChoice {
    std::unique_ptr<jobs::JobQueue> queue;
    std::unique_ptr<jobs::EventPublisher> publisher;  // null with the embedded queue
    std::optional<jobs::RedisUrl> redis;              // likewise
};

// `setting` is "none" (embedded), "auto" (a Redis that answers on 127.0.0.1:6379 without a
// password, else embedded) or a redis:// URL. Keys carry the instance id. The error is in words.
tl::expected<QueueChoice, std::string> chooseQueue(const std::string& setting,
                                                   const std::string& instanceId);

}  // namespace oee::runtime
