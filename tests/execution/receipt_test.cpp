#include "execution/receipt.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QtTest>

#include "landings.h"
#include "support/market_fixture.h"

using namespace oee;
using test::addsUp;
using test::after;
using test::Landing;
using test::landingOf;

namespace {

using PoolPtr = std::shared_ptr<const amm::Pool>;

}  // namespace

class ReceiptTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { market_ = test::generatedMarket(); }
    void anOrderAloneCostsFeesAndImpact();
    void twoHopsAreValuedThroughTheMiddle();
    void aPoolUsedTwiceHasOneMidPrice();
    void moreInputIsACostOfTheSameOutput();
    void whatDoesNotFitIsAnError();
    void numbersForPeople();

  private:
    amm::MarketSnapshotPtr market_;
};

void ReceiptTest::anOrderAloneCostsFeesAndImpact() {
    for (std::size_t i = 0; i < market_->pools.size(); ++i) {
        const PoolPtr& pool = market_->pools[i];
        const auto landing = landingOf(*market_, i, {.amountRaw = 1'000'000'000});
        QVERIFY(landing.has_value());
        const auto receipt = landing->receipt();
        QVERIFY(receipt.has_value());
        QCOMPARE(receipt->quotedOutRaw, receipt->amountOutRaw);
        QVERIFY(receipt->parts.delayRaw == 0);
        QVERIFY(receipt->parts.sandwichRaw == 0);
        QVERIFY(receipt->parts.networkRaw == 0);
        // Rounding is at most a few units per part.
        QVERIFY(receipt->parts.priceImpactRaw >= -3);
        QVERIFY(receipt->parts.lpFeesRaw > 0);
        const double mid = amm::marginalPrice(*pool, amm::SwapDirection::aToB);
        QCOMPARE(receipt->decisionOutRaw, static_cast<std::uint64_t>(std::floor(1e9 * mid)));
    }
}

void ReceiptTest::twoHopsAreValuedThroughTheMiddle() {
    // A → B in one pool, B → A back in another pool of the pair: worth nearly all of the input.
    const auto& pairs = market_->pairs->pairs();
    for (const auto& [one, other] : pairs) {
        const auto positions = market_->pairs->poolsOf(one, other);
        if (positions.size() < 2) {
            continue;
        }
        const PoolPtr there = market_->pools[positions[0]];
        const PoolPtr back = market_->pools[positions[1]];
        amm::SwapRequest request;
        request.amountRaw = 100'000'000;
        request.direction = *there->directionFrom(one);
        const auto first = amm::quote(*there, request, market_->clock);
        QVERIFY(first.has_value());
        Landing landing;
        domain::Transaction& transaction = landing.transaction;
        transaction.legs.push_back({there->address, there->program, one, other, request.amountRaw});
        transaction.legs.push_back({back->address, back->program, other, one, first->amountOutRaw});
        request.amountRaw = first->amountOutRaw;
        request.direction = *back->directionFrom(other);
        const auto second = amm::quote(*back, request, market_->clock);
        QVERIFY(second.has_value());
        transaction.decisionOutRaw =
            landing.valueOf(std::array{first->amountOutRaw, second->amountOutRaw}, *market_);
        landing.landed.amountInRaw = 100'000'000;
        landing.landed.amountOutRaw = second->amountOutRaw;
        landing.landed.unsandwichedInRaw = 100'000'000;
        landing.landed.unsandwichedOutRaw = second->amountOutRaw;
        landing.landed.poolsBefore = {there, back};
        landing.landed.swapsUndisturbed = {*first, *second};
        const auto receipt = landing.receipt();
        QVERIFY(receipt.has_value());
        const double product = amm::marginalPrice(*there, *there->directionFrom(one)) *
                               amm::marginalPrice(*back, *back->directionFrom(other));
        QVERIFY(std::abs(static_cast<double>(receipt->decisionOutRaw) - 1e8 * product) <= 1.0);
        QVERIFY(receipt->parts.sandwichRaw == 0 && receipt->parts.delayRaw == 0);
        QVERIFY(receipt->parts.lpFeesRaw > 0);
        QVERIFY(base::i128{receipt->decisionOutRaw} - receipt->shortfallRaw() ==
                base::i128{second->amountOutRaw});
        return;
    }
    QFAIL("no pair with two pools");
}

// The mid price of a pool is that before the transaction's first leg in it.
void ReceiptTest::aPoolUsedTwiceHasOneMidPrice() {
    const PoolPtr& pool = market_->pools.front();
    const auto whole = landingOf(*market_, 0, {.amountRaw = 2'000'000'000});
    QVERIFY(whole.has_value());
    Landing landing = *whole;
    domain::RouteLeg half = landing.transaction.legs.front();
    half.amountInRaw = 1'000'000'000;
    landing.transaction.legs = {half, half};
    chain::PoolOverlay overlay(market_->pools);
    const auto execution =
        chain::execute(landing.transaction, *market_->pairs, overlay, market_->clock);
    QVERIFY(execution.has_value());
    landing.landed = chain::landedOf(landing.transaction, *execution, *execution, 7);
    QVERIFY(landing.landed.poolsBefore[1] != pool);
    const auto receipt = landing.receipt();
    QVERIFY(receipt.has_value());
    QCOMPARE(receipt->landingOutRaw, whole->receipt()->landingOutRaw);
    QVERIFY(receipt->parts.delayRaw == 0);
}

// Who asks for an output pays for delay and sandwich with more input: all in output units of what
// was spent.
void ReceiptTest::moreInputIsACostOfTheSameOutput() {
    const PoolPtr& pool = market_->pools.front();
    const auto direction = amm::SwapDirection::aToB;
    const PoolPtr moved = after(pool, direction, 3'000'000'000, market_->clock);
    const PoolPtr met = after(moved, direction, 5'000'000'000, market_->clock);
    amm::SwapRequest request;
    request.mode = amm::SwapMode::exactOut;
    request.direction = direction;
    request.amountRaw = 50'000'000;
    const auto planned = amm::quote(*pool, request, market_->clock);
    const auto undisturbed = amm::quote(*moved, request, market_->clock);
    const auto got = amm::quote(*met, request, market_->clock);
    QVERIFY(planned && undisturbed && got);
    QVERIFY(planned->amountInRaw < undisturbed->amountInRaw);
    QVERIFY(undisturbed->amountInRaw < got->amountInRaw);
    Landing landing;
    landing.transaction.legs = {{pool->address, pool->program, pool->mints[0].mint,
                                 pool->mints[1].mint, planned->amountInRaw}};
    landing.transaction.expectedOutRaw = planned->amountOutRaw;
    landing.transaction.decisionOutRaw =
        landing.valueOf(std::array{planned->amountOutRaw}, *market_);
    landing.landed.amountInRaw = got->amountInRaw;
    landing.landed.amountOutRaw = got->amountOutRaw;
    landing.landed.unsandwichedInRaw = undisturbed->amountInRaw;
    landing.landed.unsandwichedOutRaw = undisturbed->amountOutRaw;
    landing.landed.poolsBefore = {moved};
    landing.landed.swapsUndisturbed = {*undisturbed};
    const auto receipt = landing.receipt();
    QVERIFY(receipt.has_value());
    QVERIFY(addsUp(*receipt));
    QCOMPARE(receipt->amountInRaw, got->amountInRaw);
    const auto near = [](auto one, double other) {
        return std::abs(static_cast<double>(one) - other) <= 2 + 1e-9 * std::abs(other);
    };
    const auto spent = static_cast<double>(got->amountInRaw);
    const double midBefore = amm::marginalPrice(*pool, direction);
    const double mid = amm::marginalPrice(*moved, direction);
    QVERIFY(near(receipt->decisionOutRaw, spent * midBefore));
    QVERIFY(near(receipt->parts.delayRaw, spent * (midBefore - mid)));
    QVERIFY(near(receipt->parts.sandwichRaw,
                 static_cast<double>(got->amountInRaw - undisturbed->amountInRaw) * mid));
    QVERIFY(receipt->parts.priceImpactRaw >= -3);
}

void ReceiptTest::whatDoesNotFitIsAnError() {
    const PoolPtr& pool = market_->pools.front();
    auto landing = landingOf(*market_, 0, {.amountRaw = 1'000'000});
    QVERIFY(landing.has_value());
    landing->landed.poolsBefore = {market_->pools.back()};
    QVERIFY(landing->receipt().error() == execution::ReceiptError::legsDoNotMatch);
    landing->landed.poolsBefore = {pool};
    QVERIFY(landing->receipt().has_value());
    landing->landed.swapsUndisturbed.clear();
    QVERIFY(landing->receipt().error() == execution::ReceiptError::legsDoNotMatch);
    landing->transaction.legs.clear();
    QVERIFY(landing->receipt().error() == execution::ReceiptError::legsDoNotMatch);
    const chain::TransactionOutcome expired{{}, 1, {}, chain::Expired{}};
    const auto none = execution::makeReceipt(
        {.transaction = landing->transaction, .outcome = expired, .outPerLamport = 1});
    QVERIFY(none.error() == execution::ReceiptError::notLanded);
}

void ReceiptTest::numbersForPeople() {
    QCOMPARE(execution::valueAt(1'000, 1.5), 1'500U);
    QCOMPARE(execution::valueAt(3, 0.5), 1U);
    QCOMPARE(execution::valueAt(1, -1.0), 0U);
    QCOMPARE(execution::valueAt(UINT64_MAX, 2.0), UINT64_MAX);
    QCOMPARE(execution::valueAt(5, std::nan("")), 0U);
    QCOMPARE(execution::centiBps(5, 10'000), 500);
    QCOMPARE(execution::centiBps(-5, 10'000), -500);
    QCOMPARE(execution::centiBps(1, 0), 0);

    domain::Receipt receipt;
    receipt.outputMint = domain::usdcMint();
    receipt.decisionOutRaw = 100'000'000;
    receipt.landingOutRaw = 99'990'000;
    receipt.amountOutRaw = 99'900'000;
    receipt.parts.delayRaw = 10'000;
    receipt.parts.priceImpactRaw = -5'000;
    receipt.parts.lpFeesRaw = 95'000;
    domain::TokenRegistry tokens;
    tokens.add({.mint = domain::usdcMint(), .symbol = "USDC", .decimals = 6});
    const std::string text = execution::describe(receipt, tokens);
    QVERIFY2(text.find("in USDC") != std::string::npos, text.c_str());
    QVERIFY2(text.find("-0.005  -0.50 bps") != std::string::npos, text.c_str());
    QVERIFY2(text.find("99.9  9990.00 bps") != std::string::npos, text.c_str());
    QVERIFY2(text.find("Shortfall") != std::string::npos, text.c_str());
    QVERIFY2(text.find("0.1  10.00 bps") != std::string::npos, text.c_str());
}

QTEST_GUILESS_MAIN(ReceiptTest)
#include "receipt_test.moc"
