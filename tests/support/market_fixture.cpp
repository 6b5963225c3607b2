#include "support/market_fixture.h"

#include <utility>

#include <QtGlobal>

namespace oee::test {

market::GenesisMarket generatedGenesis(std::uint64_t seed) {
    const auto profile = market::loadMarketProfile(QStringLiteral("default"));
    if (!profile) {
        qFatal("the default market profile cannot be read");
    }
    auto genesis = market::genesisFromProfile(*profile, seed);
    if (!genesis) {
        qFatal("the default market cannot be generated");
    }
    return std::move(*genesis);
}

amm::MarketSnapshotPtr snapshotOf(const market::GenesisMarket& genesis) {
    auto snapshot = std::make_shared<amm::MarketSnapshot>();
    snapshot->clock = genesis.clock;
    snapshot->blockHeight = genesis.clock.slot;
    snapshot->tokens = std::make_shared<const domain::TokenRegistry>(genesis.tokens);
    for (const auto& [address, accounts] : genesis.pools) {
        auto pool = amm::decodePool(address, accounts);
        if (!pool) {
            qFatal("a generated pool cannot be decoded: %s", pool.error().where.c_str());
        }
        snapshot->pools.push_back(std::make_shared<const amm::Pool>(std::move(*pool)));
    }
    snapshot->pairs = std::make_shared<const amm::PairIndex>(snapshot->pools);
    return snapshot;
}

amm::MarketSnapshotPtr generatedMarket(std::uint64_t seed) {
    return snapshotOf(generatedGenesis(seed));
}

}  // namespace oee::test
