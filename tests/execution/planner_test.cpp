#include <QtTest>

#include "domain/amount.h"
#include "execution/explain.h"
#include "execution/planner.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

chain::NetworkProfile profile() {
    chain::NetworkProfile value;
    value.baseFeeLamports = 5'000;
    value.computeUnitPriceMicroLamports = 50'000;
    value.sendLatencyMinMicros = 1'000;
    value.sendLatencyMaxMicros = 2'000;
    return value;
}

tl::expected<execution::Plan, domain::OrderFailure> planOn(const amm::MarketSnapshotPtr& market,
                                                           const domain::Order& order) {
    const auto costs = profile();
    const routing::Network network(market);
    return execution::OrderPlanner(network, costs).plan(order);
}

domain::Order sellSol(std::uint64_t amountInRaw) {
    domain::Order order;
    order.id = domain::makeOrderId({1, 2, 3});
    order.inputMint = domain::solMint();
    order.outputMint = domain::usdcMint();
    order.amountInRaw = amountInRaw;
    order.slippageBps = 50;
    order.attempt = 2;
    order.fence = 9;
    return order;
}

}  // namespace

class PlannerTest : public QObject {
    Q_OBJECT

  private slots:
    void theTransactionIsThePlan() {
        const auto market = test::generatedMarket();
        const auto order = sellSol(10'000'000'000);
        const auto plan = planOn(market, order);
        QVERIFY(plan.has_value());
        QCOMPARE(plan->summary.expectedOutRaw, plan->route.amountOutRaw);
        QCOMPARE(plan->summary.minAmountOutRaw, plan->summary.expectedOutRaw * 9'950 / 10'000);
        QVERIFY(plan->detail.find("USDC") != std::string::npos);

        const auto costs = profile();
        const auto transaction =
            execution::buildTransaction(order, *plan, *market, costs, {7, 1'000'000});
        QVERIFY(transaction.orderId == order.id);
        QCOMPARE(transaction.attempt, 2U);
        QCOMPARE(transaction.fence, std::uint64_t{9});
        QCOMPARE(transaction.legs.size(), std::size_t{1});
        QVERIFY(transaction.legs[0].pool == plan->route.legs[0].pool);
        QCOMPARE(transaction.legs[0].amountInRaw, order.amountInRaw);
        QCOMPARE(transaction.minAmountOutRaw, plan->summary.minAmountOutRaw);
        QCOMPARE(transaction.lastValidBlockHeight, market->blockHeight + 150);
        QCOMPARE(transaction.networkFeeLamports,
                 chain::networkFeeLamports(costs, transaction.computeUnitLimit));
        QVERIFY(transaction.networkFeeLamports <= execution::worstCaseFeeLamports(costs));
        QVERIFY(transaction.arrivesAtMicros >= 1'001'000 &&
                transaction.arrivesAtMicros <= 1'002'000);
        // The same seed builds the same bytes; another seed does not.
        QVERIFY(execution::buildTransaction(order, *plan, *market, costs, {7, 1'000'000}) ==
                transaction);
        QVERIFY(execution::buildTransaction(order, *plan, *market, costs, {8, 1'000'000}) !=
                transaction);
    }

    void whatCannotBePlannedFailsWithItsReason() {
        const auto market = test::generatedMarket();
        const auto tiny = planOn(market, sellSol(1));
        QVERIFY(tiny.error().reason == domain::FailureReason::amountTooSmall);
        auto nowhere = sellSol(1'000);
        nowhere.outputMint = domain::Pubkey{};
        QVERIFY(planOn(market, nowhere).error().reason == domain::FailureReason::noPool);
    }

    void everyFailureHasWords() {
        for (int i = 1; i <= static_cast<int>(domain::FailureReason::internal); ++i) {
            const domain::OrderFailure failure{static_cast<domain::FailureReason>(i),
                                               domain::Program::raydiumCpmm, 6005};
            QVERIFY(!execution::explain(failure).empty());
        }
        const domain::OrderFailure slippage{domain::FailureReason::slippageExceeded,
                                            domain::Program::raydiumCpmm, 6005};
        QVERIFY(execution::explain(slippage).starts_with("Raydium CPMM error 6005: "));
    }
};

QTEST_APPLESS_MAIN(PlannerTest)
#include "planner_test.moc"
