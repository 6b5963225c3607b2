// A market as bytes: the copy on another machine is the market itself, slot for slot, and bytes
// from anywhere do no harm.

#include "runtime/market_codec.h"

#include <QtTest>

#include "base/rng.h"
#include "chain/chain.h"
#include "chain/compute_units.h"
#include "runtime/market_mirror.h"
#include "runtime/network_profile_file.h"
#include "runtime/quote_desk.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

chain::NetworkProfile profileNamed(const char* name) {
    const auto profile = runtime::loadNetworkProfile(name);
    if (!profile) {
        qFatal("no profile");
    }
    return *profile;
}

// An engine's market that moves, with what it tells of itself.
struct Engine {
    Engine()
        : genesis(test::generatedGenesis()),
          profile(profileNamed("busy")),
          state(chain::genesisState(test::snapshotOf(genesis), profile)),
          source(genesis.pools, state.market, profile) {}

    std::string step() {
        state = chain::step(state, {}, profile, {7, {}}).state;
        return runtime::encodeDelta(source.advance(state.market));
    }
    std::string whole() {
        source.advance(state.market);
        return runtime::encodeMarket(source.image());
    }

    market::GenesisMarket genesis;
    chain::NetworkProfile profile;
    chain::ChainState state;
    runtime::MarketSource source;
};

runtime::MarketCopy copyOf(const std::string& bytes) {
    auto image = runtime::decodeMarket(bytes);
    if (!image) {
        qFatal("the market cannot be read");
    }
    auto copy = runtime::MarketCopy::from(std::move(*image));
    if (!copy) {
        qFatal("%s", copy.error().c_str());
    }
    return std::move(*copy);
}

// Empty where the two are the same.
QString differenceOf(const amm::MarketSnapshot& one, const amm::MarketSnapshot& other) {
    if (one.clock != other.clock || one.blockHeight != other.blockHeight) {
        return "clock";
    }
    if (one.pools.size() != other.pools.size()) {
        return "number of pools";
    }
    for (std::size_t i = 0; i < one.pools.size(); ++i) {
        const amm::Pool* twin = other.find(one.pools[i]->address);
        if (twin == nullptr || twin->program != one.pools[i]->program ||
            twin->mints != one.pools[i]->mints || !(twin->state == one.pools[i]->state)) {
            return QString::fromStdString(domain::toBase58(one.pools[i]->address));
        }
    }
    return {};
}

domain::Order sellSol(std::uint64_t amountRaw) {
    domain::Order order;
    order.id = domain::makeOrderId({1'000, 1, 7});
    order.inputMint = domain::solMint();
    order.outputMint = domain::usdcMint();
    order.amountInRaw = amountRaw;
    order.slippageBps = 50;
    return order;
}

}  // namespace

class MarketCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void theCopyIsTheMarket();
    void theCopyFollowsSlotBySlot();
    void aSkippedSlotIsInTheNextDelta();
    void plansOfTheCopyAreThoseOfTheMarket();
    void everyCutIsRefused();
    void noBytesDoHarm();
    void anotherVersionIsNamed();
    void foreignAccountsAreRefused();
};

