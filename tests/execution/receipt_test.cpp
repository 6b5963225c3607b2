#include "execution/receipt.h"

#include <cmath>

#include <QtTest>

#include "base/rng.h"
#include "domain/amount.h"
#include "execution/planner.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

using PoolPtr = std::shared_ptr<const amm::Pool>;

constexpr int kOrders =
#ifdef __SANITIZE_ADDRESS__
    5'000;
#else
    100'000;
#endif

struct Landing {
    domain::Transaction transaction;
    PoolPtr decision;
    PoolPtr landing;
    amm::ChainClock clock;
    std::uint64_t amountOutRaw = 0;

    tl::expected<domain::Receipt, execution::ReceiptError> receipt(
        double outPerLamport = 0, std::uint64_t feeLamports = 0) const {
        return execution::makeReceipt({.transaction = transaction,
                                       .decisionPools = {&decision, 1},
                                       .landingPools = {&landing, 1},
                                       .clock = clock,
                                       .amountOutRaw = amountOutRaw,
                                       .networkFeeLamports = feeLamports,
                                       .outPerLamport = outPerLamport});
    }
};

PoolPtr after(const PoolPtr& pool, amm::SwapDirection direction, std::uint64_t amountRaw,
              const amm::ChainClock& clock) {
    amm::SwapRequest request;
    request.direction = direction;
    request.amountRaw = amountRaw;
    auto applied = amm::apply(*pool, request, clock);
    return applied ? applied->pool : pool;
}

// One pool, one leg; the market moves by `before` and a front-run of `frontRun` precedes it.
struct Story {
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    std::uint64_t amountRaw = 0;
    std::uint64_t before = 0;
    amm::SwapDirection beforeDirection = amm::SwapDirection::aToB;
    std::uint64_t frontRun = 0;
};

std::optional<Landing> landingOf(const PoolPtr& pool, const amm::ChainClock& clock,
                                 const Story& story) {
    Landing landing;
    landing.clock = clock;
    landing.decision = pool;
    landing.landing =
        story.before == 0 ? pool : after(pool, story.beforeDirection, story.before, clock);
    const PoolPtr met = story.frontRun == 0
                            ? landing.landing
                            : after(landing.landing, story.direction, story.frontRun, clock);
    amm::SwapRequest request;
    request.direction = story.direction;
    request.amountRaw = story.amountRaw;
    const auto planned = amm::quote(*pool, request, clock);
    const auto got = amm::quote(*met, request, clock);
    if (!planned || !got || !amm::quote(*landing.landing, request, clock)) {
        return std::nullopt;
    }
    landing.amountOutRaw = got->amountOutRaw;
    landing.transaction.expectedOutRaw = planned->amountOutRaw;
    landing.transaction.legs.push_back({pool->address, pool->program,
                                        pool->inputOf(story.direction).mint,
                                        pool->outputOf(story.direction).mint, story.amountRaw});
    return landing;
}

}  // namespace

class ReceiptTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { market_ = test::generatedMarket(); }
    void anOrderAloneCostsFeesAndImpact();
    void partsAddUpToTheUnit();
    void twoHopsAreValuedThroughTheMiddle();
    void whatDoesNotFitIsAnError();
    void numbersForPeople();

  private:
    amm::MarketSnapshotPtr market_;
};

void ReceiptTest::anOrderAloneCostsFeesAndImpact() {
    for (const PoolPtr& pool : market_->pools) {
        const auto landing = landingOf(pool, market_->clock, {.amountRaw = 1'000'000'000});
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

// Random orders on all pools, with the market moving before and front-runs in front.
void ReceiptTest::partsAddUpToTheUnit() {
    base::CounterRng rng(5, base::RngPurpose::test, 0);
    int landed = 0;
    int sandwiched = 0;
    for (int i = 0; i < kOrders; ++i) {
        const PoolPtr& pool = market_->pools[rng.below(market_->pools.size())];
        const auto direction = [&] {
            return rng.below(2) == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        };
        const auto vaults = amm::vaultBalances(*pool);
        Story story;
        story.direction = direction();
        const std::uint64_t depth = vaults[story.direction == amm::SwapDirection::aToB ? 0 : 1];
        story.amountRaw = 1'000 + rng.below(depth >> (4 + rng.below(16)));
        story.beforeDirection = direction();
        story.before = rng.below(3) == 0 ? 0 : 1'000 + rng.below(depth >> 8);
        story.frontRun = rng.below(2) == 0 ? 0 : 1'000 + rng.below(depth >> 8);
        const auto landing = landingOf(pool, market_->clock, story);
        if (!landing) {
            continue;
        }
        const double outPerLamport = rng.unit();
        const std::uint64_t fee = 5'000 + rng.below(1'000'000);
        const auto receipt = landing->receipt(outPerLamport, fee);
        QVERIFY(receipt.has_value());
        const domain::CostParts& parts = receipt->parts;
        ++landed;
        sandwiched += parts.sandwichRaw > 0 ? 1 : 0;

        const auto networkRaw =
            static_cast<base::i128>(std::floor(static_cast<double>(fee) * outPerLamport));
        QVERIFY(parts.networkRaw == networkRaw);
        const base::i128 arrived = base::i128{landing->amountOutRaw} - networkRaw;
        const base::i128 paid = parts.delayRaw + parts.priceImpactRaw + parts.lpFeesRaw +
                                parts.protocolFeesRaw + parts.transferFeesRaw + parts.sandwichRaw +
                                parts.networkRaw;
        QVERIFY(base::i128{receipt->decisionOutRaw} - paid == arrived);
        QVERIFY(receipt->shortfallRaw() == base::i128{receipt->decisionOutRaw} - arrived);
        // A front-run in the same direction never helps; without one there is no loss.
        QVERIFY(story.frontRun == 0 ? parts.sandwichRaw == 0 : parts.sandwichRaw >= 0);
        QVERIFY(story.before != 0 || parts.delayRaw == 0);
    }
    QVERIFY2(landed > kOrders * 9 / 10, qPrintable(QString::number(landed)));
    QVERIFY(sandwiched > landed / 4);
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
        domain::Transaction transaction;
        transaction.legs.push_back({there->address, there->program, one, other, request.amountRaw});
        transaction.legs.push_back({back->address, back->program, other, one, first->amountOutRaw});
        request.amountRaw = first->amountOutRaw;
        request.direction = *back->directionFrom(other);
        const auto second = amm::quote(*back, request, market_->clock);
        QVERIFY(second.has_value());
        const std::vector<PoolPtr> pools{there, back};
        const auto receipt = execution::makeReceipt({.transaction = transaction,
                                                     .decisionPools = pools,
                                                     .landingPools = pools,
                                                     .clock = market_->clock,
                                                     .amountOutRaw = second->amountOutRaw});
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

void ReceiptTest::whatDoesNotFitIsAnError() {
    const PoolPtr& pool = market_->pools.front();
    auto landing = landingOf(pool, market_->clock, {.amountRaw = 1'000'000});
    QVERIFY(landing.has_value());
    landing->landing = market_->pools.back();
    QVERIFY(landing->receipt().error() == execution::ReceiptError::poolsDoNotMatch);
    landing->landing = pool;
    landing->transaction.legs[0].amountInRaw = 0;
    QVERIFY(landing->receipt().error() == execution::ReceiptError::notReproducible);
    landing->transaction.legs.clear();
    QVERIFY(landing->receipt().error() == execution::ReceiptError::noLegs);
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
