// Old orders are taken out of the file whole, into the archive or for good, and what is left can
// still be verified.

#include "storage/retention.h"

#include <QFile>
#include <QTest>

#include "storage/archive.h"
#include "storage/retention_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;

namespace {

using Ids = std::vector<domain::OrderId>;

QString problemIn(const HistoryFiles& files) {
    const auto report = verifyHistory(files);
    return report ? report->problem : QString::fromStdString(report.error().detail);
}

// Eight orders of the first day, four of the third, and the newest.
Ids makeHistory(RetentionFixture& fixture) {
    fixture.open();
    Ids all = fixture.fourOrders();
    for (const domain::OrderId& id : fixture.fourOrders()) {
        all.push_back(id);
    }
    fixture.clock.wall += 2 * kDay;
    for (const domain::OrderId& id : fixture.fourOrders()) {
        all.push_back(id);
    }
    all.push_back(fixture.newest());
    return all;
}

}  // namespace

class RetentionTest : public QObject {
    Q_OBJECT

  private slots:
    void whatIsTooOldIsFound();
    void whatIsTooManyIsFound();
    void whatExceedsEitherIsFound();
    void whatIsNotOverStays();
    void whatEndedJustNowStays();
    void theNewestStays();
    void prunedOrdersAreGoneAndTheRestIsWhole();
    void archivedOrdersAreInOneOfTheFiles();
    void anOpenOrderInBetweenStaysAndGoesLater();
    void theHistoryGoesOn();
    void aForgottenKeyMayComeAgain();
    void spaceIsUsedAgain();
    void ordersGoOnMeanwhile();
    void anEndBetweenCopyAndDeletionDoublesNothing();
    void aTamperingHandIsSeen_data();
    void aTamperingHandIsSeen();
    void anArchiveThatIsNotThereIsSaid();
    void withoutAnArchiveNothingGoes_data();
    void withoutAnArchiveNothingGoes();
    void aLostCommitTakesNothingAway();
};

void RetentionTest::whatIsTooOldIsFound() {
    RetentionFixture fixture;
    const Ids all = makeHistory(fixture);
    QCOMPARE(fixture.surplus(keepDays(3)), Ids{});
    QCOMPARE(fixture.surplus(keepDays(2)), Ids{});  // not older than two days: as old
    fixture.clock.wall += 1;
    QCOMPARE(fixture.surplus(keepDays(2)), Ids(all.begin(), all.begin() + 8));
    QCOMPARE(fixture.surplus(keepDays(1)), Ids(all.begin(), all.begin() + 8));
    fixture.clock.wall += kDay;
    QCOMPARE(fixture.surplus(keepDays(1)), Ids(all.begin(), all.begin() + 12));
}

void RetentionTest::whatIsTooManyIsFound() {
    RetentionFixture fixture;
    const Ids all = makeHistory(fixture);
    fixture.clock.wall += kDay;
    QCOMPARE(fixture.surplus(keepOrders(13)), Ids{});
    QCOMPARE(fixture.surplus(keepOrders(12)), Ids{all[0]});
    QCOMPARE(fixture.surplus(keepOrders(4)), Ids(all.begin(), all.begin() + 9));
    QCOMPARE(fixture.surplus(keepOrders(1)), Ids(all.begin(), all.begin() + 12));
}

void RetentionTest::whatExceedsEitherIsFound() {
    RetentionFixture fixture;
    const Ids all = makeHistory(fixture);
    fixture.clock.wall += 1;
    QCOMPARE(fixture.surplus({.keepDays = 2, .keepOrders = 10}), Ids(all.begin(), all.begin() + 8));
    fixture.clock.wall += kYoungestSurplusMicros;
    QCOMPARE(fixture.surplus({.keepDays = 2, .keepOrders = 3}), Ids(all.begin(), all.begin() + 10));
    QVERIFY(RetentionPolicy{}.keepsAll());
}

