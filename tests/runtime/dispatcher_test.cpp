// The dispatcher on clocks that the test moves: nothing here waits for a time to pass.

#include "runtime/dispatcher.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include <QTest>
#include <QThread>

using namespace oee;
using domain::OrderStatus;

namespace {

constexpr base::UnixMicros kNow = 1'750'000'000'000'000;
constexpr std::int64_t kSecondMicros = 1'000'000;

class HandClock final : public base::Clock {
  public:
    base::UnixMicros nowMicros() const override { return wall; }
    std::int64_t steadyMicros() const override { return steady; }

    std::atomic<std::int64_t> wall{kNow};
    std::atomic<std::int64_t> steady{0};
};

class ListQueue final : public jobs::JobQueue {
  public:
    tl::expected<void, jobs::JobError> enqueue(std::span<const jobs::Job> jobs) override {
        if (refuses) {
            return tl::make_unexpected(jobs::JobError::unavailable);
        }
        batches.push_back(jobs.size());
        for (const jobs::Job& job : jobs) {
            taken.push_back(job.order);
        }
        return {};
    }
    tl::expected<std::unique_ptr<jobs::JobConsumer>, jobs::JobError> makeConsumer(
        const std::string&) override {
        return tl::make_unexpected(jobs::JobError::unavailable);
    }
    jobs::QueueCheck check(const jobs::Outstanding& believed) override {
        checks.push_back(believed);
        return std::exchange(lost, false) ? jobs::QueueCheck::lost : jobs::QueueCheck::fine;
    }
    std::size_t depth() const override { return taken.size(); }
    void close() override {}
    std::string description() const override { return "list"; }

    std::vector<domain::OrderPtr> taken;
    std::vector<std::size_t> batches;
    std::vector<jobs::Outstanding> checks;
    bool refuses = false;
    bool lost = false;  // what the next check says
};

// Knows only what a dispatcher asks for.
class ListStore final : public execution::OrderStore {
  public:
    void admit(execution::OrderDraft, Answer<execution::Admitted, execution::Refusal>,
               Decided) override {}
    void handOut(domain::OrderId orderId,
                 Answer<domain::OrderPtr, execution::StoreError> answer) override {
        ++handOuts;
        if (parks) {
            answer(tl::make_unexpected(execution::StoreError::parked));
            return;
        }
        domain::Order order = handedOut;
        order.id = orderId;
        ++order.fence;
        answer(std::make_shared<const domain::Order>(order));
    }
    void retryParked(domain::OrderId, Answer<domain::OrderPtr, execution::StoreError>) override {}
    void note(execution::ProgressNote) override {}
    void submit(execution::Submission, Answer<domain::OrderPtr, execution::StoreError>,
                Decided) override {}
    void fail(execution::FailureNote note,
              Answer<domain::OrderPtr, execution::StoreError>) override {
        failed.push_back(note);
    }
    void cancel(domain::OrderId, Answer<domain::OrderPtr, execution::StoreError>) override {}
    void commitSlot(execution::SlotCommit, Answer<std::monostate, execution::StoreError>) override {
    }
    void resetWallet(
        Answer<std::shared_ptr<const execution::Wallet>, execution::StoreError>) override {}
    void setLimits(execution::RiskLimits) override {}

    domain::Order handedOut;
    bool parks = false;
    int handOuts = 0;
    std::vector<execution::FailureNote> failed;
};

domain::Order freshOrder() {
    domain::Order order;
    order.id = {1, 2};
    order.fence = 5;
    order.createdAtMicros = order.updatedAtMicros = kNow;
    return order;
}

domain::Order orderAfterItsFirstAttempt() {
    domain::Order order = freshOrder();
    order.status = OrderStatus::routing;
    order.attempt = 2;
    return order;
}

domain::OrderEvent eventOf(const domain::Order& order) {
    domain::OrderEvent event;
    event.status = order.status;
    event.order = std::make_shared<const domain::Order>(order);
    return event;
}

domain::OrderPtr shared(const domain::Order& order) {
    return std::make_shared<const domain::Order>(order);
}

}  // namespace

class DispatcherTest : public QObject {
    Q_OBJECT

  private:
    struct Bench {
        Bench() {
            auto snapshot = std::make_shared<amm::MarketSnapshot>();
            snapshot->clock.slot = 77;
            market.store(std::move(snapshot));
            dispatcher.begin();
        }
        ~Bench() { dispatcher.end(); }

        HandClock clock;
        ListStore store;
        ListQueue queue;
        runtime::SharedCell<amm::MarketSnapshot> market;
        execution::RetryPolicy retries{.firstBackOffMicros = 100 * kSecondMicros};
        runtime::Dispatcher dispatcher{{clock, store, queue, market, retries}};
    };

