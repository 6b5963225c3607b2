#include "market/clmm_state.h"

#include <algorithm>
#include <string>
#include <variant>

#include <QString>

namespace oee::market {
namespace {

using amm::raydium::ClmmPool;

QString text(base::u128 value) {
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    std::ranges::reverse(digits);
    return QString::fromStdString(digits);
}

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
                ticks[QString::number(index)] =
                    QJsonObject{{"orderPhase", text(orders.phase)},
                                {"ordersAmount", text(orders.openRaw)},
                                {"partFilledOrdersRemaining", text(orders.partFilledRemainingRaw)},
                                {"unfilledRatioX64", text(orders.unfilledRatioQ64)}};
            }
            index += state.tickSpacing;
        }
    }
    return ticks;
}

}  // namespace

QJsonObject clmmFinalOf(const amm::Pool& pool) {
    const auto& state = std::get<ClmmPool>(pool.state);
    QJsonObject fields{{"liquidity", text(state.liquidity)},
                       {"sqrtPriceX64", text(state.sqrtPriceQ64)},
                       {"tickCurrent", state.tickCurrent},
                       {"feeGrowthGlobal0X64", text(state.sides[0].feeGrowthQ64)},
                       {"feeGrowthGlobal1X64", text(state.sides[1].feeGrowthQ64)},
                       {"protocolFeesToken0", text(state.sides[0].protocolFeesRaw)},
                       {"protocolFeesToken1", text(state.sides[1].protocolFeesRaw)},
                       {"fundFeesToken0", text(state.sides[0].fundFeesRaw)},
                       {"fundFeesToken1", text(state.sides[1].fundFeesRaw)},
                       {"status", int{state.status}},
                       {"recentEpoch", text(state.recentEpoch)}};
    if (state.dynamicFee) {
        fields["dynamicFee"] = dynamicFeeOf(*state.dynamicFee);
    }
    if (const QJsonObject orders = limitOrdersOf(state); !orders.isEmpty()) {
        fields["limitOrders"] = orders;
    }
    QJsonObject vaults;
    for (const std::size_t side : {0u, 1u}) {
        vaults[QString::fromStdString(domain::toBase58(state.vaults[side]))] =
            text(state.sides[side].vaultRaw);
    }
    return {{"vaults", vaults}, {"state", fields}};
}

}  // namespace oee::market
