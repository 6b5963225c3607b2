#pragma once
// What the tests of the Redis queue share.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
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

// Of the instance "i".
inline constexpr std::string_view kStream = "oee:i:jobs";
inline constexpr std::optional kUnavailable = jobs::JobError::unavailable;

inline bool waitUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kLong;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

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

// Consumers on threads of their own, that take jobs and acknowledge them.
class Workers {
  public:
    Workers(jobs::JobQueue& queue, const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            threads_.emplace_back([this, &queue, name] {
                const auto consumer = *queue.makeConsumer(name);
                while (!stopping_) {
                    work(*consumer);
                }
            });
        }
    }
    ~Workers() { stop(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    void stop() {
        stopping_ = true;
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }
    // The numbers of the jobs that they have taken.
    std::set<std::uint64_t> done() const {
        const std::lock_guard lock(mutex_);
        return done_;
    }

  private:
    void work(jobs::JobConsumer& consumer) {
        const auto some = taken(consumer, 3, 20ms);
        {
            const std::lock_guard lock(mutex_);
            for (const std::uint64_t number : numbersOf(some)) {
                done_.insert(number);
            }
        }
        // What is not heard comes again.
        static_cast<void>(consumer.acknowledge(some));
    }

    mutable std::mutex mutex_;
    std::set<std::uint64_t> done_;  // guarded
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

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
