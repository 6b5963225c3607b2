// Transactions that fail for real: nothing of them is left, in the file or in memory.

#include <sys/resource.h>

#include <csignal>

#include <QFileInfo>
#include <QTest>

#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::RefusalReason;
using execution::StoreError;
using execution::WalletOwner;

namespace {

// No file of this process may grow beyond `bytes` while it lives.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(qint64 bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = static_cast<rlim_t>(bytes);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
};

}  // namespace

class SqliteStoreFailuresTest : public QObject {
    Q_OBJECT

  private slots:
    void aLockedFileChangesNothing();
    void aFailedStatementTakesTheGroupBack();
    void rowsAreFoundAfterAFailure();
    void aFailedCommitTakesTheGroupBack();
    void aFullDiskTakesTheGroupBack();
    void progressThatWasTakenBackIsFilledIn();
    void whatWasSentAndSettledIsTakenBackWhole();
    void aSlotThatWasTakenBackCanBeCommittedAgain();
    void aFileThatAnotherProcessTookIsLeftAlone();

  private:
    // A group of two admissions that cannot be stored while `fault` stands: both are refused, and
    // memory is what the file is.
    void expectGroupLost(StoreFixture& fixture);
    void expectAllWellAfterwards(StoreFixture& fixture, std::uint64_t sequence);
};

void SqliteStoreFailuresTest::expectGroupLost(StoreFixture& fixture) {
    Answers<AdmitResult> answers;
    Answers<OrderResult> cancels;
    const std::size_t calls = fixture.watcher.calls();
    WriterHold hold(fixture.store());
    fixture.store().admit(draftOf(kSol, "lost-1"), answers.next());
    fixture.store().cancel({1, 1}, cancels.next());
    fixture.store().admit(draftOf(13 * kSol, "lost-2"), answers.next());
    hold.release();
    for (const AdmitResult& result : answers.all()) {
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().reason, RefusalReason::storageFailed);
    }
    QCOMPARE(cancels.all()[0].error(), StoreError::unavailable);
    QCOMPARE(fixture.watcher.calls(), calls);
}

void SqliteStoreFailuresTest::expectAllWellAfterwards(StoreFixture& fixture,
                                                      std::uint64_t sequence) {
    // In memory nothing is reserved for what was lost: all that is left can be sold.
    const std::uint64_t free =
        fixture.watcher.wallet()->balance(WalletOwner::trader, domain::solMint()).freeRaw();
    const AdmitResult all = fixture.admit(draftOf(free - kReservedLamports, "lost-1"));
    QVERIFY(all.has_value());
    QVERIFY(!all->replayed);
    QCOMPARE(fixture.watcher.events().back()->sequence, sequence + 1);
    const auto wallet = fixture.watcher.wallet();
    fixture.open();
    QVERIFY(*fixture.opened.state.wallet == *wallet);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreFailuresTest::aLockedFileChangesNothing() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    fixture.admitted(5 * kSol);
    {
        const FileLock lock(fixture.path());
        expectGroupLost(fixture);
    }
    expectAllWellAfterwards(fixture, 1);
}

void SqliteStoreFailuresTest::aFailedStatementTakesTheGroupBack() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted(5 * kSol);
    // The first of the group is written, the second cannot be.
    QVERIFY(
        fixture.change("CREATE TRIGGER fault BEFORE INSERT ON event_rows WHEN NEW.seq = 3 "
                       "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"));
    expectGroupLost(fixture);
    QVERIFY(fixture.change("DROP TRIGGER fault"));
    expectAllWellAfterwards(fixture, 1);
}

// Where rows are is looked up at their first use: a failure must not be taken for an answer.
void SqliteStoreFailuresTest::rowsAreFoundAfterAFailure() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr first = fixture.admitted();
    const domain::OrderPtr second = fixture.admitted();
    fixture.open();
    QVERIFY(
        fixture.change("CREATE TRIGGER fault BEFORE INSERT ON order_ends WHEN NEW.order_number = 1 "
                       "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"));
    const domain::OrderPtr handed = *fixture.handOut(second->id);
    const auto submission = StoreFixture::submissionOf({fixture.transactionFor(*handed), 1});
    Answers<OrderResult> answers;
    WriterHold hold(fixture.store());
    fixture.store().cancel(first->id, answers.next());
    fixture.store().submit(submission, answers.next());
    hold.release();
    for (const OrderResult& result : answers.all()) {
        QCOMPARE(result.error(), StoreError::unavailable);
    }
    QVERIFY(fixture.change("DROP TRIGGER fault"));
    // What was decided has perhaps been sent to a chain: nobody may send it twice.
    QCOMPARE(fixture.submit({submission.transaction, 1}).error(), StoreError::staleFence);
    const domain::OrderPtr again = *fixture.handOut(second->id);
    QVERIFY(fixture.submit({fixture.transactionFor(*again), 1}).has_value());
    QVERIFY(fixture.cancel(first->id).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status FROM orders ORDER BY id"),
             (QStringList{"cancelled", "submitted"}));
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreFailuresTest::aFailedCommitTakesTheGroupBack() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted(5 * kSol);
    // A reference that is checked at COMMIT, and refers to nothing.
    QVERIFY(
        fixture.change("CREATE TABLE fault (order_id TEXT REFERENCES order_rows (id) DEFERRABLE "
                       "INITIALLY DEFERRED)"));
    QVERIFY(
        fixture.change("CREATE TRIGGER break_it AFTER INSERT ON order_rows BEGIN INSERT INTO fault "
                       "VALUES ('nobody'); END"));
    expectGroupLost(fixture);
    QVERIFY(fixture.change("DROP TRIGGER break_it"));
    QCOMPARE(fixture.rows("SELECT count(*) FROM fault"), QStringList{"0"});
    expectAllWellAfterwards(fixture, 1);
}

