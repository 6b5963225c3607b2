// What is stored of a slot, on the chain itself: receipts, markouts, accounts.

#include "runtime/slot_recorder.h"

#include <cmath>

#include <QtTest>

#include "domain/token.h"
#include "execution/planner.h"
#include "runtime/network_profile_file.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

constexpr std::uint64_t kSol = 1'000'000'000;
const chain::NetworkProfile kQuiet{};

chain::NetworkProfile calm() {
    const auto profile = runtime::loadNetworkProfile("calm");
    if (!profile) {
        qFatal("no profile");
    }
    return *profile;
}

// A chain with a recorder beside it, slot by slot.
struct Run {
    explicit Run(const chain::NetworkProfile& on = calm())
        : genesis(test::generatedGenesis()),
          profile(on),
          state(chain::genesisState(test::snapshotOf(genesis), profile)),
          recorder(profile, {genesis.pools, {}, runtime::WithCounterfactuals::yes}) {}

    domain::Transaction sell(std::uint32_t number, std::uint64_t amountRaw = kSol) const {
        domain::Order order;
        order.id = domain::makeOrderId({1'000, number, 7});
        order.inputMint = domain::solMint();
        order.outputMint = domain::usdcMint();
        order.amountInRaw = amountRaw;
        order.slippageBps = 500;
        order.route.scope = domain::RouteScope::single;
        const auto plan = runtime::MarketPlanner(profile).on(state.market).plan(order);
        if (!plan) {
            qFatal("no plan");
        }
        return execution::buildTransaction(order, *plan, *state.market, profile,
                                           {1, state.timeMicros});
    }
    execution::SlotCommit step(const std::vector<domain::Transaction>& inbox = {}) {
        const chain::ChainState before = state;
        const auto result = chain::step(before, inbox, profile, {1, {}});
        execution::SlotCommit commit = recorder.record({before, inbox, result});
        recorder.keep();
        state = result.state;
        return commit;
    }
    // Until somebody's order has landed.
    execution::SlotCommit land(const std::vector<domain::Transaction>& inbox) {
        execution::SlotCommit commit = step(inbox);
        for (int i = 0; i < 200 && commit.receipts.empty(); ++i) {
            commit = step();
        }
        return commit;
    }

    market::GenesisMarket genesis;
    chain::NetworkProfile profile;
    chain::ChainState state;
    runtime::SlotRecorder recorder;
};

// Of a trade over one pool, by the pool's price alone.
std::uint64_t expectedMid(const domain::Fill& fill, const amm::MarketSnapshot& market) {
    const amm::Pool& pool = *market.find(fill.pool);
    return static_cast<std::uint64_t>(
        std::floor(static_cast<double>(fill.amountInRaw) *
                   amm::marginalPrice(pool, *pool.directionFrom(fill.inputMint))));
}

}  // namespace

class SlotRecorderTest : public QObject {
    Q_OBJECT

