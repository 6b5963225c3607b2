// Our own exp, log and draws, against the C library's and against their distributions.

#include <bit>
#include <cmath>

#include <QtTest>

#include "chain/real.h"

using namespace oee;

namespace {

double relativeError(double found, double expected) {
    return std::abs(found - expected) / std::max(std::abs(expected), 1e-300);
}

}  // namespace

class RealTest : public QObject {
    Q_OBJECT

  private slots:
    void expAndLogAreThoseOfTheLibraryToTheLastBits() {
        base::CounterRng rng(1, base::RngPurpose::test, 1);
        for (int i = 0; i < 200'000; ++i) {
            const double x = (rng.unit() * 2 - 1) * (i % 2 == 0 ? 600 : 1);
            QVERIFY2(relativeError(chain::expOf(x), std::exp(x)) < 5e-16,
                     qPrintable(QString::number(x, 'g', 17)));
            const double y = std::exp(x);
            QVERIFY2(std::abs(chain::logOf(y) - std::log(y)) <=
                         5e-16 * std::max(1e-3, std::abs(std::log(y))),
                     qPrintable(QString::number(y, 'g', 17)));
        }
        QCOMPARE(chain::expOf(0), 1.0);
        QCOMPARE(chain::logOf(1), 0.0);
        QCOMPARE(chain::expOf(1e9), chain::expOf(700));
    }

    // The bits themselves: another compiler, another build, another machine has the same.
    void theBitsAreTheSameEverywhere() {
        base::CounterRng rng(3, base::RngPurpose::test, 3);
        std::uint64_t digest = 0xcbf29ce484222325ULL;
        for (int i = 0; i < 10'000; ++i) {
            const double normal = chain::drawNormal(rng);
            const double exponential = chain::drawExponential(rng);
            for (const double value : {normal, exponential, chain::expOf(100 * normal)}) {
                digest = (digest ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001b3ULL;
            }
        }
        QCOMPARE(digest, std::uint64_t{15'572'774'079'865'164'777U});
    }

    // Means of 400,000 draws: their standard errors are 0.0016 and less.
    void drawsHaveTheirMoments() {
        constexpr int kDraws = 400'000;
        base::CounterRng rng(2, base::RngPurpose::test, 2);
        std::array<double, 4> moments{};
        int beyondTwo = 0;
        double exponential = 0;
        double poisson = 0;
        double poissonSquares = 0;
        int chances = 0;
        for (int i = 0; i < kDraws; ++i) {
            const double normal = chain::drawNormal(rng);
            double power = 1;
            for (double& moment : moments) {
                power *= normal;
                moment += power / kDraws;
            }
            beyondTwo += std::abs(normal) > 2 ? 1 : 0;
            exponential += chain::drawExponential(rng) / kDraws;
            const double count = chain::drawPoisson(rng, 2.5);
            poisson += count / kDraws;
            poissonSquares += count * count / kDraws;
            chances += chain::drawChance(rng, 70'000) ? 1 : 0;
        }
        QVERIFY(std::abs(moments[0]) < 0.008);
        QVERIFY(std::abs(moments[1] - 1) < 0.012);
        QVERIFY(std::abs(moments[2]) < 0.03);
        QVERIFY(std::abs(moments[3] - 3) < 0.08);
        QVERIFY(std::abs(beyondTwo / double(kDraws) - 0.0455) < 0.0017);
        QVERIFY(std::abs(exponential - 1) < 0.008);
        QVERIFY(std::abs(poisson - 2.5) < 0.013);
        QVERIFY(std::abs(poissonSquares - poisson * poisson - 2.5) < 0.03);
        QVERIFY(std::abs(chances / double(kDraws) - 0.07) < 0.002);
        QVERIFY(!chain::drawChance(rng, 0));
        QVERIFY(chain::drawChance(rng, 1'000'000));
    }
};

QTEST_APPLESS_MAIN(RealTest)
#include "real_test.moc"