    static void observe(Bench& bench, const domain::Order& order) {
        const std::vector events{std::make_shared<const domain::OrderEvent>(eventOf(order))};
        bench.dispatcher.observe(events);
    }
    // What was posted has been taken in.
    static void settle() { QCoreApplication::processEvents(); }
    // The dispatcher's timers have looked at the clock again.
    static void look() { QTest::qWait(600); }

  private slots:
    void aFreshOrderIsEnqueuedAtOnce() {
        Bench bench;
        const auto order = shared(freshOrder());
        bench.dispatcher.dispatch(order);
        settle();
        QCOMPARE(bench.queue.taken, std::vector{order});
    }

    void ordersOfOneCommitAreEnqueuedTogether() {
        Bench bench;
        domain::Order order = freshOrder();
        for (std::uint64_t i = 1; i <= 3; ++i) {
            order.id = {1, i};
            bench.dispatcher.dispatchUntilWoken(shared(order));
            settle();
        }
        QVERIFY(bench.queue.taken.empty());
        observe(bench, order);
        settle();
        QCOMPARE(bench.queue.batches, std::vector<std::size_t>{3});
    }

    void aRetryWaitsForItsTimeWhateverTheWallClockDoes() {
        for (const std::int64_t jump : {0, -86'400, 3'600}) {
            Bench bench;
            domain::Order order = orderAfterItsFirstAttempt();
            observe(bench, order);
            settle();
            bench.clock.wall += jump * kSecondMicros;
            bench.clock.steady = 49 * kSecondMicros;  // half is certain
            look();
            QVERIFY(bench.queue.taken.empty());
            bench.clock.steady = 101 * kSecondMicros;
            QTRY_COMPARE(bench.queue.taken.size(), std::size_t{1});
            QCOMPARE(bench.queue.taken[0]->attempt, 2U);
        }
    }

    void whatWaitedBeforeARestartWaitsForTheRest() {
        Bench bench;
        bench.clock.wall = kNow + 45 * kSecondMicros;
        bench.dispatcher.dispatch(shared(orderAfterItsFirstAttempt()));
        settle();
        QVERIFY(bench.queue.taken.empty());
        bench.clock.steady = 56 * kSecondMicros;
        QTRY_COMPARE(bench.queue.taken.size(), std::size_t{1});
    }

    void submittedAndRetriedInOneBreathIsNotLost() {
        Bench bench;
        domain::Order order = freshOrder();
        order.status = OrderStatus::submitted;
        bench.dispatcher.dispatch(shared(freshOrder()));
        observe(bench, order);
        observe(bench, orderAfterItsFirstAttempt());
        settle();
        bench.clock.steady = 101 * kSecondMicros;
        QTRY_COMPARE(bench.queue.taken.size(), std::size_t{1});
        QCOMPARE(bench.queue.taken[0]->attempt, 2U);
    }

    void aCancelledRetryIsNotEnqueued() {
        Bench bench;
        domain::Order order = orderAfterItsFirstAttempt();
        observe(bench, order);
        settle();
        order.status = OrderStatus::cancelled;
        observe(bench, order);
        settle();
        bench.clock.steady = 1'000 * kSecondMicros;
        look();
        QVERIFY(bench.queue.taken.empty());
        QVERIFY(bench.store.failed.empty());
    }

    void aLostJobIsHandedOutAgainOnceAWhile() {
        Bench bench;
        bench.store.handedOut = freshOrder();
        bench.dispatcher.dispatch(shared(freshOrder()));
        settle();
        QCOMPARE(bench.queue.taken.size(), std::size_t{1});
        bench.clock.steady = 31 * kSecondMicros;
        QTRY_COMPARE(bench.queue.taken.size(), std::size_t{2});
        QVERIFY(bench.queue.taken[1]->fence > bench.queue.taken[0]->fence);
    }

    void whatAWorkerDidNotFinishIsHandedOutAgainAtOnce() {
        Bench bench;
        bench.store.handedOut = freshOrder();
        const auto order = shared(freshOrder());
        bench.dispatcher.dispatch(order);
        settle();
        bench.dispatcher.takeBack({7, 7}, order->fence);
        bench.dispatcher.takeBack(order->id, order->fence - 1);
        settle();
        QCOMPARE(bench.store.handOuts, 0);
        // Told twice, it is handed out once.
        bench.dispatcher.takeBack(order->id, order->fence);
        bench.dispatcher.takeBack(order->id, order->fence);
        settle();
        settle();
        QCOMPARE(bench.store.handOuts, 1);
        QCOMPARE(bench.queue.taken.size(), std::size_t{2});
        QVERIFY(bench.queue.taken[1]->fence > order->fence);
        // Or nobody's any more.
        bench.store.parks = true;
        bench.dispatcher.takeBack(order->id, bench.queue.taken[1]->fence);
        settle();
        settle();
        QCOMPARE(bench.dispatcher.parkedCount(), std::uint64_t{1});
        bench.dispatcher.takeBack(order->id, bench.queue.taken[1]->fence);
        settle();
        QCOMPARE(bench.store.handOuts, 2);
    }

