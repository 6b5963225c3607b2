// Bots that trade around our transactions: never beyond what the slippage allows, and only where it
// pays.

#include <QtTest>

#include "chain/order_flow.h"
#include "chain/profiles.h"
#include "domain/amount.h"
#include "domain/token.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

chain::NetworkProfile watched(std::uint32_t widePpm) {
    auto profile = test::quiet();
    profile.traffic.sandwichPpm = chain::kMillion;
    profile.traffic.widePpm = widePpm;
    profile.traffic.botTipPpm = 500'000;
    return profile;
}

// A sale of SOL on the AMM v4 pool of SOL/USDC.
domain::Transaction sale(const amm::MarketSnapshot& market, std::uint64_t amountInRaw,
                         unsigned slippageBps) {
    domain::Transaction transaction;
    for (const std::size_t position :
         market.pairs->poolsOf(domain::solMint(), domain::usdcMint())) {
        const amm::Pool& pool = *market.pools[position];
        if (pool.program == domain::Program::raydiumAmmV4) {
            transaction.legs = {
                {pool.address, pool.program, domain::solMint(), domain::usdcMint(), amountInRaw}};
        }
    }
    transaction.orderId = domain::makeOrderId({1, 1, 1});
    transaction.networkFeeLamports = 12'000;
    transaction.lastValidBlockHeight = market.blockHeight + 150;
    const auto alone = chain::preflight(market, transaction);
    transaction.minAmountOutRaw = domain::minimumOut(alone->amountOutRaw, slippageBps);
    return transaction;
}

constexpr std::uint64_t kSol = 1'000'000'000;
constexpr std::uint64_t kWhale = 500 * kSol;  // a hundredth of the pool

}  // namespace

class SandwichTest : public QObject {
    Q_OBJECT

