#include "base/integer.h"

#include <QTest>

#include "base/rng.h"

using namespace oee::base;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

using Quotient = std::optional<std::uint64_t>;

// a × b on 32-bit halves, as (high, low): shares nothing with the 128-bit type under test.
struct Product {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend auto operator<=>(const Product&, const Product&) = default;
};

Product schoolbook(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t aLow = a & 0xffff'ffff;
    const std::uint64_t aHigh = a >> 32;
    const std::uint64_t bLow = b & 0xffff'ffff;
    const std::uint64_t bHigh = b >> 32;
    const std::uint64_t lowLow = aLow * bLow;
    const std::uint64_t cross = aHigh * bLow + (lowLow >> 32);
    const std::uint64_t crossLow = aLow * bHigh + (cross & 0xffff'ffff);
    return {aHigh * bHigh + (cross >> 32) + (crossLow >> 32),
            (crossLow << 32) | (lowLow & 0xffff'ffff)};
}

Product plus(Product product, std::uint64_t value) {
    product.low += value;
    product.high += product.low < value ? 1 : 0;
    return product;
}

std::uint64_t randomWidth(CounterRng& rng) {
    return rng.nextU64() >> rng.below(64);
}

}  // namespace

class IntegerTest : public QObject {
    Q_OBJECT

  private slots:
    // Quotients computed with Python's integers.
    void mulDivKnown_data() {
        QTest::addColumn<quint64>("a");
        QTest::addColumn<quint64>("b");
        QTest::addColumn<quint64>("divisor");
        QTest::addColumn<bool>("downFits");
        QTest::addColumn<quint64>("down");
        QTest::addColumn<bool>("upFits");
        QTest::addColumn<quint64>("up");
        const auto row = [](const char* name, quint64 a, quint64 b, quint64 divisor, Quotient down,
                            Quotient up) {
            QTest::newRow(name) << a << b << divisor << down.has_value()
                                << quint64{down.value_or(0)} << up.has_value()
                                << quint64{up.value_or(0)};
        };
        row("zero", 0, 0, 1, 0, 0);
        row("exact", 7, 3, 7, 3, 3);
        row("half", 7, 3, 2, 10, 11);
        row("smallest fraction", 1, 1, kMax, 0, 1);
        row("all ones", kMax, kMax, kMax, kMax, kMax);
        row("large by three quarters", kMax, 3, 4, 13'835'058'055'282'163'711U,
            13'835'058'055'282'163'712U);
        row("fee", 1'000'000'000'000'000'000U, 997, 1000, 997'000'000'000'000'000U,
            997'000'000'000'000'000U);
        row("near one", kMax, 1'000'000'000, 1'000'000'007, 18'446'743'944'582'344'002U,
            18'446'743'944'582'344'003U);
        row("mixed", 2'093'150'526'080'660U, 16'109'056'450'963U, 1'839'106'216U,
            18'334'275'471'230'451'841U, 18'334'275'471'230'451'842U);
        // 145,295,143,558,111 × 253,921 = 2^65 − 1: half of it is 2^64 − 1 and a half.
        row("fits rounded down only", 145'295'143'558'111U, 253'921, 2, kMax, std::nullopt);
        row("one too large", std::uint64_t{1} << 63, 2, 1, std::nullopt, std::nullopt);
        row("too large", kMax, kMax, kMax - 1, std::nullopt, std::nullopt);
        row("divisor zero", kMax, 1, 0, std::nullopt, std::nullopt);
        row("zero by zero", 0, 1, 0, std::nullopt, std::nullopt);
    }

    void mulDivKnown() {
        QFETCH(quint64, a);
        QFETCH(quint64, b);
        QFETCH(quint64, divisor);
        QFETCH(bool, downFits);
        QFETCH(quint64, down);
        QFETCH(bool, upFits);
        QFETCH(quint64, up);
        QCOMPARE(mulDiv64(a, b, divisor, Rounding::down), downFits ? Quotient(down) : Quotient());
        QCOMPARE(mulDiv64(a, b, divisor, Rounding::up), upFits ? Quotient(up) : Quotient());
    }

    // q = ⌊ab / d⌋ is the only number with q × d ≤ a × b < (q + 1) × d.
    void mulDivDefinition() {
        CounterRng rng(64, RngPurpose::test, 0);
        int fitting = 0;
        for (int i = 0; i < 100'000; ++i) {
            const std::uint64_t a = randomWidth(rng);
            const std::uint64_t b = randomWidth(rng);
            const std::uint64_t divisor = randomWidth(rng) | 1;
            const Product product = schoolbook(a, b);
            const Quotient down = mulDiv64(a, b, divisor, Rounding::down);
            const Quotient up = mulDiv64(a, b, divisor, Rounding::up);
            // ab / d < 2^64 exactly where the product's upper half is below d.
            QCOMPARE(down.has_value(), product.high < divisor);
            if (!down) {
                QVERIFY(!up);
                continue;
            }
            ++fitting;
            const Product multiple = schoolbook(*down, divisor);
            QVERIFY(multiple <= product);
            QVERIFY(product < plus(multiple, divisor));
            if (multiple == product) {
                QCOMPARE(up, down);
            } else {
                QCOMPARE(up, *down == kMax ? Quotient() : Quotient(*down + 1));
            }
        }
        QVERIFY(fitting > 30'000);
    }

    void ceilDivAtTheEdges() {
        constexpr u128 max128 = ~u128{0};
        QVERIFY(ceilDiv(0, 5) == 0);
        QVERIFY(ceilDiv(5, 5) == 1);
        QVERIFY(ceilDiv(6, 5) == 2);
        QVERIFY(ceilDiv(max128, 1) == max128);
        QVERIFY(ceilDiv(max128, max128) == 1);
        QVERIFY(ceilDiv(max128, 2) == (u128{1} << 127));  // (numerator + 1) would wrap around
        QVERIFY(divRounded(9, 4, Rounding::down) == 2);
        QVERIFY(divRounded(9, 4, Rounding::up) == 3);
    }

    void fitsU64AtTheEdge() {
        QVERIFY(fitsU64(kMax));
        QVERIFY(!fitsU64(u128{kMax} + 1));
    }

    void checkedSums() {
        QCOMPARE(checkedAdd(kMax - 1, 1), Quotient(kMax));
        QCOMPARE(checkedAdd(kMax, 1), Quotient());
        QCOMPARE(checkedAdd(kMax, kMax), Quotient());
        QCOMPARE(checkedSub(5, 5), Quotient(0));
        QCOMPARE(checkedSub(5, 6), Quotient());
        QCOMPARE(checkedSub(kMax, 0), Quotient(kMax));
    }
};

QTEST_APPLESS_MAIN(IntegerTest)
#include "integer_test.moc"
