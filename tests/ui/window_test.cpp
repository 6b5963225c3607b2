#include "ui/main_window.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include <qcustomplot.h>

#include "support/fake_engine.h"
#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/history_panel.h"

namespace oee::ui {

class WindowTest : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void cleanup();

    void promisedNamesAreThere();
    void whatTakesFocusHasAName();
    void smartLineFillsPreviewsAndPlaces();
    void smartLineSaysWhatItDoesNotUnderstand();
    void previewIsTheEnginesQuote();
    void previewFollowsSlots();
    void slotsAreCoalesced();
    void badAmountStandsAtItsField_data();
    void badAmountStandsAtItsField();
    void anEmptyAmountIsAFaultOnlyWhenPlaced();
    void badSlippageStandsAtItsField();
    void refusalOfTheEngineStaysUntilEdited();
    void doublePressPlacesOnce();
    void sharesTakeTheFreeBalance();
    void swapTurnsThePairRound();
    void quoteListHoldsWhatPoolsLeadTo();
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
    void themeAndGeometryAreKept();
    void linksAndFoldersAreOpened();
    void aboutSaysThatNothingIsReal();
    void aFloodOfOrdersStaysBounded();

  private:
    template <typename T>
    T* child(const char* name) const {
        T* found = window_->findChild<T*>(QLatin1String(name));
        if (found == nullptr) {
            qFatal("no %s", name);
        }
        return found;
    }
    QString label(const char* name) const { return child<QLabel>(name)->text(); }
    void type(const char* field, const QString& text) {
        child<QLineEdit>(field)->clear();
        QTest::keyClicks(child<QLineEdit>(field), text);
    }
    void preview() { window_->flush(); }
    void press(const char* button) {
        QTest::mouseClick(child<QAbstractButton>(button), Qt::LeftButton);
    }
    int rows(const char* table) const { return child<QTableView>(table)->model()->rowCount(); }
    domain::OrderId placeOne(const QString& sentence = QStringLiteral("sell 2 SOL for USDC"));
    void trigger(const char* action) { child<QAction>(action)->trigger(); }

    std::unique_ptr<test::FakeEngine> engine_;
    std::unique_ptr<MainWindow> window_;
    QList<QUrl> opened_;
};

void WindowTest::init() {
    opened_.clear();
    engine_ = std::make_unique<test::FakeEngine>();
    WindowOptions options;
    options.pageUrl = QUrl(QStringLiteral("http://localhost:8000"));
    options.dataFolder = QStringLiteral("/data/of/the/engine");
    options.theme = ThemeChoice::dark;
    options.openUrl = [this](const QUrl& url) { opened_ << url; };
    window_ = std::make_unique<MainWindow>(*engine_, options);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
}

void WindowTest::cleanup() {
    window_.reset();
    engine_.reset();
}

domain::OrderId WindowTest::placeOne(const QString& sentence) {
    type("smartLine", sentence);
    const int before = rows("ordersTable");
    press("ticketSubmit");
    const bool came = QTest::qWaitFor([&] { return rows("ordersTable") > before; });
    if (!came) {
        qFatal("no order came of it: %s", qPrintable(label("ticketError")));
    }
    const auto& orders = window_->findChild<HistoryPanel*>()->orders();
    return orders.at(orders.rowCount() - 1)->id;
}

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

