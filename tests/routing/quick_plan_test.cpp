#include <QTest>

#include <algorithm>
#include <string>

#include "random_market.h"
#include "routing/network.h"
#include "routing/planner.h"

using namespace oee;
using routing::Plan;
using routing::PlanRequest;

namespace {

// Whether it sells the output or buys the input on its way.
bool passesAnEndTwice(const Plan& plan) {
    return std::any_of(plan.legs.begin(), plan.legs.end(), [&](const routing::PlanLeg& leg) {
        return leg.inputMint == plan.outputMint || leg.outputMint == plan.inputMint;
    });
}

}  // namespace

// Quick plans stop at a bound instead of searching: the bound must hold for what a search finds.
class QuickPlanTest : public QObject {
    Q_OBJECT

  private slots:
    void aThoroughPlanIsWithinTheBoundsOfTheQuickOne() {
        constexpr std::uint64_t kSeeds = 250;
        std::uint64_t compared = 0;
        std::uint64_t within = 0;
        std::uint64_t close = 0;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            const auto market = test::randomMarket({.seed = seed,
                                                    .tokens = 3 + seed % 5,
                                                    .pools = 6 + seed % 20,
                                                    .transferFees = seed % 4 == 0});
            const routing::Network network(market);
            routing::Planner planner(network);
            PlanRequest request;
            request.inputMint = test::randomMint(0);
            request.outputMint = test::randomMint(1);
            request.amountRaw = 50'000 * (1 + seed * seed);
            const auto free = planner.plan(request);
            if (!free) {
                continue;
            }
            for (const std::uint64_t share : {100U, 2'000U, 50'000U}) {
                request.legCostOutRaw = std::max<std::uint64_t>(free->amountOutRaw / share, 1);
                request.effort = routing::PlanEffort::quick;
                const auto quick = planner.plan(request);
                request.effort = routing::PlanEffort::thorough;
                const auto thorough = planner.plan(request);
                const std::string place = "seed " + std::to_string(seed) + ", leg cost " +
                                          std::to_string(request.legCostOutRaw);
                QVERIFY2(quick && thorough, place.c_str());
                QCOMPARE(test::whatIsWrongWith(*quick, *market), std::string());
                QVERIFY2(thorough->netOutRaw <= quick->boundRaw, place.c_str());
                QVERIFY2(quick->netOutRaw <= thorough->boundRaw, place.c_str());
                ++compared;
                const auto bound = quick->boundWithinHopsRaw;
                if (bound && !passesAnEndTwice(*thorough)) {
                    QVERIFY2(thorough->netOutRaw <= *bound, place.c_str());
                    ++within;
                }
                // What its effort promises, where it could be proved.
                const std::uint64_t least = bound.value_or(quick->boundRaw) - quick->netOutRaw;
                close += least <= std::max(request.legCostOutRaw, quick->netOutRaw / 100'000) + 1;
            }
        }
        qInfo("%llu plans, %llu of them with a bound within the hops, %llu proved",
              static_cast<unsigned long long>(compared), static_cast<unsigned long long>(within),
              static_cast<unsigned long long>(close));
        QVERIFY(compared > 600 && within > 20 && close * 10 > compared * 8);
    }
};

QTEST_GUILESS_MAIN(QuickPlanTest)
#include "quick_plan_test.moc"
