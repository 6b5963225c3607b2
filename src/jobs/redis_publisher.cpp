#include "jobs/redis_publisher.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "jobs/redis_connection.h"

namespace oee::jobs {
namespace {

constexpr std::size_t kBatch = 256;
constexpr std::chrono::milliseconds kPause{10};

}  // namespace

RedisPublisher::RedisPublisher(const RedisUrl& url, const std::string& instanceId,
                               const RedisPublisherOptions& options)
    : channel_("oee:" + instanceId + ":events"),
      options_(options),
      link_(url, options.timeouts, "publisher", [this] { mayAsk_ = true; }),
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

void RedisPublisher::publish(std::vector<MessageMaker> messages) {
    bool wakes = false;
    {
        const std::lock_guard lock(mutex_);
        for (MessageMaker& message : messages) {
            if (waiting_.size() >= options_.capacity) {
                waiting_.pop_front();
                ++dropped_;
            }
            waiting_.push_back(std::move(message));
        }
        wakes = std::exchange(isIdle_, false);
    }
    if (wakes) {
        wake_.notify_one();
    }
}

void RedisPublisher::takeBatch(std::vector<MessageMaker>& batch) {
    const auto end =
        waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(kBatch, waiting_.size()));
    std::move(waiting_.begin(), end, std::back_inserter(batch));
    waiting_.erase(waiting_.begin(), end);
}

void RedisPublisher::run() {
    std::vector<MessageMaker> batch;
    std::unique_lock lock(mutex_);
    for (;;) {
        if (batch.empty()) {
            isIdle_ = waiting_.empty();
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            isIdle_ = false;
            takeBatch(batch);
            if (batch.empty()) {
                return;  // stopping, and nothing is left
            }
        }
        lock.unlock();
        const Sent sent = send(batch);
        lock.lock();
        if (sent == Sent::failed) {
            if (stopping_) {
                dropped_ += batch.size() + waiting_.size();
                return;
            }
            wake_.wait_for(lock, link_.untilRetry(), [this] { return stopping_; });
        } else if (sent == Sent::toNobody && waiting_.empty()) {
            // Nobody is kept waiting, so the next question may be about more than one commit.
            wake_.wait_for(lock, kPause, [this] { return stopping_; });
        }
    }
}

// By name or by pattern. Asked after the messages have come in.
tl::expected<bool, RedisError> RedisPublisher::isHeard(RedisConnection& connection) {
    if (!mayAsk_) {
        return true;
    }
    const std::vector<RedisCommand> commands{{"PUBSUB", "NUMSUB", channel_}, {"PUBSUB", "NUMPAT"}};
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    const RedisAnswer& byName = answers->front();
    const RedisAnswer& byPattern = answers->back();
    if (!byName || !byPattern) {
        mayAsk_ = false;
        return true;
    }
    return byName->view()[1].integer().value_or(1) > 0 ||
           byPattern->view().integer().value_or(1) > 0;
}

RedisPublisher::Sent RedisPublisher::send(std::vector<MessageMaker>& batch) {
    const auto connection = link_.acquire();
    if (!connection) {
        return Sent::failed;
    }
    const auto heard = isHeard(**connection);
    if (!heard) {
        link_.giveUp(heard.error());
        return Sent::failed;
    }
    std::vector<std::string> texts;
    std::vector<RedisCommand> commands;
    if (*heard) {
        texts.reserve(batch.size());
        commands.reserve(batch.size());
        for (const MessageMaker& make : batch) {
            commands.push_back({"PUBLISH", channel_, texts.emplace_back(make())});
        }
    }
    options_.crashPoints.reach(base::CrashPoint::publisherBeforePublish);
    const auto answers = (*connection)->pipeline(commands);
    options_.crashPoints.reach(base::CrashPoint::publisherAfterPublish);
    if (!answers) {
        link_.giveUp(answers.error());
        return Sent::failed;
    }
    for (const RedisAnswer& answer : *answers) {
        if (!answer) {
            link_.giveUp(answer.error());
            return Sent::failed;
        }
    }
    published_ += batch.size();
    batch.clear();
    return *heard ? Sent::all : Sent::toNobody;
}

}  // namespace oee::jobs
