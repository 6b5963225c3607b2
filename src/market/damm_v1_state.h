#pragma once
// A Meteora DAMM v1 pool in the words of the recorded swaps: what tests compare with, and what
// batch quotes answer.

#include <QJsonObject>

#include "amm/pool.h"

namespace oee::market {

// Of both vaults the total, the pool's LP and the LP supply, and the balances of token vaults and
// protocol fee accounts, as strings of base units. The pool is a DAMM v1.
QJsonObject dammV1FinalOf(const amm::Pool& pool);

}  // namespace oee::market
