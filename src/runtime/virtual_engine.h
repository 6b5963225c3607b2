#pragma once
// The whole engine in virtual time: random orders are admitted, planned, sent, landed and settled
// slot by slot, without threads that wait and without sleeping. The same options give the same
// history, byte by byte, on any number of workers and over any store.
//
// In slot n the new orders are admitted at its opening; they and the retries that fall due before
// its end are planned in parallel against the newest confirmed market and committed in order of
// (send time, order id); what has reached a leader by its end is the inbox of the slot n + 1. As in
// real time (ChainRunner), a slot is only `processed` until its block is confirmed: then it is
// committed, and wallet, orders and market show it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "chain/chain.h"
#include "domain/receipt.h"
#include "execution/order_store.h"
#include "execution/planner.h"
#include "execution/retry.h"
#include "runtime/order_flow.h"
#include "runtime/parallel.h"
#include "runtime/simulation_report.h"
#include "runtime/slot_recorder.h"
#include "runtime/store_watch.h"
#include "runtime/virtual_clock.h"

namespace oee::runtime {

struct SimulationOptions {
    amm::MarketSnapshotPtr market;  // at genesis
    execution::StartBalances startBalances;
    chain::NetworkProfile profile;
    chain::Scenario scenario;
    std::uint64_t orders = 0;
    std::uint64_t ordersPerSlot = 50;
    unsigned workers = 1;
    std::vector<TokenPair> pairs;  // empty: all that pools trade
    WithCounterfactuals counterfactuals = WithCounterfactuals::no;
    // The accounts of the market's pools, where the store keeps what slots make of them.
    std::map<domain::Pubkey, amm::AccountSet> accounts{};
    // For those who watch, on the thread of run(): every commit, every receipt with all markouts.
    std::function<void(const execution::Committed&)> onCommitted{};
    std::function<void(const domain::Receipt&)> onReceipt{};
};

// What a store must be opened with. Its `onCommitted` may be called on any thread.
struct StoreSetup {
    const SimulationOptions& options;
    const base::Clock& clock;
    execution::RetryPolicy retries;
    std::function<void(const execution::Committed&)> onCommitted;
};
using StorePtr = std::unique_ptr<execution::OrderStore>;
// The store, or in words why there is none.
using OpenStore = std::function<tl::expected<StorePtr, std::string>(const StoreSetup&)>;
tl::expected<StorePtr, std::string> openMemoryStore(const StoreSetup& setup);

class VirtualEngine {
  public:
    explicit VirtualEngine(SimulationOptions options);
    ~VirtualEngine();

    // Until every order has ended and every markout was taken. Once. The error says what failed: a
    // store that cannot be opened or written, or a fault of ours.
    tl::expected<SimulationReport, std::string> run(const OpenStore& openStore = openMemoryStore);

    // After the run.
    const chain::ChainState& chainState() const { return state_; }
    const execution::Wallet& wallet() const { return *wallet_; }

  private:
    using PoolPtr = std::shared_ptr<const amm::Pool>;

    struct Job {
        base::UnixMicros sendAtMicros = 0;
        domain::OrderPtr order;
    };
    using Proposal = tl::expected<execution::Submission, domain::OrderFailure>;
    struct InFlight {
        domain::OrderPtr order;
        domain::Transaction transaction;
    };
    // A filled order whose markouts are being taken.
    struct Trade {
        domain::Receipt receipt;
        std::vector<domain::Fill> fills;
    };
    // A slot whose block is not confirmed yet.
    struct ProcessedSlot {
        chain::SlotResult result;
        std::uint64_t confirmedSlot = 0;
    };
    struct MarkoutDue {
        base::UnixMicros atMicros = 0;
        std::shared_ptr<Trade> trade;
    };

    bool isOver() const;
    void runSlot();
    base::UnixMicros slotEnd() const;
    std::vector<Job> admitNew();
    void addRetries(std::vector<Job>& jobs, base::UnixMicros endMicros);
    void planAndSubmit(std::vector<Job> jobs);
    Proposal propose(const Job& job, execution::OrderPlanner& planner) const;
    void submit(const Job& job, Proposal proposal);
    void fail(const Job& job, const domain::OrderFailure& failure);
    void landSlot(base::UnixMicros endMicros);
    void confirm(const chain::SlotResult& result, base::UnixMicros nowMicros);
    // A trade an outcome; null where it did not land.
    using Trades = std::vector<std::shared_ptr<Trade>>;
    Trades tradesOf(const chain::SlotResult& result);
    execution::SlotCommit commitOf(const chain::SlotResult& result, const Trades& trades);
    void settle(const chain::SlotResult& result, const Trades& trades);
    void count(const chain::TransactionOutcome& outcome);
    std::shared_ptr<Trade> tradeOf(const chain::TransactionOutcome& outcome,
                                   const chain::ChainState& state,
                                   execution::OrderPlanner& planner) const;
    void takeMarkouts(const chain::ChainState& state);
    // Waits for all that was asked of the store, and hears what it told.
    void sync();
    void setTime(base::UnixMicros micros);
    void hear(const execution::Committed& committed);
    SimulationReport finish();

    SimulationOptions options_;
    execution::RetryPolicy retryPolicy_;
    chain::ChainState state_;              // the newest, as processed
    amm::MarketSnapshotPtr confirmed_;     // as last committed
    std::deque<ProcessedSlot> processed_;  // since then
    OrderFlow flow_;
    VirtualClock clock_;
    Parallel parallel_;
    routing::Network network_;                       // of the confirmed market
    std::vector<execution::OrderPlanner> planners_;  // by thread
    std::unique_ptr<StoreWatch> told_;
    StorePtr store_;

    std::shared_ptr<const execution::Wallet> wallet_;  // as last committed
    std::uint64_t openOrders_ = 0;
    std::map<std::pair<base::UnixMicros, domain::OrderId>, domain::OrderPtr> retries_;
    std::map<domain::OrderId, InFlight> inFlight_;
    // By (arrival, order): on the way to a leader.
    std::map<std::pair<base::UnixMicros, domain::OrderId>, domain::Transaction> onTheWay_;
    std::array<std::deque<MarkoutDue>, domain::kMarkoutSeconds.size()> markouts_;
    std::vector<execution::MarkoutTaken> markoutsTaken_;  // since the last commit
    std::shared_ptr<const domain::OrderEvent> lastEvent_;
    std::vector<domain::Fill> lastFills_;        // of the newest commit that had events
    std::vector<domain::Receipt> lastReceipts_;  // likewise
    SimulationReport report_;
};

}  // namespace oee::runtime
