#pragma once
// Where proposals of remote workers become submissions.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "jobs/message_seal.h"
#include "jobs/proposal_stream.h"
#include "jobs/redis_link.h"
#include "jobs/redis_url.h"
#include "runtime/answer_count.h"
#include "runtime/chain_runner.h"
#include "runtime/engine.h"
#include "runtime/quote_desk.h"
#include "runtime/shared_cell.h"
#include "runtime/stop_signal.h"

namespace oee::runtime {

// What a RemoteHub and its parts share. All of it outlives them.
struct RemoteEnvironment {
    jobs::RedisUrl redis;
    std::string instanceId;
    std::string version;  // of the program
    std::chrono::milliseconds lease{30'000};
    std::uint64_t seed = 0;
    const chain::NetworkProfile& profile;
    const base::Clock& clock;
    execution::OrderStore& store;
    const SharedCell<amm::MarketSnapshot>& market;
    std::function<void(const std::string& text)> notice;  // from any thread
    // A job that its worker will not finish: it is in the queue no more. From any thread.
    std::function<void(const domain::Order& job)> returned;
};

// run() is the life of one thread; observe() may be called from any.
//
// The worker's word counts for the plan alone, and only where it fits the stored order. Where it
// does not, or where the worker found none, the engine plans the order itself: no worker can hold
// an order up for longer than its lease, or fail it.
class RemoteDesk {
  public:
    RemoteDesk(const RemoteEnvironment& environment, const jobs::MessageSeal& seal,
               jobs::RemoteEpoch epoch);

    // Orders as they are decided or stored; those that are submitted or ended are forgotten.
    void observe(const domain::OrderPtr& order);
    // An order that was decided, and then not stored.
    void forget(const domain::OrderId& orderId);
    void run(ChainRunner& chain, StopSignal& stop);

    RemoteProposals counts() const;

  private:
    using Answers = std::shared_ptr<AnswerCount>;
    struct Verdict {
        bool jobIsDone = false;  // written by the store's thread before it answers
    };

    tl::expected<void, jobs::RedisError> round(jobs::RedisConnection& connection,
                                               ChainRunner& chain);
    void judge(const jobs::Proposal& proposal, Verdict& verdict, const Answers& answers,
               ChainRunner& chain);
    void submit(execution::Submission submission, Verdict& verdict, const Answers& answers,
                ChainRunner& chain);
    void fail(const jobs::Proposal& proposal, const domain::OrderFailure& failure, Verdict& verdict,
              const Answers& answers);
    void planHere(const domain::Order& order, const jobs::Proposal& proposal, Verdict& verdict,
                  const Answers& answers, ChainRunner& chain);
    void tellOfForgeries(const jobs::ProposalReader::Batch& batch);
    domain::OrderPtr find(const domain::OrderId& orderId) const;

    const RemoteEnvironment& environment_;
    jobs::ProposalReader reader_;
    jobs::RedisLink link_;
    MarketPlanner planner_;
    std::int64_t nextForgeryNotice_ = 0;  // steady µs

    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> forged_{0};
    std::atomic<std::uint64_t> refused_{0};

    mutable std::mutex mutex_;
    std::map<domain::OrderId, domain::OrderPtr> unsent_;  // guarded
};

}  // namespace oee::runtime
