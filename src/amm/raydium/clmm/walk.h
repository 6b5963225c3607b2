#pragma once
// The way of a swap from tick to tick: one walk serves quotes, swaps and the curve that routing
// sees, so that their amounts are equal. Source: raydium-io/raydium-clmm
// programs/amm/src/instructions/swap.rs:swap_internal.

#include <algorithm>
#include <optional>

#include "amm/raydium/clmm/dynamic_fee.h"
#include "amm/raydium/clmm/step_math.h"
#include "amm/raydium/clmm/tick_cursor.h"
#include "amm/raydium/mul_div.h"

namespace oee::amm::raydium::clmm {

// pool_fee.rs:is_fee_on_input
constexpr FeeSide feeSideOf(FeeOn feeOn, SwapDirection direction) {
    const bool onOutput = (feeOn == FeeOn::onlyToken0 && direction == SwapDirection::bToA) ||
                          (feeOn == FeeOn::onlyToken1 && direction == SwapDirection::aToB);
    return onOutput ? FeeSide::output : FeeSide::input;
}

// instructions/swap.rs:swap_v2
constexpr bool hasOpened(const ClmmPool& pool, const ChainClock& clock) {
    return static_cast<std::uint64_t>(clock.unixTimestamp) > pool.openTime;
}

// Program clocks are truncated to 32 bits here: oracle.rs:block_timestamp.
constexpr std::uint64_t blockTimestamp(const ChainClock& clock) {
    return static_cast<std::uint32_t>(clock.unixTimestamp);
}

// Where a swap without a price limit ends. swap_v2.rs:exact_internal_v2
constexpr base::u128 farthestSqrtPrice(SwapDirection direction) {
    return direction == SwapDirection::aToB ? kMinSqrtPriceQ64 + 1 : kMaxSqrtPriceQ64 - 1;
}

// The state that a swap carries along, and what it leaves behind.
struct WalkState {
    std::uint64_t remainingRaw = 0;   // exactIn: input; exactOut: output
    std::uint64_t calculatedRaw = 0;  // exactIn: output; exactOut: input
    base::u128 sqrtPriceQ64 = 0;
    std::int32_t tick = 0;
    base::u128 liquidity = 0;
    std::uint64_t lpFeeRaw = 0;
    std::uint64_t protocolFeeRaw = 0;
    std::uint64_t fundFeeRaw = 0;
    base::u128 feeGrowthQ64 = 0;  // of the fee's token; kept up to date only for a recorder
    std::optional<DynamicFee> dynamicFee;
    std::int32_t spacingIndex = 0;
    std::uint32_t ticksReached = 0;
};

// What happened at an initialized tick that the price came to.
struct TickReached {
    TickOrders orders;  // afterwards
    bool crossed = false;
};

// For quotes: nothing is written down, and what only the new state needs is not computed.
struct NoRecorder {
    static constexpr bool kRecords = false;
    static constexpr bool kDescribes = false;
    void record(const TickCursor&, const TickReached&, base::u128) {}
};

// `Recorder`: like NoRecorder; record(cursor, reached, feeGrowthQ64) is called at every initialized
// tick that the price comes to. One that describes gets the way instead of amounts, which are then
// without end: range(from, to, liquidity, feeRatePpm) and orders(price, unfilledRaw, feeRatePpm),
// sqrt prices all; where it answers false the way ends.
template <typename Recorder>
class Walk {
  public:
    Walk(const ClmmPool& pool, const SwapTerms& terms, Recorder& recorder)
        : pool_(pool), terms_(terms), recorder_(recorder), cursor_(pool, terms.direction) {
        const bool inputIsToken0 = terms.direction == SwapDirection::aToB;
        const bool feeInToken0 = inputIsToken0 == (terms.feeSide == FeeSide::input);
        state_.sqrtPriceQ64 = pool.sqrtPriceQ64;
        state_.tick = pool.tickCurrent;
        state_.liquidity = pool.liquidity;
        state_.feeGrowthQ64 = pool.sides[feeInToken0 ? 0 : 1].feeGrowthQ64;
    }

    // Until the amount is used up or the price is at the limit; the error where the program fails.
    std::optional<SwapError> run(std::uint64_t amountRaw, base::u128 limitQ64,
                                 std::uint64_t nowSeconds) {
        state_.remainingRaw = amountRaw;
        if (pool_.dynamicFee) {
            state_.dynamicFee = pool_.dynamicFee;
            state_.spacingIndex = spacingIndexOf(state_.tick, pool_.tickSpacing);
            updateReferences(*state_.dynamicFee, state_.spacingIndex, nowSeconds);
        }
        while (state_.remainingRaw != 0 && state_.sqrtPriceQ64 != limitQ64) {
            if (!cursor_.next()) {
                return SwapError::insufficientLiquidity;
            }
            if (!toNextTick(limitQ64)) {
                return SwapError::mathOverflow;
            }
        }
        return std::nullopt;
    }

