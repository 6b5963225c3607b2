#pragma once
// A planning worker: takes jobs, plans them against the newest snapshot, proposes transactions.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "base/crash_points.h"
#include "chain/network_profile.h"
#include "execution/order_store.h"
#include "jobs/job_queue.h"
#include "runtime/answer_count.h"
#include "runtime/chain_runner.h"
#include "runtime/quote_desk.h"
#include "runtime/shared_cell.h"

namespace oee::runtime {

// run() is the whole life of a worker thread. It owns nothing shared: its queue connection is made
// and destroyed inside run().
class Worker {
  public:
    struct Environment {
        std::string name;
        std::uint64_t seed = 0;
        const chain::NetworkProfile& profile;
        const base::Clock& clock;
        const SharedCell<amm::MarketSnapshot>& market;
        execution::OrderStore& store;
        ChainRunner& chain;
        jobs::JobQueue& queue;
        const std::atomic<bool>& stopping;
        base::CrashPoints crashPoints = {};
        std::shared_ptr<SharedCurves> curves = std::make_shared<SharedCurves>();
    };

    explicit Worker(Environment environment);

    // Returns once `stopping` is set.
    void run();

  private:
    // Jobs of one take(), and the answers of the store that they wait for.
    struct Taken {
        std::vector<jobs::Delivery> deliveries;
        std::shared_ptr<AnswerCount> answers;
    };
    enum class Those { done, all };

    void work(jobs::JobConsumer& consumer);
    // Plans and proposes what there is; where there is nothing, waits for the oldest that was.
    // False where the queue does not answer.
    bool takeSome(jobs::JobConsumer& consumer);
    // Of what was taken, the oldest first; all: waits for their answers. False as above.
    bool acknowledge(jobs::JobConsumer& consumer, Those which);
    // Writes down which of them are begun, where they may be what ended an earlier run.
    void begin(const std::vector<jobs::Delivery>& deliveries);
    void process(const domain::Order& order, const std::shared_ptr<AnswerCount>& answers);
    void pause() const;

    Environment environment_;
    MarketPlanner planner_;
    std::deque<Taken> taken_;  // and not acknowledged, oldest first
};

}  // namespace oee::runtime
