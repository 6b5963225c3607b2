// The swap of DAMM v1: fees, a deposit into one vault, the curve, a withdrawal from the other.

#include <algorithm>
#include <cstddef>
#include <limits>

#include "amm/meteora/damm_v1/pool.h"
#include "amm/meteora/damm_v1/stable_swap.h"
#include "base/integer.h"
#include "base/wide_integer.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v1;
using base::Rounding;
using base::u128;
using std::uint64_t;

// Everything that a swap changes, or why it fails. An out-parameter, because results are copied
// more often than they are made.
struct Computed {
    SwapError error = SwapError::mathOverflow;
    SwapResult result;
    uint64_t mintedLpRaw = 0;  // of the input's vault
    uint64_t burnedLpRaw = 0;  // of the output's vault
    std::optional<Depeg> depeg;

    bool refuse(SwapError why) {
        error = why;
        return false;
    }
};

constexpr std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

// amount × multiplier / divisor, rounded down; empty where the divisor is 0 or it needs 65 bits.
std::optional<uint64_t> proportion(uint64_t amount, uint64_t multiplier, uint64_t divisor) {
    return base::mulDiv64(amount, multiplier, divisor, Rounding::down);
}

// dynamic-amm/src/state.rs:calculate_fee
std::optional<uint64_t> feeOf(uint64_t amountRaw, const FeeRate& rate) {
    if (rate.numerator == 0 || amountRaw == 0) {
        return 0;
    }
    const auto fee = proportion(amountRaw, rate.numerator, rate.denominator);
    return fee ? std::optional(std::max<uint64_t>(*fee, 1)) : std::nullopt;
}

// dynamic-vault/src/state.rs:get_unlocked_amount
std::optional<uint64_t> unlockedRaw(const VaultSide& side, uint64_t nowSeconds) {
    const LockedProfit& profit = side.profit;
    const auto elapsed = base::checkedSub(nowSeconds, profit.lastReportSeconds);
    if (!elapsed) {
        return std::nullopt;
    }
    const u128 released = static_cast<u128>(*elapsed) * profit.degradation;
    if (released > kDegradationDenominator) {
        return side.totalRaw;
    }
    const auto locked =
        proportion(profit.lockedRaw, kDegradationDenominator - static_cast<uint64_t>(released),
                   kDegradationDenominator);
    return base::checkedSub(side.totalRaw, *locked);  // not more than lockedRaw: it fits
}

// The vaults' unlocked amounts and the pool's part of them at one time.
struct Worth {
    std::array<uint64_t, 2> unlocked{};
    std::array<uint64_t, 2> reserve{};
};

std::optional<Worth> worthOf(const DammV1Pool& pool, const ChainClock& clock) {
    if (clock.unixTimestamp < 0) {
        return std::nullopt;
    }
    Worth worth;
    for (const std::size_t i : {0u, 1u}) {
        const VaultSide& side = pool.sides[i];
        const auto unlocked = unlockedRaw(side, static_cast<uint64_t>(clock.unixTimestamp));
        const auto reserve =
            unlocked ? proportion(side.poolLpRaw, *unlocked, side.lpSupplyRaw) : std::nullopt;
        if (!reserve) {
            return std::nullopt;
        }
        worth.unlocked[i] = *unlocked;
        worth.reserve[i] = *reserve;
    }
    return worth;
}

struct CurveTrade {
    uint64_t inRaw = 0;
    uint64_t reserveInRaw = 0;
    uint64_t reserveOutRaw = 0;
};

// spl-token-swap curve/constant_product.rs:swap. The new output reserve rounds up; it cannot be 0,
// and nothing for something is refused.
std::optional<uint64_t> constantProduct(const CurveTrade& trade) {
    const u128 product = static_cast<u128>(trade.reserveInRaw) * trade.reserveOutRaw;
    const u128 newIn = static_cast<u128>(trade.reserveInRaw) + trade.inRaw;
    if (newIn == 0 || product < newIn) {
        return std::nullopt;
    }
    const auto newOut = static_cast<uint64_t>(base::ceilDiv(product, newIn));  // ≤ reserveOutRaw
    return newOut < trade.reserveOutRaw ? std::optional(trade.reserveOutRaw - newOut)
                                        : std::nullopt;
}

// amount × multiplier × price in 128 bits. math/stable_swap.rs:upscale_token_a, _b
struct Scale {
    uint64_t multiplier = 1;
    uint64_t price = 1;

