#include <QtTest>

#include <algorithm>

#include "amm/swap_footprint.h"
#include "random_market.h"
#include "routing/planner.h"
#include "seeded_case.h"
#include "slow_solver.h"

using namespace oee;
using routing::PlanRequest;
using routing::RouteScope;
using test::Case;
using test::inputUnitsWorth;
using test::kNetworks;
using test::kSmallNetworks;
using test::planOn;
using test::seededCase;

// Which legs are worth their cost, and which fit into the limits.
class LegChoiceTest : public QObject {
    Q_OBJECT

  private slots:
    void limitsAreKeptAndTheirCostIsTold() {
        std::uint64_t bound = 0;
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            Case what = seededCase(seed, 0.000'1);
            const auto free = planOn(what.market, what.request);
            for (const std::uint32_t legs : {1u, 2u, 4u}) {
                what.request.limits.maxLegs = legs;
                const auto plan = planOn(what.market, what.request);
                if (!plan) {
                    continue;
                }
                QVERIFY(plan->legs.size() <= legs);
                QVERIFY(test::whatIsWrongWith(*plan, *what.market).empty());
                QVERIFY(free && plan->amountOutRaw <= free->boundRaw);
                QVERIFY(plan->limits.unlimitedRaw >= plan->amountOutRaw);
                if (plan->limits.unlimitedRaw > plan->amountOutRaw) {
                    QVERIFY(plan->limits.any());
                    ++bound;
                }
            }
            what.request.limits.maxLegs.reset();
            what.request.limits.maxTransactionBytes = amm::kMaxTransactionBytes;
            what.request.limits.maxComputeUnits = amm::kMaxComputeUnits;
            if (const auto plan = planOn(what.market, what.request)) {
                QVERIFY(plan->transactionBytes <= amm::kMaxTransactionBytes);
                QVERIFY(plan->computeUnits <= amm::kMaxComputeUnits);
            }
            what.request.limits.maxHops = 1;
            if (const auto plan = planOn(what.market, what.request)) {
                for (const auto& leg : plan->legs) {
                    QVERIFY(leg.inputMint == what.request.inputMint);
                    QVERIFY(leg.outputMint == what.request.outputMint);
                }
            }
        }
        QVERIFY(bound > 10);
    }

