// What is asked while a transaction is written is decided meanwhile, upon what that one changed.

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <QTest>

#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage::test;
using execution::RefusalReason;
using execution::StoreError;

namespace {

// Enough for several transactions of the ledger.
constexpr int kMany = 40;

// Waits until the ledger has asked for the time again and again: it decides.
void waitUntilDecided(const ManualClock& clock, std::uint64_t askedBefore) {
    QTRY_VERIFY_WITH_TIMEOUT(clock.asked - askedBefore >= kMany, 60'000);
}

}  // namespace

class SqliteStoreAheadTest : public QObject {
    Q_OBJECT

  private slots:
    void itIsDecidedWhileTheWriterIsBusy();
    void itFallsWithWhatItStoodOn();
};

void SqliteStoreAheadTest::itIsDecidedWhileTheWriterIsBusy() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr ended = fixture.admitted();
    QVERIFY(fixture.cancel(ended->id).has_value());
    const domain::OrderPtr open = fixture.admitted();

    // The writer stays with this one: it stands, and is not done with.
    std::promise<void> isHeld;
    std::promise<void> released;
    std::promise<AdmitResult> first;
    fixture.store().admit(draftOf(kSol, "first"), [&](const AdmitResult& result) {
        first.set_value(result);
        isHeld.set_value();
        released.get_future().wait();
    });
    isHeld.get_future().wait();
    const std::size_t toldBefore = fixture.watcher.calls();
    const std::uint64_t askedBefore = fixture.clock.asked;
    Answers<AdmitResult> admissions;
    Answers<OrderResult> cancels;
    fixture.store().admit(draftOf(kSol, "first"), admissions.next());
    fixture.store().admit(draftOf(2 * kSol, "first"), admissions.next());
    fixture.store().cancel(ended->id, cancels.next());
    fixture.store().cancel({5, 5}, cancels.next());
    fixture.store().cancel(open->id, cancels.next());
    std::atomic<int> told{0};
    for (int i = 0; i < kMany; ++i) {
        fixture.store().admit(draftOf(kSol, "key " + std::to_string(i % (kMany / 2))),
                              admissions.next(), [&](const domain::OrderPtr&) { ++told; });
    }
    waitUntilDecided(fixture.clock, askedBefore);
    // While none of it is written: of those that are new.
    QTRY_COMPARE_WITH_TIMEOUT(told.load(), kMany / 2, 60'000);
    released.set_value();

    const AdmitResult known = first.get_future().get();
    const auto admitted = admissions.all();
    QVERIFY(admitted[0]->replayed && admitted[0]->order->id == known->order->id);
    QCOMPARE(admitted[1].error().reason, RefusalReason::idempotencyConflict);
    for (std::size_t i = 2; i < admitted.size(); ++i) {
        QCOMPARE(admitted[i]->replayed, i >= 2 + kMany / 2);
    }
    const auto cancelled = cancels.all();
    QCOMPARE(cancelled[0].error(), StoreError::illegalTransition);
    QCOMPARE(cancelled[1].error(), StoreError::notFound);
    QVERIFY(cancelled[2].has_value());
    fixture.close();
    // The first, and all the others.
    QCOMPARE(fixture.watcher.calls(), toldBefore + 2);
    QCOMPARE(fixture.rows("SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"),
             (QStringList{"cancelled|2", QStringLiteral("pending|%1").arg(1 + kMany / 2)}));
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreAheadTest::itFallsWithWhatItStoodOn() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(300);
    fixture.open();
    const domain::OrderPtr open = fixture.admitted();
    const domain::OrderPtr handed = *fixture.handOut(open->id);
    const domain::OrderPtr other = fixture.admitted();
    Answers<AdmitResult> admissions;
    Answers<OrderResult> orders;
    {
        const FileLock lock(fixture.path());
        const std::uint64_t askedBefore = fixture.clock.asked;
        fixture.store().cancel(open->id, orders.next());
        fixture.store().admit(draftOf(kSol, "k"), admissions.next());
        fixture.store().cancel(other->id, orders.next());
        for (int i = 0; i < kMany; ++i) {
            fixture.store().admit(draftOf(kSol, "k"), admissions.next());
            fixture.store().admit(draftOf(kSol), admissions.next());
        }
        waitUntilDecided(fixture.clock, askedBefore);
        for (const AdmitResult& result : admissions.all()) {
            QCOMPARE(result.error().reason, RefusalReason::storageFailed);
        }
        for (const OrderResult& result : orders.all()) {
            QCOMPARE(result.error(), StoreError::unavailable);
        }
    }
    // As if nothing of it had been asked: also who was given the job still has it.
    const AdmitResult again = fixture.admit(draftOf(kSol, "k"));
    QVERIFY(again.has_value() && !again->replayed);
    QVERIFY(fixture.submit({fixture.transactionFor(*handed), 1}).has_value());
    QVERIFY(fixture.cancel(other->id).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status FROM orders ORDER BY id"),
             (QStringList{"submitted", "cancelled", "pending"}));
    QCOMPARE(fixture.rows("SELECT max(seq), count(*) FROM order_events"), (QStringList{"7|7"}));
    QCOMPARE(fixture.broken(), QString());
}

QTEST_GUILESS_MAIN(SqliteStoreAheadTest)
#include "sqlite_store_ahead_test.moc"