    std::optional<u128> up(uint64_t amountRaw) const {
        const base::u256 scaled = base::mulWide(static_cast<u128>(amountRaw) * multiplier, price);
        return scaled.high == 0 ? std::optional(scaled.low) : std::nullopt;
    }
    // Divided twice, each time rounded down. downscale_token_a, _b
    std::optional<u128> down(u128 scaled) const {
        return multiplier == 0 || price == 0 ? std::nullopt
                                             : std::optional(scaled / multiplier / price);
    }
};

Scale scaleOf(const StableCurve& curve, const Depeg& depeg, std::size_t side) {
    const bool plain = depeg.type == DepegType::none;
    return {.multiplier = curve.multipliers[side],
            .price = plain       ? 1
                     : side == 0 ? kDepegPrecision
                                 : depeg.priceMicros};
}

// math/stable_swap.rs:StableSwap::swap
std::optional<uint64_t> stableSwap(const StableCurve& curve, const Depeg& depeg, std::size_t in,
                                   const CurveTrade& trade) {
    const Scale scaleIn = scaleOf(curve, depeg, in);
    const Scale scaleOut = scaleOf(curve, depeg, 1 - in);
    const auto amountIn = scaleIn.up(trade.inRaw);
    const auto reserveIn = scaleIn.up(trade.reserveInRaw);
    const auto reserveOut = scaleOut.up(trade.reserveOutRaw);
    if (!amountIn || !reserveIn || !reserveOut) {
        return std::nullopt;
    }
    const auto scaled = stableOutput(curve.amp, {*amountIn, *reserveIn, *reserveOut});
    const auto out = scaled ? scaleOut.down(*scaled) : std::nullopt;
    // Less than the scaled reserve, so that it fits.
    return out ? std::optional(static_cast<uint64_t>(*out)) : std::nullopt;
}

