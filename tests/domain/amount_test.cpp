#include "domain/amount.h"

#include <QTest>

#include <string>

#include "base/rng.h"

using namespace oee::domain;

namespace {

constexpr std::uint64_t kMax = ~std::uint64_t{0};

using Parsed = tl::expected<std::uint64_t, AmountError>;

void compare(const Parsed& actual, const Parsed& expected) {
    QCOMPARE(actual.has_value(), expected.has_value());
    if (expected) {
        QCOMPARE(*actual, *expected);
    } else {
        QCOMPARE(actual.error(), expected.error());
    }
}

}  // namespace

class AmountTest : public QObject {
    Q_OBJECT

  private slots:
    void signedDigitsReachBothEnds() {
        const oee::base::i128 largest = ~(oee::base::i128{1} << 127);
        for (const oee::base::i128 value : {oee::base::i128{0}, oee::base::i128{-1},
                                            oee::base::i128{10}, largest, -largest, -largest - 1}) {
            const std::string digits = oee::domain::signedDigits(value);
            QVERIFY2(oee::domain::parseSigned(digits).value() == value, digits.c_str());
        }
        QCOMPARE(oee::domain::signedDigits(-largest - 1),
                 "-170141183460469231731687303715884105728");
        QCOMPARE(oee::domain::parseSigned("170141183460469231731687303715884105728").error(),
                 oee::domain::AmountError::tooLarge);
        QCOMPARE(oee::domain::parseSigned("-170141183460469231731687303715884105729").error(),
                 oee::domain::AmountError::tooLarge);
        QCOMPARE(oee::domain::parseSigned("-").error(), oee::domain::AmountError::empty);
        QCOMPARE(oee::domain::parseSigned("1-").error(), oee::domain::AmountError::notANumber);
        QCOMPARE(oee::domain::formatSigned(-1'500'000, 6), "-1.5");
        QCOMPARE(oee::domain::formatSigned(-1, 6), "-0.000001");
        QCOMPARE(oee::domain::formatSigned(0, 6), "0");
    }
    void parse_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<unsigned>("decimals");
        QTest::addColumn<quint64>("amountRaw");
        const auto row = [](const char* text, unsigned decimals, quint64 amountRaw) {
            QTest::addRow("'%s' with %u decimals", text, decimals)
                << QByteArray(text) << decimals << amountRaw;
        };
        row("12.5", 6, 12'500'000);
        row("0.1", 9, 100'000'000);
        row("0", 9, 0);
        row("0.000000", 3, 0);
        row("007", 0, 7);
        row(".5", 1, 5);
        row("5.", 1, 50);
        row("1.000", 0, 1);
        row("0.000000001", 9, 1);
        row("1.2300000000000000000000", 2, 123);
        // The largest amount, whole and with decimals; double would lose its last four digits.
        row("18446744073709551615", 0, kMax);
        row("18446744073.709551615", 9, kMax);
        row("18.446744073709551615", 18, kMax);
        row("1.8446744073709551615", 19, kMax);
        row("9007199254.740993", 6, 9'007'199'254'740'993);  // 2^53 + 1
        row("0", 255, 0);
    }

    void parse() {
        QFETCH(QByteArray, text);
        QFETCH(unsigned, decimals);
        QFETCH(quint64, amountRaw);
        compare(parseAmount(text.toStdString(), decimals), amountRaw);
    }

