// 256-bit arithmetic against Boost.Multiprecision.

#include <array>
#include <optional>

#include <QTest>
#include <boost/multiprecision/cpp_int.hpp>

#include "base/rng.h"
#include "base/wide_integer.h"

using boost::multiprecision::cpp_int;
using oee::base::CounterRng;
using oee::base::Rounding;
using oee::base::u128;
using oee::base::u256;

namespace {

constexpr int kRandomCases = 200'000;
constexpr int kSlowRandomCases = 60'000;

cpp_int bigOf(u128 value) {
    return (cpp_int(oee::base::highHalf(value)) << 64) + oee::base::lowHalf(value);
}
cpp_int bigOf(const u256& value) {
    return (bigOf(value.high) << 128) + bigOf(value.low);
}

const cpp_int& limit128() {
    static const cpp_int limit = cpp_int(1) << 128;
    return limit;
}
const cpp_int& limit256() {
    static const cpp_int limit = cpp_int(1) << 256;
    return limit;
}

// Hexadecimal: quick to make.
QByteArray text(const cpp_int& value) {
    return QByteArray::fromStdString(value.str(0, std::ios_base::hex));
}

// Empty optionals stand for "refused".
template <typename T>
QByteArray text(const std::optional<T>& value) {
    return value ? text(bigOf(*value)) : QByteArray("none");
}

QByteArray expected(const cpp_int& value, const cpp_int& limit) {
    return value >= 0 && value < limit ? text(value) : QByteArray("none");
}

cpp_int divided(const cpp_int& numerator, const cpp_int& divisor, Rounding rounding) {
    const cpp_int quotient = numerator / divisor;
    const bool up = rounding == Rounding::up && quotient * divisor != numerator;
    return up ? quotient + 1 : quotient;
}

// The number of bits is uniform, so that every size meets every other; one in eight is all ones,
// a power of two, or next to one: where carries and quotient estimates go wrong.
u256 randomWide(CounterRng& rng, unsigned maxBits) {
    const auto bits = static_cast<unsigned>(rng.below(maxBits + 1));
    if (bits == 0) {
        return {};
    }
    const u256 power = oee::base::shiftLeft(u256{1}, bits - 1);
    switch (rng.below(24)) {
        case 0:
            return power;
        case 1:
            return *oee::base::checkedSub(power, u256{1});
        case 2:
            return bits < maxBits ? *oee::base::checkedAdd(power, u256{1}) : power;
        default:
            break;
    }
    u256 value;
    value.low = (static_cast<u128>(rng.nextU64()) << 64) | rng.nextU64();
    value.high = (static_cast<u128>(rng.nextU64()) << 64) | rng.nextU64();
    value = oee::base::shiftRight(value, 256 - bits);
    return bits == 256 || value >= power ? value : *oee::base::checkedAdd(value, power);
}

u128 random128(CounterRng& rng) {
    return randomWide(rng, 128).low;
}

const std::array<u128, 9>& edges() {
    static const std::array<u128, 9> values{
        0,
        1,
        2,
        ~std::uint64_t{0},
        static_cast<u128>(1) << 64,
        (static_cast<u128>(1) << 64) + 1,
        static_cast<u128>(1) << 127,
        oee::base::kMaxU128 - 1,
        oee::base::kMaxU128,
    };
    return values;
}

}  // namespace

class WideIntegerTest : public QObject {
    Q_OBJECT

  private:
    static void check128(u128 a, u128 b, u128 divisor, unsigned shift, Rounding rounding);
    static void check256(const u256& a, const u256& b, u128 factor, unsigned shift);

  private slots:
    void randomMulDiv();
    void randomWideOperations();
    void randomIsqrt();
    void everyPairOfEdges();
    void knuthAddBack();
    void constantExpressions();
};

void WideIntegerTest::check128(u128 a, u128 b, u128 divisor, unsigned shift, Rounding rounding) {
    const cpp_int product = bigOf(a) * bigOf(b);
    QCOMPARE(text(bigOf(oee::base::mulWide(a, b))), text(product));
    QCOMPARE(text(oee::base::mulDiv128(a, b, divisor, rounding)),
             divisor == 0 ? QByteArray("none")
                          : expected(divided(product, bigOf(divisor), rounding), limit128()));
    QCOMPARE(text(oee::base::mulShr128(a, b, shift, rounding)),
             expected(divided(product, cpp_int(1) << shift, rounding), limit128()));
    const unsigned leftShift = shift % 129;
    QCOMPARE(text(oee::base::shlDiv128(a, leftShift, divisor, rounding)),
             divisor == 0
                 ? QByteArray("none")
                 : expected(divided(bigOf(a) << leftShift, bigOf(divisor), rounding), limit128()));
}

