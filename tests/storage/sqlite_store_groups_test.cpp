// Many callers at once and their common transactions.

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

#include <QTest>

#include "base/rng.h"
#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::RefusalReason;
using execution::StoreError;

namespace {

constexpr std::uint64_t kStartSol = 1'000 * kSol;

}  // namespace

class SqliteStoreGroupsTest : public QObject {
    Q_OBJECT

  private slots:
    void aGroupIsOneCommit();
    void answersComeInTheOrderOfTheCalls();
    void aRefusedRequestDoesNotHarmItsGroup();
    void oneKeyWithinOneGroupIsOneOrder();
    void concurrentAdmissionsNeverOverspend();
    void concurrentLivesKeepEveryTotal();
    void clientsAreTurnedAwayAtTheBound();
};

void SqliteStoreGroupsTest::aGroupIsOneCommit() {
    StoreFixture fixture;
    fixture.open();
    Answers<AdmitResult> answers;
    WriterHold hold(fixture.store());
    for (int i = 0; i < 100; ++i) {
        fixture.store().admit(draftOf(kSol), answers.next());
    }
    hold.release();
    for (const AdmitResult& result : answers.all()) {
        QVERIFY(result.has_value());
    }
    fixture.close();
    QCOMPARE(fixture.watcher.calls(), std::size_t{1});
    QCOMPARE(fixture.watcher.events().size(), std::size_t{100});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreGroupsTest::answersComeInTheOrderOfTheCalls() {
    StoreFixture fixture;
    fixture.open();
    std::vector<int> order;  // only the writer thread writes it
    WriterHold hold(fixture.store());
    for (int i = 0; i < 30; i += 3) {
        fixture.store().admit(draftOf(kSol), [&order, i](const auto&) { order.push_back(i); });
        fixture.store().cancel({5, 5}, [&order, i](const auto&) { order.push_back(i + 1); });
        fixture.store().commitSlot(fixture.slotWith({}),
                                   [&order, i](const auto&) { order.push_back(i + 2); });
    }
    hold.release();
    fixture.close();
    QCOMPARE(order.size(), std::size_t{30});
    QVERIFY(std::is_sorted(order.begin(), order.end()));
}

void SqliteStoreGroupsTest::aRefusedRequestDoesNotHarmItsGroup() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr sent = fixture.submitted();
    const domain::OrderPtr handed = *fixture.handOut(fixture.admitted()->id);
    domain::Transaction stale = fixture.transactionFor(*handed);
    stale.fence -= 1;
    chain::TransactionOutcome unknown = StoreFixture::landed(*sent, kUsdc);
    unknown.signature = signatureOf(3);

    Answers<AdmitResult> admissions;
    Answers<OrderResult> orders;
    Answers<SlotAnswer> commits;
    Answers<WalletResult> resets;
    WriterHold hold(fixture.store());
    auto& store = fixture.store();
    store.admit(draftOf(kSol, "a"), admissions.next());
    store.admit(draftOf(kStartSol), admissions.next());
    store.submit(StoreFixture::submissionOf({stale, 1}), orders.next());
    store.commitSlot(fixture.slotWith({StoreFixture::landed(*sent, kUsdc), unknown}),
                     commits.next());
    store.resetWallet(resets.next());
    store.admit(draftOf(2 * kSol, "a"), admissions.next());
    store.fail({handed->id, 1, {}, 1}, orders.next());
    store.cancel(sent->id, orders.next());
    store.commitSlot(fixture.slotWith({StoreFixture::landed(*sent, kUsdc)}), commits.next());
    store.admit(draftOf(kSol, "b"), admissions.next());
    hold.release();

    const auto admitted = admissions.all();
    QVERIFY(admitted[0].has_value() && admitted[3].has_value());
    QCOMPARE(admitted[1].error().reason, RefusalReason::insufficientBalance);
    QCOMPARE(admitted[2].error().reason, RefusalReason::idempotencyConflict);
    const auto changed = orders.all();
    QCOMPARE(changed[0].error(), StoreError::staleFence);
    QCOMPARE(changed[1].error(), StoreError::staleFence);
    QCOMPARE(changed[2].error(), StoreError::illegalTransition);
    const auto committed = commits.all();
    QCOMPARE(committed[0].error(), StoreError::staleFence);
    QVERIFY(committed[1].has_value());
    QCOMPARE(resets.all()[0].error(), StoreError::openOrders);
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"),
             (QStringList{"confirmed|1", "pending|3"}));
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreGroupsTest::oneKeyWithinOneGroupIsOneOrder() {
    StoreFixture fixture;
    fixture.open();
    Answers<AdmitResult> answers;
    WriterHold hold(fixture.store());
    fixture.store().admit(draftOf(kSol, "k"), answers.next());
    fixture.store().admit(draftOf(kSol, "k"), answers.next());
    fixture.store().admit(draftOf(kSol + 1, "k"), answers.next());
    hold.release();
    const auto results = answers.all();
    QVERIFY(results[0].has_value() && !results[0]->replayed);
    QVERIFY(results[1].has_value() && results[1]->replayed);
    QVERIFY(results[0]->order->id == results[1]->order->id);
    QCOMPARE(results[2].error().reason, RefusalReason::idempotencyConflict);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreGroupsTest::concurrentAdmissionsNeverOverspend() {
    StoreFixture fixture;
    fixture.open();
    constexpr int kThreads = 8;
    constexpr int kEach = 60;
    constexpr std::uint64_t kAmount = 7 * kSol;
    std::atomic<int> admitted{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                // Every fourth is asked for by all threads under one key.
                const std::string key = i % 4 == 0 ? "shared-" + std::to_string(i) : "";
                const auto result = waitFor<AdmitResult>([&](auto answer) {
                    fixture.store().admit(draftOf(kAmount, key), std::move(answer));
                });
                if (!result) {
                    refused +=
                        result.error().reason == RefusalReason::insufficientBalance ||
                                result.error().reason == RefusalReason::insufficientSolForFees
                            ? 1
                            : 1'000'000;
                } else if (!result->replayed) {
                    ++admitted;
                }
                static_cast<void>(t);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    // 480 ask, of which 15 × 7 repeat a key: the balance is the bound, to the last order.
    const auto most = static_cast<int>(kStartSol / (kAmount + kReservedLamports));
    QCOMPARE(admitted.load(), most);
    QVERIFY(refused > 0 && refused < 1'000'000);
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{QString::number(most)});
    QCOMPARE(fixture.broken(), QString());
}

// Clients, workers and a chain on threads of their own, at random.
void SqliteStoreGroupsTest::concurrentLivesKeepEveryTotal() {
    StoreFixture fixture;
    fixture.open();
    std::mutex mutex;
    std::vector<domain::OrderPtr> sent;
    std::atomic<int> working{4};
    std::atomic<std::uint64_t> signature{1};
    const auto work = [&](std::uint64_t stream) {
        base::CounterRng random(11, base::RngPurpose::test, stream);
        auto& store = fixture.store();
        for (int i = 0; i < 60; ++i) {
            const auto admitted = waitFor<AdmitResult>([&](auto answer) {
                store.admit(draftOf(1 + random.below(40 * kSol)), std::move(answer));
            });
            if (!admitted) {
                continue;
            }
            const domain::OrderId id = admitted->order->id;
            const auto handed =
                waitFor<OrderResult>([&](auto answer) { store.handOut(id, std::move(answer)); });
            const std::uint64_t fence = (*handed)->fence;
            store.note({id, fence, OrderStatus::routing, 1, {}, {}});
            if (random.below(8) == 0) {
                waitFor<OrderResult>([&](auto answer) { store.cancel(id, std::move(answer)); });
            } else if (random.below(8) == 0) {
                waitFor<OrderResult>([&](auto answer) {
                    store.fail({id, fence, {}, 1}, std::move(answer));
                });
            } else {
                domain::Transaction transaction;
                transaction.orderId = id;
                transaction.fence = fence;
                transaction.signature = signatureOf(signature++);
                transaction.legs.resize(1);
                transaction.networkFeeLamports = kNetworkFee;
                const auto submitted = waitFor<OrderResult>([&](auto answer) {
                    store.submit(StoreFixture::submissionOf({transaction, 1}), std::move(answer));
                });
                const std::lock_guard lock(mutex);
                sent.push_back(submitted.value());
            }
        }
        --working;
    };
    const auto land = [&] {
        base::CounterRng random(11, base::RngPurpose::test, 99);
        for (bool more = true; more;) {
            more = working > 0;
            std::vector<domain::OrderPtr> inbox;
            {
                const std::lock_guard lock(mutex);
                inbox.swap(sent);
            }
            std::vector<chain::TransactionOutcome> outcomes;
            for (const domain::OrderPtr& order : inbox) {
                const std::uint64_t kind = random.below(4);
                outcomes.push_back(kind == 0 ? StoreFixture::expired(*order)
                                   : kind == 1
                                       ? StoreFixture::reverted(*order, amm::SwapError::zeroOutput)
                                       : StoreFixture::landed(*order, random.below(1'000 * kUsdc)));
            }
            more = more || !outcomes.empty();
            const auto committed = waitFor<SlotAnswer>([&](auto answer) {
                fixture.store().commitSlot(fixture.slotWith(std::move(outcomes)),
                                           std::move(answer));
            });
            if (!committed) {
                qFatal("slot refused");
            }
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t stream = 0; stream < 4; ++stream) {
        threads.emplace_back(work, stream);
    }
    threads.emplace_back(land);
    for (std::thread& thread : threads) {
        thread.join();
    }
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders WHERE status NOT IN ('confirmed', 'failed', "
                          "'cancelled')"),
             QStringList{"0"});
    QVERIFY(fixture.rows("SELECT count(*) FROM fills")[0].toInt() > 20);
    // What was told is what is stored.
    QCOMPARE(fixture.rows("SELECT max(seq) FROM order_events")[0].toULongLong(),
             static_cast<qulonglong>(fixture.watcher.events().size()));
    fixture.open();
    QVERIFY(*fixture.opened.state.wallet == *fixture.watcher.wallet());
}

void SqliteStoreGroupsTest::clientsAreTurnedAwayAtTheBound() {
    StoreFixture fixture;
    fixture.options.maxOpenOrders = 5;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    const domain::OrderPtr handed = *fixture.handOut(order->id);
    Answers<OrderResult> waiting;
    Answers<OrderResult> submits;
    WriterHold hold(fixture.store());
    for (int i = 0; i < 5; ++i) {
        fixture.store().cancel({1, 1}, waiting.next());
    }
    std::optional<AdmitResult> admission;
    fixture.store().admit(draftOf(kSol), [&](const AdmitResult& result) { admission = result; });
    QVERIFY(admission.has_value());
    QVERIFY(admission->error() ==
            (execution::Refusal{RefusalReason::busy, execution::Field::none, "5", "5"}));
    std::optional<OrderResult> cancel;
    fixture.store().cancel(order->id, [&](const OrderResult& result) { cancel = result; });
    QVERIFY(cancel.has_value());
    QCOMPARE(cancel->error(), StoreError::unavailable);
    // The engine's own requests are taken.
    fixture.store().submit(StoreFixture::submissionOf({fixture.transactionFor(*handed), 1}),
                           submits.next());
    hold.release();
    QVERIFY(submits.all()[0].has_value());
    QCOMPARE(waiting.all()[4].error(), StoreError::notFound);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

QTEST_GUILESS_MAIN(SqliteStoreGroupsTest)
#include "sqlite_store_groups_test.moc"