    const WalkState& state() const { return state_; }

  private:
    bool down() const { return terms_.direction == SwapDirection::aToB; }
    // Whether price `one` lies beyond `other` in the swap's direction.
    bool beyond(base::u128 one, base::u128 other) const {
        return down() ? one < other : one > other;
    }

    // All steps up to the cursor's tick or the limit, whichever comes first. False where the
    // program's checked arithmetic fails.
    bool toNextTick(base::u128 limitQ64) {
        const base::u128 tickPriceQ64 = cursor_.tick().sqrtPriceQ64;
        const base::u128 targetQ64 = beyond(tickPriceQ64, limitQ64) ? limitQ64 : tickPriceQ64;
        const std::int32_t tickIndex = cursor_.tickIndex();
        const bool tickAhead = down() ? state_.tick >= tickIndex : state_.tick < tickIndex;
        if (!tickAhead || beyond(state_.sqrtPriceQ64, targetQ64)) {
            return false;
        }
        base::u128 liquidityNext = state_.liquidity;
        do {
            const auto bound = boundOf(targetQ64);
            if (!bound) {
                return false;
            }
            base::u128 priceQ64 = bound->priceQ64;
            if (state_.sqrtPriceQ64 != priceQ64 && !step(bound->feeRatePpm, priceQ64)) {
                return false;
            }
            if (priceQ64 == tickPriceQ64) {
                if (!reachTick(bound->feeRatePpm, liquidityNext)) {
                    return false;
                }
            } else if (state_.sqrtPriceQ64 != priceQ64) {
                moveTick(*bound, priceQ64);
            }
            state_.sqrtPriceQ64 = priceQ64;
            if (state_.dynamicFee && !moveSpacingIndex(*bound, tickPriceQ64)) {
                return false;
            }
        } while (state_.remainingRaw != 0 && state_.sqrtPriceQ64 != targetQ64);
        state_.liquidity = liquidityNext;
        return true;
    }

    // How far one fee rate holds.
    struct Bound {
        base::u128 priceQ64 = 0;
        std::uint32_t feeRatePpm = 0;
        std::optional<std::int32_t> tick;  // where priceQ64 is the end of a group of ticks
        bool groupsSkipped = false;        // the whole way to the target is one step
    };

    // swap.rs:get_total_fee_rate, get_spacing_bounded_price
    std::optional<Bound> boundOf(base::u128 targetQ64) {
        if (!state_.dynamicFee) {
            return Bound{targetQ64, pool_.tradeFeeRatePpm, std::nullopt, true};
        }
        DynamicFee& fee = *state_.dynamicFee;
        if (!updateAccumulator(fee, state_.spacingIndex)) {
            return std::nullopt;
        }
        const auto rate = totalFeeRatePpm(fee, pool_.tradeFeeRatePpm, pool_.tickSpacing);
        if (!rate) {
            return std::nullopt;
        }
        if (state_.liquidity == 0 || fee.accumulator == fee.maxAccumulator) {
            return Bound{targetQ64, *rate, std::nullopt, true};
        }
        const std::int32_t end =
            (state_.spacingIndex + (down() ? 0 : 1)) * std::int32_t{pool_.tickSpacing};
        const std::int32_t tick = std::clamp(end, kMinTick, kMaxTick);
        const base::u128 endQ64 = sqrtPriceAtTick(tick);
        if (beyond(endQ64, targetQ64)) {
            return Bound{targetQ64, *rate, std::nullopt, false};
        }
        return Bound{endQ64, *rate, tick, false};
    }

    // Trades towards `priceQ64` and sets it to where the price comes.
    bool step(std::uint32_t feeRatePpm, base::u128& priceQ64) {
        if constexpr (Recorder::kDescribes) {
            return recorder_.range(state_.sqrtPriceQ64, priceQ64, state_.liquidity, feeRatePpm);
        }
        Step made;
        const StepStart start{state_.sqrtPriceQ64, priceQ64, state_.liquidity, state_.remainingRaw,
                              feeRatePpm};
        if (!computeStep(terms_, start, made) || !account(made.amounts)) {
            return false;
        }
        priceQ64 = made.sqrtPriceQ64;
        return true;
    }

