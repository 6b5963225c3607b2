// Planners that share the curves of a market plan as planners that compute their own.

#include <atomic>
#include <thread>
#include <vector>

#include <QTest>

#include "chain/chain.h"
#include "domain/token.h"
#include "runtime/network_profile_file.h"
#include "runtime/quote_desk.h"
#include "support/market_fixture.h"

namespace oee::test {
namespace {

constexpr std::size_t kMarkets = 6;

// Slots of a market that others trade on.
std::vector<amm::MarketSnapshotPtr> marketsOf(const chain::NetworkProfile& profile) {
    chain::ChainState state = chain::genesisState(snapshotOf(generatedGenesis()), profile);
    std::vector<amm::MarketSnapshotPtr> markets;
    while (markets.size() < kMarkets) {
        state = chain::step(state, {}, profile, {1, {}}).state;
        markets.push_back(state.market);
    }
    return markets;
}

domain::Order order() {
    domain::Order order;
    order.inputMint = domain::solMint();
    order.outputMint = domain::usdcMint();
    order.amountInRaw = 50'000'000'000;
    order.slippageBps = 50;
    return order;
}

}  // namespace

class SharedCurvesTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        profile_ = runtime::loadNetworkProfile("busy").value();
        markets_ = marketsOf(profile_);
        for (const amm::MarketSnapshotPtr& market : markets_) {
            expected_.push_back(
                runtime::MarketPlanner(profile_).on(market).plan(order()).value().summary);
        }
        QVERIFY(expected_.front() != expected_.back());
    }

    // Also on a market that is older than the newest.
    void oneAfterTheOther() {
        const auto curves = std::make_shared<runtime::SharedCurves>();
        runtime::MarketPlanner one(profile_, curves);
        runtime::MarketPlanner other(profile_, curves);
        for (const std::size_t at : {0U, 1U, 3U, 2U, 3U, 5U, 0U, 4U}) {
            QVERIFY(one.on(markets_[at]).plan(order())->summary == expected_[at]);
            QVERIFY(other.on(markets_[at]).plan(order())->summary == expected_[at]);
        }
    }

    void atTheSameTime() {
        const auto curves = std::make_shared<runtime::SharedCurves>();
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (std::size_t thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&, thread] {
                runtime::MarketPlanner planner(profile_, curves);
                for (std::size_t i = 0; i < 10 * kMarkets; ++i) {
                    const std::size_t at = (i * (thread + 1)) % kMarkets;
                    const auto plan = planner.on(markets_[at]).plan(order());
                    wrong += plan && plan->summary == expected_[at] ? 0 : 1;
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        QCOMPARE(wrong.load(), 0);
    }

  private:
    chain::NetworkProfile profile_;
    std::vector<amm::MarketSnapshotPtr> markets_;
    std::vector<domain::PlanSummary> expected_;
};

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::SharedCurvesTest)
#include "shared_curves_test.moc"
