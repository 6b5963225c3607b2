#include "amm/meteora/dlmm/bin_math.h"

#include <limits>

#include "base/wide_integer.h"

namespace oee::amm::meteora::dlmm {
namespace {

using base::Rounding;
using base::u128;
using std::uint64_t;

constexpr unsigned kPriceBits = 64;
constexpr u128 kOneQ64 = static_cast<u128>(1) << kPriceBits;
constexpr unsigned kExponentBits = 19;

std::optional<uint64_t> narrow(const std::optional<u128>& value) {
    if (!value || !base::fitsU64(*value)) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(*value);
}

// extensions/bin.rs:get_amount_in
std::optional<uint64_t> inputFor(uint64_t outRaw, u128 priceQ64, SwapDirection direction) {
    return narrow(direction == SwapDirection::aToB
                      ? base::shlDiv128(outRaw, kPriceBits, priceQ64, Rounding::up)
                      : base::mulShr128(priceQ64, outRaw, kPriceBits, Rounding::up));
}

// extensions/bin.rs:get_amount_out
std::optional<uint64_t> outputFor(uint64_t inRaw, u128 priceQ64, SwapDirection direction) {
    return narrow(direction == SwapDirection::aToB
                      ? base::mulShr128(priceQ64, inRaw, kPriceBits, Rounding::down)
                      : base::shlDiv128(inRaw, kPriceBits, priceQ64, Rounding::down));
}

// Takes from `leftRaw` what the layer can use. quote.rs:calculate_exact_in_fill_amount
bool fillLayer(LayerFill& fill, uint64_t& leftRaw, uint64_t liquidityRaw, u128 priceQ64,
               SwapDirection direction) {
    if (liquidityRaw == 0 || leftRaw == 0) {
        return true;
    }
    const auto capacity = inputFor(liquidityRaw, priceQ64, direction);
    if (!capacity) {
        return false;
    }
    if (leftRaw >= *capacity) {
        fill = {*capacity, liquidityRaw};
    } else {
        const auto out = outputFor(leftRaw, priceQ64, direction);
        if (!out) {
            return false;
        }
        fill = {leftRaw, *out};
    }
    leftRaw -= fill.inRaw;
    return true;
}

struct Sums {
    uint64_t inRaw = 0;
    uint64_t outRaw = 0;
};

std::optional<Sums> sumOf(const BinFill& fill) {
    Sums sums;
    bool overflow =
        __builtin_add_overflow(fill.makers.inRaw, fill.processedOrders.inRaw, &sums.inRaw);
    overflow |= __builtin_add_overflow(sums.inRaw, fill.openOrders.inRaw, &sums.inRaw);
    overflow |=
        __builtin_add_overflow(fill.makers.outRaw, fill.processedOrders.outRaw, &sums.outRaw);
    overflow |= __builtin_add_overflow(sums.outRaw, fill.openOrders.outRaw, &sums.outRaw);
    return overflow ? std::nullopt : std::optional(sums);
}

// The makers' part of the fee is rounded up, the shares of it down. A fee on an input that it used
// up whole is the protocol's (quote.rs:split_fee leaves it out, the program does not).
void splitFee(BinFill& fill, uint64_t totalInRaw, uint64_t protocolShareBps) {
    if (totalInRaw == 0) {
        fill.protocolFeeRaw = fill.feeRaw;
        return;
    }
    uint64_t makersPart = fill.feeRaw;
    if (fill.makers.inRaw != totalInRaw) {  // at most feeRaw, so it fits
        makersPart = static_cast<uint64_t>(
            base::ceilDiv(static_cast<u128>(fill.feeRaw) * fill.makers.inRaw, totalInRaw));
        const uint64_t ordersPart = fill.feeRaw - makersPart;
        // The share is one half, so the product is split to stay in 64 bits.
        fill.ordersFeeRaw = ordersPart / kBasisPoints * kLimitOrderFeeShareBps +
                            ordersPart % kBasisPoints * kLimitOrderFeeShareBps / kBasisPoints;
        fill.protocolFeeRaw = ordersPart - fill.ordersFeeRaw;
    }
    const uint64_t protocolPart = makersPart / kBasisPoints * protocolShareBps +
                                  makersPart % kBasisPoints * protocolShareBps / kBasisPoints;
    fill.makersFeeRaw = makersPart - protocolPart;
    fill.protocolFeeRaw += protocolPart;
}

// Input, net of the fee, that pays `outRaw` from the layers in their order; each layer rounds up.
// quote.rs:get_excluded_fee_amount_in
std::optional<uint64_t> netInputFor(const Bin& bin, u128 priceQ64, const FillRules& rules,
                                    uint64_t outRaw) {
    const bool orders = rules.ordersTakePart && ordersPay(bin.orders, rules.direction);
    const std::array<uint64_t, 3> layers{makersCanPay(bin, rules.direction),
                                         orders ? bin.orders.processedRemainingRaw : 0,
                                         orders ? bin.orders.openRaw : 0};
    uint64_t totalRaw = 0;
    for (const uint64_t liquidity : layers) {
        const uint64_t part = std::min(outRaw, liquidity);
        if (part == 0) {
            continue;
        }
        const auto in = inputFor(part, priceQ64, rules.direction);
        if (!in || __builtin_add_overflow(totalRaw, *in, &totalRaw)) {
            return std::nullopt;
        }
        outRaw -= part;
    }
    return totalRaw;
}

}  // namespace

std::optional<u128> priceFromId(std::int32_t binId, std::uint16_t binStepBps) {
    if (binId == 0) {
        return kOneQ64;
    }
    const auto wideId = static_cast<std::int64_t>(binId);
    const auto exponent = static_cast<uint64_t>(wideId < 0 ? -wideId : wideId);
    if (exponent >= (uint64_t{1} << kExponentBits)) {
        return std::nullopt;
    }
    // 1 + step is at least 1, so its inverse is raised: squares of a fraction stay in 128 bits.
    // The inverse of all ones instead of 2^128 is what the program does.
    const u128 ratio = kOneQ64 + (static_cast<u128>(binStepBps) << kPriceBits) / kBasisPoints;
    u128 square = base::kMaxU128 / ratio;
    u128 power = kOneQ64;
    for (unsigned bit = 0; bit < kExponentBits; ++bit) {
        if (bit != 0) {
            square = (square * square) >> kPriceBits;
        }
        if (((exponent >> bit) & 1) != 0) {
            power = (power * square) >> kPriceBits;
        }
    }
    if (power == 0) {
        return std::nullopt;
    }
    return binId < 0 ? power : base::kMaxU128 / power;
}

uint64_t baseFeeRatePpb(std::uint16_t baseFactor, std::uint16_t binStepBps,
                        std::uint8_t powerFactor) {
    uint64_t rate = uint64_t{baseFactor} * binStepBps * 10;
    for (unsigned i = 0; i < powerFactor && rate != 0 && rate < kMaxFeeRatePpb; ++i) {
        rate *= 10;
    }
    return std::min(rate, kMaxFeeRatePpb);
}

uint64_t totalFeeRatePpb(const PairParameters& parameters, std::uint32_t accumulator) {
    constexpr uint64_t kScale = 100'000'000'000;
    const uint64_t volatility = uint64_t{accumulator} * parameters.binStepBps;  // below 2^48
    const u128 scaled = static_cast<u128>(volatility) * volatility * parameters.variableFeeControl;
    if (scaled >= static_cast<u128>(kMaxFeeRatePpb) * kScale) {  // 10^19: fits into 64 bits
        return kMaxFeeRatePpb;
    }
    const auto narrowed = static_cast<uint64_t>(scaled);
    const uint64_t variable = narrowed / kScale + static_cast<uint64_t>(narrowed % kScale != 0);
    return std::min(parameters.baseFeeRatePpb + variable, kMaxFeeRatePpb);
}

std::optional<Volatility> withReferences(const PairParameters& parameters, Volatility volatility,
                                         std::int32_t activeId, std::int64_t nowSeconds) {
    std::int64_t elapsed = 0;
    if (__builtin_sub_overflow(nowSeconds, volatility.lastUpdateSeconds, &elapsed)) {
        return std::nullopt;
    }
    if (elapsed < parameters.filterPeriodSeconds) {
        return volatility;
    }
    volatility.indexReference = activeId;
    volatility.reference = 0;
    if (elapsed < parameters.decayPeriodSeconds) {
        std::uint32_t scaled = 0;  // the program multiplies in 32 bits
        if (__builtin_mul_overflow(volatility.accumulator,
                                   std::uint32_t{parameters.reductionFactorBps}, &scaled)) {
            return std::nullopt;
        }
        volatility.reference = scaled / kBasisPoints;
    }
    return volatility;
}

std::uint32_t accumulatorAt(const PairParameters& parameters, const Volatility& volatility,
                            std::int32_t activeId) {
    const std::int64_t delta = std::int64_t{volatility.indexReference} - activeId;
    const uint64_t accumulator =
        volatility.reference + static_cast<uint64_t>(delta < 0 ? -delta : delta) * kBasisPoints;
    return static_cast<std::uint32_t>(
        std::min<uint64_t>(accumulator, parameters.maxVolatilityAccumulator));
}

uint64_t capacityOut(const Bin& bin, const FillRules& rules) {
    u128 total = makersCanPay(bin, rules.direction);
    if (rules.ordersTakePart && ordersPay(bin.orders, rules.direction)) {
        total += bin.orders.openRaw;
        total += bin.orders.processedRemainingRaw;
    }
    return static_cast<uint64_t>(std::min<u128>(total, std::numeric_limits<uint64_t>::max()));
}

std::optional<BinFill> fillExactIn(const Bin& bin, u128 priceQ64, const FillRules& rules,
                                   uint64_t amountInRaw) {
    const bool feeOnInput = rules.feeSide == FeeSide::input;
    BinFill fill;
    fill.amountInRaw = amountInRaw;
    uint64_t netRaw = amountInRaw;
    if (feeOnInput) {
        fill.feeRaw = feeOfGross(amountInRaw, rules.feeRatePpb);
        netRaw -= fill.feeRaw;
    }

    const SwapDirection direction = rules.direction;
    uint64_t leftRaw = netRaw;
    if (!fillLayer(fill.makers, leftRaw, makersCanPay(bin, direction), priceQ64, direction)) {
        return std::nullopt;
    }
    if (rules.ordersTakePart && ordersPay(bin.orders, direction) &&
        !(fillLayer(fill.processedOrders, leftRaw, bin.orders.processedRemainingRaw, priceQ64,
                    direction) &&
          fillLayer(fill.openOrders, leftRaw, bin.orders.openRaw, priceQ64, direction))) {
        return std::nullopt;
    }

    if (leftRaw > 0) {  // drained: the fee is that of what the bin took
        netRaw -= leftRaw;
        fill.amountInRaw = netRaw;
        if (feeOnInput) {
            fill.feeRaw = feeOfNet(netRaw, rules.feeRatePpb);
            fill.amountInRaw += fill.feeRaw;  // fits: it is no more than was offered
        }
    }
    const auto sums = sumOf(fill);
    if (!sums) {
        return std::nullopt;
    }
    fill.amountOutRaw = sums->outRaw;
    if (!feeOnInput) {
        fill.feeRaw = feeOfGross(sums->outRaw, rules.feeRatePpb);
        fill.amountOutRaw -= fill.feeRaw;
    }
    splitFee(fill, sums->inRaw, rules.protocolShareBps);
    return fill;
}

std::optional<BinFill> fillExactOut(const Bin& bin, u128 priceQ64, const FillRules& rules,
                                    uint64_t amountOutRaw) {
    const bool feeOnInput = rules.feeSide == FeeSide::input;
    uint64_t grossOutRaw = amountOutRaw;
    if (!feeOnInput && __builtin_add_overflow(
                           amountOutRaw, feeOfNet(amountOutRaw, rules.feeRatePpb), &grossOutRaw)) {
        return std::nullopt;
    }
    if (grossOutRaw >= capacityOut(bin, rules)) {
        return fillExactIn(bin, priceQ64, rules, std::numeric_limits<uint64_t>::max());
    }
    const auto netRaw = netInputFor(bin, priceQ64, rules, grossOutRaw);
    if (!netRaw) {
        return std::nullopt;
    }
    uint64_t amountInRaw = *netRaw;
    if (feeOnInput &&
        __builtin_add_overflow(amountInRaw, feeOfNet(*netRaw, rules.feeRatePpb), &amountInRaw)) {
        return std::nullopt;
    }
    auto fill = fillExactIn(bin, priceQ64, rules, amountInRaw);
    if (fill) {
        fill->amountOutRaw = amountOutRaw;
    }
    return fill;
}

}  // namespace oee::amm::meteora::dlmm
