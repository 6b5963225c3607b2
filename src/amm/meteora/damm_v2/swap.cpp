// Quoting and applying swaps: one computation serves both, so that their amounts are equal.

#include <bit>
#include <optional>

#include "amm/meteora/damm_v2/curve.h"
#include "amm/meteora/damm_v2/fee_rate.h"
#include "amm/meteora/damm_v2/pool.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v2;
using base::Rounding;
using base::u128;
using std::uint64_t;

// The whole trading fee and its parts, in the token of the fee.
struct Fees {
    uint64_t totalRaw = 0;
    uint64_t claimingRaw = 0;  // waits for the liquidity providers
    uint64_t compoundingRaw = 0;
    uint64_t protocolRaw = 0;
    uint64_t referralRaw = 0;
};

// A swap without transfer fees.
struct Fill {
    uint64_t inRaw = 0;        // trading fee inside, where that is on the input
    uint64_t curveInRaw = 0;   // what the liquidity gets
    uint64_t curveOutRaw = 0;  // what the liquidity gives
    uint64_t outRaw = 0;       // without trading fee, where that is on the output
    u128 sqrtPriceQ64 = 0;
    uint64_t feeRaw = 0;
};

struct Computed {
    Fill fill;
    Fees fees;
    Reserves reserves{};  // afterwards
    SwapResult result;
    SwapError error = SwapError::mathOverflow;

    bool refuse(SwapError why) {
        error = why;
        return false;
    }
};

// One question to the pool.
struct Trade {
    const DammV2Pool& pool;
    const SwapRequest& request;
    uint64_t nowPoint = 0;
    bool feeOnInput = false;

    std::optional<uint64_t> ratePpb(FeeBasis basis, uint64_t amountRaw) const {
        return totalFeeRatePpb(pool, {nowPoint, request.direction, basis, amountRaw});
    }
    CurveQuestion curveQuestion(uint64_t amountRaw) const { return {request.direction, amountRaw}; }
};

constexpr std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

// The fee of an amount that has it inside; the rate is below one. get_excluded_fee_amount
uint64_t feeInside(uint64_t amountRaw, uint64_t ratePpb) {
    return *base::mulDiv64(amountRaw, ratePpb, kFeeDenominator, Rounding::up);
}

// amount / (1 − rate), rounded up; empty over 64 bits. get_included_fee_amount
std::optional<uint64_t> withFee(uint64_t amountRaw, uint64_t ratePpb) {
    return base::mulDiv64(amountRaw, kFeeDenominator, kFeeDenominator - ratePpb, Rounding::up);
}

uint64_t shareOf(uint64_t amountRaw, uint64_t parts, uint64_t whole) {
    return *base::mulDiv64(amountRaw, parts, whole, Rounding::down);  // decoding has parts ≤ whole
}

// state/fee.rs:split_fees
Fees splitFee(const DammV2Pool& pool, uint64_t feeRaw, bool withReferral) {
    Fees fees;
    fees.totalRaw = feeRaw;
    const uint64_t protocol = shareOf(feeRaw, pool.protocolPercent, kPercent);
    fees.compoundingRaw = shareOf(feeRaw - protocol, pool.compoundingBps, kBasisPoints);
    fees.claimingRaw = feeRaw - protocol - fees.compoundingRaw;
    fees.referralRaw = withReferral ? shareOf(protocol, pool.referralPercent, kPercent) : 0;
    fees.protocolRaw = protocol - fees.referralRaw;
    return fees;
}

