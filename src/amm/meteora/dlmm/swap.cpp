// Quoting and applying swaps: one walk over the bins serves both, so that their amounts are equal.

#include <utility>

#include "amm/meteora/dlmm/bin_cursor.h"
#include "amm/meteora/dlmm/bin_math.h"
#include "amm/meteora/dlmm/pool.h"

namespace oee::amm::meteora {
namespace {

using namespace dlmm;
using base::u128;
using std::uint64_t;

// What the bins gave and took, transfer fees outside.
struct WalkResult {
    Volatility volatility;
    std::int32_t activeId = 0;
    uint64_t amountInRaw = 0;
    uint64_t amountOutRaw = 0;
    uint64_t feeRaw = 0;
    uint64_t protocolFeeRaw = 0;
    std::uint32_t binsUsed = 0;
};

constexpr std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

bool addTo(uint64_t& sum, uint64_t value) {
    return !__builtin_add_overflow(sum, value, &sum);
}

bool accumulate(WalkResult& result, const BinFill& fill) {
    ++result.binsUsed;
    return addTo(result.amountInRaw, fill.amountInRaw) &&
           addTo(result.amountOutRaw, fill.amountOutRaw) && addTo(result.feeRaw, fill.feeRaw) &&
           addTo(result.protocolFeeRaw, fill.protocolFeeRaw);
}

// Goes through the bins until `amountRaw` (exactIn: input, exactOut: output, transfer fees outside)
// is used up. `visit(cursor, price, rules, fill)` sees every bin that takes part.
// quote.rs:quote_exact_in, quote_exact_out
template <typename Visitor>
tl::expected<WalkResult, SwapError> walk(const DlmmPool& pool, const SwapRequest& request,
                                         uint64_t amountRaw, std::int64_t nowSeconds,
                                         Visitor&& visit) {
    const PairParameters& parameters = pool.parameters;
    const auto references = withReferences(parameters, pool.volatility, pool.activeId, nowSeconds);
    if (!references) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    WalkResult result;
    result.volatility = *references;
    FillRules rules;
    rules.direction = request.direction;
    rules.feeSide = parameters.feeSide(request.direction);
    rules.ordersTakePart = parameters.supportsLimitOrders;
    rules.protocolShareBps = parameters.protocolShareBps;
    const bool exactIn = request.mode == SwapMode::exactIn;

    BinCursor cursor(pool, request.direction);
    while (amountRaw > 0) {
        if (!cursor.seek()) {
            return tl::unexpected(SwapError::insufficientLiquidity);
        }
        result.volatility.accumulator =
            accumulatorAt(parameters, result.volatility, cursor.binId());
        rules.feeRatePpb = totalFeeRatePpb(parameters, result.volatility.accumulator);
        const Bin& bin = cursor.bin();
        const auto price = priceOf(bin, cursor.binId(), parameters.binStepBps);
        if (!price) {
            return tl::unexpected(SwapError::mathOverflow);
        }
        const auto fill = exactIn ? fillExactIn(bin, *price, rules, amountRaw)
                                  : fillExactOut(bin, *price, rules, amountRaw);
        if (!fill) {
            return tl::unexpected(SwapError::mathOverflow);
        }
        const uint64_t used = exactIn ? fill->amountInRaw : fill->amountOutRaw;
        if (used > 0) {
            if (!accumulate(result, *fill)) {
                return tl::unexpected(SwapError::mathOverflow);
            }
            visit(std::as_const(cursor), *price, rules, *fill);
        }
        amountRaw -= used;
        if (amountRaw > 0) {
            cursor.step();
        }
    }
    result.activeId = cursor.binId();
    if (result.activeId != pool.activeId) {
        result.volatility.lastUpdateSeconds = nowSeconds;
    }
    return result;
}

struct Swap {
    SwapResult result;
    WalkResult walk;
};

// The whole swap but for the change of state: transfer fees around the walk, limits, vaults.
template <typename Visitor>
tl::expected<Swap, SwapError> swapThrough(const DlmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock, Visitor&& visit) {
    if (request.mode == SwapMode::partialFill) {
        return tl::unexpected(SwapError::unsupportedMode);
    }
    if (request.amountRaw == 0) {
        return tl::unexpected(SwapError::zeroAmount);
    }
    if (!pool.parameters.isOpenAt(clock)) {
        return tl::unexpected(SwapError::poolDisabled);
    }
    const bool exactIn = request.mode == SwapMode::exactIn;
    const TokenSide& in = pool.sides[inputSide(request.direction)];
    const TokenSide& out = pool.sides[1 - inputSide(request.direction)];
    const spl::TransferFee& feeIn = in.transferFee.at(clock.epoch);
    const spl::TransferFee& feeOut = out.transferFee.at(clock.epoch);

    const auto amount = exactIn ? request.amountRaw - spl::transferFeeOf(feeIn, request.amountRaw)
                                : spl::transferGrossOf(feeOut, request.amountRaw);
    if (!amount) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    auto walked = walk(pool, request, *amount, clock.unixTimestamp, visit);
    if (!walked) {
        return tl::unexpected(walked.error());
    }
    if (walked->amountOutRaw == 0) {
        return tl::unexpected(SwapError::zeroOutput);
    }
    const auto gross =
        exactIn ? request.amountRaw : spl::transferGrossOf(feeIn, walked->amountInRaw);
    if (!gross) {
        return tl::unexpected(SwapError::mathOverflow);
    }

    SwapResult result;
    result.amountInRaw = *gross;
    result.transferFeeInRaw = spl::transferFeeOf(feeIn, *gross);
    result.transferFeeOutRaw = spl::transferFeeOf(feeOut, walked->amountOutRaw);
    result.amountOutRaw = walked->amountOutRaw - result.transferFeeOutRaw;
    result.feeRaw = walked->feeRaw;
    result.protocolFeeRaw = walked->protocolFeeRaw;
    result.feeSide = pool.parameters.feeSide(request.direction);
    result.crossings = walked->binsUsed - 1;

    if (request.slippageLimitRaw && (exactIn ? result.amountOutRaw < *request.slippageLimitRaw
                                             : result.amountInRaw > *request.slippageLimitRaw)) {
        return tl::unexpected(SwapError::slippageExceeded);
    }
    // The vaults of a true pool cover their bins, and a mint's supply is at most 2^64 − 1.
    uint64_t vaultAfter = in.vaultRaw;
    if (!addTo(vaultAfter, result.amountInRaw - result.transferFeeInRaw)) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    if (walked->amountOutRaw > out.vaultRaw) {
        return tl::unexpected(SwapError::insufficientLiquidity);
    }
    return Swap{result, *walked};
}

// Market makers' fees are counted per unit of liquidity, rounded down. The scale is that of
// claiming, ts-client/src/dlmm/helpers/positions/wrapper.ts: fee = (supply >> 64) × counter >> 64.
void creditMakers(Bin& bin, uint64_t feeRaw, std::size_t side) {
    const u128 supply = bin.liquiditySupplyQ64 >> 64;
    if (supply != 0) {
        u128& counter = side == 0 ? bin.feeXPerTokenQ64 : bin.feeYPerTokenQ64;
        counter += (static_cast<u128>(feeRaw) << 64) / supply;
    }
}

// Proceeds of orders are not in the bin's amounts: they follow from what was fulfilled.
void fillOrders(LimitOrders& orders, const BinFill& fill, SwapDirection direction) {
    orders.processedRemainingRaw -= fill.processedOrders.outRaw;
    if (fill.openOrders.outRaw != 0) {
        orders.processingRaw = orders.openRaw;
        orders.processedRemainingRaw = orders.openRaw - fill.openOrders.outRaw;
        orders.openRaw = 0;
        ++orders.age;
    }
    const uint64_t filled = fill.processedOrders.outRaw + fill.openOrders.outRaw;
    if (direction == SwapDirection::aToB) {
        orders.fulfilledYRaw += filled;
        orders.bidFeeRaw += fill.ordersFeeRaw;
    } else {
        orders.fulfilledXRaw += filled;
        orders.askFeeRaw += fill.ordersFeeRaw;
    }
}

void applyTo(Bin& bin, u128 priceQ64, const FillRules& rules, const BinFill& fill) {
    const std::size_t in = inputSide(rules.direction);
    bin.priceQ64 = priceQ64;
    uint64_t& amountIn = in == 0 ? bin.amountXRaw : bin.amountYRaw;
    uint64_t& amountOut = in == 0 ? bin.amountYRaw : bin.amountXRaw;
    amountIn += fill.makers.inRaw;
    amountOut -= fill.makers.outRaw;
    creditMakers(bin, fill.makersFeeRaw, rules.feeSide == FeeSide::input ? in : 1 - in);
    fillOrders(bin.orders, fill, rules.direction);
}

// The arrays that a swap changes, copied once each when it enters them.
class ArrayEdits {
  public:
    explicit ArrayEdits(const DlmmPool& pool) : pool_(pool) {}

