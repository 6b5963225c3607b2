#include "routing/footprint.h"

#include <algorithm>
#include <vector>

namespace oee::routing {
namespace {

// One swap instruction. `ownAccounts` are those that another pool's leg cannot share: the pool, its
// vaults, config, oracle, tick or bin arrays. Sources: the account lists of the programs' swap
// instructions (raydium-io/raydium-amm process_swap_base_in_v2, raydium-cp-swap swap_base_input,
// raydium-clmm swap_v2; MeteoraAg dlmm swap2, damm-v2 swap2, dynamic-amm swap). Compute units of
// Raydium's programs: its docs, priority-fee tuning; else an instruction's default.
struct SwapShape {
    std::uint32_t ownAccounts = 0;
    std::uint32_t sharedAccounts = 0;  // of the program: its authority, event authority
    std::uint32_t listedAccounts = 0;  // as the instruction names them, a byte each
    std::uint32_t dataBytes = 0;
    std::uint32_t computeUnits = 0;
};

constexpr SwapShape shapeOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return {3, 1, 8, 17, 140'000};  // pool, two vaults
        case domain::Program::raydiumCpmm:
            return {5, 1, 13, 24, 140'000};  // pool, config, two vaults, observation
        case domain::Program::raydiumClmm:
            return {8, 1, 17, 41, 170'000};  // … and bitmap extension, three tick arrays
        case domain::Program::meteoraDlmm:
            return {7, 2, 19, 28, 200'000};  // pool, two vaults, oracle, three bin arrays
        case domain::Program::meteoraDammV2:
            return {3, 2, 13, 25, 200'000};  // pool, two vaults
        case domain::Program::meteoraDammV1:
            return {10, 1, 15, 24, 200'000};  // … two vaults' token accounts, LP mints and shares
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
// CLMM: 170k, 220k, 320k for none, one, three ticks crossed.
constexpr std::uint32_t kUnitsPerCrossing = 50'000;

}  // namespace

Footprint footprintOf(std::span<const PlanLeg> legs) {
    Footprint footprint;
    std::vector<domain::Program> programs;
    std::vector<domain::Pubkey> mints;
    std::uint32_t accounts = kCommonAccounts;
    footprint.transactionBytes = kFixedBytes + kBudgetBytes;
    for (const PlanLeg& leg : legs) {
        const SwapShape shape = shapeOf(leg.program);
        accounts += shape.ownAccounts;
        if (std::find(programs.begin(), programs.end(), leg.program) == programs.end()) {
            programs.push_back(leg.program);
            accounts += 1 + shape.sharedAccounts;
        }
        for (const domain::Pubkey& mint : {leg.inputMint, leg.outputMint}) {
            if (std::find(mints.begin(), mints.end(), mint) == mints.end()) {
                mints.push_back(mint);
                accounts += 2;  // the mint and the trader's token account
            }
        }
        footprint.transactionBytes += 1 + 1 + shape.listedAccounts + 1 + shape.dataBytes;
        footprint.computeUnits += shape.computeUnits;
        if (leg.program == domain::Program::raydiumClmm) {
            footprint.computeUnits += kUnitsPerCrossing * leg.swap.crossings;
        }
    }
    footprint.transactionBytes += kKeyBytes * accounts;
    return footprint;
}

}  // namespace oee::routing
