// The chain of the engine that runs: commitment, receipts and what it remembers, over restarts and
// real files.

#include <QTemporaryDir>
#include <QtTest>

#include "runtime/live_engine.h"
#include "runtime/network_profile_file.h"
#include "runtime/order_detail.h"
#include "runtime/sell_order.h"
#include "storage/event_chain.h"
#include "support/market_fixture.h"

using namespace oee;
using domain::OrderStatus;
using test::sell;

namespace {

constexpr int kPatienceMillis = 60'000;

chain::NetworkProfile instant() {
    chain::NetworkProfile profile;
    profile.name = "instant";
    profile.baseFeeLamports = 5'000;
    return profile;
}

}  // namespace

class LiveChainTest : public QObject {
    Q_OBJECT

  private:
    QString path() const { return folder_->filePath(QStringLiteral("engine.db")); }

    std::unique_ptr<runtime::LiveEngine> start(const chain::NetworkProfile& profile = instant()) {
        runtime::EngineOptions options;
        options.databasePath = path();
        options.genesis = test::generatedGenesis();
        options.profile = profile;
        options.redis = "none";
        options.clock = &clock_;
        auto engine = runtime::LiveEngine::start(std::move(options));
        if (!engine) {
            qFatal("%s", engine.error().detail.c_str());
        }
        return std::move(*engine);
    }

    domain::OrderId submit(runtime::Engine& engine, const char* amount) {
        std::optional<tl::expected<execution::Admitted, execution::Refusal>> answer;
        engine.submit(sell(amount), this, [&](const auto& result) { answer = result; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, kPatienceMillis) || !*answer) {
            qFatal("not admitted");
        }
        return (*answer)->order->id;
    }

    // What the file has, once its engine is gone.
    execution::StoredState stored() {
        const auto market = test::generatedGenesis();
        execution::Genesis genesis;
        genesis.identity = market.identity;
        genesis.pools = market.pools;
        storage::OpenOptions open;
        open.path = path();
        open.clock = &clock_;
        auto opened = storage::SqliteStore::open(open, genesis, {});
        if (!opened) {
            qFatal("%s", opened.error().detail.c_str());
        }
        return opened->state;
    }

    std::unique_ptr<QTemporaryDir> folder_;
    base::SystemClock clock_;

  private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void anOrderComesWithItsReceipt() {
        domain::OrderId id;
        domain::Receipt receipt;
        {
            const auto engine = start();
            id = submit(*engine, "10");
            QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
            const auto order = test::detailOf(*engine, id);
            QVERIFY(order.receipt.has_value());
            receipt = *order.receipt;
            const domain::Execution& execution = *order.order->execution;
            QCOMPARE(receipt.amountInRaw, execution.amountInRaw);
            QCOMPARE(receipt.amountOutRaw, execution.amountOutRaw);
            QCOMPARE(receipt.networkFeeLamports, execution.networkFeeLamports);
            QCOMPARE(receipt.landingSlot, execution.slot);
            QCOMPARE(receipt.quotedOutRaw, order.order->plan->expectedOutRaw);
            QVERIFY(base::i128{receipt.decisionOutRaw} - receipt.parts.sum() ==
                    receipt.amountOutRaw - receipt.parts.networkRaw);
            QVERIFY(receipt.parts.networkRaw > 0 && receipt.parts.lpFeesRaw > 0);
            QVERIFY(receipt.counterfactuals->fullRouteOutRaw.value() >= receipt.amountOutRaw);
        }
        const auto report = storage::verifyHistory({path(), {}});
        QVERIFY2(report && report->problem.isEmpty(), qPrintable(report->problem));
        QCOMPARE(report->receipts, std::uint64_t{1});
        const auto engine = start();
        auto again = test::detailOf(*engine, id).receipt.value();
        again.markouts = receipt.markouts;  // one may have been taken since
        QVERIFY(again == receipt);
    }

