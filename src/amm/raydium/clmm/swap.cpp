// Quoting and applying swaps: transfer fees, limits and vaults around the walk over the ticks.

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/clmm/rewards.h"
#include "amm/raydium/clmm/tick_math.h"
#include "amm/raydium/clmm/walk.h"

namespace oee::amm::raydium {
namespace {

using namespace clmm;
using base::u128;
using std::uint64_t;

constexpr std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

// What Token-2022 withholds so that `netRaw` arrive. Empty where the program fails: on overflow,
// and where the fee of the sum is not the fee, which rounding makes possible.
// util/token.rs:get_transfer_inverse_fee
std::optional<uint64_t> inverseFeeOf(const spl::TransferFee& fee, uint64_t netRaw) {
    if (fee.basisPoints == 0) {
        return 0;
    }
    if (fee.basisPoints == spl::kBasisPoints) {
        return fee.maximumRaw;
    }
    const auto gross = spl::transferGrossOf(fee, netRaw);
    if (!gross) {
        return std::nullopt;
    }
    const uint64_t withheld = spl::transferFeeOf(fee, *gross);
    const auto sent = base::checkedAdd(netRaw, withheld);
    return sent && spl::transferFeeOf(fee, *sent) == withheld ? std::optional(withheld)
                                                              : std::nullopt;
}

// Amounts that the pool is to trade, without transfer fees, and where it has to stop.
struct Order {
    SwapTerms terms;
    uint64_t amountRaw = 0;
    u128 limitQ64 = 0;
    bool hasLimit = false;
    spl::TransferFee feeIn;
    spl::TransferFee feeOut;
};

// Results are filled in their place: copies would cost as much as a step.
using Refusal = std::optional<SwapError>;

Refusal prepare(const ClmmPool& pool, const SwapRequest& request, const ChainClock& clock,
                Order& order) {
    if (request.mode == SwapMode::partialFill) {
        return SwapError::unsupportedMode;
    }
    const std::size_t in = inputSide(request.direction);
    order.terms = {request.direction, request.mode, feeSideOf(pool.feeOn, request.direction)};
    order.feeIn = pool.sides[in].transferFee.at(clock.epoch);
    order.feeOut = pool.sides[1 - in].transferFee.at(clock.epoch);
    if (request.mode == SwapMode::exactIn) {
        order.amountRaw = request.amountRaw - spl::transferFeeOf(order.feeIn, request.amountRaw);
    } else {
        const auto withheld = inverseFeeOf(order.feeOut, request.amountRaw);
        if (!withheld || __builtin_add_overflow(request.amountRaw, *withheld, &order.amountRaw)) {
            return SwapError::mathOverflow;
        }
    }
    if (!hasOpened(pool, clock)) {
        return SwapError::poolDisabled;
    }
    if (order.amountRaw == 0) {
        return SwapError::zeroAmount;
    }
    if ((pool.status & kSwapDisabledBit) != 0) {
        return SwapError::poolDisabled;
    }
    const bool down = request.direction == SwapDirection::aToB;
    order.limitQ64 = request.sqrtPriceLimitQ64.value_or(0);
    order.hasLimit = order.limitQ64 != 0;  // 0 means none to the program
    if (!order.hasLimit) {
        order.limitQ64 = farthestSqrtPrice(request.direction);
    }
    const bool ahead =
        down ? order.limitQ64 < pool.sqrtPriceQ64 && order.limitQ64 > kMinSqrtPriceQ64
             : order.limitQ64 > pool.sqrtPriceQ64 && order.limitQ64 < kMaxSqrtPriceQ64;
    if (!ahead) {
        return SwapError::priceLimit;
    }
    return std::nullopt;
}

// The pool's fee counters must hold what the swap adds; the sum of all fees has 64 bits.
bool feesFit(const ClmmPool& pool, const Order& order, const WalkState& walked) {
    const std::size_t in = inputSide(order.terms.direction);
    const TokenSide& side = pool.sides[order.terms.feeSide == FeeSide::input ? in : 1 - in];
    const auto shares = base::checkedAdd(walked.protocolFeeRaw, walked.lpFeeRaw);
    return shares && base::checkedAdd(*shares, walked.fundFeeRaw) &&
           base::checkedAdd(side.protocolFeesRaw, walked.protocolFeeRaw) &&
           base::checkedAdd(side.fundFeesRaw, walked.fundFeeRaw);
}

// Everything after the walk: transfer fees, limits, vaults. swap_v2.rs:exact_internal_v2
Refusal settle(const ClmmPool& pool, const SwapRequest& request, const Order& order,
               const WalkState& walked, SwapResult& result) {
    const bool exactIn = request.mode == SwapMode::exactIn;
    const std::size_t in = inputSide(request.direction);
    const uint64_t consumed = order.amountRaw - walked.remainingRaw;
    const uint64_t poolIn = exactIn ? consumed : walked.calculatedRaw;
    const uint64_t poolOut = exactIn ? walked.calculatedRaw : consumed;
    if (!feesFit(pool, order, walked)) {
        return SwapError::mathOverflow;
    }
    if (poolIn == 0 || poolOut == 0) {
        return SwapError::zeroOutput;
    }
    const auto withheldIn = exactIn && poolIn == order.amountRaw
                                ? std::optional(request.amountRaw - order.amountRaw)
                                : inverseFeeOf(order.feeIn, poolIn);
    if (!withheldIn || __builtin_add_overflow(poolIn, *withheldIn, &result.amountInRaw)) {
        return SwapError::mathOverflow;
    }
    result.transferFeeInRaw = *withheldIn;
    result.transferFeeOutRaw = spl::transferFeeOf(order.feeOut, poolOut);
    result.amountOutRaw = poolOut - result.transferFeeOutRaw;
    result.protocolFeeRaw = walked.protocolFeeRaw + walked.fundFeeRaw;
    result.feeRaw = walked.lpFeeRaw + result.protocolFeeRaw;
    result.feeSide = order.terms.feeSide;
    result.crossings = walked.ticksReached;
    // The vaults of a true pool cover its liquidity, and a mint's supply is at most 2^64 − 1.
    if (!base::checkedAdd(pool.sides[in].vaultRaw, poolIn)) {
        return SwapError::mathOverflow;
    }
    if (poolOut > pool.sides[1 - in].vaultRaw) {
        return SwapError::insufficientLiquidity;
    }
    if (!order.hasLimit && walked.remainingRaw != 0) {
        return SwapError::insufficientLiquidity;
    }
    if (request.slippageLimitRaw && (exactIn ? result.amountOutRaw < *request.slippageLimitRaw
                                             : result.amountInRaw > *request.slippageLimitRaw)) {
        return SwapError::slippageExceeded;
    }
    return std::nullopt;
}

// Writes down what a swap does to ticks, in copies of their arrays, one copy each.
class TickEdits {
  public:
    static constexpr bool kRecords = true;
    static constexpr bool kDescribes = false;

