// The engine whole, where time matters: retries, deadlines, and a wall clock that jumps.

#include <atomic>
#include <map>
#include <set>

#include <QTemporaryDir>
#include <QTest>

#include "execution/retry.h"
#include "runtime/live_engine.h"
#include "runtime/order_detail.h"
#include "runtime/sell_order.h"
#include "storage/event_chain.h"
#include "support/market_fixture.h"

using namespace oee;
using domain::FailureReason;
using domain::OrderStatus;
using test::sell;

namespace {

constexpr std::int64_t kSecondMicros = 1'000'000;
constexpr std::int64_t kHourMicros = 3'600 * kSecondMicros;
constexpr std::uint32_t kNeverMicros = 3'600'000'000;  // a back-off that no test waits for
constexpr int kPatienceMillis = 60'000;

// The machine's clock, with a wall that a person sets, or that runs ahead whenever it is read.
class SetClock final : public base::Clock {
  public:
    base::UnixMicros nowMicros() const override {
        return system_.nowMicros() + (offsetMicros_ += aheadMicros_);
    }
    std::int64_t steadyMicros() const override { return system_.steadyMicros(); }

    void jump(std::int64_t micros) { offsetMicros_ += micros; }
    void runAhead(std::int64_t micros) { aheadMicros_ = micros; }

  private:
    base::SystemClock system_;
    mutable std::atomic<std::int64_t> offsetMicros_{0};
    std::atomic<std::int64_t> aheadMicros_{0};
};

chain::NetworkProfile quietProfile() {
    chain::NetworkProfile profile;
    profile.name = "instant";
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

chain::NetworkProfile losing(std::uint32_t dropPpm) {
    chain::NetworkProfile profile = quietProfile();
    profile.dropPpm = dropPpm;
    return profile;
}

}  // namespace

class EngineTimeTest : public QObject {
    Q_OBJECT

  private:
    using EnginePtr = std::unique_ptr<runtime::LiveEngine>;

    EnginePtr start(const chain::NetworkProfile& profile, std::uint32_t firstBackOffMicros) {
        runtime::EngineOptions options;
        options.databasePath = path();
        options.genesis = test::generatedGenesis();
        options.profile = profile;
        options.redis = "none";
        options.retries.firstBackOffMicros = firstBackOffMicros;
        options.clock = clock_.get();
        auto engine = runtime::LiveEngine::start(std::move(options));
        if (!engine) {
            qFatal("%s", engine.error().detail.c_str());
        }
        return std::move(*engine);
    }

    QString path() const { return folder_->filePath(QStringLiteral("engine.db")); }

    domain::OrderPtr submit(runtime::Engine& engine, const execution::OrderRequest& request) {
        std::optional<tl::expected<execution::Admitted, execution::Refusal>> answer;
        engine.submit(request, this, [&](const auto& result) { answer = result; });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, kPatienceMillis) || !*answer) {
            qFatal("not admitted");
        }
        return (*answer)->order;
    }

    template <typename Condition>
    bool becomes(runtime::Engine& engine, domain::OrderId id, Condition&& condition) {
        return QTest::qWaitFor([&] { return condition(*test::detailOf(engine, id).order); },
                               kPatienceMillis);
    }
    bool reaches(runtime::Engine& engine, domain::OrderId id, OrderStatus status) {
        return becomes(engine, id, [&](const domain::Order& it) { return it.status == status; });
    }
    bool waitsForItsSecondAttempt(runtime::Engine& engine, domain::OrderId id) {
        return becomes(engine, id, [](const domain::Order& it) {
            return it.status == OrderStatus::routing && it.attempt == 2;
        });
    }

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<SetClock> clock_;

  private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        clock_ = std::make_unique<SetClock>();
    }

    void whatIsLostIsSentThreeTimesAfterGrowingWaits();
    void aWaitingOrderCanBeCancelled();
    void aRetryWaitsAcrossARestart();
    void aRevertedOrderIsQuotedAnewOnlyIfItAsks();
    void anOrderPastItsDeadlineIsNotSent();
    void anOrderIsNotRetriedPastItsDeadline();
    void aReplayedDeadlineIsTheSameOrder();
    void noJumpOfTheClockLosesOrDoublesAnything();
};