    void legCostsAreWeighed() {
        std::uint64_t far = 0;
        std::uint64_t asked = 0;
        for (std::uint64_t seed = 1; seed <= kNetworks; ++seed) {
            const Case seeded = seededCase(seed, 0.000'04);
            const routing::Network network(seeded.market);
            routing::Planner planner(network);
            for (const RouteScope scope : {RouteScope::split, RouteScope::full}) {
                PlanRequest request = seeded.request;
                request.scope = scope;
                const auto free = planner.plan(request);
                if (!free || free->amountOutRaw < 10'000) {
                    continue;
                }
                const std::uint64_t cost = free->amountOutRaw / 5'000;
                request.legCostOutRaw = cost;
                const auto plan = planner.plan(request);
                QVERIFY(plan.has_value());
                QCOMPARE(plan->networkCostOutRaw, cost * plan->legs.size());
                QVERIFY(plan->boundRaw >= plan->netOutRaw);
                const std::uint64_t freeNet =
                    free->amountOutRaw - std::min(free->amountOutRaw, cost * free->legs.size());
                QVERIFY(plan->netOutRaw >= freeNet);
                ++asked;
                request.scope = RouteScope::single;
                if (const auto single = planner.plan(request)) {
                    QVERIFY(plan->netOutRaw >= single->netOutRaw);
                }
                const std::uint64_t gap = plan->boundRaw - plan->netOutRaw;
                const auto rounding = static_cast<std::uint64_t>(inputUnitsWorth(*plan)) + 2;
                if (gap > 2 * cost + rounding) {
                    ++far;
                    qInfo("seed %llu %s: %llu legs, gap of %.2f leg costs",
                          static_cast<unsigned long long>(seed),
                          scope == RouteScope::full ? "full" : "split",
                          static_cast<unsigned long long>(plan->legs.size()),
                          static_cast<double>(gap) / static_cast<double>(cost));
                }
            }
        }
        QCOMPARE(far, std::uint64_t{0});
        QVERIFY(asked > kNetworks);
    }

    void legCostsAreWeighedForExactOutputs() {
        std::uint64_t asked = 0;
        for (std::uint64_t seed = 1; seed <= kNetworks; ++seed) {
            const Case seeded = seededCase(seed, 0.000'04);
            const routing::Network network(seeded.market);
            routing::Planner planner(network);
            for (const RouteScope scope : {RouteScope::split, RouteScope::full}) {
                PlanRequest request = seeded.request;
                request.scope = scope;
                request.mode = routing::RouteMode::exactOut;
                const auto free = planner.plan(request);
                if (!free || free->amountOutRaw < 10'000) {
                    continue;
                }
                ++asked;
                const std::uint64_t cost = free->amountOutRaw / 5'000;
                request.legCostOutRaw = cost;
                const auto plan = planner.plan(request);
                QVERIFY(plan.has_value());
                QVERIFY(plan->amountOutRaw >= request.amountRaw);
                QVERIFY(plan->boundRaw <= plan->amountInRaw);
                // At the price of the order's last unit.
                request.legCostOutRaw = 0;
                request.amountRaw += request.amountRaw / 100;
                const auto dearer = planner.plan(request);
                if (!dearer || dearer->amountOutRaw == free->amountOutRaw) {
                    continue;
                }
                const double costIn =
                    static_cast<double>(cost) *
                    static_cast<double>(dearer->amountInRaw - free->amountInRaw) /
                    static_cast<double>(dearer->amountOutRaw - free->amountOutRaw);
                const auto legs = static_cast<double>(plan->legs.size());
                const auto freeLegs = static_cast<double>(free->legs.size());
                QVERIFY(legs <= freeLegs || plan->amountInRaw <= free->amountInRaw);
                // The planner's price of the last unit is not to the digit the test's.
                const double spent = static_cast<double>(plan->amountInRaw) + costIn * legs;
                const double freeSpent = static_cast<double>(free->amountInRaw) + costIn * freeLegs;
                QVERIFY(spent <= freeSpent + 0.01 * costIn * std::abs(freeLegs - legs) + 1);
                const auto gap = static_cast<double>(plan->amountInRaw - plan->boundRaw);
                const double unit = static_cast<double>(plan->amountInRaw) /
                                    static_cast<double>(plan->amountOutRaw);
                const double allowed = 2 * costIn + (inputUnitsWorth(*plan) + 1) * unit + 2;
                QVERIFY2(gap <= allowed, qPrintable(QStringLiteral("seed %1: gap %2, allowed %3")
                                                        .arg(seed)
                                                        .arg(gap)
                                                        .arg(allowed)));
            }
        }
        QVERIFY(asked > kNetworks);
    }

    // Every choice of a small market's pools, each by the slow solver.
    void aSlowSolverPaysForNoBetterLegs() {
        std::uint64_t asked = 0;
        for (std::uint64_t seed = 1; seed <= kSmallNetworks / 4; ++seed) {
            const auto market = test::randomMarket({.seed = seed, .tokens = 4, .pools = 6});
            PlanRequest request;
            request.inputMint = test::randomMint(0);
            request.outputMint = test::randomMint(1);
            request.amountRaw = 40'000'000 * seed;
            const auto free = planOn(market, request);
            if (!free) {
                continue;
            }
            ++asked;
            const std::uint64_t cost = free->amountOutRaw / 3'000;
            request.legCostOutRaw = cost;
            const auto plan = planOn(market, request);
            QVERIFY(plan.has_value());
            std::uint64_t best = 0;
            for (std::uint32_t mask = 1; mask < 64; ++mask) {
                amm::MarketSnapshot part = *market;
                part.pools.clear();
                for (std::size_t i = 0; i < market->pools.size(); ++i) {
                    if ((mask >> i & 1u) != 0) {
                        part.pools.push_back(market->pools[i]);
                    }
                }
                const std::uint64_t out = test::slowBestOutput(
                    part, {request.inputMint, request.outputMint, request.amountRaw, 3, 60});
                const std::uint64_t costs = cost * part.pools.size();
                best = std::max(best, out - std::min(out, costs));
            }
            QVERIFY2(plan->boundRaw >= best, std::to_string(seed).c_str());
            const double allowed = static_cast<double>(best) * 1e-6 + inputUnitsWorth(*plan) + 1;
            QVERIFY2(static_cast<double>(plan->netOutRaw) + allowed >= static_cast<double>(best),
                     qPrintable(QStringLiteral("seed %1: %2 net, slow %3, cost %4")
                                    .arg(seed)
                                    .arg(plan->netOutRaw)
                                    .arg(best)
                                    .arg(cost)));
        }
        QVERIFY(asked >= kSmallNetworks / 8);
    }

    // Few pools: every choice of as many as are allowed.
    void fewLegsAreTheBestFew() {
        const auto market = test::randomMarket({.seed = 11, .tokens = 2, .pools = 6});
        PlanRequest request;
        request.inputMint = test::randomMint(0);
        request.outputMint = test::randomMint(1);
        request.scope = RouteScope::split;
        for (const std::uint64_t amount : {30'000'000ull, 3'000'000'000ull, 300'000'000'000ull}) {
            request.amountRaw = amount;
            request.limits.maxLegs = 2;
            request.onlyPools.clear();
            const auto plan = planOn(market, request);
            QVERIFY(plan.has_value());
            request.limits.maxLegs.reset();
            for (std::size_t a = 0; a < 6; ++a) {
                for (std::size_t b = 0; b < a; ++b) {
                    request.onlyPools = {market->pools[a]->address, market->pools[b]->address};
                    const auto pair = planOn(market, request);
                    QVERIFY(!pair || pair->amountOutRaw <= plan->amountOutRaw);
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(LegChoiceTest)
#include "leg_choice_test.moc"
