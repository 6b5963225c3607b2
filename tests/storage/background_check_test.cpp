// A file that is read while the engine runs: damage is told of once, and nothing else is.

#include "storage/background_check.h"

#include <QFile>
#include <QTest>

#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;

namespace {

constexpr qint64 kPage = 4'096;

// A few hundred rows in every table of orders; closed.
void makeHistory(StoreFixture& fixture) {
    fixture.open();
    for (int i = 0; i < 40; ++i) {
        const auto order = fixture.submitted(kSol / 100);
        execution::SlotCommit commit = fixture.slotWith({StoreFixture::landed(*order, kUsdc)});
        commit.receipts = {fixture.receiptOf(*order, kUsdc)};
        QVERIFY(fixture.commitSlot(commit));
    }
    fixture.close();
}

QStringList noticesOf(const QString& path) {
    QStringList notices;
    const BackgroundCheck check(
        path, [&](const std::string& text) { notices += QString::fromStdString(text); });
    [&] { QTRY_VERIFY_WITH_TIMEOUT(check.isDone(), 60'000); }();
    return notices;
}

}  // namespace

class BackgroundCheckTest : public QObject {
    Q_OBJECT

  private slots:
    void aWholeFileIsNotTalkedAbout() {
        StoreFixture fixture;
        makeHistory(fixture);
        QCOMPARE(noticesOf(fixture.path()), QStringList{});
        // Nor one that is written to meanwhile.
        fixture.open();
        const auto order = fixture.submitted();
        QCOMPARE(noticesOf(fixture.path()), QStringList{});
        QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*order, kUsdc)})));
    }

    void aDamagedTableIsToldOfOnce_data() {
        QTest::addColumn<QString>("table");
        for (const char* table :
             {"order_rows", "event_rows", "fill_rows", "receipt_rows", "wallet", "accounts"}) {
            QTest::newRow(table) << table;
        }
    }
    void aDamagedTableIsToldOfOnce() {
        QFETCH(const QString, table);
        StoreFixture fixture;
        makeHistory(fixture);
        const qint64 root =
            fixture.rows("SELECT rootpage FROM sqlite_master WHERE name = '" + table + "'")[0]
                .toLongLong();
        QFile file(fixture.path());
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek((root - 1) * kPage));
        QCOMPARE(file.write("\xff\xff\xff\xff", 4), 4);
        file.close();
        const QStringList notices = noticesOf(fixture.path());
        QCOMPARE(notices.size(), 1);
        QVERIFY2(notices[0].contains("damaged") && notices[0].contains(fixture.path()),
                 qPrintable(notices[0]));
    }

    void aFileThatIsNotThereIsToldOf() {
        const StoreFixture fixture;
        QCOMPARE(noticesOf(fixture.path()).size(), 1);
    }

    // However much there is to read.
    void itEndsWhenItIsToldTo() {
        StoreFixture fixture;
        makeHistory(fixture);
        QStringList notices;
        {
            const BackgroundCheck check(fixture.path(), [&](const std::string& text) {
                notices += QString::fromStdString(text);
            });
        }
        QCOMPARE(notices, QStringList{});
    }
};

QTEST_GUILESS_MAIN(BackgroundCheckTest)
#include "background_check_test.moc"
