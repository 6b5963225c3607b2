#pragma once
// The simulated network: one slot is one pure function of the market and the inbox.

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "amm/error.h"
#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "domain/transaction.h"

namespace oee::chain {

// The network fee of a transaction: base fee a signature + ceil(price × limit / 10^6) + tip.
// Source: solana.com/docs/core/fees. Charged on failure too. Saturates at 2^64 − 1.
std::uint64_t networkFeeLamports(const NetworkProfile& profile, std::uint32_t computeUnitLimit);

// Compute units that a swap of this program is given. Sources in chain.cpp.
std::uint32_t computeUnitsOf(domain::Program program);

struct Landed {
    std::vector<domain::Fill> fills;  // without atMicros, which the caller sets
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t networkFeeLamports = 0;
};

// A leg or the output limit refused: no swap happened, the fee is paid all the same.
struct Reverted {
    amm::SwapError error = amm::SwapError::slippageExceeded;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::uint64_t networkFeeLamports = 0;
};

// Its blockhash was too old before a leader took it: nothing happened, nothing is paid.
struct Expired {};

struct TransactionOutcome {
    domain::OrderId orderId;
    std::uint32_t attempt = 1;
    domain::Signature signature;
    std::variant<Landed, Reverted, Expired> result;
};

struct SlotResult {
    amm::MarketSnapshotPtr market;  // after the slot
    std::vector<TransactionOutcome> outcomes;
    std::vector<std::size_t> changedPools;  // positions in MarketSnapshot::pools, ascending
};

// Executes one slot on `before`: the transactions in the order given, each against the state that
// the earlier ones left, whole or not at all. Advances slot, block height and the chain's clock.
// `inbox` holds at most profile.maxTransactionsPerSlot transactions, in block order.
SlotResult step(const amm::MarketSnapshot& before, std::span<const domain::Transaction> inbox,
                const NetworkProfile& profile);

// Block order of transactions that are ready: by (arrival, order id).
bool landsBefore(const domain::Transaction& one, const domain::Transaction& other);

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
