// The best plan within so many legs, compared with all of them.

#include <QtTest>

#include <bit>
#include <optional>

#include "random_market.h"
#include "routing/planner.h"
#include "seeded_case.h"

using namespace oee;
using routing::PlanRequest;
using routing::RouteMode;
using test::Case;
using test::planOn;

namespace {

constexpr std::size_t kPools = 10;

Case smallCase(std::uint64_t seed) {
    test::RandomMarketShape shape;
    shape.seed = seed;
    shape.tokens = 4;
    shape.pools = kPools;
    shape.priceNoise = 0.000'1;
    base::CounterRng rng(seed, base::RngPurpose::test, 10);
    Case result{test::randomMarket(shape), {}};
    result.request.inputMint = test::randomMint(0);
    result.request.outputMint = test::randomMint(1);
    result.request.amountRaw = static_cast<std::uint64_t>(std::pow(10.0, 7 + 3 * rng.unit()));
    return result;
}

std::uint64_t amountOf(const routing::Plan& plan) {
    return plan.mode == RouteMode::exactIn ? plan.amountOutRaw : plan.amountInRaw;
}

// How much less `plan` is worth than `best`, as a part of it.
double lostBy(const routing::Plan& plan, std::uint64_t best) {
    const double more = plan.mode == RouteMode::exactIn
                            ? static_cast<double>(best) - static_cast<double>(amountOf(plan))
                            : static_cast<double>(amountOf(plan)) - static_cast<double>(best);
    return more / static_cast<double>(best);
}

// The best of the plans on each choice of so many pools: with no more pools than legs the limit
// hardly ever binds, and where it does (a pool used twice) fewer pools are a choice of their own.
// Nothing where none takes the amount.
std::optional<std::uint64_t> bestOfAllChoices(const Case& what, std::uint32_t legs) {
    std::optional<std::uint64_t> best;
    for (std::uint32_t mask = 1; mask < 1u << what.market->pools.size(); ++mask) {
        if (static_cast<std::uint32_t>(std::popcount(mask)) > legs) {
            continue;
        }
        PlanRequest request = what.request;
        for (std::size_t pool = 0; pool < what.market->pools.size(); ++pool) {
            if ((mask >> pool & 1u) != 0) {
                request.onlyPools.push_back(what.market->pools[pool]->address);
            }
        }
        const auto plan = planOn(what.market, request);
        if (plan && plan->legs.size() <= legs && (!best || lostBy(*plan, *best) < 0)) {
            best = amountOf(*plan);
        }
    }
    return best;
}

}  // namespace

class LegLimitTest : public QObject {
    Q_OBJECT

  private slots:
    void noChoiceOfPoolsBringsMore_data() {
        QTest::addColumn<bool>("exactIn");
        QTest::newRow("exact in") << true;
        QTest::newRow("exact out") << false;
    }

    void noChoiceOfPoolsBringsMore() {
        QFETCH(const bool, exactIn);
        std::uint64_t bound = 0;
        std::uint64_t asked = 0;
        for (std::uint64_t seed = 1; seed <= test::kSmallNetworks; ++seed) {
            Case what = smallCase(seed);
            what.request.mode = exactIn ? RouteMode::exactIn : RouteMode::exactOut;
            for (const std::uint32_t legs : {1u, 2u, 3u}) {
                what.request.limits.maxLegs = legs;
                const auto plan = planOn(what.market, what.request);
                what.request.limits.maxLegs.reset();
                const auto best = bestOfAllChoices(what, legs);
                QCOMPARE(plan.has_value(), best.has_value());
                if (!plan) {
                    continue;
                }
                ++asked;
                QVERIFY(plan->legs.size() <= legs);
                QVERIFY(test::whatIsWrongWith(*plan, *what.market).empty());
                bound += plan->limits.legs ? 1U : 0U;
                const double lost = lostBy(*plan, *best);
                QVERIFY2(lost <= 1e-6, qPrintable(QStringLiteral("seed %1, %2 legs: %3 behind")
                                                      .arg(seed)
                                                      .arg(legs)
                                                      .arg(lost)));
            }
        }
        QVERIFY(bound > asked / 4);
    }
};

QTEST_APPLESS_MAIN(LegLimitTest)
#include "leg_limit_test.moc"
