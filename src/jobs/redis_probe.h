#pragma once
// Whether there is a Redis server to use, without being told of one.

#include <chrono>

#include <tl/expected.hpp>

#include "jobs/redis_connection.h"
#include "jobs/redis_url.h"

namespace oee::jobs {

// Success where the server takes commands under these credentials (with none, by default: on
// 127.0.0.1:6379) within about `within`. A server that asks for a password is a `login` error.
tl::expected<void, RedisError> probeRedis(
    const RedisUrl& url = {}, std::chrono::milliseconds within = std::chrono::milliseconds(200));

}  // namespace oee::jobs
