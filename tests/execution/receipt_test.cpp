#include "execution/receipt.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QtTest>

#include "base/rng.h"
#include "chain/compute_units.h"
#include "chain/execution.h"
#include "domain/amount.h"
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

// A transaction that was planned on one market and landed on another.
struct Landing {
    domain::Transaction transaction;
    chain::Landed landed;

    tl::expected<domain::Receipt, execution::ReceiptError> receipt(
        double outPerLamport = 0, std::uint64_t feeLamports = 0) const {
        chain::TransactionOutcome outcome{transaction.orderId, 1, {}, landed};
        outcome.slot = 7;
        std::get<chain::Landed>(outcome.result).networkFeeLamports = feeLamports;
        return execution::makeReceipt({.transaction = transaction,
                                       .outcome = outcome,
                                       .atMicros = 1'000,
                                       .outPerLamport = outPerLamport});
    }
};

// The legs as a plan that expects these outputs of them.
std::uint64_t valueOf(Landing& landing, std::span<const std::uint64_t> outs,
                      const amm::MarketSnapshot& market) {
    for (std::size_t i = 0; i < outs.size(); ++i) {
        landing.transaction.legs[i].amountOutRaw = outs[i];
    }
    return execution::decisionValueOf(landing.transaction.legs, market);
}

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

std::optional<Landing> landingOf(const amm::MarketSnapshot& market, std::size_t position,
                                 const Story& story) {
    const PoolPtr& pool = market.pools[position];
    chain::Pools pools = market.pools;
    if (story.before != 0) {
        pools[position] = after(pool, story.beforeDirection, story.before, market.clock);
    }
    chain::Pools met = pools;
    if (story.frontRun != 0) {
        met[position] = after(pools[position], story.direction, story.frontRun, market.clock);
    }
    Landing landing;
    landing.transaction.legs.push_back({pool->address, pool->program,
                                        pool->inputOf(story.direction).mint,
                                        pool->outputOf(story.direction).mint, story.amountRaw});
    landing.transaction.computeUnitLimit = chain::kMaxComputeUnits;
    const auto run = [&](const chain::Pools& on) {
        chain::PoolOverlay overlay(on);
        return chain::execute(landing.transaction, *market.pairs, overlay, market.clock);
    };
    const auto planned = run(market.pools);
    const auto undisturbed = run(pools);
    const auto got = run(met);
    if (!planned || !undisturbed || !got) {
        return std::nullopt;
    }
    landing.transaction.expectedOutRaw = planned->amountOutRaw;
    landing.transaction.decisionOutRaw =
        valueOf(landing, std::array{planned->amountOutRaw}, market);
    landing.landed = chain::landedOf(landing.transaction, *got, *undisturbed, 7);
    return landing;
}

// A random route of one or two hops, each over one to three legs, pools more than once among them.
class Route {
  public:
    Route(const amm::MarketSnapshot& market, base::CounterRng& rng) : market_(market), rng_(rng) {
        const PoolPtr& pool = market.pools[rng.below(market.pools.size())];
        const auto direction =
            rng.below(2) == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        input_ = pool->inputOf(direction).mint;
        middle_ = pool->outputOf(direction).mint;
        output_ = middle_;
        std::vector<domain::Pubkey> next;
        for (const auto& [one, other] : market.pairs->pairs()) {
            const bool touches = one == middle_ || other == middle_;
            if (touches && one != input_ && other != input_) {
                next.push_back(one == middle_ ? other : one);
            }
        }
        if (rng.below(3) != 0 && !next.empty()) {
            output_ = next[rng.below(next.size())];
            isThroughAnother = true;
        }
    }

