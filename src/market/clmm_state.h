#pragma once
// A Raydium CLMM pool in the words of the recorded swaps: what tests compare with, and what batch
// quotes answer.

#include <QJsonObject>

#include "amm/pool.h"

namespace oee::market {

// {"vaults": {address: raw}, "state": {…}}: price, liquidity, fee counters, volatility, and every
// tick that has or had limit orders. Numbers of more than 32 bits are strings. The pool is a CLMM.
QJsonObject clmmFinalOf(const amm::Pool& pool);

}  // namespace oee::market
