#pragma once
// The simulated network: one slot is one pure function of the state, the inbox, the profile and the
// seed.
//
// A slot's block holds, in this order: back-runs of sandwiches left open by earlier blocks;
// arbitrage; then our transactions and the noise traders' by priority (fee for a compute unit, tips
// where the leader takes them), arrival, order id. A bot that attacks one of ours trades right
// before it.
//
// Commitment. Whether a slot's block survives is drawn with the slot. The block of an abandoned
// slot is seen at `processed` and then dropped by the fork choice: the chain goes on as if the slot
// had been skipped, its transactions wait for the next leader until their blockhash expires. So an
// outcome in SlotResult::outcomes is never taken back. It is seen at `processed` in its slot, and
// the order counts as confirmed from confirmedSlot on.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/chain_state.h"
#include "chain/compute_units.h"
#include "chain/network_profile.h"
#include "chain/outcome.h"
#include "chain/price_process.h"
#include "chain/slots.h"
#include "domain/order.h"
#include "domain/transaction.h"

namespace oee::chain {

struct SlotResult {
    ChainState state;  // after the slot
    SlotKind kind = SlotKind::produced;
    std::vector<TransactionOutcome> outcomes;
    std::vector<std::size_t> changedPools;  // positions in MarketSnapshot::pools, ascending
    // What the block of an abandoned slot showed at `processed`: it did not happen.
    std::vector<TransactionOutcome> abandoned;
};

// Runs one slot: those of the pending transactions and of `inbox` (what has reached the leaders
// since the slot before, in any order) that it takes, each against the state that the ones before
// left, whole or not at all. Advances slot, block height, times, prices and the fee market.
// Deterministic: the same arguments give the same bytes on every machine.
SlotResult step(const ChainState& before, std::span<const domain::Transaction> inbox,
                const NetworkProfile& profile, const Scenario& scenario);

// What the transaction would do alone at the end of this market's slot: a node's preflight.
tl::expected<Landed, Reverted> preflight(const amm::MarketSnapshot& market,
                                         const domain::Transaction& transaction);

// When the leader has a transaction: drawn from (seed, order, attempt), so it does not depend on
// threads or on what else is sent.
struct SendKey {
    std::uint64_t seed = 0;
    domain::OrderId orderId;
    std::uint32_t attempt = 1;
};
base::UnixMicros arrivalTime(base::UnixMicros sentAtMicros, const SendKey& key,
                             const NetworkProfile& profile);
domain::Signature makeSignature(const SendKey& key);

}  // namespace oee::chain
