#include "market/genesis.h"

#include <QtTest>

#include <algorithm>
#include <map>
#include <set>

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

#include "dump_files.h"
#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

namespace {

const QString kMainnet = OEE_SOURCE_DIR "/../shared/mainnet";

domain::Pubkey keyOf(std::uint8_t number) {
    domain::Pubkey key;
    key.bytes.fill(number);
    return key;
}

// An AMM v4 pool of any two mints, from the generator: its address is `number` throughout, so that
// the order of pools is known.
Dump poolOf(std::uint8_t number, const domain::Pubkey& a, const domain::Pubkey& b) {
    auto profile = defaultProfile();
    market::PoolProfile pool = profile.pools.at(0);
    pool.name = "pool " + std::to_string(number);
    pool.a.token.mint = a;
    pool.b.token.mint = b;
    auto generated = market::generatePool(profile, pool, 1);
    Dump dump{.folder = QString::number(number),
              .pool = keyOf(number),
              .accounts = generated->accounts,
              .symbols = {}};
    auto node = dump.accounts.extract(generated->address);
    node.key() = dump.pool;
    dump.accounts.insert(std::move(node));
    return dump;
}

market::GenesisFailure failureOf(
    const tl::expected<market::GenesisMarket, market::GenesisFailure>& genesis) {
    return genesis ? market::GenesisFailure{.error = market::GenesisError::noPools,
                                            .where = "no failure",
                                            .what = {}}
                   : genesis.error();
}

}  // namespace

class GenesisTest : public QObject {
    Q_OBJECT

  private slots:
    void generatedGenesisIsComplete() {
        const auto profile = defaultProfile();
        const auto genesis = market::genesisFromProfile(profile, 42);
        QVERIFY(genesis.has_value());
        QCOMPARE(genesis->kind, market::MarketKind::generated);
        QCOMPARE(genesis->pools.size(), profile.pools.size());
        QVERIFY(genesis->clock == profile.clock);
        QVERIFY(genesis->skipped.empty());
        QCOMPARE(genesis->tokens.size(), profile.tokens.size());
        QCOMPARE(genesis->tokens.resolve("BONK")->decimals, 5u);
        for (const auto& [address, accounts] : genesis->pools) {
            const auto pool = amm::decodePool(address, accounts);
            QVERIFY(pool.has_value());
            for (const auto& mint : pool->mints) {
                QVERIFY(genesis->tokens.find(mint.mint) != nullptr);
                QCOMPARE(genesis->tokens.find(mint.mint)->decimals, mint.decimals);
            }
        }
        QVERIFY(genesis->description.find("42") != std::string::npos);
        QVERIFY(genesis->description.find("default") != std::string::npos);
    }

    // A data folder keeps its genesis by this text.
    void identityTellsMarketsApart() {
        auto profile = defaultProfile();
        const auto one = market::genesisFromProfile(profile, 1);
        const auto same = market::genesisFromProfile(profile, 1);
        const auto other = market::genesisFromProfile(profile, 2);
        QVERIFY(one && same && other);
        QCOMPARE(one->identity.size(), std::size_t{64});
        QCOMPARE(one->identity, same->identity);
        QVERIFY(one->identity != other->identity);
        profile.clock.slot += 1;
        QVERIFY(market::genesisFromProfile(profile, 1)->identity != one->identity);
    }

    void refusalsNameThePool() {
        auto profile = defaultProfile();
        std::get<market::AmmV4Shape>(profile.pools.at(0).shape).sideUsdMicros = 0;
        const auto failure = failureOf(market::genesisFromProfile(profile, 1));
        QCOMPARE(failure.error, market::GenesisError::profile);
        QCOMPARE(failure.where, profile.pools[0].name);
        QCOMPARE(failure.what, std::string("amountOutOfRange"));

        profile = defaultProfile();
        profile.pools.push_back(profile.pools.front());
        QCOMPARE(failureOf(market::genesisFromProfile(profile, 1)).error,
                 market::GenesisError::duplicatePool);

        profile.pools.clear();
        QCOMPARE(failureOf(market::genesisFromProfile(profile, 1)).where, std::string("default"));
    }

