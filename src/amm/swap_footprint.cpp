#include "amm/swap_footprint.h"

#include <algorithm>
#include <limits>

namespace oee::amm {

// Accounts and data by the lists that the programs publish:
//   AMM v4  raydium-io/raydium-amm program/src/processor.rs:process_swap_base_in_v2, 8
//   CPMM    raydium-io/raydium-cp-swap programs/cp-swap/src/instructions/swap_base_input.rs:Swap,
//   13 CLMM    raydium-io/raydium-clmm programs/amm/src/instructions/swap_v2.rs:SwapSingleV2, 13,
//   then
//           the bitmap extension and the tick arrays
//   DLMM    MeteoraAg/dlmm-sdk idls/dlmm.json:swap2, 16, then the bin arrays
//   DAMM v2 MeteoraAg/damm-v2 programs/cp-amm/src/instructions/swap/ix_swap.rs:SwapCtx, 12, and two
//           for its events
//   DAMM v1 MeteoraAg/damm-v1-sdk programs/dynamic-amm/src/instructions/swap.rs:Swap, 15
// Compute units of Raydium's programs: its docs, priority-fee tuning (CLMM: 170k, 220k, 320k with
// 0, 1, 3 ticks). Of DLMM an assumption: a bin takes less than a tick, as it holds no square roots;
// with eight bins it is the 200k that an instruction is given. Else that default itself:
// solana.com/docs/core/fees.
SwapFootprint swapFootprintOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return {3, 2, 8, 17, 140'000, 0};  // pool, two vaults
        case domain::Program::raydiumCpmm:
            return {5, 2, 13, 24, 140'000, 0};  // pool, config, two vaults, observation
        case domain::Program::raydiumClmm:
            return {9, 1, 17, 41, 170'000, 50'000};  // … bitmap extension, three tick arrays
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

std::uint32_t swapComputeUnits(domain::Program program, std::uint32_t crossings) {
    const SwapFootprint swap = swapFootprintOf(program);
    const std::uint64_t units =
        swap.computeUnits + std::uint64_t{swap.unitsPerCrossing} * crossings;
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(units, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace oee::amm
