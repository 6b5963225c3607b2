#pragma once
// The chain thread: the slot clock, the inbox, and the market as the last commit left it.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <QObject>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "base/crash_points.h"
#include "chain/chain.h"
#include "chain/network_profile.h"
#include "domain/transaction.h"
#include "execution/order_store.h"
#include "runtime/shared_cell.h"
#include "runtime/slot_recorder.h"

namespace oee::runtime {

struct ChainStart {
    chain::RestoredState chain;
    SlotRecorder::Start record;
};

// The chain as the store left it: as it was, or where it kept nothing that can be read, with fee
// market and prices that begin anew on the market as it is.
ChainStart chainStart(const execution::StoredState& stored, amm::MarketSnapshotPtr market,
                      const chain::NetworkProfile& profile, WithCounterfactuals counterfactuals);

// Lives on the chain thread; acceptUntilWoken() may be called from any thread. Slots are computed
// one after another. Each waits until its block is confirmed: then it is committed, and published
// when the store has it, so that what others see is never taken back. After a crash the chain goes
// on from the last slot committed; what came after it was only `processed`. A slot that the store
// refuses is committed again, and the chain stands still until it is.
class ChainRunner final : public QObject {
    Q_OBJECT

  public:
    struct Environment {
        const chain::NetworkProfile& profile;
        const base::Clock& clock;
        execution::OrderStore& store;
        SharedCell<amm::MarketSnapshot>& published;
        const chain::Scenario& scenario;
        base::CrashPoints crashPoints = {};
    };

    ChainRunner(const Environment& environment, ChainStart start);
    ~ChainRunner() override;

    // On the chain's thread: creates the scheduler and opens the first slot.
    void begin();
    // On the chain's thread: no further slots.
    void end();
    // Takes the transaction of a submission that the store has decided into the inbox. The chain
    // looks at it with the next wake(), so that what is decided together shares a slot.
    // Thread-safe.
    void acceptUntilWoken(domain::Transaction transaction);
    void wake();
    // The submission came to nothing after all: its transaction was never sent. Thread-safe.
    void withdraw(const execution::Arrival& lost);

  signals:
    void slotPublished(quint64 slot);

  private:
    // A transaction on its way: ready when the steady clock says so, whatever the wall clock does.
    struct Pending {
        std::int64_t readyAtSteadyMicros = 0;
        domain::Transaction transaction;
    };
    // A slot that was computed and is not committed.
    struct ProcessedSlot {
        std::vector<domain::Transaction> inbox;
        chain::SlotResult result;
        std::uint64_t confirmedSlot = 0;
    };

    void postWake();  // with arrivalsMutex_ held
    bool isPaced() const { return environment_.profile.slotMillis > 0; }
    void collectArrivals();
    void scheduleNextSlot();
    void openSlot();
    std::vector<domain::Transaction> takeReady();
    void putBack(std::vector<domain::Transaction> inbox);
    void drop(const execution::Arrival& lost);
    bool dropWithdrawn(std::vector<domain::Transaction>& transactions);
    const chain::ChainState& newest() const;
    bool isResting() const;
    void process(std::vector<domain::Transaction> inbox);
    void commitConfirmed();
    void isolate();
    void settle(const tl::expected<std::monostate, execution::StoreError>& done);
    void publish();

    Environment environment_;
    chain::ChainState committed_;
    std::deque<ProcessedSlot> processed_;  // since then
    SlotRecorder recorder_;
    std::vector<Pending> pending_;
    std::set<execution::Arrival> withdrawn_;  // of processed_
    std::unique_ptr<base::Scheduler> scheduler_;
    bool isCommitting_ = false;  // the first of the processed ones
    bool isRefused_ = false;     // likewise
    std::size_t suspects_ = 0;   // transactions to be tried one at a time
    std::int64_t nextSlotAtSteadyMicros_ = 0;
    bool running_ = false;
    std::optional<std::int64_t> scheduledAtSteadyMicros_;  // when the next slot will be opened
    std::uint64_t schedule_ = 0;

    std::mutex arrivalsMutex_;
    std::vector<domain::Transaction> arrivals_;  // guarded
    bool wakePosted_ = false;                    // guarded
};

}  // namespace oee::runtime
