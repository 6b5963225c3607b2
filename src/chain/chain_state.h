#pragma once
// All that the network has to remember from slot to slot. Random draws are functions of (seed,
// purpose, slot, …), so the slot number is the generator's whole position.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "base/integer.h"
#include "chain/market_map.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "domain/transaction.h"

namespace oee::chain {

// A transaction that the leaders have and none has taken yet.
struct PendingTransaction {
    std::shared_ptr<const domain::Transaction> transaction;
    std::uint64_t sinceSlot = 0;

    friend bool operator==(const PendingTransaction&, const PendingTransaction&) = default;
};

// The second half of a sandwich over several blocks: what its bot still has to sell.
struct OpenSandwich {
    std::size_t pool = 0;  // position in the market
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    std::uint64_t amountInRaw = 0;
    std::uint64_t openedSlot = 0;
    domain::OrderId victim;

    friend bool operator==(const OpenSandwich&, const OpenSandwich&) = default;
};

// The account of everybody else on the chain, from genesis on, so that for every mint
//   Σ vaultBalances + trafficRaw + withheldRaw + what our traders have (+ SOL: the fees that
//   traffic and traders paid)
// is constant.
struct TrafficLedger {
    std::vector<base::i128> trafficRaw;   // by MarketMap::mints: received − given, fees included
    std::vector<base::u128> withheldRaw;  // likewise: transfer fees of all swaps, ours too
    base::u128 feesLamports = 0;          // network fees and tips that traffic paid

    friend bool operator==(const TrafficLedger&, const TrafficLedger&) = default;
};

// A value: copies share the pools and the transactions.
struct ChainState {
    amm::MarketSnapshotPtr market;
    std::shared_ptr<const MarketMap> map;
    base::UnixMicros startMicros = 0;  // the chain's time at genesis: recorded paths begin here
    base::UnixMicros timeMicros = 0;   // at the end of the last slot
    double logCuPrice = 0;             // the fee market: ln(micro-lamports a compute unit)
    // By MarketMap::mints: ln of one base unit's reference value in base units of the root, and
    // the level that tokens of stable value revert to.
    std::vector<double> logValues;
    std::vector<double> logAnchors;
    std::vector<PendingTransaction> pending;
    std::vector<OpenSandwich> openSandwiches;
    TrafficLedger ledger;
};

// The chain before its first slot. Reference prices are those of the deepest pools.
ChainState genesisState(amm::MarketSnapshotPtr market, const NetworkProfile& profile);

// The state without its market and the bodies of its transactions, which others store: a few
// hundred bytes, little-endian, with a version.
std::vector<std::uint8_t> encodeState(const ChainState& state);

enum class StateError {
    malformed,       // not bytes of encodeState
    anotherMarket,   // of a market with other mints or at another slot
    anotherVersion,  // written by another version of the product
};
struct RestoredState {
    ChainState state;
    // Those of `inFlight` that leaders do not have yet: they go into the inbox when they arrive.
    std::vector<domain::Transaction> onTheWay;
};
// The state as it was, on the market of the same slot. `inFlight`: every transaction sent and not
// decided; pending ones that are not among them are forgotten.
tl::expected<RestoredState, StateError> decodeState(std::span<const std::uint8_t> bytes,
                                                    amm::MarketSnapshotPtr market,
                                                    std::span<const domain::Transaction> inFlight);

}  // namespace oee::chain
