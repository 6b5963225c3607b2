#include "ui/coalescer.h"

#include <QSignalSpy>
#include <QTest>

#include "support/fake_engine.h"
#include "ui/update_feed.h"

namespace oee::ui {

using namespace std::chrono_literals;

class CoalescerTest : public QObject {
    Q_OBJECT

  private slots:
    void aBurstCountsOnce();
    void theLastRequestIsNotLost();
    void nothingComesUnasked();
    void feedMergesWhatManyCommitsChanged();
    void feedHandsOnTheNewestStateOnly();
};

void CoalescerTest::aBurstCountsOnce() {
    Coalescer coalescer(1h);
    QSignalSpy due(&coalescer, &Coalescer::due);
    for (int i = 0; i < 10'000; ++i) {
        coalescer.request();
    }
    QVERIFY(due.wait());
    QCOMPARE(due.size(), 1);
}

void CoalescerTest::theLastRequestIsNotLost() {
    Coalescer coalescer(1h);
    QSignalSpy due(&coalescer, &Coalescer::due);
    coalescer.request();
    QVERIFY(due.wait());
    coalescer.request();  // within the interval: an hour from now
    QCoreApplication::processEvents();
    QCOMPARE(due.size(), 1);
    QVERIFY(coalescer.isPending());
    coalescer.flush();
    QCOMPARE(due.size(), 2);
    QVERIFY(!coalescer.isPending());

    Coalescer quick(1ms);
    QSignalSpy quickDue(&quick, &Coalescer::due);
    quick.request();
    QVERIFY(quickDue.wait());
    quick.request();
    QVERIFY(quickDue.wait());
}

void CoalescerTest::nothingComesUnasked() {
    Coalescer coalescer(1ms);
    QSignalSpy due(&coalescer, &Coalescer::due);
    coalescer.flush();
    QCOMPARE(due.size(), 0);
}

void CoalescerTest::feedMergesWhatManyCommitsChanged() {
    test::FakeEngine engine(test::FakeEngine::Progress::automatic);
    UpdateFeed feed(engine, 1h);
    std::vector<Batch> batches;
    connect(&feed, &UpdateFeed::batch, this, [&](const Batch& batch) { batches.push_back(batch); });
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = "1";
    constexpr int kOrders = 20;
    for (int i = 0; i < kOrders; ++i) {
        engine.submit(request, this, [](const auto&) {});
    }
    QTRY_VERIFY(!batches.empty());
    feed.flush();
    std::size_t orders = 0;
    std::size_t events = 0;
    std::size_t fills = 0;
    for (const Batch& batch : batches) {
        orders += batch.orders.size();
        events += batch.events.size();
        fills += batch.fills.size();
    }
    QVERIFY(batches.size() <= 2);
    // Five transitions an order; the order itself once a batch.
    QCOMPARE(events, std::size_t{5 * kOrders});
    QCOMPARE(fills, std::size_t{kOrders});
    QVERIFY(orders <= batches.size() * kOrders);
    QVERIFY(batches.back().wallet != nullptr);
}

void CoalescerTest::feedHandsOnTheNewestStateOnly() {
    test::FakeEngine engine;
    UpdateFeed feed(engine, 1h);
    std::vector<Batch> batches;
    connect(&feed, &UpdateFeed::batch, this, [&](const Batch& batch) { batches.push_back(batch); });
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = "1";
    std::optional<domain::OrderId> orderId;
    engine.submit(request, this, [&](const auto& answer) { orderId = answer.value().order->id; });
    QTRY_VERIFY(orderId && !batches.empty());
    batches.clear();
    engine.advanceToEnd(*orderId);
    QCoreApplication::processEvents();
    feed.flush();
    QCOMPARE(batches.size(), std::size_t{1});
    QCOMPARE(batches.front().orders.size(), std::size_t{1});
    QCOMPARE(batches.front().orders.front()->status, domain::OrderStatus::confirmed);
}

}  // namespace oee::ui

QTEST_GUILESS_MAIN(oee::ui::CoalescerTest)
#include "coalescer_test.moc"
