// One order at a time: every way through its life, and every refusal.

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
using execution::RefusalReason;
using execution::StoreError;
using execution::WalletOwner;

namespace {

constexpr std::uint64_t kStartSol = 1'000 * kSol;
constexpr std::uint64_t kStartUsdc = 100'000 * kUsdc;

QStringList statusesOf(const StoreFixture& fixture, const domain::OrderId& id) {
    return fixture.rows("SELECT status FROM order_events WHERE order_id = '" +
                        QString::fromStdString(domain::toString(id)) + "' ORDER BY seq");
}

Balance traderHas(const execution::Wallet& wallet, const domain::Pubkey& mint) {
    return wallet.balance(WalletOwner::trader, mint);
}

}  // namespace

class SqliteStoreTest : public QObject {
    Q_OBJECT

  private slots:
    void aConfirmedOrderIsPaidAndCredited();
    void aRevertedOrderPaysTheFee();
    void anExpiredOrderPaysNothing();
    void anOrderCanFailBeforeItIsSent();
    void anOrderCanBeCancelledUntilItIsSent();
    void progressRidesAlongAndIsFlushed();
    void missingStepsAreFilledIn();
    void onlyTheNewestFenceCommits();
    void sentAndEndedOrdersAreNotHandedOut();
    void aTransactionDearerThanReservedIsRefused();
    void outcomesOfUnknownTransactionsRefuseTheSlot();
    void accountsAndClockAreStored();
    void resetIsRefusedWhileOrdersAreOpen();
    void resetDrawsTheStartBalancesAgain();
    void amountsUpToTheLargestU64Survive();
    void watchersSeeEveryCommitInSequence();
    void callsAfterCloseBeganAreAnswered();
};