void EngineTimeTest::whatIsLostIsSentThreeTimesAfterGrowingWaits() {
    constexpr std::uint32_t kBackOff = 100'000;
    const EnginePtr engine = start(losing(chain::kMillion), kBackOff);
    const auto before = engine->wallet();
    const auto order = submit(*engine, sell("1"));
    QVERIFY(reaches(*engine, order->id, OrderStatus::failed));
    const runtime::OrderDetail ended = test::detailOf(*engine, order->id);
    QVERIFY(ended.order->failure->reason == FailureReason::dropped);
    QCOMPARE(ended.order->attempt, execution::kMaxAttempts);

    std::vector<base::UnixMicros> sent;
    std::vector<base::UnixMicros> lost;
    std::set<std::string> signatures;
    for (const domain::OrderEvent& event : ended.events) {
        if (event.status == OrderStatus::submitted) {
            sent.push_back(event.atMicros);
        } else if (!sent.empty() && lost.size() < sent.size() &&
                   (event.status == OrderStatus::routing || event.status == OrderStatus::failed)) {
            lost.push_back(event.atMicros);
        }
    }
    QCOMPARE(sent.size(), std::size_t{3});
    QCOMPARE(lost.size(), std::size_t{3});
    QVERIFY(sent[1] - lost[0] >= kBackOff / 2);
    QVERIFY(sent[2] - lost[1] >= kBackOff);
    // Nothing was swapped and nothing paid.
    QTRY_VERIFY(*engine->wallet() == *before);
}

void EngineTimeTest::aWaitingOrderCanBeCancelled() {
    const EnginePtr engine = start(losing(chain::kMillion), kNeverMicros);
    const auto before = engine->wallet();
    const auto order = submit(*engine, sell("1"));
    QVERIFY(waitsForItsSecondAttempt(*engine, order->id));
    std::optional<tl::expected<domain::OrderPtr, execution::StoreError>> answer;
    engine->cancel(order->id, this, [&](const auto& result) { answer = result; });
    QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), kPatienceMillis);
    QVERIFY(answer->has_value());
    QVERIFY(reaches(*engine, order->id, OrderStatus::cancelled));
    QTRY_VERIFY(*engine->wallet() == *before);
    QCOMPARE(engine->status().openOrders, std::uint64_t{0});
}

void EngineTimeTest::aRetryWaitsAcrossARestart() {
    domain::OrderId id;
    {
        const EnginePtr engine = start(losing(chain::kMillion), kNeverMicros);
        id = submit(*engine, sell("1"))->id;
        QVERIFY(waitsForItsSecondAttempt(*engine, id));
    }
    {
        const EnginePtr engine = start(quietProfile(), kNeverMicros);
        const auto other = submit(*engine, sell("1"));
        QVERIFY(reaches(*engine, other->id, OrderStatus::confirmed));
        QVERIFY(test::detailOf(*engine, id).order->status ==
                OrderStatus::routing);  // not its time yet
    }
    clock_->jump(2 * kHourMicros);
    const EnginePtr engine = start(quietProfile(), kNeverMicros);
    QVERIFY(reaches(*engine, id, OrderStatus::confirmed));
    QCOMPARE(test::detailOf(*engine, id).order->attempt, 2U);
    QCOMPARE(test::detailOf(*engine, id).fills.size(), std::size_t{1});
}

