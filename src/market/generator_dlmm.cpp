#include "market/generator_dlmm.h"

#include <cassert>
#include <limits>
#include <map>
#include <string>

#include "amm/meteora/dlmm/bin_math.h"
#include "amm/meteora/dlmm/layout.h"
#include "base/wide_integer.h"

namespace oee::market {
namespace {

namespace dlmm = amm::meteora::dlmm;
using base::u128;

constexpr std::uint32_t kDepthJitterPpm = 20'000;
constexpr std::uint32_t kBinJitterPpm = 50'000;
constexpr std::uint64_t kPriceJitterPpm = 20;
constexpr std::uint64_t kWaitingPart = 100'000;
// Weights of the SDK's strategies: linear in the distance from the active bin between these two.
// MeteoraAg/dlmm-sdk ts-client/src/dlmm/helpers/strategy.ts DEFAULT_MAX_WEIGHT, DEFAULT_MIN_WEIGHT
constexpr std::uint64_t kMostWeight = 2'000;
constexpr std::uint64_t kLeastWeight = 200;
// Bins of an n bps pair reach to this over n, as in the mainnet pair FJbEo74c… of the SDK's
// artifacts.
constexpr std::int32_t kBinReachOfOneBps = 436'704;

struct BinAmounts {
    u128 x = 0;
    u128 y = 0;
};
using Bins = std::map<std::int32_t, BinAmounts>;

struct Grid {
    std::uint16_t binStepBps = 0;
    std::int32_t activeId = 0;

