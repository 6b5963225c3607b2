#pragma once
// What of a slot is to be stored: accounts, receipts, markouts that fall due, the chain's state.

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "amm/account.h"
#include "chain/chain.h"
#include "execution/order_store.h"
#include "runtime/quote_desk.h"

namespace oee::runtime {

enum class WithCounterfactuals { no, yes };

// Lives on one thread. What it says of a slot can be asked again until the slot is kept.
class SlotRecorder {
  public:
    struct Start {
        std::map<domain::Pubkey, amm::AccountSet> accounts;  // a pool
        std::vector<execution::OwedMarkouts> owedMarkouts;
        WithCounterfactuals counterfactuals = WithCounterfactuals::yes;
        std::shared_ptr<SharedCurves> curves = std::make_shared<SharedCurves>();
    };
    // `profile` must outlive it.
    SlotRecorder(const chain::NetworkProfile& profile, Start start);

    struct Slot {
        const chain::ChainState& before;
        const std::vector<domain::Transaction>& inbox;
        const chain::SlotResult& result;
    };
    execution::SlotCommit record(const Slot& slot);
    // What was recorded last stands.
    void keep();
    // Computes what planning on `market`, the newest, will need, so that neither the next slot nor
    // whoever shares the curves has to wait for it.
    void prepare(const amm::MarketSnapshotPtr& market);

    bool owesMarkouts() const { return !owed_.empty(); }

  private:
    struct Due {
        std::uint32_t seconds = 0;
        std::shared_ptr<const execution::OwedMarkouts> trade;
    };
    struct Recorded {
        base::UnixMicros timeMicros = 0;
        std::map<domain::Pubkey, amm::AccountSet> accounts;
        std::vector<execution::OwedMarkouts> trades;
    };

    void owe(execution::OwedMarkouts trade);
    void addReceipts(const Slot& slot, execution::SlotCommit& commit);
    void addMarkouts(const Slot& slot, execution::SlotCommit& commit) const;

    std::map<domain::Pubkey, amm::AccountSet> accounts_;
    std::multimap<base::UnixMicros, Due> owed_;  // by when they are due, on the chain's clock
    WithCounterfactuals counterfactuals_;
    MarketPlanner planner_;
    Recorded recorded_;
};

}  // namespace oee::runtime
