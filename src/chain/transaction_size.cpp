#include "chain/transaction_size.h"

#include <algorithm>
#include <vector>

namespace oee::chain {
namespace {

// One swap instruction. Sources: the account lists of the programs' swap instructions
// (raydium-io/raydium-amm process_swap_base_in_v2, raydium-cp-swap swap_base_input, raydium-clmm
// swap_v2; MeteoraAg dlmm swap2, damm-v2 swap2, dynamic-amm swap).
struct SwapInstruction {
    std::uint32_t poolAccounts = 0;     // that no other pool's leg shares
    std::uint32_t programAccounts = 0;  // authorities, and the program itself
    std::uint32_t listed = 0;           // as the instruction names them, a byte each
    std::uint32_t dataBytes = 0;
};

constexpr SwapInstruction instructionOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return {3, 2, 8, 17};  // pool, two vaults
        case domain::Program::raydiumCpmm:
            return {5, 2, 13, 24};  // pool, config, two vaults, observation
        case domain::Program::raydiumClmm:
            return {9, 1, 17, 41};  // … bitmap extension and three tick arrays
        case domain::Program::meteoraDlmm:
            return {7, 2, 19, 28};  // pool, two vaults, oracle, three bin arrays
        case domain::Program::meteoraDammV2:
            return {3, 3, 13, 25};  // pool, two vaults
        case domain::Program::meteoraDammV1:
            return {10, 2, 15, 24};  // … vaults, their token accounts, LP mints and shares
    }
    return {};
}

constexpr std::uint32_t kKeyBytes = 32;
// Count and signature, header, count of keys, blockhash, count of instructions.
constexpr std::uint32_t kFixedBytes = 1 + 64 + 3 + 1 + 32 + 1;
// Compute unit limit and price: program, count of accounts, count of bytes, the bytes.
constexpr std::uint32_t kBudgetBytes = (1 + 1 + 1 + 5) + (1 + 1 + 1 + 9);
constexpr std::uint32_t kCommonKeys = 5;  // payer, compute budget, two token programs, memo

bool addOnce(std::vector<domain::Pubkey>& seen, const domain::Pubkey& key) {
    const bool isNew = std::find(seen.begin(), seen.end(), key) == seen.end();
    if (isNew) {
        seen.push_back(key);
    }
    return isNew;
}

}  // namespace

std::uint32_t transactionBytes(std::span<const domain::RouteLeg> legs) {
    std::vector<domain::Pubkey> seen;
    std::uint32_t keys = kCommonKeys;
    std::uint32_t bytes = kFixedBytes + kBudgetBytes;
    for (const domain::RouteLeg& leg : legs) {
        const SwapInstruction swap = instructionOf(leg.program);
        keys += addOnce(seen, leg.pool) ? swap.poolAccounts : 0U;
        keys += addOnce(seen, domain::programIdOf(leg.program)) ? swap.programAccounts : 0U;
        keys += addOnce(seen, leg.inputMint) ? 2U : 0U;  // the mint and the trader's account
        keys += addOnce(seen, leg.outputMint) ? 2U : 0U;
        bytes += 1 + 1 + swap.listed + 1 + swap.dataBytes;
    }
    return bytes + kKeyBytes * keys;
}

}  // namespace oee::chain
