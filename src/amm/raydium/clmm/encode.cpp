// What swaps change of a ClmmPool, back into the bytes of its accounts.

#include "amm/bytes.h"
#include "amm/raydium/clmm/bitmap.h"
#include "amm/raydium/clmm/fields.h"
#include "amm/raydium/clmm/pool.h"

namespace oee::amm::raydium {
namespace {

using namespace clmm;
using base::u128;
using domain::Pubkey;

void writePool(const ClmmPool& state, FieldWriter& writer) {
    writer.write(pool::kLiquidity, state.liquidity);
    writer.write(pool::kSqrtPriceQ64, state.sqrtPriceQ64);
    writer.write(pool::kTickCurrent, state.tickCurrent);
    writer.write(pool::kRecentEpoch, state.recentEpoch);
    for (const std::size_t side : {0u, 1u}) {
        writer.write(kFeeGrowth[side], state.sides[side].feeGrowthQ64);
        writer.write(kProtocolFees[side], state.sides[side].protocolFeesRaw);
        writer.write(kFundFees[side], state.sides[side].fundFeesRaw);
    }
    for (std::size_t i = 0; i < kRewards; ++i) {
        const std::size_t start = pool::kRewardInfos + i * reward::kSize;
        writer.write(start + reward::kState, state.rewards[i].state);
        writer.write(start + reward::kLastUpdateTime, state.rewards[i].lastUpdateTime);
        writer.write(start + reward::kTotalEmitted, state.rewards[i].totalEmittedRaw);
        writer.write(start + reward::kGrowthQ64, state.rewards[i].growthQ64);
    }
    if (state.dynamicFee) {
        const DynamicFee& fee = *state.dynamicFee;
        const std::size_t start = pool::kDynamicFeeInfo;
        writer.write(start + dynamic_fee::kSpacingIndexReference, fee.spacingIndexReference);
        writer.write(start + dynamic_fee::kReference, fee.reference);
        writer.write(start + dynamic_fee::kAccumulator, fee.accumulator);
        writer.write(start + dynamic_fee::kLastUpdate, fee.lastUpdateSeconds);
    }
}

void writeTickArray(const TickArray& array, FieldWriter& writer) {
    writer.write(tick_array::kInitializedCount, array.initializedCount);
    writer.write(tick_array::kRecentEpoch, array.recentEpoch);
    for (std::size_t i = 0; i < array.ticks.size(); ++i) {
        const std::size_t start = tickStart(i);
        const Tick& state = array.ticks[i];
        for (const std::size_t side : {0u, 1u}) {
            writer.write(start + kFeeGrowthOutside[side], state.feeGrowthOutsideQ64[side]);
        }
        for (std::size_t reward = 0; reward < kRewards; ++reward) {
            writer.write(start + tick::kRewardGrowthsOutsideQ64 + reward * sizeof(u128),
                         state.rewardGrowthsOutsideQ64[reward]);
        }
        writer.write(start + tick::kOrderPhase, state.orders.phase);
        writer.write(start + tick::kOrdersAmount, state.orders.openRaw);
        writer.write(start + tick::kPartFilledRemaining, state.orders.partFilledRemainingRaw);
        writer.write(start + tick::kUnfilledRatioQ64, state.orders.unfilledRatioQ64);
    }
}

// Only arrays that are at hand can have changed. An array's bit is in one of the two accounts.
void writeBitmap(const ClmmPool& state, BitmapHome home, std::span<const std::uint8_t> bytes,
                 FieldWriter& writer) {
    for (const TickArraySlot& slot : state.arrays) {
        const auto bit = bitmapBitOf(slot.startTick / (kTicksPerArray * state.tickSpacing));
        if (!slot.array || !bit || bit->home != home) {
            continue;
        }
        const std::uint64_t mask = std::uint64_t{1} << bit->bit;
        const auto word = FieldReader(bytes).read<std::uint64_t>(bit->offset);
        writer.write(bit->offset, slot.inBitmap ? word | mask : word & ~mask);
    }
}

}  // namespace

std::vector<Pubkey> encode(const ClmmPool& state, AccountSet& accounts) {
    std::vector<Pubkey> changed;
    const auto update = [&](const Pubkey& address, auto&& write) {
        const auto found = accounts.find(address);
        if (found == accounts.end()) {
            return;
        }
        FieldWriter writer(found->second.data);
        write(writer, found->second.data);
        if (writer.changed()) {
            changed.push_back(address);
        }
    };
    update(state.address, [&](FieldWriter& writer, const auto& bytes) {
        writePool(state, writer);
        writeBitmap(state, BitmapHome::pool, bytes, writer);
    });
    if (state.bitmapExtension) {
        update(*state.bitmapExtension, [&](FieldWriter& writer, const auto& bytes) {
            writeBitmap(state, BitmapHome::extension, bytes, writer);
        });
    }
    for (const TickArraySlot& slot : state.arrays) {
        if (slot.array) {
            update(slot.array->address,
                   [&](FieldWriter& writer, const auto&) { writeTickArray(*slot.array, writer); });
        }
    }
    for (const std::size_t side : {0u, 1u}) {
        const auto vault = accounts.find(state.vaults[side]);
        if (vault != accounts.end() &&
            spl::writeTokenBalance(vault->second,
                                   {state.sides[side].vaultRaw, state.sides[side].withheldRaw})) {
            changed.push_back(state.vaults[side]);
        }
    }
    return changed;
}

}  // namespace oee::amm::raydium
