// The window around the ticket: charts, history, menus, what it keeps.

#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QMenu>
#include <QMessageBox>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>

#include <qcustomplot.h>

#include "ui/data_table.h"
#include "ui/format.h"
#include "window_fixture.h"

namespace oee::ui {

class WindowTest : public WindowFixture {
    Q_OBJECT

  private slots:
    void promisedNamesAreThere();
    void whatTakesFocusHasAName();
    void compareShowsEveryPool();
    void depthShowsBothVenues();
    void ordersMoveThroughTheirStates();
    void historyIsLoaded();
    void cancelFromTheMenu();
    void lateCancelIsExplained();
    void detailFollowsItsOrder();
    void sampleFillsThenPlaces();
    void resetAsksFirst();
    void resetRefusalIsExplained();
    void noticesReachTheLog();
    void csvWritesWhatIsShown();
    void copyIsExact();
    void statusSaysWhereItStands();
    void statusSaysWhoWorksElsewhere();
    void themeAndGeometryAreKept();
    void linksAndFoldersAreOpened();
    void aboutSaysThatNothingIsReal();
    void aFloodOfOrdersStaysBounded();
};

void WindowTest::promisedNamesAreThere() {
    for (const char* name : {"ticketAmount", "ticketBase", "ticketQuote", "ticketSell", "ticketBuy",
                             "ticketSlippage", "ticketSubmit", "ticketError", "ordersTable",
                             "fillsTable", "logView", "statusQueue", "compareChart", "smartLine"}) {
        QVERIFY2(window_->findChild<QWidget*>(QLatin1String(name)) != nullptr, name);
    }
}

void WindowTest::whatTakesFocusHasAName() {
    int seen = 0;
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
        const bool focusable = (widget->focusPolicy() & Qt::TabFocus) != 0;
        if (!focusable || widget->inherits("QTabBar") || widget->inherits("QTabWidget") ||
            widget->inherits("QMenuBar") || widget->inherits("QMenu") ||
            widget->objectName().startsWith(QStringLiteral("qt_"))) {
            continue;
        }
        if (qobject_cast<const QAbstractItemView*>(widget) != nullptr &&
            qobject_cast<const QTableView*>(widget) == nullptr) {
            continue;  // the list inside a combo box
        }
        QAccessibleInterface* reader =
            QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
        QVERIFY2(reader != nullptr && !reader->text(QAccessible::Name).isEmpty(),
                 qPrintable(widget->objectName() + u' ' +
                            QLatin1String(widget->metaObject()->className())));
        ++seen;
    }
    QVERIFY2(seen > 20, qPrintable(QString::number(seen)));
}

void WindowTest::compareShowsEveryPool() {
    type("ticketAmount", QStringLiteral("10"));
    preview();
    auto* plot = child<QCustomPlot>("compareChart");
    QVERIFY(plot->isVisible());
    QCOMPARE(plot->plottableCount(), 3);
    QStringList texts;
    for (int i = 0; i < plot->itemCount(); ++i) {
        if (const auto* item = qobject_cast<QCPItemText*>(plot->item(i))) {
            texts << item->text();
        }
    }
    const QString all = texts.join(u'|');
    for (const char* venue : {"Raydium AMM v4", "Raydium CPMM", "Meteora DLMM", "best"}) {
        QVERIFY2(all.contains(QLatin1String(venue)), qPrintable(all));
    }
    QVERIFY(all.contains(minusSign()));  // the others' distance to the best
    QVERIFY(plot->accessibleDescription().contains(QStringLiteral("USDC")));
    QVERIFY(plot->xAxis->range().lower > 0);  // begins near the pools, not at nothing
}

void WindowTest::depthShowsBothVenues() {
    child<QTabWidget>("viewTabs")->setCurrentIndex(1);
    auto* plot = child<QCustomPlot>("depthChart");
    QCOMPARE(plot->graphCount(), 4);
    for (int i = 0; i < 4; ++i) {
        QVERIFY(plot->graph(i)->dataCount() > 2);
    }
    // Bids end below where asks begin, for each venue by itself.
    for (const int venue : {0, 2}) {
        bool found = false;
        const double bid = plot->graph(venue)->data()->keyRange(found).upper;
        const double ask = plot->graph(venue + 1)->data()->keyRange(found).lower;
        QVERIFY(bid < ask);
    }
}

