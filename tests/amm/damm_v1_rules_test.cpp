// Meteora DAMM v1's rules one by one: least fees, locked profit, lending, activation, staking
// prices; and what holds on both curves.

#include <cmath>

#include <QTest>

#include "amm/pool.h"
#include "base/rng.h"
#include "damm_v1_accounts.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::meteora::DammV1Pool;

namespace {

const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'000'000, .epoch = 800};

DammV1Pool poolOf(const DammV1Facts& facts) {
    return amm::meteora::decodeDammV1(kPool, dammV1Accounts(facts)).value();
}

amm::ChainClock later(std::int64_t seconds) {
    amm::ChainClock clock = kClock;
    clock.unixTimestamp += seconds;
    return clock;
}

amm::SwapRequest requestOf(SwapDirection direction, std::uint64_t amountRaw,
                           SwapMode mode = SwapMode::exactIn) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

std::optional<SwapError> errorOf(const DammV1Facts& facts, const amm::SwapRequest& request,
                                 const amm::ChainClock& clock = kClock) {
    const auto result = amm::meteora::quote(poolOf(facts), request, clock);
    return result ? std::nullopt : std::optional(result.error());
}

std::uint64_t outOf(const DammV1Facts& facts, std::uint64_t amountRaw,
                    const amm::ChainClock& clock = kClock) {
    return amm::meteora::quote(poolOf(facts), requestOf(SwapDirection::aToB, amountRaw), clock)
        .value()
        .amountOutRaw;
}

DammV1Facts depegFacts() {
    DammV1Facts facts = dammV1Variety().back();
    facts.tradeNumerator = 0;
    return facts;
}

}  // namespace

class DammV1RulesTest : public QObject {
    Q_OBJECT

  private slots:
    void feesOfAtLeastOne();
    void lockedProfit();
    void lentOut();
    void refusesToSwap();
    void stakePriceAfterTenMinutes();
    void stakePrices();
    void zeroOutputOfStablePools();
    void priceIsThatOfSmallSwaps();
    void roundTripsNeverGain();
};

