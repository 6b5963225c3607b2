#include "runtime/queue_choice.h"

#include <utility>

#include "jobs/embedded_queue.h"
#include "jobs/redis_probe.h"
#include "jobs/redis_publisher.h"
#include "jobs/redis_url.h"

namespace oee::runtime {
namespace {

QueueChoice embedded(const QueueQuery& query) {
    QueueChoice choice;
    choice.queue = std::make_unique<jobs::EmbeddedQueue>(
        jobs::EmbeddedQueueOptions{.capacity = query.capacity, .crashPoints = query.crashPoints});
    return choice;
}

tl::expected<QueueChoice, std::string> onRedis(const jobs::RedisUrl& url, const QueueQuery& query) {
    jobs::FailoverOptions options;
    options.redis.capacity = options.embedded.capacity = query.capacity;
    options.redis.crashPoints = options.embedded.crashPoints = query.crashPoints;
    auto queue = jobs::FailoverQueue::open(url, query.instanceId, query.notice, options);
    if (!queue) {
        return tl::unexpected("Redis at " + jobs::describe(url) +
                              " cannot be used: " + queue.error().text);
    }
    QueueChoice choice;
    choice.queue = std::move(*queue);
    choice.publisher = std::make_unique<jobs::RedisPublisher>(
        url, query.instanceId, jobs::RedisPublisherOptions{.crashPoints = query.crashPoints});
    choice.redis = url;
    return choice;
}

QueueChoice automatic(const QueueQuery& query) {
    const jobs::RedisUrl local;
    const std::string where = jobs::describe(local);
    if (!jobs::probeRedis(local)) {
        QueueChoice choice = embedded(query);
        choice.remarks.push_back("No Redis answers at " + where +
                                 " without a password: jobs stay in this process.");
        return choice;
    }
    auto choice = onRedis(local, query);
    if (!choice) {
        QueueChoice instead = embedded(query);
        instead.remarks.push_back(choice.error() + ". Jobs stay in this process.");
        return instead;
    }
    choice->remarks.push_back("A Redis was found at " + where + " when the engine started.");
    return *std::move(choice);
}

}  // namespace

tl::expected<QueueChoice, std::string> chooseQueue(const QueueQuery& query) {
    if (query.setting == "none") {
        return embedded(query);
    }
    if (query.setting == "auto") {
        return automatic(query);
    }
    const auto url = jobs::parseRedisUrl(query.setting);
    if (!url) {
        return tl::unexpected("--redis: " + std::string(jobs::explain(url.error())));
    }
    return onRedis(*url, query);
}

}  // namespace oee::runtime
