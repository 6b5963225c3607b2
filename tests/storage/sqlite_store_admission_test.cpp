// What becomes an order, what does not, and under which name.

#include <algorithm>
#include <future>
#include <optional>
#include <thread>

#include <QTest>

#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::Balance;
using execution::Field;
using execution::RefusalReason;
using execution::WalletOwner;

namespace {

constexpr std::uint64_t kStartSol = 1'000 * kSol;
constexpr std::uint64_t kStartUsdc = 100'000 * kUsdc;

Balance traderHas(const execution::Wallet& wallet, const domain::Pubkey& mint) {
    return wallet.balance(WalletOwner::trader, mint);
}

}  // namespace

class SqliteStoreAdmissionTest : public QObject {
    Q_OBJECT

  private slots:
    void admissionReservesInputAndFees();
    void theSameKeyAndBodyIsTheSameOrder();
    void theSameKeyWithAnotherBodyIsRefused();
    void balancesBoundAdmission_data();
    void balancesBoundAdmission();
    void limitsBoundAdmission();
    void theRateIsCountedOnTheSteadyClock();
    void aSteadyRateIsATokenBucket();
    void theBoundOnOpenOrdersIsBusy();
    void idsGrowWhenTheClockJumpsBack();
    void idsAreAFunctionOfTheSeed();
};
void SqliteStoreAdmissionTest::admissionReservesInputAndFees() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted(3 * kSol);
    QCOMPARE(order->status, OrderStatus::pending);
    QCOMPARE(order->createdAtMicros, fixture.clock.wall.load());
    QVERIFY(traderHas(*fixture.watcher.wallet(), domain::solMint()) ==
            (Balance{kStartSol, 3 * kSol + kReservedLamports}));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status, side, type, token_in, token_out, amount_in, amount_out, "
                          "amount_in_raw, slippage_bps, created_at FROM orders"),
             QStringList{"pending|sell|market|SOL|USDC|3||00000000003000000000|50|"
                         "2025-06-15T15:06:40.000Z"});
    QCOMPARE(fixture.rows("SELECT seq, status, slot, time FROM order_events"),
             QStringList{"1|pending|300000000|2025-06-15T15:06:40.000Z"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreAdmissionTest::theSameKeyAndBodyIsTheSameOrder() {
    StoreFixture fixture;
    fixture.open();
    const AdmitResult first = fixture.admit(draftOf(kSol, "key-1 ä'"));
    QVERIFY(first.has_value());
    QVERIFY(!first->replayed);
    execution::OrderDraft again = draftOf(kSol, "key-1 ä'");
    again.createdSlot += 50;
    again.reservedLamports += 1;
    AdmitResult second = fixture.admit(again);
    QVERIFY(second.has_value());
    QVERIFY(second->replayed);
    QVERIFY(*second->order == *first->order);

    // For a finished order and after a restart as well, and beyond every limit.
    QVERIFY(fixture.cancel(first->order->id).has_value());
    second = fixture.admit(again);
    QVERIFY(second->replayed);
    QCOMPARE(second->order->status, OrderStatus::cancelled);
    fixture.open();
    execution::RiskLimits none;
    none.ordersPerMinute = 0;
    fixture.store().setLimits(none);
    second = fixture.admit(again);
    QVERIFY(second.has_value() && second->replayed);
    QVERIFY(second->order->id == first->order->id);
    QCOMPARE(second->order->idempotencyKey, std::string("key-1 ä'"));
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"1"});
}