void SqliteStoreTest::aConfirmedOrderIsPaidAndCredited() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.submitted(2 * kSol);
    QCOMPARE(order->status, OrderStatus::submitted);
    QVERIFY(order->signature.has_value());
    fixture.clock.wall += 1'500'000;
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*order, 301 * kUsdc)})));

    const auto wallet = fixture.watcher.wallet();
    QVERIFY(traderHas(*wallet, domain::solMint()) ==
            (Balance{kStartSol - 2 * kSol - kNetworkFee, 0}));
    QVERIFY(traderHas(*wallet, domain::usdcMint()) == (Balance{kStartUsdc + 301 * kUsdc, 0}));
    QCOMPARE(wallet->balance(WalletOwner::fees, domain::solMint()).amountRaw, kNetworkFee);
    const domain::OrderPtr after = fixture.watcher.events().back()->order;
    QVERIFY(after->execution ==
            (domain::Execution{2 * kSol, 301 * kUsdc, kNetworkFee, 300'000'001}));
    QCOMPARE(fixture.watcher.fills().size(), std::size_t{1});
    QCOMPARE(fixture.watcher.fills()[0].atMicros, fixture.clock.wall.load());

    fixture.close();
    QCOMPARE(statusesOf(fixture, order->id),
             (QStringList{"pending", "routing", "building", "submitted", "confirmed"}));
    QCOMPARE(fixture.rows("SELECT status, amount_out, price, error FROM orders"),
             QStringList{"confirmed|301|150.5|"});
    QCOMPARE(fixture.rows("SELECT leg, venue, token_in, token_out, amount_in, amount_out, price, "
                          "time FROM fills"),
             QStringList{"0|Raydium|SOL|USDC|2|301|150.5|2025-06-15T15:06:41.500Z"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::aRevertedOrderPaysTheFee() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.submitted();
    QVERIFY(fixture.commitSlot(
        fixture.slotWith({StoreFixture::reverted(*order, amm::SwapError::slippageExceeded)})));
    const auto wallet = fixture.watcher.wallet();
    QVERIFY(traderHas(*wallet, domain::solMint()) == (Balance{kStartSol - kNetworkFee, 0}));
    QCOMPARE(wallet->balance(WalletOwner::fees, domain::solMint()).amountRaw, kNetworkFee);
    fixture.close();
    const QStringList row = fixture.rows(
        "SELECT status, failure_reason, failure_program, failure_code, error FROM orders");
    QVERIFY2(row[0].startsWith("failed|slippageExceeded|raydium-cpmm|6005|"), qPrintable(row[0]));
    QVERIFY(row[0].section('|', 4).size() > 20);
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::anExpiredOrderPaysNothing() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.submitted();
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::expired(*order)})));
    QVERIFY(traderHas(*fixture.watcher.wallet(), domain::solMint()) == (Balance{kStartSol, 0}));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status, failure_reason FROM orders"),
             QStringList{"failed|expired"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::anOrderCanFailBeforeItIsSent() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    const domain::OrderPtr handed = *fixture.handOut(order->id);
    const execution::FailureNote note{
        order->id, handed->fence, {domain::FailureReason::noLiquidity, {}, {}}, 5};
    const OrderResult failed = fixture.fail(note);
    QVERIFY(failed.has_value());
    QCOMPARE((*failed)->status, OrderStatus::failed);
    QCOMPARE((*failed)->failure->reason, domain::FailureReason::noLiquidity);
    QVERIFY(traderHas(*fixture.watcher.wallet(), domain::solMint()) == (Balance{kStartSol, 0}));
    QCOMPARE(fixture.fail(note).error(), StoreError::staleFence);
    fixture.close();
    QCOMPARE(statusesOf(fixture, order->id), (QStringList{"pending", "failed"}));
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::anOrderCanBeCancelledUntilItIsSent() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    const OrderResult cancelled = fixture.cancel(order->id);
    QVERIFY(cancelled.has_value());
    QCOMPARE((*cancelled)->status, OrderStatus::cancelled);
    QVERIFY(traderHas(*fixture.watcher.wallet(), domain::solMint()) == (Balance{kStartSol, 0}));
    QCOMPARE(fixture.cancel(order->id).error(), StoreError::illegalTransition);
    QCOMPARE(fixture.cancel({1, 2}).error(), StoreError::notFound);

    const domain::OrderPtr sent = fixture.submitted();
    QCOMPARE(fixture.cancel(sent->id).error(), StoreError::illegalTransition);
    fixture.close();
    QCOMPARE(statusesOf(fixture, order->id), (QStringList{"pending", "cancelled"}));
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::progressRidesAlongAndIsFlushed() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    const domain::OrderPtr handed = *fixture.handOut(order->id);
    domain::PlanSummary plan =
        planOf({{keyOf(10), domain::Program::meteoraDlmm, keyOf(11), keyOf(12), 5, UINT64_MAX}});
    plan.expectedOutRaw = UINT64_MAX;
    fixture.store().note({order->id, handed->fence, OrderStatus::routing, 8, {}, "looking"});
    fixture.store().note({order->id, handed->fence, OrderStatus::building, 9, plan, "Meteora"});
    // Nothing forces a commit: the timer does.
    QTRY_COMPARE_WITH_TIMEOUT(fixture.rows("SELECT status FROM orders"), QStringList{"building"},
                              60'000);
    fixture.close();
    const auto events = fixture.watcher.events();
    QCOMPARE(events.size(), std::size_t{3});
    QCOMPARE(events[1]->detail, std::string("looking"));
    QVERIFY(events[2]->order->plan == plan);
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::missingStepsAreFilledIn() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    domain::OrderPtr handed = *fixture.handOut(order->id);
    // Building without routing; then another worker begins again, and is not heard to the end.
    fixture.store().note({order->id, handed->fence, OrderStatus::building, 9, {}, {}});
    handed = *fixture.handOut(order->id);
    fixture.store().note({order->id, handed->fence, OrderStatus::routing, 10, {}, {}});
    // What is not progress is no note.
    fixture.store().note({order->id, handed->fence, OrderStatus::confirmed, 10, {}, {}});
    fixture.store().note({order->id, handed->fence, OrderStatus::pending, 10, {}, {}});
    QVERIFY(fixture.submit({fixture.transactionFor(*handed), 11}).has_value());
    fixture.close();
    QCOMPARE(statusesOf(fixture, order->id),
             (QStringList{"pending", "routing", "building", "routing", "building", "submitted"}));
    QCOMPARE(fixture.rows("SELECT plan_program, plan_legs FROM orders"),
             QStringList{"raydium-cpmm|1"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::onlyTheNewestFenceCommits() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    const domain::OrderPtr first = *fixture.handOut(order->id);
    const domain::OrderPtr second = *fixture.handOut(order->id);
    QVERIFY(first->fence > order->fence);
    QVERIFY(second->fence > first->fence);

    QCOMPARE(fixture.submit({fixture.transactionFor(*first), 1}).error(), StoreError::staleFence);
    QCOMPARE(fixture.fail({order->id, first->fence, {}, 1}).error(), StoreError::staleFence);
    fixture.store().note({order->id, first->fence, OrderStatus::routing, 1, {}, "stale"});
    QVERIFY(fixture.submit({fixture.transactionFor(*second), 1}).has_value());
    QCOMPARE(fixture.submit({fixture.transactionFor(*second), 1}).error(), StoreError::staleFence);
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM order_events WHERE detail = 'stale'"),
             QStringList{"0"});
    QCOMPARE(fixture.rows("SELECT fence FROM orders"), QStringList{QString::number(second->fence)});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::sentAndEndedOrdersAreNotHandedOut() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr sent = fixture.submitted();
    const domain::OrderPtr cancelled = fixture.admitted();
    QVERIFY(fixture.cancel(cancelled->id).has_value());
    QCOMPARE(fixture.handOut(sent->id).error(), StoreError::illegalTransition);
    QCOMPARE(fixture.handOut(cancelled->id).error(), StoreError::illegalTransition);
    QCOMPARE(fixture.handOut({9, 9}).error(), StoreError::notFound);
}

void SqliteStoreTest::aTransactionDearerThanReservedIsRefused() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr handed = *fixture.handOut(fixture.admitted()->id);
    domain::Transaction transaction = fixture.transactionFor(*handed);
    transaction.networkFeeLamports = kReservedLamports + 1;
    QCOMPARE(fixture.submit({transaction, 1}).error(), StoreError::illegalTransition);
    transaction = fixture.transactionFor(*handed);
    transaction.legs.clear();
    QCOMPARE(fixture.submit({transaction, 1}).error(), StoreError::illegalTransition);
    transaction = fixture.transactionFor(*handed);
    transaction.attempt = 2;
    QCOMPARE(fixture.submit({transaction, 1}).error(), StoreError::staleFence);
    transaction = fixture.transactionFor(*handed);
    transaction.networkFeeLamports = kReservedLamports;
    QVERIFY(fixture.submit({transaction, 1}).has_value());
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::outcomesOfUnknownTransactionsRefuseTheSlot() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr good = fixture.submitted();
    const domain::OrderPtr other = fixture.submitted();
    const domain::OrderPtr pending = fixture.admitted();

    chain::TransactionOutcome wrongSignature = StoreFixture::landed(*other, kUsdc);
    wrongSignature.signature = signatureOf(1);
    execution::SlotCommit commit =
        fixture.slotWith({StoreFixture::landed(*good, kUsdc), wrongSignature});
    commit.accounts = {{keyOf(10), keyOf(10), {keyOf(1), 1, {9}}}};
    QCOMPARE(fixture.commitSlot(commit).error(), StoreError::staleFence);

    chain::TransactionOutcome notSent = StoreFixture::landed(*other, kUsdc);
    notSent.orderId = pending->id;
    QCOMPARE(fixture.commitSlot(fixture.slotWith({notSent})).error(), StoreError::staleFence);
    notSent.orderId = {4, 4};
    QCOMPARE(fixture.commitSlot(fixture.slotWith({notSent})).error(), StoreError::notFound);
    const auto twice = StoreFixture::landed(*good, kUsdc);
    QCOMPARE(fixture.commitSlot(fixture.slotWith({twice, twice})).error(), StoreError::staleFence);

    // A slot may have taken in only what was submitted, under the fence that it was.
    for (const execution::Arrival& arrival : {execution::Arrival{pending->id, pending->fence},
                                              {{4, 4}, 1},
                                              {good->id, good->fence + 1}}) {
        execution::SlotCommit arrived = fixture.slotWith({});
        arrived.arrivals = {{other->id, other->fence}, arrival};
        QCOMPARE(fixture.commitSlot(arrived).error(), StoreError::staleFence);
    }
    execution::SlotCommit arrived = fixture.slotWith({});
    arrived.arrivals = {{other->id, other->fence}, {good->id, good->fence}};
    QVERIFY(fixture.commitSlot(arrived).has_value());

    // Nothing of the refused slots is left, and both orders can still end.
    QVERIFY(fixture.commitSlot(fixture.slotWith(
        {StoreFixture::landed(*good, kUsdc), StoreFixture::landed(*other, kUsdc)})));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT hex(data) FROM accounts WHERE address = pool"),
             QStringList{"01020300FF"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::accountsAndClockAreStored() {
    StoreFixture fixture;
    fixture.open();
    execution::SlotCommit commit = fixture.slotWith({});
    commit.clock = {UINT64_MAX, -5, UINT64_MAX - 1};
    commit.blockHeight = UINT64_MAX - 2;
    commit.accounts = {{keyOf(10), keyOf(10), {keyOf(1), UINT64_MAX, {7, 0, 7}}},
                       {keyOf(10), keyOf(12), {keyOf(3), 0, {}}}};
    QVERIFY(fixture.commitSlot(commit));
    fixture.open();
    const execution::StoredState& state = fixture.opened.state;
    QVERIFY(state.clock == commit.clock);
    QCOMPARE(state.blockHeight, commit.blockHeight);
    amm::AccountSet expected = fixture.genesis.pools[keyOf(10)];
    expected[keyOf(10)] = commit.accounts[0].account;
    expected[keyOf(12)] = commit.accounts[1].account;
    QCOMPARE(state.pools.size(), std::size_t{1});
    QVERIFY(state.pools.at(keyOf(10)) == expected);
}

void SqliteStoreTest::resetIsRefusedWhileOrdersAreOpen() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr pending = fixture.admitted();
    QCOMPARE(fixture.resetWallet().error(), StoreError::openOrders);
    QVERIFY(fixture.cancel(pending->id).has_value());
    const domain::OrderPtr sent = fixture.submitted();
    QCOMPARE(fixture.resetWallet().error(), StoreError::openOrders);
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::expired(*sent)})));
    QVERIFY(fixture.resetWallet().has_value());
}