void WindowTest::smartLineFillsPreviewsAndPlaces() {
    auto* line = child<QLineEdit>("smartLine");
    QTRY_VERIFY(line->hasFocus() || window_->focusWidget() == line);
    QTest::keyClicks(line, QStringLiteral("sell 10.5 SOL for USDC slippage 0.29"));
    QTest::keyClick(line, Qt::Key_Return);
    preview();
    QCOMPARE(child<QLineEdit>("ticketAmount")->text(), QStringLiteral("10.5"));
    QCOMPARE(child<QComboBox>("ticketBase")->currentText(), QStringLiteral("SOL"));
    QCOMPARE(child<QComboBox>("ticketQuote")->currentText(), QStringLiteral("USDC"));
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Sell 10.5 SOL"));
    QVERIFY(label("previewOut").endsWith(QStringLiteral(" USDC")));
    QVERIFY(engine_->submitted().empty());  // looking places nothing

    // The line leads to the button, and Return places the order there.
    QCOMPARE(window_->focusWidget(), child<QPushButton>("ticketSubmit"));
    QTest::keyClick(window_->focusWidget(), Qt::Key_Return);
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    const execution::OrderRequest request = engine_->submitted().front();
    QCOMPARE(request.tokenIn, std::string("SOL"));
    QCOMPARE(request.tokenOut, std::string("USDC"));
    QCOMPARE(request.amountIn.value_or(""), std::string("10.5"));
    QVERIFY(!request.amountInRaw);
    QCOMPARE(request.side.value(), domain::Side::sell);
    QCOMPARE(request.slippageBps, std::int64_t{29});

    QTRY_COMPARE(rows("ordersTable"), 1);
    const auto& order = *window_->findChild<HistoryPanel*>()->orders().at(0);
    QTRY_VERIFY(label("ticketConfirmation").contains(orderIdText(order.id)));
    QCOMPARE(order.amountInRaw, std::uint64_t{10'500'000'000});
}

void WindowTest::smartLineSaysWhatItDoesNotUnderstand() {
    type("smartLine", QStringLiteral("sell 10 FOO for USDC"));
    QVERIFY(child<QLabel>("ticketError")->isHidden());  // no complaint while somebody types
    QTest::keyClick(child<QLineEdit>("smartLine"), Qt::Key_Return);
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(label("ticketError").contains(QStringLiteral("FOO")));
    QCOMPARE(child<QLineEdit>("ticketAmount")->text(), QString());
    engine_->publishSlot();
    preview();
    QVERIFY(child<QLabel>("ticketError")->isVisible());  // a slot does not wipe it away
    QTest::keyClick(child<QLineEdit>("smartLine"), Qt::Key_Backspace);
    QVERIFY(child<QLabel>("ticketError")->isHidden());
    QVERIFY(engine_->submitted().empty());
}

void WindowTest::previewIsTheEnginesQuote() {
    type("smartLine", QStringLiteral("buy SOL with 1234.567891 USDC"));
    preview();
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Spend 1,234.567891 USDC"));
    runtime::QuoteQuery query;
    query.tokenIn = "USDC";
    query.tokenOut = "SOL";
    query.amountInRaw = "1234567891";
    const auto quote = engine_->quote(query);
    QVERIFY(quote.has_value());
    const std::uint64_t out = quote->plan.amountOutRaw;
    QCOMPARE(label("previewOut"), roundedAmount(out, 9, 6) + QStringLiteral(" SOL"));
    QCOMPARE(child<QLabel>("previewOut")->toolTip(), exactAmount(out, 9) + QStringLiteral(" SOL"));
    const std::uint64_t least = quote->plan.minimumOutRaw;
    QCOMPARE(child<QLabel>("previewMinimum")->toolTip(),
             exactAmount(least, 9) + QStringLiteral(" SOL"));
    QVERIFY(label("previewPrice").endsWith(QStringLiteral(" USDC")));
}

void WindowTest::previewFollowsSlots() {
    type("ticketAmount", QStringLiteral("10"));
    preview();
    const QString before = label("previewOut");
    QVERIFY(before != unknownText());
    engine_->publishSlot(2'000'000'000'000);  // somebody sells 2,000 SOL to every pool
    QTRY_VERIFY(label("previewOut") != before);
    QTRY_VERIFY(label("marketBadge").contains(groupedInteger(engine_->status().slot)));
}

void WindowTest::slotsAreCoalesced() {
    type("ticketAmount", QStringLiteral("10"));
    preview();
    QSignalSpy quotes(window_->findChild<Ticket*>(), &Ticket::quoteChanged);
    for (int i = 0; i < 500; ++i) {
        engine_->publishSlot();
    }
    QTRY_VERIFY(label("marketBadge").contains(groupedInteger(engine_->status().slot)));
    preview();
    // 500 slots at once: the first, at most one more a tenth of a second, and the last.
    QVERIFY2(quotes.size() >= 1 && quotes.size() < 50, qPrintable(QString::number(quotes.size())));
}

void WindowTest::badAmountStandsAtItsField_data() {
    QTest::addColumn<QString>("amount");
    QTest::addColumn<QString>("word");
    QTest::newRow("not a number") << "ten"
                                  << "ten";
    QTest::newRow("zero") << "0"
                          << "more than 0";
    QTest::newRow("too many decimals") << "0.0000000001"
                                       << "decimals";
    QTest::newRow("too much") << "5000"
                              << "1000 SOL";
    QTest::newRow("too large") << "99999999999999999999"
                               << "more than";
}

void WindowTest::badAmountStandsAtItsField() {
    QFETCH(QString, amount);
    QFETCH(QString, word);
    const runtime::WalletPtr before = engine_->wallet();
    type("ticketAmount", amount);
    auto* error = child<QLabel>("ticketError");
    QVERIFY(error->isVisible());
    QVERIFY2(error->text().contains(word), qPrintable(error->text()));
    QVERIFY(error->text().startsWith(QStringLiteral("The amount")));
    QVERIFY(child<QLineEdit>("ticketAmount")->property("wrong").toBool());
    QCOMPARE(child<QLineEdit>("ticketAmount")->accessibleDescription(), error->text());
    QVERIFY(error->y() > child<QLineEdit>("ticketAmount")->y());
    QVERIFY(error->y() < child<QLineEdit>("ticketSlippage")->y());
    press("ticketSubmit");
    QVERIFY(engine_->submitted().empty());
    QVERIFY(*engine_->wallet() == *before);
    QCOMPARE(rows("ordersTable"), 0);
    type("ticketAmount", QStringLiteral("1"));
    QVERIFY(error->isHidden());
    QVERIFY(!child<QLineEdit>("ticketAmount")->property("wrong").toBool());
}

void WindowTest::anEmptyAmountIsAFaultOnlyWhenPlaced() {
    QVERIFY(child<QLabel>("ticketError")->isHidden());
    QCOMPARE(label("previewOut"), unknownText());
    press("ticketSubmit");
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(label("ticketError").contains(QStringLiteral("missing")));
    QCOMPARE(window_->focusWidget(), child<QLineEdit>("ticketAmount"));
    QVERIFY(engine_->submitted().empty());
}

void WindowTest::badSlippageStandsAtItsField() {
    type("ticketAmount", QStringLiteral("1"));
    type("ticketSlippage", QStringLiteral("0.005"));
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(label("ticketError").contains(QStringLiteral("two decimals")));
    QVERIFY(child<QLineEdit>("ticketSlippage")->property("wrong").toBool());
    QVERIFY(child<QLabel>("ticketError")->y() > child<QLineEdit>("ticketSlippage")->y());
    preview();
    QCOMPARE(label("previewMinimum"), unknownText());
    press("ticketSubmit");
    QVERIFY(engine_->submitted().empty());
}

void WindowTest::refusalOfTheEngineStaysUntilEdited() {
    engine_->refuseWith(
        execution::Refusal{execution::RefusalReason::busy, execution::Field::none, {}, "10,000"});
    type("ticketAmount", QStringLiteral("1"));
    press("ticketSubmit");
    QTRY_VERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(label("ticketError").contains(QStringLiteral("10,000")));
    window_->findChild<Ticket*>()->setWallet(engine_->wallet());
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(child<QPushButton>("ticketSubmit")->isEnabled());
    QVERIFY(child<QLabel>("ticketConfirmation")->isHidden());
    QTest::keyClicks(child<QLineEdit>("ticketAmount"), QStringLiteral("2"));
    QVERIFY(child<QLabel>("ticketError")->isHidden());
}

void WindowTest::doublePressPlacesOnce() {
    engine_->holdAnswers();
    type("ticketAmount", QStringLiteral("1"));
    press("ticketSubmit");
    QVERIFY(!child<QPushButton>("ticketSubmit")->isEnabled());
    press("ticketSubmit");
    window_->findChild<Ticket*>()->submit();
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    engine_->releaseAnswers();
    QTRY_VERIFY(child<QPushButton>("ticketSubmit")->isEnabled());
    QVERIFY(child<QLabel>("ticketConfirmation")->isVisible());
}

void WindowTest::sharesTakeTheFreeBalance() {
    press("share25");
    const std::uint64_t kept = execution::worstCaseFeeLamports(engine_->profile());
    const std::uint64_t free =
        engine_->wallet()->balance(execution::WalletOwner::trader, domain::solMint()).freeRaw();
    QCOMPARE(child<QLineEdit>("ticketAmount")->text().toStdString(),
             domain::formatAmount((free - kept) / 4, 9));
    press("share100");
    QVERIFY(child<QLabel>("ticketError")->isHidden());  // the fees stay affordable
    press("ticketSubmit");
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    QTRY_COMPARE(rows("ordersTable"), 1);
}

void WindowTest::swapTurnsThePairRound() {
    press("ticketSwap");
    QCOMPARE(child<QComboBox>("ticketBase")->currentText(), QStringLiteral("USDC"));
    QCOMPARE(child<QComboBox>("ticketQuote")->currentText(), QStringLiteral("SOL"));
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Sell USDC"));
    press("ticketBuy");
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Buy USDC"));
    QCOMPARE(child<QComboBox>("ticketUnit")->currentText(), QStringLiteral("USDC"));
}

void WindowTest::quoteListHoldsWhatPoolsLeadTo() {
    auto* base = child<QComboBox>("ticketBase");
    auto* quote = child<QComboBox>("ticketQuote");
    const auto offered = [&] {
        QStringList symbols;
        for (int i = 0; i < quote->count(); ++i) {
            symbols << quote->itemText(i);
        }
        return symbols.join(u' ');
    };
    QCOMPARE(offered(), QStringLiteral("USDC USDT BONK"));
    quote->setCurrentText(QStringLiteral("BONK"));
    base->setCurrentText(QStringLiteral("USDT"));
    QCOMPARE(offered(), QStringLiteral("USDC SOL BONK"));
    QCOMPARE(quote->currentText(), QStringLiteral("BONK"));  // stays where it can
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