    TickEdits(const ClmmPool& pool, const SwapTerms& terms, uint64_t epoch,
              const std::array<Reward, kRewards>& rewards)
        : pool_(pool), epoch_(epoch), rewards_(rewards) {
        const std::size_t in = inputSide(terms.direction);
        feeSide_ = terms.feeSide == FeeSide::input ? in : 1 - in;
    }

    void record(const TickCursor& cursor, const TickReached& reached, u128 feeGrowthQ64) {
        if (edits_.empty() || edits_.back().slot != cursor.slotPosition()) {
            edits_.push_back(
                {cursor.slotPosition(), true, std::make_shared<TickArray>(cursor.array())});
        }
        Edit& edit = edits_.back();
        Tick& tick = edit.array->ticks[cursor.offset()];
        edit.array->recentEpoch = epoch_;
        tick.orders = reached.orders;
        if (!tick.isInitialized()) {  // its orders were all that it had
            tick.sqrtPriceQ64 = 0;
            edit.array->initialized &= ~(uint64_t{1} << cursor.offset());
            --edit.array->initializedCount;
            if (edit.array->initializedCount == 0) {
                edit.inBitmap = false;
            }
        }
        if (reached.crossed) {
            cross(tick, feeGrowthQ64);
        }
    }

    void commitTo(ClmmPool& pool) {
        for (Edit& edit : edits_) {
            pool.arrays[edit.slot].array = std::move(edit.array);
            pool.arrays[edit.slot].inBitmap = edit.inBitmap;
        }
    }