    // Fills the tick's orders; where none are left, crosses it.
    bool reachTick(std::uint32_t feeRatePpm, base::u128& liquidityNext) {
        const Tick& tick = cursor_.tick();
        TickReached reached{tick.orders, false};
        if constexpr (Recorder::kDescribes) {
            if (!recorder_.orders(tick.sqrtPriceQ64, tick.orders.unfilledRaw(), feeRatePpm)) {
                return false;
            }
            reached.orders = {};
        } else if (tick.orders.unfilledRaw() != 0) {
            const auto fill = fillOrders(terms_, tick.sqrtPriceQ64, state_.remainingRaw, feeRatePpm,
                                         reached.orders);
            if (!fill || !account(*fill)) {
                return false;
            }
            // Orders that were touched and are not done, although the swap is not done either.
            if (state_.remainingRaw != 0 && reached.orders.unfilledRaw() != 0 &&
                reached.orders.unfilledRaw() != tick.orders.unfilledRaw()) {
                return false;
            }
        }
        const bool ordersLeft = reached.orders.unfilledRaw() != 0;
        reached.crossed = tick.liquidityGross != 0 && !ordersLeft;
        if (reached.crossed && !cross(tick.liquidityNet, liquidityNext)) {
            return false;
        }
        recorder_.record(cursor_, reached, state_.feeGrowthQ64);
        state_.tick = cursor_.tickIndex() - (down() != ordersLeft ? 1 : 0);
        ++state_.ticksReached;
        return true;
    }

    // liquidity_math.rs:add_delta
    bool cross(base::i128 net, base::u128& liquidityNext) const {
        const bool gains = (net < 0) == down();
        const auto bits = static_cast<base::u128>(net);
        const base::u128 amount = net < 0 ? 0 - bits : bits;
        if (down() && amount == base::u128{1} << 127) {  // has no opposite
            return false;
        }
        return gains ? !__builtin_add_overflow(state_.liquidity, amount, &liquidityNext)
                     : !__builtin_sub_overflow(state_.liquidity, amount, &liquidityNext);
    }

    void moveTick(const Bound& bound, base::u128 priceQ64) {
        if (bound.tick && priceQ64 == bound.priceQ64) {
            state_.tick = *bound.tick;
        } else if constexpr (Recorder::kRecords) {
            // Short of every boundary: the swap ends here, and only its state wants the tick.
            state_.tick = tickAtSqrtPrice(priceQ64);
        }
    }

    // swap.rs:update_dynamic_fee_index
    bool moveSpacingIndex(const Bound& bound, base::u128 tickPriceQ64) {
        if (bound.groupsSkipped) {
            const std::int32_t tick =
                state_.sqrtPriceQ64 == tickPriceQ64 ? cursor_.tickIndex() : state_.tick;
            state_.spacingIndex = spacingIndexOf(tick, pool_.tickSpacing);
            if (!down() && tick % std::int32_t{pool_.tickSpacing} == 0) {
                --state_.spacingIndex;
            }
            DynamicFee& fee = *state_.dynamicFee;
            if (fee.accumulator != fee.maxAccumulator &&
                !updateAccumulator(fee, state_.spacingIndex)) {
                return false;
            }
        }
        state_.spacingIndex += down() ? -1 : 1;
        return true;
    }

    // swap.rs:apply_swap_amounts, spilt_fees
    bool account(const StepAmounts& amounts) {
        std::uint64_t consumed = amounts.inRaw;
        if (terms_.feeSide == FeeSide::input && !addTo(consumed, amounts.feeRaw)) {
            return false;
        }
        const bool exactIn = terms_.mode == SwapMode::exactIn;
        const std::uint64_t used = exactIn ? consumed : amounts.outRaw;
        const std::uint64_t got = exactIn ? amounts.outRaw : consumed;
        if (used > state_.remainingRaw || !addTo(state_.calculatedRaw, got)) {
            return false;
        }
        state_.remainingRaw -= used;
        const std::uint64_t protocol = shareOf(amounts.feeRaw, pool_.protocolFeeRatePpm);
        const std::uint64_t fund = shareOf(amounts.feeRaw, pool_.fundFeeRatePpm);
        // The rates' sum is at most the whole.
        const std::uint64_t providers = amounts.feeRaw - protocol - fund;
        if (!addTo(state_.protocolFeeRaw, protocol) || !addTo(state_.fundFeeRaw, fund)) {
            return false;
        }
        if (state_.liquidity == 0) {
            return addTo(state_.protocolFeeRaw, providers);
        }
        if constexpr (Recorder::kRecords) {
            state_.feeGrowthQ64 += (static_cast<base::u128>(providers) << 64) / state_.liquidity;
        }
        return addTo(state_.lpFeeRaw, providers);
    }

    static bool addTo(std::uint64_t& sum, std::uint64_t value) {
        return !__builtin_add_overflow(sum, value, &sum);
    }

    // Rounded down.
    static std::uint64_t shareOf(std::uint64_t feeRaw, std::uint32_t ratePpm) {
        const base::u128 product = static_cast<base::u128>(feeRaw) * ratePpm;
        return base::fitsU64(product) ? static_cast<std::uint64_t>(product) / kFeeDenominator
                                      : divideWide(product, kFeeDenominator).quotient;
    }

    const ClmmPool& pool_;
    const SwapTerms terms_;
    Recorder& recorder_;
    TickCursor cursor_;
    WalkState state_;
};

}  // namespace oee::amm::raydium::clmm