  private slots:
    void aBotTakesWhatTheSlippageAllowsAndNoMore() {
        const auto market = test::generatedMarket();
        const auto profile = watched(0);
        std::uint64_t lastOut = std::numeric_limits<std::uint64_t>::max();
        for (const unsigned slippageBps : {10U, 50U, 100U, 300U}) {
            const auto victim = sale(*market, kWhale, slippageBps);
            const auto slot = chain::step(chain::genesisState(market, profile), std::vector{victim},
                                          profile, {1, {}});
            const auto& landed = std::get<chain::Landed>(slot.outcomes.at(0).result);
            QVERIFY(landed.sandwich.has_value());
            QVERIFY(!landed.sandwich->wide);
            const std::uint64_t alone = chain::preflight(*market, victim)->amountOutRaw;
            QCOMPARE(landed.unsandwichedOutRaw, alone);
            QVERIFY(landed.amountOutRaw >= victim.minAmountOutRaw);
            // At most a 64th of the slack is left: the bot sizes its trade to the minimum.
            QVERIFY(landed.amountOutRaw - victim.minAmountOutRaw <=
                    (alone - victim.minAmountOutRaw) / 64 + 1);
            QVERIFY(landed.amountOutRaw < lastOut);
            lastOut = landed.amountOutRaw;
            // It pays: what the bot sold brings more than it paid, fees and tip inside.
            QVERIFY(landed.sandwich->backOutRaw > landed.sandwich->frontInRaw);
            const auto gained = slot.state.ledger.trafficRaw[slot.state.map->sol];
            QVERIFY(gained > 0);
            QVERIFY(slot.state.ledger.feesLamports >= 10'000);
            QVERIFY(slot.state.openSandwiches.empty());
        }
    }

    void withoutSlackOrWithoutImpactNobodyAttacks() {
        const auto market = test::generatedMarket();
        const auto profile = watched(0);
        // The second trade moves the price by less than the pool's fee.
        for (const auto& victim : {sale(*market, kWhale, 0), sale(*market, 2 * kSol, 500)}) {
            const auto slot = chain::step(chain::genesisState(market, profile), std::vector{victim},
                                          profile, {1, {}});
            const auto& landed = std::get<chain::Landed>(slot.outcomes.at(0).result);
            QVERIFY(!landed.sandwich.has_value());
            QCOMPARE(landed.amountOutRaw, landed.unsandwichedOutRaw);
        }
    }

    void aWideSandwichSellsAtTheTopOfTheNextBlock() {
        const auto market = test::generatedMarket();
        auto profile = watched(chain::kMillion);
        const auto victim = sale(*market, kWhale, 100);
        const auto first = chain::step(chain::genesisState(market, profile), std::vector{victim},
                                       profile, {1, {}});
        const auto& landed = std::get<chain::Landed>(first.outcomes.at(0).result);
        QVERIFY(landed.sandwich && landed.sandwich->wide);
        QCOMPARE(landed.sandwich->backOutRaw, std::uint64_t{0});
        QCOMPARE(first.state.openSandwiches.size(), std::size_t{1});
        const auto& open = first.state.openSandwiches.front();
        QCOMPARE(open.amountInRaw, landed.sandwich->frontOutRaw);
        QVERIFY(open.victim == victim.orderId);
        QVERIFY(first.state.ledger.trafficRaw[first.state.map->sol] < 0);

        // A leader that makes no block does not help it.
        auto skipping = profile;
        skipping.skippedSlotPpm = chain::kMillion;
        const auto skipped = chain::step(first.state, {}, skipping, {1, {}});
        QCOMPARE(skipped.state.openSandwiches.size(), std::size_t{1});

        const auto second = chain::step(skipped.state, {}, profile, {1, {}});
        QVERIFY(second.state.openSandwiches.empty());
        QVERIFY(second.state.ledger.trafficRaw[second.state.map->sol] > 0);
        const std::size_t usdc = *second.state.map->indexOf(domain::usdcMint());
        QVERIFY(second.state.ledger.trafficRaw[usdc] == 0);
    }

    // Whatever is on the chain: the victim has its minimum, and the receipt's pools tell exactly
    // what it would have had.
    void everyVictimHasItsMinimumAndItsReference() {
        auto profile = test::wild();
        profile.traffic.sandwichPpm = chain::kMillion;
        test::FlowRun run(test::generatedMarket(), profile, {9, {}}, {5, 500, 300'000});
        int sandwiched = 0;
        for (int i = 0; i < 600; ++i) {
            const auto& slot = run.slot();
            for (const chain::TransactionOutcome& outcome : slot.outcomes) {
                const auto* landed = std::get_if<chain::Landed>(&outcome.result);
                if (landed == nullptr) {
                    continue;
                }
                const auto& fill = landed->fills.at(0);
                amm::SwapRequest request;
                request.direction = *landed->poolsBefore.at(0)->directionFrom(fill.inputMint);
                request.amountRaw = fill.amountInRaw;
                const auto quoted =
                    amm::quote(*landed->poolsBefore[0], request, slot.state.market->clock);
                QVERIFY(quoted.has_value());
                QCOMPARE(quoted->amountOutRaw, landed->unsandwichedOutRaw);
                if (landed->sandwich) {
                    ++sandwiched;
                    QVERIFY(landed->amountOutRaw < landed->unsandwichedOutRaw);
                } else {
                    QCOMPARE(landed->amountOutRaw, landed->unsandwichedOutRaw);
                }
            }
        }
        for (const test::Sent& sent : run.done()) {
            const auto* landed = std::get_if<chain::Landed>(&sent.outcome.result);
            QVERIFY(landed == nullptr || landed->amountOutRaw >= sent.transaction.minAmountOutRaw);
        }
        QVERIFY(sandwiched > 100);
    }

    // The leg that spends most is attacked; the minimum is that of the whole.
    void aSplitOrderKeepsItsTotalMinimum() {
        const auto market = test::generatedMarket();
        const auto profile = watched(0);
        auto victim = sale(*market, kWhale, 0);
        for (const std::size_t position :
             market->pairs->poolsOf(domain::solMint(), domain::usdcMint())) {
            const amm::Pool& pool = *market->pools[position];
            if (pool.program == domain::Program::raydiumCpmm) {
                victim.legs.insert(
                    victim.legs.begin(),
                    {pool.address, pool.program, domain::solMint(), domain::usdcMint(), 20 * kSol});
            }
        }
        QCOMPARE(victim.legs.size(), std::size_t{2});
        victim.minAmountOutRaw = 0;
        victim.minAmountOutRaw =
            domain::minimumOut(chain::preflight(*market, victim)->amountOutRaw, 50);
        const auto slot = chain::step(chain::genesisState(market, profile), std::vector{victim},
                                      profile, {1, {}});
        const auto& landed = std::get<chain::Landed>(slot.outcomes.at(0).result);
        QVERIFY(landed.sandwich.has_value());
        QCOMPARE(landed.sandwich->leg, 1U);
        QVERIFY(landed.amountOutRaw >= victim.minAmountOutRaw);
        QVERIFY(landed.poolsBefore[0] ==
                market->pools[market->pairs->positionOf(victim.legs[0].pool)]);
    }
};

QTEST_APPLESS_MAIN(SandwichTest)
#include "sandwich_test.moc"
