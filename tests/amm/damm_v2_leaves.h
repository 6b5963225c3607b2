#pragma once
// A DAMM v2 pool as the vectors' `after` and `final` write it.

#include <string>

#include <QJsonObject>
#include <QString>

#include "amm/pool.h"

namespace oee::test {

inline QString digitsOf(base::u128 value) {
    std::string text;
    do {
        text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    return QString::fromStdString(text);
}

// The volatility only where the pool has a dynamic fee, as the vectors have it.
inline QJsonObject dammV2LeavesOf(const amm::Pool& pool) {
    const auto& state = std::get<amm::meteora::DammV2Pool>(pool.state);
    const auto [a, b] = state.sides;
    QJsonObject leaves{{"sqrtPrice", digitsOf(state.sqrtPriceQ64)},
                       {"liquidity", digitsOf(state.liquidityQ64)},
                       {"tokenA", digitsOf(a.reserveRaw)},
                       {"tokenB", digitsOf(b.reserveRaw)},
                       {"layoutVersion", state.tracksReserves ? 1 : 0},
                       {"protocolFeeA", digitsOf(a.protocolFeeRaw)},
                       {"protocolFeeB", digitsOf(b.protocolFeeRaw)},
                       {"vaultA", digitsOf(a.vaultRaw)},
                       {"vaultB", digitsOf(b.vaultRaw)}};
    if (state.dynamicFee) {
        const auto& volatility = state.volatility;
        leaves["volatilityAccumulator"] = digitsOf(volatility.accumulator);
        leaves["volatilityReference"] = digitsOf(volatility.reference);
        leaves["sqrtPriceReference"] = digitsOf(volatility.sqrtPriceReferenceQ64);
        leaves["lastUpdateTimestamp"] = digitsOf(volatility.lastUpdateSeconds);
    }
    return leaves;
}

}  // namespace oee::test