// 399 units × 0.25 % is less than one, and so is a fifth of it.
void DammV1RulesTest::feesOfAtLeastOne() {
    const DammV1Pool pool = poolOf({});
    const auto feeOf = [&](std::uint64_t amountRaw) {
        return amm::meteora::quote(pool, requestOf(SwapDirection::aToB, amountRaw), kClock).value();
    };
    QCOMPARE(feeOf(399).feeRaw, 1u);
    QCOMPARE(feeOf(399).protocolFeeRaw, 1u);
    QCOMPARE(feeOf(3'999).feeRaw, 9u);
    QCOMPARE(feeOf(3'999).protocolFeeRaw, 1u);
    QCOMPARE(feeOf(4'000).feeRaw, 10u);
    QCOMPARE(feeOf(4'000).protocolFeeRaw, 2u);
    QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 1)) == SwapError::zeroAmount);
    DammV1Facts free;
    free.tradeNumerator = 0;
    QCOMPARE(
        amm::meteora::quote(poolOf(free), requestOf(SwapDirection::aToB, 1'000), kClock)->feeRaw,
        0u);
}

// Worth 10^9 of 1.1 × 10^9 LP: half of the profit counts after half of the time.
void DammV1RulesTest::lockedProfit() {
    DammV1Facts facts;
    facts.sides[1].lockedRaw = 550'000'000;
    facts.sides[1].degradation = 10'000'000'000;  // 1 % a second
    const DammV1Pool pool = poolOf(facts);
    const auto reserveAt = [&](std::int64_t seconds) {
        return amm::meteora::reservesOf(pool, later(seconds)).value().at(1);
    };
    QCOMPARE(reserveAt(0), 500'000'000u);
    QCOMPARE(reserveAt(50), 750'000'000u);
    QCOMPARE(reserveAt(100), 1'000'000'000u);
    QCOMPARE(reserveAt(1'000'000), 1'000'000'000u);
    QCOMPARE(amm::meteora::reservesOf(pool, kClock).value().at(0), 1'000'000'000u);
    QVERIFY(!amm::meteora::reservesOf(pool, later(-1)));
    const auto request = requestOf(SwapDirection::aToB, 1'000'000);
    QVERIFY(errorOf(facts, request, later(-1)) == SwapError::mathOverflow);
    QVERIFY(outOf(facts, 1'000'000) < outOf(facts, 1'000'000, later(50)));
    QVERIFY(outOf(facts, 1'000'000, later(50)) < outOf(facts, 1'000'000, later(99)));
    QCOMPARE(outOf(facts, 1'000'000, later(100)), outOf({}, 1'000'000));
}

void DammV1RulesTest::lentOut() {
    DammV1Facts facts;
    const std::uint64_t out = outOf(facts, 100'000'000);
    facts.sides[1].tokenVaultRaw = out;
    QCOMPARE(outOf(facts, 100'000'000), out);  // all that is there
    facts.sides[1].tokenVaultRaw = out - 1;
    QVERIFY(errorOf(facts, requestOf(SwapDirection::aToB, 100'000'000)) ==
            SwapError::insufficientLiquidity);
    QCOMPARE(amm::meteora::vaultBalances(poolOf(facts))[1], out - 1 + 5'000);
}

void DammV1RulesTest::refusesToSwap() {
    const amm::SwapRequest request = requestOf(SwapDirection::aToB, 10'000);
    QVERIFY(!errorOf({}, request));
    DammV1Facts facts;
    facts.enabled = 0;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    facts = {};
    facts.activationPoint = 1'750'000'001;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    QVERIFY(!errorOf(facts, request, later(1)));
    facts.activationType = 0;  // slots
    facts.activationPoint = 1'001;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    facts.activationPoint = 1'000;
    QVERIFY(!errorOf(facts, request));
    facts = {};
    facts.sides[0].enabled = 0;  // takes nothing, still pays
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    QVERIFY(!errorOf(facts, requestOf(SwapDirection::bToA, 10'000)));
    QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 0)) == SwapError::zeroAmount);
    for (const SwapMode mode : {SwapMode::exactOut, SwapMode::partialFill}) {
        QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 10'000, mode)) ==
                SwapError::unsupportedMode);
    }
    amm::SwapRequest limited = request;
    limited.sqrtPriceLimitQ64 = 1;
    QVERIFY(errorOf({}, limited) == SwapError::unsupportedMode);
    limited = request;
    limited.slippageLimitRaw = outOf({}, 10'000);
    QVERIFY(!errorOf({}, limited));
    ++*limited.slippageLimitRaw;
    QVERIFY(errorOf({}, limited) == SwapError::slippageExceeded);
}

void DammV1RulesTest::stakePriceAfterTenMinutes() {
    const DammV1Facts facts = depegFacts();
    const DammV1Pool pool = poolOf(facts);
    const auto request = requestOf(SwapDirection::aToB, 1'000'000);
    DammV1Pool early = pool;
    DammV1Pool late = pool;
    QVERIFY(amm::meteora::apply(early, request, later(600)).has_value());
    QVERIFY(early.stable->depeg == pool.stable->depeg);
    QVERIFY(amm::meteora::apply(late, request, later(601)).has_value());
    QCOMPARE(late.stable->depeg.priceMicros, 1'200'000u);
    QCOMPARE(late.stable->depeg.updatedSeconds, 1'750'000'601u);
    amm::AccountSet accounts = dammV1Accounts(facts);
    amm::meteora::encode(late, accounts);
    amm::FieldReader reader(accounts.at(kPool).data);
    QCOMPARE(reader.read<std::uint64_t>(900), std::uint64_t{1'200'000});
    QCOMPARE(reader.read<std::uint64_t>(908), std::uint64_t{1'750'000'601});
    // B is worth 1.1 A, then 1.2 A; the reserves are not far from balance.
    const double before = static_cast<double>(outOf(facts, 1'000'000, later(600)));
    const double after = static_cast<double>(outOf(facts, 1'000'000, later(601)));
    QVERIFY(std::abs(before / 909'090 - 1) < 0.002);
    QVERIFY(std::abs(after / 833'333 - 1) < 0.002);
    DammV1Facts endless = facts;
    endless.depegUpdated = ~std::uint64_t{0};
    QVERIFY(errorOf(endless, request) == SwapError::mathOverflow);
}

void DammV1RulesTest::stakePrices() {
    DammV1Facts facts = depegFacts();
    facts.stakeNumerator = 1'234'567'899;
    for (const std::uint8_t type : {std::uint8_t{2}, std::uint8_t{3}}) {
        facts.depegType = type;
        QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 1'234'567u);
    }
    facts.depegType = 1;
    facts.stakeNumerator = 5'147'445'635;  // mSOL at 1.198483
    QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 1'198'483u);
    facts.stakeNumerator = ~std::uint64_t{0};
    QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 4'294'967'295'999'999u);
}

// Unlike x × y = k, which refuses to pay nothing.
void DammV1RulesTest::zeroOutputOfStablePools() {
    DammV1Facts facts = dammV1Variety().at(3);
    const auto tiny = requestOf(SwapDirection::aToB, 500);  // half a unit of B
    const auto result = amm::meteora::quote(poolOf(facts), tiny, kClock);
    QVERIFY(result.has_value());
    QCOMPARE(result->amountOutRaw, 0u);
    facts.stable = false;
    QVERIFY(errorOf(facts, tiny) == SwapError::zeroAmount);
}

void DammV1RulesTest::priceIsThatOfSmallSwaps() {
    for (DammV1Facts facts : dammV1Variety()) {
        facts.tradeNumerator = 0;
        facts.sides[0].lockedRaw = facts.sides[1].lockedRaw = 0;
        for (const std::size_t in : {0u, 1u}) {
            const DammV1Pool pool = poolOf(facts);
            const auto direction = in == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = facts.sides[in].totalRaw / 20'000;
            const auto swap = amm::meteora::quote(pool, requestOf(direction, amount), kClock);
            QVERIFY(swap.has_value());
            const double paid =
                static_cast<double>(swap->amountOutRaw) / static_cast<double>(amount);
            const double price = amm::meteora::marginalPrice(pool, direction);
            QVERIFY2(std::abs(paid / price - 1) < 3e-4,
                     qPrintable(QString("%1 for a price of %2").arg(paid).arg(price)));
        }
    }
}

void DammV1RulesTest::roundTripsNeverGain() {
    base::CounterRng rng(12, base::RngPurpose::test, 41);
    int done = 0;
    for (const DammV1Facts& facts : dammV1Variety()) {
        const DammV1Pool pool = poolOf(facts);
        for (int round = 0; round < 1'000; ++round) {
            DammV1Pool state = pool;
            const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = 1 + (rng.nextU64() >> (30 + rng.below(28)));
            const auto there = amm::meteora::apply(state, requestOf(direction, amount), kClock);
            if (!there || there->amountOutRaw == 0) {
                continue;
            }
            const auto back = amm::meteora::apply(
                state, requestOf(amm::opposite(direction), there->amountOutRaw), kClock);
            QVERIFY(!back || back->amountOutRaw < amount);
            ++done;
        }
    }
    QVERIFY(done > 4'000);
}

QTEST_GUILESS_MAIN(DammV1RulesTest)
#include "damm_v1_rules_test.moc"
