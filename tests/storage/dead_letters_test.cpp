// Jobs that come back again and again are parked, and stay so until somebody retries them.

#include <QTest>

#include "storage/history_reader.h"
#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::kMostJobFailures;
using execution::StoreError;

namespace {

using DeadLetters = tl::expected<std::vector<execution::DeadLetter>, StoreError>;

constexpr const char* kOutbox = "SELECT failures, parked_at_micros FROM outbox";

// As a worker that begins the job and is not heard of again.
void beginAndDie(StoreFixture& fixture, const domain::Order& order) {
    fixture.store().note({order.id, order.fence, OrderStatus::routing, fixture.slot, {}, {}});
}

// Handed out and begun so many times.
OrderResult failed(StoreFixture& fixture, domain::OrderId id, std::uint32_t times) {
    OrderResult handedOut = fixture.handOut(id);
    for (std::uint32_t i = 0; i < times && handedOut; ++i) {
        beginAndDie(fixture, **handedOut);
        handedOut = fixture.handOut(id);
    }
    return handedOut;
}

DeadLetters deadLettersIn(const QString& path) {
    const auto reader = storage::HistoryReader::open(path);
    return waitFor<DeadLetters>([&](const auto& answer) { (*reader)->deadLetters(answer); });
}

}  // namespace

class DeadLettersTest : public QObject {
    Q_OBJECT

  private slots:
    void aJobThatComesBackFiveTimesIsParked();
    void aHandOutThatNobodyBeganIsNoFailure();
    void theCountOutlivesARestart();
    void whatIsBegunOnceFailsOnce_data();
    void whatIsBegunOnceFailsOnce();
    void whoWaitsForItFindsItWritten();
    void aJobThatIsDoneLeavesNothing();
    void aParkedOrderOutlivesARestart();
    void theEndOfTheProcessIsNoFailureOfWhatWasBegunOutside();
    void aRetryStartsTheCountAnew();
    void onlyParkedOrdersAreRetried();
    void aParkedOrderCanBeCancelled();
    void aLateWorkerMayStillFinishIt();
    void aLaterAttemptStartsTheCountAnew();
    void aLostCommitParksNothing();
};

void DeadLettersTest::aJobThatComesBackFiveTimesIsParked() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    QVERIFY(failed(fixture, order->id, kMostJobFailures - 1).has_value());
    beginAndDie(fixture, *fixture.handOut(order->id).value_or(order));
    fixture.clock.wall += 5;
    fixture.close();
    QCOMPARE(fixture.rows(kOutbox), QStringList{"4|"});
    fixture.open();
    // The begun job of the earlier run counts.
    QCOMPARE(fixture.handOut(order->id).error(), StoreError::parked);
    QCOMPARE(fixture.handOut(order->id).error(), StoreError::parked);
    const auto letters = deadLettersIn(fixture.path());
    QVERIFY(letters.has_value());
    QCOMPARE(letters->size(), std::size_t{1});
    QVERIFY(letters->front().order->id == order->id);
    QCOMPARE(letters->front().job.failures, kMostJobFailures);
    QCOMPARE(letters->front().job.parkedAtMicros, std::optional(fixture.clock.wall.load()));
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void DeadLettersTest::aHandOutThatNobodyBeganIsNoFailure() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    beginAndDie(fixture, *fixture.handOut(order->id).value());
    for (std::uint32_t i = 0; i < 3 * kMostJobFailures; ++i) {
        QVERIFY(fixture.handOut(order->id).has_value());
    }
    fixture.close();
    QCOMPARE(fixture.rows(kOutbox), QStringList{"1|"});
}

void DeadLettersTest::theCountOutlivesARestart() {
    StoreFixture fixture;
    domain::OrderId id;
    {
        fixture.open();
        id = fixture.admitted()->id;
        QVERIFY(failed(fixture, id, kMostJobFailures - 1).has_value());
        fixture.close();
    }
    fixture.open();
    const OrderResult handedOut = fixture.handOut(id);  // nobody had begun it
    QVERIFY(handedOut.has_value());
    QCOMPARE(fixture.rows(kOutbox), QStringList{"4|"});
    beginAndDie(fixture, **handedOut);
    fixture.open();
    QCOMPARE(fixture.handOut(id).error(), StoreError::parked);
}

