#include <QtTest>

#include <algorithm>
#include <cmath>

#include "../amm/random_pools.h"
#include "amm/pool.h"
#include "base/rng.h"
#include "routing/certificate.h"
#include "routing/fee_units.h"

using namespace oee;
using amm::Curve;
using amm::SwapDirection;
using routing::FeeUnits;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned kPools = 100;
#else
constexpr unsigned kPools = 4'000;
#endif
constexpr unsigned kSwaps = 60;
// Of what doubles are off, over some hundred segments.
constexpr double kPrecision = 1e-12;

std::uint64_t feeOnInput(const amm::SwapResult& swap) {
    return swap.feeSide == amm::FeeSide::input ? swap.feeRaw : swap.otherSideFeeRaw;
}

}  // namespace

// What is known of a pool's swaps where their fees are whole units.
class FeeUnitsTest : public QObject {
    Q_OBJECT

  private slots:
    // Every program's swaps, of all sizes: none is above the curve of any range that its fee is in.
    void noSwapIsAboveTheCurveOfItsFee_data() {
        QTest::addColumn<int>("program");
        for (std::size_t i = 0; i < test::programPools().size(); ++i) {
            QTest::addRow("%s",
                          std::string(domain::nameOf(test::programPools()[i].program)).c_str())
                << static_cast<int>(i);
        }
    }
    void noSwapIsAboveTheCurveOfItsFee() {
        QFETCH(int, program);
        const auto& pools = test::programPools()[static_cast<std::size_t>(program)];
        std::uint64_t judged = 0;
        std::uint64_t within = 0;
        std::uint64_t sharper = 0;
        for (unsigned seed = 0; seed < kPools; ++seed) {
            base::CounterRng rng(seed, base::RngPurpose::test, 21);
            const test::RandomPool random = pools.make(rng);
            const auto pool = amm::decodePool(random.address, random.accounts);
            if (!pool) {
                continue;
            }
            amm::SwapRequest request;
            request.direction = test::oneIn(rng, 2) ? SwapDirection::aToB : SwapDirection::bToA;
            const Curve curve = amm::curveOf(*pool, request.direction, random.clock);
            if (!routing::countsFeeUnits(curve)) {
                continue;
            }
            for (unsigned swap = 0; swap < kSwaps; ++swap) {
                request.amountRaw = test::logUniform(rng, 40);
                const auto quoted = amm::quote(*pool, request, random.clock);
                if (!quoted) {
                    continue;
                }
                ++judged;
                const std::uint64_t fee = feeOnInput(*quoted);
                const auto amount = static_cast<double>(request.amountRaw);
                within += amount <= curve.segments.front().capacityIn;
                for (const FeeUnits& units : {FeeUnits{fee, fee}, FeeUnits{fee / 2, fee},
                                              FeeUnits{fee, 2 * fee}, FeeUnits{0, fee + 1}}) {
                    const auto charged = routing::withFeeUnits(curve, units);
                    const auto paid = static_cast<double>(quoted->amountOutRaw);
                    const double most =
                        amm::outputOf(charged.curve, std::max(0.0, amount - charged.chargeRaw));
                    sharper += most < amm::outputOf(curve, amount) * (1 - kPrecision);
                    QVERIFY2(paid <= most * (1 + kPrecision),
                             qPrintable(QStringLiteral("pool %1: %2 pays %3 with a fee of %4, the "
                                                       "curve of %5 to %6 units says %7")
                                            .arg(seed)
                                            .arg(request.amountRaw)
                                            .arg(quoted->amountOutRaw)
                                            .arg(fee)
                                            .arg(units.least)
                                            .arg(units.most)
                                            .arg(most, 0, 'f', 6)));
                }
            }
        }
        qInfo("%llu swaps, %llu within their first segment, %llu curves sharper",
              static_cast<unsigned long long>(judged), static_cast<unsigned long long>(within),
              static_cast<unsigned long long>(sharper));
        // DAMM v1 rounds its fee down, so that its first units pay none.
        const bool counts = pools.program != domain::Program::meteoraDammV1;
        QVERIFY(counts ? judged > kPools : judged == 0);
    }

    void theFeeOfAFlowIsTold() {
        Curve curve;
        curve.segments = {{.price = 2, .curvature = 0, .keepIn = 0.99, .capacityIn = 1'000}};
        QVERIFY(std::abs(routing::feeBeyond(curve, {}, 250).value_or(0) - 2.5) < 1e-9);
        QVERIFY(!routing::feeBeyond(curve, {}, 1'001));
        // Three units are charged: up to 300 with them nothing more is paid.
        QVERIFY(!routing::feeBeyond(curve, {3, 9}, 290));
        QVERIFY(routing::feeBeyond(curve, {3, 9}, 347).has_value());
        const auto charged = routing::withFeeUnits(curve, {3, 9});
        QCOMPARE(charged.chargeRaw, 3.0);
        QVERIFY(std::abs(amm::outputOf(charged.curve, 297) - 594) < 1e-9);
        QVERIFY(std::abs(amm::outputOf(charged.curve, 397) - (594 + 198)) < 1e-9);
        QVERIFY(std::abs(amm::outputOf(charged.curve, 5'000) - 2 * 0.99 * 900) < 1e-9);
        QVERIFY(routing::withFeeUnits(curve, {0, 0}).curve.segments.empty());
        curve.segments.front().keepIn = 1;
        QVERIFY(!routing::countsFeeUnits(curve));
    }
};

QTEST_APPLESS_MAIN(FeeUnitsTest)
#include "fee_units_test.moc"
