#pragma once
// Which job queue an engine uses.

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "jobs/job_queue.h"

namespace oee::runtime {

struct QueueChoice {
    std::unique_ptr<jobs::JobQueue> queue;
    std::unique_ptr<jobs::EventPublisher> publisher;  // null with the embedded queue
};

// `setting` is "none" (embedded), "auto" (a Redis that answers on 127.0.0.1:6379 without a
// password, else embedded) or a redis:// URL. Keys carry the instance id. The error is in words.
tl::expected<QueueChoice, std::string> chooseQueue(const std::string& setting,
                                                   const std::string& instanceId,
                                                   const base::CrashPoints& crashPoints = {});

}  // namespace oee::runtime
