#include "market/damm_v1_state.h"

#include <variant>

#include <QString>

namespace oee::market {

QJsonObject dammV1FinalOf(const amm::Pool& pool) {
    const auto& [a, b] = std::get<amm::meteora::DammV1Pool>(pool.state).sides;
    return {{"vaultATotal", QString::number(a.totalRaw)},
            {"vaultBTotal", QString::number(b.totalRaw)},
            {"poolVaultALp", QString::number(a.poolLpRaw)},
            {"poolVaultBLp", QString::number(b.poolLpRaw)},
            {"vaultALpSupply", QString::number(a.lpSupplyRaw)},
            {"vaultBLpSupply", QString::number(b.lpSupplyRaw)},
            {"tokenVaultA", QString::number(a.tokenVaultRaw)},
            {"tokenVaultB", QString::number(b.tokenVaultRaw)},
            {"protocolFeeA", QString::number(a.protocolFeeRaw)},
            {"protocolFeeB", QString::number(b.protocolFeeRaw)}};
}

}  // namespace oee::market
