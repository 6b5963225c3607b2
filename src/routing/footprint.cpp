#include "routing/footprint.h"

#include <algorithm>
#include <cstddef>

namespace oee::routing {
namespace {

// One swap instruction, by the account lists that the programs publish:
//   AMM v4   raydium-io/raydium-amm program/src/processor.rs:process_swap_base_in_v2, 8 accounts
//   CPMM     raydium-io/raydium-cp-swap programs/cp-swap/src/instructions/swap_base_input.rs:Swap,
//   13 CLMM     raydium-io/raydium-clmm programs/amm/src/instructions/swap_v2.rs:SwapSingleV2, 13,
//   then
//            the bitmap extension and the tick arrays
//   DLMM     MeteoraAg/dlmm-sdk idls/dlmm.json:swap2, 16, then the bin arrays
//   DAMM v2  MeteoraAg/damm-v2 programs/cp-amm/src/instructions/swap/ix_swap.rs:SwapCtx, 12, and
//   two
//            for its events
//   DAMM v1  MeteoraAg/damm-v1-sdk programs/dynamic-amm/src/instructions/swap.rs:Swap, 15
// Compute units of Raydium's programs: its docs, priority-fee tuning; of DLMM an assumption, a bin
// takes less than a tick; else an instruction's default, solana.com/docs/core/fees.
struct SwapShape {
    std::uint32_t poolAccounts = 0;     // that no other pool's leg shares
    std::uint32_t programAccounts = 0;  // authorities, and the program itself
    std::uint32_t listedAccounts = 0;   // as the instruction names them, a byte each
    std::uint32_t dataBytes = 0;
    std::uint32_t computeUnits = 0;
    std::uint32_t unitsPerCrossing = 0;
};

constexpr SwapShape shapeOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return {3, 2, 8, 17, 140'000, 0};  // pool, two vaults
        case domain::Program::raydiumCpmm:
            return {5, 2, 13, 24, 140'000, 0};  // pool, config, two vaults, observation
        case domain::Program::raydiumClmm:
            // … bitmap extension and three tick arrays; 170k, 220k, 320k for 0, 1, 3 ticks crossed
            return {9, 1, 17, 41, 170'000, 50'000};
        case domain::Program::meteoraDlmm:
            return {7, 2, 19, 28, 120'000, 10'000};  // pool, two vaults, oracle, three bin arrays
        case domain::Program::meteoraDammV2:
            return {3, 3, 14, 25, 200'000, 0};  // pool, two vaults
        case domain::Program::meteoraDammV1:
            // … two vaults, their token accounts, LP mints and shares, the protocol's fees
            return {10, 2, 15, 24, 200'000, 0};
    }
    return {};
}

constexpr std::uint32_t kKeyBytes = 32;
// Count and signature, header, blockhash, counts of accounts and instructions.
constexpr std::uint32_t kFixedBytes = 1 + 64 + 3 + 32 + 1 + 1;
// Compute unit limit and price: two instructions of one program.
constexpr std::uint32_t kBudgetBytes = (1 + 1 + 1 + 5) + (1 + 1 + 1 + 9);
// Payer, compute budget, two token programs, memo, system program's place is the payer's list.
constexpr std::uint32_t kCommonAccounts = 5;

}  // namespace

Footprint footprintOf(std::span<const PlanLeg> legs) {
    Footprint footprint;
    std::uint32_t accounts = kCommonAccounts;
    footprint.transactionBytes = kFixedBytes + kBudgetBytes;
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const PlanLeg& leg = legs[i];
        const SwapShape shape = shapeOf(leg.program);
        const auto isNew = [&](auto isShared) {
            return std::none_of(legs.begin(), legs.begin() + static_cast<std::ptrdiff_t>(i),
                                isShared);
        };
        if (isNew([&](const PlanLeg& other) { return other.pool == leg.pool; })) {
            accounts += shape.poolAccounts;
        }
        if (isNew([&](const PlanLeg& other) { return other.program == leg.program; })) {
            accounts += shape.programAccounts;
        }
        for (const domain::Pubkey& mint : {leg.inputMint, leg.outputMint}) {
            if (isNew([&](const PlanLeg& other) {
                    return other.inputMint == mint || other.outputMint == mint;
                })) {
                accounts += 2;  // the mint and the trader's token account
            }
        }
        footprint.transactionBytes += 1 + 1 + shape.listedAccounts + 1 + shape.dataBytes;
        footprint.computeUnits += shape.computeUnits + shape.unitsPerCrossing * leg.swap.crossings;
    }
    footprint.transactionBytes += kKeyBytes * accounts;
    return footprint;
}

}  // namespace oee::routing