void WindowTest::ordersMoveThroughTheirStates() {
    auto* orders = child<DataTable>("ordersTable");
    auto* fills = child<DataTable>("fillsTable");
    const QAbstractItemModelTester ordersTester(orders->model());
    const QAbstractItemModelTester fillsTester(fills->model());
    const domain::OrderId orderId = placeOne();
    const auto state = [&] {
        return orders->model()->index(0, OrdersModel::state).data().toString();
    };
    QCOMPARE(state(), QStringLiteral("\u25CC pending"));
    for (const char* next : {"routing", "building", "submitted", "confirmed"}) {
        engine_->advance(orderId);
        QTRY_VERIFY2(state().endsWith(QLatin1String(next)), qPrintable(state()));
    }
    QTRY_COMPARE(rows("fillsTable"), 1);
    QCOMPARE(rows("logView"), 5);
    QVERIFY(orders->model()->index(0, OrdersModel::out).data().toString().endsWith(u"USDC"));
    QTRY_VERIFY(label("ticketConfirmation").contains(QStringLiteral("confirmed")));
    const std::uint64_t free =
        engine_->wallet()->balance(execution::WalletOwner::trader, domain::solMint()).freeRaw();
    QTRY_VERIFY(label("amountHint").contains(exactAmount(free, 9)));
}

void WindowTest::historyIsLoaded() {
    const domain::OrderId orderId = placeOne();
    engine_->advanceToEnd(orderId);
    MainWindow second(*engine_);
    auto* orders = second.findChild<QTableView*>(QStringLiteral("ordersTable"));
    auto* fills = second.findChild<QTableView*>(QStringLiteral("fillsTable"));
    QTRY_COMPARE(orders->model()->rowCount(), 1);
    QTRY_COMPARE(fills->model()->rowCount(), 1);
}

void WindowTest::cancelFromTheMenu() {
    placeOne();
    auto* table = child<DataTable>("ordersTable");
    table->setCurrentIndex(table->model()->index(0, 0));
    emit table->menuWanted(0, table->mapToGlobal(QPoint(10, 40)));
    auto* cancel = child<QAction>("cancelOrder");
    QVERIFY(cancel->isEnabled());
    cancel->trigger();
    QTRY_COMPARE(table->model()->index(0, OrdersModel::state).data().toString(),
                 QStringLiteral("\u2298 cancelled"));
    child<QMenu>("orderMenu")->close();
}

void WindowTest::lateCancelIsExplained() {
    const domain::OrderId orderId = placeOne();
    auto* table = child<DataTable>("ordersTable");
    emit table->menuWanted(0, table->mapToGlobal(QPoint(10, 40)));
    for (int i = 0; i < 3; ++i) {
        engine_->advance(orderId);  // submitted while the menu was open
    }
    child<QAction>("cancelOrder")->trigger();
    auto* log = child<QTableView>("logView");
    QTRY_VERIFY([&] {
        for (int row = 0; row < log->model()->rowCount(); ++row) {
            if (log->model()
                    ->index(row, EventsModel::detail)
                    .data()
                    .toString()
                    .contains(QStringLiteral("not cancelled"))) {
                return true;
            }
        }
        return false;
    }());
    child<QMenu>("orderMenu")->close();
}

void WindowTest::detailFollowsItsOrder() {
    const domain::OrderId orderId = placeOne();
    auto* table = child<DataTable>("ordersTable");
    table->setCurrentIndex(table->model()->index(0, 0));
    QTest::keyClick(table, Qt::Key_Return);
    QTRY_VERIFY(label("detailTitle").contains(orderIdText(orderId)));
    QVERIFY(label("detailTitle").startsWith(QStringLiteral("sell 2 SOL for USDC")));
    QCOMPARE(label("detailReceived"), unknownText());
    engine_->advanceToEnd(orderId);
    QTRY_VERIFY(label("detailState").contains(QStringLiteral("confirmed")));
    QTRY_COMPARE(rows("detailEvents"), 5);
    QCOMPARE(rows("detailFills"), 1);
    QVERIFY(label("detailReceived").endsWith(QStringLiteral("USDC")));

    // Another order's events are none of its business.
    const domain::OrderId other = placeOne(QStringLiteral("sell 3 SOL for USDC"));
    engine_->advanceToEnd(other);
    QTRY_COMPARE(rows("fillsTable"), 2);
    QCOMPARE(rows("detailEvents"), 5);
}

