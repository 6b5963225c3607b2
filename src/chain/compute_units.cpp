#include "chain/compute_units.h"

#include <algorithm>
#include <limits>

#include "base/integer.h"

namespace oee::chain {
namespace {

constexpr std::uint64_t kMicro = 1'000'000;

std::uint64_t saturated(base::u128 value) {
    return base::fitsU64(value) ? static_cast<std::uint64_t>(value)
                                : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::uint32_t computeUnitsOf(domain::Program program, std::uint32_t crossings) {
    const auto with = [&](std::uint32_t fixed, std::uint32_t perCrossing) {
        const std::uint64_t units = fixed + std::uint64_t{perCrossing} * crossings;
        return static_cast<std::uint32_t>(
            std::min<std::uint64_t>(units, std::numeric_limits<std::uint32_t>::max()));
    };
    switch (program) {
        case domain::Program::raydiumAmmV4:
        case domain::Program::raydiumCpmm:
            return 140'000;  // Raydium docs, priority-fee tuning
        case domain::Program::raydiumClmm:
            return with(170'000, 50'000);  // same: 170k, 220k, 320k with 0, 1, 3 ticks
        case domain::Program::meteoraDlmm:
            // Assumption: a bin takes less than a tick, as it holds no square roots; with eight
            // bins it is the 200k that an instruction is given.
            return with(120'000, 10'000);
        case domain::Program::meteoraDammV2:
        case domain::Program::meteoraDammV1:
            return 200'000;  // the default of an instruction: solana.com/docs/core/fees
    }
    return kInstructionComputeUnits;
}

std::uint32_t computeUnitsOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumClmm:
            return computeUnitsOf(program, 1);
        case domain::Program::meteoraDlmm:
            return computeUnitsOf(program, 8);
        case domain::Program::raydiumAmmV4:
        case domain::Program::raydiumCpmm:
        case domain::Program::meteoraDammV2:
        case domain::Program::meteoraDammV1:
            break;
    }
    return computeUnitsOf(program, 0);
}

std::uint32_t effectiveComputeUnitLimit(const domain::Transaction& transaction) {
    const std::uint64_t limit = transaction.computeUnitLimit != 0
                                    ? std::uint64_t{transaction.computeUnitLimit}
                                    : kInstructionComputeUnits * transaction.legs.size();
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, kMaxComputeUnits));
}

std::uint64_t priorityFeeLamports(std::uint64_t priceMicroLamports,
                                  std::uint32_t computeUnitLimit) {
    return saturated(
        base::ceilDiv(static_cast<base::u128>(priceMicroLamports) * computeUnitLimit, kMicro));
}

std::uint64_t networkFeeLamports(const NetworkProfile& profile, std::uint32_t computeUnitLimit) {
    const base::u128 priority =
        priorityFeeLamports(profile.computeUnitPriceMicroLamports, computeUnitLimit);
    return saturated(priority + profile.baseFeeLamports + profile.tipLamports);
}

std::uint64_t feeOnFailureLamports(const domain::Transaction& transaction) {
    return transaction.networkFeeLamports -
           std::min(transaction.networkFeeLamports, transaction.tipLamports);
}

}  // namespace oee::chain
