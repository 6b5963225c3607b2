// The ticket in its window: what is typed, what is previewed, what is placed.

#include <QSignalSpy>

#include "ui/format.h"
#include "window_fixture.h"

namespace oee::ui {

class TicketWindowTest : public WindowFixture {
    Q_OBJECT

  private slots:
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
};

void TicketWindowTest::smartLineFillsPreviewsAndPlaces() {
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

void TicketWindowTest::smartLineSaysWhatItDoesNotUnderstand() {
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

void TicketWindowTest::previewIsTheEnginesQuote() {
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

void TicketWindowTest::previewFollowsSlots() {
    type("ticketAmount", QStringLiteral("10"));
    preview();
    const QString before = label("previewOut");
    QVERIFY(before != unknownText());
    engine_->publishSlot(2'000'000'000'000);  // somebody sells 2,000 SOL to every pool
    QTRY_VERIFY(label("previewOut") != before);
    QTRY_VERIFY(label("marketBadge").contains(groupedInteger(engine_->status().slot)));
}

void TicketWindowTest::slotsAreCoalesced() {
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

void TicketWindowTest::badAmountStandsAtItsField_data() {
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

void TicketWindowTest::badAmountStandsAtItsField() {
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

void TicketWindowTest::anEmptyAmountIsAFaultOnlyWhenPlaced() {
    QVERIFY(child<QLabel>("ticketError")->isHidden());
    QCOMPARE(label("previewOut"), unknownText());
    press("ticketSubmit");
    QVERIFY(child<QLabel>("ticketError")->isVisible());
    QVERIFY(label("ticketError").contains(QStringLiteral("missing")));
    QCOMPARE(window_->focusWidget(), child<QLineEdit>("ticketAmount"));
    QVERIFY(engine_->submitted().empty());
}

void TicketWindowTest::badSlippageStandsAtItsField() {
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

void TicketWindowTest::refusalOfTheEngineStaysUntilEdited() {
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

void TicketWindowTest::doublePressPlacesOnce() {
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

void TicketWindowTest::sharesTakeTheFreeBalance() {
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

void TicketWindowTest::swapTurnsThePairRound() {
    press("ticketSwap");
    QCOMPARE(child<QComboBox>("ticketBase")->currentText(), QStringLiteral("USDC"));
    QCOMPARE(child<QComboBox>("ticketQuote")->currentText(), QStringLiteral("SOL"));
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Sell USDC"));
    press("ticketBuy");
    QCOMPARE(child<QPushButton>("ticketSubmit")->text(), QStringLiteral("Buy USDC"));
    QCOMPARE(child<QComboBox>("ticketUnit")->currentText(), QStringLiteral("USDC"));
}

void TicketWindowTest::quoteListHoldsWhatPoolsLeadTo() {
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

}  // namespace oee::ui

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    oee::ui::prepareApplication(application);
    oee::ui::TicketWindowTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "ticket_window_test.moc"
