#pragma once
// The engine's side of remote workers: it says what the market is while somebody listens, and takes
// what they propose.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jobs/job_recovery.h"
#include "jobs/market_feed.h"
#include "jobs/worker_roster.h"
#include "runtime/engine.h"
#include "runtime/market_mirror.h"
#include "runtime/remote_desk.h"

namespace oee::runtime {

// Two threads with a connection each, so that neither waits for the other. Where Redis is away they
// wait for it; nothing of the engine waits for them.
class RemoteHub {
  public:
    // `secret` is shared with the workers and not empty.
    RemoteHub(RemoteEnvironment environment, const std::string& secret);
    ~RemoteHub();
    RemoteHub(const RemoteHub&) = delete;
    RemoteHub& operator=(const RemoteHub&) = delete;

    // `source` knows the market as it is stored.
    void start(ChainRunner& chain, MarketSource source);
    // What was taken is finished; afterwards nothing is asked of store and chain any more.
    void stop();

    // From any thread.
    void observe(const domain::OrderPtr& order) { desk_.observe(order); }
    void forget(const domain::OrderId& orderId) { desk_.forget(orderId); }
    void marketChanged();
    std::vector<RemoteWorkerStatus> workers() const;
    RemoteProposals counts() const { return desk_.counts(); }

  private:
    struct Known {
        RemoteWorkerStatus status;
        std::uint64_t counter = 0;  // of its last heartbeat
        std::int64_t atSteadyMicros = 0;
    };

    void announce();  // the thread
    tl::expected<void, jobs::RedisError> round(jobs::RedisConnection& connection);
    tl::expected<void, jobs::RedisError> lookAround(jobs::RedisConnection& connection);
    tl::expected<void, jobs::RedisError> publish(jobs::RedisConnection& connection);
    tl::expected<void, jobs::RedisError> publishWhole(jobs::RedisConnection& connection,
                                                      jobs::MarketPublisher::Whole kind);
    void depart(const RemoteWorkerStatus& worker);
    tl::expected<void, jobs::RedisError> takeBack(jobs::RedisConnection& connection);
    tl::expected<void, jobs::RedisError> giveBack(
        const tl::expected<std::vector<jobs::Job>, jobs::RedisError>& jobs);
    tl::expected<void, jobs::RedisError> clearDeparted(jobs::RedisConnection& connection);
    void enter(const jobs::WorkerSeen& seen, std::map<std::string, Known>& into);
    void waitForNews();

    const RemoteEnvironment environment_;
    const jobs::MessageSeal seal_;
    const jobs::RemoteKeys keys_;
    const jobs::RemoteEpoch epoch_;
    RemoteDesk desk_;
    jobs::MarketPublisher publisher_;
    jobs::RedisLink link_;
    std::unique_ptr<MarketSource> source_;
    std::map<std::string, Known> known_;
    std::map<std::string, unsigned> departed_;  // threads by name
    bool isHeard_ = false;                      // some worker follows the market
    bool isPublished_ = false;
    std::size_t wholeSize_ = 0;
    std::size_t changesSize_ = 0;  // since the whole was published
    std::int64_t nextLook_ = 0;    // steady µs

    StopSignal stop_;
    std::thread announcer_;
    std::thread reader_;

    mutable std::mutex mutex_;
    std::condition_variable news_;
    bool hasNews_ = false;                      // guarded
    std::vector<RemoteWorkerStatus> statuses_;  // guarded
};

}  // namespace oee::runtime