void SqliteStoreTest::resetDrawsTheStartBalancesAgain() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.submitted(10 * kSol);
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*order, 1'500 * kUsdc)})));
    const WalletResult reset = fixture.resetWallet();
    QVERIFY(reset.has_value());
    QVERIFY(traderHas(**reset, domain::solMint()) == (Balance{kStartSol, 0}));
    QVERIFY(traderHas(**reset, domain::usdcMint()) == (Balance{kStartUsdc, 0}));
    QVERIFY(traderHas(**reset, kBonk) == (Balance{UINT64_MAX, 0}));
    QCOMPARE((*reset)->balance(WalletOwner::fees, domain::solMint()).amountRaw, kNetworkFee);
    QVERIFY(*fixture.watcher.wallet() == **reset);
    fixture.open();
    QVERIFY(*fixture.opened.state.wallet == **reset);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::amountsUpToTheLargestU64Survive() {
    StoreFixture fixture;
    fixture.open();
    execution::OrderDraft draft = draftOf(UINT64_MAX);
    draft.inputMint = kBonk;
    draft.createdSlot = UINT64_MAX;
    const AdmitResult result = fixture.admit(draft);
    QVERIFY(result.has_value());
    const domain::OrderPtr handed = *fixture.handOut(result->order->id);
    domain::Transaction transaction = fixture.transactionFor(*handed);
    transaction.expectedOutRaw = UINT64_MAX;
    transaction.minAmountOutRaw = UINT64_MAX - 1;
    transaction.snapshotSlot = UINT64_MAX;
    transaction.lastValidBlockHeight = UINT64_MAX;
    transaction.computeUnitLimit = UINT32_MAX;
    const OrderResult sent = fixture.submit({transaction, UINT64_MAX});
    QVERIFY(sent.has_value());

    fixture.open();
    QVERIFY(fixture.opened.state.inFlight == std::vector{transaction});
    QVERIFY(fixture.opened.state.wallet->balance(WalletOwner::trader, kBonk) ==
            (Balance{UINT64_MAX, UINT64_MAX}));
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(**sent, 1)})));
    QCOMPARE(fixture.watcher.events().back()->order->amountInRaw, std::uint64_t{UINT64_MAX});
    fixture.close();
    QCOMPARE(fixture.rows("SELECT amount_in, amount_in_raw, plan_expected_out_raw FROM orders"),
             QStringList{"184467440737095.51615|18446744073709551615|18446744073709551615"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreTest::watchersSeeEveryCommitInSequence() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.submitted();
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*order, kUsdc)})));
    const std::size_t calls = fixture.watcher.calls();
    // A slot in which nothing happened is nothing to tell.
    QVERIFY(fixture.commitSlot(fixture.slotWith({})));
    fixture.close();
    QCOMPARE(fixture.watcher.calls(), calls);

    const auto events = fixture.watcher.events();
    const std::vector<OrderStatus> expected{OrderStatus::pending, OrderStatus::routing,
                                            OrderStatus::building, OrderStatus::submitted,
                                            OrderStatus::confirmed};
    QCOMPARE(events.size(), expected.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        QCOMPARE(events[i]->sequence, std::uint64_t{i + 1});
        QCOMPARE(events[i]->status, expected[i]);
        QCOMPARE(events[i]->order->status, expected[i]);
        QVERIFY(events[i]->order->id == order->id);
    }
    // The empty slot has been committed with the end.
    QCOMPARE(fixture.rows("SELECT value FROM meta WHERE key = 'chain_slot'"),
             QStringList{QString::number(fixture.slot)});
}

