#pragma once
// Which of the properties of swaps hold to the last unit, for which pools, and how far the others
// are allowed to miss them, and why.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

#include "amm/pool.h"

namespace oee::test {

// DAMM v2's rate limiter charges purchases of A (B → A) an average rate that grows with the amount
// and is rounded up to a part of 10^9, so an amount a may be charged up to a / 10^9 + 2 too much
// (the fee, the average and the fee from it round up). More of the input leaves at least `1 − the
// highest marginal rate` of it to the curve: an input larger by
//     slack = (rounding) / (1 − highest rate)
// is enough to make up for that. Where the limiter's highest rate with the variable fee is 100 % or
// more, more input may honestly pay less: nothing is claimed.
inline bool isLimited(const amm::meteora::DammV2Pool& pool, amm::SwapDirection direction) {
    return std::holds_alternative<amm::meteora::damm_v2::RateLimiter>(pool.baseFee) &&
           direction == amm::SwapDirection::bToA;
}

inline std::optional<std::uint64_t> limiterSlack(const amm::meteora::DammV2Pool& pool,
                                                 std::uint64_t roundingRaw) {
    constexpr std::uint64_t kPpb = 1'000'000'000;
    constexpr std::uint64_t kPpbPerBps = 100'000;
    const auto& limiter = std::get<amm::meteora::damm_v2::RateLimiter>(pool.baseFee);
    const base::u128 highest = base::u128{limiter.maxFeeBps} * kPpbPerBps + pool.variableFeeRatePpb;
    if (highest >= kPpb) {
        return std::nullopt;
    }
    return base::mulDiv64(roundingRaw, kPpb, kPpb - static_cast<std::uint64_t>(highest),
                          base::Rounding::up);
}

// DAMM v1 deposits into a vault and gets whole LP tokens, so that an input loses up to what one of
// these is worth; its trading fee is rounded down (to at least 1) and is then taken from what the
// vault says has arrived. Both are made up for by
//     slack = (worth of one LP token, and 2 units) / (1 − fee rate)
// more of the input. Nothing is claimed where the fee takes everything.
inline std::uint64_t lpTokenWorth(const amm::meteora::DammV1Pool& pool, std::size_t side) {
    const auto& vault = pool.sides[side];
    return vault.lpSupplyRaw == 0 ? vault.totalRaw : vault.totalRaw / vault.lpSupplyRaw + 1;
}

inline std::optional<std::uint64_t> depositSlack(const amm::meteora::DammV1Pool& pool,
                                                 amm::SwapDirection direction) {
    const auto& fee = pool.tradeFee;
    if (fee.numerator >= fee.denominator) {
        return std::nullopt;
    }
    const std::size_t in = direction == amm::SwapDirection::aToB ? 0 : 1;
    return base::mulDiv64(lpTokenWorth(pool, in) + 2, fee.denominator,
                          fee.denominator - fee.numerator, base::Rounding::up);
}

// By how much an input must be greater than another for its output to be at least the other's.
// Empty: not claimed. Everywhere but in DAMM v1 and under the rate limiter the output is monotone:
// 0.
inline std::optional<std::uint64_t> monotonySlack(const amm::Pool& pool,
                                                  const amm::SwapRequest& request) {
    if (const auto* const dammV1 = std::get_if<amm::meteora::DammV1Pool>(&pool.state)) {
        return depositSlack(*dammV1, request.direction);
    }
    const auto* const dammV2 = std::get_if<amm::meteora::DammV2Pool>(&pool.state);
    return dammV2 != nullptr && isLimited(*dammV2, request.direction)
               ? limiterSlack(*dammV2, request.amountRaw / 1'000'000'000 + 3)
               : std::optional<std::uint64_t>(0);
}

// How much more exactOut may ask than the exactIn whose output it repeats. Only the rate limiter's
// roundings again: exactOut inverts the average (whose own rounding it meets once on the way) and
// rounds it up once more.
inline std::optional<std::uint64_t> inverseSlack(const amm::Pool& pool,
                                                 const amm::SwapRequest& request) {
    const auto* const dammV2 = std::get_if<amm::meteora::DammV2Pool>(&pool.state);
    return dammV2 != nullptr && isLimited(*dammV2, request.direction)
               ? limiterSlack(*dammV2, request.amountRaw / 1'000'000'000 * 2 + 6)
               : std::optional<std::uint64_t>(0);
}

// CLMM's exactOut goes to the end of a step's interval as soon as the interval's output, rounded
// down, is enough (swap_math.rs:compute_swap), although less input would round to the same. What it
// asks for then still buys no unit more.
inline bool mayOvershoot(const amm::Pool& pool) {
    return std::holds_alternative<amm::raydium::ClmmPool>(pool.state);
}

// The most that two swaps, one after the other at one time, may pay for an input together: what
// `pool` pays for it at once, and extraRaw.
struct SplitLimit {
    amm::Pool pool;
    std::uint64_t extraRaw = 0;
    std::uint64_t extraInRaw = 0;  // for so much more input
    bool exact = true;             // false: `pool` charges a lower fee than the one that is split
};

struct FirstPart {
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    amm::SwapResult result;
    amm::ChainClock clock;
};

// x · y = k with a fixed fee: the fee of the first part makes the second dearer, and all roundings
// are the pool's. Nothing is gained.
inline SplitLimit splitLimit(const amm::Pool& pool, const amm::raydium::AmmV4Pool&,
                             const FirstPart&) {
    return {.pool = pool};
}
inline SplitLimit splitLimit(const amm::Pool& pool, const amm::raydium::CpmmPool&,
                             const FirstPart&) {
    return {.pool = pool};
}

// Liquidity and orders are used up the same way at once and in parts, and the fee is charged step
// by step: with a fixed fee nothing is gained. The same holds with the dynamic fee where the first
// part sets the reference to where it starts and the second keeps it: then the volatility is a
// function of the place alone. Otherwise the second part may honestly be cheaper (the reference may
// move towards it, or a saturated volatility is looked at again), but not cheaper than without the
// fee.
constexpr std::uint32_t kHighestDynamicRatePpm = 100'000;  // caps the total, the trade fee inside

inline SplitLimit splitLimit(const amm::Pool& pool, const amm::raydium::ClmmPool& state,
                             const FirstPart& first) {
    if (!state.dynamicFee) {
        return {.pool = pool};
    }
    const auto& fee = *state.dynamicFee;
    const auto now = static_cast<std::uint64_t>(first.clock.unixTimestamp);
    if (fee.filterPeriodSeconds > 0 && now >= fee.lastUpdateSeconds + fee.filterPeriodSeconds) {
        return {.pool = pool};
    }
    SplitLimit limit{.pool = pool, .exact = false};
    auto& cheapest = std::get<amm::raydium::ClmmPool>(limit.pool.state);
    cheapest.dynamicFee.reset();
    cheapest.tradeFeeRatePpm = std::min(cheapest.tradeFeeRatePpm, kHighestDynamicRatePpm);
    return limit;
}

// Bins are used up the same way at once and in parts. The variable fee follows the bin alone as
// long as both parts see one reference: within the filter period, or after the decay period. In
// between, each swap that stays in its bin decays the reference once more, so that the second part
// may honestly be cheaper, but not cheaper than without the fee.
inline SplitLimit splitLimit(const amm::Pool& pool, const amm::meteora::DlmmPool& state,
                             const FirstPart& first) {
    const auto& parameters = state.parameters;
    const std::int64_t elapsed = first.clock.unixTimestamp - state.volatility.lastUpdateSeconds;
    const bool oneReference =
        parameters.filterPeriodSeconds > 0 &&
        (elapsed < parameters.filterPeriodSeconds || elapsed >= parameters.decayPeriodSeconds);
    if (parameters.variableFeeControl == 0 || oneReference) {
        return {.pool = pool};
    }
    SplitLimit limit{.pool = pool, .exact = false};
    std::get<amm::meteora::DlmmPool>(limit.pool.state).parameters.variableFeeControl = 0;
    return limit;
}

// Where the fee is the same for both parts nothing is gained, but that a compounding pool takes a
// part of the fee in B back into its reserves, where the second part can buy it: A → B gains at
// most that. The fee is not the same with the dynamic fee (a swap is charged by the volatility that
// the one before left), with the market-cap scheduler where the price rises (B → A lowers the fee),
// and with the rate limiter (small amounts pay less): then the limit is the pool without the
// dynamic fee, at the end of its schedule, at the cliff of its limiter.
inline SplitLimit splitLimit(const amm::Pool& pool, const amm::meteora::DammV2Pool& state,
                             const FirstPart& first) {
    using namespace amm::meteora::damm_v2;
    SplitLimit limit{.pool = pool};
    if (state.collectFeeMode == CollectFeeMode::compounding &&
        first.direction == amm::SwapDirection::aToB) {
        limit.extraRaw = *base::mulDiv64(first.result.feeRaw - first.result.protocolFeeRaw,
                                         state.compoundingBps, kBasisPoints, base::Rounding::up);
    }
    const bool rises = first.direction == amm::SwapDirection::bToA;
    limit.exact =
        !state.dynamicFee && (std::holds_alternative<TimeScheduler>(state.baseFee) || !rises);
    if (limit.exact) {
        return limit;
    }
    auto& cheapest = std::get<amm::meteora::DammV2Pool>(limit.pool.state);
    cheapest.dynamicFee.reset();
    cheapest.variableFeeRatePpb = 0;
    if (auto* const scheduler = std::get_if<MarketCapScheduler>(&cheapest.baseFee)) {
        scheduler->expiration = 0;
    }
    if (auto* const limiter = std::get_if<RateLimiter>(&cheapest.baseFee)) {
        *limiter = {.cliffRatePpb = limiter->cliffRatePpb};
    }
    return limit;
}

// x · y = k or the stable curve, with a fixed fee: two fees that are rounded down are up to a unit
// of input less than one, and the output of each part is whole LP tokens' worth, the rest of which
// the other part may find in the vault.
inline SplitLimit splitLimit(const amm::Pool& pool, const amm::meteora::DammV1Pool& state,
                             const FirstPart& first) {
    const std::size_t out = first.direction == amm::SwapDirection::aToB ? 1 : 0;
    return {.pool = pool,
            .extraRaw = lpTokenWorth(state, out) + 2,
            .extraInRaw = depositSlack(state, first.direction).value_or(0)};
}

// Whether a later clock may not help the second swap of a round trip. DAMM v1's vaults unlock
// profit with time and its staking tokens' price moves: what was bought may honestly be worth more
// then.
inline bool isTimeless(const amm::Pool& pool) {
    return !std::holds_alternative<amm::meteora::DammV1Pool>(pool.state);
}

inline SplitLimit splitLimitOf(const amm::Pool& pool, const FirstPart& first) {
    return std::visit([&](const auto& state) { return splitLimit(pool, state, first); },
                      pool.state);
}

}  // namespace oee::test
