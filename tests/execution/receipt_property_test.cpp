// The parts of a receipt add up to the unit: random orders and routes on all pools, with the market
// moving before them and front-runs in front.

#include <algorithm>
#include <cmath>

#include <QtTest>

#include "amm/swap_footprint.h"
#include "base/rng.h"
#include "landings.h"
#include "support/market_fixture.h"

using namespace oee;
using chain::PoolPtr;
using test::addsUp;
using test::after;
using test::Landing;
using test::landingOf;
using test::Story;

namespace {

constexpr int kOrders =
#ifdef __SANITIZE_ADDRESS__
    5'000;
#else
    100'000;
#endif

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
        landing.transaction.decisionOutRaw = landing.valueOf(outs, market_);
        return true;
    }
    // The same plan, asked from its end: what it brings must arrive, whatever it then takes.
    void askForOutput() {
        domain::Transaction& transaction = landing.transaction;
        transaction.mode = domain::RouteMode::exactOut;
        transaction.minAmountOutRaw = transaction.expectedOutRaw;
        transaction.maxAmountInRaw = UINT64_MAX;
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
        landing.transaction.computeUnitLimit = amm::kMaxComputeUnits;
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

}  // namespace

class ReceiptPropertyTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { market_ = test::generatedMarket(); }
    void partsAddUpToTheUnit();
    void whatSeveralLegsDidAddsUp();
    void whatAnExactOutputCostAddsUp();

  private:
    amm::MarketSnapshotPtr market_;
};

// Random orders on all pools, with the market moving before and front-runs in front.
void ReceiptPropertyTest::partsAddUpToTheUnit() {
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

// Splits, hops and pools used twice, on a market that moved, with a front-run on one of the pools.
void ReceiptPropertyTest::whatSeveralLegsDidAddsUp() {
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

// The same routes, asked for their output: it arrives in full, and what moved the market or ran in
// front is paid with more input.
void ReceiptPropertyTest::whatAnExactOutputCostAddsUp() {
    base::CounterRng rng(11, base::RngPurpose::test, 0);
    int landed = 0;
    int sandwiched = 0;
    int hops = 0;
    for (int i = 0; i < kOrders; ++i) {
        Route route(*market_, rng);
        if (!route.plan() || route.usesAPoolTwice) {
            continue;  // such a plan cannot be asked backwards
        }
        route.askForOutput();
        Landing& landing = route.landing;
        chain::Pools moved = market_->pools;
        const bool isMoved = rng.below(4) != 0;
        for (const domain::RouteLeg& leg : landing.transaction.legs) {
            if (isMoved) {
                route.push(moved, leg, rng.below(2) == 0, 8);
            }
        }
        chain::Pools met = moved;
        const bool isAttacked = rng.below(2) == 0;
        if (isAttacked) {
            const auto& legs = landing.transaction.legs;
            route.push(met, legs[rng.below(legs.size())], true, 8);
        }
        const auto undisturbed = route.run(moved);
        const auto got = route.run(met);
        if (!undisturbed || !got) {
            continue;
        }
        landing.landed = chain::landedOf(landing.transaction, *got, *undisturbed, 7);
        const auto receipt = landing.receipt(rng.unit(), 5'000 + rng.below(1'000'000));
        QVERIFY(receipt.has_value());
        QVERIFY(addsUp(*receipt));
        QCOMPARE(receipt->amountInRaw, got->amountInRaw);
        QCOMPARE(receipt->amountOutRaw, got->amountOutRaw);
        QVERIFY(receipt->amountOutRaw >= landing.transaction.minAmountOutRaw);
        QVERIFY(isAttacked || receipt->parts.sandwichRaw == 0);
        // More input than without the bot is never a gain.
        QVERIFY(got->amountInRaw < undisturbed->amountInRaw ||
                got->amountOutRaw > undisturbed->amountOutRaw || receipt->parts.sandwichRaw >= 0);
        // As planned; scaled to what was spent, which may be a few units less.
        const auto delay = std::abs(static_cast<double>(receipt->parts.delayRaw));
        QVERIFY(isMoved || delay <= 1 + 1e-11 * static_cast<double>(receipt->decisionOutRaw));
        QVERIFY(receipt->parts.lpFeesRaw >= 0 && receipt->parts.protocolFeesRaw >= 0);
        ++landed;
        sandwiched += receipt->parts.sandwichRaw > 0 ? 1 : 0;
        hops += route.isThroughAnother ? 1 : 0;
    }
    QVERIFY2(landed > kOrders / 4, qPrintable(QString::number(landed)));
    QVERIFY2(sandwiched > landed / 4, qPrintable(QString::number(sandwiched)));
    QVERIFY2(hops > landed / 4, qPrintable(QString::number(hops)));
}

QTEST_GUILESS_MAIN(ReceiptPropertyTest)
#include "receipt_property_test.moc"