void RetentionTest::whatIsNotOverStays() {
    RetentionFixture fixture;
    fixture.open();
    const auto pending = fixture.admitted();
    const auto submitted = fixture.submitted();
    const auto owing = fixture.submitted();
    execution::SlotCommit commit = fixture.slotWith({StoreFixture::landed(*owing, 150 * kUsdc)});
    commit.receipts = {fixture.receiptOf(*owing, 150 * kUsdc)};
    QVERIFY(fixture.commitSlot(commit));
    const auto ended = fixture.admitted();
    QVERIFY(fixture.cancel(ended->id));
    const domain::OrderId first = fixture.newest();
    fixture.clock.wall += 10 * kDay;
    QCOMPARE(fixture.surplus(keepDays(1)), Ids{ended->id});
    // The last markout but one changes nothing, the last one does.
    for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
        QCOMPARE(fixture.surplus(keepDays(1)), Ids{ended->id});
        commit = fixture.slotWith({});
        commit.markouts = {{owing->id, {seconds, 151 * kUsdc, seconds * 1'000}}};
        QVERIFY(fixture.commitSlot(commit));
    }
    QCOMPARE(fixture.surplus(keepDays(1)), (Ids{owing->id, ended->id}));
    // Old, and yet its end is what counts.
    QVERIFY(fixture.cancel(pending->id));
    fixture.newest();
    QCOMPARE(fixture.surplus(keepDays(1)), (Ids{owing->id, ended->id, first}));
    fixture.clock.wall += kDay + 1;
    QCOMPARE(fixture.surplus(keepDays(1)), (Ids{pending->id, owing->id, ended->id, first}));
    Q_UNUSED(submitted);
}

void RetentionTest::whatEndedJustNowStays() {
    RetentionFixture fixture;
    fixture.open();
    const Ids four = fixture.fourOrders();
    fixture.clock.wall += kYoungestSurplusMicros - 1;
    fixture.newest();
    QCOMPARE(fixture.surplus(keepOrders(1)), Ids{});
    fixture.clock.wall += 1;
    QCOMPARE(fixture.surplus(keepOrders(1)), four);
}

// Its number, and that of its last event, are where the next ones go on.
void RetentionTest::theNewestStays() {
    RetentionFixture fixture;
    fixture.open();
    const auto first = fixture.admitted();
    const Ids four = fixture.fourOrders();
    QVERIFY(fixture.cancel(first->id));  // the newest event
    fixture.clock.wall += 10 * kDay;
    // The first of the four has the newest receipt, the last the newest fill.
    QCOMPARE(fixture.surplus(keepDays(1)), (Ids{four[1], four[2]}));
    fixture.keepOnly(keepDays(1));
    const QString newest = fixture.rows("SELECT max(seq) FROM order_events")[0];
    fixture.open();
    const auto next = fixture.admitted();
    QCOMPARE(domain::orderNumberOf(next->id), domain::orderNumberOf(four.back()) + 1);
    QCOMPARE(fixture.rows("SELECT max(seq) FROM order_events")[0].toULongLong(),
             newest.toULongLong() + 1);
    fixture.close();
    QCOMPARE(problemIn(fixture.files()), QString());
}

void RetentionTest::prunedOrdersAreGoneAndTheRestIsWhole() {
    RetentionFixture fixture;
    const Ids all = makeHistory(fixture);
    const QSet<QString> before = RetentionFixture::historyOf(fixture.path());
    const QStringList wallet = fixture.rows("SELECT * FROM wallet");
    fixture.clock.wall += 1;
    fixture.keepOnly(keepDays(2));
    fixture.close();
    const QSet<QString> after = RetentionFixture::historyOf(fixture.path());
    QVERIFY(before.contains(after));
    for (const QString& row : before) {
        // By the ids of the orders, which stand in every row.
        bool isOld = false;
        for (std::size_t i = 0; i < 8; ++i) {
            isOld = isOld || row.contains(QString::fromStdString(domain::toString(all[i])));
        }
        QCOMPARE(after.contains(row), !isOld);
    }
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"5"});
    QCOMPARE(fixture.rows("SELECT * FROM wallet"), wallet);
    const auto report = verifyHistory(fixture.files());
    QCOMPARE(report->problem, QString());
    QCOMPARE(report->orders, 5U);
    QCOMPARE(report->archived, 0U);
    QCOMPARE(report->elsewhere, 0U);
    QCOMPARE(QString::number(report->pruned + report->events),
             fixture.rows("SELECT max(seq) FROM order_events")[0]);
    QCOMPARE(report->head, fixture.rows("SELECT value FROM meta WHERE key = 'event_head'")[0]);
    QVERIFY(!QFile::exists(fixture.archivePath()));
}