void SqliteStoreTest::callsAfterCloseBeganAreAnswered() {
    StoreFixture fixture;
    fixture.open();
    storage::SqliteStore* store = &fixture.store();
    // An answer that is given while the store closes asks again, until it is turned away; it may
    // be the bound that does so before close has begun.
    std::promise<AdmitResult> late;
    std::promise<OrderResult> lateCancel;
    std::promise<void> closing;
    store->admit(draftOf(kSol), [&](const AdmitResult&) {
        closing.get_future().wait();
        auto answer = std::make_shared<std::optional<AdmitResult>>();
        while (!*answer || (*answer)->error().reason == RefusalReason::busy) {
            store->admit(draftOf(kSol, "late"),
                         [answer](AdmitResult result) { *answer = std::move(result); });
            std::this_thread::yield();
        }
        late.set_value(**answer);
        store->cancel({}, [&](const OrderResult& result) { lateCancel.set_value(result); });
    });
    std::thread closer([&] { closing.set_value(); });
    fixture.close();
    closer.join();
    QCOMPARE(late.get_future().get().error().reason, RefusalReason::shuttingDown);
    QCOMPARE(lateCancel.get_future().get().error(), StoreError::closed);
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders WHERE idempotency_key IS NULL"),
             QStringList{"1"});
    QCOMPARE(fixture.broken(), QString());
}

QTEST_GUILESS_MAIN(SqliteStoreTest)
#include "sqlite_store_test.moc"
