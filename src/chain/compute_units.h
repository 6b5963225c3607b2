#pragma once
// What transactions take of a block and what they pay for it.

#include <cstdint>

#include "chain/network_profile.h"
#include "domain/transaction.h"
#include "domain/venue.h"

namespace oee::chain {

// solana.com/docs/core/fees: where an instruction sets none.
inline constexpr std::uint32_t kInstructionComputeUnits = 200'000;

// What a planner gives a swap whose crossings it does not know: enough for a few.
std::uint32_t plannedComputeUnits(domain::Program program);

// The limit that the transaction runs under: its own, or where it sets none the default of its
// instructions; at most 1.4 million.
std::uint32_t effectiveComputeUnitLimit(const domain::Transaction& transaction);

// ceil(price × limit / 10^6). Source: solana.com/docs/core/fees. Saturates at 2^64 − 1.
std::uint64_t priorityFeeLamports(std::uint64_t priceMicroLamports, std::uint32_t computeUnitLimit);

// The network fee of a transaction under a profile: base fee a signature + priority fee + tip.
// Saturates at 2^64 − 1.
std::uint64_t networkFeeLamports(const NetworkProfile& profile, std::uint32_t computeUnitLimit);

// What a transaction that fails pays: all but the tip, whose transfer fails with it.
std::uint64_t feeOnFailureLamports(const domain::Transaction& transaction);

}  // namespace oee::chain