void SqliteStoreFailuresTest::aFullDiskTakesTheGroupBack() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted(5 * kSol);
    const qint64 logSize = QFileInfo(fixture.path() + "-wal").size();
    QVERIFY(logSize > 0);
    {
        const FileSizeLimit limit(logSize);
        expectGroupLost(fixture);
        // Reading works all the same.
        QCOMPARE(fixture.cancel({1, 1}).error(), StoreError::notFound);
    }
    expectAllWellAfterwards(fixture, 1);
}

void SqliteStoreFailuresTest::progressThatWasTakenBackIsFilledIn() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    const domain::OrderPtr handed = *fixture.handOut(fixture.admitted()->id);
    const domain::Transaction transaction = fixture.transactionFor(*handed);
    {
        const FileLock lock(fixture.path());
        fixture.store().note({handed->id, handed->fence, OrderStatus::routing, 1, {}, "lost"});
        fixture.store().note({handed->id, handed->fence, OrderStatus::building, 1, {}, "lost"});
        QCOMPARE(fixture.submit({transaction, 1}).error(), StoreError::unavailable);
    }
    QCOMPARE(fixture.submit({transaction, 1}).error(), StoreError::staleFence);
    const domain::OrderPtr again = *fixture.handOut(handed->id);
    QVERIFY(fixture.submit({fixture.transactionFor(*again), 1}).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT seq, status, detail = 'lost' FROM order_events ORDER BY seq"),
             (QStringList{"1|pending|0", "2|routing|0", "3|building|0", "4|submitted|0"}));
    QCOMPARE(fixture.broken(), QString());
}

// Submitted and filled in one transaction that fails: its job cannot send a second time.
void SqliteStoreFailuresTest::whatWasSentAndSettledIsTakenBackWhole() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr handed = *fixture.handOut(fixture.admitted()->id);
    const auto submission = StoreFixture::submissionOf({fixture.transactionFor(*handed), 1});
    domain::Order sent = *handed;
    sent.signature = submission.transaction.signature;
    execution::SlotCommit slot = fixture.slotWith({StoreFixture::landed(sent, kUsdc)});
    slot.arrivals = {{handed->id, handed->fence}};
    QVERIFY(fixture.change(
        "CREATE TRIGGER fault BEFORE INSERT ON fill_rows BEGIN SELECT RAISE(ABORT, 'test'); END"));
    Answers<OrderResult> submits;
    Answers<SlotAnswer> settlements;
    {
        WriterHold hold(fixture.store());
        fixture.store().submit(submission, submits.next());
        fixture.store().commitSlot(slot, settlements.next());
        hold.release();
        QCOMPARE(submits.all().front().error(), StoreError::unavailable);
        QCOMPARE(settlements.all().front().error(), StoreError::unavailable);
    }
    QVERIFY(fixture.change("DROP TRIGGER fault"));
    QCOMPARE(fixture.commitSlot(slot).error(), StoreError::staleFence);
    QCOMPARE(fixture.submit({submission.transaction, 1}).error(), StoreError::staleFence);
    const domain::OrderPtr again = *fixture.handOut(handed->id);
    QVERIFY(fixture.submit({fixture.transactionFor(*again), 1}).has_value());
    fixture.close();
    QCOMPARE(fixture.rows("SELECT status FROM orders"), QStringList{"submitted"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreFailuresTest::aSlotThatWasTakenBackCanBeCommittedAgain() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    const domain::OrderPtr order = fixture.submitted();
    execution::SlotCommit commit = fixture.slotWith({StoreFixture::landed(*order, 150 * kUsdc)});
    commit.accounts = {{keyOf(10), keyOf(10), {keyOf(1), 8, {4, 5}}}};
    {
        const FileLock lock(fixture.path());
        QCOMPARE(fixture.commitSlot(commit).error(), StoreError::unavailable);
        // One in which nothing happened rides along with what is written next.
        QVERIFY(fixture.commitSlot(fixture.slotWith({})).has_value());
    }
    QCOMPARE(fixture.rows("SELECT status FROM orders"), QStringList{"submitted"});
    QVERIFY(fixture.commitSlot(commit));
    // Exactly once.
    QCOMPARE(fixture.commitSlot(commit).error(), StoreError::staleFence);
    fixture.open();
    QVERIFY(fixture.opened.state.pools.at(keyOf(10)).at(keyOf(10)) == commit.accounts[0].account);
    QVERIFY(fixture.opened.state.clock == commit.clock);
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM fills"), QStringList{"1"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreFailuresTest::aFileThatAnotherProcessTookIsLeftAlone() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted(5 * kSol);
    // A second store on the same file, as another process would open it.
    auto other = storage::SqliteStore::open(fixture.options, fixture.genesis, {});
    QVERIFY(other.has_value());
    expectGroupLost(fixture);
    const auto admitted = waitFor<AdmitResult>(
        [&](auto answer) { other->store->admit(draftOf(kSol), std::move(answer)); });
    QVERIFY(admitted.has_value());
    other->store.reset();
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"2"});
    QCOMPARE(fixture.broken(), QString());
}

QTEST_GUILESS_MAIN(SqliteStoreFailuresTest)
#include "sqlite_store_failures_test.moc"
