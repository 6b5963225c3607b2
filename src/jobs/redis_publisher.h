#pragma once
// Order events on a Redis channel, for whoever subscribes.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "jobs/job_queue.h"
#include "jobs/redis_link.h"
#include "jobs/redis_url.h"

namespace oee::jobs {

struct RedisPublisherOptions {
    std::size_t capacity = 4'096;  // messages that wait for the server
    RedisTimeouts timeouts{};
    base::CrashPoints crashPoints = {};
};

// PUBLISH on oee:<instance id>:events, from a thread of its own: publish() never waits for the
// server. Messages are made and sent only while somebody subscribes to them on that server, which
// is asked after they have come in: who subscribed before misses none. (A user who may not ask,
// for want of +pubsub, publishes always.) Where the server is slower than the engine or away, the
// oldest messages are dropped and counted: subscribers see the gap in the sequence and ask the
// engine. A message may come twice after a lost connection.
class RedisPublisher final : public EventPublisher {
  public:
    RedisPublisher(const RedisUrl& url, const std::string& instanceId,
                   const RedisPublisherOptions& options = {});
    // Sends what waits if the server takes it at once; drops it otherwise.
    ~RedisPublisher() override;
    RedisPublisher(const RedisPublisher&) = delete;
    RedisPublisher& operator=(const RedisPublisher&) = delete;

    void publish(std::vector<MessageMaker> messages) override;

    // Sent, or of no interest to anybody.
    std::uint64_t publishedCount() const { return published_; }
    std::uint64_t droppedCount() const { return dropped_; }

  private:
    void run();
    void takeBatch(std::vector<MessageMaker>& batch);
    enum class Sent { all, toNobody, failed };
    // Unless it failed, the batch is empty afterwards.
    Sent send(std::vector<MessageMaker>& batch);
    tl::expected<bool, RedisError> isHeard(RedisConnection& connection);

    const std::string channel_;
    const RedisPublisherOptions options_;
    RedisLink link_;  // the thread's
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<MessageMaker> waiting_;  // guarded
    bool isIdle_ = false;               // guarded: the thread waits for messages
    bool stopping_ = false;             // guarded
    bool mayAsk_ = true;                // the thread's: whether anybody subscribes
    std::atomic<std::uint64_t> published_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::thread thread_;
};

}  // namespace oee::jobs
