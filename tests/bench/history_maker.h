#pragma once
// A long history, made by the store's own code in no time: the orders that an engine would have
// left behind, without the plans and the market that they would have needed.

#include <cstdint>

#include <QString>

#include "execution/order_store.h"
#include "market/genesis.h"

namespace oee::bench {

// What a live engine sets a folder up from.
execution::Genesis storeGenesis(const market::GenesisMarket& market);

// A file at `path` with so many orders of the last 30 days: of 100, 90 are confirmed (with fill,
// receipt and markouts), 8 have failed, and 2 are cancelled: as many of either direction, so that
// the wallet lasts. Pools are as the genesis has them.
void makeHistory(const QString& path, const market::GenesisMarket& market, std::uint64_t orders);

}  // namespace oee::bench