void WindowTest::sampleFillsThenPlaces() {
    auto* sample =
        child<QTableView>("ordersTable")->findChild<QPushButton*>(QStringLiteral("sampleOrder"));
    QVERIFY(sample != nullptr && sample->isVisible());
    QVERIFY(sample->text().contains(QStringLiteral("sell 1 SOL for USDC")));
    sample->click();
    QVERIFY(engine_->submitted().empty());
    QCOMPARE(child<QLineEdit>("ticketAmount")->text(), QStringLiteral("1"));
    QVERIFY(label("previewOut") != unknownText());
    type("ticketAmount", QStringLiteral("7"));  // somebody changes their mind
    preview();
    sample->click();
    QVERIFY(engine_->submitted().empty());
    QCOMPARE(child<QLineEdit>("ticketAmount")->text(), QStringLiteral("1"));
    sample->click();
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    QCOMPARE(engine_->submitted().front().amountIn.value_or(""), std::string("1"));
    QTRY_COMPARE(rows("ordersTable"), 1);
    QVERIFY(!sample->isVisible());
}

void WindowTest::resetAsksFirst() {
    const domain::OrderId orderId = placeOne();
    engine_->advanceToEnd(orderId);
    QTRY_COMPARE(rows("fillsTable"), 1);
    const runtime::WalletPtr traded = engine_->wallet();
    trigger("actionResetWallet");
    auto* box = child<QMessageBox>("resetWalletDialog");
    QCOMPARE(box->defaultButton(), box->button(QMessageBox::Cancel));
    QTest::mouseClick(box->button(QMessageBox::Cancel), Qt::LeftButton);
    QVERIFY(engine_->wallet() == traded);
    QTRY_VERIFY(window_->findChild<QMessageBox*>() == nullptr);

    trigger("actionResetWallet");
    box = child<QMessageBox>("resetWalletDialog");
    for (QAbstractButton* button : box->buttons()) {
        if (box->buttonRole(button) == QMessageBox::AcceptRole) {
            QTest::mouseClick(button, Qt::LeftButton);
        }
    }
    QTRY_VERIFY(label("amountHint") == QStringLiteral("free 1,000 SOL"));
    QVERIFY(!(*engine_->wallet() == *traded));
}

void WindowTest::resetRefusalIsExplained() {
    engine_->failStoreWith(execution::StoreError::openOrders);
    trigger("actionResetWallet");
    auto* box = child<QMessageBox>("resetWalletDialog");
    for (QAbstractButton* button : box->buttons()) {
        if (box->buttonRole(button) == QMessageBox::AcceptRole) {
            button->click();
        }
    }
    QTRY_VERIFY(window_->findChild<QMessageBox*>(QStringLiteral("resetRefusedDialog")) != nullptr);
    QVERIFY(child<QMessageBox>("resetRefusedDialog")
                ->informativeText()
                .contains(QStringLiteral("open"), Qt::CaseInsensitive));
}

void WindowTest::noticesReachTheLog() {
    engine_->sendNotice(QStringLiteral("the queue changed"));
    QTRY_COMPARE(rows("logView"), 1);
    QCOMPARE(child<QTableView>("logView")->model()->index(0, EventsModel::detail).data().toString(),
             QStringLiteral("the queue changed"));
}

void WindowTest::csvWritesWhatIsShown() {
    placeOne(QStringLiteral("sell 2 SOL for USDC"));
    placeOne(QStringLiteral("buy SOL with 5 USDC"));
    child<QLineEdit>("filterLine")->setText(QStringLiteral("buy"));
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("orders.csv"));
    auto* history = window_->findChild<HistoryPanel*>();
    QVERIFY(history->exportTo(path));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[1].contains(",buy,5,USDC,"));
    QVERIFY(!history->exportTo(folder.filePath(QStringLiteral("no/such/folder.csv"))));
    QTRY_VERIFY(rows("logView") >= 3);  // two orders and the failure
}

