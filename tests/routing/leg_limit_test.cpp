// The best plan within so many legs, compared with all of them.

#include <QtTest>

#include <bit>

#include "random_market.h"
#include "routing/planner.h"
#include "seeded_case.h"

using namespace oee;
using routing::PlanRequest;
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

// The best of the plans on each choice of so many pools: with no more pools than legs the limit
// hardly ever binds, and where it does (a pool used twice) fewer pools are a choice of their own.
std::uint64_t bestOfAllChoices(const Case& what, std::uint32_t legs) {
    std::uint64_t best = 0;
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
        if (plan && plan->legs.size() <= legs) {
            best = std::max(best, plan->amountOutRaw);
        }
    }
    return best;
}

}  // namespace

class LegLimitTest : public QObject {
    Q_OBJECT

  private slots:
    void noChoiceOfPoolsBringsMore() {
        std::uint64_t bound = 0;
        std::uint64_t asked = 0;
        std::uint64_t behind = 0;
        double farthest = 0;
        for (std::uint64_t seed = 1; seed <= test::kSmallNetworks; ++seed) {
            Case what = smallCase(seed);
            for (const std::uint32_t legs : {1u, 2u, 3u}) {
                what.request.limits.maxLegs = legs;
                const auto plan = planOn(what.market, what.request);
                what.request.limits.maxLegs.reset();
                const std::uint64_t best = bestOfAllChoices(what, legs);
                if (!plan) {
                    QCOMPARE(best, std::uint64_t{0});
                    continue;
                }
                ++asked;
                QVERIFY(plan->legs.size() <= legs);
                QVERIFY(test::whatIsWrongWith(*plan, *what.market).empty());
                bound += plan->limits.legs ? 1U : 0U;
                if (best > plan->amountOutRaw) {
                    const auto lost =
                        static_cast<double>(best - plan->amountOutRaw) / static_cast<double>(best);
                    behind += lost > 1e-6 ? 1U : 0U;
                    farthest = std::max(farthest, lost);
                }
            }
        }
        QVERIFY(bound > asked / 4);
        // Legs are left out one after another, which is not always how the best choice is reached:
        // of 115 plans one is 2.4 millionths behind.
        QVERIFY(behind * 100 <= asked);
        QVERIFY(farthest <= 5e-6);
    }
};

QTEST_APPLESS_MAIN(LegLimitTest)
#include "leg_limit_test.moc"
