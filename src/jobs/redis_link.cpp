#include "jobs/redis_link.h"

#include <algorithm>
#include <utility>

#include "jobs/redis_log.h"

namespace oee::jobs {

Q_LOGGING_CATEGORY(redisLog, "oee.redis")

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstBackOff = 50ms;
constexpr std::chrono::milliseconds kLongestBackOff = 2s;

}  // namespace

RedisLink::RedisLink(RedisUrl url, RedisTimeouts timeouts, std::string user, Connected connected)
    : url_(std::move(url)),
      timeouts_(timeouts),
      user_(std::move(user)),
      connected_(std::move(connected)),
      backOff_(kFirstBackOff) {}

tl::expected<RedisConnection*, RedisError> RedisLink::acquire() {
    if (connection_ && connection_->isOpen()) {
        return &*connection_;
    }
    if (lastError_ && std::chrono::steady_clock::now() < nextTry_) {
        return tl::unexpected(*lastError_);
    }
    auto opened = RedisConnection::open(url_, timeouts_);
    if (!opened) {
        giveUp(opened.error());
        return tl::unexpected(std::move(opened.error()));
    }
    connection_.emplace(*std::move(opened));
    if (connected_) {
        connected_();
    }
    if (lastError_) {
        qCInfo(redisLog).noquote() << "Redis answers again:" << user_.c_str();
        lastError_.reset();
    }
    backOff_ = kFirstBackOff;
    return &*connection_;
}

void RedisLink::giveUp(const RedisError& error) {
    connection_.reset();
    if (!lastError_) {
        qCWarning(redisLog) << "Redis is lost to" << user_.c_str() << "at" << describe(url_).c_str()
                            << "-" << error.text.c_str();
    }
    lastError_ = error;
    nextTry_ = std::chrono::steady_clock::now() + backOff_;
    backOff_ = std::min(backOff_ * 2, kLongestBackOff);
}

void RedisLink::retryNow() {
    backOff_ = kFirstBackOff;
    nextTry_ = {};
}

std::chrono::milliseconds RedisLink::untilRetry() const {
    if (!lastError_) {
        return 0ms;
    }
    // Rounded up, so that whoever waits so long does not come too early.
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(
                             nextTry_ - std::chrono::steady_clock::now()));
}

}  // namespace oee::jobs