    void parseRefuses_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<unsigned>("decimals");
        QTest::addColumn<int>("error");
        const auto row = [](const QByteArray& text, unsigned decimals, AmountError error) {
            QTest::addRow("'%s' with %u decimals", text.constData(), decimals)
                << text << decimals << static_cast<int>(error);
        };
        row("", 9, AmountError::empty);
        for (const char* text : {".", " 1", "1 ", "+1", "-1", "1e3", "0x10", "1,000", "1_000",
                                 "1.2.3", "..", "NaN", "inf", "1\n", "١", "1.-5", "1.5e1"}) {
            row(text, 9, AmountError::notANumber);
        }
        row(QByteArray("1\0002", 3), 9, AmountError::notANumber);
        row("1.23", 1, AmountError::tooManyDecimals);
        row("0.0000000001", 9, AmountError::tooManyDecimals);
        row("1.5", 0, AmountError::tooManyDecimals);
        row("18446744073709551616", 0, AmountError::tooLarge);
        row("18446744073.709551616", 9, AmountError::tooLarge);
        row("18446744073709551615", 1, AmountError::tooLarge);
        row("99999999999999999999999999999999999999999999999999", 9, AmountError::tooLarge);
        row("1", 20, AmountError::tooLarge);
    }

    void parseRefuses() {
        QFETCH(QByteArray, text);
        QFETCH(unsigned, decimals);
        QFETCH(int, error);
        compare(parseAmount({text.constData(), static_cast<std::size_t>(text.size())}, decimals),
                tl::unexpected(static_cast<AmountError>(error)));
    }

    void parseRawDigitsOnly() {
        compare(parseRaw("0"), 0);
        compare(parseRaw("18446744073709551615"), kMax);
        compare(parseRaw("000000000000000000000000000000000042"), 42);
        compare(parseRaw(""), tl::unexpected(AmountError::empty));
        compare(parseRaw("18446744073709551616"), tl::unexpected(AmountError::tooLarge));
        // QString::toULongLong would take the first two.
        for (const char* text : {" 1 ", "+5", "-1", "1.0", "1e3", "0x1"}) {
            compare(parseRaw(text), tl::unexpected(AmountError::notANumber));
        }
    }

    void format() {
        QCOMPARE(formatAmount(12'500'000, 6), std::string("12.5"));
        QCOMPARE(formatAmount(0, 9), std::string("0"));
        QCOMPARE(formatAmount(0, 0), std::string("0"));
        QCOMPARE(formatAmount(1, 9), std::string("0.000000001"));
        QCOMPARE(formatAmount(1'000'000'000, 9), std::string("1"));
        QCOMPARE(formatAmount(100, 0), std::string("100"));
        QCOMPARE(formatAmount(kMax, 0), std::string("18446744073709551615"));
        QCOMPARE(formatAmount(kMax, 9), std::string("18446744073.709551615"));
        QCOMPARE(formatAmount(kMax, 20), std::string("0.18446744073709551615"));
        QCOMPARE(formatAmount(kMax, 22), std::string("0.0018446744073709551615"));
    }

    void formatThenParseIsTheSame() {
        oee::base::CounterRng rng(11, oee::base::RngPurpose::test, 0);
        for (int i = 0; i < 50'000; ++i) {
            const std::uint64_t amountRaw = rng.nextU64() >> rng.below(64);
            const auto decimals = static_cast<unsigned>(rng.below(24));
            compare(parseAmount(formatAmount(amountRaw, decimals), decimals), amountRaw);
        }
    }

    // Prices computed with Python's decimal module, 80 digits, ROUND_HALF_UP.
    void price_data() {
        QTest::addColumn<quint64>("in");
        QTest::addColumn<unsigned>("decimalsIn");
        QTest::addColumn<quint64>("out");
        QTest::addColumn<unsigned>("decimalsOut");
        QTest::addColumn<unsigned>("significant");
        QTest::addColumn<QByteArray>("price");
        const auto row = [](quint64 in, unsigned decimalsIn, quint64 out, unsigned decimalsOut,
                            unsigned significant, const char* price) {
            QTest::addRow("%s to %u digits", price, significant)
                << in << decimalsIn << out << decimalsOut << significant << QByteArray(price);
        };
        row(10'000'000'000, 9, 1'500'000'000, 6, 9, "150");
        row(3, 0, 1, 0, 9, "0.333333333");
        row(3, 0, 2, 0, 9, "0.666666667");
        row(1, 0, 999'999'999, 0, 9, "999999999");
        row(1, 0, 9'999'999'994, 0, 9, "9999999990");
        row(1, 0, 9'999'999'995, 0, 9, "10000000000");
        row(1'000, 0, 999'999, 0, 5, "1000");
        row(2, 0, 19, 0, 1, "10");
        row(7, 5, 22, 6, 1, "0.3");
        row(1, 0, 25, 1, 1, "3");
        row(8, 0, 5, 0, 2, "0.63");
        row(1, 0, 123'456'789, 0, 3, "123000000");
        row(kMax, 0, 1, 18, 9, "0.0000000000000000000000000000000000000542101086");
        row(1, 18, kMax, 0, 9, "18446744100000000000000000000000000000");
        row(1, 0, kMax, 18, 18, "18.4467440737095516");
        row(kMax, 9, kMax, 6, 9, "1000");
        row(123'456'789, 9, 987'654'321, 5, 12, "80000.000729");
        row(1'000'000, 5, 24'137, 9, 9, "0.0000024137");
        row(665'496'014'308, 6, 9, 8, 4, "0.0000000000001352");
        row(8'162'940'917'853, 8, 10'065'165, 1, 14, "12.330317101753");
        row(4'335'396'123'184'015, 1, 29'790'486'124'420'534, 9, 4, "0.00000006871");
        row(338'564'711, 10, 147, 9, 13, "0.000004341858298398");
        row(9'740'127'453'439'652, 1, 895'759'484'248, 10, 6, "0.0000000000000919659");
        row(9'528, 9, 12'495'588, 1, 18, "131145969773.299748");
        row(288, 0, 66'627'625, 10, 18, "0.0000231345920138888889");
        row(0, 9, 5, 6, 9, "0");
        row(5, 9, 0, 6, 9, "0");
    }

    void price() {
        QFETCH(quint64, in);
        QFETCH(unsigned, decimalsIn);
        QFETCH(quint64, out);
        QFETCH(unsigned, decimalsOut);
        QFETCH(unsigned, significant);
        QFETCH(QByteArray, price);
        const std::string text = formatPrice({.amountInRaw = in,
                                              .decimalsIn = decimalsIn,
                                              .amountOutRaw = out,
                                              .decimalsOut = decimalsOut},
                                             significant);
        QCOMPARE(QByteArray::fromStdString(text), price);
    }

    // Computed with Python's integers: e * (10000 - b) // 10000.
    void minimumOutRoundsDown() {
        QCOMPARE(minimumOut(1'500'000'000, 50), std::uint64_t{1'492'500'000});
        QCOMPARE(minimumOut(9'999, 1), std::uint64_t{9'998});
        QCOMPARE(minimumOut(10'000, 1), std::uint64_t{9'999});
        QCOMPARE(minimumOut(10'001, 1), std::uint64_t{9'999});
        QCOMPARE(minimumOut(1, 1), std::uint64_t{0});
        QCOMPARE(minimumOut(0, 0), std::uint64_t{0});
        QCOMPARE(minimumOut(kMax, 0), kMax);
        QCOMPARE(minimumOut(kMax, 1), std::uint64_t{18'444'899'399'302'180'659U});
        QCOMPARE(minimumOut(kMax, 50), std::uint64_t{18'354'510'353'341'003'856U});
        QCOMPARE(minimumOut(kMax, 9'999), std::uint64_t{1'844'674'407'370'955U});
        QCOMPARE(minimumOut(kMax, kMaxSlippageBps), std::uint64_t{0});
    }
};

QTEST_APPLESS_MAIN(AmountTest)
#include "amount_test.moc"
