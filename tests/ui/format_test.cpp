#include "ui/format.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include <QTest>
#include <QTimeZone>

namespace oee::ui {

constexpr std::uint64_t kMaxRaw = std::numeric_limits<std::uint64_t>::max();

class FormatTest : public QObject {
    Q_OBJECT

  private slots:
    void groupsOnlyTheWholePart();
    void exactAmountKeepsEveryUnit();
    void roundsToTheShownDecimals_data();
    void roundsToTheShownDecimals();
    void roundingDownNeverSaysMore();
    void neverShowsSomethingAsZero();
    void bpsHaveASignAndATrueMinus();
    void differencesAreExactTenths();
    void percentIsExactToABasisPoint();
    void sortKeysSortAsNumbers();
    void timesHaveMilliseconds();
    void shortIdsKeepTheEnd();
};

void FormatTest::groupsOnlyTheWholePart() {
    QCOMPARE(grouped(QStringLiteral("1")), QStringLiteral("1"));
    QCOMPARE(grouped(QStringLiteral("123")), QStringLiteral("123"));
    QCOMPARE(grouped(QStringLiteral("1234")), QStringLiteral("1,234"));
    QCOMPARE(grouped(QStringLiteral("1234567.1234567")), QStringLiteral("1,234,567.1234567"));
    QCOMPARE(groupedInteger(kMaxRaw), QStringLiteral("18,446,744,073,709,551,615"));
}

void FormatTest::exactAmountKeepsEveryUnit() {
    QCOMPARE(exactAmount(kMaxRaw, 6), QStringLiteral("18,446,744,073,709.551615"));
    QCOMPARE(exactAmount(1'000'000'000, 9), QStringLiteral("1"));
    QCOMPARE(exactAmount(1, 9), QStringLiteral("0.000000001"));
    QCOMPARE(exactAmount(0, 9), QStringLiteral("0"));
}

void FormatTest::roundsToTheShownDecimals_data() {
    QTest::addColumn<quint64>("raw");
    QTest::addColumn<unsigned>("decimals");
    QTest::addColumn<unsigned>("shown");
    QTest::addColumn<QString>("text");
    QTest::newRow("half goes up") << quint64{1'498'213'450} << 6U << 4U << "1,498.2135";
    QTest::newRow("below half goes down") << quint64{1'498'213'449} << 6U << 4U << "1,498.2134";
    QTest::newRow("carries through nines") << quint64{9'999'999} << 6U << 4U << "10.0000";
    QTest::newRow("zero keeps its decimals") << quint64{0} << 6U << 4U << "0.0000";
    QTest::newRow("no more than the token has") << quint64{12'345} << 2U << 6U << "123.45";
    QTest::newRow("no decimals") << quint64{1'500'000} << 5U << 0U << "15";
    QTest::newRow("greatest") << quint64{kMaxRaw} << 9U << 0U << "18,446,744,074";
    QTest::newRow("greatest, all dropped but kept digits")
        << quint64{kMaxRaw} << 20U << 1U << "0.2";
}

void FormatTest::roundsToTheShownDecimals() {
    QFETCH(quint64, raw);
    QFETCH(unsigned, decimals);
    QFETCH(unsigned, shown);
    QTEST(roundedAmount(raw, decimals, shown), "text");
}

void FormatTest::roundingDownNeverSaysMore() {
    QCOMPARE(roundedAmount(1'498'213'499, 6, 4, Rounding::down), QStringLiteral("1,498.2134"));
    QCOMPARE(roundedAmount(999'999, 6, 0, Rounding::down), QStringLiteral("0.99"));
    QCOMPARE(roundedAmount(1'000'001, 6, 4, Rounding::up), QStringLiteral("1.0001"));
    QCOMPARE(roundedAmount(1'000'000, 6, 4, Rounding::up), QStringLiteral("1.0000"));
    QCOMPARE(roundedAmount(1, 9, 4, Rounding::up), QStringLiteral("0.000000001"));
}

void FormatTest::neverShowsSomethingAsZero() {
    QCOMPARE(roundedAmount(1, 9, 4), QStringLiteral("0.000000001"));
    QCOMPARE(roundedAmount(1'234, 9, 4), QStringLiteral("0.0000012"));
    QCOMPARE(roundedAmount(499, 3, 0), QStringLiteral("0.50"));
}

void FormatTest::bpsHaveASignAndATrueMinus() {
    QCOMPARE(bpsText(-1.26), QStringLiteral("\u22121.3"));
    QCOMPARE(bpsText(0.4), QStringLiteral("+0.4"));
    QCOMPARE(bpsText(0.0), QStringLiteral("0.0"));
    QCOMPARE(bpsText(-0.04), QStringLiteral("0.0"));
    QCOMPARE(bpsText(std::nan("")), unknownText());
    QCOMPARE(unsignedBpsText(25.0), QStringLiteral("25.0"));
    QCOMPARE(unsignedBpsText(std::numeric_limits<double>::infinity()), unknownText());
}

void FormatTest::differencesAreExactTenths() {
    QCOMPARE(tenthsOfBpsBelow(100'000, 100'000), 0U);
    QCOMPARE(tenthsOfBpsBelow(99'999, 100'000), 1U);
    QCOMPARE(tenthsOfBpsBelow(0, 1), 100'000U);
    QCOMPARE(tenthsOfBpsBelow(200, 100), 0U);
    // Beyond what a double holds: 2^64 − 1 less one part in 10,000.
    QCOMPARE(tenthsOfBpsBelow(kMaxRaw - kMaxRaw / 10'000, kMaxRaw), 10U);
}

void FormatTest::percentIsExactToABasisPoint() {
    QCOMPARE(percentText(50), QStringLiteral("0.5"));
    QCOMPARE(percentText(1), QStringLiteral("0.01"));
    QCOMPARE(percentText(10'000), QStringLiteral("100"));
}

void FormatTest::sortKeysSortAsNumbers() {
    const QStringList rising{QStringLiteral(""),      QStringLiteral("0.0005"),
                             QStringLiteral("0.75"),  QStringLiteral("9"),
                             QStringLiteral("10.05"), QStringLiteral("10.1"),
                             QStringLiteral("1,000"), QStringLiteral("18446744073709551615")};
    for (qsizetype i = 1; i < rising.size(); ++i) {
        QVERIFY2(sortableDecimal(rising[i - 1]) < sortableDecimal(rising[i]),
                 qPrintable(rising[i]));
    }
}

void FormatTest::timesHaveMilliseconds() {
    qputenv("TZ", "UTC");
    tzset();
    QCOMPARE(timeText(1'790'000'000'123'999), QStringLiteral("14:13:20.123"));
    QCOMPARE(dateTimeText(1'790'000'000'123'999), QStringLiteral("2026-09-21 14:13:20.123"));
}

void FormatTest::shortIdsKeepTheEnd() {
    const domain::OrderId id = domain::makeOrderId({1'790'000'000'000, 7, 0xABCDEF});
    QCOMPARE(shortOrderId(id).size(), 7);
    QVERIFY(orderIdText(id).endsWith(shortOrderId(id).mid(1)));
}

}  // namespace oee::ui

QTEST_GUILESS_MAIN(oee::ui::FormatTest)
#include "format_test.moc"