void RetentionTest::archivedOrdersAreInOneOfTheFiles() {
    RetentionFixture fixture;
    makeHistory(fixture);
    const QSet<QString> before = RetentionFixture::historyOf(fixture.path());
    fixture.clock.wall += 1;
    fixture.keepOnly(archived(keepDays(2)));
    // And again, into the archive that is there.
    fixture.clock.wall += kDay;
    fixture.keepOnly(archived(keepDays(1)));
    fixture.close();
    const QSet<QString> kept = RetentionFixture::historyOf(fixture.path());
    const QSet<QString> moved = RetentionFixture::historyOf(fixture.archivePath());
    QVERIFY(!kept.intersects(moved));
    QCOMPARE(kept + moved, before);
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"1"});
    const auto report = verifyHistory(fixture.files());
    QCOMPARE(report->problem, QString());
    QCOMPARE(report->orders, 13U);
    QCOMPARE(report->fills, 7U);
    QCOMPARE(report->receipts, 4U);
    QCOMPARE(report->pruned, 0U);
    QVERIFY(report->archived > 0);
    QCOMPARE(QString::number(report->events), fixture.rows("SELECT max(seq) FROM order_events")[0]);
    QCOMPARE(fixture.rows("SELECT count(*), min(first_seq) FROM pruned_events"),
             QStringList{"1|1"});
}

void RetentionTest::anOpenOrderInBetweenStaysAndGoesLater() {
    RetentionFixture fixture;
    fixture.open();
    fixture.fourOrders();
    const auto open = fixture.submitted();
    fixture.fourOrders();
    QVERIFY(fixture.commitSlot(fixture.slotWith(
        {StoreFixture::reverted(*fixture.submitted(), amm::SwapError::slippageExceeded)})));
    fixture.clock.wall += 2 * kDay;
    fixture.newest();
    fixture.keepOnly(archived(keepDays(1)));
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"2"});
    // Before its events and behind them.
    QCOMPARE(fixture.rows("SELECT count(*) FROM pruned_events"), QStringList{"2"});
    QCOMPARE(problemIn(fixture.files()), QString());
    // Restarted, it still lands.
    fixture.open();
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*open, 150 * kUsdc)})));
    fixture.clock.wall += 2 * kDay;
    fixture.newest();
    fixture.keepOnly(archived(keepDays(1)));
    QCOMPARE(problemIn(fixture.files()), QString());
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"1"});
    QVERIFY(QFile::remove(fixture.archivePath()));
    QCOMPARE(problemIn(fixture.files()), QString());
}

void RetentionTest::theHistoryGoesOn() {
    RetentionFixture fixture;
    fixture.open();
    for (int day = 0; day < 10; ++day) {
        fixture.fourOrders();
        fixture.clock.wall += kDay;
        fixture.newest();
        // Deleted on one day, archived on the next.
        fixture.keepOnly(day % 2 == 0 ? keepDays(2) : archived(keepDays(1)));
        if (day % 3 == 0) {
            fixture.open();
        }
        QCOMPARE(problemIn(fixture.files()), QString());
    }
    // Five that are one day old and not older, and the newest.
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"6"});
}

void RetentionTest::aForgottenKeyMayComeAgain() {
    RetentionFixture fixture;
    fixture.open();
    for (std::uint64_t round = 1; round <= 2; ++round) {
        // Another order under the same key, once the first is forgotten.
        const auto order = fixture.admit(draftOf(round * kSol, "key"));
        QVERIFY(order.has_value());
        QVERIFY(!order->replayed);
        QVERIFY(!fixture.admit(draftOf(7 * kSol, "key")).has_value());
        QVERIFY(fixture.cancel(order->order->id));
        fixture.clock.wall += 2 * kDay;
        fixture.newest();
        fixture.keepOnly(archived(keepDays(1)));
    }
    fixture.close();
    QCOMPARE(PlainConnection(fixture.archivePath())
                 .rows("SELECT count(*), count(DISTINCT amount_in_raw) FROM orders "
                       "WHERE idempotency_key = 'key'"),
             QStringList{"2|2"});
    QCOMPARE(problemIn(fixture.files()), QString());
}

void RetentionTest::spaceIsUsedAgain() {
    RetentionFixture fixture;
    fixture.open();
    const auto grow = [&] {
        for (int i = 0; i < 50; ++i) {
            fixture.fourOrders();
        }
        fixture.clock.wall += 2 * kDay;
        fixture.newest();
    };
    const auto pages = [&] { return fixture.rows("PRAGMA page_count")[0].toInt(); };
    grow();
    const int full = pages();
    for (int round = 0; round < 3; ++round) {
        fixture.keepOnly(keepDays(1));
        grow();
        QVERIFY2(pages() <= full + full / 10,
                 qPrintable(QString("%1 pages instead of %2").arg(pages()).arg(full)));
    }
}

