#pragma once
// Transactions that were planned on one market and landed on another, with what their receipts say.

#include <cstdint>
#include <optional>
#include <span>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/execution.h"
#include "chain/outcome.h"
#include "domain/receipt.h"
#include "domain/transaction.h"
#include "execution/receipt.h"

namespace oee::test {

struct Landing {
    domain::Transaction transaction;
    chain::Landed landed;

    tl::expected<domain::Receipt, execution::ReceiptError> receipt(
        double outPerLamport = 0, std::uint64_t feeLamports = 0) const;
    // The legs as a plan that expects these outputs of them.
    std::uint64_t valueOf(std::span<const std::uint64_t> outs, const amm::MarketSnapshot& market);
};

// The pool as somebody else's swap leaves it; unchanged where it cannot be done.
chain::PoolPtr after(const chain::PoolPtr& pool, amm::SwapDirection direction,
                     std::uint64_t amountRaw, const amm::ChainClock& clock);

// One pool, one leg; the market moves by `before` and a front-run of `frontRun` precedes it.
struct Story {
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    std::uint64_t amountRaw = 0;
    std::uint64_t before = 0;
    amm::SwapDirection beforeDirection = amm::SwapDirection::aToB;
    std::uint64_t frontRun = 0;
};
std::optional<Landing> landingOf(const amm::MarketSnapshot& market, std::size_t position,
                                 const Story& story);

// The parts lead from the decision to what arrived, to the unit, whatever happened in between.
bool addsUp(const domain::Receipt& receipt);

}  // namespace oee::test
