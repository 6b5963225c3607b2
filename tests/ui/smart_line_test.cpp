#include "ui/smart_line.h"

#include <QTest>

#include "support/fake_engine.h"
#include "ui/order_words.h"

namespace oee::ui {

class SmartLineTest : public QObject {
    Q_OBJECT

  private slots:
    void understands_data();
    void understands();
    void refusesWithWords_data();
    void refusesWithWords();
    void readsBackWhatOrdersSay();

  private:
    test::FakeEngine engine_;
    TokenBook tokens_{engine_};
};

void SmartLineTest::understands_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("side");
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("quote");
    QTest::addColumn<QString>("amount");
    QTest::addColumn<unsigned>("percent");
    QTest::addColumn<QString>("slippage");
    QTest::addColumn<bool>("exactOut");
    const auto row = [](const char* line, const char* side, const char* base, const char* quote,
                        const char* amount, unsigned percent = 0, const char* slippage = "",
                        bool exactOut = false) {
        QTest::newRow(line) << line << side << base << quote << amount << percent << slippage
                            << exactOut;
    };
    const auto arrives = [&](const char* line, const char* side, const char* base,
                             const char* quote, const char* amount) {
        row(line, side, base, quote, amount, 0, "", true);
    };
    row("sell 10 SOL for USDC", "sell", "SOL", "USDC", "10");
    row("  SELL   10 sol FOR usdc ", "sell", "SOL", "USDC", "10");
    row("sell 0.000000001 SOL to USDC", "sell", "SOL", "USDC", "0.000000001");
    row("swap 10 SOL into USDC", "sell", "SOL", "USDC", "10");
    row("trade 5 USDC \u2192 USDT", "sell", "USDC", "USDT", "5");
    row("sell 10 SOL->USDC", "sell", "SOL", "USDC", "10");
    row("sell 100 USDC for SOL", "sell", "USDC", "SOL", "100");
    row("buy SOL with 100 USDC", "buy", "SOL", "USDC", "100");
    row("buy BONK for 0.5 SOL", "buy", "BONK", "SOL", "0.5");
    row("spend 100 USDC on SOL", "buy", "SOL", "USDC", "100");
    arrives("buy 2 SOL with USDC", "buy", "SOL", "USDC", "2");
    arrives("buy 300 SOL with USDC", "buy", "SOL", "USDC", "300");  // over 2^64 at 18 decimals
    arrives("buy 0.000000001 SOL for usdc", "buy", "SOL", "USDC", "0.000000001");
    arrives("sell SOL for 100 USDC", "sell", "SOL", "USDC", "100");
    arrives("spend USDC on 2 SOL", "buy", "SOL", "USDC", "2");
    row("sell 10 BONK for USDC", "sell", "BONK", "USDC", "10");  // through SOL
    row("sell 25% SOL for USDC", "sell", "SOL", "USDC", "", 25);
    row("sell 25 percent of SOL for USDC", "sell", "SOL", "USDC", "", 25);
    row("sell all SOL for USDC", "sell", "SOL", "USDC", "", 100);
    row("spend half of USDC on SOL", "buy", "SOL", "USDC", "", 50);
    row("sell 10 SOL for USDC slippage 0.25 %", "sell", "SOL", "USDC", "10", 0, "0.25");
    row("sell 10 SOL for USDC slippage 1", "sell", "SOL", "USDC", "10", 0, "1");
    row("sell 10 So11111111111111111111111111111111111111112 for USDC", "sell", "SOL", "USDC",
        "10");
}

void SmartLineTest::understands() {
    QFETCH(QString, line);
    QFETCH(unsigned, percent);
    QFETCH(QString, slippage);
    const auto order = parseSmartLine(line, tokens_);
    QVERIFY2(order.has_value(), order ? "" : qPrintable(order.error().message));
    QTEST(wordOf(order->side), "side");
    QTEST(fromStd(order->base.symbol), "base");
    QTEST(fromStd(order->quote.symbol), "quote");
    QTEST(order->amountText, "amount");
    QTEST(order->mode == domain::RouteMode::exactOut, "exactOut");
    QCOMPARE(order->percent.value_or(0), percent);
    QCOMPARE(order->slippageText.value_or(QString()), slippage);
}

