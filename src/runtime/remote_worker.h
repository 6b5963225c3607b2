#pragma once
// A worker without a database: it follows an engine's market over Redis, plans the jobs that it
// takes there, and proposes.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/crash_points.h"
#include "chain/network_profile.h"
#include "jobs/market_feed.h"
#include "jobs/message_seal.h"
#include "jobs/redis_link.h"
#include "jobs/redis_url.h"
#include "jobs/remote_keys.h"
#include "runtime/market_mirror.h"
#include "runtime/remote_planner.h"
#include "runtime/shared_cell.h"
#include "runtime/stop_signal.h"

namespace oee::runtime {

struct RemoteWorkerOptions {
    jobs::RedisUrl redis;
    std::string instanceId;  // the engine's
    std::string secret;      // likewise; not empty
    std::string name;        // jobs::workerName; unique among all runs of workers
    std::string version;     // of the program
    unsigned threads = 1;
    std::chrono::milliseconds lease{30'000};
    // What a person should know, in a sentence; from any thread, when it changes.
    std::function<void(const std::string& text)> say;
    base::CrashPoints crashPoints = {};
};

// Where Redis or the engine is away it waits, for ever. It takes jobs only while it follows the
// market of an engine that knows the secret and is of its own version.
class RemoteWorker {
  public:
    explicit RemoteWorker(RemoteWorkerOptions options);
    ~RemoteWorker();
    RemoteWorker(const RemoteWorker&) = delete;
    RemoteWorker& operator=(const RemoteWorker&) = delete;

    void start();
    // Finishes what was taken, and takes its name out of the lists.
    void stop();

    std::uint64_t planned() const { return planned_; }

  private:
    void follow();
    void take(const jobs::MarketFollower::News& news);
    void takeMarket(const jobs::MarketFollower::News& news);
    void beat(jobs::RedisConnection& connection);
    void say(const std::string& text);

    const RemoteWorkerOptions options_;
    const jobs::MessageSeal seal_;
    const jobs::RemoteKeys keys_;
    const std::shared_ptr<jobs::RedisQueueState> queue_;
    jobs::MarketFollower follower_;
    jobs::RedisLink link_;
    std::optional<MarketCopy> copy_;
    std::shared_ptr<const chain::NetworkProfile> profile_;
    std::string lastSaid_;
    std::uint64_t beats_ = 0;
    std::chrono::steady_clock::time_point nextBeat_{};

    SharedCell<FollowedMarket> followed_;  // null while there is nothing to plan on
    std::atomic<std::uint64_t> planned_{0};
    StopSignal stop_;
    std::thread followThread_;
    std::vector<std::thread> planThreads_;
};

}  // namespace oee::runtime
