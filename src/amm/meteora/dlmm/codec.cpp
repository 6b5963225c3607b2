// Account bytes of a DLMM pair to its value and back.

#include <algorithm>
#include <string>
#include <utility>

#include "amm/bytes.h"
#include "amm/meteora/dlmm/bin_math.h"
#include "amm/meteora/dlmm/pool.h"
#include "domain/venue.h"

namespace oee::amm::meteora {
namespace {

using namespace dlmm;
using base::u128;
using domain::Pubkey;

constexpr std::uint8_t kFirstArrayVersionWithOrders = 2;

tl::unexpected<DecodeFailure> failure(DecodeError error, const Pubkey& account, std::string where) {
    return tl::unexpected(DecodeFailure{error, account, std::move(where)});
}

bool supportsLimitOrders(FieldReader& reader, FunctionType function) {
    if (function != FunctionType::undetermined) {
        return function == FunctionType::limitOrder;
    }
    // The bytes of the orders are those of the rewards: a pair has one or the other.
    for (std::size_t i = 0; i < lb_pair::kRewardCount; ++i) {
        if (reader.pubkey(lb_pair::kRewardInfos + i * lb_pair::kRewardInfoSize) != Pubkey{}) {
            return false;
        }
    }
    return true;
}

// The first field that no version of the program can hold; null where all are good.
const char* invalidParameter(FieldReader& reader) {
    struct Limit {
        std::size_t offset;
        std::uint8_t greatest;
        const char* name;
    };
    static constexpr std::array kLimits{
        Limit{lb_pair::kStatus, 1, "status"},
        Limit{lb_pair::kPairType, 3, "pair type"},
        Limit{lb_pair::kActivationType, 1, "activation type"},
        Limit{lb_pair::kFunctionType, 2, "function type"},
        Limit{lb_pair::kCollectFeeMode, 1, "collect fee mode"},
    };
    for (const Limit& limit : kLimits) {
        if (reader.read<std::uint8_t>(limit.offset) > limit.greatest) {
            return limit.name;
        }
    }
    if (reader.read<std::uint16_t>(lb_pair::kProtocolShare) > kBasisPoints) {
        return "protocol share";
    }
    const auto activeId = reader.read<std::int32_t>(lb_pair::kActiveId);
    return activeId < kMinBinId || activeId > kMaxBinId ? "active id" : nullptr;
}

PairParameters readParameters(FieldReader& reader) {
    PairParameters parameters;
    parameters.binStepBps = reader.read<std::uint16_t>(lb_pair::kBinStep);
    parameters.filterPeriodSeconds = reader.read<std::uint16_t>(lb_pair::kFilterPeriod);
    parameters.decayPeriodSeconds = reader.read<std::uint16_t>(lb_pair::kDecayPeriod);
    parameters.reductionFactorBps = reader.read<std::uint16_t>(lb_pair::kReductionFactor);
    parameters.variableFeeControl = reader.read<std::uint32_t>(lb_pair::kVariableFeeControl);
    parameters.maxVolatilityAccumulator =
        reader.read<std::uint32_t>(lb_pair::kMaxVolatilityAccumulator);
    parameters.protocolShareBps = reader.read<std::uint16_t>(lb_pair::kProtocolShare);
    parameters.baseFeeRatePpb =
        baseFeeRatePpb(reader.read<std::uint16_t>(lb_pair::kBaseFactor), parameters.binStepBps,
                       reader.read<std::uint8_t>(lb_pair::kBaseFeePowerFactor));
    parameters.status = PairStatus{reader.read<std::uint8_t>(lb_pair::kStatus)};
    parameters.pairType = PairType{reader.read<std::uint8_t>(lb_pair::kPairType)};
    parameters.activationType = ActivationType{reader.read<std::uint8_t>(lb_pair::kActivationType)};
    parameters.activationPoint = reader.read<std::uint64_t>(lb_pair::kActivationPoint);
    parameters.collectFeeMode = CollectFeeMode{reader.read<std::uint8_t>(lb_pair::kCollectFeeMode)};
    parameters.supportsLimitOrders = supportsLimitOrders(
        reader, FunctionType{reader.read<std::uint8_t>(lb_pair::kFunctionType)});
    return parameters;
}

LimitOrders readOrders(FieldReader& reader, std::size_t start) {
    LimitOrders orders;
    orders.openRaw = reader.read<std::uint64_t>(start + bin::kOpenOrder);
    orders.processingRaw = reader.read<std::uint64_t>(start + bin::kProcessingOrder);
    orders.processedRemainingRaw = reader.read<std::uint64_t>(start + bin::kProcessedRemaining);
    orders.age = reader.read<std::uint32_t>(start + bin::kOrderAge);
    orders.fulfilledXRaw = reader.read<std::uint64_t>(start + bin::kFulfilledOrderX);
    orders.fulfilledYRaw = reader.read<std::uint64_t>(start + bin::kFulfilledOrderY);
    orders.askFeeRaw = reader.read<std::uint64_t>(start + bin::kLimitOrderFeeAsk);
    orders.bidFeeRaw = reader.read<std::uint64_t>(start + bin::kLimitOrderFeeBid);
    orders.sellX = reader.read<std::uint8_t>(start + bin::kLimitOrderAskSide) != 0;
    return orders;
}

std::size_t binStart(std::size_t position) {
    return bin_array::kBins + position * bin_array::kBinSize;
}

// The reader is known to be complete. Orders are read only where both the array and the pair hold
// them.
std::shared_ptr<const BinArray> readBinArray(FieldReader& reader, const Pubkey& address,
                                             bool pairSupportsOrders) {
    auto array = std::make_shared<BinArray>();
    array->index = static_cast<std::int32_t>(reader.read<std::int64_t>(bin_array::kIndex));
    array->address = address;
    array->holdsOrders = pairSupportsOrders && reader.read<std::uint8_t>(bin_array::kVersion) >=
                                                   kFirstArrayVersionWithOrders;
    for (std::size_t i = 0; i < array->bins.size(); ++i) {
        const std::size_t start = binStart(i);
        Bin& bin = array->bins[i];
        bin.amountXRaw = reader.read<std::uint64_t>(start + bin::kAmountX);
        bin.amountYRaw = reader.read<std::uint64_t>(start + bin::kAmountY);
        bin.priceQ64 = reader.read<u128>(start + bin::kPrice);
        bin.liquiditySupplyQ64 = reader.read<u128>(start + bin::kLiquiditySupply);
        bin.feeXPerTokenQ64 = reader.read<u128>(start + bin::kFeeXPerToken);
        bin.feeYPerTokenQ64 = reader.read<u128>(start + bin::kFeeYPerToken);
        if (array->holdsOrders) {
            bin.orders = readOrders(reader, start);
        }
        updatePayers(*array, i);
    }
    return array;
}

// Every set bit of `words` 64-bit words from `offset` on: bit b is array `first` + b × `step`.
void readBitmap(FieldReader& reader, std::size_t offset, std::size_t words, std::int32_t first,
                std::int32_t step, BinArrayBitmap& bitmap) {
    for (std::size_t i = 0; i < words; ++i) {
        auto word = reader.read<std::uint64_t>(offset + i * sizeof(std::uint64_t));
        for (; word != 0; word &= word - 1) {
            const auto bit = static_cast<std::int32_t>(i) * 64 + std::countr_zero(word);
            bitmap.insert(first + bit * step);
        }
    }
}

tl::expected<void, DecodeFailure> readBinArrayAccount(DlmmPool& pool, const Pubkey& address,
                                                      FieldReader& reader) {
    if (reader.size() < bin_array::kSize) {
        return failure(DecodeError::tooShort, address, "bin array");
    }
    if (reader.pubkey(bin_array::kLbPair) != pool.address) {
        return {};
    }
    const auto index = reader.read<std::int64_t>(bin_array::kIndex);
    if (index < -kBitmapReach || index >= kBitmapReach) {
        return failure(DecodeError::invalidValue, address, "bin array index");
    }
    pool.arrays.push_back({static_cast<std::int32_t>(index),
                           readBinArray(reader, address, pool.parameters.supportsLimitOrders)});
    return {};
}

tl::expected<void, DecodeFailure> readExtension(const DlmmPool& pool, const Pubkey& address,
                                                FieldReader& reader, BinArrayBitmap& bitmap) {
    if (reader.size() < bitmap_extension::kSize) {
        return failure(DecodeError::tooShort, address, "bitmap extension");
    }
    if (reader.pubkey(bitmap_extension::kLbPair) == pool.address) {
        readBitmap(reader, bitmap_extension::kPositive, bitmap_extension::kWordsPerSide,
                   kInternalBitmapReach, 1, bitmap);
        readBitmap(reader, bitmap_extension::kNegative, bitmap_extension::kWordsPerSide,
                   -kInternalBitmapReach - 1, -1, bitmap);
    }
    return {};
}

// Finds the pair's bin arrays and bitmap extension among the accounts.
tl::expected<void, DecodeFailure> readArrays(DlmmPool& pool, BinArrayBitmap& bitmap,
                                             const AccountSet& accounts) {
    const Pubkey& program = domain::programIdOf(domain::Program::meteoraDlmm);
    for (const auto& [address, account] : accounts) {
        if (account.owner != program) {
            continue;
        }
        FieldReader reader(account.data);
        tl::expected<void, DecodeFailure> read;
        if (reader.size() < kDiscriminatorSize) {
            read = failure(DecodeError::tooShort, address, "account of the program");
        } else if (reader.startsWith(bin_array::kDiscriminator)) {
            read = readBinArrayAccount(pool, address, reader);
        } else if (reader.startsWith(bitmap_extension::kDiscriminator)) {
            read = readExtension(pool, address, reader, bitmap);
        }
        if (!read) {
            return read;
        }
    }
    std::ranges::sort(pool.arrays, {}, &BinArraySlot::index);
    const auto twin = std::ranges::adjacent_find(pool.arrays, {}, &BinArraySlot::index);
    if (twin != pool.arrays.end()) {
        return failure(DecodeError::invalidValue, twin->array->address, "bin array index twice");
    }
    return {};
}

tl::expected<void, DecodeFailure> readTokens(DlmmPool& pool, const AccountSet& accounts) {
    static constexpr std::array kMintRoles{"mint x", "mint y"};
    static constexpr std::array kVaultRoles{"reserve x", "reserve y"};
    for (std::size_t i = 0; i < pool.sides.size(); ++i) {
        const auto mint = spl::decodeMint(pool.mints[i].mint, accounts, kMintRoles[i]);
        if (!mint) {
            return tl::unexpected(mint.error());
        }
        const auto vault = spl::decodeTokenAccount(pool.vaults[i], accounts, kVaultRoles[i]);
        if (!vault) {
            return tl::unexpected(vault.error());
        }
        if (vault->mint != pool.mints[i].mint) {
            return failure(DecodeError::invalidValue, pool.vaults[i],
                           std::string(kVaultRoles[i]) + " mint");
        }
        if (!spl::canReceive(*vault, *mint)) {
            return failure(DecodeError::invalidValue, pool.vaults[i], kVaultRoles[i]);
        }
        pool.mints[i].decimals = mint->decimals;
        pool.sides[i].vaultRaw = vault->amountRaw;
        pool.sides[i].withheldRaw = vault->withheldRaw;
        pool.sides[i].transferFee = mint->transferFee;
    }
    return {};
}

void writePair(const DlmmPool& pool, FieldWriter& writer) {
    writer.write(lb_pair::kVolatilityAccumulator, pool.volatility.accumulator);
    writer.write(lb_pair::kVolatilityReference, pool.volatility.reference);
    writer.write(lb_pair::kIndexReference, pool.volatility.indexReference);
    writer.write(lb_pair::kLastUpdateTimestamp, pool.volatility.lastUpdateSeconds);
    writer.write(lb_pair::kActiveId, pool.activeId);
    writer.write(lb_pair::kProtocolFeeX, pool.sides[0].protocolFeeRaw);
    writer.write(lb_pair::kProtocolFeeY, pool.sides[1].protocolFeeRaw);
}

void writeBins(const BinArray& array, FieldWriter& writer) {
    for (std::size_t i = 0; i < array.bins.size(); ++i) {
        const std::size_t start = binStart(i);
        const Bin& bin = array.bins[i];
        writer.write(start + bin::kAmountX, bin.amountXRaw);
        writer.write(start + bin::kAmountY, bin.amountYRaw);
        writer.write(start + bin::kPrice, bin.priceQ64);
        writer.write(start + bin::kFeeXPerToken, bin.feeXPerTokenQ64);
        writer.write(start + bin::kFeeYPerToken, bin.feeYPerTokenQ64);
        if (array.holdsOrders) {
            const LimitOrders& orders = bin.orders;
            writer.write(start + bin::kOpenOrder, orders.openRaw);
            writer.write(start + bin::kProcessingOrder, orders.processingRaw);
            writer.write(start + bin::kProcessedRemaining, orders.processedRemainingRaw);
            writer.write(start + bin::kOrderAge, orders.age);
            writer.write(start + bin::kFulfilledOrderX, orders.fulfilledXRaw);
            writer.write(start + bin::kFulfilledOrderY, orders.fulfilledYRaw);
            writer.write(start + bin::kLimitOrderFeeAsk, orders.askFeeRaw);
            writer.write(start + bin::kLimitOrderFeeBid, orders.bidFeeRaw);
        }
    }
}

}  // namespace

tl::expected<DlmmPool, DecodeFailure> decodeDlmm(const Pubkey& address,
                                                 const AccountSet& accounts) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return failure(DecodeError::accountMissing, address, "lb pair");
    }
    if (found->second.owner != domain::programIdOf(domain::Program::meteoraDlmm)) {
        return failure(DecodeError::wrongOwner, address, "lb pair");
    }
    FieldReader reader(found->second.data);
    if (reader.size() < lb_pair::kSize) {
        return failure(DecodeError::tooShort, address, "lb pair");
    }
    if (!reader.startsWith(lb_pair::kDiscriminator)) {
        return failure(DecodeError::wrongDiscriminator, address, "lb pair");
    }
    if (const char* field = invalidParameter(reader)) {
        return failure(DecodeError::invalidValue, address, field);
    }

    DlmmPool pool;
    pool.address = address;
    pool.parameters = readParameters(reader);
    pool.volatility.accumulator = reader.read<std::uint32_t>(lb_pair::kVolatilityAccumulator);
    pool.volatility.reference = reader.read<std::uint32_t>(lb_pair::kVolatilityReference);
    pool.volatility.indexReference = reader.read<std::int32_t>(lb_pair::kIndexReference);
    pool.volatility.lastUpdateSeconds = reader.read<std::int64_t>(lb_pair::kLastUpdateTimestamp);
    pool.activeId = reader.read<std::int32_t>(lb_pair::kActiveId);
    pool.sides[0].protocolFeeRaw = reader.read<std::uint64_t>(lb_pair::kProtocolFeeX);
    pool.sides[1].protocolFeeRaw = reader.read<std::uint64_t>(lb_pair::kProtocolFeeY);
    pool.mints[0].mint = reader.pubkey(lb_pair::kMintX);
    pool.mints[1].mint = reader.pubkey(lb_pair::kMintY);
    pool.vaults = {reader.pubkey(lb_pair::kReserveX), reader.pubkey(lb_pair::kReserveY)};
    if (pool.mints[0].mint == pool.mints[1].mint || pool.vaults[0] == pool.vaults[1]) {
        return failure(DecodeError::invalidValue, address, "mints or reserves");
    }

    auto bitmap = std::make_shared<BinArrayBitmap>();
    readBitmap(reader, lb_pair::kBinArrayBitmap, lb_pair::kBitmapWords, -kInternalBitmapReach, 1,
               *bitmap);
    if (auto read = readTokens(pool, accounts); !read) {
        return tl::unexpected(read.error());
    }
    if (auto read = readArrays(pool, *bitmap, accounts); !read) {
        return tl::unexpected(read.error());
    }
    pool.bitmap = std::move(bitmap);
    return pool;
}

std::vector<Pubkey> encode(const DlmmPool& pool, AccountSet& accounts) {
    std::vector<Pubkey> changed;
    const auto update = [&](const Pubkey& address, auto&& write) {
        const auto found = accounts.find(address);
        if (found == accounts.end()) {
            return;
        }
        FieldWriter writer(found->second.data);
        write(writer);
        if (writer.changed()) {
            changed.push_back(address);
        }
    };
    update(pool.address, [&](FieldWriter& writer) { writePair(pool, writer); });
    for (const BinArraySlot& slot : pool.arrays) {
        update(slot.array->address, [&](FieldWriter& writer) { writeBins(*slot.array, writer); });
    }
    for (std::size_t i = 0; i < pool.sides.size(); ++i) {
        const auto vault = accounts.find(pool.vaults[i]);
        if (vault != accounts.end() &&
            spl::writeTokenBalance(vault->second,
                                   {pool.sides[i].vaultRaw, pool.sides[i].withheldRaw})) {
            changed.push_back(pool.vaults[i]);
        }
    }
    return changed;
}

}  // namespace oee::amm::meteora
