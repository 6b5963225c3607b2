#pragma once
// A pool's state in the words of the recorded swaps (`final`, and `after` of Meteora's): what batch
// quotes answer and what tests compare with. Numbers that may pass 32 bits are strings of digits.

#include <QJsonObject>
#include <QString>

#include "amm/pool.h"
#include "base/integer.h"

namespace oee::market {

// Raydium: {"vaults": {address: raw}, "state": {…}}. Meteora: the fields themselves.
QJsonObject poolStateOf(const amm::Pool& pool);

// Decimal digits, for all 128 bits.
QString digitsOf(base::u128 value);

}  // namespace oee::market
