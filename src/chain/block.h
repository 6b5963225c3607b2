#pragma once
// The block under construction: pools and traffic's books as the trades so far have left them.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "amm/pool.h"
#include "chain/chain_state.h"
#include "chain/execution.h"
#include "chain/price_process.h"
#include "chain/slots.h"

namespace oee::chain {

// What all actions of one slot see.
struct SlotView {
    const NetworkProfile& profile;
    const Scenario& scenario;
    const MarketMap& map;
    const amm::PairIndex& index;
    amm::ChainClock clock;
    Leader leader;
    double cuPriceMicroLamports = 0;  // of the fee market
    std::vector<double> values;       // by mint: of one base unit, in base units of the root

    // Lamports that an amount of a token is worth.
    double lamportsOf(std::size_t mint, double amountRaw) const {
        return amountRaw * values[mint] / values[map.sol];
    }
    // Of a transaction that offers the fee market's price for one swap: what traffic pays.
    std::uint64_t trafficFeeLamports(domain::Program program) const;
};

class Block {
  public:
    Block(Pools pools, TrafficLedger ledger)
        : pools_(std::move(pools)), ledger_(std::move(ledger)) {}

    const Pools& pools() const { return pools_; }
    const TrafficLedger& ledger() const { return ledger_; }
    std::vector<std::size_t> changedPools() const;  // ascending

    // A swap of traffic's own: its side of the trade is booked. False where the program refuses.
    bool trade(const SlotView& view, std::size_t position, const amm::SwapRequest& request);
    void trade(const SlotView& view, std::size_t position, amm::SwapDirection direction,
               amm::AppliedSwap&& swap);
    void payFee(const SlotView& view, std::uint64_t lamports);
    // A transaction of ours: only what the mints withhold is booked here.
    void keep(const SlotView& view, const Execution& execution);

  private:
    void put(std::size_t position, PoolPtr pool);
    void withhold(const SlotView& view, std::size_t position, amm::SwapDirection direction,
                  const amm::SwapResult& swap);

    Pools pools_;
    TrafficLedger ledger_;
    std::vector<std::size_t> touched_;
};

}  // namespace oee::chain
