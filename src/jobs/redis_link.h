#pragma once
// A connection that is made again after it was lost, not more often than is decent.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "jobs/redis_connection.h"
#include "jobs/redis_url.h"

namespace oee::jobs {

// Owned by one thread (or guarded by its owner's mutex). Logs a loss and a recovery once each.
class RedisLink {
  public:
    // Called for each new connection before it is used.
    using Connected = std::function<void()>;

    RedisLink(RedisUrl url, RedisTimeouts timeouts, std::string user, Connected connected = {});

    // The open connection, or a new one; the last error while it is too early to try again.
    tl::expected<RedisConnection*, RedisError> acquire();
    // To be told of every error of the connection that ought to end it.
    void giveUp(const RedisError& error);
    // Not later, but with the next acquire().
    void retryNow();
    // Until acquire() would try again.
    std::chrono::milliseconds untilRetry() const;

  private:
    using Instant = std::chrono::steady_clock::time_point;

    const RedisUrl url_;
    const RedisTimeouts timeouts_;
    const std::string user_;  // for the log: "enqueue", "consumer worker-1"
    const Connected connected_;
    std::optional<RedisConnection> connection_;
    std::optional<RedisError> lastError_;  // while it is down
    std::chrono::milliseconds backOff_;
    Instant nextTry_;
};

}  // namespace oee::jobs
