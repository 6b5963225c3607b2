// The way into a block: leaders, priority, loss, expiry, commitment, fees, size, compute units.

#include <algorithm>
#include <set>

#include <QtTest>

#include "chain/chain.h"
#include "chain/fee_market.h"
#include "chain/landing.h"
#include "chain/profiles.h"
#include "chain/sales.h"
#include "domain/token.h"
#include "support/market_fixture.h"

using namespace oee;
using test::only;
using test::sale;

class LandingTest : public QObject {
    Q_OBJECT

  private slots:
    void aBlockIsOrderedByPriorityThenArrivalThenOrder() {
        const auto market = test::generatedMarket();
        auto dear = sale(*market, 9, 90'000);
        auto early = sale(*market, 2);
        auto late = sale(*market, 3);
        auto twin = sale(*market, 4);
        twin.arrivesAtMicros = late.arrivesAtMicros;
        const auto slot = chain::step(chain::genesisState(market, test::quiet()),
                                      std::vector{twin, late, dear, early}, test::quiet(), {1, {}});
        std::vector<domain::OrderId> order;
        std::vector<std::uint64_t> paid;
        for (const auto& outcome : slot.outcomes) {
            order.push_back(outcome.orderId);
            paid.push_back(std::get<chain::Landed>(outcome.result).amountOutRaw);
        }
        QVERIFY(order == (std::vector{dear.orderId, early.orderId, late.orderId, twin.orderId}));
        QVERIFY(std::is_sorted(paid.rbegin(), paid.rend()));  // each meets a worse price
    }

    void aTipBuysPriorityOnlyWhereTheLeaderTakesTips() {
        const auto market = test::generatedMarket();
        auto tipped = sale(*market, 1);
        tipped.tipLamports = 100'000;
        const auto plain = sale(*market, 2);
        const auto profile = test::quiet();
        // (2,500 + 7,000) lamports for 140,000 units, and one for the division by zero.
        QCOMPARE(chain::priorityOf(plain, profile, {{}, true}), std::uint64_t{67'856});
        QCOMPARE(chain::priorityOf(tipped, profile, {{}, false}), std::uint64_t{67'856});
        QVERIFY(chain::priorityOf(tipped, profile, {{}, true}) > 700'000);
    }

    void aFullBlockLeavesTheCheapestWaiting() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.maxTransactionsPerSlot = 2;
        std::vector<domain::Transaction> inbox;
        for (std::uint32_t i = 1; i <= 5; ++i) {
            inbox.push_back(sale(*market, i, i * 10'000));
        }
        auto state = chain::genesisState(market, profile);
        std::vector<domain::OrderId> order;
        for (int i = 0; i < 3; ++i) {
            const auto slot = chain::step(state, inbox, profile, {1, {}});
            inbox.clear();
            QVERIFY(slot.outcomes.size() <= 2);
            for (const auto& outcome : slot.outcomes) {
                order.push_back(outcome.orderId);
            }
            state = slot.state;
        }
        QCOMPARE(order.size(), std::size_t{5});
        QVERIFY(std::is_sorted(order.rbegin(), order.rend()));
        QVERIFY(state.pending.empty());
    }

    // Chances at a quarter of the market's price, at it and at four times it: 1/17, 1/2, 16/17.
    void leadersTakeByPriceAgainstTheMarket() {
        auto profile = test::quiet();
        const auto market = test::generatedMarket();
        const auto takenOf = [&](std::uint64_t priority) {
            int taken = 0;
            for (std::uint32_t i = 0; i < 20'000; ++i) {
                const auto transaction = sale(*market, i);
                taken += chain::isTaken(transaction, profile, {1, 5, priority, 40'000.0}) ? 1 : 0;
            }
            return taken / 20'000.0;
        };
        QVERIFY(std::abs(takenOf(10'000) - 1.0 / 17) < 0.01);
        QVERIFY(std::abs(takenOf(40'000) - 0.5) < 0.015);
        QVERIFY(std::abs(takenOf(160'000) - 16.0 / 17) < 0.01);
        profile.inclusionPpm = 500'000;
        QVERIFY(std::abs(takenOf(160'000) - 8.0 / 17) < 0.015);
    }

    void anUnderpaidTransactionWaitsAndExpiresAfter150Blocks() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.feeMarket.medianMicroLamports = 1'000'000'000'000;
        auto state = chain::genesisState(market, profile);
        std::vector inbox{sale(*market, 1)};
        for (int block = 1; block <= 150; ++block) {
            const auto slot = chain::step(state, inbox, profile, {1, {}});
            QVERIFY(slot.outcomes.empty());
            QCOMPARE(slot.state.pending.size(), std::size_t{1});
            state = slot.state;
            inbox.clear();
        }
        const auto slot = chain::step(state, {}, profile, {1, {}});
        only<chain::Expired>(slot);
        QVERIFY(slot.state.pending.empty());
        QVERIFY(slot.state.market->pools == market->pools);
    }

    void skippedSlotsHaveNoBlock() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.skippedSlotPpm = chain::kMillion;
        profile.traffic = test::wild().traffic;
        auto state = chain::genesisState(market, profile);
        std::vector inbox{sale(*market, 1)};
        for (int i = 0; i < 200; ++i) {
            const auto slot = chain::step(state, inbox, profile, {1, {}});
            QVERIFY(slot.kind == chain::SlotKind::skipped);
            QVERIFY(slot.outcomes.empty() && slot.changedPools.empty());
            state = slot.state;
            inbox.clear();
        }
        QCOMPARE(state.market->blockHeight, market->blockHeight);
        QCOMPARE(state.market->clock.slot, market->clock.slot + 200);
        QCOMPARE(state.market->clock.unixTimestamp, market->clock.unixTimestamp + 80);
        // 200 slots on, the blockhash lives: it counts blocks.
        profile.skippedSlotPpm = 0;
        only<chain::Landed>(chain::step(state, {}, profile, {1, {}}));
    }

    void anAbandonedBlockIsSeenAndDidNotHappen() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.abandonedSlotPpm = chain::kMillion;
        const auto genesis = chain::genesisState(market, profile);
        const auto transaction = sale(*market, 1);
        const auto slot = chain::step(genesis, std::vector{transaction}, profile, {1, {}});
        QVERIFY(slot.kind == chain::SlotKind::abandoned);
        QVERIFY(slot.outcomes.empty() && slot.changedPools.empty());
        QCOMPARE(slot.abandoned.size(), std::size_t{1});
        QVERIFY(std::holds_alternative<chain::Landed>(slot.abandoned.front().result));
        QVERIFY(slot.state.market->pools == market->pools);
        QCOMPARE(slot.state.market->blockHeight, market->blockHeight);
        QVERIFY(slot.state.ledger == genesis.ledger);
        // The transaction lands once, with the next leader.
        const auto next = chain::step(slot.state, {}, test::quiet(), {1, {}});
        only<chain::Landed>(next);
        QVERIFY(next.state.pending.empty());
    }

    void shareOfSlotsIsTheProfiles() {
        auto profile = test::quiet();
        profile.skippedSlotPpm = 58'000;
        profile.abandonedSlotPpm = 20'000;
        std::array<int, 3> kinds{};
        for (std::uint64_t slot = 0; slot < 100'000; ++slot) {
            ++kinds[static_cast<std::size_t>(chain::slotKindOf(profile, 1, slot))];
        }
        QVERIFY(std::abs(kinds[1] - 5'800) < 300);
        QVERIFY(std::abs(kinds[2] - 0.942 * 2'000) < 200);
    }

    void leadersStayForFourSlotsAndKeepTheirClient() {
        auto profile = test::quiet();
        profile.jitoLeaderPpm = 920'000;
        std::map<domain::Pubkey, bool> clients;
        int tips = 0;
        for (std::uint64_t slot = 0; slot < 40'000; ++slot) {
            const auto leader = chain::leaderOf(profile, 1, slot);
            QVERIFY(leader.identity == chain::leaderOf(profile, 1, slot / 4 * 4).identity);
            const auto [known, isNew] = clients.emplace(leader.identity, leader.takesTips);
            QCOMPARE(known->second, leader.takesTips);
            tips += leader.takesTips ? 1 : 0;
        }
        QVERIFY(clients.size() > 900);
        QVERIFY(std::abs(tips / 40'000.0 - 0.92) < 0.03);
        QVERIFY(chain::blockhashOf(1, 5) == chain::blockhashOf(1, 5));
        QVERIFY(chain::blockhashOf(1, 5) != chain::blockhashOf(1, 6));
    }

    void slotsTakeTheirTimeWithJitter() {
        auto profile = test::quiet();
        profile.slotJitterMicros = 100'000;
        std::int64_t total = 0;
        for (std::uint64_t slot = 0; slot < 10'000; ++slot) {
            const auto took = chain::slotDurationMicros(profile, 1, slot);
            QVERIFY(took >= 400'000 && took <= 500'000);
            total += took;
        }
        QVERIFY(std::abs(total / 10'000 - 450'000) < 1'500);
        QCOMPARE(chain::slotDurationMicros(chain::NetworkProfile{}, 1, 7), std::int64_t{0});
    }

    void whatIsLostIsGivenUpAfterItsNotice() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.dropPpm = chain::kMillion;
        profile.dropNoticeSlots = 4;
        auto state = chain::genesisState(market, profile);
        std::vector inbox{sale(*market, 1)};
        for (int i = 0; i < 4; ++i) {
            const auto slot = chain::step(state, inbox, profile, {1, {}});
            QVERIFY(slot.outcomes.empty());
            state = slot.state;
            inbox.clear();
        }
        const auto slot = chain::step(state, {}, profile, {1, {}});
        QVERIFY(only<chain::Dropped>(slot).reason == chain::DropReason::lost);
        QVERIFY(slot.state.market->pools == market->pools);
    }

    void confirmationAndFinalityFollow() {
        const auto market = test::generatedMarket();
        auto profile = test::quiet();
        profile.confirmedSlotsMin = 1;
        profile.confirmedSlotsMax = 3;
        profile.finalizedSlots = 31;
        auto state = chain::genesisState(market, profile);
        std::set<std::uint64_t> delays;
        for (std::uint32_t i = 1; i <= 60; ++i) {
            const auto slot = chain::step(state, std::vector{sale(*market, i)}, profile, {1, {}});
            const auto& outcome = slot.outcomes.at(0);
            QCOMPARE(outcome.slot, slot.state.market->clock.slot);
            delays.insert(outcome.confirmedSlot - outcome.slot);
            QCOMPARE(outcome.finalizedSlot, outcome.confirmedSlot + 31);
            state = slot.state;
        }
        QVERIFY(delays == (std::set<std::uint64_t>{1, 2, 3}));
    }

    void theFeeMarketRevertsToItsMedian() {
        chain::FeeMarketProfile profile{100'000, 50'000, 100'000, 0, 0};
        QCOMPARE(std::round(chain::cuPriceMicroLamports(chain::startLogCuPrice(profile), profile)),
                 100'000.0);
        double logPrice = chain::startLogCuPrice(profile) + 5;
        double sum = 0;
        double squares = 0;
        constexpr int kSlots = 200'000;
        for (int slot = 0; slot < kSlots; ++slot) {
            logPrice =
                chain::nextLogCuPrice(logPrice, profile, 1, static_cast<std::uint64_t>(slot));
            if (slot >= 1'000) {
                const double away = logPrice - chain::startLogCuPrice(profile);
                sum += away / (kSlots - 1'000);
                squares += away * away / (kSlots - 1'000);
            }
        }
        QVERIFY(std::abs(sum) < 0.02);
        // AR(1): 0.1² / (1 − 0.95²).
        QVERIFY(std::abs(squares / (0.01 / (1 - 0.95 * 0.95)) - 1) < 0.05);
        profile.burstPpm = 20'000;
        profile.burstSizePpm = 1'500'000;
        double highest = logPrice;
        for (std::uint64_t slot = 0; slot < 2'000; ++slot) {
            logPrice = chain::nextLogCuPrice(logPrice, profile, 1, slot);
            highest = std::max(highest, logPrice - chain::startLogCuPrice(profile));
        }
        QVERIFY(highest > 2);
    }
};

QTEST_APPLESS_MAIN(LandingTest)
#include "landing_test.moc"
