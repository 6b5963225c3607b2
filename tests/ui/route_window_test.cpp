// Routed orders in the window: amounts that are to arrive, the choice of a route, and what was
// planned beside what was filled.

#include <QAbstractItemModelTester>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>

#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/legs_model.h"
#include "ui/order_detail.h"
#include "window_fixture.h"

namespace oee::ui {

class RouteWindowTest : public WindowFixture {
    Q_OBJECT

  private slots:
    void buyingCountsWhatArrives();
    void eitherTokenCanBeCounted();
    void smartLineSaysWhatArrives();
    void sharesCountWhatIsGiven();
    void whatCannotBePaidIsSaidAtTheAmount();
    void slippageLeavesTheLimitOpen();
    void routingIsAskedFor();
    void farPairsWantTheBestRoute();
    void previewShowsLegsAndGap();
    void detailShowsPlannedBesideFilled();
    void detailOfExactOutSaysWhatItCost();
    void detailExplainsAMissingReceipt();
    void detailShowsTheReceiptOnceThereIsOne();

  private:
    QString button() const { return child<QPushButton>("ticketSubmit")->text(); }
    runtime::QuoteView bestQuote(const runtime::QuoteQuery& query) const {
        const auto quote = engine_->quote(query);
        if (!quote) {
            qFatal("no quote");
        }
        return *quote;
    }
    domain::OrderId placeAndOpen(const QString& sentence);
};

domain::OrderId RouteWindowTest::placeAndOpen(const QString& sentence) {
    const domain::OrderId orderId = placeOne(sentence);
    emit window_->findChild<Ticket*>()->orderLinkActivated(orderId);
    return orderId;
}

void RouteWindowTest::buyingCountsWhatArrives() {
    press("ticketBuy");
    type("ticketAmount", QStringLiteral("2.000000001"));
    window_->flush();
    QCOMPARE(button(), QStringLiteral("Buy 2.000000001 SOL"));
    QCOMPARE(child<QLineEdit>("ticketAmount")->accessibleName(),
             QStringLiteral("Amount in SOL, to receive"));
    QVERIFY(label("amountHint").endsWith(QStringLiteral("USDC")));  // what is free to give
    runtime::QuoteQuery query;
    query.tokenIn = "USDC";
    query.tokenOut = "SOL";
    query.amountOut = "2.000000001";
    const routing::Plan plan = bestQuote(query).plan;
    QCOMPARE(label("getLabel"), QStringLiteral("You spend"));
    QCOMPARE(child<QLabel>("previewOut")->toolTip(),
             exactAmount(plan.amountInRaw, 6) + QStringLiteral(" USDC"));
    QCOMPARE(child<QLabel>("previewMinimum")->accessibleName(), QStringLiteral("At most"));
    QCOMPARE(child<QLabel>("previewMinimum")->toolTip(),
             exactAmount(plan.maximumInRaw, 6) + QStringLiteral(" USDC"));
    QVERIFY(plan.maximumInRaw > plan.amountInRaw);

    press("ticketSubmit");
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    const execution::OrderRequest request = engine_->submitted().front();
    QCOMPARE(request.tokenIn, std::string("USDC"));
    QCOMPARE(request.amountOut.value_or(""), std::string("2.000000001"));
    QVERIFY(!request.amountIn);
    const auto& orders = window_->findChild<HistoryPanel*>()->orders();
    QTRY_COMPARE(orders.rowCount(), 1);
    const domain::OrderId orderId = orders.at(0)->id;
    QCOMPARE(orders.at(0)->amountOutRaw, std::uint64_t{2'000'000'001});
    engine_->advanceToEnd(orderId);
    QTRY_COMPARE(orders.at(0)->status, domain::OrderStatus::confirmed);
    QVERIFY(orders.at(0)->execution->amountOutRaw >= 2'000'000'001);
    QCOMPARE(orders.index(0, OrdersModel::amount).data(exactRole).toString(),
             QStringLiteral("2.000000001 SOL"));
}

void RouteWindowTest::eitherTokenCanBeCounted() {
    type("ticketAmount", QStringLiteral("100"));
    QCOMPARE(button(), QStringLiteral("Sell 100 SOL"));
    choose("ticketUnit", QStringLiteral("USDC"));
    QCOMPARE(button(), QStringLiteral("Receive 100 USDC"));
    QCOMPARE(window_->findChild<Ticket*>()->form().mode, domain::RouteMode::exactOut);
    press("ticketBuy");
    QCOMPARE(button(), QStringLiteral("Spend 100 USDC"));
    QCOMPARE(window_->findChild<Ticket*>()->form().mode, domain::RouteMode::exactIn);
    choose("ticketUnit", QStringLiteral("SOL"));
    QCOMPARE(button(), QStringLiteral("Buy 100 SOL"));
}

void RouteWindowTest::smartLineSaysWhatArrives() {
    type("smartLine", QStringLiteral("buy 2 SOL with USDC"));
    QCOMPARE(button(), QStringLiteral("Buy 2 SOL"));
    type("smartLine", QStringLiteral("buy SOL with 100 USDC"));
    QCOMPARE(button(), QStringLiteral("Spend 100 USDC"));
    type("smartLine", QStringLiteral("sell SOL for 100 USDC"));
    QCOMPARE(button(), QStringLiteral("Receive 100 USDC"));
    type("smartLine", QStringLiteral("sell 3 SOL for USDC"));
    QCOMPARE(button(), QStringLiteral("Sell 3 SOL"));
}

void RouteWindowTest::sharesCountWhatIsGiven() {
    press("ticketBuy");
    press("share25");
    QCOMPARE(button(), QStringLiteral("Spend 25,000 USDC"));
    QCOMPARE(child<QComboBox>("ticketUnit")->currentText(), QStringLiteral("USDC"));
}

void RouteWindowTest::whatCannotBePaidIsSaidAtTheAmount() {
    press("ticketBuy");
    type("ticketAmount", QStringLiteral("1000"));  // costs more than the 100,000 USDC there are
    QVERIFY(child<QLabel>("ticketError")->isHidden());  // not known before the quote
    window_->flush();
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY2(label("ticketError").contains(QStringLiteral("100000 USDC")),
             qPrintable(label("ticketError")));
    QVERIFY(child<QLineEdit>("ticketAmount")->property("wrong").toBool());
    QVERIFY(!child<QPushButton>("ticketSubmit")->isEnabled());
    type("ticketAmount", QStringLiteral("1"));
    window_->flush();
    QVERIFY(child<QLabel>("ticketError")->isHidden());
    QVERIFY(child<QPushButton>("ticketSubmit")->isEnabled());
}

void RouteWindowTest::slippageLeavesTheLimitOpen() {
    press("ticketBuy");
    type("ticketAmount", QStringLiteral("1"));
    type("ticketSlippage", QStringLiteral("x"));
    window_->flush();
    QCOMPARE(label("previewMinimum"), unknownText());
    QVERIFY(label("previewOut") != unknownText());
}

void RouteWindowTest::routingIsAskedFor() {
    type("ticketAmount", QStringLiteral("900"));
    window_->flush();
    QVERIFY2(label("previewRoute").contains(QStringLiteral("legs")),
             qPrintable(label("previewRoute")));
    choose("ticketRouting", QStringLiteral("One pool"));
    choose("ticketVenue", QStringLiteral("Meteora"));
    window_->flush();
    QCOMPARE(label("previewRoute"), QStringLiteral("Meteora DLMM"));
    QVERIFY2(label("previewNote")
                 .contains(QStringLiteral("the best single pool on Meteora"), Qt::CaseInsensitive),
             qPrintable(label("previewNote")));
    press("ticketSubmit");
    QCOMPARE(engine_->submitted().size(), std::size_t{1});
    QCOMPARE(engine_->submitted().front().route.scope.value_or(""), std::string("single"));
    QCOMPARE(engine_->submitted().front().route.venue.value_or(""), std::string("meteora"));
    QVERIFY(engine_->submitted().front().onRevert == domain::OnRevert::fail);
    QVERIFY(!engine_->submitted().front().deadlineMs);

    type("ticketAmount", QStringLiteral("1"));  // the rest is reserved
    QTRY_VERIFY(child<QPushButton>("ticketSubmit")->isEnabled());
    choose("ticketOnRevert", QStringLiteral("Quote anew"));
    choose("ticketDeadline", QStringLiteral("For 30 s"));
    press("ticketSubmit");
    QCOMPARE(engine_->submitted().size(), std::size_t{2});
    QVERIFY(engine_->submitted().back().onRevert == domain::OnRevert::requote);
    QCOMPARE(engine_->submitted().back().deadlineMs.value_or(0), std::int64_t{30'000});
}

void RouteWindowTest::farPairsWantTheBestRoute() {
    choose("ticketBase", QStringLiteral("BONK"));
    choose("ticketQuote", QStringLiteral("USDC"));
    type("ticketAmount", QStringLiteral("100000"));
    window_->flush();
    QVERIFY(child<QLabel>("ticketError")->isHidden());
    QVERIFY(label("previewOut").endsWith(QStringLiteral(" USDC")));
    QCOMPARE(label("previewRoute"), QStringLiteral("2 legs"));
    QVERIFY(label("compareMessage").contains(QStringLiteral("other tokens")));

    choose("ticketRouting", QStringLiteral("Direct split"));
    window_->flush();
    auto* error = child<QLabel>("ticketError");
    QVERIFY(error->isVisible());
    QVERIFY2(error->text().contains(QStringLiteral("Best route")), qPrintable(error->text()));
    QVERIFY(error->y() > child<QComboBox>("ticketRouting")->y());
    QVERIFY(!child<QPushButton>("ticketSubmit")->isEnabled());
    choose("ticketRouting", QStringLiteral("Best route"));
    QVERIFY(error->isHidden());
    press("ticketSubmit");
    QTRY_COMPARE(window_->findChild<HistoryPanel*>()->orders().rowCount(), 1);
}

void RouteWindowTest::previewShowsLegsAndGap() {
    auto* legs = child<DataTable>("routeLegs");
    QCOMPARE(legs->model()->rowCount(), 0);
    type("ticketAmount", QStringLiteral("900"));
    window_->flush();
    const routing::Plan& plan = window_->findChild<Ticket*>()->quote()->plan;
    QCOMPARE(legs->model()->rowCount(), static_cast<int>(plan.legs.size()));
    QVERIFY2(
        label("previewNote").contains(QStringLiteral("the best possible"), Qt::CaseInsensitive),
        qPrintable(label("previewNote")));
    QVERIFY(child<QLabel>("previewRoute")->toolTip().contains(QStringLiteral("path 1")));
    type("ticketAmount", QString());
    window_->flush();
    QVERIFY(!child<QLabel>("routeMessage")->isHidden());
}

void RouteWindowTest::detailShowsPlannedBesideFilled() {
    const domain::OrderId orderId = placeAndOpen(QStringLiteral("sell 900 SOL for USDC"));
    auto* legs = child<DataTable>("detailLegs");
    const QAbstractItemModelTester tester(legs->model());
    QTRY_VERIFY(label("detailTitle").startsWith(QStringLiteral("sell 900 SOL")));
    QCOMPARE(legs->model()->rowCount(), 0);
    while (engine_->advance(orderId) != domain::OrderStatus::building) {
    }
    QTRY_VERIFY(legs->model()->rowCount() > 1);
    const auto cell = [&](int column) {
        return legs->model()->index(0, column).data(exactRole).toString();
    };
    QCOMPARE(cell(LegsModel::filledOut), unknownText());
    QVERIFY2(
        label("detailRoute").contains(QStringLiteral("the best possible"), Qt::CaseInsensitive),
        qPrintable(label("detailRoute")));
    engine_->advanceToEnd(orderId);
    QTRY_VERIFY(cell(LegsModel::filledOut) != unknownText());
    QCOMPARE(cell(LegsModel::filledOut), cell(LegsModel::out));  // nobody traded in between
    QCOMPARE(legs->model()->index(0, LegsModel::difference).data().toString(),
             QStringLiteral("0.0"));
}

void RouteWindowTest::detailOfExactOutSaysWhatItCost() {
    const domain::OrderId orderId = placeAndOpen(QStringLiteral("buy 2 SOL with USDC"));
    engine_->advanceToEnd(orderId);
    QTRY_VERIFY(label("detailState").contains(QStringLiteral("confirmed")));
    QVERIFY(label("detailTitle").startsWith(QStringLiteral("buy 2 SOL with USDC")));
    QVERIFY(label("detailExpected").endsWith(QStringLiteral("USDC")));
    QCOMPARE(child<QLabel>("detailMinimum")->accessibleName(), QStringLiteral("At most"));
    QVERIFY(label("detailSpent").endsWith(QStringLiteral("USDC")));
    QVERIFY(label("detailReceived").endsWith(QStringLiteral("SOL")));
}

void RouteWindowTest::detailExplainsAMissingReceipt() {
    const domain::OrderId orderId = placeAndOpen(QStringLiteral("sell 2 SOL for USDC"));
    QTRY_VERIFY(label("receiptMessage").contains(QStringLiteral("once the order has landed")));
    engine_->failOrder(orderId, {domain::FailureReason::dropped, std::nullopt, std::nullopt});
    QTRY_VERIFY(label("receiptMessage").contains(QStringLiteral("did not land")));
}

void RouteWindowTest::detailShowsTheReceiptOnceThereIsOne() {
    const domain::OrderId orderId = placeAndOpen(QStringLiteral("sell 2 SOL for USDC"));
    child<QTabWidget>("detailTabs")->setCurrentIndex(2);
    QTRY_VERIFY(child<QLabel>("receiptMessage")->isVisible());
    engine_->advanceToEnd(orderId);
    QTRY_VERIFY(child<QLabel>("receiptMessage")->isHidden());
    const auto& order = *window_->findChild<HistoryPanel*>()->orders().at(0);
    QCOMPARE(child<QLabel>("receiptArrived")->toolTip(),
             exactAmount(order.execution->amountOutRaw, 6) + QStringLiteral(" USDC"));
    QVERIFY(child<QPushButton>("copyReceipt")->isVisible());
}

}  // namespace oee::ui

QTEST_MAIN(oee::ui::RouteWindowTest)
#include "route_window_test.moc"
