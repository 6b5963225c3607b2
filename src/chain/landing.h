#pragma once
// From sending to the block: what is lost on the way, who gets in, and in which order.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "chain/chain_state.h"
#include "chain/network_profile.h"
#include "chain/slots.h"
#include "domain/order.h"
#include "domain/transaction.h"

namespace oee::chain {

// The generator's stream of an order.
std::uint64_t streamOf(const domain::OrderId& id);

// What leaders sort by: lamports for the leader by compute unit asked for, in micro-lamports. Half
// of the base fee is the leader's (the other half is burnt), and a tip is where it takes tips.
// Source: anza-xyz/agave core/src/banking_stage receive_and_buffer.rs:calculate_priority_and_cost.
std::uint64_t priorityOf(const domain::Transaction& transaction, const NetworkProfile& profile,
                         const Leader& leader);

// Whether it never reaches a leader. Drawn from (seed, order, attempt).
bool isLost(const domain::Transaction& transaction, const NetworkProfile& profile,
            std::uint64_t seed);

// Whether the slot's leader takes a transaction of this priority. With r = priority / the fee
// market's price the chance is inclusion · r² / (1 + r²): half of it at the market's price, nearly
// all well above, nearly none well below. Drawn from (seed, order, attempt, slot).
struct InclusionKey {
    std::uint64_t seed = 0;
    std::uint64_t slot = 0;
    std::uint64_t priorityMicroLamports = 0;
    double cuPriceMicroLamports = 0;
};
bool isTaken(const domain::Transaction& transaction, const NetworkProfile& profile,
             const InclusionKey& key);

// The order in a block: priority, then arrival, then order id.
struct Place {
    std::uint64_t priorityMicroLamports = 0;
    base::UnixMicros arrivesAtMicros = 0;
    domain::OrderId orderId;
};
bool comesBefore(const Place& one, const Place& other);

}  // namespace oee::chain
