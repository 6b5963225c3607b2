#pragma once
// Jobs that were given to somebody who will not finish them.

#include <chrono>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/job_queue.h"
#include "jobs/redis_connection.h"
#include "jobs/remote_keys.h"

namespace oee::jobs {

// Takes jobs out of the stream for good, and answers what they were; the caller hands them out
// again, with new fences. At most 1,000 a call: the caller asks again. Entries that are no jobs are
// taken out, too.

// What `consumer`, who is gone, holds.
tl::expected<std::vector<Job>, RedisError> takeBackFrom(RedisConnection& connection,
                                                        const RemoteKeys& keys,
                                                        const std::string& consumer);
// What anybody has held for longer than the lease.
tl::expected<std::vector<Job>, RedisError> takeBackStalled(RedisConnection& connection,
                                                           const RemoteKeys& keys,
                                                           std::chrono::milliseconds lease);

}  // namespace oee::jobs