void MarketCodecTest::theCopyIsTheMarket() {
    Engine engine;
    const std::string bytes = engine.whole();
    const auto image = runtime::decodeMarket(bytes);
    QVERIFY(image);
    QVERIFY(image->pools == engine.genesis.pools);
    QVERIFY(image->tokens == engine.genesis.tokens.all());
    QVERIFY(image->clock == engine.state.market->clock);
    QCOMPARE(image->blockHeight, engine.state.market->blockHeight);
    QCOMPARE(image->profile.name, engine.profile.name);
    QCOMPARE(image->profile.blockhashLifeBlocks, engine.profile.blockhashLifeBlocks);
    QCOMPARE(chain::networkFeeLamports(image->profile, 200'000),
             chain::networkFeeLamports(engine.profile, 200'000));
    QCOMPARE(runtime::encodeMarket(*image), bytes);
    QCOMPARE(differenceOf(*engine.state.market, *copyOf(bytes).snapshot()), QString());
}

void MarketCodecTest::theCopyFollowsSlotBySlot() {
    Engine engine;
    auto copy = copyOf(engine.whole());
    std::size_t accounts = 0;
    for (int slot = 0; slot < 60; ++slot) {
        const auto delta = runtime::decodeDelta(engine.step());
        QVERIFY(delta);
        accounts += delta->accounts.size();
        QVERIFY(copy.apply(*delta));
        QCOMPARE(differenceOf(*engine.state.market, *copy.snapshot()), QString());
    }
    QVERIFY2(accounts > 100, "the market hardly moved");
    // Who joins now has the same.
    QCOMPARE(differenceOf(*copy.snapshot(), *copyOf(engine.whole()).snapshot()), QString());
}

void MarketCodecTest::aSkippedSlotIsInTheNextDelta() {
    Engine engine;
    auto copy = copyOf(engine.whole());
    for (int slot = 0; slot < 20; ++slot) {
        engine.state = chain::step(engine.state, {}, engine.profile, {7, {}}).state;
    }
    QVERIFY(differenceOf(*engine.state.market, *copy.snapshot()) != QString());
    QVERIFY(copy.apply(engine.source.advance(engine.state.market)));
    QCOMPARE(differenceOf(*engine.state.market, *copy.snapshot()), QString());
}

void MarketCodecTest::plansOfTheCopyAreThoseOfTheMarket() {
    Engine engine;
    auto copy = copyOf(engine.whole());
    runtime::MarketPlanner here(engine.profile);
    runtime::MarketPlanner there(copy.profile());
    for (int slot = 0; slot < 10; ++slot) {
        const auto delta = runtime::decodeDelta(engine.step());
        QVERIFY(delta && copy.apply(*delta));
        const domain::Order order = sellSol(1'000'000'000ULL * static_cast<unsigned>(1 + slot * 7));
        const auto one = here.on(engine.state.market).plan(order);
        const auto other = there.on(copy.snapshot()).plan(order);
        QVERIFY(one && other);
        QVERIFY(one->summary == other->summary);
    }
}

void MarketCodecTest::everyCutIsRefused() {
    Engine engine;
    engine.step();
    const std::string delta = engine.step();
    for (std::size_t size = 0; size < std::min<std::size_t>(delta.size(), 4'000); ++size) {
        QVERIFY(!runtime::decodeDelta(std::string_view(delta).substr(0, size)));
    }
    QVERIFY(!runtime::decodeDelta(delta + '\0'));
    const std::string whole = engine.whole();
    for (std::size_t size = 0; size < whole.size(); size += 1'013) {
        QVERIFY(!runtime::decodeMarket(std::string_view(whole).substr(0, size)));
    }
    QVERIFY(!runtime::decodeMarket(whole + '\0'));
}

void MarketCodecTest::noBytesDoHarm() {
    Engine engine;
    const std::string whole = engine.whole();
    engine.step();
    const std::string delta = engine.step();
    base::CounterRng random(1, base::RngPurpose::test, 99);
    for (int round = 0; round < 200; ++round) {
        for (const std::string* original : {&whole, &delta}) {
            std::string bytes = *original;
            // In the head, where the numbers of entries are, and anywhere.
            for (int i = 0; i < 4; ++i) {
                const std::size_t reach =
                    i % 2 == 0 ? std::min<std::size_t>(bytes.size(), 400) : bytes.size();
                bytes[random.below(reach)] = static_cast<char>(random.below(256));
            }
            if (auto image = runtime::decodeMarket(bytes)) {
                const auto copy = runtime::MarketCopy::from(std::move(*image));
                QVERIFY(copy || !copy.error().empty());
            }
            if (const auto read = runtime::decodeDelta(bytes)) {
                auto copy = copyOf(whole);
                const auto applied = copy.apply(*read);
                QVERIFY(applied || !applied.error().empty());
            }
        }
    }
}

void MarketCodecTest::anotherVersionIsNamed() {
    Engine engine;
    std::string bytes = engine.whole();
    bytes[0] = 99;
    const auto image = runtime::decodeMarket(bytes);
    QVERIFY(!image && image.error() == runtime::MarketCodecError::anotherVersion);
    std::string delta = engine.step();
    delta[0] = 99;
    const auto read = runtime::decodeDelta(delta);
    QVERIFY(!read && read.error() == runtime::MarketCodecError::anotherVersion);
}

void MarketCodecTest::foreignAccountsAreRefused() {
    Engine engine;
    auto copy = copyOf(engine.whole());
    const auto& [pool, accounts] = *engine.genesis.pools.begin();
    runtime::MarketDelta delta{engine.state.market->clock, 0, {}};
    domain::Pubkey elsewhere;
    delta.accounts = {{elsewhere, accounts.begin()->first, accounts.begin()->second}};
    QVERIFY(!copy.apply(delta));
    delta.accounts = {{pool, elsewhere, accounts.begin()->second}};
    QVERIFY(!copy.apply(delta));
    delta.accounts = {{pool, pool, {}}};
    QVERIFY(!copy.apply(delta));
}

QTEST_GUILESS_MAIN(MarketCodecTest)
#include "market_codec_test.moc"
