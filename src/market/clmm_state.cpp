#include "market/clmm_state.h"

#include <QString>

#include "market/pool_state.h"

namespace oee::market {
namespace {

using amm::raydium::ClmmPool;

QJsonObject dynamicFeeOf(const amm::raydium::clmm::DynamicFee& fee) {
    return {{"tickSpacingIndexReference", fee.spacingIndexReference},
            {"volatilityReference", static_cast<qint64>(fee.reference)},
            {"volatilityAccumulator", static_cast<qint64>(fee.accumulator)},
            {"lastUpdateTimestamp", static_cast<qint64>(fee.lastUpdateSeconds)}};
}

QJsonObject limitOrdersOf(const ClmmPool& state) {
    QJsonObject ticks;
    for (const amm::raydium::clmm::TickArraySlot& slot : state.arrays) {
        std::int32_t index = slot.startTick;
        if (!slot.array) {
            continue;
        }
        for (const amm::raydium::clmm::Tick& tick : slot.array->ticks) {
            const auto& orders = tick.orders;
            if (orders != amm::raydium::clmm::TickOrders{}) {
                ticks[QString::number(index)] = QJsonObject{
                    {"orderPhase", digitsOf(orders.phase)},
                    {"ordersAmount", digitsOf(orders.openRaw)},
                    {"partFilledOrdersRemaining", digitsOf(orders.partFilledRemainingRaw)},
                    {"unfilledRatioX64", digitsOf(orders.unfilledRatioQ64)}};
            }
            index += state.tickSpacing;
        }
    }
    return ticks;
}

}  // namespace

QJsonObject clmmStateOf(const ClmmPool& state) {
    QJsonObject fields{{"liquidity", digitsOf(state.liquidity)},
                       {"sqrtPriceX64", digitsOf(state.sqrtPriceQ64)},
                       {"tickCurrent", state.tickCurrent},
                       {"feeGrowthGlobal0X64", digitsOf(state.sides[0].feeGrowthQ64)},
                       {"feeGrowthGlobal1X64", digitsOf(state.sides[1].feeGrowthQ64)},
                       {"protocolFeesToken0", digitsOf(state.sides[0].protocolFeesRaw)},
                       {"protocolFeesToken1", digitsOf(state.sides[1].protocolFeesRaw)},
                       {"fundFeesToken0", digitsOf(state.sides[0].fundFeesRaw)},
                       {"fundFeesToken1", digitsOf(state.sides[1].fundFeesRaw)},
                       {"status", int{state.status}},
                       {"recentEpoch", digitsOf(state.recentEpoch)}};
    if (state.dynamicFee) {
        fields["dynamicFee"] = dynamicFeeOf(*state.dynamicFee);
    }
    if (const QJsonObject orders = limitOrdersOf(state); !orders.isEmpty()) {
        fields["limitOrders"] = orders;
    }
    QJsonObject vaults;
    for (const std::size_t side : {0u, 1u}) {
        vaults[QString::fromStdString(domain::toBase58(state.vaults[side]))] =
            digitsOf(state.sides[side].vaultRaw);
    }
    return {{"vaults", vaults}, {"state", fields}};
}

}  // namespace oee::market