void EngineTimeTest::aRevertedOrderIsQuotedAnewOnlyIfItAsks() {
    chain::NetworkProfile slow = quietProfile();
    slow.sendLatencyMinMicros = slow.sendLatencyMaxMicros = 300'000;
    const EnginePtr engine = start(slow, 1'000);
    // Both plan against the same snapshot; the one that lands second finds a worse price.
    execution::OrderRequest request = sell("400");
    request.slippageBps = 0;
    request.onRevert = domain::OnRevert::requote;
    const auto one = submit(*engine, request)->id;
    const auto two = submit(*engine, request)->id;
    QVERIFY(reaches(*engine, one, OrderStatus::confirmed));
    QVERIFY(reaches(*engine, two, OrderStatus::confirmed));
    const domain::Order first = *test::detailOf(*engine, one).order;
    const domain::Order second = *test::detailOf(*engine, two).order;
    const domain::Order& again = first.attempt == 2 ? first : second;
    QCOMPARE(first.attempt + second.attempt, 3U);
    QVERIFY(again.spentLamports > 0);
    QCOMPARE(again.slippageBps, 0U);
    // Planned anew, not sent again: it expects what the market then paid.
    QVERIFY(again.plan->expectedOutRaw <
            (first.attempt == 2 ? second : first).plan->expectedOutRaw);
    QCOMPARE(again.plan->minAmountOutRaw, again.plan->expectedOutRaw);
}

void EngineTimeTest::anOrderPastItsDeadlineIsNotSent() {
    const EnginePtr engine = start(quietProfile(), 1'000);
    clock_->runAhead(kSecondMicros);  // a second passes between any two looks at the clock
    execution::OrderRequest request = sell("1");
    request.deadlineMs = 1;
    const auto before = engine->wallet();
    const auto order = submit(*engine, request);
    QCOMPARE(*order->deadlineMicros, order->createdAtMicros + 1'000);
    QVERIFY(reaches(*engine, order->id, OrderStatus::failed));
    const runtime::OrderDetail ended = test::detailOf(*engine, order->id);
    QVERIFY(ended.order->failure->reason == FailureReason::deadline);
    QVERIFY(!ended.order->signature);
    QTRY_VERIFY(*engine->wallet() == *before);
}

void EngineTimeTest::anOrderIsNotRetriedPastItsDeadline() {
    const EnginePtr engine = start(losing(chain::kMillion), kNeverMicros);
    execution::OrderRequest request = sell("1");
    request.deadlineMs = 600'000;
    const auto order = submit(*engine, request);
    QVERIFY(reaches(*engine, order->id, OrderStatus::failed));
    QVERIFY(test::detailOf(*engine, order->id).order->failure->reason == FailureReason::deadline);
    QCOMPARE(test::detailOf(*engine, order->id).order->attempt, 1U);
}

void EngineTimeTest::aReplayedDeadlineIsTheSameOrder() {
    const EnginePtr engine = start(quietProfile(), 1'000);
    execution::OrderRequest request = sell("1");
    request.idempotencyKey = "once";
    request.deadlineMs = 60'000;
    const auto first = submit(*engine, request);
    clock_->jump(kSecondMicros);
    QVERIFY(submit(*engine, request)->id == first->id);
    request.deadlineMs = 60'001;
    std::optional<tl::expected<execution::Admitted, execution::Refusal>> answer;
    engine->submit(request, this, [&](const auto& result) { answer = result; });
    QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), kPatienceMillis);
    QVERIFY(!answer->has_value());
    QVERIFY(answer->error().reason == execution::RefusalReason::idempotencyConflict);
}

void EngineTimeTest::noJumpOfTheClockLosesOrDoublesAnything() {
    constexpr std::array kJumps{kHourMicros, -kHourMicros, -24 * kHourMicros, 24 * kHourMicros};
    constexpr std::size_t kOrdersARun = 120;
    constexpr int kRuns = 3;
    chain::NetworkProfile profile = losing(chain::kMillion / 4);
    profile.sendLatencyMaxMicros = 5'000;
    std::vector<domain::OrderId> ids;
    std::map<domain::OrderId, int> confirmed;
    for (int run = 0; run < kRuns; ++run) {
        // The next run begins while the last one's orders are still under way.
        const EnginePtr engine = start(profile, 2'000);
        for (std::size_t i = 0; i < kOrdersARun; ++i) {
            execution::OrderRequest request = sell(i % 3 == 0 ? "0.5" : "0.25");
            if (i % 4 == 0) {
                request.deadlineMs = 5'000;
            }
            request.onRevert = i % 2 == 0 ? domain::OnRevert::requote : domain::OnRevert::fail;
            ids.push_back(submit(*engine, request)->id);
            if (i % 8 == 0) {
                clock_->jump(kJumps[(i / 8) % kJumps.size()]);
            }
        }
        if (run + 1 == kRuns) {
            QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0},
                                      kPatienceMillis);
            for (const domain::OrderId& id : ids) {
                const runtime::OrderDetail ended = test::detailOf(*engine, id);
                QVERIFY(domain::isTerminal(ended.order->status));
                const bool filled = ended.order->status == OrderStatus::confirmed;
                QCOMPARE(ended.fills.size(), std::size_t{filled ? 1U : 0U});
                confirmed[id] += filled ? 1 : 0;
                for (std::size_t i = 1; i < ended.events.size(); ++i) {
                    QVERIFY(ended.events[i].atMicros >= ended.events[i - 1].atMicros);
                    QVERIFY(domain::isLegalTransition(ended.events[i - 1].status,
                                                      ended.events[i].status));
                }
            }
            for (const auto& [key, balance] : engine->wallet()->all()) {
                QCOMPARE(balance.reservedRaw, std::uint64_t{0});
            }
        }
    }
    // Unique, and in the order in which they were accepted.
    QVERIFY(std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end());
    QVERIFY(!confirmed.empty());
    const auto report = storage::verifyHistory({path(), {}});
    QVERIFY(report.has_value());
    QVERIFY2(report->problem.isEmpty(), qPrintable(report->problem));
    QCOMPARE(report->orders, std::uint64_t{kRuns * kOrdersARun});
}

QTEST_GUILESS_MAIN(EngineTimeTest)
#include "engine_time_test.moc"
