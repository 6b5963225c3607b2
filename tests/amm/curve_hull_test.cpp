// concaveHull() and the arithmetic of single segments.

#include <cmath>

#include <QTest>

#include "amm/curve.h"
#include "base/rng.h"

using namespace oee;
using amm::Curve;
using amm::CurveSegment;

namespace {

bool near(double a, double b, double precision = 1e-12) {
    return std::abs(a - b) <= precision * std::max(std::abs(a), std::abs(b));
}

CurveSegment drawSegment(base::CounterRng& rng) {
    CurveSegment segment;
    segment.price = 1 + rng.unit() / (1 + static_cast<double>(rng.below(100)));
    segment.curvature = rng.below(3) == 0 ? 0 : rng.unit() / 1e4;
    segment.keepIn = 1 - rng.unit() / 20;
    segment.keepOut = 1 - rng.unit() / 20;
    segment.capacityIn = 1 + 1e3 * rng.unit();
    return segment;
}

}  // namespace

class CurveHullTest : public QObject {
    Q_OBJECT

  private slots:
    void segmentsAreCutWithoutLoss();
    void rangesAreConstantProducts();
    void transferFeesAreCapped();
    void hullIsTheLeast();
    void concaveCurvesStay();
};

void CurveHullTest::segmentsAreCutWithoutLoss() {
    base::CounterRng rng(1, base::RngPurpose::test, 1);
    for (int i = 0; i < 1'000; ++i) {
        const CurveSegment whole = drawSegment(rng);
        const double first = whole.capacityIn * rng.unit();
        const CurveSegment rest = restOf(whole, first);
        QVERIFY(near(outputOf(whole, first) + outputOf(rest, rest.capacityIn),
                     outputOf(whole, whole.capacityIn)));
        QVERIFY(near(marginalOf(rest, 0), marginalOf(whole, first)));
        // The derivative, by differences.
        const double step = 1e-4 * (1 + first);
        QVERIFY(near(marginalOf(whole, first),
                     (outputOf(whole, first + step) - outputOf(whole, first - step)) / (2 * step),
                     1e-7));
    }
}

// L = 10^9 from price 4 to price 1: L · (1/1 − 1/2) of A comes in and L · (2 − 1) of B goes out.
void CurveHullTest::rangesAreConstantProducts() {
    const auto root = [](unsigned value) { return static_cast<base::u128>(value) << 64; };
    const CurveSegment falls = amm::rangeSegment(1e9, {root(2), root(1)});
    QVERIFY(near(falls.price, 4));
    QVERIFY(near(falls.capacityIn, 5e8));
    QVERIFY(near(outputOf(falls, 5e8), 1e9));
    QVERIFY(near(marginalOf(falls, 5e8), 1));
    const CurveSegment rises = withFee(amm::rangeSegment(1e9, {root(1), root(2)}),
                                       amm::FeeSide::input, {.parts = 1, .whole = 5});
    QVERIFY(near(rises.price, 1));
    QVERIFY(near(rises.capacityIn, 1e9 / 0.8));
    QVERIFY(near(outputOf(rises, 1e9 / 0.8), 5e8));
    QVERIFY(near(marginalOf(rises, 1e9 / 0.8), 0.25 * 0.8));
}

void CurveHullTest::transferFeesAreCapped() {
    Curve curve;
    curve.segments = {amm::constantPriceSegment(2, 2'000)};  // takes 1,000
    curve.transferFeeIn = {.maximumRaw = 5, .basisPoints = 1'000};
    curve.transferFeeOut = {.maximumRaw = 10, .basisPoints = 100};
    QVERIFY(near(outputOf(curve, 10), 18 * 0.99));
    QVERIFY(near(outputOf(curve, 105), 200 - 2));
    QVERIFY(near(outputOf(curve, 1'005), 2'000 - 10));
    QVERIFY(near(outputOf(curve, 9'999), 2'000 - 10));
    QCOMPARE(outputOf(Curve{}, 1'000), 0.0);
}

// Concave, on the segments but for the bridges, and on them at the bridges' ends: there is no other
// such curve.
void CurveHullTest::hullIsTheLeast() {
    base::CounterRng rng(2, base::RngPurpose::test, 2);
    int bridges = 0;
    for (int round = 0; round < 1'000; ++round) {
        Curve raw;
        for (std::uint64_t count = 1 + rng.below(12); count > 0; --count) {
            raw.segments.push_back(drawSegment(rng));
        }
        Curve hull;
        hull.segments = amm::concaveHull(raw.segments);
        double end = 0;
        double slope = std::numeric_limits<double>::infinity();
        for (const CurveSegment& piece : hull.segments) {
            QVERIFY(marginalOf(piece, 0) <= slope * (1 + 1e-11));
            slope = marginalOf(piece, piece.capacityIn);
            const double middle = end + piece.capacityIn / 2;
            end += piece.capacityIn;
            QVERIFY(near(outputOf(hull, end), outputOf(raw, end)));
            if (piece.isBridge) {
                ++bridges;
                QVERIFY(outputOf(hull, middle) >= outputOf(raw, middle) * (1 - 1e-12));
            } else {
                QVERIFY(near(outputOf(hull, middle), outputOf(raw, middle)));
            }
        }
        double capacity = 0;
        for (const CurveSegment& segment : raw.segments) {
            capacity += segment.capacityIn;
        }
        QVERIFY(near(end, capacity));
    }
    QVERIFY(bridges > 1'000);
}

void CurveHullTest::concaveCurvesStay() {
    base::CounterRng rng(3, base::RngPurpose::test, 3);
    std::vector<CurveSegment> raw{drawSegment(rng)};
    while (raw.size() < 20) {
        CurveSegment next = drawSegment(rng);
        const double end = marginalOf(raw.back(), raw.back().capacityIn);
        next.price = end / (next.keepIn * next.keepOut) * (1 - rng.unit() / 100);
        raw.push_back(next);
    }
    const auto hull = amm::concaveHull(raw);
    QCOMPARE(hull.size(), raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        QCOMPARE(hull[i].price, raw[i].price);
        QCOMPARE(hull[i].capacityIn, raw[i].capacityIn);
        QVERIFY(!hull[i].isBridge);
    }
}

QTEST_APPLESS_MAIN(CurveHullTest)
#include "curve_hull_test.moc"