    // Amounts as they come out on the market of the decision.
    bool plan() {
        addLegs(input_, middle_, [this] { return 1'000 + rng_.below(depthOf(input_) >> 8); });
        const auto first = run(market_.pools);
        if (!first) {
            return false;
        }
        if (isThroughAnother) {
            const std::uint64_t part = first->amountOutRaw / 3 + 1;
            addLegs(middle_, output_, [part] { return part; });
        }
        const auto planned = run(market_.pools);
        if (!planned) {
            return false;
        }
        std::vector<std::uint64_t> outs;
        for (std::size_t i = 0; i < planned->legs.size(); ++i) {
            landing.transaction.legs[i].amountInRaw = planned->legs[i].swap.amountInRaw;
            outs.push_back(planned->legs[i].swap.amountOutRaw);
        }
        landing.transaction.expectedOutRaw = planned->amountOutRaw;
        landing.transaction.decisionOutRaw = valueOf(landing, outs, market_);
        return true;
    }
    tl::expected<chain::Execution, chain::Reverted> run(const chain::Pools& pools) const {
        chain::PoolOverlay overlay(pools);
        return chain::execute(landing.transaction, *market_.pairs, overlay, market_.clock);
    }
    // Somebody else trades in the pool of a leg.
    void push(chain::Pools& pools, const domain::RouteLeg& leg, bool isWithIt, unsigned shift) {
        PoolPtr& pool = pools[market_.pairs->positionOf(leg.pool)];
        const auto own = *pool->directionFrom(leg.inputMint);
        const auto direction = isWithIt ? own : amm::opposite(own);
        const auto vaults = amm::vaultBalances(*pool);
        const std::uint64_t depth = vaults[direction == amm::SwapDirection::aToB ? 0 : 1];
        pool = after(pool, direction, 1'000 + rng_.below((depth >> shift) + 1), market_.clock);
    }

    Landing landing;
    bool isThroughAnother = false;
    bool usesAPoolTwice = false;

  private:
    template <typename Amount>
    void addLegs(const domain::Pubkey& from, const domain::Pubkey& to, Amount&& amount) {
        auto& legs = landing.transaction.legs;
        const auto positions = market_.pairs->poolsOf(from, to);
        for (std::uint64_t left = 1 + rng_.below(3); left > 0; --left) {
            const amm::Pool& pool = *market_.pools[positions[rng_.below(positions.size())]];
            usesAPoolTwice |= std::any_of(legs.begin(), legs.end(), [&](const auto& leg) {
                return leg.pool == pool.address;
            });
            legs.push_back({pool.address, pool.program, from, to, amount()});
        }
        landing.transaction.computeUnitLimit = chain::kMaxComputeUnits;
    }
    std::uint64_t depthOf(const domain::Pubkey& mint) const {
        std::uint64_t least = UINT64_MAX;
        for (const std::size_t position : market_.pairs->poolsOf(input_, middle_)) {
            const amm::Pool& pool = *market_.pools[position];
            const auto vaults = amm::vaultBalances(pool);
            least = std::min(least, vaults[pool.mints[0].mint == mint ? 0 : 1]);
        }
        return least;
    }

    const amm::MarketSnapshot& market_;
    base::CounterRng& rng_;
    domain::Pubkey input_;
    domain::Pubkey middle_;
    domain::Pubkey output_;
};

// The parts lead from the decision to what arrived, to the unit, whatever happened in between.
bool addsUp(const domain::Receipt& receipt) {
    const domain::CostParts& parts = receipt.parts;
    const base::i128 paid = parts.delayRaw + parts.priceImpactRaw + parts.lpFeesRaw +
                            parts.protocolFeesRaw + parts.transferFeesRaw + parts.sandwichRaw +
                            parts.networkRaw;
    const base::i128 arrived = base::i128{receipt.amountOutRaw} - parts.networkRaw;
    return base::i128{receipt.decisionOutRaw} - paid == arrived && receipt.shortfallRaw() == paid;
}

}  // namespace

class ReceiptTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { market_ = test::generatedMarket(); }
    void anOrderAloneCostsFeesAndImpact();
    void partsAddUpToTheUnit();
    void twoHopsAreValuedThroughTheMiddle();
    void whatSeveralLegsDidAddsUp();
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

// Random orders on all pools, with the market moving before and front-runs in front.
void ReceiptTest::partsAddUpToTheUnit() {
    base::CounterRng rng(5, base::RngPurpose::test, 0);
    int landed = 0;
    int sandwiched = 0;
    for (int i = 0; i < kOrders; ++i) {
        const std::size_t position = rng.below(market_->pools.size());
        const PoolPtr& pool = market_->pools[position];
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
        const auto landing = landingOf(*market_, position, story);
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
        QVERIFY(addsUp(*receipt));
        QCOMPARE(receipt->amountOutRaw, landing->landed.amountOutRaw);
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
        Landing landing;
        domain::Transaction& transaction = landing.transaction;
        transaction.legs.push_back({there->address, there->program, one, other, request.amountRaw});
        transaction.legs.push_back({back->address, back->program, other, one, first->amountOutRaw});
        request.amountRaw = first->amountOutRaw;
        request.direction = *back->directionFrom(other);
        const auto second = amm::quote(*back, request, market_->clock);
        QVERIFY(second.has_value());
        transaction.decisionOutRaw =
            valueOf(landing, std::array{first->amountOutRaw, second->amountOutRaw}, *market_);
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

// Splits, hops and pools used twice, on a market that moved, with a front-run on one of the pools.
void ReceiptTest::whatSeveralLegsDidAddsUp() {
    base::CounterRng rng(7, base::RngPurpose::test, 0);
    int landed = 0;
    int sandwiched = 0;
    int hops = 0;
    int used = 0;
    for (int i = 0; i < kOrders; ++i) {
        Route route(*market_, rng);
        if (!route.plan()) {
            continue;
        }
        chain::Pools moved = market_->pools;
        const bool isMoved = rng.below(4) != 0;
        for (const domain::RouteLeg& leg : route.landing.transaction.legs) {
            if (isMoved) {
                route.push(moved, leg, rng.below(2) == 0, 8);
            }
        }
        chain::Pools met = moved;
        const bool isAttacked = rng.below(2) == 0;
        if (isAttacked) {
            const auto& legs = route.landing.transaction.legs;
            route.push(met, legs[rng.below(legs.size())], true, 8);
        }
        const auto undisturbed = route.run(moved);
        const auto got = route.run(met);
        if (!undisturbed || !got) {
            continue;
        }
        Landing& landing = route.landing;
        landing.landed = chain::landedOf(landing.transaction, *got, *undisturbed, 7);
        const auto receipt = landing.receipt(rng.unit(), 5'000 + rng.below(1'000'000));
        QVERIFY(receipt.has_value());
        QVERIFY(addsUp(*receipt));
        QCOMPARE(receipt->amountInRaw, got->amountInRaw);
        QCOMPARE(receipt->amountOutRaw, got->amountOutRaw);
        QCOMPARE(receipt->unsandwichedOutRaw, undisturbed->amountOutRaw);
        QVERIFY(receipt->parts.sandwichRaw ==
                base::i128{undisturbed->amountOutRaw} - got->amountOutRaw);
        QVERIFY(isAttacked || receipt->parts.sandwichRaw == 0);
        // As planned: the decision's value is that of the landing.
        QVERIFY(isMoved || receipt->parts.delayRaw == 0);
        QVERIFY(receipt->parts.lpFeesRaw >= 0 && receipt->parts.protocolFeesRaw >= 0);
        ++landed;
        sandwiched += receipt->parts.sandwichRaw != 0 ? 1 : 0;
        hops += route.isThroughAnother ? 1 : 0;
        used += route.usesAPoolTwice ? 1 : 0;
    }
    QVERIFY2(landed > kOrders / 2, qPrintable(QString::number(landed)));
    QVERIFY(sandwiched > landed / 4);
    QVERIFY2(hops > landed / 4, qPrintable(QString::number(hops)));
    QVERIFY2(used > landed / 20, qPrintable(QString::number(used)));
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
        valueOf(landing, std::array{planned->amountOutRaw}, *market_);
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
