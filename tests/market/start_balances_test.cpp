#include "market/start_balances.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <map>

#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

namespace {

using Pools = std::vector<std::shared_ptr<const amm::Pool>>;

domain::Pubkey keyOf(std::uint8_t number) {
    domain::Pubkey key;
    key.bytes.fill(number);
    return key;
}

struct Side {
    domain::Pubkey mint;
    std::uint64_t reserveRaw = 0;
    unsigned decimals = 6;
};

std::shared_ptr<const amm::Pool> poolOf(const Side& a, const Side& b) {
    amm::raydium::AmmV4Pool state;
    state.vaultRaw = {a.reserveRaw, b.reserveRaw};
    state.swapFeeNumerator = 25;
    state.swapFeeDenominator = 10'000;
    state.status = amm::raydium::amm_v4::Status::swapOnly;
    state.mints = {amm::MintInfo{.mint = a.mint, .decimals = a.decimals},
                   amm::MintInfo{.mint = b.mint, .decimals = b.decimals}};
    return std::make_shared<const amm::Pool>(amm::Pool{.address = keyOf(200),
                                                       .program = domain::Program::raydiumAmmV4,
                                                       .mints = state.mints,
                                                       .state = state});
}

const Side kUsdc{.mint = domain::usdcMint(), .reserveRaw = 1'000'000'000};

}  // namespace

class StartBalancesTest : public QObject {
    Q_OBJECT

  private slots:
    // 10,000 USD at the profile's prices; the market's differ from them by bins and offsets of at
    // most 0.6 %, which may cost the second digit.
    void defaultMarket() {
        const GeneratedMarket market = generateAll(42);
        Pools pools;
        for (const amm::Pool& pool : market.pools) {
            pools.push_back(std::make_shared<const amm::Pool>(pool));
        }
        QVERIFY(!pools.empty());
        const auto balances = market::startBalances(pools);
        QCOMPARE(balances.size(), std::size_t{6});
        const std::map<std::string, std::uint64_t> expected{
            {"SOL", 1'000'000'000'000},     // 1,000
            {"USDC", 100'000'000'000},      // 100,000
            {"RAY", 16'000'000'000},        // 10,000 / 0.5997 = 16,675
            {"JUP", 49'000'000'000},        // 10,000 / 0.202 = 49,504
            {"BONK", 130'000'000'000'000},  // 10,000 / 0.00000722 = 1,385,041,551
        };
        for (const auto& token : market.profile.tokens) {
            const std::uint64_t balance = balances.at(token.token.mint);
            if (token.token.symbol == "USDT") {
                // A dollar by definition, whatever the pools say.
                QVERIFY(balance == 10'000'000'000 || balance == 9'900'000'000);
            } else {
                QCOMPARE(balance, expected.at(token.token.symbol));
            }
        }
    }

    void worthTravelsFromTheDollar() {
        const auto near = keyOf(1);
        const auto far = keyOf(2);
        // near = 4 USD; far = 2 near = 8 USD, with 9 decimals.
        const Pools pools{poolOf({.mint = far, .reserveRaw = 1'000'000'000'000, .decimals = 9},
                                 {.mint = near, .reserveRaw = 2'000'000'000}),
                          poolOf({.mint = near, .reserveRaw = 250'000'000}, kUsdc)};
        const auto balances = market::startBalances(pools);
        QCOMPARE(balances.at(near), std::uint64_t{2'500'000'000});     // 2,500
        QCOMPARE(balances.at(far), std::uint64_t{1'200'000'000'000});  // 1,250, two digits
    }

    void theDeepestPoolDecides() {
        const auto mint = keyOf(1);
        const auto shallow = poolOf({.mint = mint, .reserveRaw = 1'000'000},
                                    {.mint = domain::usdcMint(), .reserveRaw = 100'000'000});
        const auto deep = poolOf({.mint = domain::usdtMint(), .reserveRaw = 400'000'000},
                                 {.mint = mint, .reserveRaw = 100'000'000});
        for (const Pools& pools : {Pools{shallow, deep}, Pools{deep, shallow}}) {
            // 4 USD, not 100.
            QCOMPARE(market::startBalances(pools).at(mint), std::uint64_t{2'500'000'000});
        }
    }

    // A nearer pool decides before a deeper one that is farther from the dollar.
    void breadthComesFirst() {
        const auto mint = keyOf(1);
        const auto between = keyOf(2);
        const Pools pools{poolOf({.mint = between, .reserveRaw = 1'000'000'000'000},
                                 {.mint = mint, .reserveRaw = 1'000'000'000'000}),
                          poolOf({.mint = between, .reserveRaw = 1'000'000'000'000},
                                 {.mint = domain::usdcMint(), .reserveRaw = 1'000'000'000'000}),
                          poolOf({.mint = mint, .reserveRaw = 1'000},
                                 {.mint = domain::usdcMint(), .reserveRaw = 2'000})};
        QCOMPARE(market::startBalances(pools).at(mint), std::uint64_t{5'000'000'000});
    }

    void unpricedTokensAreCounted() {
        const auto one = keyOf(1);
        const auto other = keyOf(2);
        const auto fine = keyOf(3);
        const auto empty = keyOf(4);
        const Pools pools{poolOf({.mint = one, .reserveRaw = 5, .decimals = 0},
                                 {.mint = other, .reserveRaw = 5, .decimals = 9}),
                          poolOf({.mint = fine, .reserveRaw = 5, .decimals = 30},
                                 {.mint = other, .reserveRaw = 5, .decimals = 9}),
                          // No price can be read from an empty pool.
                          poolOf({.mint = empty, .reserveRaw = 0}, kUsdc)};
        const auto balances = market::startBalances(pools);
        QCOMPARE(balances.at(one), std::uint64_t{10'000});
        QCOMPARE(balances.at(other), std::uint64_t{10'000'000'000'000});
        QVERIFY(balances.at(fine) <= std::numeric_limits<std::uint64_t>::max() / 4);
        QVERIFY(balances.at(fine) > 4'000'000'000'000'000'000);
        QCOMPARE(balances.at(empty), std::uint64_t{10'000'000'000});
    }

    void extremesAreClamped() {
        const auto dust = keyOf(1);
        const auto gem = keyOf(2);
        const Pools pools{poolOf({.mint = dust, .reserveRaw = 1ull << 63},
                                 {.mint = domain::usdcMint(), .reserveRaw = 1}),
                          poolOf({.mint = gem, .reserveRaw = 1},
                                 {.mint = domain::usdcMint(), .reserveRaw = 1ull << 63})};
        const auto balances = market::startBalances(pools);
        // A quarter of 2^64 is 4,611,686,018,427,387,903.
        QCOMPARE(balances.at(dust), std::uint64_t{4'600'000'000'000'000'000});
        QCOMPARE(balances.at(gem), std::uint64_t{1});
    }

    void solAndUsdcAreAlwaysThere() {
        const auto balances = market::startBalances({});
        QCOMPARE(balances.size(), std::size_t{2});
        QCOMPARE(balances.at(domain::solMint()), std::uint64_t{1'000'000'000'000});
        QCOMPARE(balances.at(domain::usdcMint()), std::uint64_t{100'000'000'000});
    }
};

QTEST_GUILESS_MAIN(StartBalancesTest)
#include "start_balances_test.moc"