// state/pool.rs:get_swap_result_from_exact_input and, with curvePartial, from_partial_input
bool fillInput(const Trade& trade, uint64_t amountRaw, Computed& computed) {
    const bool partial = trade.request.mode == SwapMode::partialFill;
    const auto rate = trade.ratePpb(FeeBasis::included, amountRaw);
    if (!rate) {
        return computed.refuse(SwapError::mathOverflow);
    }
    Fill& fill = computed.fill;
    fill.inRaw = amountRaw;
    if (trade.feeOnInput) {
        fill.feeRaw = feeInside(amountRaw, *rate);
    }
    const uint64_t offered = amountRaw - fill.feeRaw;
    const auto question = trade.curveQuestion(offered);
    const auto swapped =
        partial ? curvePartial(trade.pool, question) : curveExactIn(trade.pool, question);
    if (!swapped) {
        return computed.refuse(swapped.error());
    }
    fill.curveInRaw = swapped->inRaw;
    fill.curveOutRaw = swapped->outRaw;
    fill.outRaw = swapped->outRaw;
    fill.sqrtPriceQ64 = swapped->sqrtPriceQ64;
    if (swapped->inRaw < offered) {
        fill.inRaw = swapped->inRaw;
        if (trade.feeOnInput) {  // anew, from what was used
            const auto usedRate = trade.ratePpb(FeeBasis::excluded, swapped->inRaw);
            const auto gross = usedRate ? withFee(swapped->inRaw, *usedRate) : std::nullopt;
            if (!gross) {
                return computed.refuse(SwapError::mathOverflow);
            }
            fill.inRaw = *gross;
            fill.feeRaw = *gross - swapped->inRaw;
        }
    }
    if (!trade.feeOnInput) {
        fill.feeRaw = feeInside(swapped->outRaw, *rate);
        fill.outRaw = swapped->outRaw - fill.feeRaw;
    }
    return true;
}

// state/pool.rs:get_swap_result_from_exact_output
bool fillOutput(const Trade& trade, uint64_t amountRaw, Computed& computed) {
    Fill& fill = computed.fill;
    const auto grossOf = [&](uint64_t netRaw) {
        const auto rate = trade.ratePpb(FeeBasis::excluded, netRaw);
        const auto gross = rate ? withFee(netRaw, *rate) : std::nullopt;
        fill.feeRaw = gross ? *gross - netRaw : 0;
        return gross;
    };
    const auto curveOut = trade.feeOnInput ? std::optional(amountRaw) : grossOf(amountRaw);
    if (!curveOut) {
        return computed.refuse(SwapError::mathOverflow);
    }
    const auto swapped = curveExactOut(trade.pool, trade.curveQuestion(*curveOut));
    if (!swapped) {
        return computed.refuse(swapped.error());
    }
    const auto in = trade.feeOnInput ? grossOf(swapped->inRaw) : std::optional(swapped->inRaw);
    if (!in) {
        return computed.refuse(SwapError::mathOverflow);
    }
    fill.inRaw = *in;
    fill.curveInRaw = swapped->inRaw;
    fill.curveOutRaw = *curveOut;
    fill.outRaw = amountRaw;
    fill.sqrtPriceQ64 = swapped->sqrtPriceQ64;
    return true;
}

// What must be sent for `netRaw` to arrive. Empty over 64 bits, or where the gross amount would be
// charged another fee. utils/token.rs:calculate_transfer_fee_included_amount
std::optional<uint64_t> withTransferFee(const spl::TransferFee& fee, uint64_t netRaw) {
    if (fee.basisPoints == 0 || netRaw == 0) {
        return netRaw;
    }
    uint64_t onTop = fee.maximumRaw;
    if (fee.basisPoints != spl::kBasisPoints) {
        const auto gross = spl::transferGrossOf(fee, netRaw);
        if (!gross) {
            return std::nullopt;
        }
        onTop = spl::transferFeeOf(fee, *gross);
    }
    const auto sum = base::checkedAdd(netRaw, onTop);
    return sum && spl::transferFeeOf(fee, *sum) == onTop ? sum : std::nullopt;
}

