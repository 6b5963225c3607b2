#include "chain/compute_units.h"

#include <algorithm>
#include <limits>

#include "amm/swap_footprint.h"
#include "base/integer.h"

namespace oee::chain {
namespace {

constexpr std::uint64_t kMicro = 1'000'000;

std::uint64_t saturated(base::u128 value) {
    return base::fitsU64(value) ? static_cast<std::uint64_t>(value)
                                : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::uint32_t plannedComputeUnits(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumClmm:
            return amm::swapComputeUnits(program, 1);
        case domain::Program::meteoraDlmm:
            return amm::swapComputeUnits(program, 8);
        case domain::Program::raydiumAmmV4:
        case domain::Program::raydiumCpmm:
        case domain::Program::meteoraDammV2:
        case domain::Program::meteoraDammV1:
            break;
    }
    return amm::swapComputeUnits(program, 0);
}

std::uint32_t effectiveComputeUnitLimit(const domain::Transaction& transaction) {
    const std::uint64_t limit = transaction.computeUnitLimit != 0
                                    ? std::uint64_t{transaction.computeUnitLimit}
                                    : kInstructionComputeUnits * transaction.legs.size();
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, amm::kMaxComputeUnits));
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