// Every call is answered, and nothing of what came meanwhile is touched.
void RetentionTest::ordersGoOnMeanwhile() {
    RetentionFixture fixture;
    fixture.open();
    for (int i = 0; i < 60; ++i) {
        fixture.fourOrders();
    }
    fixture.clock.wall += 2 * kDay;
    const std::size_t before = fixture.surplus(keepDays(1)).size();
    QCOMPARE(before, std::size_t{238});  // but for those with the newest receipt and fill
    std::size_t admitted = 0;
    {
        Retention retention(archived(keepDays(1)), fixture.environment(nullptr));
        while (retention.prunedOrders() < before) {
            QVERIFY(fixture.admit(draftOf(kSol / 1'000)).has_value());
            ++admitted;
        }
    }
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders WHERE status = 'pending'"),
             QStringList{QString::number(admitted)});
    QCOMPARE(problemIn(fixture.files()), QString());
}

void RetentionTest::anEndBetweenCopyAndDeletionDoublesNothing() {
    RetentionFixture fixture;
    const Ids all = makeHistory(fixture);
    const QSet<QString> before = RetentionFixture::historyOf(fixture.path());
    fixture.clock.wall += 1;
    {
        // Three orders are copied when the process ends.
        auto archive = Archive::open({fixture.path(), fixture.archivePath()});
        QVERIFY(archive.has_value());
        QVERIFY((*archive)->copy(Ids(all.begin(), all.begin() + 3)).has_value());
    }
    fixture.open();
    QCOMPARE(RetentionFixture::historyOf(fixture.path()), before);
    const auto doubled = verifyHistory(fixture.files());
    QCOMPARE(doubled->problem, QString());
    QCOMPARE(doubled->orders, 13U);
    fixture.keepOnly(archived(keepDays(2)));
    fixture.close();
    const QSet<QString> kept = RetentionFixture::historyOf(fixture.path());
    const QSet<QString> moved = RetentionFixture::historyOf(fixture.archivePath());
    QVERIFY(!kept.intersects(moved));
    QCOMPARE(kept + moved, before);
    QCOMPARE(problemIn(fixture.files()), QString());
}

void RetentionTest::aTamperingHandIsSeen_data() {
    QTest::addColumn<bool>("inArchive");
    QTest::addColumn<QString>("change");
    const auto row = [](const char* name, bool inArchive, const QString& change) {
        QTest::newRow(name) << inArchive << change;
    };
    row("first that is left", false,
        "DELETE FROM event_rows WHERE seq = (SELECT min(seq) FROM event_rows)");
    row("an order more", false,
        "DELETE FROM event_rows WHERE order_number = (SELECT min(number) FROM orders)");
    row("record lost", false, "DELETE FROM pruned_events");
    row("record longer", false, "UPDATE pruned_events SET last_seq = last_seq + 1");
    row("record shorter", false, "UPDATE pruned_events SET last_seq = last_seq - 1");
    row("record of another end", false,
        "UPDATE pruned_events SET last_sha256 = '" + QString(64, 'a') + "'");
    row("record of another beginning", false,
        "UPDATE pruned_events SET before_sha256 = '" + QString(64, 'a') + "'");
    row("record that overlaps", false,
        "INSERT INTO pruned_events SELECT 2, last_seq, before_sha256, last_sha256, archive FROM "
        "pruned_events");
    row("record beyond the end", false,
        "INSERT INTO pruned_events SELECT 1000, 1001, before_sha256, last_sha256, archive FROM "
        "pruned_events");
    row("event changed", true, "UPDATE event_rows SET detail = 'better' WHERE seq = 3");
    row("newest event changed", true,
        "UPDATE event_rows SET detail = 'better' WHERE seq = (SELECT max(seq) FROM "
        "event_rows)");
    row("event lost", true, "DELETE FROM event_rows WHERE seq = 4");
    row("first event lost", true, "DELETE FROM event_rows WHERE seq = 1");
    row("newest event lost", true,
        "DELETE FROM event_rows WHERE seq = (SELECT max(seq) FROM event_rows)");
    row("event added", true,
        "INSERT INTO event_rows SELECT seq + 1000, order_number, status, slot, detail, at_micros, "
        "previous_sha256 FROM event_rows LIMIT 1");
    row("order lost", true,
        "DELETE FROM order_rows WHERE number = (SELECT min(number) FROM order_rows)");
    row("amount changed", true, "UPDATE order_rows SET amount_in_raw = '00000000000000000007'");
    row("fill lost", true, "DELETE FROM fill_rows");
    row("receipt lost", true, "DELETE FROM receipt_rows");
}

void RetentionTest::aTamperingHandIsSeen() {
    QFETCH(bool, inArchive);
    QFETCH(QString, change);
    RetentionFixture fixture;
    makeHistory(fixture);
    fixture.clock.wall += 1;
    fixture.keepOnly(archived(keepDays(2)));
    fixture.close();
    QCOMPARE(problemIn(fixture.files()), QString());
    QVERIFY(PlainConnection(inArchive ? fixture.archivePath() : fixture.path()).change(change));
    QVERIFY(!problemIn(fixture.files()).isEmpty());
}

void RetentionTest::anArchiveThatIsNotThereIsSaid() {
    RetentionFixture fixture;
    makeHistory(fixture);
    fixture.clock.wall += 1;
    fixture.keepOnly(archived(keepDays(2)));
    QVERIFY(QFile::rename(fixture.archivePath(), fixture.archivePath() + ".1"));
    auto report = verifyHistory(fixture.files());
    QCOMPARE(report->problem, QString());
    QCOMPARE(report->archived, 0U);
    const std::uint64_t elsewhere = report->elsewhere;
    QVERIFY(elsewhere > 0);
    // The next is another archive: what the first has is not missing from it.
    fixture.clock.wall += 2 * kDay;
    fixture.newest();
    fixture.keepOnly(archived(keepDays(1)));
    report = verifyHistory(fixture.files());
    QCOMPARE(report->problem, QString());
    QCOMPARE(report->elsewhere, elsewhere);
    QVERIFY(report->archived > 0);
}

void RetentionTest::withoutAnArchiveNothingGoes_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind :
         {"another engine's", "the engine's own file", "no database", "folder"}) {
        QTest::newRow(kind) << kind;
    }
}