void WindowTest::copyIsExact() {
    const domain::OrderId orderId = placeOne();
    engine_->advanceToEnd(orderId);
    QTRY_COMPARE(rows("fillsTable"), 1);
    auto* table = child<DataTable>("fillsTable");
    table->selectRow(0);
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    const QStringList fields = QGuiApplication::clipboard()->text().split(u'\t');
    QCOMPARE(fields[FillsModel::order], orderIdText(orderId));
    QCOMPARE(fields[FillsModel::in], QStringLiteral("2 SOL"));
}

void WindowTest::statusSaysWhereItStands() {
    QVERIFY(label("marketBadge").startsWith(QStringLiteral("SIMULATED \u00B7 calm \u00B7 slot ")));
    QVERIFY(label("statusQueue").startsWith(QStringLiteral("queue ")));
    QVERIFY(label("statusQueue").contains(QStringLiteral("waiting")));
    QVERIFY(label("statusBalance").contains(QStringLiteral("SOL")));
}

void WindowTest::statusSaysWhoWorksElsewhere() {
    QVERIFY(!label("statusQueue").contains(QStringLiteral("remote")));
    runtime::RemoteWorkerStatus worker;
    worker.name = "far";
    worker.threads = 3;
    worker.plansPerSecond = 2.5;
    runtime::RemoteWorkerStatus stranger;
    stranger.name = "stranger";
    stranger.state = runtime::RemoteWorkerState::anotherSecret;
    engine_->setRemoteWorkers({worker, stranger});
    QTRY_VERIFY(label("statusQueue").contains(QStringLiteral("4 workers + 2 remote")));
    const QString details = window_->findChild<QWidget*>(QStringLiteral("statusQueue"))->toolTip();
    QVERIFY(details.contains(QStringLiteral("far: 3 threads, 2.5 plans/s, last heartbeat ")));
    QVERIFY(details.contains(QStringLiteral("stranger: has another secret")));
}

void WindowTest::themeAndGeometryAreKept() {
    const QTemporaryDir folder;
    QSettings settings(folder.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
    WindowOptions options;
    options.settings = &settings;
    options.theme = ThemeChoice::dark;
    {
        MainWindow window(*engine_, options);
        window.resize(1100, 700);
        window.show();
        window.findChild<QAction*>(QStringLiteral("actionTheme_light"))->trigger();
        QVERIFY(!window.theme().isDark());
        QCOMPARE(window.palette().color(QPalette::Window), lightColors().window);
        window.close();
    }
    MainWindow window(*engine_, options);
    QCOMPARE(window.theme().choice(), ThemeChoice::light);
    QCOMPARE(window.size(), QSize(1100, 700));
}

void WindowTest::linksAndFoldersAreOpened() {
    trigger("actionDataFolder");
    emit child<QLabel>("statusPage")->linkActivated(QStringLiteral("http://localhost:8000"));
    QCOMPARE(opened_, (QList<QUrl>{QUrl::fromLocalFile(QStringLiteral("/data/of/the/engine")),
                                   QUrl(QStringLiteral("http://localhost:8000"))}));
}

void WindowTest::aboutSaysThatNothingIsReal() {
    trigger("actionAbout");
    const QString text = child<QMessageBox>("aboutDialog")->informativeText();
    for (const char* word : {"No real funds move", "MIT", "GPLv3", "QCustomPlot"}) {
        QVERIFY2(text.contains(QLatin1String(word)), word);
    }
}

void WindowTest::aFloodOfOrdersStaysBounded() {
    engine_->setProgress(test::FakeEngine::Progress::automatic);
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = "0.001";
    constexpr int kOrders = 1'500;  // 7,500 events: more than the log holds
    QSignalSpy inserted(child<QTableView>("ordersTable")->model(),
                        &QAbstractItemModel::rowsInserted);
    for (int i = 0; i < kOrders; ++i) {
        engine_->submit(request, this, [](const auto&) {});
    }
    QTRY_COMPARE_WITH_TIMEOUT(rows("fillsTable"), kOrders, 60'000);
    QCOMPARE(rows("ordersTable"), kOrders);
    QCOMPARE(rows("logView"), static_cast<int>(kRowBound));
    QVERIFY2(inserted.size() < kOrders / 10, qPrintable(QString::number(inserted.size())));
}

}  // namespace oee::ui

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    oee::ui::prepareApplication(application);
    oee::ui::WindowTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "window_test.moc"