void SqliteStoreAdmissionTest::theSameKeyWithAnotherBodyIsRefused() {
    StoreFixture fixture;
    fixture.open();
    QVERIFY(fixture.admit(draftOf(kSol, "k")).has_value());
    std::vector<execution::OrderDraft> others(5, draftOf(kSol, "k"));
    others[0].amountInRaw += 1;
    others[1].slippageBps += 1;
    others[2].side = domain::Side::buy;
    others[3].inputMint = domain::usdcMint();
    others[4].outputMint = kBonk;
    for (const execution::OrderDraft& other : others) {
        const AdmitResult result = fixture.admit(other);
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().reason, RefusalReason::idempotencyConflict);
        QCOMPARE(result.error().field, Field::idempotencyKey);
    }
    const AdmitResult broken = fixture.admit(draftOf(kSol, "\xff\xfe"));
    QCOMPARE(broken.error().field, Field::idempotencyKey);
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"1"});
    // Nor does the file take a key twice, whoever writes it.
    fixture.admitted();
    QVERIFY(!fixture.change("UPDATE order_rows SET idempotency_key = 'k'"));
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreAdmissionTest::balancesBoundAdmission_data() {
    QTest::addColumn<bool>("sellsSol");
    QTest::addColumn<quint64>("amount");
    QTest::addColumn<quint64>("fees");
    QTest::addColumn<int>("reason");
    const int balance = static_cast<int>(RefusalReason::insufficientBalance);
    const int forFees = static_cast<int>(RefusalReason::insufficientSolForFees);
    QTest::newRow("all SOL, no fees") << true << quint64{kStartSol} << quint64{0} << -1;
    QTest::newRow("SOL over") << true << quint64{kStartSol + 1} << quint64{0} << balance;
    QTest::newRow("SOL and fees") << true << quint64{kStartSol - 9} << quint64{9} << -1;
    QTest::newRow("SOL and fees over") << true << quint64{kStartSol - 9} << quint64{10} << forFees;
    QTest::newRow("SOL and endless fees")
        << true << quint64{kSol} << quint64{UINT64_MAX} << forFees;
    QTest::newRow("all USDC") << false << quint64{kStartUsdc} << quint64{kStartSol} << -1;
    QTest::newRow("USDC over") << false << quint64{kStartUsdc + 1} << quint64{0} << balance;
    QTest::newRow("USDC, fees over") << false << quint64{1} << quint64{kStartSol + 1} << forFees;
    QTest::newRow("largest") << false << quint64{UINT64_MAX} << quint64{0} << balance;
}

void SqliteStoreAdmissionTest::balancesBoundAdmission() {
    QFETCH(bool, sellsSol);
    QFETCH(quint64, amount);
    QFETCH(quint64, fees);
    QFETCH(int, reason);
    StoreFixture fixture;
    fixture.open();
    execution::OrderDraft draft = draftOf(amount);
    draft.inputMint = sellsSol ? domain::solMint() : domain::usdcMint();
    draft.outputMint = kBonk;
    draft.reservedLamports = fees;
    const AdmitResult result = fixture.admit(draft);
    QCOMPARE(result ? -1 : static_cast<int>(result.error().reason), reason);
    if (!result) {
        QVERIFY(!result.error().given.empty() && !result.error().limit.empty());
    }
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{result ? "1" : "0"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreAdmissionTest::limitsBoundAdmission() {
    StoreFixture fixture;
    fixture.open();
    execution::RiskLimits limits;
    limits.largestOrderRaw[domain::solMint()] = 5 * kSol;
    limits.openOrders = 2;
    fixture.store().setLimits(limits);
    const AdmitResult large = fixture.admit(draftOf(5 * kSol + 1));
    QVERIFY(large.error() == (execution::Refusal{RefusalReason::orderTooLarge, Field::amountIn,
                                                 "5.000000001 SOL", "5 SOL"}));
    fixture.admitted(5 * kSol);
    const domain::OrderPtr sent = fixture.submitted();
    const AdmitResult third = fixture.admit(draftOf(kSol));
    QVERIFY(third.error() ==
            (execution::Refusal{RefusalReason::tooManyOpenOrders, Field::none, "2", "2"}));
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::expired(*sent)})));
    fixture.admitted();
    fixture.store().setLimits({});
    fixture.admitted(6 * kSol);
}

