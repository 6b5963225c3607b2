#pragma once
// One thread of a remote worker.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amm/market_snapshot.h"
#include "base/crash_points.h"
#include "chain/network_profile.h"
#include "jobs/job_queue.h"
#include "jobs/market_feed.h"
#include "jobs/message_seal.h"
#include "jobs/proposal_stream.h"
#include "jobs/redis_consumer.h"
#include "jobs/redis_link.h"
#include "jobs/remote_keys.h"
#include "runtime/quote_desk.h"
#include "runtime/shared_cell.h"
#include "runtime/stop_signal.h"

namespace oee::runtime {

// The engine's market as a worker has it; a new one with each change.
struct FollowedMarket {
    amm::MarketSnapshotPtr market;
    std::shared_ptr<const chain::NetworkProfile> profile;
    jobs::RemoteEpoch epoch;
};

// run() is the whole life of the thread: takes jobs, plans them, proposes. It acknowledges nothing:
// the engine does, after its COMMIT.
class RemotePlanner {
  public:
    struct Environment {
        std::shared_ptr<jobs::RedisQueueState> queue;
        const jobs::MessageSeal& seal;
        const jobs::RemoteKeys& keys;
        const SharedCell<FollowedMarket>& followed;  // null: nothing to plan on
        std::atomic<std::uint64_t>& planned;
        StopSignal& stop;
        std::string consumer;
        std::chrono::milliseconds lease;
        base::CrashPoints crashPoints;
    };

    explicit RemotePlanner(Environment environment);

    void run();

  private:
    using Instant = std::chrono::steady_clock::time_point;

    bool mayTake();
    void work(std::vector<jobs::Delivery> deliveries);
    void workOn(std::span<const jobs::Delivery> deliveries, Instant until);
    jobs::Proposal about(const jobs::Delivery& delivery, const FollowedMarket& followed);
    jobs::Proposal plan(const jobs::Delivery& delivery, const FollowedMarket& followed);
    // Until it succeeds; false where the lease was over or the worker stopped before.
    bool send(const std::vector<jobs::Proposal>& proposals, Instant until);
    void leave();

    Environment environment_;
    jobs::RedisConsumer consumer_;
    jobs::RedisLink link_;
    std::size_t waiting_ = 0;  // proposals, when we sent last
    std::uint64_t sequence_ = 0;
    std::shared_ptr<const amm::PairIndex> plannedOn_;
    std::shared_ptr<const chain::NetworkProfile> profile_;
    std::optional<MarketPlanner> planner_;
};

}  // namespace oee::runtime
