#pragma once
// Runs a transaction's legs on pools: whole or not at all.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "amm/pool.h"
#include "chain/outcome.h"
#include "domain/transaction.h"

namespace oee::chain {

using PoolPtr = std::shared_ptr<const amm::Pool>;
using Pools = std::vector<PoolPtr>;

// The pools with a few of them replaced; the ones below live longer.
class PoolOverlay {
  public:
    explicit PoolOverlay(const Pools& below) : below_(&below) {}

    const PoolPtr& at(std::size_t position) const;
    void put(std::size_t position, PoolPtr pool);
    std::size_t size() const { return below_->size(); }
    const std::vector<std::pair<std::size_t, PoolPtr>>& replaced() const { return replaced_; }

  private:
    const Pools* below_;
    std::vector<std::pair<std::size_t, PoolPtr>> replaced_;
};

struct ExecutedLeg {
    std::size_t position = 0;  // of its pool
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    amm::SwapResult swap;
    PoolPtr before;
    PoolPtr after;
};

struct Execution {
    std::vector<ExecutedLeg> legs;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint32_t computeUnits = 0;
};

// ExactIn: each leg spends what was planned or what there is, the last leg that takes a token all
// there is of it; the input that the plan takes of the trader is there from the start. ExactOut:
// what each leg has to bring is found from the last one backwards on the pools as they are, and the
// legs that spend the input ask for exactly that; rounding on the way may bring a few units more.
// With one leg the program itself checks the limit, else the total is checked as an aggregator
// does. Changes the overlay only where everything succeeds.
tl::expected<Execution, Reverted> execute(const domain::Transaction& transaction,
                                          const amm::PairIndex& index, PoolOverlay& pools,
                                          const amm::ChainClock& clock);

// What an execution means for the transaction's owner. `undisturbed` is the execution as it would
// have been without the bot; the same one where there was none.
Landed landedOf(const domain::Transaction& transaction, const Execution& execution,
                const Execution& undisturbed, std::uint64_t slot);

}  // namespace oee::chain
