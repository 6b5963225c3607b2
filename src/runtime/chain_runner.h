#pragma once
// The chain thread: the slot clock, the inbox, and the market as the last commit left it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <QObject>

#include "amm/account.h"
#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/chain.h"
#include "chain/network_profile.h"
#include "domain/transaction.h"
#include "execution/order_store.h"
#include "runtime/shared_cell.h"

namespace oee::runtime {

struct ChainStart {
    amm::MarketSnapshotPtr market;
    std::map<domain::Pubkey, amm::AccountSet> accounts;  // a pool
    std::vector<domain::Transaction> inFlight;
};

// Lives on the chain thread; accept() may be called from any thread. One slot is computed at a
// time: it is published when the store has committed it, and computed again from the same state
// when the store refused it.
class ChainRunner final : public QObject {
    Q_OBJECT

  public:
    struct Environment {
        const chain::NetworkProfile& profile;
        const base::Clock& clock;
        execution::OrderStore& store;
        SharedCell<amm::MarketSnapshot>& published;
        const chain::Scenario& scenario;
    };

    ChainRunner(Environment environment, ChainStart start);
    ~ChainRunner() override;

    // On the chain's thread: creates the scheduler and opens the first slot.
    void begin();
    // On the chain's thread: no further slots.
    void end();
    // Takes a committed transaction into the inbox. Thread-safe.
    void accept(domain::Transaction transaction);

  signals:
    void slotPublished(quint64 slot);

  private:
    // A transaction on its way: ready when the steady clock says so, whatever the wall clock does.
    struct Pending {
        std::int64_t readyAtSteadyMicros = 0;
        domain::Transaction transaction;
    };
    // What a slot in flight will change once it is committed.
    struct SlotInFlight {
        chain::SlotResult result;
        std::map<domain::Pubkey, amm::AccountSet> accounts;
        std::vector<domain::Transaction> inbox;
    };

    bool isPaced() const { return environment_.profile.slotMillis > 0; }
    void collectArrivals();
    void scheduleNextSlot();
    void openSlot();
    std::vector<domain::Transaction> takeReady();
    void putBack(std::vector<domain::Transaction> inbox);
    void commit(std::vector<domain::Transaction> inbox);
    void isolate(std::vector<domain::Transaction> inbox);
    void settle(const tl::expected<std::monostate, execution::StoreError>& done);
    void publish(chain::ChainState state);

    Environment environment_;
    chain::ChainState state_;
    std::map<domain::Pubkey, amm::AccountSet> accounts_;
    std::vector<Pending> pending_;
    std::unique_ptr<base::Scheduler> scheduler_;
    std::unique_ptr<SlotInFlight> inFlight_;
    std::size_t suspects_ = 0;  // transactions to be tried one at a time
    std::int64_t nextSlotAtSteadyMicros_ = 0;
    bool running_ = false;
    bool slotScheduled_ = false;

    std::mutex arrivalsMutex_;
    std::vector<domain::Transaction> arrivals_;  // guarded
    bool wakePosted_ = false;                    // guarded
};

}  // namespace oee::runtime
