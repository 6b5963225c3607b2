// Whole runs in virtual time: `simulate --profile calm` with its defaults.

#include <algorithm>
#include <thread>
#include <vector>

#include <QTemporaryDir>

#include "base/clock.h"
#include "bench/bench.h"
#include "market/start_balances.h"
#include "runtime/network_profile_file.h"
#include "runtime/virtual_engine.h"
#include "storage/sqlite_store.h"
#include "support/market_fixture.h"

namespace oee::bench {
namespace {

constexpr std::size_t kRepetitions = 5;

runtime::SimulationOptions optionsOf(const market::GenesisMarket& genesis, std::uint64_t orders,
                                     const char* profileName = "calm") {
    const auto profile = runtime::loadNetworkProfile(profileName);
    require(profile.has_value(), "no such profile");
    runtime::SimulationOptions options;
    options.market = test::snapshotOf(genesis);
    options.startBalances = market::startBalances(options.market->pools);
    options.profile = *profile;
    options.scenario.seed = 1;
    options.orders = orders;
    options.workers = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    return options;
}

// What `serve --profile instant` does with the orders of the end-to-end benchmark, but in virtual
// time: SOL and USDC, as many a slot as it takes.
runtime::SimulationOptions instantOptionsOf(const market::GenesisMarket& genesis,
                                            std::uint64_t orders) {
    runtime::SimulationOptions options = optionsOf(genesis, orders, "instant");
    options.pairs = {{domain::solMint(), domain::usdcMint()}};
    options.ordersPerSlot = 1'000;
    return options;
}

double ordersPerSecond(runtime::SimulationOptions options, const runtime::OpenStore& openStore) {
    const base::SystemClock clock;
    const auto orders = static_cast<double>(options.orders);
    const std::int64_t start = clock.steadyMicros();
    runtime::VirtualEngine engine(std::move(options));
    const auto report = engine.run(openStore);
    require(report.has_value(), "the simulation failed");
    return orders * 1e6 / static_cast<double>(clock.steadyMicros() - start);
}

// A database in a folder of its own.
runtime::OpenStore sqliteIn(const QTemporaryDir& folder, const market::GenesisMarket& market) {
    return [&](const runtime::StoreSetup& setup) -> tl::expected<runtime::StorePtr, std::string> {
        execution::Genesis genesis;
        genesis.identity = market.identity;
        genesis.clock = market.clock;
        genesis.blockHeight = market.clock.slot;
        genesis.pools = market.pools;
        genesis.startBalances = setup.options.startBalances;
        storage::OpenOptions open;
        open.path = folder.filePath("engine.db");
        open.clock = &setup.clock;
        open.tokens = setup.options.market->tokens.get();
        open.durability = storage::Durability::processEnd;
        open.retries = setup.retries;
        auto opened = storage::SqliteStore::open(open, genesis, {.committed = setup.onCommitted});
        require(opened.has_value(), "the store does not open");
        return std::move(opened->store);
    };
}

Figure figureOf(const char* what, const std::vector<double>& rates) {
    return {what, quantile(rates, 0.5), "/s",
            QString("median of %1; from %2 to %3")
                .arg(rates.size())
                .arg(quantile(rates, 0), 0, 'f', 0)
                .arg(quantile(rates, 1), 0, 'f', 0)};
}

}  // namespace

void benchSimulation(QJsonObject& result) {
    const market::GenesisMarket genesis = test::generatedGenesis();
    std::vector<double> memory;
    std::vector<double> instant;
    std::vector<double> disk;
    for (std::size_t repetition = 0; repetition < kRepetitions; ++repetition) {
        memory.push_back(ordersPerSecond(optionsOf(genesis, 50'000), runtime::openMemoryStore));
        instant.push_back(
            ordersPerSecond(instantOptionsOf(genesis, 100'000), runtime::openMemoryStore));
        const QTemporaryDir folder;
        runtime::SimulationOptions options = optionsOf(genesis, 10'000);
        options.counterfactuals = runtime::WithCounterfactuals::yes;
        options.accounts = genesis.pools;
        disk.push_back(ordersPerSecond(std::move(options), sqliteIn(folder, genesis)));
    }
    addFigure(result, "simulation.memory",
              figureOf("orders simulated, profile calm, 50 a slot, history in memory", memory));
    addFigure(result, "simulation.instant",
              figureOf("orders simulated, profile instant, 1,000 a slot, SOL and USDC, history in "
                       "memory",
                       instant));
    addFigure(result, "simulation.sqlite",
              figureOf("the same with counterfactuals and SQLite", disk));
}

}  // namespace oee::bench
