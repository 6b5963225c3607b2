#include "amm/meteora/damm_v2/rate_limiter.h"

#include <limits>

#include "base/integer.h"
#include "base/wide_integer.h"

namespace oee::amm::meteora::damm_v2 {
namespace {

using base::Rounding;
using base::u128;
using base::u256;
using std::uint64_t;

constexpr uint64_t kPpbPerBps = kFeeDenominator / kBasisPoints;
constexpr uint64_t kMaxRaw = std::numeric_limits<uint64_t>::max();

// How many increments lead from the cliff to the greatest fee; at most 2^32.
std::optional<uint64_t> maxIndex(const RateLimiter& limiter) {
    const auto span = base::checkedSub(limiter.maxFeeBps * kPpbPerBps, limiter.cliffRatePpb);
    if (!span || limiter.incrementBps == 0) {
        return std::nullopt;
    }
    return *span / (limiter.incrementBps * kPpbPerBps);
}

// amount − ceil(amount × rate)
std::optional<uint64_t> withoutFee(uint64_t amountRaw, uint64_t ratePpb) {
    const auto fee = base::mulDiv64(amountRaw, ratePpb, kFeeDenominator, Rounding::up);
    return fee ? base::checkedSub(amountRaw, *fee) : std::nullopt;
}

// ceil(amount / (1 − rate))
std::optional<uint64_t> withFee(uint64_t amountRaw, uint64_t ratePpb) {
    if (ratePpb >= kFeeDenominator) {
        return std::nullopt;
    }
    return base::mulDiv64(amountRaw, kFeeDenominator, kFeeDenominator - ratePpb, Rounding::up);
}

std::optional<uint64_t> excludedOf(const RateLimiter& limiter, uint64_t includedRaw) {
    const auto rate = limiterRateOfIncluded(limiter, includedRaw);
    return rate ? withoutFee(includedRaw, *rate) : std::nullopt;
}

// The largest whole number of increments paid in full inside an excluded amount, solved from
//   increment × x² − y × x + 2 × excluded × reference × 10^9 = 0.
std::optional<uint64_t> solveIncluded(const RateLimiter& limiter, uint64_t excludedRaw) {
    const u128 increment = limiter.incrementBps * kPpbPerBps;
    const u128 reference = limiter.referenceAmountRaw;
    const u128 scale = u128{2} * kFeeDenominator + increment;
    const u128 cliffTwice = u128{2} * limiter.cliffRatePpb;
    if (cliffTwice > scale) {
        return std::nullopt;
    }
    const u128 y = (scale - cliffTwice) * reference;  // below 2^98
    const u256 square = base::mulWide(y, y);
    const auto product = base::checkedMul(
        base::mulWide(u128{2} * excludedRaw * kFeeDenominator, reference), 4 * increment);
    const auto discriminant = product ? base::checkedSub(square, *product) : std::nullopt;
    if (!discriminant) {
        return std::nullopt;
    }
    const u128 included = (y - base::isqrt(*discriminant)) / (2 * increment);
    return base::fitsU64(included) ? std::optional(static_cast<uint64_t>(included)) : std::nullopt;
}

// Below the last increment: whole increments, then the rest at the rate of the next.
std::optional<uint64_t> includedWithinIncrements(const RateLimiter& limiter, uint64_t excludedRaw) {
    const auto whole = solveIncluded(limiter, excludedRaw);
    if (!whole || limiter.referenceAmountRaw == 0) {
        return std::nullopt;
    }
    const auto wholeExcluded = excludedOf(limiter, *whole);
    const auto rest = wholeExcluded ? base::checkedSub(excludedRaw, *wholeExcluded) : std::nullopt;
    const u128 rate = limiter.cliffRatePpb + static_cast<u128>(limiter.incrementBps * kPpbPerBps) *
                                                 (*whole / limiter.referenceAmountRaw);
    if (!rest || !base::fitsU64(rate)) {
        return std::nullopt;
    }
    const auto restIncluded = withFee(*rest, static_cast<uint64_t>(rate));
    return restIncluded ? base::checkedAdd(*whole, *restIncluded) : std::nullopt;
}

std::optional<uint64_t> averageRate(uint64_t feeRaw, uint64_t includedRaw) {
    return base::mulDiv64(feeRaw, kFeeDenominator, includedRaw, Rounding::up);
}

}  // namespace

std::optional<uint64_t> limiterRateOfIncluded(const RateLimiter& limiter, uint64_t amountRaw) {
    if (amountRaw <= limiter.referenceAmountRaw) {
        return limiter.cliffRatePpb;
    }
    const auto indexEnd = maxIndex(limiter);
    if (!indexEnd || limiter.referenceAmountRaw == 0) {
        return std::nullopt;
    }
    const u128 reference = limiter.referenceAmountRaw;
    const u128 increment = limiter.incrementBps * kPpbPerBps;
    const u128 cliff = limiter.cliffRatePpb;
    const uint64_t beyond = amountRaw - limiter.referenceAmountRaw;
    const uint64_t index = beyond / limiter.referenceAmountRaw;
    // Reference amounts up to `steps` are charged cliff, cliff + increment, …; the rest one rate.
    const bool inside = index < *indexEnd;
    const u128 steps = inside ? index : *indexEnd;
    const u128 sumOfRates = cliff + cliff * steps + increment * steps * (steps + 1) / 2;
    const u128 restRate =
        inside ? cliff + increment * (steps + 1) : u128{limiter.maxFeeBps} * kPpbPerBps;
    const u128 rest = beyond - steps * reference;
    const auto feeScaled =
        base::checkedAdd(base::mulWide(reference, sumOfRates), base::mulWide(rest, restRate));
    const auto fee =
        feeScaled ? base::divTo128(*feeScaled, kFeeDenominator, Rounding::up) : std::nullopt;
    if (!fee || !base::fitsU64(*fee)) {
        return std::nullopt;
    }
    return averageRate(static_cast<uint64_t>(*fee), amountRaw);
}

std::optional<uint64_t> limiterRateOfExcluded(const RateLimiter& limiter, uint64_t amountRaw) {
    const auto referenceExcluded = excludedOf(limiter, limiter.referenceAmountRaw);
    if (!referenceExcluded) {
        return std::nullopt;
    }
    if (amountRaw <= *referenceExcluded) {
        return limiter.cliffRatePpb;
    }
    const auto indexEnd = maxIndex(limiter);
    if (!indexEnd) {
        return std::nullopt;
    }
    // Where the increments end, with the fee inside.
    const u128 endWide = (static_cast<u128>(*indexEnd) + 1) * limiter.referenceAmountRaw;
    const bool endless = !base::fitsU64(endWide);
    const uint64_t end = endless ? kMaxRaw : static_cast<uint64_t>(endWide);
    const auto endExcluded = excludedOf(limiter, end);
    if (!endExcluded) {
        return std::nullopt;
    }
    if (amountRaw == *endExcluded) {
        return limiterRateOfIncluded(limiter, end);
    }
    std::optional<uint64_t> included;
    if (amountRaw < *endExcluded) {
        included = includedWithinIncrements(limiter, amountRaw);
    } else if (!endless) {
        const auto rest = withFee(amountRaw - *endExcluded, limiter.maxFeeBps * kPpbPerBps);
        included = rest ? base::checkedAdd(*rest, end) : std::nullopt;
    }
    const auto fee = included ? base::checkedSub(*included, amountRaw) : std::nullopt;
    const auto rate = fee ? averageRate(*fee, *included) : std::nullopt;
    return rate && *rate >= limiter.cliffRatePpb ? rate : std::nullopt;
}

std::vector<RateStep> limiterSteps(const RateLimiter& limiter, uint64_t capPpb) {
    constexpr double kEndless = std::numeric_limits<double>::infinity();
    const double reference = static_cast<double>(limiter.referenceAmountRaw);
    std::vector<RateStep> steps;
    if (limiter.referenceAmountRaw == 0) {
        return steps;
    }
    steps.push_back({limiter.cliffRatePpb, reference});
    const auto indexEnd = maxIndex(limiter);
    if (!indexEnd) {
        return steps;
    }
    for (uint64_t index = 1; index <= *indexEnd && steps.back().ratePpb < capPpb; ++index) {
        steps.push_back({steps.back().ratePpb + limiter.incrementBps * kPpbPerBps, reference});
    }
    if (steps.back().ratePpb < capPpb) {
        steps.push_back({limiter.maxFeeBps * kPpbPerBps, kEndless});
    } else {
        steps.back().widthIn = kEndless;
    }
    return steps;
}

}  // namespace oee::amm::meteora::damm_v2
