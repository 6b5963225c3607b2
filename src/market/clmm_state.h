#pragma once
// The CLMM's part of pool_state.h.

#include <QJsonObject>

#include "amm/raydium/clmm/pool.h"

namespace oee::market {

// Price, liquidity, fee counters, volatility, and every tick that has or had limit orders.
QJsonObject clmmStateOf(const amm::raydium::ClmmPool& state);

}  // namespace oee::market
