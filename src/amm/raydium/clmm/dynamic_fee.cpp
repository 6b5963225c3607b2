#include "amm/raydium/clmm/dynamic_fee.h"

#include <algorithm>
#include <limits>

#include "base/integer.h"

namespace oee::amm::raydium::clmm {
namespace {

constexpr std::uint64_t kAccumulatorScale = 10'000;  // of one tick spacing
constexpr std::uint64_t kReductionScale = 10'000;
constexpr std::uint64_t kControlScale = 100'000;
constexpr std::uint32_t kMaxFeeRatePpm = 100'000;

}  // namespace

void updateReferences(DynamicFee& fee, std::int32_t spacingIndex, std::uint64_t nowSeconds) {
    const std::uint64_t elapsed =
        nowSeconds > fee.lastUpdateSeconds ? nowSeconds - fee.lastUpdateSeconds : 0;
    if (elapsed < fee.filterPeriodSeconds) {
        return;
    }
    // The factor is below the scale in every valid pool; the program truncates as well.
    fee.reference = elapsed < fee.decayPeriodSeconds
                        ? static_cast<std::uint32_t>(std::uint64_t{fee.accumulator} *
                                                     fee.reductionFactorBps / kReductionScale)
                        : 0;
    fee.spacingIndexReference = spacingIndex;
    fee.lastUpdateSeconds = nowSeconds;
}

bool updateAccumulator(DynamicFee& fee, std::int32_t spacingIndex) {
    std::int32_t difference = 0;
    if (__builtin_sub_overflow(fee.spacingIndexReference, spacingIndex, &difference)) {
        return false;
    }
    const auto wide = static_cast<std::int64_t>(difference);
    const auto distance = static_cast<std::uint64_t>(wide < 0 ? -wide : wide);
    fee.accumulator = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(fee.reference + distance * kAccumulatorScale, fee.maxAccumulator));
    return true;
}

std::optional<std::uint32_t> totalFeeRatePpm(const DynamicFee& fee, std::uint32_t tradeFeeRatePpm,
                                             std::uint16_t tickSpacing) {
    const std::uint64_t crossed = std::uint64_t{fee.accumulator} * tickSpacing;
    if (crossed > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    const base::u128 dynamic =
        base::ceilDiv(static_cast<base::u128>(crossed * crossed) * fee.control,
                      base::u128{kControlScale * kAccumulatorScale * kAccumulatorScale});
    const base::u128 total = std::min<base::u128>(dynamic, kMaxFeeRatePpm) + tradeFeeRatePpm;
    return static_cast<std::uint32_t>(std::min<base::u128>(total, kMaxFeeRatePpm));
}

}  // namespace oee::amm::raydium::clmm