    // An unpaced chain that owes markouts lets time pass for them.
    void aMarkoutComesWithoutFurtherOrders() {
        const auto engine = start();
        const auto id = submit(*engine, "1");
        QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
        QTRY_VERIFY_WITH_TIMEOUT(!test::detailOf(*engine, id).receipt->markouts.empty(),
                                 kPatienceMillis);
        const auto markout = test::detailOf(*engine, id).receipt->markouts.front();
        QCOMPARE(markout.seconds, 1U);
        QCOMPARE(markout.takenAfterMillis, std::uint64_t{1'200});  // three slots of 400 ms
    }

    void markoutsAreTakenOverARestart() {
        domain::OrderId id;
        const auto pass = [this](runtime::Engine& engine, std::uint64_t count) {
            const std::uint64_t until = engine.status().slot + count;
            while (engine.status().slot < until) {
                const auto other = submit(engine, "0.01");
                QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(engine, other), kPatienceMillis);
            }
        };
        {
            const auto engine = start();
            id = submit(*engine, "10");
            QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
            pass(*engine, 20);  // 8 s
            QTRY_COMPARE_WITH_TIMEOUT(test::detailOf(*engine, id).receipt->markouts.size(),
                                      std::size_t{2}, kPatienceMillis);
        }
        const auto engine = start();
        QCOMPARE(test::detailOf(*engine, id).receipt->markouts.size(), std::size_t{2});
        pass(*engine, 131);
        const domain::Receipt receipt = test::detailOf(*engine, id).receipt.value();
        QCOMPARE(receipt.markouts.size(), domain::kMarkoutSeconds.size());
        for (std::size_t i = 0; i < receipt.markouts.size(); ++i) {
            const domain::Markout& markout = receipt.markouts[i];
            QCOMPARE(markout.seconds, domain::kMarkoutSeconds[i]);
            // At the end of the first slot of 400 ms then.
            QVERIFY(markout.takenAfterMillis >= markout.seconds * 1'000U);
            QVERIFY(markout.takenAfterMillis < markout.seconds * 1'000U + 400);
            // All sold since: it is not worth more.
            QVERIFY(markout.midOutRaw <= receipt.decisionOutRaw);
        }
    }

    // What is only processed has not happened to anybody, and a restart goes on from what is
    // confirmed.
    void anOrderIsConfirmedWhenItsSlotIs() {
        auto profile = instant();
        profile.slotMillis = 5;
        profile.confirmedSlotsMin = profile.confirmedSlotsMax = 1'000'000;
        domain::OrderId id;
        {
            const auto engine = start(profile);
            const std::uint64_t slot = engine->status().slot;
            const auto market = engine->market();
            id = submit(*engine, "10");
            QTRY_COMPARE_WITH_TIMEOUT(test::detailOf(*engine, id).order->status,
                                      OrderStatus::submitted, kPatienceMillis);
            QTest::qWait(100);  // some slots
            QCOMPARE(test::detailOf(*engine, id).order->status, OrderStatus::submitted);
            QVERIFY(!test::detailOf(*engine, id).receipt.has_value());
            QCOMPARE(engine->status().slot, slot);
            QVERIFY(engine->market() == market);
        }
        profile.confirmedSlotsMin = profile.confirmedSlotsMax = 3;
        profile.finalizedSlots = 32;
        const auto engine = start(profile);
        QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
        const auto receipt = test::detailOf(*engine, id).receipt.value();
        QCOMPARE(receipt.confirmedSlot, receipt.landingSlot + 3);
        QCOMPARE(receipt.finalizedSlot, receipt.landingSlot + 35);
        QCOMPARE(test::detailOf(*engine, id).fills.size(), std::size_t{1});
    }

    // The chain that was stopped and started is the chain that was not: fee market, prices,
    // traffic and pools.
    void theChainGoesOnWhereItStood() {
        auto profile = runtime::loadNetworkProfile("busy");
        QVERIFY(profile.has_value());
        profile->slotMillis = 10;
        profile->slotJitterMicros = 5'000;
        std::uint64_t slot = 0;
        for (int run = 0; run < 3; ++run) {
            const auto engine = start(*profile);
            QVERIFY(engine->status().slot >= slot);
            slot = engine->status().slot + 15;
            QTRY_VERIFY_WITH_TIMEOUT(engine->status().slot >= slot, kPatienceMillis);
        }
        const auto file = stored();
        auto market =
            std::make_shared<amm::MarketSnapshot>(*test::snapshotOf(test::generatedGenesis()));
        auto state = chain::genesisState(market, *profile);
        while (state.market->clock.slot < file.clock.slot) {
            state = chain::step(state, {}, *profile, {1, {}}).state;
        }
        QVERIFY(file.clock == state.market->clock);
        QCOMPARE(file.blockHeight, state.market->blockHeight);
        QVERIFY(file.chainState == chain::encodeState(state));
        for (const auto& pool : state.market->pools) {
            const auto read = amm::decodePool(pool->address, file.pools.at(pool->address));
            QVERIFY(read.has_value());
            QVERIFY(amm::vaultBalances(*read) == amm::vaultBalances(*pool));
        }
    }

    void whatCannotBeReadBeginsAnew() {
        { const auto engine = start(); }
        auto state = stored();
        const auto market = test::snapshotOf(test::generatedGenesis());
        state.chainState = {1, 2, 3};
        const auto chain =
            runtime::chainStart(state, market, instant(), runtime::WithCounterfactuals::no).chain;
        QVERIFY(chain.state.market == market);
        QVERIFY(chain.state.pending.empty());
        QVERIFY(chain::encodeState(chain.state) ==
                chain::encodeState(chain::genesisState(market, instant())));
    }
};

QTEST_GUILESS_MAIN(LiveChainTest)
#include "live_chain_test.moc"
