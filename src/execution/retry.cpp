#include "execution/retry.h"

#include <algorithm>

#include "amm/error.h"
#include "base/rng.h"
#include "chain/landing.h"

namespace oee::execution {
namespace {

AfterAttempt again(const domain::Order& order, const domain::OrderFailure& otherwise,
                   base::UnixMicros nowMicros, const RetryPolicy& policy) {
    if (order.attempt >= policy.maxAttempts) {
        return otherwise;
    }
    const base::UnixMicros next = retryTime(order.id, order.attempt + 1, nowMicros, policy);
    if (isPastDeadline(order, next)) {
        return domain::OrderFailure{domain::FailureReason::deadline, {}, {}};
    }
    return Retry{next};
}

}  // namespace

base::UnixMicros retryTime(const domain::OrderId& orderId, std::uint32_t attempt,
                           base::UnixMicros endedAtMicros, const RetryPolicy& policy) {
    constexpr std::uint32_t kMostDoublings = 16;  // nearly eight hours: never reached, never over
    const std::uint32_t doublings = std::min(attempt < 2 ? 0 : attempt - 2, kMostDoublings);
    const std::uint64_t half = (std::uint64_t{policy.firstBackOffMicros} << doublings) / 2;
    base::CounterRng rng(policy.seed, base::RngPurpose::retryJitter, chain::streamOf(orderId),
                         attempt);
    return endedAtMicros + static_cast<base::UnixMicros>(half + rng.below(half + 1));
}

AfterAttempt afterReverted(const domain::Order& order, const chain::Reverted& reverted,
                           base::UnixMicros nowMicros, const RetryPolicy& policy) {
    const domain::OrderFailure failure = failureOf(reverted);
    return order.onRevert == domain::OnRevert::requote ? again(order, failure, nowMicros, policy)
                                                       : AfterAttempt{failure};
}

AfterAttempt afterExpired(const domain::Order& order, base::UnixMicros nowMicros,
                          const RetryPolicy& policy) {
    return again(order, {domain::FailureReason::expired, {}, {}}, nowMicros, policy);
}

AfterAttempt afterDropped(const domain::Order& order, const chain::Dropped& dropped,
                          base::UnixMicros nowMicros, const RetryPolicy& policy) {
    const domain::OrderFailure failure{domain::FailureReason::dropped, {}, {}};
    return dropped.reason == chain::DropReason::lost ? again(order, failure, nowMicros, policy)
                                                     : AfterAttempt{failure};
}

domain::OrderFailure failureOf(const chain::Reverted& reverted) {
    using domain::FailureReason;
    domain::OrderFailure failure{FailureReason::programError, reverted.program, std::nullopt};
    switch (reverted.error) {
        case amm::SwapError::slippageExceeded:
            failure.reason = FailureReason::slippageExceeded;
            // Where the legs together brought too little, no pool's program refused.
            if (const auto known = amm::programErrorOf(reverted.program, reverted.error);
                known && reverted.cause == chain::RevertCause::swap) {
                failure.errorCode = known->code;
            }
            break;
        case amm::SwapError::poolDisabled:
            failure.reason = FailureReason::poolDisabled;
            break;
        case amm::SwapError::insufficientLiquidity:
            failure.reason = FailureReason::noLiquidity;
            break;
        case amm::SwapError::zeroOutput:
            failure.reason = FailureReason::amountTooSmall;
            break;
        case amm::SwapError::zeroAmount:
        case amm::SwapError::mathOverflow:
        case amm::SwapError::mintNotInPool:
        case amm::SwapError::unsupportedMode:
        case amm::SwapError::priceLimit:
            break;
    }
    return failure;
}

base::UnixMicros notBefore(const domain::Order& order, const RetryPolicy& policy) {
    const bool waits = order.status == domain::OrderStatus::routing && order.attempt > 1;
    return waits ? retryTime(order.id, order.attempt, order.updatedAtMicros, policy)
                 : order.updatedAtMicros;
}

bool isPastDeadline(const domain::Order& order, base::UnixMicros nowMicros) {
    return order.deadlineMicros && nowMicros > *order.deadlineMicros;
}

}  // namespace oee::execution