// What reaches the curve, after the deposit and the liquidity providers' fee.
// lib.rs:compute_quote, first half; the vault's deposit
bool deposit(const DammV1Pool& pool, const Worth& worth, const SwapRequest& request,
             Computed& computed, uint64_t& curveInRaw) {
    const std::size_t in = inputSide(request.direction);
    const VaultSide& side = pool.sides[in];
    const auto fee = feeOf(request.amountRaw, pool.tradeFee);
    const auto protocol = fee ? feeOf(*fee, pool.protocolFee) : std::nullopt;
    const auto lpFee = protocol ? base::checkedSub(*fee, *protocol) : std::nullopt;
    const auto deposited = protocol ? base::checkedSub(request.amountRaw, *protocol) : std::nullopt;
    if (!lpFee || !deposited) {
        return computed.refuse(SwapError::mathOverflow);
    }
    if (!side.enabled) {
        return computed.refuse(SwapError::poolDisabled);
    }
    if (*deposited == 0) {
        return computed.refuse(SwapError::zeroAmount);
    }
    const auto minted = proportion(*deposited, side.lpSupplyRaw, worth.unlocked[in]);
    const auto supply = minted ? base::checkedAdd(side.lpSupplyRaw, *minted) : std::nullopt;
    const auto poolLp = minted ? base::checkedAdd(side.poolLpRaw, *minted) : std::nullopt;
    if (!supply || !poolLp || !base::checkedAdd(side.totalRaw, *deposited)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    // The locked part stays, so that the sum is not above the vault's total.
    const auto reserve = proportion(*poolLp, worth.unlocked[in] + *deposited, *supply);
    const auto arrived = reserve ? base::checkedSub(*reserve, worth.reserve[in]) : std::nullopt;
    const auto curveIn = arrived ? base::checkedSub(*arrived, *lpFee) : std::nullopt;
    const auto held = base::checkedAdd(side.tokenVaultRaw, side.protocolFeeRaw);
    if (!curveIn || !held || !base::checkedAdd(*held, request.amountRaw)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    computed.mintedLpRaw = *minted;
    computed.result.amountInRaw = request.amountRaw;
    computed.result.feeRaw = *fee;
    computed.result.protocolFeeRaw = *protocol;
    curveInRaw = *curveIn;
    return true;
}

// lib.rs:compute_quote, second half; the vault's withdrawal
bool withdraw(const DammV1Pool& pool, const Worth& worth, const SwapRequest& request,
              uint64_t curveOutRaw, Computed& computed) {
    const std::size_t out = 1 - inputSide(request.direction);
    const VaultSide& side = pool.sides[out];
    const auto burned = proportion(curveOutRaw, side.lpSupplyRaw, worth.unlocked[out]);
    const auto paid =
        burned ? proportion(*burned, worth.unlocked[out], side.lpSupplyRaw) : std::nullopt;
    if (!paid) {
        return computed.refuse(SwapError::mathOverflow);
    }
    if (request.slippageLimitRaw && *paid < *request.slippageLimitRaw) {
        return computed.refuse(SwapError::slippageExceeded);
    }
    if (*paid > side.tokenVaultRaw) {  // the rest is lent out
        return computed.refuse(SwapError::insufficientLiquidity);
    }
    computed.burnedLpRaw = *burned;
    computed.result.amountOutRaw = *paid;
    return true;
}

bool compute(const DammV1Pool& pool, const SwapRequest& request, const ChainClock& clock,
             Computed& computed) {
    if (request.mode != SwapMode::exactIn || request.sqrtPriceLimitQ64) {
        return computed.refuse(SwapError::unsupportedMode);
    }
    if (!isOpen(pool, clock)) {
        return computed.refuse(SwapError::poolDisabled);
    }
    if (pool.stable) {
        computed.depeg = depegAt(pool.stable->depeg, clock);
        if (!computed.depeg) {
            return computed.refuse(SwapError::mathOverflow);
        }
    }
    const auto worth = worthOf(pool, clock);
    if (!worth) {
        return computed.refuse(SwapError::mathOverflow);
    }
    const std::size_t in = inputSide(request.direction);
    CurveTrade trade{.reserveInRaw = worth->reserve[in], .reserveOutRaw = worth->reserve[1 - in]};
    if (!deposit(pool, *worth, request, computed, trade.inRaw)) {
        return false;
    }
    const auto out =
        pool.stable ? stableSwap(*pool.stable, *computed.depeg, in, trade) : constantProduct(trade);
    if (!out) {
        // Whatever fails on the curve, the program calls it zero trading tokens.
        return computed.refuse(SwapError::zeroAmount);
    }
    return withdraw(pool, *worth, request, *out, computed);
}

}  // namespace

bool isOpen(const DammV1Pool& pool, const ChainClock& clock) {
    const uint64_t now = pool.activationType == ActivationType::slot
                             ? clock.slot
                             : static_cast<uint64_t>(clock.unixTimestamp);
    return pool.enabled && now >= pool.activationPoint;
}

std::optional<Depeg> depegAt(const Depeg& cached, const ChainClock& clock) {
    if (cached.type == DepegType::none) {
        return cached;
    }
    const auto now = static_cast<uint64_t>(clock.unixTimestamp);
    const auto expiry = base::checkedAdd(cached.updatedSeconds, kDepegCacheSeconds);
    if (!expiry) {
        return std::nullopt;
    }
    Depeg depeg = cached;
    if (now > *expiry) {
        depeg.priceMicros = cached.stakePriceMicros;
        depeg.updatedSeconds = now;
    }
    return depeg;
}

tl::expected<SwapResult, SwapError> quote(const DammV1Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    Computed computed;
    if (!compute(pool, request, clock, computed)) {
        return tl::unexpected(computed.error);
    }
    return computed.result;
}

tl::expected<SwapResult, SwapError> apply(DammV1Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    Computed computed;
    if (!compute(pool, request, clock, computed)) {
        return tl::unexpected(computed.error);
    }
    const SwapResult& result = computed.result;
    VaultSide& in = pool.sides[inputSide(request.direction)];
    VaultSide& out = pool.sides[1 - inputSide(request.direction)];
    const uint64_t deposited = result.amountInRaw - result.protocolFeeRaw;
    in.protocolFeeRaw += result.protocolFeeRaw;
    in.tokenVaultRaw += deposited;
    in.totalRaw += deposited;
    in.lpSupplyRaw += computed.mintedLpRaw;
    in.poolLpRaw += computed.mintedLpRaw;
    // None below 0: what is paid is worth no more than the pool's LP, and that no more than all.
    out.tokenVaultRaw -= result.amountOutRaw;
    out.totalRaw -= result.amountOutRaw;
    out.lpSupplyRaw -= computed.burnedLpRaw;
    out.poolLpRaw -= computed.burnedLpRaw;
    if (pool.stable) {
        pool.stable->depeg = *computed.depeg;
    }
    return result;
}

std::optional<std::array<uint64_t, 2>> reservesOf(const DammV1Pool& pool, const ChainClock& clock) {
    const auto worth = worthOf(pool, clock);
    return worth ? std::optional(worth->reserve) : std::nullopt;
}

}  // namespace oee::amm::meteora