void DeadLettersTest::whatIsBegunOnceFailsOnce_data() {
    QTest::addColumn<OrderStatus>("status");
    QTest::newRow("routing") << OrderStatus::routing;
    QTest::newRow("building") << OrderStatus::building;
}

void DeadLettersTest::whatIsBegunOnceFailsOnce() {
    QFETCH(const OrderStatus, status);
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    fixture.store().note({order->id, order->fence, status, fixture.slot, {}, {}});
    for (std::uint32_t restart = 0; restart < 2 * kMostJobFailures; ++restart) {
        fixture.close();
        QCOMPARE(fixture.rows("SELECT status FROM orders"),
                 QStringList{QString::fromLatin1(domain::nameOf(status).data())});
        QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox"),
                 QStringList{restart == 0 ? "0|1" : "1|0"});
        fixture.open();
        QVERIFY(fixture.handOut(order->id).has_value());
    }
    // Begun again where it stands: that is written, too.
    const OrderResult again = fixture.handOut(order->id);
    fixture.store().note({order->id, (*again)->fence, status, fixture.slot, {}, {}});
    fixture.close();
    QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox"), QStringList{"1|1"});
    fixture.open();
    QVERIFY(fixture.handOut(order->id).has_value());
    QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox"), QStringList{"2|0"});
}

// A worker that says so before it begins wants it on the disk.
void DeadLettersTest::whoWaitsForItFindsItWritten() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    beginAndDie(fixture, *order);
    const OrderResult again = fixture.handOut(order->id);
    QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox"), QStringList{"1|0"});
    waitFor<bool>([&](const auto& answer) {
        fixture.store().note(
            {order->id, (*again)->fence, OrderStatus::routing, fixture.slot, {}, {}, [answer] {
                 answer(true);
             }});
    });
    QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox"), QStringList{"1|1"});
}

void DeadLettersTest::aJobThatIsDoneLeavesNothing() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    const OrderResult handedOut = fixture.handOut(order->id);
    beginAndDie(fixture, **handedOut);
    QVERIFY(fixture.submit({fixture.transactionFor(**handedOut), fixture.slot}).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT * FROM outbox"), QStringList());
    // The row that open orders have was not written again.
    QCOMPARE(fixture.rows("SELECT failures, begun FROM outbox_rows"), QStringList{"0|0"});
}

void DeadLettersTest::aParkedOrderOutlivesARestart() {
    StoreFixture fixture;
    fixture.open();
    const auto id = fixture.admitted()->id;
    QCOMPARE(failed(fixture, id, kMostJobFailures).error(), StoreError::parked);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
    fixture.open();
    QCOMPARE(fixture.opened.state.openOrders.size(), std::size_t{1});
    QCOMPARE(fixture.handOut(id).error(), StoreError::parked);
    QCOMPARE(deadLettersIn(fixture.path())->size(), std::size_t{1});
}

void DeadLettersTest::theEndOfTheProcessIsNoFailureOfWhatWasBegunOutside() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    const auto begunOutside = [&](const domain::Order& handedOut) {
        fixture.store().note({handedOut.id, handedOut.fence, OrderStatus::pending, 0, {}, {}});
    };
    begunOutside(*order);
    begunOutside(*fixture.handOut(order->id).value());
    for (int restart = 0; restart < 2; ++restart) {
        fixture.close();
        QCOMPARE(fixture.rows(kOutbox), QStringList{"1|"});
        QCOMPARE(fixture.rows("SELECT status FROM orders"), QStringList{"pending"});
        fixture.open();
        begunOutside(*fixture.handOut(order->id).value());
    }
    for (std::uint32_t failures = 2; failures < kMostJobFailures; ++failures) {
        const OrderResult again = fixture.handOut(order->id);
        QVERIFY(again.has_value());
        begunOutside(**again);
    }
    QCOMPARE(fixture.handOut(order->id).error(), StoreError::parked);
}

