#include "jobs/redis_publisher.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "jobs/redis_connection.h"

namespace oee::jobs {
namespace {

constexpr std::size_t kBatch = 256;

}  // namespace

RedisPublisher::RedisPublisher(const RedisUrl& url, const std::string& instanceId,
                               const RedisPublisherOptions& options)
    : channel_("oee:" + instanceId + ":events"),
      options_(options),
      link_(url, options.timeouts, "publisher"),
      thread_([this] { run(); }) {
    assert(!instanceId.empty() && options.capacity > 0);
}

RedisPublisher::~RedisPublisher() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void RedisPublisher::publish(const std::string& payload) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= options_.capacity) {
            waiting_.pop_front();
            ++dropped_;
        }
        waiting_.push_back(payload);
    }
    wake_.notify_one();
}

void RedisPublisher::run() {
    std::vector<std::string> batch;
    std::unique_lock lock(mutex_);
    for (;;) {
        if (batch.empty()) {
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            const auto end =
                waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(kBatch, waiting_.size()));
            std::move(waiting_.begin(), end, std::back_inserter(batch));
            waiting_.erase(waiting_.begin(), end);
            if (batch.empty()) {
                return;  // stopping, and nothing is left
            }
        }
        lock.unlock();
        const bool sent = send(batch);
        lock.lock();
        if (!sent) {
            if (stopping_) {
                dropped_ += batch.size() + waiting_.size();
                return;
            }
            wake_.wait_for(lock, link_.untilRetry(), [this] { return stopping_; });
        }
    }
}

bool RedisPublisher::send(std::vector<std::string>& batch) {
    const auto connection = link_.acquire();
    if (!connection) {
        return false;
    }
    std::vector<RedisCommand> commands;
    commands.reserve(batch.size());
    for (const std::string& payload : batch) {
        commands.push_back({"PUBLISH", channel_, payload});
    }
    options_.crashPoints.reach(base::CrashPoint::publisherBeforePublish);
    const auto answers = (*connection)->pipeline(commands);
    options_.crashPoints.reach(base::CrashPoint::publisherAfterPublish);
    if (!answers) {
        link_.giveUp(answers.error());
        return false;
    }
    for (const RedisAnswer& answer : *answers) {
        if (!answer) {
            link_.giveUp(answer.error());
            return false;
        }
    }
    published_ += batch.size();
    batch.clear();
    return true;
}

}  // namespace oee::jobs
