#include "app/simulate.h"

#include <memory>
#include <optional>
#include <utility>

#include <QJsonDocument>

#include "app/price_path_file.h"
#include "app/simulate_json.h"
#include "base/clock.h"
#include "market/start_balances.h"
#include "runtime/network_profile_file.h"
#include "runtime/virtual_engine.h"
#include "storage/event_chain.h"
#include "storage/sqlite_store.h"

namespace oee::app {
namespace {

using runtime::SimulationOptions;

tl::unexpected<StartFailure> refused(const QString& text) {
    return tl::unexpected(StartFailure{text, ExitStatus::badOption});
}

amm::MarketSnapshotPtr snapshotOf(const market::GenesisMarket& genesis) {
    auto snapshot = std::make_shared<amm::MarketSnapshot>();
    snapshot->clock = genesis.clock;
    snapshot->blockHeight = genesis.clock.slot;
    snapshot->tokens = std::make_shared<const domain::TokenRegistry>(genesis.tokens);
    for (const auto& [address, accounts] : genesis.pools) {
        // A genesis' pools decode: market::GenesisMarket promises it.
        snapshot->pools.push_back(
            std::make_shared<const amm::Pool>(*amm::decodePool(address, accounts)));
    }
    snapshot->pairs = std::make_shared<const amm::PairIndex>(snapshot->pools);
    return snapshot;
}

// "SOL/USDC", of tokens that pools of this market trade.
tl::expected<runtime::TokenPair, StartFailure> pairOf(const QString& option, const QString& text,
                                                      const amm::MarketSnapshot& market) {
    const QStringList tokens = text.split(QLatin1Char('/'));
    if (tokens.size() != 2) {
        return refused(
            QStringLiteral("%1: \"%2\" is not a pair such as SOL/USDC.").arg(option, text));
    }
    const domain::Token* one = market.tokens->resolve(tokens[0].toStdString());
    const domain::Token* other = market.tokens->resolve(tokens[1].toStdString());
    if (one == nullptr || other == nullptr) {
        return refused(QStringLiteral("%1: no token \"%2\" in this market.")
                           .arg(option, one == nullptr ? tokens[0] : tokens[1]));
    }
    return runtime::TokenPair{one->mint, other->mint};
}

tl::expected<void, StartFailure> readPairs(const Options& options, SimulationOptions& run) {
    for (const QString& text : options.simulation.pairs) {
        const auto pair = pairOf(QStringLiteral("--pairs"), text, *run.market);
        if (!pair) {
            return tl::unexpected(pair.error());
        }
        if (run.market->pairs->poolsOf(pair->first, pair->second).empty()) {
            return refused(QStringLiteral("--pairs: no pool trades %1.").arg(text));
        }
        run.pairs.push_back(*pair);
    }
    return {};
}

tl::expected<void, StartFailure> readPaths(const Options& options, SimulationOptions& run) {
    for (const PathOption& path : options.simulation.paths) {
        const auto pair = pairOf(QStringLiteral("--path"), path.pair, *run.market);
        if (!pair) {
            return tl::unexpected(pair.error());
        }
        auto points = readPricePath(path.file);
        if (!points) {
            return refused(QStringLiteral("--path: %1.").arg(points.error()));
        }
        run.scenario.paths.push_back(
            {pair->first, pair->second, std::move(*points), options.simulation.pathScale});
    }
    return {};
}

runtime::OpenStore sqliteIn(const DataFolder& folder, const market::GenesisMarket& market) {
    return [&](const runtime::StoreSetup& setup) -> tl::expected<runtime::StorePtr, std::string> {
        const SimulationOptions& run = setup.options;
        execution::Genesis genesis;
        genesis.identity = market.identity;
        genesis.description = market.description;
        genesis.clock = market.clock;
        genesis.blockHeight = market.clock.slot;
        genesis.pools = market.pools;
        genesis.startBalances = run.startBalances;
        storage::OpenOptions open;
        open.path = folder.databasePath();
        open.seed = run.scenario.seed;
        open.clock = &setup.clock;
        // A seed tells the same history again.
        open.durability = storage::Durability::processEnd;
        open.tokens = run.market->tokens.get();
        open.retries = setup.retries;
        auto opened = storage::SqliteStore::open(open, genesis, {.committed = setup.onCommitted});
        if (!opened) {
            return tl::make_unexpected(opened.error().detail);
        }
        if (!opened->fresh) {
            return tl::make_unexpected(
                "The data folder already has a history; a simulation needs "
                "a new one.");
        }
        return std::move(opened->store);
    };
}

}  // namespace

tl::expected<QByteArray, StartFailure> simulate(const Options& options) {
    auto genesis = chooseMarket(options);
    if (!genesis) {
        return tl::unexpected(genesis.error());
    }
    const auto profile = runtime::loadNetworkProfile(options.profile.toStdString());
    if (!profile) {
        return refused(QString::fromStdString(runtime::explain(profile.error())));
    }
    SimulationOptions run;
    run.market = snapshotOf(*genesis);
    run.startBalances = market::startBalances(run.market->pools);
    run.profile = *profile;
    run.scenario.seed = options.seed;
    run.orders = options.simulation.orders;
    run.ordersPerSlot = options.simulation.rate;
    run.workers = workersOf(options);
    run.counterfactuals = options.simulation.counterfactuals ? runtime::WithCounterfactuals::yes
                                                             : runtime::WithCounterfactuals::no;
    if (const auto pairs = readPairs(options, run); !pairs) {
        return tl::unexpected(pairs.error());
    }
    if (const auto paths = readPaths(options, run); !paths) {
        return tl::unexpected(paths.error());
    }
    std::optional<DataFolder> folder;
    runtime::OpenStore openStore = runtime::openMemoryStore;
    if (options.isDataFolderGiven) {
        auto opened = DataFolder::open(options.dataFolder);
        if (!opened) {
            return tl::unexpected(StartFailure{explain(opened.error()), ExitStatus::folderRefused});
        }
        folder.emplace(std::move(*opened));
        run.accounts = genesis->pools;
        openStore = sqliteIn(*folder, *genesis);
    }
    const base::SystemClock clock;
    const std::int64_t startMicros = clock.steadyMicros();
    runtime::VirtualEngine engine(std::move(run));
    const auto report = engine.run(openStore);
    if (!report) {
        return tl::unexpected(
            StartFailure{QString::fromStdString(report.error()),
                         folder ? ExitStatus::folderRefused : ExitStatus::failed});
    }
    if (folder && report->events > 0) {
        // The last of it was written after everybody had been told.
        const auto newest = storage::newestEventHash(folder->databasePath());
        if (!newest || *newest != storage::hexOf(report->traceSha256)) {
            return tl::unexpected(
                StartFailure{QStringLiteral("%1 does not have the whole history: is the disk full?")
                                 .arg(folder->databasePath()),
                             ExitStatus::folderRefused});
        }
    }
    const double seconds = static_cast<double>(clock.steadyMicros() - startMicros) / 1e6;
    QJsonObject json = simulationJson(*report, seconds);
    json["profile"] = options.profile;
    json["seed"] = QString::number(options.seed);
    json["market"] = QString::fromStdString(genesis->description);
    return QJsonDocument(json).toJson();
}

}  // namespace oee::app