    std::optional<u128> priceQ64(std::int32_t id) const {
        return dlmm::priceFromId(id, binStepBps);
    }
};

std::uint64_t weightOf(LiquidityShape shape, std::uint32_t distance, std::uint32_t farthest) {
    const std::uint64_t slope = (kMostWeight - kLeastWeight) * distance / farthest;
    switch (shape) {
        case LiquidityShape::spot:
            break;
        case LiquidityShape::curve:
            return kMostWeight - slope;
        case LiquidityShape::bidAsk:
            return kLeastWeight + slope;
    }
    return kMostWeight;
}

// The bin whose price is nearest to the target, by bisection: prices grow with the id. A price that
// the program cannot express counts as infinite above and as nothing below.
std::int32_t nearestBin(u128 targetQ64, std::uint16_t binStepBps) {
    const auto priceAt = [&](std::int32_t id) {
        return dlmm::priceFromId(id, binStepBps).value_or(id > 0 ? ~u128{0} : u128{0});
    };
    std::int32_t below = dlmm::kMinBinId;  // the price is below the target
    std::int32_t above = dlmm::kMaxBinId;  // or at it
    while (above - below > 1) {
        const std::int32_t middle = below + (above - below) / 2;
        (priceAt(middle) < targetQ64 ? below : above) = middle;
    }
    return priceAt(above) - targetQ64 < targetQ64 - priceAt(below) ? above : below;
}

// Base units of X that are worth `valueY` base units of Y.
std::optional<u128> inX(u128 valueY, u128 priceQ64) {
    return base::shlDiv128(valueY, 64, priceQ64, base::Rounding::down);
}

// Spreads both sides of one layer. The active bin belongs to both: each side has half its weight
// there.
bool addLayer(const LiquidityLayer& layer, u128 sideValueY, const Grid& grid, base::CounterRng& rng,
              Bins& bins) {
    const std::uint32_t farthest = layer.binsPerSide;
    const auto doubledWeight = [&](std::uint32_t distance) {
        return weightOf(layer.shape, distance, farthest) * (distance == 0 ? 1 : 2);
    };
    std::uint64_t total = 0;
    for (std::uint32_t distance = 0; distance <= farthest; ++distance) {
        total += doubledWeight(distance);
    }
    for (std::uint32_t distance = 0; distance <= farthest; ++distance) {
        const auto value =
            base::mulDiv128(sideValueY, doubledWeight(distance), total, base::Rounding::down);
        const std::int32_t ask = grid.activeId + static_cast<std::int32_t>(distance);
        const std::int32_t bid = grid.activeId - static_cast<std::int32_t>(distance);
        const auto askPrice = grid.priceQ64(ask);
        const auto x = value && askPrice ? inX(*value, *askPrice) : std::nullopt;
        if (!x || !grid.priceQ64(bid)) {
            return false;
        }
        bins[ask].x += jittered(*x, kBinJitterPpm, rng);
        bins[bid].y += jittered(*value, kBinJitterPpm, rng);
    }
    return true;
}

tl::expected<Bins, GeneratorFailure> liquidityOf(const PoolProfile& profile, const DlmmShape& shape,
                                                 const Grid& grid, base::CounterRng& rng) {
    Bins bins;
    for (const LiquidityLayer& layer : shape.layers) {
        const auto value = baseUnitsWorth(layer.sideUsdMicros, profile.b);
        if (!value || *value > std::numeric_limits<std::uint64_t>::max()) {
            return tl::unexpected(
                GeneratorFailure{.error = GeneratorError::amountOutOfRange, .pool = profile.name});
        }
        if (!addLayer(layer, jittered(*value, kDepthJitterPpm, rng), grid, rng, bins)) {
            return tl::unexpected(
                GeneratorFailure{.error = GeneratorError::priceOutOfRange, .pool = profile.name});
        }
    }
    return bins;
}

std::int32_t arrayIndexOf(std::int32_t binId) {
    const std::int32_t index = binId / dlmm::kBinsPerArray;
    return binId % dlmm::kBinsPerArray < 0 ? index - 1 : index;
}

void writeBin(amm::FieldWriter& array, std::size_t offset, u128 priceQ64,
              const BinAmounts& amounts) {
    array.write(offset + dlmm::bin::kAmountX, static_cast<std::uint64_t>(amounts.x));
    array.write(offset + dlmm::bin::kAmountY, static_cast<std::uint64_t>(amounts.y));
    array.write(offset + dlmm::bin::kPrice, priceQ64);
    // price × x + y in Q64. The bins' sums are checked, so that this stays within 128 bits wherever
    // x at the bin's price is a u64 amount of Y.
    array.write(offset + dlmm::bin::kLiquiditySupply, priceQ64 * amounts.x + (amounts.y << 64));
}

// Every array that a bin lies in, with the prices of all its bins, as the program creates arrays.
// The pair's bitmap gets a bit each; false where an array lies beyond it.
bool addBinArrays(const Bins& bins, const Grid& grid, const PoolKey& key,
                  const domain::Pubkey& pair, AccountBuilder& accounts,
                  std::array<std::uint64_t, dlmm::lb_pair::kBitmapWords>& bitmap) {
    constexpr std::uint8_t kArrayVersion = 2;
    const std::int32_t first = arrayIndexOf(bins.begin()->first);
    const std::int32_t last = arrayIndexOf(bins.rbegin()->first);
    if (first < -dlmm::kInternalBitmapReach || last >= dlmm::kInternalBitmapReach) {
        return false;
    }
    for (std::int32_t index = first; index <= last; ++index) {
        amm::FieldWriter array =
            accounts.add(generatedAddress(key, "bin array " + std::to_string(index)),
                         domain::programIdOf(domain::Program::meteoraDlmm), dlmm::bin_array::kSize);
        array.write(0, dlmm::bin_array::kDiscriminator);
        array.write(dlmm::bin_array::kIndex, std::int64_t{index});
        array.write(dlmm::bin_array::kVersion, kArrayVersion);
        array.write(dlmm::bin_array::kLbPair, pair);
        for (std::int32_t i = 0; i < dlmm::kBinsPerArray; ++i) {
            const std::int32_t id = index * dlmm::kBinsPerArray + i;
            const auto bin = bins.find(id);
            const auto offset =
                dlmm::bin_array::kBins + static_cast<std::size_t>(i) * dlmm::bin_array::kBinSize;
            // 0 is a price that the program has not stored yet.
            writeBin(array, offset, grid.priceQ64(id).value_or(0),
                     bin == bins.end() ? BinAmounts{} : bin->second);
        }
        assert(array.complete());
        const auto bit = static_cast<std::size_t>(std::int64_t{index} + dlmm::kInternalBitmapReach);
        bitmap[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    return true;
}

void writeParameters(amm::FieldWriter& pair, const DlmmPreset& preset, const Grid& grid,
                     const amm::ChainClock& clock) {
    namespace layout = dlmm::lb_pair;
    const std::int32_t reach = kBinReachOfOneBps / preset.binStepBps;
    pair.write(layout::kBaseFactor, preset.baseFactor);
    pair.write(layout::kFilterPeriod, preset.filterPeriodSeconds);
    pair.write(layout::kDecayPeriod, preset.decayPeriodSeconds);
    pair.write(layout::kReductionFactor, preset.reductionFactorBps);
    pair.write(layout::kVariableFeeControl, preset.variableFeeControl);
    pair.write(layout::kMaxVolatilityAccumulator, preset.maxVolatilityAccumulator);
    pair.write(layout::kMinBinId, -reach);
    pair.write(layout::kMaxBinId, reach);
    pair.write(layout::kProtocolShare, preset.protocolShareBps);
    pair.write(layout::kFunctionType,
               static_cast<std::uint8_t>(dlmm::FunctionType::liquidityMining));
    pair.write(layout::kIndexReference, grid.activeId);
    pair.write(layout::kLastUpdateTimestamp, clock.unixTimestamp);
    pair.write(layout::kLastUpdatedAt, clock.unixTimestamp);
    pair.write(layout::kBinStepSeed, preset.binStepBps);
    pair.write(layout::kBinStep, preset.binStepBps);
    pair.write(layout::kBaseFactorSeed, preset.baseFactor);
    pair.write(layout::kRequireBaseFactorSeed, std::uint8_t{1});
    pair.write(layout::kPairType, static_cast<std::uint8_t>(dlmm::PairType::permissionlessV2));
    pair.write(layout::kActiveId, grid.activeId);
    pair.write(layout::kStatus, static_cast<std::uint8_t>(dlmm::PairStatus::enabled));
    pair.write(layout::kVersion, std::uint8_t{1});
}

struct PairSide {
    domain::Pubkey mint;
    domain::Pubkey vault;
    std::uint64_t binsRaw = 0;
    std::uint64_t protocolFeeRaw = 0;
};

void writePair(amm::FieldWriter& pair, const PairSide& x, const PairSide& y, const PoolKey& key,
               const std::array<std::uint64_t, dlmm::lb_pair::kBitmapWords>& bitmap) {
    namespace layout = dlmm::lb_pair;
    pair.write(0, layout::kDiscriminator);
    pair.write(layout::kMintX, x.mint);
    pair.write(layout::kMintY, y.mint);
    pair.write(layout::kReserveX, x.vault);
    pair.write(layout::kReserveY, y.vault);
    pair.write(layout::kProtocolFeeX, x.protocolFeeRaw);
    pair.write(layout::kProtocolFeeY, y.protocolFeeRaw);
    pair.write(layout::kOracle, generatedAddress(key, "oracle"));
    pair.write(layout::kCreator, generatedAddress(key, "creator"));
    for (std::size_t word = 0; word < bitmap.size(); ++word) {
        pair.write(layout::kBinArrayBitmap + word * sizeof(std::uint64_t), bitmap[word]);
    }
}

}  // namespace

tl::expected<GeneratedPool, GeneratorFailure> generateDlmm(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           const DlmmShape& shape,
                                                           const PoolKey& key) {
    const auto refuse = [&](GeneratorError error) {
        return tl::unexpected(GeneratorFailure{.error = error, .pool = profile.name});
    };
    base::CounterRng rng = generatorRng(key);
    const auto offset = static_cast<std::int64_t>(rng.below(2 * kPriceJitterPpm + 1)) -
                        static_cast<std::int64_t>(kPriceJitterPpm) + profile.priceOffsetPpm;
    const auto target = referencePriceQ64(profile.a, profile.b, offset);
    if (!target) {
        return refuse(GeneratorError::priceOutOfRange);
    }
    const Grid grid{.binStepBps = shape.preset.binStepBps,
                    .activeId = nearestBin(*target, shape.preset.binStepBps)};
    const auto bins = liquidityOf(profile, shape, grid, rng);
    if (!bins) {
        return tl::unexpected(bins.error());
    }
    BinAmounts sum;
    for (const auto& [id, amounts] : *bins) {
        sum.x += amounts.x;
        sum.y += amounts.y;
    }
    constexpr u128 kMost = std::numeric_limits<std::uint64_t>::max() / 2;
    if (sum.x == 0 || sum.y == 0 || sum.x > kMost || sum.y > kMost) {
        return refuse(GeneratorError::amountOutOfRange);
    }
    const auto sideOf = [&](const TokenProfile& token, u128 binsRaw, std::string_view vaultRole) {
        const auto held = static_cast<std::uint64_t>(binsRaw);
        return PairSide{.mint = token.token.mint,
                        .vault = generatedAddress(key, vaultRole),
                        .binsRaw = held,
                        .protocolFeeRaw = rng.below(held / kWaitingPart + 1)};
    };
    const PairSide x = sideOf(profile.a, sum.x, "reserve x");
    const PairSide y = sideOf(profile.b, sum.y, "reserve y");
    const domain::Pubkey address = generatedAddress(key, "pool");

    AccountBuilder accounts;
    std::array<std::uint64_t, dlmm::lb_pair::kBitmapWords> bitmap{};
    if (!addBinArrays(*bins, grid, key, address, accounts, bitmap)) {
        return refuse(GeneratorError::priceOutOfRange);
    }
    amm::FieldWriter pair = accounts.add(address, domain::programIdOf(domain::Program::meteoraDlmm),
                                         dlmm::lb_pair::kSize);
    writePair(pair, x, y, key, bitmap);
    writeParameters(pair, shape.preset, grid, market.clock);
    assert(pair.complete());
    for (const PairSide& side : {x, y}) {
        accounts.addTokenAccount(
            side.vault,
            {.mint = side.mint, .owner = address, .amountRaw = side.binsRaw + side.protocolFeeRaw});
    }
    accounts.addMint(profile.a);
    accounts.addMint(profile.b);
    return GeneratedPool{.name = profile.name, .address = address, .accounts = accounts.take()};
}

}  // namespace oee::market
