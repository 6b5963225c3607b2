#pragma once
// The base fee that grows with the size of a purchase.

#include <cstdint>
#include <optional>
#include <vector>

#include "amm/meteora/damm_v2/pool.h"

namespace oee::amm::meteora::damm_v2 {

// The average rate of an amount with the fee inside, in parts of 10^9, rounded up. Empty: the
// program's checked arithmetic fails.
// base_fee/fee_rate_limiter.rs:get_fee_numerator_from_included_fee_amount
std::optional<std::uint64_t> limiterRateOfIncluded(const RateLimiter& limiter,
                                                   std::uint64_t amountRaw);

// Of an amount to which the fee is added.
// base_fee/fee_rate_limiter.rs:get_fee_numerator_from_excluded_fee_amount
std::optional<std::uint64_t> limiterRateOfExcluded(const RateLimiter& limiter,
                                                   std::uint64_t amountRaw);

// The rates that an amount with the fee inside pays part by part, in parts of 10^9.
struct RateStep {
    std::uint64_t ratePpb = 0;
    double widthIn = 0;  // base units with the fee inside; the last may be without end
};
// Up to the first rate that is not below `capPpb`. What comes after the last step has no rate: the
// program's checked arithmetic fails.
std::vector<RateStep> limiterSteps(const RateLimiter& limiter, std::uint64_t capPpb);

}  // namespace oee::amm::meteora::damm_v2
