// The real window on the real engine, as a person uses it.

#include <QAbstractItemView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "app/session.h"
#include "ui/main_window.h"

using namespace oee;

namespace {

constexpr int kPatienceMillis = 60'000;

QString cellsOf(const QAbstractItemModel& model, int row) {
    QStringList cells;
    for (int column = 0; column < model.columnCount(); ++column) {
        cells.append(model.index(row, column).data().toString());
    }
    return cells.join('|');
}

}  // namespace

class WindowTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QCoreApplication::setApplicationName("order-execution-engine");
        QVERIFY(config_.isValid());
        qputenv("XDG_CONFIG_HOME", config_.path().toUtf8());
    }

    void typingAnOrderBringsAFill() {
        const QTemporaryDir folder;
        app::Options options;
        options.dataFolder = folder.path();
        options.redis = "none";
        options.workers = 2;
        auto session = app::Session::open(options);
        QVERIFY(session.has_value());
        QVERIFY((*session)->startGateway({0, 0}).has_value());

        ui::WindowOptions windowOptions;
        windowOptions.pageUrl = (*session)->pageUrl();
        windowOptions.dataFolder = folder.path();
        windowOptions.settings = &(*session)->settingsFile();
        ui::MainWindow window((*session)->engine(), windowOptions);
        window.resize(1280, 800);
        window.show();

        auto* line = window.findChild<QLineEdit*>("smartLine");
        auto* submit = window.findChild<QPushButton*>("ticketSubmit");
        auto* orders = window.findChild<QAbstractItemView*>("ordersTable");
        auto* fills = window.findChild<QAbstractItemView*>("fillsTable");
        QVERIFY(line && submit && orders && fills);
        QTest::keyClicks(line, "sell 10 SOL for USDC");
        QTest::keyClick(line, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(submit->isEnabled(), kPatienceMillis);
        QCOMPARE(submit->text().remove('&'), QStringLiteral("Sell 10 SOL"));
        QCOMPARE(orders->model()->rowCount(), 0);

        QTest::mouseClick(submit, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(orders->model()->rowCount(), 1, kPatienceMillis);
        QTRY_VERIFY2_WITH_TIMEOUT(cellsOf(*orders->model(), 0).contains("confirmed"),
                                  qPrintable(cellsOf(*orders->model(), 0)), kPatienceMillis);
        QTRY_COMPARE_WITH_TIMEOUT(fills->model()->rowCount(), 1, kPatienceMillis);
        if (const QByteArray path = qgetenv("OEE_SCREENSHOT"); !path.isEmpty()) {
            QTest::keyClick(line, Qt::Key_Return);
            QTest::qWait(1'500);  // for the picture only
            QVERIFY(window.grab().save(QString::fromLocal8Bit(path)));
        }
        // The amount of a refused order is named, and nothing is stored.
        auto* amount = window.findChild<QLineEdit*>("ticketAmount");
        auto* error = window.findChild<QLabel*>("ticketError");
        QVERIFY(amount && error);
        amount->clear();
        QTest::keyClicks(amount, "0.0000000001");
        QTRY_VERIFY_WITH_TIMEOUT(!error->text().isEmpty(), kPatienceMillis);
        const std::uint64_t events = (*session)->engine().status().lastEventSequence;
        QTest::mouseClick(submit, Qt::LeftButton);
        QVERIFY(!error->text().isEmpty());
        QCOMPARE(orders->model()->rowCount(), 1);
        QCOMPARE((*session)->engine().status().lastEventSequence, events);
    }

  private:
    QTemporaryDir config_;
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
