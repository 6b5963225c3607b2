#include <set>

#include <QtTest>

#include "chain/chain.h"
#include "domain/token.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

chain::NetworkProfile calm() {
    chain::NetworkProfile profile;
    profile.name = "test";
    profile.slotMillis = 400;
    profile.sendLatencyMinMicros = 100'000;
    profile.sendLatencyMaxMicros = 300'000;
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

constexpr std::uint64_t kTenSol = 10'000'000'000;

// A sale of SOL for USDC through the first pool of the pair.
domain::Transaction sale(const amm::MarketSnapshot& market, std::uint64_t number,
                         std::uint64_t amountInRaw = kTenSol) {
    const auto positions = market.pairs->poolsOf(domain::solMint(), domain::usdcMint());
    const amm::Pool& pool = *market.pools[positions.front()];
    domain::Transaction transaction;
    transaction.orderId = domain::makeOrderId({1'000, static_cast<std::uint32_t>(number), 7});
    transaction.legs = {
        {pool.address, pool.program, domain::solMint(), domain::usdcMint(), amountInRaw}};
    transaction.networkFeeLamports = 12'000;
    transaction.lastValidBlockHeight = market.blockHeight + 150;
    transaction.signature = chain::makeSignature({1, transaction.orderId, 1});
    return transaction;
}

amm::SwapResult quoteOf(const amm::MarketSnapshot& market, const domain::Transaction& transaction,
                        const amm::ChainClock& clock) {
    const amm::Pool& pool = *market.find(transaction.legs.front().pool);
    amm::SwapRequest request;
    request.direction = *pool.directionFrom(transaction.legs.front().inputMint);
    request.amountRaw = transaction.legs.front().amountInRaw;
    return *amm::quote(pool, request, clock);
}

// One slot on a market that has just begun.
struct Slot {
    amm::MarketSnapshotPtr market;
    std::vector<chain::TransactionOutcome> outcomes;
    std::vector<std::size_t> changedPools;
};
Slot stepOn(const amm::MarketSnapshotPtr& market, const std::vector<domain::Transaction>& inbox) {
    auto result = chain::step(chain::genesisState(market, calm()), inbox, calm(), {1, {}});
    return {result.state.market, std::move(result.outcomes), std::move(result.changedPools)};
}

}  // namespace

class ChainTest : public QObject {
    Q_OBJECT

  private slots:
    void aSlotMovesTheClockAndNothingElse() {
        const auto market = test::generatedMarket();
        const auto slot = stepOn(market, {});
        QCOMPARE(slot.market->clock.slot, market->clock.slot + 1);
        QCOMPARE(slot.market->blockHeight, market->blockHeight + 1);
        QVERIFY(slot.changedPools.empty());
        QVERIFY(slot.market->pools == market->pools);
    }

    void fiveSlotsAreTwoSeconds() {
        auto state = chain::genesisState(test::generatedMarket(), calm());
        const auto start = state.market->clock;
        for (int i = 0; i < 5; ++i) {
            state = chain::step(state, {}, calm(), {1, {}}).state;
        }
        QCOMPARE(state.market->clock.unixTimestamp, start.unixTimestamp + 2);
    }

    void theEpochTurnsAtItsLastSlot() {
        amm::MarketSnapshot market = *test::generatedMarket();
        market.clock = {432'000 * 967 - 1, 0, 966};
        QCOMPARE(
            stepOn(std::make_shared<const amm::MarketSnapshot>(market), {}).market->clock.epoch,
            std::uint64_t{967});
    }

    void aLandedSwapPaysWhatThePoolQuotesAndMovesIt() {
        const auto market = test::generatedMarket();
        const auto transaction = sale(*market, 1);
        const auto slot = stepOn(market, {transaction});
        const auto* landed = std::get_if<chain::Landed>(&slot.outcomes.at(0).result);
        QVERIFY(landed);
        const auto expected = quoteOf(*market, transaction, slot.market->clock);
        QCOMPARE(landed->amountInRaw, kTenSol);
        QCOMPARE(landed->amountOutRaw, expected.amountOutRaw);
        QCOMPARE(landed->fills.size(), std::size_t{1});
        QCOMPARE(landed->fills[0].amountOutRaw, expected.amountOutRaw);
        QCOMPARE(landed->fills[0].feeRaw, expected.feeRaw);
        QCOMPARE(landed->fills[0].slot, slot.market->clock.slot);
        QCOMPARE(landed->networkFeeLamports, std::uint64_t{12'000});
        QCOMPARE(slot.changedPools.size(), std::size_t{1});

        // What left the trader is in the vaults, what arrived is gone from them.
        const domain::Pubkey& pool = transaction.legs[0].pool;
        const auto before = amm::vaultBalances(*market->find(pool));
        const auto after = amm::vaultBalances(*slot.market->find(pool));
        const std::size_t in = market->find(pool)->mints[0].mint == domain::solMint() ? 0 : 1;
        QCOMPARE(after[in], before[in] + kTenSol);
        QCOMPARE(after[1 - in] + expected.amountOutRaw, before[1 - in]);
    }

    void aSecondSwapMeetsTheStateThatTheFirstLeft() {
        const auto market = test::generatedMarket();
        const auto first = sale(*market, 1);
        const auto second = sale(*market, 2);
        const auto both = stepOn(market, {first, second});
        const auto outOf = [&](std::size_t i) {
            return std::get<chain::Landed>(both.outcomes.at(i).result).amountOutRaw;
        };
        QVERIFY(outOf(1) < outOf(0));
        // The same two in slots of their own give the same state.
        const auto one = stepOn(market, {first});
        amm::MarketSnapshot between = *one.market;
        between.clock = market->clock;  // the same moment: DLMM's fee depends on time
        const auto two = stepOn(std::make_shared<const amm::MarketSnapshot>(between), {second});
        QCOMPARE(std::get<chain::Landed>(two.outcomes.at(0).result).amountOutRaw, outOf(1));
    }

    void belowTheMinimumItRevertsAndChangesNothing() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        const auto best = quoteOf(*market, transaction, stepOn(market, {}).market->clock);
        transaction.minAmountOutRaw = best.amountOutRaw + 1;
        const auto refused = stepOn(market, {transaction});
        const auto* reverted = std::get_if<chain::Reverted>(&refused.outcomes.at(0).result);
        QVERIFY(reverted);
        QVERIFY(reverted->error == amm::SwapError::slippageExceeded);
        QCOMPARE(reverted->networkFeeLamports, std::uint64_t{12'000});
        QVERIFY(refused.changedPools.empty());
        QVERIFY(refused.market->pools == market->pools);

        transaction.minAmountOutRaw = best.amountOutRaw;  // exactly enough
        const auto accepted = stepOn(market, {transaction});
        QVERIFY(std::holds_alternative<chain::Landed>(accepted.outcomes.at(0).result));
    }

    void aSecondLegThatFailsUndoesTheFirst() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        transaction.legs.push_back(transaction.legs.front());
        transaction.legs.back().inputMint = domain::usdtMint();  // not a token of this pool
        const auto slot = stepOn(market, {transaction});
        QVERIFY(std::holds_alternative<chain::Reverted>(slot.outcomes.at(0).result));
        QVERIFY(slot.market->pools == market->pools);
    }

    void anOldBlockhashExpires() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        transaction.lastValidBlockHeight = market->blockHeight;
        const auto late = stepOn(market, {transaction});
        QVERIFY(std::holds_alternative<chain::Expired>(late.outcomes.at(0).result));
        QVERIFY(late.changedPools.empty());
        transaction.lastValidBlockHeight = market->blockHeight + 1;
        const auto inTime = stepOn(market, {transaction});
        QVERIFY(std::holds_alternative<chain::Landed>(inTime.outcomes.at(0).result));
    }

    void feesFollowTheDocumentedFormula() {
        auto profile = calm();
        QCOMPARE(chain::networkFeeLamports(profile, 140'000), std::uint64_t{5'000 + 7'000});
        profile.computeUnitPriceMicroLamports = 1;  // 0.14 lamports are one
        QCOMPARE(chain::networkFeeLamports(profile, 140'000), std::uint64_t{5'001});
        profile.tipLamports = 1'000;
        QCOMPARE(chain::networkFeeLamports(profile, 0), std::uint64_t{6'000});
        profile.tipLamports = std::numeric_limits<std::uint64_t>::max();
        QCOMPARE(chain::networkFeeLamports(profile, 1), std::numeric_limits<std::uint64_t>::max());
    }

    void arrivalIsWithinTheLatencyAndDependsOnSeedAndAttempt() {
        const auto profile = calm();
        bool differs = false;
        for (std::uint32_t number = 0; number < 1'000; ++number) {
            const auto id = domain::makeOrderId({5, number, number});
            const auto at = chain::arrivalTime(1'000, {1, id, 1}, profile);
            QVERIFY(at >= 101'000 && at <= 301'000);
            QCOMPARE(chain::arrivalTime(1'000, {1, id, 1}, profile), at);
            differs = differs || chain::arrivalTime(1'000, {1, id, 2}, profile) != at;
        }
        QVERIFY(differs);
    }

    void signaturesAreUnique() {
        std::set<domain::Signature> seen;
        for (std::uint32_t number = 0; number < 500; ++number) {
            for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
                const auto id = domain::makeOrderId({5, number, 0});
                QVERIFY(seen.insert(chain::makeSignature({1, id, attempt})).second);
            }
        }
    }
};

QTEST_APPLESS_MAIN(ChainTest)
#include "chain_test.moc"
