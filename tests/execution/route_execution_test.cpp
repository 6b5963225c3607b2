// From an order over its plan to what lands: splits, hops and exact outputs.

#include <algorithm>

#include <QtTest>

#include "amm/swap_footprint.h"
#include "chain/execution.h"
#include "execution/planner.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

constexpr std::uint64_t kSol = 1'000'000'000;
constexpr std::uint64_t kUsdc = 1'000'000;
const domain::Pubkey kBonk = domain::pubkeyLiteral("DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263");

const chain::NetworkProfile& profile() {
    static const chain::NetworkProfile value = [] {
        chain::NetworkProfile made;
        made.baseFeeLamports = 5'000;
        made.computeUnitPriceMicroLamports = 50'000;
        return made;
    }();
    return value;
}

struct Asked {
    domain::Pubkey in;
    domain::Pubkey out;
    std::uint64_t inRaw = 0;   // exactOut: the most
    std::uint64_t outRaw = 0;  // 0: exactIn
    domain::RouteChoice route = {};
};

domain::Order orderOf(const Asked& asked) {
    domain::Order order;
    order.id = domain::makeOrderId({1, 2, 3});
    order.inputMint = asked.in;
    order.outputMint = asked.out;
    order.mode = asked.outRaw > 0 ? domain::RouteMode::exactOut : domain::RouteMode::exactIn;
    order.amountInRaw = asked.inRaw;
    order.amountOutRaw = asked.outRaw;
    order.slippageBps = 50;
    order.route = asked.route;
    return order;
}

struct Landing {
    execution::Plan plan;
    domain::Transaction transaction;
};

// Planned on the market as it is.
tl::expected<Landing, domain::OrderFailure> planned(const amm::MarketSnapshotPtr& market,
                                                    const domain::Order& order) {
    const routing::Network network(market);
    auto plan = execution::OrderPlanner(network, profile()).plan(order);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    const auto transaction =
        execution::buildTransaction(order, *plan, *market, profile(), {7, 1'000'000});
    return Landing{std::move(*plan), transaction};
}

tl::expected<chain::Execution, chain::Reverted> land(const amm::MarketSnapshot& market,
                                                     const domain::Transaction& transaction) {
    chain::PoolOverlay pools(market.pools);
    return chain::execute(transaction, *market.pairs, pools, market.clock);
}

// The market after somebody sold so much.
amm::MarketSnapshotPtr after(const amm::MarketSnapshotPtr& market, const domain::Pubkey& in,
                             const domain::Pubkey& out, std::uint64_t amountRaw) {
    auto moved = std::make_shared<amm::MarketSnapshot>(*market);
    for (const std::size_t position : market->pairs->poolsOf(in, out)) {
        const amm::Pool& pool = *market->pools[position];
        amm::SwapRequest request;
        request.direction = *pool.directionFrom(in);
        request.amountRaw = amountRaw;
        if (auto applied = amm::apply(pool, request, market->clock)) {
            moved->pools[position] = applied->pool;
        }
    }
    return moved;
}

// Every token: what the legs took of it and what they brought.
std::map<domain::Pubkey, std::int64_t> flowsOf(const domain::Transaction& transaction,
                                               const chain::Execution& execution) {
    std::map<domain::Pubkey, std::int64_t> flows;
    for (std::size_t i = 0; i < execution.legs.size(); ++i) {
        const amm::SwapResult& swap = execution.legs[i].swap;
        flows[transaction.legs[i].inputMint] -= static_cast<std::int64_t>(swap.amountInRaw);
        flows[transaction.legs[i].outputMint] += static_cast<std::int64_t>(swap.amountOutRaw);
    }
    return flows;
}

// What came in between is spent; the ends are what the execution says.
void balances(const domain::Order& order, const domain::Transaction& transaction,
              const chain::Execution& execution) {
    for (const auto& [mint, flow] : flowsOf(transaction, execution)) {
        if (mint == order.inputMint) {
            QCOMPARE(-flow, static_cast<std::int64_t>(execution.amountInRaw));
        } else if (mint == order.outputMint) {
            QCOMPARE(flow, static_cast<std::int64_t>(execution.amountOutRaw));
        } else {
            QCOMPARE(flow, std::int64_t{0});
        }
    }
}

}  // namespace