// instructions/swap/swap_{exact_in,partial_fill,exact_out}.rs: transfer fees around the fill, and
// the trader's limit.
bool trade(const Trade& trade, const ChainClock& clock, Computed& computed) {
    const SwapRequest& request = trade.request;
    const std::size_t in = inputSide(request.direction);
    const spl::TransferFee& feeIn = trade.pool.sides[in].transferFee.at(clock.epoch);
    const spl::TransferFee& feeOut = trade.pool.sides[1 - in].transferFee.at(clock.epoch);
    const bool exactOut = request.mode == SwapMode::exactOut;

    const auto amount =
        exactOut ? withTransferFee(feeOut, request.amountRaw)
                 : std::optional(request.amountRaw - spl::transferFeeOf(feeIn, request.amountRaw));
    if (!amount) {
        return computed.refuse(SwapError::mathOverflow);
    }
    if (*amount == 0) {
        return computed.refuse(SwapError::zeroAmount);
    }
    if (!(exactOut ? fillOutput(trade, *amount, computed) : fillInput(trade, *amount, computed))) {
        return false;
    }
    const Fill& fill = computed.fill;
    if (request.mode == SwapMode::partialFill && fill.inRaw == 0) {
        return computed.refuse(SwapError::zeroAmount);
    }
    const auto sent = request.mode == SwapMode::exactIn ? std::optional(request.amountRaw)
                                                        : withTransferFee(feeIn, fill.inRaw);
    if (!sent) {
        return computed.refuse(SwapError::mathOverflow);
    }
    SwapResult& result = computed.result;
    result.amountInRaw = *sent;
    result.transferFeeInRaw = spl::transferFeeOf(feeIn, *sent);
    result.transferFeeOutRaw = spl::transferFeeOf(feeOut, fill.outRaw);
    result.amountOutRaw = fill.outRaw - result.transferFeeOutRaw;
    if (request.slippageLimitRaw && (exactOut ? result.amountInRaw > *request.slippageLimitRaw
                                              : result.amountOutRaw < *request.slippageLimitRaw)) {
        return computed.refuse(SwapError::slippageExceeded);
    }
    computed.fees = splitFee(trade.pool, fill.feeRaw, request.withReferral);
    result.feeSide = trade.feeOnInput ? FeeSide::input : FeeSide::output;
    result.feeRaw = fill.feeRaw;
    result.protocolFeeRaw = computed.fees.protocolRaw + computed.fees.referralRaw;
    return true;
}

