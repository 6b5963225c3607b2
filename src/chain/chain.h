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
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "amm/error.h"
#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/chain_state.h"
#include "chain/compute_units.h"
#include "chain/network_profile.h"
#include "chain/price_process.h"
#include "domain/order.h"
#include "domain/transaction.h"

namespace oee::chain {

// The bot that traded around a transaction of ours.
struct SandwichTaken {
    std::uint32_t leg = 0;  // whose pool it moved
    std::uint64_t frontInRaw = 0;
    std::uint64_t frontOutRaw = 0;
    std::uint64_t backOutRaw = 0;  // of the input token; 0 where the back-run is yet to come
    bool wide = false;             // it comes in a later block
};

struct Landed {
    std::vector<domain::Fill> fills;  // without atMicros, which the caller sets
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t networkFeeLamports = 0;
    std::uint32_t computeUnits = 0;  // consumed
    // For the receipt. The pool of each leg as that leg would have found it had no bot traded right
    // before the transaction: quoting the legs on them gives unsandwichedOutRaw, which is
    // amountOutRaw where `sandwich` is empty.
    std::vector<std::shared_ptr<const amm::Pool>> poolsBefore{};
    std::uint64_t unsandwichedOutRaw = 0;
    std::optional<SandwichTaken> sandwich{};
};

enum class RevertCause {
    swap,           // a leg's program refused: `error`
    routeLimit,     // the legs together brought less than the minimum
    computeBudget,  // consumed more compute units than the limit
};

// No swap happened; base and priority fee are paid all the same, a tip is not.
struct Reverted {
    amm::SwapError error = amm::SwapError::slippageExceeded;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::uint64_t networkFeeLamports = 0;
    RevertCause cause = RevertCause::swap;
    std::uint32_t leg = 0;
    std::uint32_t computeUnits = 0;
};

// Its blockhash was too old before a leader took it: nothing happened, nothing is paid.
struct Expired {};

enum class DropReason {
    lost,      // never reached a leader; may be sent anew
    tooLarge,  // more than 1,232 bytes: no node takes it, now or later
};
// It never landed and never will: nothing happened, nothing is paid.
struct Dropped {
    DropReason reason = DropReason::lost;
};

struct TransactionOutcome {
    domain::OrderId orderId;
    std::uint32_t attempt = 1;
    domain::Signature signature;
    std::variant<Landed, Reverted, Expired, Dropped> result;
    std::uint64_t slot = 0;           // in which it landed or was given up
    std::uint64_t confirmedSlot = 0;  // 66 % of the stake voted for it
    std::uint64_t finalizedSlot = 0;
};

// "Raydium CPMM: ExceededSlippage (6005)", "computational budget exceeded", …: for logs and people.
std::string describe(const Reverted& reverted);

enum class SlotKind {
    produced,
    skipped,    // the leader made no block
    abandoned,  // it made one, and the others went on without it
};

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

// How long the slot takes, with its jitter; 0 where the profile's slots have no duration.
std::int64_t slotDurationMicros(const NetworkProfile& profile, std::uint64_t seed,
                                std::uint64_t slot);

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