void SqliteStoreAdmissionTest::theRateIsCountedOnTheSteadyClock() {
    StoreFixture fixture;
    fixture.open();
    execution::RiskLimits limits;
    limits.ordersPerMinute = 2;
    fixture.store().setLimits(limits);
    fixture.admitted();
    fixture.clock.steady += 30'000'000;
    fixture.clock.wall += 30'000'000;
    fixture.admitted();
    // Setting the wall clock does not help.
    fixture.clock.wall += 3'600'000'000;
    QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::tooManyOrders);
    fixture.clock.wall -= 3'600'000'000;
    fixture.clock.steady += 29'999'999;
    fixture.clock.wall += 29'999'999;
    QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::tooManyOrders);
    fixture.clock.steady += 1;
    fixture.clock.wall += 1;
    fixture.admitted();
    QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::tooManyOrders);

    // Nor does a restart (with another steady clock).
    fixture.close();
    fixture.clock.steady = 17;
    fixture.open();
    fixture.store().setLimits(limits);
    QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::tooManyOrders);
    fixture.clock.steady += 60'000'001;
    fixture.admitted();
}

void SqliteStoreAdmissionTest::aSteadyRateIsATokenBucket() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    execution::RiskLimits limits;
    limits.steadyPerMinute = 12;  // two at once, then one in five seconds
    fixture.store().setLimits(limits);
    const execution::OrderDraft unaffordable = draftOf(kStartSol + 1);
    QCOMPARE(fixture.admit(unaffordable).error().reason, RefusalReason::insufficientBalance);
    QVERIFY(fixture.admit(draftOf(kSol, "key")).has_value());
    fixture.store().setLimits(limits);  // the same again does not fill it
    {
        // What is not stored costs no token.
        const FileLock lock(fixture.path());
        QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::storageFailed);
    }
    fixture.admitted();
    const AdmitResult third = fixture.admit(draftOf(kSol));
    QVERIFY(third.error() ==
            (execution::Refusal{RefusalReason::tooFast, Field::none, {}, "12", 5}));
    QVERIFY(fixture.admit(draftOf(kSol, "key"))->replayed);
    fixture.clock.steady += 4'999'999;
    QCOMPARE(fixture.admit(draftOf(kSol)).error().retryAfterSeconds, 1U);
    fixture.clock.steady += 1;
    fixture.admitted();
    QCOMPARE(fixture.admit(draftOf(kSol)).error().reason, RefusalReason::tooFast);
    fixture.store().setLimits({});
    fixture.admitted();
}

void SqliteStoreAdmissionTest::theBoundOnOpenOrdersIsBusy() {
    StoreFixture fixture;
    fixture.options.maxOpenOrders = 3;
    fixture.open();
    const domain::OrderPtr first = fixture.admitted();
    fixture.submitted();
    fixture.admitted();
    const AdmitResult fourth = fixture.admit(draftOf(kSol));
    QVERIFY(fourth.error() == (execution::Refusal{RefusalReason::busy, Field::none, "3", "3"}));
    QVERIFY(fixture.cancel(first->id).has_value());
    fixture.admitted();
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreAdmissionTest::idsGrowWhenTheClockJumpsBack() {
    StoreFixture fixture;
    fixture.open();
    std::vector<domain::OrderId> ids;
    std::vector<base::UnixMicros> times;
    const auto admitOne = [&] {
        const domain::OrderPtr order = fixture.admitted(1);
        ids.push_back(order->id);
        times.push_back(order->createdAtMicros);
    };
    admitOne();
    admitOne();
    fixture.clock.wall -= 3'600'000'000;
    admitOne();
    fixture.open();
    admitOne();
    fixture.clock.wall += 7'200'000'000;
    admitOne();
    QVERIFY(std::is_sorted(ids.begin(), ids.end()));
    QVERIFY(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    QVERIFY(std::is_sorted(times.begin(), times.end()));
    QCOMPARE(times.back(), fixture.clock.wall.load());
}

void SqliteStoreAdmissionTest::idsAreAFunctionOfTheSeed() {
    const auto idsOf = [](std::uint64_t seed) {
        StoreFixture fixture;
        fixture.options.seed = seed;
        fixture.open();
        return std::vector{fixture.admitted()->id, fixture.admitted()->id};
    };
    QVERIFY(idsOf(1) == idsOf(1));
    QVERIFY(idsOf(1) != idsOf(2));
}

QTEST_GUILESS_MAIN(SqliteStoreAdmissionTest)
#include "sqlite_store_admission_test.moc"
