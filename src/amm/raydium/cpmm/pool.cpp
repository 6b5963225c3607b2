#include "amm/raydium/cpmm/pool.h"

#include <cstddef>
#include <limits>
#include <optional>

#include "amm/bytes.h"
#include "amm/raydium/constant_product.h"
#include "base/integer.h"
#include "domain/venue.h"

namespace oee::amm::raydium {
namespace {

using base::Rounding;
using cpmm::CreatorFeeOn;
using cpmm::kFeeDenominator;

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

// A swap in the making. The result is filled in its place and steps answer yes or no: returning
// values that may be absent costs more than the arithmetic, and quotes are what routers do most.
struct Computed {
    SwapResult& result;
    // What the swap adds to the fees that the pool owes.
    std::uint64_t protocolFeeRaw = 0;  // of the input token
    std::uint64_t fundFeeRaw = 0;      // of the input token
    std::uint64_t creatorFeeRaw = 0;   // of the input or the output token
    SwapError error = SwapError::mathOverflow;

    bool refuse(SwapError why) {
        error = why;
        return false;
    }
};

std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

bool isOpen(const CpmmPool& pool, const ChainClock& clock) {
    return (pool.status & cpmm::kSwapDisabledBit) == 0 &&
           static_cast<std::uint64_t>(clock.unixTimestamp) >= pool.openTime;
}

// states/pool.rs:is_creator_fee_on_input
bool creatorFeeOnInput(const CpmmPool& pool, SwapDirection direction) {
    switch (pool.creatorFeeOn) {
        case CreatorFeeOn::onlyToken0:
            return direction == SwapDirection::aToB;
        case CreatorFeeOn::onlyToken1:
            return direction == SwapDirection::bToA;
        case CreatorFeeOn::inputToken:
            break;
    }
    return true;
}

// amount × rate / 1,000,000 for rates up to 1,000,000, in 64 bits: with amount = q × 10^6 + r it
// is q × rate + r × rate / 10^6.
std::uint64_t feeOf(std::uint64_t amount, std::uint64_t ratePpm, Rounding rounding) {
    const std::uint64_t roundUp = rounding == Rounding::up ? kFeeDenominator - 1 : 0;
    const std::uint64_t rest = amount % kFeeDenominator * ratePpm + roundUp;
    return amount / kFeeDenominator * ratePpm + rest / kFeeDenominator;
}

// curve/fees.rs:calculate_pre_fee_amount: the gross amount that leaves `net` after the fee,
// rounded up. False at a rate of 1,000,000 or more, and over 64 bits.
bool grossUp(std::uint64_t net, std::uint64_t ratePpm, std::uint64_t& gross) {
    gross = net;
    if (ratePpm == 0) {
        return true;
    }
    const auto quotient = ratePpm < kFeeDenominator
                              ? mulDivUp(net, kFeeDenominator, kFeeDenominator - ratePpm)
                              : std::nullopt;
    gross = quotient.value_or(0);
    return quotient.has_value();
}

// states/pool.rs:vault_amount_without_fee. 0 where nothing is left: the program divides by it for
// the price and aborts, as it does where the fees do not add up.
std::uint64_t reserveOf(const CpmmPool::Side& side) {
    std::uint64_t owed = 0;
    const bool tooMuch = __builtin_add_overflow(side.protocolFeesRaw, side.fundFeesRaw, &owed) ||
                         __builtin_add_overflow(owed, side.creatorFeesRaw, &owed) ||
                         owed > side.vaultRaw;
    return tooMuch ? 0 : side.vaultRaw - owed;
}

Reserves reservesOf(const CpmmPool& pool, SwapDirection direction) {
    const std::size_t in = inputSide(direction);
    return {.inRaw = reserveOf(pool.sides[in]), .outRaw = reserveOf(pool.sides[1 - in])};
}

bool isEmpty(const Reserves& reserves) {
    return reserves.inRaw == 0 || reserves.outRaw == 0;
}

// curve/calculator.rs: how the fee that was taken from the input is shared. Protocol and fund get
// floors of the trade fee; where the creator is paid from the input as well, its part is the
// floor of the total, and rates that are both 0 fail (the program divides by their sum).
bool splitInputFee(const CpmmPool& pool, std::uint64_t inputFeeRaw, bool creatorOnInput,
                   Computed& computed) {
    if (creatorOnInput) {
        const std::uint64_t rates = std::uint64_t{pool.tradeFeeRatePpm} + pool.creatorFeeRatePpm;
        if (rates == 0) {
            return false;
        }
        if (pool.creatorFeeRatePpm != 0) {
            // The creator's rate is at most the sum: the quotient fits.
            computed.creatorFeeRaw =
                mulDivDown(inputFeeRaw, pool.creatorFeeRatePpm, rates).value_or(0);
        }
    }
    const std::uint64_t tradeFeeRaw = inputFeeRaw - computed.creatorFeeRaw;
    computed.protocolFeeRaw = feeOf(tradeFeeRaw, pool.protocolFeeRatePpm, Rounding::down);
    computed.fundFeeRaw = feeOf(tradeFeeRaw, pool.fundFeeRatePpm, Rounding::down);
    computed.result.feeRaw = inputFeeRaw;
    computed.result.protocolFeeRaw =
        computed.protocolFeeRaw + computed.fundFeeRaw + computed.creatorFeeRaw;
    return true;
}

void addOutputCreatorFee(const CpmmPool& pool, std::uint64_t creatorFeeRaw, Computed& computed) {
    computed.creatorFeeRaw = creatorFeeRaw;
    if (pool.creatorFeeRatePpm > pool.tradeFeeRatePpm) {
        computed.result.feeSide = FeeSide::output;
        computed.result.otherSideFeeRaw = computed.result.feeRaw;
        computed.result.feeRaw = creatorFeeRaw;
        computed.result.protocolFeeRaw = creatorFeeRaw;
    } else {
        computed.result.otherSideFeeRaw = creatorFeeRaw;
    }
}

std::uint64_t inputFeeRatePpm(const CpmmPool& pool, bool creatorOnInput) {
    return std::uint64_t{pool.tradeFeeRatePpm} + (creatorOnInput ? pool.creatorFeeRatePpm : 0);
}

// instructions/swap_base_input.rs with curve/calculator.rs:swap_base_input
bool exactIn(const CpmmPool& pool, const SwapRequest& request, const ChainClock& clock,
             Computed& computed) {
    const CpmmPool::Side& in = pool.sides[inputSide(request.direction)];
    const CpmmPool::Side& out = pool.sides[1 - inputSide(request.direction)];
    const std::uint64_t transferFeeIn =
        spl::transferFeeOf(in.transferFee.at(clock.epoch), request.amountRaw);
    if (request.amountRaw <= transferFeeIn) {
        return computed.refuse(SwapError::zeroAmount);
    }
    const std::uint64_t arrived = request.amountRaw - transferFeeIn;
    const Reserves reserves = reservesOf(pool, request.direction);
    if (isEmpty(reserves)) {
        return computed.refuse(SwapError::insufficientLiquidity);
    }
    const bool creatorOnInput = creatorFeeOnInput(pool, request.direction);
    const std::uint64_t ratePpm = inputFeeRatePpm(pool, creatorOnInput);
    if (ratePpm > kFeeDenominator) {  // the fee is more than the amount
        return computed.refuse(SwapError::mathOverflow);
    }
    const std::uint64_t inputFee = feeOf(arrived, ratePpm, Rounding::up);
    if (!splitInputFee(pool, inputFee, creatorOnInput, computed)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    const auto swapped = outputFor(reserves, arrived - inputFee);
    if (!swapped) {
        return computed.refuse(SwapError::mathOverflow);
    }
    std::uint64_t sent = *swapped;
    if (!creatorOnInput) {
        const std::uint64_t fee = feeOf(sent, pool.creatorFeeRatePpm, Rounding::up);
        addOutputCreatorFee(pool, fee, computed);
        sent -= fee;
    }
    const std::uint64_t transferFeeOut = spl::transferFeeOf(out.transferFee.at(clock.epoch), sent);
    if (sent == transferFeeOut) {
        return computed.refuse(SwapError::zeroOutput);
    }
    if (sent - transferFeeOut < request.slippageLimitRaw.value_or(0)) {
        return computed.refuse(SwapError::slippageExceeded);
    }
    SwapResult& result = computed.result;
    result.amountInRaw = request.amountRaw;
    result.amountOutRaw = sent - transferFeeOut;
    result.transferFeeInRaw = transferFeeIn;
    result.transferFeeOutRaw = transferFeeOut;
    return true;
}

// utils/token.rs:get_transfer_inverse_fee: the fee on top of `net`, so that net + fee fits. False
// where the gross amount would be charged another fee (the program refuses) or needs over 64 bits.
bool transferFeeOnTop(const spl::TransferFee& fee, std::uint64_t net, std::uint64_t& onTop) {
    onTop = 0;
    if (fee.basisPoints == 0) {
        return true;
    }
    const auto gross = spl::transferGrossOf(fee, net);
    if (!gross) {
        return false;
    }
    onTop = fee.basisPoints == spl::kBasisPoints ? fee.maximumRaw : spl::transferFeeOf(fee, *gross);
    const auto sum = base::checkedAdd(net, onTop);
    return sum && spl::transferFeeOf(fee, *sum) == onTop;
}

// instructions/swap_base_output.rs with curve/calculator.rs:swap_base_output
bool exactOut(const CpmmPool& pool, const SwapRequest& request, const ChainClock& clock,
              Computed& computed) {
    const CpmmPool::Side& in = pool.sides[inputSide(request.direction)];
    const CpmmPool::Side& out = pool.sides[1 - inputSide(request.direction)];
    const bool creatorOnInput = creatorFeeOnInput(pool, request.direction);
    const Reserves reserves = reservesOf(pool, request.direction);
    std::uint64_t transferFeeOut = 0;
    if (!transferFeeOnTop(out.transferFee.at(clock.epoch), request.amountRaw, transferFeeOut)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    const std::uint64_t sent = request.amountRaw + transferFeeOut;
    std::uint64_t swapped = 0;
    if (!grossUp(sent, creatorOnInput ? 0 : pool.creatorFeeRatePpm, swapped) || isEmpty(reserves) ||
        swapped >= reserves.outRaw) {
        return computed.refuse(SwapError::insufficientLiquidity);
    }
    const auto net = inputFor(reserves, swapped);
    std::uint64_t gross = 0;
    std::uint64_t transferFeeIn = 0;
    if (!net || !grossUp(*net, inputFeeRatePpm(pool, creatorOnInput), gross) ||
        !splitInputFee(pool, gross - *net, creatorOnInput, computed) ||
        !transferFeeOnTop(in.transferFee.at(clock.epoch), gross, transferFeeIn)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    if (!creatorOnInput) {
        addOutputCreatorFee(pool, swapped - sent, computed);
    }
    if (gross + transferFeeIn > request.slippageLimitRaw.value_or(kNoLimit)) {
        return computed.refuse(SwapError::slippageExceeded);
    }
    SwapResult& result = computed.result;
    result.amountInRaw = gross + transferFeeIn;
    result.amountOutRaw = request.amountRaw;
    result.transferFeeInRaw = transferFeeIn;
    result.transferFeeOutRaw = transferFeeOut;
    return true;
}

// Whether the token program can add the input to the vault. The owed fees then fit as well: what
// is owed is below the vault's balance, and what is added to it below the input (or the output).
bool balancesFit(const CpmmPool::Side& in, const SwapResult& result) {
    return base::checkedAdd(in.vaultRaw, result.amountInRaw - result.transferFeeInRaw) &&
           base::checkedAdd(in.withheldRaw, result.transferFeeInRaw);
}

bool compute(const CpmmPool& pool, const SwapRequest& request, const ChainClock& clock,
             Computed& computed) {
    if (request.mode == SwapMode::partialFill || request.sqrtPriceLimitQ64) {
        return computed.refuse(SwapError::unsupportedMode);
    }
    if (request.mode == SwapMode::exactOut && request.amountRaw == 0) {
        return computed.refuse(SwapError::zeroAmount);
    }
    if (!isOpen(pool, clock)) {
        return computed.refuse(SwapError::poolDisabled);
    }
    const bool done = request.mode == SwapMode::exactIn ? exactIn(pool, request, clock, computed)
                                                        : exactOut(pool, request, clock, computed);
    if (done && !balancesFit(pool.sides[inputSide(request.direction)], computed.result)) {
        return computed.refuse(SwapError::mathOverflow);
    }
    return done;
}

}  // namespace

tl::expected<SwapResult, SwapError> quote(const CpmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    tl::expected<SwapResult, SwapError> quoted(tl::in_place);
    Computed computed{.result = *quoted};
    if (!compute(pool, request, clock, computed)) {
        quoted = tl::make_unexpected(computed.error);
    }
    return quoted;
}

tl::expected<SwapResult, SwapError> apply(CpmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    tl::expected<SwapResult, SwapError> applied(tl::in_place);
    Computed computed{.result = *applied};
    if (!compute(pool, request, clock, computed)) {
        applied = tl::make_unexpected(computed.error);
        return applied;
    }
    const SwapResult& result = *applied;
    CpmmPool::Side& in = pool.sides[inputSide(request.direction)];
    CpmmPool::Side& out = pool.sides[1 - inputSide(request.direction)];
    in.vaultRaw += result.amountInRaw - result.transferFeeInRaw;
    in.withheldRaw += result.transferFeeInRaw;
    out.vaultRaw -= result.amountOutRaw + result.transferFeeOutRaw;
    in.protocolFeesRaw += computed.protocolFeeRaw;
    in.fundFeesRaw += computed.fundFeeRaw;
    (creatorFeeOnInput(pool, request.direction) ? in : out).creatorFeesRaw +=
        computed.creatorFeeRaw;
    pool.recentEpoch = clock.epoch;
    return applied;
}

double marginalPrice(const CpmmPool& pool, SwapDirection direction) {
    const Reserves reserves = reservesOf(pool, direction);
    return isEmpty(reserves)
               ? 0.0
               : static_cast<double>(reserves.outRaw) / static_cast<double>(reserves.inRaw);
}

Curve curveOf(const CpmmPool& pool, SwapDirection direction, const ChainClock& clock) {
    const bool creatorOnInput = creatorFeeOnInput(pool, direction);
    const std::uint64_t feeInPpm = inputFeeRatePpm(pool, creatorOnInput);
    const std::uint64_t feeOutPpm = creatorOnInput ? 0 : pool.creatorFeeRatePpm;
    const Reserves reserves = reservesOf(pool, direction);
    // The program divides by the rates' sum where both fees are on the input.
    if (!isOpen(pool, clock) || isEmpty(reserves) || (creatorOnInput && feeInPpm == 0) ||
        feeInPpm >= kFeeDenominator || feeOutPpm >= kFeeDenominator) {
        return {};
    }
    const CpmmPool::Side& in = pool.sides[inputSide(direction)];
    const CpmmPool::Side& out = pool.sides[1 - inputSide(direction)];
    const auto product = constantProductSegment(static_cast<double>(reserves.inRaw),
                                                static_cast<double>(reserves.outRaw));
    CurveSegment segment = withFee(withFee(product, FeeSide::input, {feeInPpm, kFeeDenominator}),
                                   FeeSide::output, {feeOutPpm, kFeeDenominator});
    segment.capacityIn = static_cast<double>(kNoLimit - in.vaultRaw);
    return {.segments = {segment},
            .transferFeeIn = in.transferFee.at(clock.epoch),
            .transferFeeOut = out.transferFee.at(clock.epoch)};
}

std::array<std::uint64_t, 2> vaultBalances(const CpmmPool& pool) {
    return {pool.sides[0].vaultRaw, pool.sides[1].vaultRaw};
}

}  // namespace oee::amm::raydium