void RetentionTest::withoutAnArchiveNothingGoes() {
    QFETCH(QString, kind);
    RetentionFixture fixture;
    makeHistory(fixture);
    fixture.clock.wall += 1;
    if (kind == "another engine's") {
        RetentionFixture other;
        makeHistory(other);
        other.clock.wall += 1;
        other.keepOnly(archived(keepDays(2)));
        QVERIFY(QFile::copy(other.archivePath(), fixture.archivePath()));
    } else if (kind == "the engine's own file") {
        fixture.close();
        QVERIFY(QFile::copy(fixture.path(), fixture.archivePath()));
        fixture.open();
    } else if (kind == "no database") {
        QFile file(fixture.archivePath());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8'192, 'x'));
    } else {
        QVERIFY(QDir().mkpath(fixture.archivePath()));
    }
    const QSet<QString> before = RetentionFixture::historyOf(fixture.path());
    std::atomic<int> notices{0};
    {
        const Retention retention(archived(keepDays(2)),
                                  fixture.environment([&](const std::string&) { ++notices; }));
        QTRY_COMPARE_WITH_TIMEOUT(notices.load(), 1, 60'000);
        QCOMPARE(retention.prunedOrders(), 0U);
    }
    QCOMPARE(RetentionFixture::historyOf(fixture.path()), before);
}

void RetentionTest::aLostCommitTakesNothingAway() {
    RetentionFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds{20};
    makeHistory(fixture);
    const QSet<QString> before = RetentionFixture::historyOf(fixture.path());
    fixture.clock.wall += 1;
    std::atomic<int> notices{0};
    {
        const FileLock lock(fixture.path());
        const Retention retention(archived(keepDays(2)),
                                  fixture.environment([&](const std::string&) { ++notices; }));
        QTRY_COMPARE_WITH_TIMEOUT(notices.load(), 1, 60'000);
        QCOMPARE(retention.prunedOrders(), 0U);
    }
    QCOMPARE(RetentionFixture::historyOf(fixture.path()), before);
    // The next one finishes what this one began.
    fixture.keepOnly(archived(keepDays(2)));
    QCOMPARE(fixture.rows("SELECT count(*) FROM orders"), QStringList{"5"});
    QCOMPARE(problemIn(fixture.files()), QString());
}

QTEST_GUILESS_MAIN(RetentionTest)
#include "retention_test.moc"
