#include <QtTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "random_market.h"
#include "routing/planner.h"
#include "seeded_case.h"

using namespace oee;
using routing::PlanRequest;
using routing::RouteMode;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kMarkets = 60;
#else
constexpr std::uint64_t kMarkets = 3'000;
#endif

std::uint64_t quoted(const amm::Pool& pool, const amm::MarketSnapshot& market,
                     const domain::Pubkey& input, std::uint64_t amountRaw) {
    amm::SwapRequest swap;
    swap.direction = *pool.directionFrom(input);
    swap.amountRaw = amountRaw;
    const auto result = amm::quote(pool, swap, market.clock);
    return result ? result->amountOutRaw : 0;
}

// A market of one pool straight from the input to the output, and two over a third token.
struct Triangle {
    amm::MarketSnapshotPtr market;
    std::array<domain::Pubkey, 3> mints{test::randomMint(0), test::randomMint(1),
                                        test::randomMint(2)};
    std::array<std::shared_ptr<const amm::Pool>, 3> pools;  // straight, there, onward

    std::uint64_t straight(std::uint64_t amountRaw) const {
        return amountRaw == 0 ? 0 : quoted(*pools[0], *market, mints[0], amountRaw);
    }
    std::uint64_t around(std::uint64_t amountRaw) const {
        const std::uint64_t held =
            amountRaw == 0 ? 0 : quoted(*pools[1], *market, mints[0], amountRaw);
        return held == 0 ? 0 : quoted(*pools[2], *market, mints[2], held);
    }
};

std::optional<Triangle> triangle(std::uint64_t seed) {
    Triangle made;
    test::RandomMarketShape shape{.seed = seed, .tokens = 3, .pools = 3};
    shape.priceNoise = 0.000'5;
    made.market = test::randomMarket(shape);
    for (const auto& pool : made.market->pools) {
        const bool hasInput = pool->directionFrom(made.mints[0]).has_value();
        const bool hasOutput = pool->directionFrom(made.mints[1]).has_value();
        made.pools[hasInput && hasOutput ? 0 : hasInput ? 1 : 2] = pool;
    }
    const bool isOne = std::all_of(made.pools.begin(), made.pools.end(),
                                   [](const auto& pool) { return pool != nullptr; });
    return isOne ? std::optional(made) : std::nullopt;
}

// Pools one after another, with others that lead nowhere.
struct Chain {
    amm::MarketSnapshotPtr market;
    std::vector<domain::Pubkey> mints;
    std::vector<std::shared_ptr<const amm::Pool>> pools;

    std::uint64_t output(std::uint64_t amountRaw) const {
        for (std::size_t i = 0; i < pools.size() && amountRaw > 0; ++i) {
            amountRaw = quoted(*pools[i], *market, mints[i], amountRaw);
        }
        return amountRaw;
    }
};

// From the last of the tree's tokens to its root: each token but the root has one pool that was
// made with it and leads to an earlier one.
Chain chain(std::uint64_t seed) {
    constexpr std::size_t kTokens = 7;
    Chain made;
    made.market = test::randomMarket({.seed = seed, .tokens = kTokens, .pools = kTokens - 1});
    domain::Pubkey held = test::randomMint(kTokens - 1);
    made.mints.push_back(held);
    for (std::size_t i = kTokens - 1; i-- > 0;) {
        const auto& pool = made.market->pools[i];
        if (const auto direction = pool->directionFrom(held)) {
            held = pool->outputOf(*direction).mint;
            made.mints.push_back(held);
            made.pools.push_back(pool);
        }
    }
    return made;
}

}  // namespace

// Plans and bounds of amounts so small that every plan there is can be tried.
class WholeUnitsTest : public QObject {
    Q_OBJECT