void WideIntegerTest::check256(const u256& a, const u256& b, u128 factor, unsigned shift) {
    const cpp_int bigA = bigOf(a);
    const cpp_int bigB = bigOf(b);
    QCOMPARE(a < b, bigA < bigB);
    QCOMPARE(a == b, bigA == bigB);
    QCOMPARE(text(oee::base::checkedAdd(a, b)), expected(bigA + bigB, limit256()));
    QCOMPARE(text(oee::base::checkedSub(a, b)), expected(bigA - bigB, limit256()));
    QCOMPARE(text(oee::base::checkedMul(a, factor)), expected(bigA * bigOf(factor), limit256()));
    QCOMPARE(text(bigOf(oee::base::shiftLeft(a, shift))), text((bigA << shift) % limit256()));
    QCOMPARE(text(bigOf(oee::base::shiftRight(a, shift))), text(bigA >> shift));
    const auto division = oee::base::divRem(a, b);
    QCOMPARE(division.has_value(), bigB != 0);
    for (const Rounding rounding : {Rounding::down, Rounding::up}) {
        const auto rounded = oee::base::divRounded(a, b, rounding);
        const auto narrow = oee::base::divTo128(a, b.low, rounding);
        QCOMPARE(text(rounded),
                 bigB == 0 ? QByteArray("none") : text(divided(bigA, bigB, rounding)));
        QCOMPARE(text(narrow), b.low == 0
                                   ? QByteArray("none")
                                   : expected(divided(bigA, bigOf(b.low), rounding), limit128()));
    }
    if (division) {
        QCOMPARE(text(bigOf(division->quotient)), text(bigA / bigB));
        QCOMPARE(text(bigOf(division->remainder)), text(bigA % bigB));
    }
}

void WideIntegerTest::randomMulDiv() {
    CounterRng rng(20'240'808, oee::base::RngPurpose::test, 1);
    for (int i = 0; i < kRandomCases; ++i) {
        const u128 a = random128(rng);
        const u128 b = random128(rng);
        const auto shift = static_cast<unsigned>(rng.below(256));
        const u128 divisor = random128(rng);
        const Rounding rounding = i % 2 == 0 ? Rounding::down : Rounding::up;
        check128(a, b, divisor, shift, rounding);
        if (QTest::currentTestFailed()) {
            return;
        }
    }
}

void WideIntegerTest::randomWideOperations() {
    CounterRng rng(20'240'808, oee::base::RngPurpose::test, 2);
    for (int i = 0; i < kSlowRandomCases; ++i) {
        const u256 a = randomWide(rng, 256);
        const u256 b = randomWide(rng, 256);
        check256(a, b, random128(rng), static_cast<unsigned>(rng.below(256)));
        if (QTest::currentTestFailed()) {
            return;
        }
    }
}

void WideIntegerTest::randomIsqrt() {
    CounterRng rng(20'240'808, oee::base::RngPurpose::test, 3);
    for (int i = 0; i < kSlowRandomCases; ++i) {
        u256 value = randomWide(rng, 256);
        if (i % 4 == 0) {  // squares, and the numbers below them
            const u128 root = random128(rng);
            value = oee::base::mulWide(root, root);
            if (i % 8 == 0 && root != 0) {
                value = *oee::base::checkedSub(value, u256{1});
            }
        }
        QCOMPARE(text(bigOf(oee::base::isqrt(value))),
                 text(boost::multiprecision::sqrt(bigOf(value))));
    }
    QCOMPARE(text(bigOf(oee::base::isqrt(u256{oee::base::kMaxU128, oee::base::kMaxU128}))),
             text(limit128() - 1));
}

void WideIntegerTest::everyPairOfEdges() {
    for (const u128 a : edges()) {
        for (const u128 b : edges()) {
            for (const u128 c : edges()) {
                for (const unsigned shift : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 129U, 255U}) {
                    check128(a, b, c, shift, Rounding::down);
                    check128(a, b, c, shift, Rounding::up);
                    check256(u256{a, b}, u256{c, a}, b, shift);
                    check256(u256{a, b}, u256{0, c}, a, shift);
                    if (QTest::currentTestFailed()) {
                        return;
                    }
                }
            }
        }
    }
}

// Divisions whose quotient digit is estimated one too high, so that the divisor is added back:
// rarer than one in 2^62 at random. Hacker's Delight, divmnu tests, scaled to 64-bit digits.
void WideIntegerTest::knuthAddBack() {
    const u128 top = static_cast<u128>(1) << 127;
    const std::array<std::array<u256, 2>, 4> cases{{
        {u256{top, 0}, u256{0, top + 1}},
        {u256{top - 1, oee::base::kMaxU128}, u256{0, top | ~std::uint64_t{0}}},
        {u256{top, 3}, u256{(static_cast<u128>(1) << 61), 1}},
        {u256{(static_cast<u128>(0x7fffffffffffffff) << 64) | (std::uint64_t{1} << 63), 0},
         u256{std::uint64_t{1} << 63, 1}},
    }};
    for (const auto& [numerator, divisor] : cases) {
        check256(numerator, divisor, 1, 0);
    }
}

void WideIntegerTest::constantExpressions() {
    static_assert(oee::base::mulWide(oee::base::kMaxU128, oee::base::kMaxU128) ==
                  u256{oee::base::kMaxU128 - 1, 1});
    static_assert(oee::base::mulShr128(3, 1, 1, Rounding::up) == 2);
    static_assert(oee::base::mulShr128(3, 1, 1, Rounding::down) == 1);
    static_assert(!oee::base::checkedSub(u256{1}, u256{2}));
    static_assert(u256(1, 0) > u256(0, oee::base::kMaxU128));
}

QTEST_GUILESS_MAIN(WideIntegerTest)
#include "wide_integer_test.moc"
