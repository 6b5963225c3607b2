#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>

#include "random_market.h"
#include "routing/planner.h"
#include "seeded_case.h"
#include "slow_solver.h"
#include "support/market_fixture.h"

using namespace oee;
using routing::PlanRequest;
using routing::RouteMode;
using routing::RouteScope;
using test::Case;
using test::inputUnitsWorth;
using test::kNetworks;
using test::kSmallNetworks;
using test::planOn;
using test::seededCase;

namespace {

std::uint64_t bestSingleOutput(const Case& what) {
    std::uint64_t best = 0;
    for (const auto& pool : what.market->pools) {
        const auto direction = pool->directionFrom(what.request.inputMint);
        if (direction && pool->outputOf(*direction).mint == what.request.outputMint) {
            amm::SwapRequest swap;
            swap.direction = *direction;
            swap.amountRaw = what.request.amountRaw;
            const auto result = amm::quote(*pool, swap, what.market->clock);
            best = std::max<std::uint64_t>(best, result ? result->amountOutRaw : 0);
        }
    }
    return best;
}

}  // namespace

class RoutePlanTest : public QObject {
    Q_OBJECT

  private slots:
    void plansAreExecutableAndAsGoodAsTheirBounds() {
        std::uint64_t plans = 0;
        std::uint64_t limited = 0;
        for (std::uint64_t seed = 1; seed <= kNetworks; ++seed) {
            const Case what = seededCase(seed, 0.000'04);
            const auto plan = planOn(what.market, what.request);
            const std::string place = "seed " + std::to_string(seed);
            if (!plan) {
                // More than the pools can take: then the amount that is named does work.
                QVERIFY2(plan.error().error == routing::RoutingError::noLiquidity, place.c_str());
                QVERIFY2(plan.error().workingAmountRaw.has_value(), place.c_str());
                PlanRequest less = what.request;
                less.amountRaw = *plan.error().workingAmountRaw;
                QVERIFY2(planOn(what.market, less).has_value(), place.c_str());
                continue;
            }
            ++plans;
            const std::string wrong = test::whatIsWrongWith(*plan, *what.market);
            QVERIFY2(wrong.empty(), (place + ": " + wrong).c_str());
            QCOMPARE(plan->amountInRaw, what.request.amountRaw);
            QVERIFY2(plan->amountOutRaw >= bestSingleOutput(what), place.c_str());
            QVERIFY2(plan->boundRaw >= plan->amountOutRaw, place.c_str());
            limited += plan->limits.any();
            const auto gap = static_cast<double>(plan->boundRaw - plan->amountOutRaw);
            QVERIFY2(plan->gapPpb <= 1'000 || gap <= inputUnitsWorth(*plan),
                     qPrintable(QStringLiteral("seed %1: %2 legs bring %3, bound %4")
                                    .arg(seed)
                                    .arg(plan->legs.size())
                                    .arg(plan->amountOutRaw)
                                    .arg(plan->boundRaw)));
        }
        qInfo("%llu plans, %llu limited", static_cast<unsigned long long>(plans),
              static_cast<unsigned long long>(limited));
        QVERIFY(plans > kNetworks * 9 / 10);
        QCOMPARE(limited, std::uint64_t{0});
    }

    void exactOutBringsItForTheLeast() {
        std::uint64_t plans = 0;
        for (std::uint64_t seed = 1; seed <= kNetworks; ++seed) {
            Case what = seededCase(seed, 0.000'04);
            what.request.mode = RouteMode::exactOut;
            const auto plan = planOn(what.market, what.request);
            if (!plan) {
                continue;
            }
            ++plans;
            const std::string place = "seed " + std::to_string(seed);
            const std::string wrong = test::whatIsWrongWith(*plan, *what.market);
            QVERIFY2(wrong.empty(), (place + ": " + wrong).c_str());
            QVERIFY2(plan->amountOutRaw >= what.request.amountRaw, place.c_str());
            QVERIFY2(plan->boundRaw <= plan->amountInRaw, place.c_str());
            const double unit =
                static_cast<double>(plan->amountInRaw) / static_cast<double>(plan->amountOutRaw);
            const auto gap = static_cast<double>(plan->amountInRaw - plan->boundRaw);
            QVERIFY2(plan->gapPpb <= 1'000 || gap <= std::ceil(inputUnitsWorth(*plan) * unit),
                     qPrintable(QStringLiteral("seed %1: %2 legs take %3, bound %4")
                                    .arg(seed)
                                    .arg(plan->legs.size())
                                    .arg(plan->amountInRaw)
                                    .arg(plan->boundRaw)));
        }
        qInfo("%llu plans", static_cast<unsigned long long>(plans));
        QVERIFY(plans > kNetworks * 9 / 10);
    }

    // With prices that disagree there is arbitrage everywhere; and transfer fees, some capped.
    void boundsHoldWhereMarketsAreOdd() {
        for (std::uint64_t seed = 1; seed <= kNetworks / 10; ++seed) {
            for (const bool fees : {false, true}) {
                Case what = seededCase(seed, fees ? 0.000'04 : 0.003, fees);
                what.request.limits.maxHops = 3;
                const auto plan = planOn(what.market, what.request);
                if (!plan) {
                    continue;
                }
                const std::string wrong = test::whatIsWrongWith(*plan, *what.market);
                QVERIFY2(wrong.empty(), wrong.c_str());
                QVERIFY(plan->boundRaw >= plan->amountOutRaw);
                QVERIFY(plan->amountOutRaw >= bestSingleOutput(what));
            }
        }
    }

    void aSlowSolverFindsNothingBetter() {
        for (std::uint64_t seed = 1; seed <= kSmallNetworks; ++seed) {
            test::RandomMarketShape shape{.seed = seed, .tokens = 4, .pools = 7};
            shape.priceNoise = seed % 2 == 0 ? 0.000'05 : 0.002;
            const auto market = test::randomMarket(shape);
            PlanRequest request;
            request.inputMint = test::randomMint(0);
            request.outputMint = test::randomMint(1);
            request.amountRaw = 3'000'000 * seed;
            const auto plan = planOn(market, request);
            const std::uint64_t slow = test::slowBestOutput(
                *market, {request.inputMint, request.outputMint, request.amountRaw});
            if (!plan) {
                QCOMPARE(slow, std::uint64_t{0});
                continue;
            }
            QVERIFY(slow > 0);
            QVERIFY2(plan->boundRaw >= slow, std::to_string(seed).c_str());
            // The slow solver may be ahead by roundings only.
            const auto allowed = static_cast<double>(slow) * 1e-6 + inputUnitsWorth(*plan) + 1;
            QVERIFY2(static_cast<double>(plan->amountOutRaw) + allowed >= static_cast<double>(slow),
                     qPrintable(QStringLiteral("seed %1: %2, slow %3")
                                    .arg(seed)
                                    .arg(plan->amountOutRaw)
                                    .arg(slow)));
        }
    }

    void moreFreedomNeverPaysLess() {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            Case what = seededCase(seed, 0.000'3);
            std::uint64_t before = 0;
            for (const RouteScope scope :
                 {RouteScope::single, RouteScope::split, RouteScope::full}) {
                what.request.scope = scope;
                const auto plan = planOn(what.market, what.request);
                QVERIFY(plan || before == 0);
                if (plan) {
                    QVERIFY2(plan->amountOutRaw >= before, std::to_string(seed).c_str());
                    before = plan->amountOutRaw;
                    if (scope == RouteScope::single) {
                        QCOMPARE(plan->legs.size(), std::size_t{1});
                    }
                }
            }
        }
    }

    void shownPathsKeepTheHops() {
        std::array<std::size_t, 4> longest{};
        for (std::uint64_t seed = 1; seed <= 150; ++seed) {
            for (const std::uint32_t hops : {1u, 2u, 3u}) {
                Case what = seededCase(seed, 0.002);
                what.request.limits.maxHops = hops;
                const auto plan = planOn(what.market, what.request);
                double shares = plan ? 0 : 1;
                for (const auto& path : plan ? plan->paths : std::vector<routing::PlanPath>{}) {
                    QVERIFY2(path.legs.size() <= hops, std::to_string(seed).c_str());
                    longest[hops] = std::max(longest[hops], path.legs.size());
                    shares += path.share;
                }
                QVERIFY2(std::abs(shares - 1) < 1e-3,
                         qPrintable(QStringLiteral("seed %1, %2 hops: %3 of the input")
                                        .arg(seed)
                                        .arg(hops)
                                        .arg(shares)));
            }
        }
        QCOMPARE(longest, (std::array<std::size_t, 4>{0, 1, 2, 3}));
    }

    void refusalsSayWhatWouldWork() {
        const auto market = test::randomMarket({.seed = 3, .tokens = 5, .pools = 12});
        PlanRequest request;
        request.inputMint = test::randomMint(0);
        request.outputMint = domain::Pubkey{};
        request.amountRaw = 1'000'000;
        QVERIFY(planOn(market, request).error().error == routing::RoutingError::noPool);
        request.outputMint = test::randomMint(1);
        request.amountRaw = 0;
        QVERIFY(planOn(market, request).error().error == routing::RoutingError::amountTooSmall);
        request.mode = RouteMode::exactOut;
        request.amountRaw = std::uint64_t{1} << 62;
        const auto tooMuch = planOn(market, request);
        QVERIFY(!tooMuch && tooMuch.error().error == routing::RoutingError::noLiquidity);
        QVERIFY(tooMuch.error().workingAmountRaw.has_value());
        request.amountRaw = *tooMuch.error().workingAmountRaw;
        QVERIFY(planOn(market, request).has_value());
        request.excludedPools.reserve(market->pools.size());
        for (const auto& pool : market->pools) {
            request.excludedPools.push_back(pool->address);
        }
        QVERIFY(!planOn(market, request).has_value());
    }

    void aVenueIsKept() {
        const auto market = test::generatedMarket();
        PlanRequest request;
        request.inputMint = domain::solMint();
        request.outputMint = domain::usdcMint();
        request.amountRaw = 2'000'000'000'000;
        request.slippageBps = 50;
        const auto free = planOn(market, request);
        QVERIFY(free && free->legs.size() > 1);
        QCOMPARE(free->minimumOutRaw,
                 free->amountOutRaw - (free->amountOutRaw * 50 + 9'999) / 10'000);
        for (const domain::Venue venue : {domain::Venue::raydium, domain::Venue::meteora}) {
            request.venue = venue;
            const auto plan = planOn(market, request);
            QVERIFY(plan.has_value());
            QVERIFY(plan->amountOutRaw <= free->amountOutRaw);
            for (const auto& leg : plan->legs) {
                QVERIFY(domain::venueOf(leg.program) == venue);
            }
        }
        const std::string text = routing::describe(*free, *market->tokens);
        QVERIFY(text.find("SOL -> ") != std::string::npos);
        QVERIFY(text.find("bound ") != std::string::npos);
    }

    void aNetworkFollowsItsSnapshots() {
        const auto market = test::randomMarket({.seed = 5, .tokens = 4, .pools = 10});
        routing::Network network(market);
        PlanRequest request;
        request.inputMint = test::randomMint(0);
        request.outputMint = test::randomMint(1);
        request.amountRaw = 5'000'000;
        const auto before = routing::Planner(network).plan(request);
        QVERIFY(before.has_value());
        auto next = std::make_shared<amm::MarketSnapshot>(*market);
        for (const auto& leg : before->legs) {
            auto& pool = next->pools[next->pairs->positionOf(leg.pool)];
            amm::SwapRequest swap;
            swap.direction = leg.direction;
            swap.amountRaw = leg.swap.amountInRaw;
            pool = amm::apply(*pool, swap, next->clock)->pool;
        }
        network.update(next);
        const auto updated = routing::Planner(network).plan(request);
        const auto fresh = planOn(next, request);
        QVERIFY(updated && fresh);
        QCOMPARE(updated->amountOutRaw, fresh->amountOutRaw);
        QVERIFY(updated->amountOutRaw < before->amountOutRaw);
    }
};

QTEST_APPLESS_MAIN(RoutePlanTest)
#include "route_plan_test.moc"