    BinArray& at(std::size_t slotPosition) {
        if (copies_.empty() || copies_.back().first != slotPosition) {
            copies_.emplace_back(slotPosition,
                                 std::make_shared<BinArray>(*pool_.arrays[slotPosition].array));
        }
        return *copies_.back().second;
    }
    void commitTo(DlmmPool& pool) {
        for (auto& [position, array] : copies_) {
            pool.arrays[position].array = std::move(array);
        }
    }

  private:
    const DlmmPool& pool_;
    std::vector<std::pair<std::size_t, std::shared_ptr<BinArray>>> copies_;
};

}  // namespace

tl::expected<SwapResult, SwapError> quote(const DlmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    return swapThrough(pool, request, clock,
                       [](const BinCursor&, u128, const FillRules&, const BinFill&) {})
        .map([](const Swap& swap) { return swap.result; });
}

tl::expected<SwapResult, SwapError> apply(DlmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    ArrayEdits edits(pool);
    const auto visit = [&edits](const BinCursor& cursor, u128 priceQ64, const FillRules& rules,
                                const BinFill& fill) {
        BinArray& array = edits.at(cursor.slotPosition());
        applyTo(array.bins[cursor.offset()], priceQ64, rules, fill);
        updatePayers(array, cursor.offset());
    };
    const auto swap = swapThrough(pool, request, clock, visit);
    if (!swap) {
        return tl::unexpected(swap.error());
    }
    const SwapResult& result = swap->result;
    const std::size_t inIndex = inputSide(request.direction);
    TokenSide& in = pool.sides[inIndex];
    TokenSide& out = pool.sides[1 - inIndex];
    edits.commitTo(pool);
    pool.activeId = swap->walk.activeId;
    pool.volatility = swap->walk.volatility;
    in.vaultRaw += result.amountInRaw - result.transferFeeInRaw;
    in.withheldRaw += result.transferFeeInRaw;
    out.vaultRaw -= swap->walk.amountOutRaw;
    (result.feeSide == FeeSide::input ? in : out).protocolFeeRaw += result.protocolFeeRaw;
    return result;
}

}  // namespace oee::amm::meteora
