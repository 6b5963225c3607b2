#pragma once
// What the tests of the Redis queue share.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "jobs/job_samples.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_queue.h"
#include "support/redis_server.h"

namespace oee::test {

using namespace std::chrono_literals;

// Long enough for the slowest machine; a test that passes never waits for it.
inline constexpr std::chrono::milliseconds kLong = 60s;
inline constexpr std::chrono::milliseconds kNever = 24h;

inline jobs::RedisUrl urlOf(const RedisServer& server) {
    return *jobs::parseRedisUrl(server.url());
}

// Null where it cannot be opened.
inline std::unique_ptr<jobs::RedisQueue> openQueue(const RedisServer& server,
                                                   const std::string& instance = "i",
                                                   const jobs::RedisQueueOptions& options = {
                                                       .lease = kNever}) {
    auto queue = jobs::RedisQueue::open(urlOf(server), instance, options);
    return queue ? *std::move(queue) : nullptr;
}

// An administrator's own connection. The command has to succeed.
class Administrator {
  public:
    explicit Administrator(const RedisServer& server)
        : connection_(jobs::RedisConnection::open(urlOf(server), {30s, 30s}).value()) {}

    jobs::Reply operator()(const jobs::RedisCommand& command) {
        return connection_.command(command).value();
    }
    std::int64_t number(const jobs::RedisCommand& command) {
        return (*this)(command).view().integer().value();
    }
    // Entries that were delivered and not acknowledged.
    std::int64_t pending(std::string_view stream) {
        return (*this)({"XPENDING", stream, "workers"}).view()[0].integer().value();
    }

  private:
    jobs::RedisConnection connection_;
};

// Empty where the consumer answers with an error.
inline std::vector<jobs::Delivery> taken(jobs::JobConsumer& consumer, std::size_t most,
                                         std::chrono::milliseconds wait = kLong) {
    return consumer.take(most, wait).value_or(std::vector<jobs::Delivery>{});
}

// Tries for as long as the queue's connection is in its back-off.
inline bool enqueuedInTheEnd(jobs::JobQueue& queue, const std::vector<jobs::Job>& jobs) {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (std::chrono::steady_clock::now() < deadline) {
        if (queue.enqueue(jobs)) {
            return true;
        }
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

}  // namespace oee::test
