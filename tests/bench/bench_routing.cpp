#include <algorithm>
#include <array>
#include <vector>

#include <QJsonArray>

#include "bench/bench.h"
#include "routing/planner.h"
#include "routing/random_market.h"

namespace oee::bench {
namespace {

using routing::RouteScope;

constexpr std::size_t kRequests = 64;

struct Setting {
    test::RandomMarketShape shape;
    RouteScope scope = RouteScope::full;
    std::uint64_t firstAmountRaw = 10'000'000'000;
};

struct Measured {
    Timing timing;
    Timing quotes;  // of the plans' legs by themselves: what exactness costs
    double legs = 0;
    double gapPpb = 0;  // the widest
};

// Whole plans: search, certificate, exact quotes of the legs, paths, fees. Amounts change from call
// to call; curves are prepared, as they are once a slot.
Measured measure(const Setting& setting) {
    const auto market = test::randomMarket(setting.shape);
    const routing::Network network(market);
    routing::Planner planner(network);
    std::vector<routing::PlanRequest> requests(kRequests);
    std::vector<routing::Plan> plans;
    Measured measured;
    for (std::size_t i = 0; i < kRequests; ++i) {
        requests[i].inputMint = test::randomMint(0);
        requests[i].outputMint = test::randomMint(1);
        requests[i].scope = setting.scope;
        requests[i].amountRaw = setting.firstAmountRaw / 10 * (10 + i);
        const auto plan = planner.plan(requests[i]);
        require(plan.has_value(), QStringLiteral("a request of the benchmark has no plan"));
        plans.push_back(*plan);
        measured.legs += static_cast<double>(plan->legs.size()) / kRequests;
        measured.gapPpb = std::max(measured.gapPpb, static_cast<double>(plan->gapPpb));
    }
    measured.timing = timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(planner.plan(requests[i % kRequests]));
        }
    });
    measured.quotes = timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            for (const routing::PlanLeg& leg : plans[i % kRequests].legs) {
                amm::SwapRequest swap;
                swap.direction = leg.direction;
                swap.amountRaw = leg.swap.amountInRaw;
                const amm::Pool& pool = *market->pools[market->pairs->positionOf(leg.pool)];
                doNotOptimize(amm::quote(pool, swap, market->clock));
            }
        }
    });
    return measured;
}

test::RandomMarketShape shapeOf(std::size_t tokens, std::size_t pools) {
    test::RandomMarketShape shape;
    shape.seed = 7;
    shape.tokens = tokens;
    shape.pools = pools;
    shape.priceNoise = 0.000'04;
    return shape;
}

}  // namespace

void benchRouting(QJsonObject& result) {
    const auto add = [&](const QString& key, const QString& what, const Setting& setting) {
        const Measured measured = measure(setting);
        addTiming(result, key,
                  what + QStringLiteral(", %1 legs, of which quotes %2 ns")
                             .arg(measured.legs, 0, 'f', 1)
                             .arg(measured.quotes.medianNanos, 0, 'f', 0),
                  measured.timing);
        return measured;
    };
    add(QStringLiteral("single-8"), QStringLiteral("best single pool of 8"),
        {shapeOf(2, 8), RouteScope::single});
    auto two = shapeOf(2, 2);
    two.constantProductOnly = true;
    add(QStringLiteral("split-2"), QStringLiteral("split over 2 constant-product pools"),
        {two, RouteScope::split});
    add(QStringLiteral("split-8"), QStringLiteral("split over 8 mixed pools"),
        {shapeOf(2, 8), RouteScope::split});
    add(QStringLiteral("split-100"), QStringLiteral("split over 100 mixed pools"),
        {shapeOf(2, 100), RouteScope::split, 1'000'000'000'000});
    // The series behind the plot: cost against the number of pools, ten pools a token.
    QJsonArray series;
    for (const std::size_t pools : {10u, 30u, 100u, 300u, 1'000u}) {
        const std::size_t tokens = std::max<std::size_t>(4, pools / 10);
        const Measured measured =
            add(QStringLiteral("full-%1").arg(pools),
                QStringLiteral("full routing, %1 pools, %2 tokens, 3 hops").arg(pools).arg(tokens),
                {shapeOf(tokens, pools), RouteScope::full});
        series.append(QJsonObject{{"pools", static_cast<qint64>(pools)},
                                  {"tokens", static_cast<qint64>(tokens)},
                                  {"medianMicros", measured.timing.medianNanos / 1'000},
                                  {"quotesMicros", measured.quotes.medianNanos / 1'000},
                                  {"legs", measured.legs},
                                  {"widestGapPpb", measured.gapPpb}});
    }
    result["costAgainstPools"] = series;
}

}  // namespace oee::bench
