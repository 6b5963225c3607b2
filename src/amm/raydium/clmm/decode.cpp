// Bytes of CLMM accounts to ClmmPool.

#include <algorithm>
#include <string>
#include <utility>

#include "amm/bytes.h"
#include "amm/raydium/clmm/bitmap.h"
#include "amm/raydium/clmm/fields.h"
#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/clmm/tick_math.h"
#include "amm/raydium/program_account.h"
#include "domain/venue.h"

namespace oee::amm::raydium {
namespace {

using namespace clmm;
using base::i128;
using base::u128;
using domain::Pubkey;

constexpr std::array<std::size_t, 2> kVault{pool::kVault0, pool::kVault1};
constexpr std::array<std::size_t, 2> kMint{pool::kMint0, pool::kMint1};
constexpr std::array<std::size_t, 2> kDecimals{pool::kMint0Decimals, pool::kMint1Decimals};
constexpr std::array kVaultRole{"vault 0", "vault 1"};
constexpr std::array kMintRole{"mint 0", "mint 1"};

tl::unexpected<DecodeFailure> failure(DecodeError error, const Pubkey& address, const char* where) {
    return tl::unexpected(DecodeFailure{error, address, where});
}

tl::expected<void, DecodeFailure> readConfig(ClmmPool& state, const Pubkey& address,
                                             const AccountSet& accounts) {
    const auto account = findAccount(
        address, accounts,
        {domain::Program::raydiumClmm, kConfigDiscriminator, kConfigSize, "amm config"});
    if (!account) {
        return tl::unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    state.tradeFeeRatePpm = reader.read<std::uint32_t>(config::kTradeFeeRatePpm);
    state.protocolFeeRatePpm = reader.read<std::uint32_t>(config::kProtocolFeeRatePpm);
    state.fundFeeRatePpm = reader.read<std::uint32_t>(config::kFundFeeRatePpm);
    if (state.tradeFeeRatePpm > kFeeDenominator) {
        return failure(DecodeError::invalidValue, address, "trade fee rate");
    }
    if (state.protocolFeeRatePpm > kFeeDenominator || state.fundFeeRatePpm > kFeeDenominator ||
        state.protocolFeeRatePpm + state.fundFeeRatePpm > kFeeDenominator) {
        return failure(DecodeError::invalidValue, address, "protocol + fund fee rate");
    }
    return {};
}

tl::expected<void, DecodeFailure> readSide(ClmmPool& state, std::size_t index,
                                           const AccountSet& accounts) {
    const auto vault = spl::decodeTokenAccount(state.vaults[index], accounts, kVaultRole[index]);
    if (!vault) {
        return tl::unexpected(vault.error());
    }
    if (vault->mint != state.mints[index].mint) {
        return failure(DecodeError::invalidValue, state.vaults[index], kVaultRole[index]);
    }
    TokenSide& side = state.sides[index];
    side.vaultRaw = vault->amountRaw;
    side.withheldRaw = vault->withheldRaw;
    if (vault->tokenProgram != spl::token2022ProgramId()) {
        return {};
    }
    const auto mint = spl::decodeMint(state.mints[index].mint, accounts, kMintRole[index]);
    if (!mint) {
        return tl::unexpected(mint.error());
    }
    if (mint->tokenProgram != vault->tokenProgram) {
        return failure(DecodeError::wrongOwner, state.mints[index].mint, kMintRole[index]);
    }
    if (!spl::canReceive(*vault, *mint)) {
        return failure(DecodeError::invalidValue, state.vaults[index], kVaultRole[index]);
    }
    side.transferFee = mint->transferFee;
    return {};
}

// A pool has a dynamic fee where any of the 80 bytes is set. pool_fee.rs:get_dynamic_fee_info
std::optional<DynamicFee> readDynamicFee(FieldReader& reader) {
    constexpr std::array<std::uint8_t, dynamic_fee::kSize> kNone{};
    if (reader.startsWith(kNone, pool::kDynamicFeeInfo)) {
        return std::nullopt;
    }
    const auto at = [](std::size_t field) { return pool::kDynamicFeeInfo + field; };
    DynamicFee fee;
    fee.filterPeriodSeconds = reader.read<std::uint16_t>(at(dynamic_fee::kFilterPeriod));
    fee.decayPeriodSeconds = reader.read<std::uint16_t>(at(dynamic_fee::kDecayPeriod));
    fee.reductionFactorBps = reader.read<std::uint16_t>(at(dynamic_fee::kReductionFactor));
    fee.control = reader.read<std::uint32_t>(at(dynamic_fee::kControl));
    fee.maxAccumulator = reader.read<std::uint32_t>(at(dynamic_fee::kMaxAccumulator));
    fee.spacingIndexReference = reader.read<std::int32_t>(at(dynamic_fee::kSpacingIndexReference));
    fee.reference = reader.read<std::uint32_t>(at(dynamic_fee::kReference));
    fee.accumulator = reader.read<std::uint32_t>(at(dynamic_fee::kAccumulator));
    fee.lastUpdateSeconds = reader.read<std::uint64_t>(at(dynamic_fee::kLastUpdate));
    return fee;
}

void readRewards(ClmmPool& state, FieldReader& reader) {
    for (std::size_t i = 0; i < kRewards; ++i) {
        const std::size_t start = pool::kRewardInfos + i * reward::kSize;
        Reward& info = state.rewards[i];
        info.exists = reader.pubkey(start + reward::kMint) != Pubkey{};
        info.state = reader.read<std::uint8_t>(start + reward::kState);
        info.openTime = reader.read<std::uint64_t>(start + reward::kOpenTime);
        info.endTime = reader.read<std::uint64_t>(start + reward::kEndTime);
        info.lastUpdateTime = reader.read<std::uint64_t>(start + reward::kLastUpdateTime);
        info.emissionsQ64 = reader.read<u128>(start + reward::kEmissionsQ64);
        info.totalEmittedRaw = reader.read<std::uint64_t>(start + reward::kTotalEmitted);
        info.growthQ64 = reader.read<u128>(start + reward::kGrowthQ64);
    }
}

// The price is the tick's or between it and the next one; at the next one's price the tick may
// still be the lower, when the price came down to it. Null where all is well.
const char* invalidField(const ClmmPool& state) {
    if (state.tickSpacing == 0) {
        return "tick spacing";
    }
    if (state.sqrtPriceQ64 < kMinSqrtPriceQ64 || state.sqrtPriceQ64 >= kMaxSqrtPriceQ64) {
        return "sqrt price";
    }
    if (state.tickCurrent < kMinTick || state.tickCurrent >= kMaxTick ||
        sqrtPriceAtTick(state.tickCurrent) > state.sqrtPriceQ64 ||
        sqrtPriceAtTick(state.tickCurrent + 1) < state.sqrtPriceQ64) {
        return "tick current";
    }
    if (state.mints[0].mint == state.mints[1].mint || state.vaults[0] == state.vaults[1]) {
        return "mints or vaults";
    }
    return nullptr;
}

void readPoolFields(ClmmPool& state, FieldReader& reader) {
    state.liquidity = reader.read<u128>(pool::kLiquidity);
    state.sqrtPriceQ64 = reader.read<u128>(pool::kSqrtPriceQ64);
    state.tickCurrent = reader.read<std::int32_t>(pool::kTickCurrent);
    state.tickSpacing = reader.read<std::uint16_t>(pool::kTickSpacing);
    state.status = reader.read<std::uint8_t>(pool::kStatus);
    const auto feeOn = reader.read<std::uint8_t>(pool::kFeeOn);
    state.feeOn =
        feeOn <= static_cast<std::uint8_t>(FeeOn::onlyToken1) ? FeeOn{feeOn} : FeeOn::fromInput;
    state.openTime = reader.read<std::uint64_t>(pool::kOpenTime);
    state.recentEpoch = reader.read<std::uint64_t>(pool::kRecentEpoch);
    state.dynamicFee = readDynamicFee(reader);
    readRewards(state, reader);
    for (const std::size_t side : {0u, 1u}) {
        state.vaults[side] = reader.pubkey(kVault[side]);
        state.mints[side] = {.mint = reader.pubkey(kMint[side]),
                             .decimals = reader.read<std::uint8_t>(kDecimals[side])};
        state.sides[side].feeGrowthQ64 = reader.read<u128>(kFeeGrowth[side]);
        state.sides[side].protocolFeesRaw = reader.read<std::uint64_t>(kProtocolFees[side]);
        state.sides[side].fundFeesRaw = reader.read<std::uint64_t>(kFundFees[side]);
    }
}

Tick readTick(FieldReader& reader, std::size_t start) {
    Tick state;
    state.liquidityNet = reader.read<i128>(start + tick::kLiquidityNet);
    state.liquidityGross = reader.read<u128>(start + tick::kLiquidityGross);
    state.orders.phase = reader.read<std::uint64_t>(start + tick::kOrderPhase);
    state.orders.openRaw = reader.read<std::uint64_t>(start + tick::kOrdersAmount);
    state.orders.partFilledRemainingRaw =
        reader.read<std::uint64_t>(start + tick::kPartFilledRemaining);
    state.orders.unfilledRatioQ64 = reader.read<u128>(start + tick::kUnfilledRatioQ64);
    for (const std::size_t side : {0u, 1u}) {
        state.feeGrowthOutsideQ64[side] = reader.read<u128>(start + kFeeGrowthOutside[side]);
    }
    for (std::size_t i = 0; i < kRewards; ++i) {
        state.rewardGrowthsOutsideQ64[i] =
            reader.read<u128>(start + tick::kRewardGrowthsOutsideQ64 + i * sizeof(u128));
    }
    return state;
}

// Fills array.ticks and array.initialized; the name of what no valid array holds, or null.
const char* readTicks(TickArray& array, FieldReader& reader, std::int32_t tickSpacing) {
    for (std::size_t i = 0; i < array.ticks.size(); ++i) {
        const std::size_t start = tickStart(i);
        Tick& state = array.ticks[i];
        state = readTick(reader, start);
        if (!base::checkedAdd(state.orders.openRaw, state.orders.partFilledRemainingRaw)) {
            return "limit orders of a tick";
        }
        if (!state.isInitialized()) {
            continue;
        }
        const std::int32_t index = array.startTick + static_cast<std::int32_t>(i) * tickSpacing;
        if (reader.read<std::int32_t>(start + tick::kTick) != index || index < kMinTick ||
            index > kMaxTick) {
            return "index of a tick";
        }
        state.sqrtPriceQ64 = sqrtPriceAtTick(index);
        array.initialized |= std::uint64_t{1} << i;
    }
    const bool enough = std::popcount(array.initialized) <= array.initializedCount;
    return enough ? nullptr : "initialized tick count";
}

// The tick arrays that the program can address: those that overlap its range of ticks.
struct ArrayRange {
    std::int32_t width = 0;  // in ticks
    std::int32_t first = 0;  // start tick
    std::int32_t last = 0;

    explicit ArrayRange(std::int32_t tickSpacing)
        : width(kTicksPerArray * tickSpacing),
          first(arrayStartOf(kMinTick, tickSpacing)),
          last(arrayStartOf(kMaxTick, tickSpacing)) {}

    bool contains(std::int32_t startTick) const {
        return startTick >= first && startTick <= last && startTick % width == 0;
    }
};

using SlotMap = std::map<std::int32_t, TickArraySlot>;

tl::expected<void, DecodeFailure> readTickArray(const ClmmPool& state, const Pubkey& address,
                                                FieldReader& reader, SlotMap& slots) {
    if (reader.size() < kTickArraySize) {
        return failure(DecodeError::tooShort, address, "tick array");
    }
    if (reader.pubkey(tick_array::kPool) != state.address) {
        return {};
    }
    auto array = std::make_shared<TickArray>();
    array->address = address;
    array->startTick = reader.read<std::int32_t>(tick_array::kStartTick);
    array->initializedCount = reader.read<std::uint8_t>(tick_array::kInitializedCount);
    array->recentEpoch = reader.read<std::uint64_t>(tick_array::kRecentEpoch);
    if (!ArrayRange(state.tickSpacing).contains(array->startTick)) {
        return failure(DecodeError::invalidValue, address, "start of a tick array");
    }
    if (const char* const field = readTicks(*array, reader, state.tickSpacing)) {
        return failure(DecodeError::invalidValue, address, field);
    }
    TickArraySlot& slot = slots[array->startTick];
    if (slot.array) {
        return failure(DecodeError::invalidValue, address, "start of a tick array twice");
    }
    slot.startTick = array->startTick;
    slot.array = std::move(array);
    return {};
}

// Every set bit of the bitmaps in an account.
void readBitmap(FieldReader& reader, BitmapHome home, std::int32_t tickSpacing, SlotMap& slots) {
    const ArrayRange range(tickSpacing);
    for (std::int32_t start = range.first; start <= range.last; start += range.width) {
        const auto bit = bitmapBitOf(start / range.width);
        if (bit && bit->home == home &&
            (reader.read<std::uint64_t>(bit->offset) >> bit->bit & 1) != 0) {
            slots[start].startTick = start;
            slots[start].inBitmap = true;
        }
    }
}

tl::expected<void, DecodeFailure> readExtension(ClmmPool& state, const Pubkey& address,
                                                FieldReader& reader, SlotMap& slots) {
    if (reader.size() < kExtensionSize) {
        return failure(DecodeError::tooShort, address, "bitmap extension");
    }
    if (reader.pubkey(extension::kPool) != state.address) {
        return {};
    }
    if (state.bitmapExtension) {
        return failure(DecodeError::invalidValue, address, "bitmap extension twice");
    }
    state.bitmapExtension = address;
    readBitmap(reader, BitmapHome::extension, state.tickSpacing, slots);
    return {};
}

// Finds the pool's tick arrays and bitmap extension among the accounts.
tl::expected<void, DecodeFailure> readArrays(ClmmPool& state, FieldReader& poolReader,
                                             const AccountSet& accounts) {
    SlotMap slots;
    readBitmap(poolReader, BitmapHome::pool, state.tickSpacing, slots);
    const Pubkey& program = domain::programIdOf(domain::Program::raydiumClmm);
    for (const auto& [address, account] : accounts) {
        if (account.owner != program) {
            continue;
        }
        FieldReader reader(account.data);
        tl::expected<void, DecodeFailure> read;
        if (reader.size() < kTickArrayDiscriminator.size()) {
            read = failure(DecodeError::tooShort, address, "account of the program");
        } else if (reader.startsWith(kTickArrayDiscriminator)) {
            read = readTickArray(state, address, reader, slots);
        } else if (reader.startsWith(kExtensionDiscriminator)) {
            read = readExtension(state, address, reader, slots);
        }
        if (!read) {
            return read;
        }
    }
    state.arrays.reserve(slots.size());
    for (auto& [start, slot] : slots) {
        state.arrays.push_back(std::move(slot));
    }
    return {};
}

}  // namespace

tl::expected<ClmmPool, DecodeFailure> decodeClmm(const Pubkey& address,
                                                 const AccountSet& accounts) {
    const auto account = findAccount(
        address, accounts, {domain::Program::raydiumClmm, kPoolDiscriminator, kPoolSize, "pool"});
    if (!account) {
        return tl::unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    ClmmPool state;
    state.address = address;
    readPoolFields(state, reader);
    if (const char* const field = invalidField(state)) {
        return failure(DecodeError::invalidValue, address, field);
    }
    if (auto read = readConfig(state, reader.pubkey(pool::kAmmConfig), accounts); !read) {
        return tl::unexpected(read.error());
    }
    for (const std::size_t side : {0u, 1u}) {
        if (auto read = readSide(state, side, accounts); !read) {
            return tl::unexpected(read.error());
        }
    }
    if (auto read = readArrays(state, reader, accounts); !read) {
        return tl::unexpected(read.error());
    }
    return state;
}

}  // namespace oee::amm::raydium
