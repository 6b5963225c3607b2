#include "runtime/queue_choice.h"

#include <utility>

#include "jobs/embedded_queue.h"
#include "jobs/redis_probe.h"
#include "jobs/redis_publisher.h"
#include "jobs/redis_queue.h"
#include "jobs/redis_url.h"

namespace oee::runtime {
namespace {

QueueChoice embedded(const base::CrashPoints& crashPoints) {
    return {std::make_unique<jobs::EmbeddedQueue>(
                jobs::EmbeddedQueueOptions{.crashPoints = crashPoints}),
            nullptr};
}

tl::expected<QueueChoice, std::string> onRedis(const jobs::RedisUrl& url,
                                               const std::string& instanceId,
                                               const base::CrashPoints& crashPoints) {
    auto queue = jobs::RedisQueue::open(url, instanceId, {.crashPoints = crashPoints});
    if (!queue) {
        return tl::unexpected("Redis at " + jobs::describe(url) +
                              " cannot be used: " + queue.error().text);
    }
    QueueChoice choice;
    choice.queue = std::move(*queue);
    choice.publisher = std::make_unique<jobs::RedisPublisher>(
        url, instanceId, jobs::RedisPublisherOptions{.crashPoints = crashPoints});
    return choice;
}

}  // namespace

tl::expected<QueueChoice, std::string> chooseQueue(const std::string& setting,
                                                   const std::string& instanceId,
                                                   const base::CrashPoints& crashPoints) {
    if (setting == "none") {
        return embedded(crashPoints);
    }
    if (setting == "auto") {
        const jobs::RedisUrl local;
        if (jobs::probeRedis(local)) {
            if (auto choice = onRedis(local, instanceId, crashPoints)) {
                return choice;
            }
        }
        return embedded(crashPoints);
    }
    const auto url = jobs::parseRedisUrl(setting);
    if (!url) {
        return tl::unexpected("--redis: " + std::string(jobs::explain(url.error())));
    }
    return onRedis(*url, instanceId, crashPoints);
}

}  // namespace oee::runtime
