#pragma once
// What the tests of the queue that leaves Redis share.

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/failover_queue.h"
#include "jobs/redis_fixture.h"

namespace oee::test {

// Thread-safe.
class Notices {
  public:
    void add(const std::string& text) {
        const std::lock_guard lock(mutex_);
        texts_.push_back(text);
    }
    bool tell(std::string_view words) const {
        const std::lock_guard lock(mutex_);
        return std::any_of(texts_.begin(), texts_.end(), [&](const std::string& text) {
            return text.find(words) != std::string::npos;
        });
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> texts_;
};

inline jobs::FailoverOptions quick() {
    jobs::FailoverOptions options;
    options.redis.lease = kNever;
    options.redis.timeouts = {300ms, 300ms};
    options.probeEvery = 50ms;
    return options;
}

inline bool contains(const std::vector<std::string>& texts, std::string_view words) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
        return text.find(words) != std::string::npos;
    });
}

// Null where it cannot be opened. `notices` outlives it.
inline std::unique_ptr<jobs::FailoverQueue> openFailover(const jobs::RedisUrl& url,
                                                         Notices& notices) {
    auto queue = jobs::FailoverQueue::open(
        url, "i", [&notices](const std::string& text) { notices.add(text); }, quick());
    return queue ? *std::move(queue) : nullptr;
}

}  // namespace oee::test
