#include "ui/ticket_form.h"

#include <limits>

#include <QTest>

namespace oee::ui {

using execution::Field;
using execution::RefusalReason;

class TicketFormTest : public QObject {
    Q_OBJECT

  private slots:
    void requestSaysExactlyWhatWasTyped();
    void buySpendsTheQuote();
    void exactOutSaysWhatArrives();
    void routeIsSaidAsChosen();
    void retriesAreSaidAsChosen();
    void costIsHeldAgainstTheBalance();
    void amountFaults_data();
    void amountFaults();
    void slippageIsExactToABasisPoint_data();
    void slippageIsExactToABasisPoint();
    void slippageFaults_data();
    void slippageFaults();
    void sharesAreFlooredAndLeaveTheFees();
    void sharesOfTheGreatestBalanceDoNotOverflow();
    void feesAreKeptOnlyOfSol();
    void refusalsNameTheFieldForPeople();
};

namespace {

constexpr std::uint64_t kSol = 1'000'000'000;
const Spendable kRich{1'000 * kSol, kSol / 100};

domain::Token sol() {
    return {domain::solMint(), "SOL", 9};
}
domain::Token usdc() {
    return {domain::usdcMint(), "USDC", 6};
}

TicketForm formOf(const QString& amount, const QString& slippage = QStringLiteral("0.5")) {
    return {sol(), usdc(), domain::Side::sell, amount, slippage};
}

}  // namespace

void TicketFormTest::requestSaysExactlyWhatWasTyped() {
    const auto request = requestOf(formOf(QStringLiteral(" 0.123456789 ")), kRich);
    QVERIFY(request.has_value());
    QCOMPARE(request->tokenIn, std::string("SOL"));
    QCOMPARE(request->tokenOut, std::string("USDC"));
    QCOMPARE(request->amountIn.value_or(""), std::string("0.123456789"));
    QVERIFY(!request->amountInRaw);
    QCOMPARE(request->side.value(), domain::Side::sell);
    QCOMPARE(request->slippageBps, std::int64_t{50});
}

void TicketFormTest::buySpendsTheQuote() {
    TicketForm form = formOf(QStringLiteral("100.5"));
    form.side = domain::Side::buy;
    const auto request = requestOf(form, {200'000'000, 0});
    QVERIFY(request.has_value());
    QCOMPARE(request->tokenIn, std::string("USDC"));
    QCOMPARE(request->tokenOut, std::string("SOL"));
    QCOMPARE(request->side.value(), domain::Side::buy);
    QCOMPARE(amountOf(form).value(), std::uint64_t{100'500'000});
}

void TicketFormTest::exactOutSaysWhatArrives() {
    TicketForm form = formOf(QStringLiteral("2.000000001"));
    form.side = domain::Side::buy;
    form.mode = domain::RouteMode::exactOut;
    QCOMPARE(form.counted().symbol, std::string("SOL"));
    QCOMPARE(amountOf(form).value(), std::uint64_t{2'000'000'001});  // more decimals than USDC has
    // Nothing is free: what it costs is for the quote to say.
    const auto request = requestOf(form, {0, 0});
    QVERIFY(request.has_value());
    QCOMPARE(request->tokenIn, std::string("USDC"));
    QCOMPARE(request->tokenOut, std::string("SOL"));
    QVERIFY(!request->amountIn);
    QCOMPARE(request->amountOut.value_or(""), std::string("2.000000001"));
    const auto query = queryOf(form);
    QVERIFY(query.has_value());
    QVERIFY(!query->amountInRaw);
    QCOMPARE(query->amountOutRaw.value_or(""), std::string("2000000001"));

    form.amountText = QStringLiteral("2.0000000001");
    QCOMPARE(requestOf(form, {0, 0}).error().field, Field::amountOut);
    form.amountText.clear();
    QCOMPARE(requestOf(form, {0, 0}).error().field, Field::amountOut);
}

void TicketFormTest::routeIsSaidAsChosen() {
    TicketForm form = formOf(QStringLiteral("1"));
    const auto usual = requestOf(form, kRich);
    QCOMPARE(usual->route.scope.value_or(""), std::string("full"));
    QVERIFY(!usual->route.venue);
    form.scope = domain::RouteScope::single;
    form.venue = domain::Venue::meteora;
    const auto request = requestOf(form, kRich);
    QCOMPARE(request->route.scope.value_or(""), std::string("single"));
    QCOMPARE(request->route.venue.value_or(""), std::string("meteora"));
    QCOMPARE(queryOf(form)->route.venue.value_or(""), std::string("meteora"));
}

void TicketFormTest::retriesAreSaidAsChosen() {
    TicketForm form = formOf(QStringLiteral("1"));
    const auto usual = requestOf(form, kRich);
    QVERIFY(usual->onRevert == domain::OnRevert::fail);
    QVERIFY(!usual->deadlineMs);
    form.onRevert = domain::OnRevert::requote;
    form.deadline = std::chrono::minutes(5);
    const auto request = requestOf(form, kRich);
    QVERIFY(request->onRevert == domain::OnRevert::requote);
    QCOMPARE(request->deadlineMs.value_or(0), std::int64_t{300'000});
}

void TicketFormTest::costIsHeldAgainstTheBalance() {
    TicketForm form = formOf(QStringLiteral("100"));
    form.mode = domain::RouteMode::exactOut;  // sell SOL until 100 USDC arrive
    const Spendable spendable{kSol, kSol / 100};
    QVERIFY(!beyondBalance(form, spendable, spendable.maxRaw()));
    const auto fees = beyondBalance(form, spendable, spendable.maxRaw() + 1);
    QVERIFY(fees.has_value());
    QCOMPARE(fees->reason, RefusalReason::insufficientSolForFees);
    QCOMPARE(fees->field, Field::amountOut);
    const auto balance = beyondBalance(form, spendable, kSol + 1);
    QVERIFY(balance.has_value());
    QCOMPARE(balance->reason, RefusalReason::insufficientBalance);
    QCOMPARE(QString::fromStdString(balance->given), QStringLiteral("1.000000001 SOL"));
}

void TicketFormTest::amountFaults_data() {
    QTest::addColumn<QString>("amount");
    QTest::addColumn<int>("reason");
    const auto row = [](const char* amount, RefusalReason reason) {
        QTest::newRow(*amount == '\0' ? "nothing" : amount) << amount << static_cast<int>(reason);
    };
    row("", RefusalReason::missing);
    row("ten", RefusalReason::notANumber);
    row("-1", RefusalReason::notANumber);
    row("1,5", RefusalReason::notANumber);
    row("1e3", RefusalReason::notANumber);
    row(".", RefusalReason::notANumber);
    row("0", RefusalReason::notPositive);
    row("0.000", RefusalReason::notPositive);
    row("0.0000000001", RefusalReason::tooManyDecimals);
    row("99999999999999999999", RefusalReason::tooLarge);
    row("1000.000000001", RefusalReason::insufficientBalance);
    row("999.995", RefusalReason::insufficientSolForFees);
}

void TicketFormTest::amountFaults() {
    QFETCH(QString, amount);
    QFETCH(int, reason);
    const auto request = requestOf(formOf(amount), kRich);
    QVERIFY(!request);
    QCOMPARE(static_cast<int>(request.error().reason), reason);
    QCOMPARE(static_cast<int>(request.error().field), static_cast<int>(Field::amountIn));
}

void TicketFormTest::slippageIsExactToABasisPoint_data() {
    QTest::addColumn<QString>("percent");
    QTest::addColumn<unsigned>("bps");
    QTest::newRow("half a percent") << "0.5" << 50U;
    QTest::newRow("one bps") << "0.01" << 1U;
    QTest::newRow("trailing zeros") << "0.2900" << 29U;  // 0.29 × 100 is 28.999… in binary
    QTest::newRow("nothing") << "0" << 0U;
    QTest::newRow("everything") << "100" << 10'000U;
}

void TicketFormTest::slippageIsExactToABasisPoint() {
    QFETCH(QString, percent);
    QFETCH(unsigned, bps);
    QCOMPARE(slippageBpsOf(formOf(QStringLiteral("1"), percent)).value(), bps);
}

void TicketFormTest::slippageFaults_data() {
    QTest::addColumn<QString>("percent");
    QTest::addColumn<int>("reason");
    const auto row = [](const char* name, const char* percent, RefusalReason reason) {
        QTest::newRow(name) << percent << static_cast<int>(reason);
    };
    row("empty", "", RefusalReason::missing);
    row("words", "some", RefusalReason::notANumber);
    row("negative", "-1", RefusalReason::notANumber);
    row("finer than a bps", "0.005", RefusalReason::tooManyDecimals);
    row("over a hundred", "100.01", RefusalReason::outOfRange);
    row("far over", "99999999999999999999", RefusalReason::outOfRange);
}

void TicketFormTest::slippageFaults() {
    QFETCH(QString, percent);
    QFETCH(int, reason);
    const auto request = requestOf(formOf(QStringLiteral("1"), percent), kRich);
    QVERIFY(!request);
    QCOMPARE(static_cast<int>(request.error().reason), reason);
    QCOMPARE(static_cast<int>(request.error().field), static_cast<int>(Field::slippageBps));
    QVERIFY(wordsOf(request.error()).startsWith(QStringLiteral("The slippage")));
}

void TicketFormTest::sharesAreFlooredAndLeaveTheFees() {
    const Spendable odd{1'000'000'003, 3};
    QCOMPARE(shareText(odd, 100, sol()), QStringLiteral("1"));
    QCOMPARE(shareText({7, 0}, 50, sol()), QStringLiteral("0.000000003"));
    QCOMPARE(shareText({100'000'000'000, 0}, 25, usdc()), QStringLiteral("25000"));
    QCOMPARE(shareText({3, 5}, 100, sol()), QStringLiteral("0"));
}

void TicketFormTest::sharesOfTheGreatestBalanceDoNotOverflow() {
    const Spendable all{std::numeric_limits<std::uint64_t>::max(), 0};
    QCOMPARE(shareText(all, 100, sol()), QStringLiteral("18446744073.709551615"));
    QCOMPARE(shareText(all, 75, sol()), QStringLiteral("13835058055.282163711"));
}

void TicketFormTest::feesAreKeptOnlyOfSol() {
    execution::Wallet wallet;
    wallet.set(execution::WalletOwner::trader, domain::solMint(), {10 * kSol, 4 * kSol});
    wallet.set(execution::WalletOwner::trader, domain::usdcMint(), {500, 100});
    const Spendable ofSol = spendableOf(sol(), wallet, kSol);
    QCOMPARE(ofSol.freeRaw, 6 * kSol);
    QCOMPARE(ofSol.maxRaw(), 5 * kSol);
    const Spendable ofUsdc = spendableOf(usdc(), wallet, kSol);
    QCOMPARE(ofUsdc.maxRaw(), std::uint64_t{400});
}

void TicketFormTest::refusalsNameTheFieldForPeople() {
    const auto tooMuch = requestOf(formOf(QStringLiteral("2000")), kRich);
    const QString words = wordsOf(tooMuch.error());
    QVERIFY2(words.startsWith(QStringLiteral("The amount")), qPrintable(words));
    QVERIFY(words.contains(QStringLiteral("2000 SOL")));
    QVERIFY(words.contains(QStringLiteral("1000 SOL")));
    QVERIFY(!words.contains(QStringLiteral("amountIn")));
}

}  // namespace oee::ui

QTEST_GUILESS_MAIN(oee::ui::TicketFormTest)
#include "ticket_form_test.moc"
