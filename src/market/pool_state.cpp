#include "market/pool_state.h"

#include <algorithm>
#include <string>
#include <variant>

#include "market/clmm_state.h"

namespace oee::market {
namespace {

using amm::meteora::DammV1Pool;
using amm::meteora::DammV2Pool;
using amm::meteora::DlmmPool;
using amm::raydium::AmmV4Pool;
using amm::raydium::ClmmPool;
using amm::raydium::CpmmPool;

QString addressOf(const domain::Pubkey& key) {
    return QString::fromStdString(domain::toBase58(key));
}

QJsonObject stateOf(const AmmV4Pool& state) {
    QJsonObject vaults;
    for (std::size_t side = 0; side < 2; ++side) {
        vaults[addressOf(state.vaults[side])] = digitsOf(state.vaultRaw[side]);
    }
    return {{"vaults", vaults},
            {"state", QJsonObject{{"status", digitsOf(static_cast<std::uint64_t>(state.status))},
                                  {"needTakePnlCoin", digitsOf(state.needTakePnlRaw[0])},
                                  {"needTakePnlPc", digitsOf(state.needTakePnlRaw[1])},
                                  {"recentEpoch", digitsOf(state.recentEpoch)}}}};
}

QJsonObject stateOf(const CpmmPool& state) {
    QJsonObject vaults;
    QJsonObject fields{{"status", state.status},
                       {"lpSupply", digitsOf(state.lpSupplyRaw)},
                       {"openTime", digitsOf(state.openTime)},
                       {"recentEpoch", digitsOf(state.recentEpoch)},
                       {"creatorFeeOn", static_cast<int>(state.creatorFeeOn)},
                       {"enableCreatorFee", state.creatorFeeEnabled ? 1 : 0}};
    for (std::size_t side = 0; side < 2; ++side) {
        const CpmmPool::Side& part = state.sides[side];
        const QString suffix = QStringLiteral("Token%1").arg(side);
        vaults[addressOf(state.vaults[side])] = digitsOf(part.vaultRaw);
        fields["protocolFees" + suffix] = digitsOf(part.protocolFeesRaw);
        fields["fundFees" + suffix] = digitsOf(part.fundFeesRaw);
        fields["creatorFees" + suffix] = digitsOf(part.creatorFeesRaw);
    }
    return {{"vaults", vaults}, {"state", fields}};
}

QJsonObject stateOf(const DlmmPool& state) {
    return {{"activeId", state.activeId},
            {"volatilityAccumulator", static_cast<qint64>(state.volatility.accumulator)},
            {"volatilityReference", static_cast<qint64>(state.volatility.reference)},
            {"indexReference", state.volatility.indexReference},
            {"lastUpdateTimestamp", QString::number(state.volatility.lastUpdateSeconds)},
            {"protocolFeeX", digitsOf(state.sides[0].protocolFeeRaw)},
            {"protocolFeeY", digitsOf(state.sides[1].protocolFeeRaw)},
            {"reserveX", digitsOf(state.sides[0].vaultRaw)},
            {"reserveY", digitsOf(state.sides[1].vaultRaw)}};
}

// The volatility only where the pool has a dynamic fee.
QJsonObject stateOf(const DammV2Pool& state) {
    const auto& [a, b] = state.sides;
    QJsonObject fields{{"sqrtPrice", digitsOf(state.sqrtPriceQ64)},
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
        fields["volatilityAccumulator"] = digitsOf(volatility.accumulator);
        fields["volatilityReference"] = digitsOf(volatility.reference);
        fields["sqrtPriceReference"] = digitsOf(volatility.sqrtPriceReferenceQ64);
        fields["lastUpdateTimestamp"] = digitsOf(volatility.lastUpdateSeconds);
    }
    return fields;
}

QJsonObject stateOf(const DammV1Pool& state) {
    const auto& [a, b] = state.sides;
    return {
        {"vaultATotal", digitsOf(a.totalRaw)},        {"vaultBTotal", digitsOf(b.totalRaw)},
        {"poolVaultALp", digitsOf(a.poolLpRaw)},      {"poolVaultBLp", digitsOf(b.poolLpRaw)},
        {"vaultALpSupply", digitsOf(a.lpSupplyRaw)},  {"vaultBLpSupply", digitsOf(b.lpSupplyRaw)},
        {"tokenVaultA", digitsOf(a.tokenVaultRaw)},   {"tokenVaultB", digitsOf(b.tokenVaultRaw)},
        {"protocolFeeA", digitsOf(a.protocolFeeRaw)}, {"protocolFeeB", digitsOf(b.protocolFeeRaw)}};
}

QJsonObject stateOf(const ClmmPool& state) {
    return clmmStateOf(state);
}

}  // namespace

QString digitsOf(base::u128 value) {
    std::string digits;
    do {
        digits += static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    std::ranges::reverse(digits);
    return QString::fromStdString(digits);
}

QJsonObject poolStateOf(const amm::Pool& pool) {
    return std::visit([](const auto& state) { return stateOf(state); }, pool.state);
}

}  // namespace oee::market