  private slots:
    void noPlanIsBeyondTheBound() {
        std::uint64_t tried = 0;
        std::uint64_t best = 0;
        std::uint64_t proved = 0;
        for (std::uint64_t seed = 1; seed <= kMarkets; ++seed) {
            const auto made = triangle(seed);
            if (!made) {
                continue;
            }
            base::CounterRng rng(seed, base::RngPurpose::test, 31);
            PlanRequest request;
            request.inputMint = made->mints[0];
            request.outputMint = made->mints[1];
            request.amountRaw = 200 + rng.below(3'000);
            std::uint64_t most = 0;
            for (std::uint64_t part = 0; part <= request.amountRaw; ++part) {
                most =
                    std::max(most, made->around(part) + made->straight(request.amountRaw - part));
            }
            const auto plan = test::planOn(made->market, request);
            if (!plan) {
                continue;
            }
            ++tried;
            const QString place = QStringLiteral("seed %1: %2 of %3, bound %4")
                                      .arg(seed)
                                      .arg(plan->amountOutRaw)
                                      .arg(most)
                                      .arg(plan->boundRaw);
            QVERIFY2(plan->amountOutRaw <= most && plan->boundRaw >= most, qPrintable(place));
            best += plan->amountOutRaw == most;
            proved += plan->boundRaw == most;
        }
        qInfo("%llu markets, %llu plans and %llu bounds are the best there is",
              static_cast<unsigned long long>(tried), static_cast<unsigned long long>(best),
              static_cast<unsigned long long>(proved));
        QVERIFY(tried * 10 > kMarkets);
        QVERIFY(best * 10 > tried * 9);
    }

    void noPlanTakesLessThanTheBound() {
        std::uint64_t tried = 0;
        std::uint64_t best = 0;
        std::uint64_t proved = 0;
        for (std::uint64_t seed = 1; seed <= kMarkets; ++seed) {
            const auto made = triangle(seed);
            if (!made) {
                continue;
            }
            base::CounterRng rng(seed, base::RngPurpose::test, 32);
            PlanRequest request;
            request.mode = RouteMode::exactOut;
            request.inputMint = made->mints[0];
            request.outputMint = made->mints[1];
            const std::uint64_t enough = 200 + rng.below(3'000);
            request.amountRaw = made->straight(enough);
            if (request.amountRaw == 0) {
                continue;
            }
            std::uint64_t least = enough;
            std::uint64_t straight = enough;  // as little as will do beside what goes around
            for (std::uint64_t part = 0; part <= enough; ++part) {
                const std::uint64_t brought = made->around(part);
                while (straight > 0 &&
                       brought + made->straight(straight - 1) >= request.amountRaw) {
                    --straight;
                }
                least = std::min(least, part + straight);
            }
            const auto plan = test::planOn(made->market, request);
            if (!plan) {
                continue;
            }
            ++tried;
            const QString place = QStringLiteral("seed %1: %2 instead of %3, bound %4")
                                      .arg(seed)
                                      .arg(plan->amountInRaw)
                                      .arg(least)
                                      .arg(plan->boundRaw);
            QVERIFY2(plan->amountInRaw >= least && plan->boundRaw <= least, qPrintable(place));
            best += plan->amountInRaw == least;
            proved += plan->boundRaw == least;
        }
        qInfo("%llu markets, %llu plans and %llu bounds are the best there is",
              static_cast<unsigned long long>(tried), static_cast<unsigned long long>(best),
              static_cast<unsigned long long>(proved));
        QVERIFY(tried * 10 > kMarkets);
        QVERIFY(best * 10 > tried * 9);
    }

    // Where there is one way only it is the plan, and the bound is what it brings or next to it.
    void theOnlyWayIsProved() {
        std::uint64_t tried = 0;
        for (std::uint64_t seed = 1; seed <= kMarkets / 10; ++seed) {
            const Chain only = chain(seed);
            PlanRequest request;
            request.inputMint = only.mints.front();
            request.outputMint = only.mints.back();
            request.limits.maxHops = 50;
            base::CounterRng rng(seed, base::RngPurpose::test, 33);
            request.amountRaw = 20'000 + rng.below(300'000);
            const std::uint64_t brings = only.output(request.amountRaw);
            if (brings < 1'000) {
                continue;
            }
            ++tried;
            for (const RouteMode mode : {RouteMode::exactIn, RouteMode::exactOut}) {
                request.mode = mode;
                const bool exactIn = mode == RouteMode::exactIn;
                std::uint64_t least = request.amountRaw;
                while (!exactIn && only.output(least - 1) >= brings) {
                    --least;
                }
                request.amountRaw = exactIn ? request.amountRaw : brings;
                const auto plan = test::planOn(only.market, request);
                const QString place = QStringLiteral("seed %1: %2 to %3, bound %4")
                                          .arg(seed)
                                          .arg(plan ? plan->amountInRaw : 0)
                                          .arg(plan ? plan->amountOutRaw : 0)
                                          .arg(plan ? plan->boundRaw : 0);
                QVERIFY2(plan.has_value(), qPrintable(place));
                QVERIFY2(exactIn ? plan->amountOutRaw == brings && plan->boundRaw >= brings
                                 : plan->amountInRaw >= least && plan->boundRaw <= least,
                         qPrintable(place));
                const double unit = exactIn ? 1
                                            : static_cast<double>(plan->amountInRaw) /
                                                  static_cast<double>(plan->amountOutRaw);
                const auto gap = static_cast<double>(exactIn ? plan->boundRaw - brings
                                                             : plan->amountInRaw - plan->boundRaw);
                QVERIFY2(
                    plan->gapPpb <= 1'000 || gap <= std::ceil(test::inputUnitsWorth(*plan) * unit),
                    qPrintable(place));
            }
        }
        QVERIFY(tried * 2 > kMarkets / 10);
    }
};

QTEST_APPLESS_MAIN(WholeUnitsTest)
#include "whole_units_test.moc"
