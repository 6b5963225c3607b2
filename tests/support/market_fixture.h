#pragma once
// A market for tests: the generated one, decoded.

#include <cstdint>

#include "amm/market_snapshot.h"
#include "market/genesis.h"

namespace oee::test {

// Fails the process where the default market cannot be made: nothing can be tested then.
market::GenesisMarket generatedGenesis(std::uint64_t seed = 1);
amm::MarketSnapshotPtr snapshotOf(const market::GenesisMarket& genesis);
amm::MarketSnapshotPtr generatedMarket(std::uint64_t seed = 1);

}  // namespace oee::test
