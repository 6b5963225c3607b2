#pragma once
// What swaps take of a transaction: accounts, bytes on the wire, compute units.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::amm {

inline constexpr std::uint32_t kMaxTransactionBytes = 1'232;  // IPv6's minimum MTU less headers
inline constexpr std::uint32_t kMaxComputeUnits = 1'400'000;  // solana.com/docs/core/fees

// One swap instruction. Sources in swap_footprint.cpp.
struct SwapFootprint {
    std::uint32_t poolAccounts = 0;     // that no other pool's swap shares
    std::uint32_t programAccounts = 0;  // authorities, and the program itself
    std::uint32_t listedAccounts = 0;   // as the instruction names them, a byte each
    std::uint32_t dataBytes = 0;
    std::uint32_t computeUnits = 0;      // without crossings
    std::uint32_t unitsPerCrossing = 0;  // for each tick or bin that is crossed
};
SwapFootprint swapFootprintOf(domain::Program program);

// Compute units of a swap that crosses so many ticks or bins. Saturates at 2^32 − 1.
std::uint32_t swapComputeUnits(domain::Program program, std::uint32_t crossings);

inline constexpr std::uint32_t kAccountKeyBytes = 32;
// Bytes of a transaction that does nothing but set its compute budget.
inline constexpr std::uint32_t kEmptyTransactionBytes =
    // Count and signature, header, count of keys, blockhash, count of instructions.
    (1 + 64 + 3 + 1 + 32 + 1) +
    // Limit and price: program, count of accounts, count of bytes, the bytes.
    (1 + 1 + 1 + 5) + (1 + 1 + 1 + 9) +
    // Payer, compute budget, two token programs, memo.
    5 * kAccountKeyBytes;

// Bytes of one transaction with all these swaps, in which every account stands in the transaction's
// own list (no lookup table); accounts that swaps share count once. A leg has the members `pool`,
// `program`, `inputMint` and `outputMint`.
template <typename Leg>
std::uint32_t transactionBytes(std::span<const Leg> legs) {
    std::uint32_t bytes = kEmptyTransactionBytes;
    std::uint32_t accounts = 0;
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const Leg& leg = legs[i];
        const auto earlier = legs.first(i);
        const SwapFootprint swap = swapFootprintOf(leg.program);
        const auto isNew = [&](auto isShared) {
            return std::none_of(earlier.begin(), earlier.end(), isShared);
        };
        if (isNew([&](const Leg& other) { return other.pool == leg.pool; })) {
            accounts += swap.poolAccounts;
        }
        if (isNew([&](const Leg& other) { return other.program == leg.program; })) {
            accounts += swap.programAccounts;
        }
        for (const domain::Pubkey& mint : {leg.inputMint, leg.outputMint}) {
            if (isNew([&](const Leg& other) {
                    return other.inputMint == mint || other.outputMint == mint;
                })) {
                accounts += 2;  // the mint and the trader's account of it
            }
        }
        // Index of the program, counts of accounts and of data.
        bytes += 1 + 1 + swap.listedAccounts + 1 + swap.dataBytes;
    }
    return bytes + kAccountKeyBytes * accounts;
}

}  // namespace oee::amm