    void whatTheQueueLostIsHandedOutAgain() {
        Bench bench;
        bench.store.handedOut = freshOrder();
        const auto order = shared(freshOrder());
        bench.dispatcher.dispatch(order);
        domain::Order retry = orderAfterItsFirstAttempt();
        retry.id = {1, 3};
        observe(bench, retry);
        settle();
        QCOMPARE(bench.queue.taken.size(), std::size_t{1});
        bench.clock.steady = 1 * kSecondMicros;
        QTRY_COMPARE(bench.queue.checks.size(), std::size_t{1});
        QCOMPARE(bench.queue.checks[0].jobs, std::size_t{1});
        QCOMPARE(bench.queue.checks[0].seenBefore, std::size_t{0});
        bench.queue.lost = true;
        bench.clock.steady = 2 * kSecondMicros;
        QTRY_COMPARE(bench.queue.taken.size(), std::size_t{2});
        QCOMPARE(bench.queue.checks[1].seenBefore, std::size_t{1});
        QVERIFY(bench.queue.taken[1]->id == order->id);
        QVERIFY(bench.queue.taken[1]->fence > order->fence);
        // What waits for its time was not in the queue.
        bench.clock.steady = 101 * kSecondMicros;
        QTRY_VERIFY(std::any_of(bench.queue.taken.begin(), bench.queue.taken.end(),
                                [&](const auto& taken) { return taken->id == retry.id; }));
    }

    void whatAQueueRefusedWhileItWasLostGoesInWithANewFence() {
        Bench bench;
        bench.store.handedOut = freshOrder();
        bench.queue.refuses = true;
        bench.dispatcher.dispatch(shared(freshOrder()));
        bench.queue.lost = true;
        settle();
        bench.queue.refuses = false;
        QTRY_COMPARE(bench.queue.taken.size(), std::size_t{1});
        QVERIFY(bench.queue.taken[0]->fence > freshOrder().fence);
        look();
        QCOMPARE(bench.queue.taken.size(), std::size_t{1});
    }

    void aParkedOrderIsLeftAloneUntilItsDeadline() {
        Bench bench;
        QStringList notices;
        connect(&bench.dispatcher, &runtime::Dispatcher::notice, this,
                [&](const QString& text) { notices.append(text); });
        bench.store.parks = true;
        domain::Order order = freshOrder();
        order.deadlineMicros = kNow + 200 * kSecondMicros;
        bench.dispatcher.dispatch(shared(order));
        settle();
        bench.clock.steady = 31 * kSecondMicros;
        QTRY_COMPARE(bench.dispatcher.parkedCount(), std::uint64_t{1});
        QCOMPARE(notices.size(), 1);
        QVERIFY(notices[0].contains(QString::fromStdString(domain::toString(order.id))));
        QCOMPARE(bench.store.handOuts, 1);
        bench.queue.lost = true;
        bench.clock.steady = 100 * kSecondMicros;
        look();
        QCOMPARE(bench.store.handOuts, 1);
        QCOMPARE(bench.queue.taken.size(), std::size_t{1});
        QVERIFY(bench.store.failed.empty());
        // (The wall clock has stood still, so the 200 seconds began anew when it was parked.)
        bench.clock.steady = 232 * kSecondMicros;
        QTRY_VERIFY(!bench.store.failed.empty());
        // Retried, and parked no more.
        bench.dispatcher.dispatch(shared(freshOrder()));
        settle();
        QCOMPARE(bench.dispatcher.parkedCount(), std::uint64_t{0});
        QCOMPARE(bench.queue.taken.size(), std::size_t{2});
    }

    void anOrderWhoseJobIsStuckFailsAtItsDeadline() {
        Bench bench;
        bench.queue.refuses = true;
        domain::Order order = freshOrder();
        order.deadlineMicros = kNow + 10 * kSecondMicros;
        bench.dispatcher.dispatch(shared(order));
        settle();
        bench.clock.wall -= 86'400 * kSecondMicros;  // a deadline is a span of real time
        bench.clock.steady = 9 * kSecondMicros;
        look();
        QVERIFY(bench.store.failed.empty());
        bench.clock.steady = 10 * kSecondMicros + 1;
        QTRY_VERIFY(!bench.store.failed.empty());
        const execution::FailureNote& note = bench.store.failed.front();
        QVERIFY(note.failure.reason == domain::FailureReason::deadline);
        QVERIFY(note.orderId == order.id);
        QCOMPARE(note.fence, order.fence);
        QCOMPARE(note.slot, std::uint64_t{77});
    }
};

QTEST_GUILESS_MAIN(DispatcherTest)
#include "dispatcher_test.moc"