    // What the generator makes and what a dump of it holds are the same market.
    void dumpsOfAGeneratedMarketAreThatMarket() {
        const auto genesis = market::genesisFromProfile(defaultProfile(), 9);
        QVERIFY(genesis.has_value());
        QTemporaryDir directory;
        int number = 0;
        for (const auto& [address, accounts] : genesis->pools) {
            QVERIFY(writeDump(directory.path(), {.folder = QString("f%1").arg(number++),
                                                 .pool = address,
                                                 .accounts = accounts,
                                                 .clock = genesis->clock,
                                                 .symbols = {}}));
        }
        const auto recorded = market::genesisFromDumps(directory.path());
        QVERIFY(recorded.has_value());
        QCOMPARE(recorded->kind, market::MarketKind::recorded);
        QVERIFY(recorded->pools == genesis->pools);
        QCOMPARE(recorded->identity, genesis->identity);
        QVERIFY(recorded->skipped.empty());
    }

    void theLatestClockIsGenesis() {
        QTemporaryDir directory;
        const std::vector<amm::ChainClock> clocks{
            {.slot = 900, .unixTimestamp = 50, .epoch = 9},
            {.slot = 100, .unixTimestamp = 70, .epoch = 2},
            {.slot = 101, .unixTimestamp = 70, .epoch = 3},
            {.slot = 500, .unixTimestamp = 60, .epoch = 5},
        };
        for (std::size_t i = 0; i < clocks.size(); ++i) {
            Dump dump =
                poolOf(static_cast<std::uint8_t>(i + 1), domain::solMint(), domain::usdcMint());
            dump.clock = clocks[i];
            QVERIFY(writeDump(directory.path(), dump));
        }
        const auto genesis = market::genesisFromDumps(directory.path());
        QVERIFY(genesis.has_value());
        QVERIFY(genesis->clock == clocks[2]);
    }

    void aPoolTwiceIsRefused() {
        QTemporaryDir directory;
        Dump dump = poolOf(1, domain::solMint(), domain::usdcMint());
        QVERIFY(writeDump(directory.path(), dump));
        dump.folder = "again";
        QVERIFY(writeDump(directory.path(), dump));
        const auto failure = failureOf(market::genesisFromDumps(directory.path()));
        QCOMPARE(failure.error, market::GenesisError::duplicatePool);
        QCOMPARE(failure.what, domain::toBase58(dump.pool));
    }

    // One symbol, several mints: the first pool by address decides; the dollar and SOL are safe
    // from impostors. A mint without a symbol shows its short form; decimals are the accounts'.
    void symbolsMeanOneMint() {
        QTemporaryDir directory;
        const auto first = keyOf(101);
        const auto second = keyOf(102);
        const auto impostor = keyOf(103);
        const auto nameless = keyOf(104);
        Dump one = poolOf(1, impostor, second);
        one.symbols = {{impostor, "usdt"}, {second, ""}};
        one.claimedDecimals = 2;
        Dump two = poolOf(2, first, domain::usdtMint());
        two.symbols = {{first, "TWIN"}, {domain::usdtMint(), "USDT"}};
        Dump three = poolOf(3, second, nameless);
        three.symbols = {{second, "TWIN"}};
        // Folders in another order than pools.
        one.folder = "z";
        three.folder = "a";
        for (const Dump& dump : {one, two, three}) {
            QVERIFY(writeDump(directory.path(), dump));
        }
        const auto genesis = market::genesisFromDumps(directory.path());
        QVERIFY(genesis.has_value());
        const auto& tokens = genesis->tokens;
        QVERIFY(tokens.resolve("TWIN")->mint == first);
        QCOMPARE(tokens.symbolOf(second), domain::shortForm(second));
        QVERIFY(tokens.resolve("USDT")->mint == domain::usdtMint());
        QCOMPARE(tokens.symbolOf(impostor), domain::shortForm(impostor));
        QCOMPARE(tokens.symbolOf(nameless), domain::shortForm(nameless));
        QVERIFY(tokens.find(nameless) != nullptr);
        QVERIFY(tokens.resolve("SOL")->mint == domain::solMint());
        QCOMPARE(tokens.find(impostor)->decimals, 9u);
        // SOL and USDC beside the five mints of the pools.
        QCOMPARE(tokens.size(), std::size_t{7});
    }