  private:
    struct Edit {
        std::size_t slot = 0;
        bool inBitmap = true;
        std::shared_ptr<TickArray> array;
    };

    // tick_array.rs:cross. Growth counters are modulo 2^128.
    void cross(Tick& tick, u128 feeGrowthQ64) const {
        for (const std::size_t side : {0u, 1u}) {
            const u128 global = side == feeSide_ ? feeGrowthQ64 : pool_.sides[side].feeGrowthQ64;
            tick.feeGrowthOutsideQ64[side] = global - tick.feeGrowthOutsideQ64[side];
        }
        for (std::size_t i = 0; i < kRewards; ++i) {
            if (rewards_[i].exists) {
                u128& outside = tick.rewardGrowthsOutsideQ64[i];
                outside = rewards_[i].growthQ64 - outside;
            }
        }
    }

    const ClmmPool& pool_;
    uint64_t epoch_;
    const std::array<Reward, kRewards>& rewards_;
    std::size_t feeSide_ = 0;
    std::vector<Edit> edits_;
};

// pool.rs:update_after_swap, update_fee, and the transfers.
void changePool(ClmmPool& pool, const SwapResult& result, const WalkState& walked,
                SwapDirection direction) {
    const std::size_t inIndex = inputSide(direction);
    TokenSide& in = pool.sides[inIndex];
    TokenSide& out = pool.sides[1 - inIndex];
    TokenSide& charged = result.feeSide == FeeSide::input ? in : out;
    pool.tickCurrent = walked.tick;
    pool.sqrtPriceQ64 = walked.sqrtPriceQ64;
    pool.liquidity = walked.liquidity;
    pool.dynamicFee = walked.dynamicFee;
    if (walked.lpFeeRaw > 0) {
        charged.feeGrowthQ64 = walked.feeGrowthQ64;
    }
    charged.protocolFeesRaw += walked.protocolFeeRaw;
    charged.fundFeesRaw += walked.fundFeeRaw;
    in.vaultRaw += result.amountInRaw - result.transferFeeInRaw;
    in.withheldRaw += result.transferFeeInRaw;
    out.vaultRaw -= result.amountOutRaw + result.transferFeeOutRaw;
}

}  // namespace

tl::expected<SwapResult, SwapError> quote(const ClmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    tl::expected<SwapResult, SwapError> result;
    Order order;
    if (const Refusal refusal = prepare(pool, request, clock, order)) {
        result = tl::unexpected(*refusal);
        return result;
    }
    NoRecorder recorder;
    Walk walk(pool, order.terms, recorder);
    Refusal refusal = walk.run(order.amountRaw, order.limitQ64, blockTimestamp(clock));
    if (!refusal) {
        refusal = settle(pool, request, order, walk.state(), *result);
    }
    if (refusal) {
        result = tl::unexpected(*refusal);
    }
    return result;
}

tl::expected<SwapResult, SwapError> apply(ClmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    Order order;
    if (const Refusal refusal = prepare(pool, request, clock, order)) {
        return tl::unexpected(*refusal);
    }
    const auto rewards = updatedRewards(pool, blockTimestamp(clock));
    TickEdits edits(pool, order.terms, clock.epoch, rewards);
    Walk walk(pool, order.terms, edits);
    SwapResult result;
    Refusal refusal = walk.run(order.amountRaw, order.limitQ64, blockTimestamp(clock));
    if (!refusal) {
        refusal = settle(pool, request, order, walk.state(), result);
    }
    if (refusal) {
        return tl::unexpected(*refusal);
    }
    edits.commitTo(pool);
    changePool(pool, result, walk.state(), request.direction);
    pool.rewards = rewards;
    pool.recentEpoch = clock.epoch;
    return result;
}

}  // namespace oee::amm::raydium
