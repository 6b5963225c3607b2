#include <QtTest>

#include "domain/amount.h"
#include "routing/order_book.h"
#include "routing/routing.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

// Every program costs the same unless a test says otherwise.
class FixedCosts final : public routing::LegCosts {
  public:
    std::uint64_t lamportsOf(domain::Program program) const override {
        return program == dear ? 1'000'000'000 : 5'000;
    }
    std::optional<domain::Program> dear;
};

domain::Pubkey mintOf(const amm::MarketSnapshot& market, const char* symbol) {
    return market.tokens->resolve(symbol)->mint;
}

}  // namespace

class RoutingTest : public QObject {
    Q_OBJECT

  private slots:
    void theBestPoolIsTheOneThatPaysMost_data() {
        QTest::addColumn<QString>("input");
        QTest::addColumn<QString>("output");
        QTest::addColumn<quint64>("amountInRaw");
        QTest::newRow("10 SOL") << "SOL"
                                << "USDC" << quint64{10'000'000'000};
        QTest::newRow("2,000 SOL") << "SOL"
                                   << "USDC" << quint64{2'000'000'000'000};
        QTest::newRow("100 USDC") << "USDC"
                                  << "SOL" << quint64{100'000'000};
        QTest::newRow("stable") << "USDC"
                                << "USDT" << quint64{5'000'000'000};
        QTest::newRow("meme") << "BONK"
                              << "SOL" << quint64{100'000'000'000};
    }
    void theBestPoolIsTheOneThatPaysMost() {
        QFETCH(QString, input);
        QFETCH(QString, output);
        QFETCH(quint64, amountInRaw);
        const auto market = test::generatedMarket();
        const routing::QuoteRequest request{mintOf(*market, input.toUtf8()),
                                            mintOf(*market, output.toUtf8()), amountInRaw};
        const auto board = routing::quoteAll(*market, request, FixedCosts{});
        QVERIFY(!board.quotes.empty());
        const routing::PoolQuote& best = board.quotes.front();
        // Apart from the router: ask every pool of the market.
        std::uint64_t most = 0;
        std::size_t pools = 0;
        for (const auto& pool : market->pools) {
            const auto direction = pool->directionFrom(request.inputMint);
            if (!direction || pool->outputOf(*direction).mint != request.outputMint) {
                continue;
            }
            ++pools;
            amm::SwapRequest swap;
            swap.direction = *direction;
            swap.amountRaw = amountInRaw;
            const auto result = amm::quote(*pool, swap, market->clock);
            most = std::max<std::uint64_t>(most, result ? result->amountOutRaw : 0);
        }
        QVERIFY(pools >= 4);
        QCOMPARE(best.swap.amountOutRaw, most);
        QVERIFY(best.netOutRaw <= best.swap.amountOutRaw);
    }

    void networkCostsDecide() {
        const auto market = test::generatedMarket();
        const routing::QuoteRequest request{domain::solMint(), domain::usdcMint(), 10'000'000'000};
        FixedCosts costs;
        const auto first = routing::quoteAll(*market, request, costs).quotes.front().program;
        costs.dear = first;
        // 1 SOL of cost is about a tenth of what 10 SOL bring.
        const auto board = routing::quoteAll(*market, request, costs);
        QVERIFY(board.quotes.front().program != first);
        for (const auto& quote : board.quotes) {
            const bool isDear = quote.program == *costs.dear;
            QCOMPARE(quote.networkCostOutRaw > quote.swap.amountOutRaw / 20, isDear);
        }
    }

    void theBoardIsOrderedByNetOutput() {
        const auto market = test::generatedMarket();
        const auto board = routing::quoteAll(
            *market, {domain::solMint(), domain::usdcMint(), 50'000'000'000}, FixedCosts{});
        QVERIFY(board.quotes.size() >= 4);
        for (std::size_t i = 1; i < board.quotes.size(); ++i) {
            QVERIFY(board.quotes[i - 1].netOutRaw >= board.quotes[i].netOutRaw);
        }
    }

    void refusalsAreNamed() {
        const auto market = test::generatedMarket();
        const auto errorFor = [&](const domain::Pubkey& in, const domain::Pubkey& out,
                                  std::uint64_t amount) {
            return routing::errorOf(routing::quoteAll(*market, {in, out, amount}, FixedCosts{}));
        };
        QVERIFY(errorFor(mintOf(*market, "JUP"), mintOf(*market, "BONK"), 1'000) ==
                routing::RoutingError::noPool);
        QVERIFY(errorFor(domain::solMint(), domain::usdcMint(), 1) ==
                routing::RoutingError::amountTooSmall);
    }

    void priceImpactGrowsWithSize() {
        const auto market = test::generatedMarket();
        const routing::QuoteRequest small{domain::solMint(), domain::usdcMint(), 1'000'000'000};
        const routing::QuoteRequest large{domain::solMint(), domain::usdcMint(), 1'000'000'000'000};
        const auto few = routing::quoteAll(*market, small, FixedCosts{});
        const auto many = routing::quoteAll(*market, large, FixedCosts{});
        for (const auto& quote : many.quotes) {
            const auto same = std::find_if(few.quotes.begin(), few.quotes.end(),
                                           [&](const auto& q) { return q.pool == quote.pool; });
            QVERIFY(same != few.quotes.end());
            QVERIFY(same->priceImpactBps >= 0);
            QVERIFY(quote.priceImpactBps >= same->priceImpactBps);
        }
    }

    void referencePriceCrossesTokens() {
        const auto market = test::generatedMarket();
        const auto solUsdc =
            routing::referencePrice(*market, domain::solMint(), domain::usdcMint());
        const auto back = routing::referencePrice(*market, domain::usdcMint(), domain::solMint());
        QVERIFY(solUsdc && back);
        QVERIFY(std::abs(*solUsdc * *back - 1.0) < 0.02);
        // RAY trades against SOL only: its dollar price goes over SOL.
        const domain::Pubkey ray = mintOf(*market, "RAY");
        const auto rayUsdc = routing::referencePrice(*market, ray, domain::usdcMint());
        const auto raySol = routing::referencePrice(*market, ray, domain::solMint());
        QVERIFY(rayUsdc && raySol);
        QVERIFY(std::abs(*rayUsdc / (*raySol * *solUsdc) - 1.0) < 0.02);
        QCOMPARE(routing::referencePrice(*market, ray, ray), std::optional(1.0));
        QVERIFY(!routing::referencePrice(*market, ray, domain::Pubkey{}));
    }

    void theBookIsExactAndSorted() {
        const auto market = test::generatedMarket();
        const auto book = routing::orderBook(*market, domain::solMint(), domain::usdcMint());
        QVERIFY(book.bids.size() >= 4 && book.asks.size() >= 4);
        const auto price = [](const routing::BookLevel& level) {
            return static_cast<double>(level.amountQuoteRaw) /
                   static_cast<double>(level.amountBaseRaw);
        };
        for (std::size_t i = 1; i < book.bids.size(); ++i) {
            QVERIFY(price(book.bids[i - 1]) >= price(book.bids[i]));
        }
        for (std::size_t i = 1; i < book.asks.size(); ++i) {
            QVERIFY(price(book.asks[i - 1]) <= price(book.asks[i]));
        }
        // No pool sells to itself at a profit: its best bid is below its best ask.
        // And a pool's levels together are one exact quote.
        for (const auto& pool : market->pools) {
            std::uint64_t base = 0;
            std::uint64_t quote = 0;
            for (const auto& level : book.bids) {
                if (level.pool == pool->address) {
                    base += level.amountBaseRaw;
                    quote += level.amountQuoteRaw;
                }
            }
            if (base == 0) {
                continue;
            }
            amm::SwapRequest swap;
            swap.direction = *pool->directionFrom(domain::solMint());
            swap.amountRaw = base;
            QCOMPARE(amm::quote(*pool, swap, market->clock)->amountOutRaw, quote);
        }
    }
};

QTEST_APPLESS_MAIN(RoutingTest)
#include "routing_test.moc"
