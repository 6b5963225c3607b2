// The engine whole: real store, real threads, the generated market.

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "runtime/live_engine.h"
#include "runtime/sell_order.h"
#include "support/market_fixture.h"

using namespace oee;
using domain::OrderStatus;
using test::sell;

namespace {

chain::NetworkProfile instantProfile() {
    chain::NetworkProfile profile;
    profile.name = "instant";
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

}  // namespace

class EngineTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<runtime::LiveEngine> start(
        const chain::NetworkProfile& profile = instantProfile()) {
        runtime::EngineOptions options;
        options.databasePath = folder_->filePath(QStringLiteral("engine.db"));
        options.genesis = test::generatedGenesis();
        options.profile = profile;
        options.workers = 2;
        options.redis = "none";
        options.clock = &clock_;
        auto engine = runtime::LiveEngine::start(std::move(options));
        if (!engine) {
            qFatal("%s", engine.error().detail.c_str());
        }
        return std::move(*engine);
    }

    // Submits and waits for the acknowledgement.
    tl::expected<execution::Admitted, execution::Refusal> submit(
        runtime::Engine& engine, const execution::OrderRequest& request) {
        std::optional<tl::expected<execution::Admitted, execution::Refusal>> answer;
        engine.submit(request, this, [&](const auto& result) { answer = result; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 20'000)) {
            qFatal("no answer");
        }
        return *answer;
    }

    std::optional<runtime::OrderDetail> detail(runtime::Engine& engine, domain::OrderId id) {
        std::optional<tl::expected<runtime::OrderDetail, execution::StoreError>> answer;
        engine.order(id, this, [&](const auto& result) { answer = result; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 20'000) || !*answer) {
            return std::nullopt;
        }
        return **answer;
    }

    bool reaches(runtime::Engine& engine, domain::OrderId id, OrderStatus status) {
        return QTest::qWaitFor(
            [&] {
                const auto order = detail(engine, id);
                return order && order->order->status == status;
            },
            30'000);
    }

    std::unique_ptr<QTemporaryDir> folder_;
    base::SystemClock clock_;

  private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void anOrderGoesFromPendingToConfirmed() {
        const auto engine = start();
        const auto before = engine->wallet();
        const auto admitted = submit(*engine, sell("10"));
        QVERIFY(admitted.has_value());
        QVERIFY(reaches(*engine, admitted->order->id, OrderStatus::confirmed));
        const auto order = detail(*engine, admitted->order->id);
        std::vector<OrderStatus> path;
        for (const auto& event : order->events) {
            path.push_back(event.status);
        }
        QVERIFY(path ==
                (std::vector{OrderStatus::pending, OrderStatus::routing, OrderStatus::building,
                             OrderStatus::submitted, OrderStatus::confirmed}));
        QCOMPARE(order->fills.size(), std::size_t{1});
        const auto& execution = *order->order->execution;
        QCOMPARE(order->fills[0].amountOutRaw, execution.amountOutRaw);
        // Nobody else trades: what was planned is what arrived.
        QCOMPARE(execution.amountOutRaw, order->order->plan->expectedOutRaw);

        const auto after = engine->wallet();
        const auto sol = [](const runtime::WalletPtr& wallet) {
            return wallet->balance(execution::WalletOwner::trader, domain::solMint());
        };
        const auto usdc = [](const runtime::WalletPtr& wallet) {
            return wallet->balance(execution::WalletOwner::trader, domain::usdcMint());
        };
        QCOMPARE(sol(after).amountRaw,
                 sol(before).amountRaw - 10'000'000'000 - execution.networkFeeLamports);
        QCOMPARE(sol(after).reservedRaw, std::uint64_t{0});
        QCOMPARE(usdc(after).amountRaw, usdc(before).amountRaw + execution.amountOutRaw);
    }

    void theQuoteIsWhatTheOrderGets() {
        const auto engine = start();
        const auto quote = engine->quote({"SOL", "USDC", "3.5", {}, 50});
        QVERIFY(quote.has_value());
        const auto admitted = submit(*engine, sell("3.5"));
        QVERIFY(reaches(*engine, admitted->order->id, OrderStatus::confirmed));
        QCOMPARE(detail(*engine, admitted->order->id)->order->execution->amountOutRaw,
                 quote->plan.amountOutRaw);
    }

    void anExactOutputArrivesForAtMostTheMaximum() {
        const auto engine = start();
        const auto before = engine->wallet();
        execution::OrderRequest request = sell("1");
        request.amountIn.reset();
        request.amountOut = "1234.567891";
        const auto quote =
            engine->quote({"SOL", "USDC", {}, {}, 50, request.amountOut, std::nullopt, {}});
        QVERIFY(quote.has_value());
        QCOMPARE(quote->plan.amountOutRaw, std::uint64_t{1'234'567'891});
        const auto admitted = submit(*engine, request);
        QVERIFY(admitted.has_value());
        QVERIFY(admitted->order->mode == domain::RouteMode::exactOut);
        QCOMPARE(admitted->order->amountInRaw, quote->plan.maximumInRaw);
        QVERIFY(reaches(*engine, admitted->order->id, OrderStatus::confirmed));
        const auto order = detail(*engine, admitted->order->id);
        const domain::Execution& execution = *order->order->execution;
        QCOMPARE(execution.amountOutRaw, std::uint64_t{1'234'567'891});
        QVERIFY(execution.amountInRaw <= quote->plan.amountInRaw);
        QVERIFY(execution.amountInRaw < order->order->amountInRaw);
        // What was reserved and not needed is free again.
        const auto after = engine->wallet();
        const auto sol = [](const runtime::WalletPtr& wallet) {
            return wallet->balance(execution::WalletOwner::trader, domain::solMint());
        };
        QCOMPARE(sol(after).reservedRaw, std::uint64_t{0});
        QCOMPARE(sol(after).amountRaw,
                 sol(before).amountRaw - execution.amountInRaw - execution.networkFeeLamports);
        request.amountOut = "99999999999";
        const auto refused = submit(*engine, request);
        QVERIFY(!refused.has_value());
        QVERIFY(refused.error().reason == execution::RefusalReason::noRoute);
        QVERIFY2(refused.error().given.find("works") != std::string::npos,
                 refused.error().given.c_str());
    }

    void aPairWithoutAPoolGoesOverAnotherToken() {
        const auto engine = start();
        execution::OrderRequest request = sell("500");
        request.tokenIn = "USDC";
        request.tokenOut = "BONK";
        const auto admitted = submit(*engine, request);
        QVERIFY(admitted.has_value());
        QVERIFY(reaches(*engine, admitted->order->id, OrderStatus::confirmed));
        const auto order = detail(*engine, admitted->order->id);
        QVERIFY(order->fills.size() >= 2);
        QCOMPARE(order->order->plan->legs.size(), order->fills.size());
        QCOMPARE(order->order->execution->amountOutRaw, order->order->plan->expectedOutRaw);
        QVERIFY(order->order->plan->boundRaw >= order->order->plan->expectedOutRaw);
        request.route.scope = "split";
        QVERIFY(submit(*engine, request).error().reason == execution::RefusalReason::noPool);
    }

    void aRefusalChangesNothing() {
        const auto engine = start();
        const auto before = engine->wallet();
        for (const char* amount : {"0", "-1", "ten", "0.0000000001", "1001"}) {
            const auto refused = submit(*engine, sell(amount));
            QVERIFY(!refused.has_value());
            QVERIFY(refused.error().field == execution::Field::amountIn);
        }
        QVERIFY(*engine->wallet() == *before);
        QCOMPARE(engine->status().lastEventSequence, std::uint64_t{0});
    }

    void concurrentOrdersCannotOverspend() {
        const auto engine = start();
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < 20; ++i) {
            engine->submit(sell("100"), this, [&](const auto& result) {
                result.has_value() ? ++accepted : ++refused;
            });
        }
        QTRY_COMPARE_WITH_TIMEOUT(accepted + refused, 20, 30'000);
        // 1,000 SOL, and fees are reserved beside each order: nine fit while all are open; those
        // that end in between give nothing back but fees.
        QCOMPARE(accepted, 9);
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, 30'000);
    }

    void manyOrdersKeepEveryTokensTotal() {
        const auto engine = start();
        const auto totals = [&] {
            std::map<domain::Pubkey, base::u128> sums;
            const auto wallet = engine->wallet();
            for (const auto& [key, balance] : wallet->all()) {
                sums[key.second] += balance.amountRaw;
            }
            for (const auto& pool : engine->market()->pools) {
                const auto vaults = amm::vaultBalances(*pool);
                sums[pool->mints[0].mint] += vaults[0];
                sums[pool->mints[1].mint] += vaults[1];
            }
            return sums;
        };
        const auto before = totals();
        int answered = 0;
        for (int i = 0; i < 200; ++i) {
            execution::OrderRequest request = sell("0.25");
            if (i % 2 == 1) {
                request.tokenIn = "USDC";
                request.tokenOut = i % 3 == 0 ? "JUP" : "SOL";
                request.amountIn = "20";
            }
            engine->submit(request, this, [&](const auto&) { ++answered; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered, 200, 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, 60'000);
        // The wallet's commit comes before its slot's snapshot is published.
        QTRY_VERIFY_WITH_TIMEOUT(totals() == before, 10'000);
    }

    void slippageIsCheckedOnLanding() {
        auto slow = instantProfile();
        slow.sendLatencyMinMicros = slow.sendLatencyMaxMicros = 300'000;
        const auto engine = start(slow);
        // Both plan against the same snapshot; the one that lands second finds a worse price.
        execution::OrderRequest request = sell("400");
        request.slippageBps = 0;
        const auto first = submit(*engine, request);
        const auto second = submit(*engine, request);
        QVERIFY(first && second);
        const auto ended = [&](domain::OrderId id) {
            const auto order = detail(*engine, id);
            return order && domain::isTerminal(order->order->status);
        };
        QTRY_VERIFY_WITH_TIMEOUT(ended(first->order->id) && ended(second->order->id), 30'000);
        const auto one = detail(*engine, first->order->id)->order;
        const auto two = detail(*engine, second->order->id)->order;
        const auto& failed = one->status == OrderStatus::failed ? one : two;
        QVERIFY(one->status != two->status);
        QVERIFY(failed->failure->reason == domain::FailureReason::slippageExceeded);
        QVERIFY(failed->failure->program.has_value());
    }

    void cancelWorksUntilSubmitted() {
        const auto engine = start();
        const auto admitted = submit(*engine, sell("1"));
        QVERIFY(reaches(*engine, admitted->order->id, OrderStatus::confirmed));
        std::optional<tl::expected<domain::OrderPtr, execution::StoreError>> answer;
        engine->cancel(admitted->order->id, this, [&](const auto& result) { answer = result; });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->error() == execution::StoreError::illegalTransition);
        answer.reset();
        engine->cancel({1, 1}, this, [&](const auto& result) { answer = result; });
        QTRY_VERIFY(answer.has_value());
        QVERIFY(answer->error() == execution::StoreError::notFound);
    }

    void aRestartKeepsHistoryAndPools() {
        domain::OrderId id;
        std::vector<std::array<std::uint64_t, 2>> vaults;
        std::uint64_t slot = 0;
        {
            const auto engine = start();
            const auto admitted = submit(*engine, sell("25"));
            id = admitted->order->id;
            QVERIFY(reaches(*engine, id, OrderStatus::confirmed));
            const std::uint64_t landed = detail(*engine, id)->order->execution->slot;
            QTRY_VERIFY(engine->status().slot >= landed);
            slot = engine->status().slot;
            for (const auto& pool : engine->market()->pools) {
                vaults.push_back(amm::vaultBalances(*pool));
            }
        }
        const auto engine = start();
        QVERIFY(engine->status().slot >= slot);  // markouts may be owed
        for (std::size_t i = 0; i < vaults.size(); ++i) {
            QVERIFY(amm::vaultBalances(*engine->market()->pools[i]) == vaults[i]);
        }
        QVERIFY(detail(*engine, id)->order->status == OrderStatus::confirmed);
    }

    void whatWasOpenIsFinishedAfterARestart() {
        auto slow = instantProfile();
        slow.sendLatencyMinMicros = slow.sendLatencyMaxMicros = 60'000'000;
        domain::OrderId id;
        {
            const auto engine = start(slow);
            const auto admitted = submit(*engine, sell("2"));
            id = admitted->order->id;
            QVERIFY(reaches(*engine, id, OrderStatus::submitted));
        }
        {
            // Still on its way after the restart, and not sent twice.
            const auto engine = start(slow);
            QVERIFY(detail(*engine, id)->order->status == OrderStatus::submitted);
            QCOMPARE(engine->status().openOrders, std::uint64_t{1});
        }
    }

    void aReplayedKeyGivesTheSameOrder() {
        const auto engine = start();
        auto request = sell("1");
        request.idempotencyKey = "once";
        const auto first = submit(*engine, request);
        const auto again = submit(*engine, request);
        QVERIFY(again->replayed);
        QVERIFY(first->order->id == again->order->id);
        request.amountIn = "2";
        QVERIFY(submit(*engine, request).error().reason ==
                execution::RefusalReason::idempotencyConflict);
    }

    void anotherGenesisIsRefused() {
        { const auto engine = start(); }
        runtime::EngineOptions options;
        options.databasePath = folder_->filePath(QStringLiteral("engine.db"));
        options.genesis = test::generatedGenesis(2);
        options.profile = instantProfile();
        options.redis = "none";
        options.clock = &clock_;
        const auto refused = runtime::LiveEngine::start(std::move(options));
        QVERIFY(!refused.has_value());
        QVERIFY(refused.error().error == runtime::EngineError::storage);
        QVERIFY(!refused.error().detail.empty());
    }

    void answersOfADeadContextAreDropped() {
        const auto engine = start();
        bool called = false;
        {
            QObject context;
            engine->submit(sell("1"), &context, [&](const auto&) { called = true; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().lastEventSequence, std::uint64_t{5}, 20'000);
        QTest::qWait(0);
        QVERIFY(!called);
    }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "engine_test.moc"
