#pragma once
// Redis while it answers, the embedded queue while it does not.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/embedded_queue.h"
#include "jobs/job_queue.h"
#include "jobs/redis_queue.h"
#include "jobs/redis_url.h"

namespace oee::jobs {

struct FailoverOptions {
    // Short time-outs: while a server hangs, orders wait.
    RedisQueueOptions redis{.timeouts = {.connect = std::chrono::milliseconds{500},
                                         .socket = std::chrono::milliseconds{1'500}}};
    EmbeddedQueueOptions embedded{};
    std::chrono::milliseconds probeEvery{1'000};  // while Redis is away
    // A server that is slower than this does not come back into use.
    std::chrono::milliseconds probeWithin{500};
};

// Whatever fails on the side of Redis, the queue goes on embedded, says so, and answers the next
// check() with `lost`: all that is outstanding has to be enqueued again, with new fences. While it
// is embedded a thread of its own asks Redis about once a second; when it answers again its stream
// begins empty (what was in it has been handed out again) and takes the jobs from then on. What the
// embedded side still holds is taken first.
//
// check() also finds jobs that vanished from a Redis that is well (FLUSHALL, DEL, XTRIM,
// DELCONSUMER): nothing can reach a worker, but jobs are outstanding. And it empties a stream that
// holds entries which nobody gets any more, once nothing is outstanding.
class FailoverQueue final : public JobQueue {
  public:
    // What happened, in a sentence for people. Called from the thread that noticed; must not call
    // the queue.
    using Notice = std::function<void(const std::string& text)>;

    // Tries the server once. One that is away or not ready is waited for; the errors are those that
    // waiting does not mend: a wrong password or missing rights, too old a version, not a Redis.
    static tl::expected<std::unique_ptr<FailoverQueue>, RedisError> open(
        const RedisUrl& url, const std::string& instanceId, Notice notice,
        const FailoverOptions& options = {});
    ~FailoverQueue() override;
    FailoverQueue(const FailoverQueue&) = delete;
    FailoverQueue& operator=(const FailoverQueue&) = delete;

    // `unavailable` where Redis was lost with it: then the embedded side takes the next call.
    tl::expected<void, JobError> enqueue(std::span<const Job> jobs) override;
    // Its take() is empty where Redis fails; the next check() changes sides.
    tl::expected<std::unique_ptr<JobConsumer>, JobError> makeConsumer(
        const std::string& name) override;
    QueueCheck check(const Outstanding& believed) override;
    std::size_t depth() const override;
    void close() override;
    std::string description() const override;
    std::vector<std::string> remarks() const override;

    bool isOnRedis() const { return onRedis_; }
    bool isClosed() const;

  private:
    class Consumer;

    FailoverQueue(const RedisUrl& url, const std::string& instanceId, Notice notice,
                  const FailoverOptions& options);

    void leaveRedis(const RedisError& why);
    void judge(const RedisBacklog& backlog, const Outstanding& believed);
    void startAfresh();
    void awaitRedis();  // the thread

    const RedisUrl url_;
    const FailoverOptions options_;
    const Notice notice_;
    const std::unique_ptr<RedisQueue> redis_;
    EmbeddedQueue embedded_;
    std::atomic<bool> onRedis_{false};

    // Of whoever calls enqueue() and check().
    unsigned looksWithoutJobs_ = 0;
    unsigned looksWithOrphans_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::string awayBecause_;  // guarded
    bool lost_ = false;        // guarded
    bool closed_ = false;      // guarded
    std::thread thread_;
};

}  // namespace oee::jobs