    void aLaterDumpMayNameAToken() {
        QTemporaryDir directory;
        const auto mint = keyOf(101);
        Dump one = poolOf(1, mint, domain::usdcMint());
        one.symbols = {{mint, ""}};
        Dump two = poolOf(2, mint, domain::solMint());
        two.symbols = {{mint, "LATE"}};
        QVERIFY(writeDump(directory.path(), one));
        QVERIFY(writeDump(directory.path(), two));
        const auto genesis = market::genesisFromDumps(directory.path());
        QVERIFY(genesis.has_value());
        QCOMPARE(genesis->tokens.symbolOf(mint), std::string("LATE"));
    }

    void brokenPoolsAreNotLeftOut() {
        QTemporaryDir directory;
        QVERIFY(writeDump(directory.path(), poolOf(1, domain::solMint(), domain::usdcMint())));
        Dump broken = poolOf(2, domain::solMint(), domain::usdcMint());
        broken.accounts.at(broken.pool).data.resize(700);
        QVERIFY(writeDump(directory.path(), broken));
        const auto failure = failureOf(market::genesisFromDumps(directory.path()));
        QCOMPARE(failure.error, market::GenesisError::undecodable);
        QCOMPARE(failure.where, domain::toBase58(broken.pool));
        QVERIFY(!failure.what.empty());
    }

    void nothingToTradeIsRefused() {
        QTemporaryDir directory;
        QCOMPARE(failureOf(market::genesisFromDumps(directory.path())).error,
                 market::GenesisError::noPools);
        const auto absent = failureOf(market::genesisFromDumps(directory.path() + "/absent"));
        QCOMPARE(absent.error, market::GenesisError::dump);
        QVERIFY(QString::fromStdString(absent.where).endsWith("/absent"));
        QCOMPARE(absent.what, std::string("folderUnreadable"));
    }

    // All of the dumps: what is supported loads, what is not is listed with its reason.
    void mainnetDumpsLoad() {
        if (!QDir(kMainnet).exists()) {
            QSKIP("no ../shared/mainnet here");
        }
        const std::set<QString> supported{"raydium-amm-v4", "raydium-cpmm",    "raydium-clmm",
                                          "meteora-dlmm",   "meteora-damm-v2", "meteora-damm-v1"};
        std::set<std::string> expected;
        std::set<std::string> others;
        amm::ChainClock latest;
        QDirIterator files(kMainnet, {"pool.json"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
            const std::string pool = root["pool"].toString().toStdString();
            const bool taken = supported.contains(root["program"].toString());
            (taken ? expected : others).insert(pool);
            const QJsonObject clock = root["clock"].toObject();
            if (taken && clock["unixTimestamp"].toInteger() > latest.unixTimestamp) {
                latest = {.slot = static_cast<std::uint64_t>(clock["slot"].toInteger()),
                          .unixTimestamp = clock["unixTimestamp"].toInteger(),
                          .epoch = static_cast<std::uint64_t>(clock["epoch"].toInteger())};
            }
        }
        const auto genesis = market::genesisFromDumps(kMainnet);
        if (!genesis) {
            QFAIL((genesis.error().where + ": " + genesis.error().what).c_str());
        }
        std::set<std::string> loaded;
        for (const auto& [address, accounts] : genesis->pools) {
            loaded.insert(domain::toBase58(address));
        }
        std::set<std::string> skipped;
        for (const auto& pool : genesis->skipped) {
            skipped.insert(domain::toBase58(pool.pool));
            QVERIFY(!supported.contains(
                QString::fromStdString(std::string(domain::nameOf(pool.program)))));
            QVERIFY(!pool.reason.empty());
        }
        QVERIFY(loaded == expected);
        QVERIFY(skipped == others);
        QVERIFY(genesis->clock == latest);
        QCOMPARE(genesis->tokens.resolve("SOL")->mint, domain::solMint());
    }
};

QTEST_GUILESS_MAIN(GenesisTest)
#include "genesis_test.moc"