  private slots:
    void whatLandsGetsAReceipt();
    void whatWaitedForALeaderGetsItsReceipt();
    void otherRoutesAreThoseOfTheSlot();
    void askingTwiceChangesNothing();
    void markoutsAreTakenWhenTheyAreDue();
    void aRestartTakesWhatIsOwed();
    void aLateMarkoutSaysSo();
};

void SlotRecorderTest::whatLandsGetsAReceipt() {
    Run run(kQuiet);
    const auto one = run.sell(1);
    const auto other = run.sell(2, 3 * kSol);
    auto reverted = run.sell(3);
    reverted.minAmountOutRaw = UINT64_MAX;
    const auto commit = run.step({one, other, reverted});
    QCOMPARE(commit.outcomes.size(), std::size_t{3});
    QCOMPARE(commit.receipts.size(), std::size_t{2});
    for (const domain::Receipt& receipt : commit.receipts) {
        const auto& sent = receipt.orderId == one.orderId ? one : other;
        QVERIFY(receipt.orderId == sent.orderId);
        QCOMPARE(receipt.amountInRaw, sent.legs.front().amountInRaw);
        QCOMPARE(receipt.quotedOutRaw, sent.expectedOutRaw);
        QCOMPARE(receipt.decisionOutRaw, sent.decisionOutRaw);
        QVERIFY(receipt.decisionOutRaw > receipt.quotedOutRaw);
        QCOMPARE(receipt.landingSlot, commit.clock.slot);
        QCOMPARE(receipt.landedAtMicros, run.state.timeMicros);
        QVERIFY(base::i128{receipt.decisionOutRaw} - receipt.parts.sum() ==
                receipt.amountOutRaw - receipt.parts.networkRaw);
    }
    QVERIFY(commit.chainState == chain::encodeState(run.state));
}

void SlotRecorderTest::whatWaitedForALeaderGetsItsReceipt() {
    Run run;
    run.profile.inclusionPpm = 0;
    QVERIFY(run.step({run.sell(1)}).receipts.empty());
    run.step();
    run.profile.inclusionPpm = chain::kMillion;
    const auto commit = run.land({});
    QCOMPARE(commit.receipts.size(), std::size_t{1});
    QVERIFY(commit.receipts[0].landingSlot > commit.receipts[0].decisionSlot + 1);
}

void SlotRecorderTest::otherRoutesAreThoseOfTheSlot() {
    Run run(kQuiet);
    const auto commit = run.step({run.sell(1, 1'000 * kSol)});
    const domain::Receipt& receipt = commit.receipts.at(0);
    QVERIFY(receipt.counterfactuals.has_value());
    const auto& others = *receipt.counterfactuals;
    // Alone in its slot the order got what the best pool pays; a split pays more.
    QCOMPARE(std::max(others.bestRaydiumOutRaw.value(), others.bestMeteoraOutRaw.value()),
             receipt.amountOutRaw);
    QVERIFY(others.fullRouteOutRaw.value() > receipt.amountOutRaw);
    QVERIFY(others.fullRouteOutRaw.value() < receipt.landingOutRaw);
    // The next slot finds the market as this one left it.
    const auto next = run.step({run.sell(2, 1'000 * kSol)});
    const auto& later = next.receipts.at(0).counterfactuals.value();
    QVERIFY(later.fullRouteOutRaw.value() < others.fullRouteOutRaw.value());
    QCOMPARE(std::max(later.bestRaydiumOutRaw.value(), later.bestMeteoraOutRaw.value()),
             next.receipts.at(0).amountOutRaw);

    runtime::SlotRecorder plain(kQuiet, {run.genesis.pools, {}, runtime::WithCounterfactuals::no});
    const std::vector inbox{run.sell(3)};
    const auto result = chain::step(run.state, inbox, kQuiet, {1, {}});
    QVERIFY(!plain.record({run.state, inbox, result}).receipts.at(0).counterfactuals);
}

void SlotRecorderTest::askingTwiceChangesNothing() {
    Run run;
    run.land({run.sell(1)});
    for (int i = 0; i < 5; ++i) {
        const std::vector<domain::Transaction> inbox{run.sell(static_cast<std::uint32_t>(i) + 2)};
        const auto result = chain::step(run.state, inbox, run.profile, {1, {}});
        const auto once = run.recorder.record({run.state, inbox, result});
        const auto again = run.recorder.record({run.state, inbox, result});
        run.recorder.keep();
        QVERIFY(once.receipts == again.receipts);
        QVERIFY(once.chainState == again.chainState);
        QCOMPARE(once.markouts.size(), again.markouts.size());
        QCOMPARE(once.accounts.size(), again.accounts.size());
        run.state = result.state;
    }
}

void SlotRecorderTest::markoutsAreTakenWhenTheyAreDue() {
    Run run;
    const auto landing = run.land({run.sell(1)});
    const domain::Receipt receipt = landing.receipts.at(0);
    const domain::Fill fill = std::get<chain::Landed>(landing.outcomes.at(0).result).fills.at(0);
    QVERIFY(run.recorder.owesMarkouts());
    std::vector<domain::Markout> taken;
    while (run.recorder.owesMarkouts()) {
        const base::UnixMicros before = run.state.timeMicros - receipt.landedAtMicros;
        const auto commit = run.step();
        const base::UnixMicros after = run.state.timeMicros - receipt.landedAtMicros;
        for (const auto& markout : commit.markouts) {
            QVERIFY(markout.orderId == receipt.orderId);
            const std::int64_t due = std::int64_t{markout.markout.seconds} * 1'000'000;
            QVERIFY(before < due && due <= after);
            QCOMPARE(markout.markout.takenAfterMillis, static_cast<std::uint64_t>(after / 1'000));
            QCOMPARE(markout.markout.midOutRaw, expectedMid(fill, *run.state.market));
            taken.push_back(markout.markout);
        }
        QVERIFY(after < 70'000'000);
    }
    QCOMPARE(taken.size(), domain::kMarkoutSeconds.size());
    QVERIFY(taken.front().midOutRaw != taken.back().midOutRaw);  // the market moved
}

void SlotRecorderTest::aRestartTakesWhatIsOwed() {
    const auto markoutsOf = [](bool withRestarts) {
        Run run;
        const auto landing = run.land({run.sell(1)});
        execution::OwedMarkouts trade{landing.receipts.at(0),
                                      std::get<chain::Landed>(landing.outcomes.at(0).result).fills};
        while (run.recorder.owesMarkouts()) {
            const auto commit = run.step();
            for (const auto& taken : commit.markouts) {
                trade.receipt.markouts.push_back(taken.markout);
            }
            if (withRestarts && !commit.markouts.empty()) {
                // As the store gives it back; nothing where the last was taken.
                const bool isOwed = trade.receipt.markouts.size() < domain::kMarkoutSeconds.size();
                run.recorder = runtime::SlotRecorder(
                    run.profile,
                    {run.genesis.pools,
                     isOwed ? std::vector{trade} : std::vector<execution::OwedMarkouts>{},
                     runtime::WithCounterfactuals::no});
                run.genesis.pools = test::generatedGenesis().pools;
            }
        }
        return trade.receipt.markouts;
    };
    const auto straight = markoutsOf(false);
    QCOMPARE(straight.size(), domain::kMarkoutSeconds.size());
    QVERIFY(markoutsOf(true) == straight);
}

void SlotRecorderTest::aLateMarkoutSaysSo() {
    Run run;
    const auto landing = run.land({run.sell(1)});
    execution::OwedMarkouts trade{landing.receipts.at(0),
                                  std::get<chain::Landed>(landing.outcomes.at(0).result).fills};
    trade.receipt.landedAtMicros -= 31'000'000;
    run.recorder = runtime::SlotRecorder(
        run.profile, {run.genesis.pools, {trade}, runtime::WithCounterfactuals::no});
    const auto commit = run.step();
    QCOMPARE(commit.markouts.size(), std::size_t{3});
    for (const auto& taken : commit.markouts) {
        QVERIFY(taken.markout.takenAfterMillis >= 31'000);
        QVERIFY(taken.markout.seconds <= 30);
    }
    QVERIFY(run.recorder.owesMarkouts());
}

QTEST_GUILESS_MAIN(SlotRecorderTest)
#include "slot_recorder_test.moc"