// Whether the sums of state/pool.rs:apply_swap_result fit, and their reserves. Compounding fees are
// in B.
bool settleReserves(const DammV2Pool& pool, SwapDirection direction, Computed& computed) {
    const std::size_t in = inputSide(direction);
    Reserves& reserves = computed.reserves;
    const auto more = base::checkedAdd(reserves[in], computed.fill.curveInRaw);
    const auto less = base::checkedSub(reserves[1 - in], computed.fill.curveOutRaw);
    if (!more || !less) {
        return computed.refuse(SwapError::mathOverflow);
    }
    reserves[in] = *more;
    reserves[1 - in] = *less;
    const TokenSide& charged = pool.sides[computed.result.feeSide == FeeSide::input ? in : 1 - in];
    const auto b = base::checkedAdd(reserves[1], computed.fees.compoundingRaw);
    if (!b || !base::checkedAdd(charged.protocolFeeRaw, computed.fees.protocolRaw) ||
        !base::checkedAdd(charged.totalProtocolFeeRaw, computed.fees.protocolRaw)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    reserves[1] = *b;
    if (pool.collectFeeMode == CollectFeeMode::compounding && reserves[0] == 0) {
        return computed.refuse(SwapError::mathOverflow);  // no price
    }
    return true;
}

// Whether the token program can move the amounts: input first, then output, then the referral.
bool vaultsCover(const DammV2Pool& pool, SwapDirection direction, Computed& computed) {
    const std::size_t in = inputSide(direction);
    const SwapResult& result = computed.result;
    const auto vaultIn =
        base::checkedAdd(pool.sides[in].vaultRaw, result.amountInRaw - result.transferFeeInRaw);
    if (!vaultIn || !base::checkedAdd(pool.sides[in].withheldRaw, result.transferFeeInRaw)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    const auto vaultOut = base::checkedSub(pool.sides[1 - in].vaultRaw, computed.fill.outRaw);
    const auto payer = result.feeSide == FeeSide::input ? vaultIn : vaultOut;
    if (!vaultOut || *payer < computed.fees.referralRaw) {
        return computed.refuse(SwapError::insufficientLiquidity);
    }
    return true;
}

u128 priceAfter(const DammV2Pool& pool, const Computed& computed) {
    return pool.collectFeeMode == CollectFeeMode::compounding ? sqrtPriceOf(computed.reserves)
                                                              : computed.fill.sqrtPriceQ64;
}

std::optional<Volatility> volatilityAfter(const DammV2Pool& pool, u128 sqrtPriceQ64,
                                          const ChainClock& clock) {
    return damm_v2::volatilityAfter(*pool.dynamicFee, pool.volatility,
                                    {pool.sqrtPriceQ64, sqrtPriceQ64},
                                    static_cast<uint64_t>(clock.unixTimestamp));
}

// Whether the dynamic fee can follow to the price afterwards.
bool volatilityFits(const DammV2Pool& pool, const Computed& computed, const ChainClock& clock) {
    if (!pool.dynamicFee) {
        return true;
    }
    // Without the root: it has half the bits of B / A in Q128.
    const bool product = pool.collectFeeMode == CollectFeeMode::compounding;
    const unsigned width =
        product ? (128 + static_cast<unsigned>(std::bit_width(computed.reserves[1])) -
                   static_cast<unsigned>(std::bit_width(computed.reserves[0]))) /
                      2
                : bitWidthOf(computed.fill.sqrtPriceQ64);
    return (width > 2 &&
            volatilityPlainlyFits(*pool.dynamicFee, pool.volatility, pool.sqrtPriceQ64, width)) ||
           volatilityAfter(pool, priceAfter(pool, computed), clock).has_value();
}

// instructions/swap/ix_p_swap.rs:p_handle_swap
bool compute(const DammV2Pool& pool, const SwapRequest& request, const ChainClock& clock,
             Computed& computed) {
    const uint64_t now = pointOf(pool, clock);
    if (request.sqrtPriceLimitQ64) {
        return computed.refuse(SwapError::unsupportedMode);
    }
    if (!pool.enabled || now < pool.activationPoint) {
        return computed.refuse(SwapError::poolDisabled);
    }
    computed.reserves = {pool.sides[0].reserveRaw, pool.sides[1].reserveRaw};
    if (!pool.tracksReserves && pool.collectFeeMode != CollectFeeMode::compounding) {
        const auto reserves = reservesOfLiquidity(pool);
        if (!reserves) {
            return computed.refuse(SwapError::mathOverflow);
        }
        computed.reserves = *reserves;
    }
    if (request.amountRaw == 0) {
        return computed.refuse(SwapError::zeroAmount);
    }
    if (pool.liquidityQ64 == 0) {
        return computed.refuse(SwapError::insufficientLiquidity);
    }
    const Trade question{pool, request, now, feeOnInput(pool, request.direction)};
    if (!trade(question, clock, computed) || !settleReserves(pool, request.direction, computed) ||
        !vaultsCover(pool, request.direction, computed)) {
        return false;
    }
    return volatilityFits(pool, computed, clock) || computed.refuse(SwapError::mathOverflow);
}

// What is owed and counted in the token of the fee. state/pool.rs:apply_swap_result
void creditFees(TokenSide& side, const Fees& fees, u128 liquidityQ64) {
    side.protocolFeeRaw += fees.protocolRaw;
    side.totalProtocolFeeRaw += fees.protocolRaw;
    side.totalLpFeeRaw += static_cast<u128>(fees.claimingRaw) + fees.compoundingRaw;
    // Decoding leaves room: half of all counts are free, and one swap adds less than 2^192.
    const auto growth =
        base::divRounded({fees.claimingRaw, 0}, base::u256{liquidityQ64}, Rounding::down);
    side.feePerLiquidityQ128 =
        base::checkedAdd(side.feePerLiquidityQ128, *growth).value_or(side.feePerLiquidityQ128);
    side.vaultRaw -= fees.referralRaw;
}

}  // namespace

tl::expected<SwapResult, SwapError> quote(const DammV2Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    Computed computed;
    if (!compute(pool, request, clock, computed)) {
        return tl::unexpected(computed.error);
    }
    return computed.result;
}

tl::expected<SwapResult, SwapError> apply(DammV2Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    Computed computed;
    if (!compute(pool, request, clock, computed)) {
        return tl::unexpected(computed.error);
    }
    const SwapResult& result = computed.result;
    const u128 sqrtPrice = priceAfter(pool, computed);
    if (pool.dynamicFee) {
        pool.volatility = *volatilityAfter(pool, sqrtPrice, clock);  // compute() made sure
        pool.variableFeeRatePpb = variableFeeRatePpb(*pool.dynamicFee, pool.volatility);
    }
    const std::size_t in = inputSide(request.direction);
    pool.sides[in].vaultRaw += result.amountInRaw - result.transferFeeInRaw;
    pool.sides[in].withheldRaw += result.transferFeeInRaw;
    pool.sides[1 - in].vaultRaw -= computed.fill.outRaw;
    creditFees(pool.sides[result.feeSide == FeeSide::input ? in : 1 - in], computed.fees,
               pool.liquidityQ64);
    pool.sides[0].reserveRaw = computed.reserves[0];
    pool.sides[1].reserveRaw = computed.reserves[1];
    pool.tracksReserves = true;
    pool.sqrtPriceQ64 = sqrtPrice;
    return result;
}

}  // namespace oee::amm::meteora
