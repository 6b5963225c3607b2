#include "amm/meteora/damm_v2/fee_rate.h"

#include <algorithm>
#include <bit>

#include "amm/meteora/damm_v2/rate_limiter.h"
#include "base/wide_integer.h"

namespace oee::amm::meteora::damm_v2 {
namespace {

using base::Rounding;
using base::u128;
using std::uint64_t;

constexpr u128 kOneQ64 = static_cast<u128>(1) << 64;
constexpr u128 kVariableFeeScale = 100'000'000'000;

// (1 − reduction)^periods in Q64.64, each product truncated. math/fee_math.rs:pow; its base is
// below one here, so that nothing overflows. Empty where nothing is left.
std::optional<u128> decayQ64(u128 baseQ64, unsigned periods) {
    u128 result = kOneQ64;
    for (u128 power = baseQ64; periods != 0; periods >>= 1) {
        if ((periods & 1) != 0) {
            result = (result * power) >> 64;
        }
        power = (power * power) >> 64;
    }
    return result == 0 ? std::nullopt : std::optional(result);
}

// get_base_fee_numerator_by_period, for a period that is at most the last
std::optional<uint64_t> rateAfter(const FeeSchedule& schedule, uint64_t period) {
    if (schedule.decay == FeeDecay::linear) {
        const u128 lowered = static_cast<u128>(schedule.reduction) * period;
        return base::fitsU64(lowered)
                   ? base::checkedSub(schedule.cliffRatePpb, static_cast<uint64_t>(lowered))
                   : std::nullopt;
    }
    if (schedule.reduction == 0) {
        return schedule.cliffRatePpb;
    }
    const u128 reductionQ64 = (static_cast<u128>(schedule.reduction) << 64) / kBasisPoints;
    if (reductionQ64 > kOneQ64) {
        return std::nullopt;
    }
    const auto left = decayQ64(kOneQ64 - reductionQ64, static_cast<unsigned>(period));
    if (!left) {
        return std::nullopt;
    }
    return static_cast<uint64_t>((*left * schedule.cliffRatePpb) >> 64);
}

// base_fee/fee_time_scheduler.rs:get_base_fee_numerator. Before activation only the whitelisted
// vault trades, at the last rate.
std::optional<uint64_t> rateOf(const TimeScheduler& fee, const DammV2Pool& pool,
                               const FeeQuestion& question) {
    const FeeSchedule& schedule = fee.schedule;
    if (fee.frequency == 0) {
        return schedule.cliffRatePpb;
    }
    const auto elapsed = base::checkedSub(question.nowPoint, pool.activationPoint);
    const uint64_t passed = elapsed ? *elapsed / fee.frequency : schedule.periods;
    return rateAfter(schedule, std::min<uint64_t>(passed, schedule.periods));
}

// base_fee/fee_market_cap_scheduler.rs:get_base_fee_numerator, at the price before the swap
std::optional<uint64_t> rateOf(const MarketCapScheduler& fee, const DammV2Pool& pool,
                               const FeeQuestion& question) {
    const FeeSchedule& schedule = fee.schedule;
    const auto expires = base::checkedAdd(pool.activationPoint, fee.expiration);
    if (!expires) {
        return std::nullopt;
    }
    if (question.nowPoint > *expires || question.nowPoint < pool.activationPoint) {
        return rateAfter(schedule, schedule.periods);
    }
    if (pool.sqrtPriceQ64 <= pool.initSqrtPriceQ64) {
        return rateAfter(schedule, 0);
    }
    if (pool.initSqrtPriceQ64 == 0 || fee.sqrtPriceStepBps == 0) {
        return std::nullopt;
    }
    const auto riseBps = base::mulDiv128(pool.sqrtPriceQ64 - pool.initSqrtPriceQ64, kBasisPoints,
                                         pool.initSqrtPriceQ64, Rounding::down);
    // A rise of more than 128 bits is beyond the last period, whatever the step.
    const u128 passed = riseBps ? *riseBps / fee.sqrtPriceStepBps : base::kMaxU128;
    return rateAfter(schedule,
                     static_cast<uint64_t>(std::min<u128>(passed, u128{schedule.periods})));
}

// base_fee/fee_rate_limiter.rs:is_rate_limiter_applied
bool applies(const RateLimiter& fee, const DammV2Pool& pool, const FeeQuestion& question) {
    const bool unset = fee.referenceAmountRaw == 0 && fee.duration == 0 && fee.maxFeeBps == 0 &&
                       fee.incrementBps == 0;
    return !unset && question.direction == SwapDirection::bToA &&
           question.nowPoint >= pool.activationPoint &&
           question.nowPoint - pool.activationPoint <= fee.duration;
}

std::optional<uint64_t> rateOf(const RateLimiter& fee, const DammV2Pool& pool,
                               const FeeQuestion& question) {
    if (!applies(fee, pool, question)) {
        return fee.cliffRatePpb;
    }
    return question.basis == FeeBasis::included ? limiterRateOfIncluded(fee, question.amountRaw)
                                                : limiterRateOfExcluded(fee, question.amountRaw);
}

// Bins between two sqrt prices, twice over: a bin of price is half of one of sqrt price.
// state/fee.rs:DynamicFeeStruct::get_delta_bin_id
std::optional<u128> binsBetween(u128 aQ64, u128 bQ64, u128 binStepQ64) {
    const auto ratio =
        base::shlDiv128(std::max(aQ64, bQ64), 64, std::min(aQ64, bQ64), Rounding::down);
    if (!ratio || binStepQ64 == 0) {
        return std::nullopt;
    }
    const u128 bins = (*ratio - kOneQ64) / binStepQ64;
    return bins > base::kMaxU128 / 2 ? std::nullopt : std::optional(bins * 2);
}

// state/fee.rs:DynamicFeeStruct::update_references. A clock behind the last update counts as none
// elapsed.
Volatility withReferences(const DynamicFee& fee, Volatility volatility, u128 sqrtPriceQ64,
                          uint64_t nowSeconds) {
    const uint64_t elapsed =
        nowSeconds > volatility.lastUpdateSeconds ? nowSeconds - volatility.lastUpdateSeconds : 0;
    if (elapsed >= fee.filterPeriodSeconds) {
        volatility.sqrtPriceReferenceQ64 = sqrtPriceQ64;
        volatility.reference =
            elapsed < fee.decayPeriodSeconds
                ? uint64_t{volatility.accumulator} * fee.reductionBps / kBasisPoints
                : 0;
    }
    return volatility;
}

}  // namespace

std::optional<uint64_t> totalFeeRatePpb(const DammV2Pool& pool, const FeeQuestion& question) {
    const auto base =
        std::visit([&](const auto& fee) { return rateOf(fee, pool, question); }, pool.baseFee);
    return base ? withVariableFee(pool, *base) : std::nullopt;
}

const RateLimiter* limiterOf(const DammV2Pool& pool, const FeeQuestion& question) {
    const auto* const limiter = std::get_if<RateLimiter>(&pool.baseFee);
    return limiter != nullptr && applies(*limiter, pool, question) ? limiter : nullptr;
}

std::optional<uint64_t> withVariableFee(const DammV2Pool& pool, uint64_t baseRatePpb) {
    const u128 total = pool.variableFeeRatePpb + baseRatePpb;
    if (!base::fitsU64(total)) {
        return std::nullopt;
    }
    return std::min(static_cast<uint64_t>(total), pool.maxFeeRatePpb);
}

u128 variableFeeRatePpb(const DynamicFee& fee, const Volatility& volatility) {
    const u128 bins = static_cast<u128>(volatility.accumulator) * fee.binStepBps;  // 48 bits
    return base::ceilDiv(bins * bins * fee.control, kVariableFeeScale);
}

std::optional<Volatility> volatilityAfter(const DynamicFee& fee, const Volatility& before,
                                          const PriceMove& move, uint64_t nowSeconds) {
    Volatility after = withReferences(fee, before, move.fromQ64, nowSeconds);
    const auto moved = binsBetween(move.toQ64, after.sqrtPriceReferenceQ64, fee.binStepQ64);
    const auto own = binsBetween(move.fromQ64, move.toQ64, fee.binStepQ64);
    if (!moved || !own || *moved > (base::kMaxU128 - after.reference) / kBasisPoints) {
        return std::nullopt;
    }
    after.accumulator = static_cast<std::uint32_t>(
        std::min<u128>(after.reference + *moved * kBasisPoints, u128{fee.maxAccumulator}));
    if (*own > 0) {
        after.lastUpdateSeconds = nowSeconds;
    }
    return after;
}

unsigned bitWidthOf(u128 value) {
    const uint64_t high = base::highHalf(value);
    return static_cast<unsigned>(high != 0 ? 64 + std::bit_width(high)
                                           : std::bit_width(base::lowHalf(value)));
}

bool volatilityPlainlyFits(const DynamicFee& fee, const Volatility& before, u128 fromQ64,
                           unsigned widthTo) {
    // A ratio of at most 2^56 in Q64.64 over a step of at least 2^24, in units of 20,000 and with
    // a reference of 64 bits, stays below 2^128.
    constexpr unsigned kReach = 52;
    const auto near = [&](u128 price) {
        const unsigned width = bitWidthOf(price);
        return width != 0 && width <= widthTo + kReach && widthTo <= width + kReach;
    };
    return fee.binStepQ64 >> 24 != 0 && near(fromQ64) && near(before.sqrtPriceReferenceQ64);
}

}  // namespace oee::amm::meteora::damm_v2
