#pragma once
// Whether a server can carry jobs, and how it may lose them.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/redis_connection.h"

namespace oee::jobs {

// XAUTOCLAIM came with 6.2.
tl::expected<void, RedisError> requireVersion(RedisConnection& connection);

// Everything that jobs need of a server, once, on the key `scratch`, which is then deleted: the
// first command that is refused (rights, memory, a replica that cannot write …) is the error.
tl::expected<void, RedisError> rehearse(RedisConnection& connection, std::string_view scratch);

// How the server may lose jobs, in sentences; empty where it does not. From CONFIG GET, or from
// INFO where the user may not ask for it. No order is lost with Redis, but its job is until it is
// handed out again: worth a loud word.
std::vector<std::string> lossRisks(RedisConnection& connection, const std::string& where);

}  // namespace oee::jobs