void DeadLettersTest::aRetryStartsTheCountAnew() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.admitted();
    const auto retry = [&] {
        return waitFor<OrderResult>(
            [&](const auto& answer) { fixture.store().retryParked(order->id, answer); });
    };
    QCOMPARE(failed(fixture, order->id, kMostJobFailures).error(), StoreError::parked);
    const OrderResult retried = retry();
    QVERIFY(retried.has_value());
    QVERIFY((*retried)->fence > order->fence);
    QVERIFY(deadLettersIn(fixture.path())->empty());
    QVERIFY(failed(fixture, order->id, kMostJobFailures - 1).has_value());
    beginAndDie(fixture, *fixture.handOut(order->id).value());
    QCOMPARE(fixture.handOut(order->id).error(), StoreError::parked);
    // And it can go its way.
    const OrderResult again = retry();
    QVERIFY(fixture.submit({fixture.transactionFor(**again), fixture.slot}).has_value());
    fixture.close();
    QCOMPARE(fixture.rows(kOutbox), QStringList());
    QCOMPARE(fixture.broken(), QString());
}

void DeadLettersTest::onlyParkedOrdersAreRetried() {
    StoreFixture fixture;
    fixture.open();
    const auto retry = [&](domain::OrderId id) {
        return waitFor<OrderResult>(
            [&](const auto& answer) { fixture.store().retryParked(id, answer); });
    };
    QCOMPARE(retry(fixture.admitted()->id).error(), StoreError::notParked);
    QCOMPARE(retry(fixture.submitted()->id).error(), StoreError::notParked);
    QCOMPARE(retry({1, 1}).error(), StoreError::notFound);
}

void DeadLettersTest::aParkedOrderCanBeCancelled() {
    StoreFixture fixture;
    fixture.open();
    const auto id = fixture.admitted()->id;
    QCOMPARE(failed(fixture, id, kMostJobFailures).error(), StoreError::parked);
    QVERIFY(fixture.cancel(id).has_value());
    QVERIFY(deadLettersIn(fixture.path())->empty());
    fixture.close();
    QCOMPARE(fixture.rows(kOutbox), QStringList());
    QCOMPARE(fixture.broken(), QString());
}

void DeadLettersTest::aLateWorkerMayStillFinishIt() {
    StoreFixture fixture;
    fixture.open();
    const auto id = fixture.admitted()->id;
    const OrderResult last = failed(fixture, id, kMostJobFailures - 1);
    beginAndDie(fixture, **last);
    QCOMPARE(fixture.handOut(id).error(), StoreError::parked);
    QVERIFY(fixture.submit({fixture.transactionFor(**last), fixture.slot}).has_value());
    QVERIFY(deadLettersIn(fixture.path())->empty());
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void DeadLettersTest::aLaterAttemptStartsTheCountAnew() {
    StoreFixture fixture;
    fixture.options.retries = {};
    fixture.open();
    const auto id = fixture.admitted()->id;
    const OrderResult last = failed(fixture, id, kMostJobFailures - 1);
    const OrderResult sent = fixture.submit({fixture.transactionFor(**last), fixture.slot});
    QVERIFY(sent.has_value());
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::expired(**sent)})).has_value());
    QVERIFY(failed(fixture, id, kMostJobFailures - 1).has_value());
    fixture.close();
    fixture.open();
    // Routing, and nobody has begun it since it was handed out.
    QVERIFY(fixture.handOut(id).has_value());
    QVERIFY(failed(fixture, id, 1).error() == StoreError::parked);
}

void DeadLettersTest::aLostCommitParksNothing() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    const auto id = fixture.admitted()->id;
    const OrderResult last = failed(fixture, id, kMostJobFailures - 1);
    beginAndDie(fixture, **last);
    QVERIFY(fixture.admit(draftOf(kSol)).has_value());  // what rode along is committed
    {
        const FileLock lock(fixture.path());
        QCOMPARE(fixture.handOut(id).error(), StoreError::unavailable);
    }
    QVERIFY(deadLettersIn(fixture.path())->empty());
    QVERIFY(fixture.handOut(id).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT failures, parked_at_micros FROM outbox ORDER BY order_id")[0],
             QString("4|"));
}

QTEST_GUILESS_MAIN(DeadLettersTest)
#include "dead_letters_test.moc"