void SmartLineTest::refusesWithWords_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("word");  // that the message names
    const auto row = [](const char* line, SmartLineFault fault, const char* word) {
        QTest::newRow(line) << line << static_cast<int>(fault) << word;
    };
    row("", SmartLineFault::empty, "sell 10 SOL for USDC");
    row("hold 10 SOL", SmartLineFault::unknownVerb, "hold");
    row("sell", SmartLineFault::incomplete, "How much");
    row("sell 10", SmartLineFault::incomplete, "token");
    row("sell 10 SOL", SmartLineFault::incomplete, "for");
    row("sell 10 SOL USDC", SmartLineFault::incomplete, "for");
    row("sell 10 SOL for", SmartLineFault::incomplete, "token");
    row("buy SOL", SmartLineFault::incomplete, "with");
    row("buy SOL with", SmartLineFault::incomplete, "How much");
    row("sell ten SOL for USDC", SmartLineFault::badAmount, "ten");
    row("sell -1 SOL for USDC", SmartLineFault::badAmount, "-1");
    row("sell 1,000 SOL for USDC", SmartLineFault::badAmount, "1,000");
    row("sell 1e3 SOL for USDC", SmartLineFault::badAmount, "1e3");
    row("sell 0 % SOL for USDC", SmartLineFault::badAmount, "0 %");
    row("sell 101 % SOL for USDC", SmartLineFault::badAmount, "101 %");
    row("sell 10 SOL for USDC slippage much", SmartLineFault::badAmount, "Slippage");
    row("sell 10 SOL for USDC slippage 0.001", SmartLineFault::badAmount, "two decimals");
    row("sell 10 FOO for USDC", SmartLineFault::unknownToken, "FOO");
    row("sell 10 SOL for FOO", SmartLineFault::unknownToken, "BONK, SOL, USDC, USDT");
    row("sell 10 SOL for SOL", SmartLineFault::sameToken, "SOL");
    row("sell SOL for USDC", SmartLineFault::badAmount, "USDC");
    row("buy SOL with USDC", SmartLineFault::badAmount, "USDC");
    row("buy FOO with 100 USDC", SmartLineFault::unknownToken, "FOO");
    row("buy 10 % SOL with USDC", SmartLineFault::shareOfOutput, "SOL");
    row("buy all SOL with USDC", SmartLineFault::shareOfOutput, "USDC");
    row("sell SOL for half of USDC", SmartLineFault::shareOfOutput, "arrive");
    row("sell 10 SOL for USDC now", SmartLineFault::leftOver, "now");
}

void SmartLineTest::refusesWithWords() {
    QFETCH(QString, line);
    QFETCH(int, fault);
    QFETCH(QString, word);
    const auto order = parseSmartLine(line, tokens_);
    QVERIFY(!order);
    QCOMPARE(static_cast<int>(order.error().fault), fault);
    QVERIFY2(order.error().message.contains(word), qPrintable(order.error().message));
}

// Every order's own sentence is one that the line understands, with the same amount.
void SmartLineTest::readsBackWhatOrdersSay() {
    for (const domain::Side side : {domain::Side::sell, domain::Side::buy}) {
        domain::Order order;
        order.side = side;
        order.inputMint = side == domain::Side::sell ? domain::solMint() : domain::usdcMint();
        order.outputMint = side == domain::Side::sell ? domain::usdcMint() : domain::solMint();
        order.amountInRaw = 123'456'789;
        const auto read = parseSmartLine(sentenceOf(order, tokens_), tokens_);
        QVERIFY(read.has_value());
        QCOMPARE(read->side, side);
        QCOMPARE(read->given().mint, order.inputMint);
        QCOMPARE(read->mode, domain::RouteMode::exactIn);
        QCOMPARE(read->amountText, side == domain::Side::sell ? QStringLiteral("0.123456789")
                                                              : QStringLiteral("123.456789"));

        order.mode = domain::RouteMode::exactOut;
        order.amountOutRaw = 234'567'891;
        const auto wanted = parseSmartLine(sentenceOf(order, tokens_), tokens_);
        QVERIFY(wanted.has_value());
        QCOMPARE(wanted->side, side);
        QCOMPARE(wanted->wanted().mint, order.outputMint);
        QCOMPARE(wanted->mode, domain::RouteMode::exactOut);
        QCOMPARE(wanted->amountText, side == domain::Side::sell ? QStringLiteral("234.567891")
                                                                : QStringLiteral("0.234567891"));
    }
}

}  // namespace oee::ui

QTEST_GUILESS_MAIN(oee::ui::SmartLineTest)
#include "smart_line_test.moc"