class RouteExecutionTest : public QObject {
    Q_OBJECT

  private slots:
    void aLargeOrderIsSplitAndLandsAsPlanned() {
        const auto market = test::generatedMarket();
        const auto order = orderOf({domain::solMint(), domain::usdcMint(), 20'000 * kSol});
        const auto landing = planned(market, order);
        QVERIFY(landing.has_value());
        QVERIFY(landing->plan.summary.legs.size() > 1);
        auto onePool = order;
        onePool.route.scope = domain::RouteScope::single;
        const auto single = planned(market, onePool);
        QVERIFY(single.has_value());
        QCOMPARE(single->plan.summary.legs.size(), std::size_t{1});
        QVERIFY(landing->plan.summary.expectedOutRaw > single->plan.summary.expectedOutRaw);
        const auto execution = land(*market, landing->transaction);
        QVERIFY(execution.has_value());
        QCOMPARE(execution->amountInRaw, order.amountInRaw);
        QCOMPARE(execution->amountOutRaw, landing->plan.summary.expectedOutRaw);
        balances(order, landing->transaction, *execution);
    }

    void thereAndBackOverAnotherToken() {
        const auto market = test::generatedMarket();
        QVERIFY(market->pairs->poolsOf(kBonk, domain::usdcMint()).empty());
        const auto order = orderOf({domain::usdcMint(), kBonk, 5'000 * kUsdc});
        const auto landing = planned(market, order);
        QVERIFY(landing.has_value());
        // On a market that moved, later legs spend what the earlier ones really brought.
        for (const auto& landed :
             {market, after(market, domain::usdcMint(), domain::solMint(), 1'000 * kUsdc),
              after(market, domain::solMint(), domain::usdcMint(), 10 * kSol)}) {
            const auto execution = land(*landed, landing->transaction);
            QVERIFY(execution.has_value());
            QCOMPARE(execution->amountInRaw, order.amountInRaw);
            balances(order, landing->transaction, *execution);
        }
    }

    void exactOutBringsExactlyThat_data() {
        QTest::addColumn<quint64>("outRaw");
        QTest::addColumn<bool>("isSplit");
        QTest::newRow("one pool") << quint64{1'000 * kUsdc} << false;
        QTest::newRow("several pools") << quint64{500'000 * kUsdc} << true;
    }
    void exactOutBringsExactlyThat() {
        QFETCH(quint64, outRaw);
        QFETCH(bool, isSplit);
        const auto market = test::generatedMarket();
        const auto order =
            orderOf({domain::solMint(), domain::usdcMint(), 1'000'000 * kSol, outRaw});
        const auto landing = planned(market, order);
        QVERIFY(landing.has_value());
        QCOMPARE(landing->plan.summary.legs.size() > 1, isSplit);
        QCOMPARE(landing->transaction.minAmountOutRaw, std::uint64_t{outRaw});
        const auto execution = land(*market, landing->transaction);
        QVERIFY(execution.has_value());
        QCOMPARE(execution->amountOutRaw, std::uint64_t{outRaw});
        QVERIFY(execution->amountInRaw <= landing->plan.summary.amountInRaw);
        balances(order, landing->transaction, *execution);
        // The price moves against it: it still brings exactly that, for more.
        const auto worse = after(market, domain::solMint(), domain::usdcMint(), 300 * kSol);
        const auto dearer = land(*worse, landing->transaction);
        QVERIFY2(dearer.has_value(), dearer ? "" : chain::describe(dearer.error()).c_str());
        QCOMPARE(dearer->amountOutRaw, std::uint64_t{outRaw});
        QVERIFY(dearer->amountInRaw > execution->amountInRaw);
    }

    void exactOutOverAnotherToken() {
        const auto market = test::generatedMarket();
        constexpr std::uint64_t kWanted = 1'000'000'00000;
        const auto order = orderOf({domain::usdcMint(), kBonk, 1'000'000 * kUsdc, kWanted});
        const auto landing = planned(market, order);
        QVERIFY(landing.has_value());
        for (const auto& landed :
             {market, after(market, domain::usdcMint(), domain::solMint(), 50'000 * kUsdc)}) {
            const auto execution = land(*landed, landing->transaction);
            QVERIFY(execution.has_value());
            QVERIFY(execution->amountOutRaw >= kWanted);
            // Rounding of the token in between: below a millionth.
            QVERIFY(execution->amountOutRaw - kWanted <= kWanted / 1'000'000);
            balances(order, landing->transaction, *execution);
        }
    }

    void exactOutKeepsItsMaximum() {
        const auto market = test::generatedMarket();
        auto order =
            orderOf({domain::solMint(), domain::usdcMint(), 1'000'000 * kSol, 10'000 * kUsdc});
        const auto free = planned(market, order);
        QVERIFY(free.has_value());
        const std::uint64_t costRaw = free->plan.summary.amountInRaw;
        // The maximum is the order's, as it was when it was admitted.
        order.amountInRaw = costRaw;
        const auto tight = planned(market, order);
        QVERIFY(tight.has_value());
        QCOMPARE(tight->transaction.maxAmountInRaw, costRaw);
        QVERIFY(land(*market, tight->transaction).has_value());
        const auto moved = after(market, domain::solMint(), domain::usdcMint(), 100 * kSol);
        const auto reverted = land(*moved, tight->transaction);
        QVERIFY(!reverted.has_value());
        QVERIFY(reverted.error().error == amm::SwapError::slippageExceeded);
        order.amountInRaw = costRaw - 1;
        QVERIFY(planned(market, order).error().reason == domain::FailureReason::maximumExceeded);
    }

    void theComputeBudgetCoversAMovedMarket() {
        const auto market = test::generatedMarket();
        const auto order = orderOf({domain::solMint(), domain::usdcMint(), 20'000 * kSol});
        const auto landing = planned(market, order);
        QVERIFY(landing.has_value());
        const auto moved = after(market, domain::solMint(), domain::usdcMint(), 30 * kSol);
        const auto execution = land(*moved, landing->transaction);
        QVERIFY(execution.has_value());
        QVERIFY(execution->computeUnits <= landing->transaction.computeUnitLimit);
        QVERIFY(landing->transaction.computeUnitLimit <= amm::kMaxComputeUnits);
        QVERIFY(landing->plan.route.transactionBytes <= 1'232);
    }

    void whatTheOrderAllowsIsKept() {
        const auto market = test::generatedMarket();
        auto order = orderOf({domain::solMint(), domain::usdcMint(), 20'000 * kSol});
        order.route.venue = domain::Venue::meteora;
        order.route.scope = domain::RouteScope::split;
        const auto meteora = planned(market, order);
        QVERIFY(meteora.has_value());
        for (const domain::RouteLeg& leg : meteora->plan.summary.legs) {
            QVERIFY(domain::venueOf(leg.program) == domain::Venue::meteora);
        }
        order.route.excludedPools = {meteora->plan.summary.legs.front().pool};
        const auto without = planned(market, order);
        QVERIFY(without.has_value());
        QVERIFY(std::none_of(without->plan.summary.legs.begin(), without->plan.summary.legs.end(),
                             [&](const domain::RouteLeg& leg) {
                                 return leg.pool == order.route.excludedPools.front();
                             }));
        order.route = {};
        order.route.maxLegs = 2;
        const auto two = planned(market, order);
        QVERIFY(two.has_value());
        QVERIFY(two->plan.summary.legs.size() <= 2);
        QVERIFY(two->plan.route.limits.legs);
        // A pair without a pool of its own needs two.
        auto far = orderOf({domain::usdcMint(), kBonk, 5'000 * kUsdc});
        far.route.maxLegs = 1;
        QVERIFY(planned(market, far).error().reason == domain::FailureReason::noPlanFits);
    }
};

QTEST_APPLESS_MAIN(RouteExecutionTest)
#include "route_execution_test.moc"
