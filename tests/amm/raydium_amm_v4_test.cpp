#include <limits>
#include <vector>

#include <QTest>
#include <boost/multiprecision/cpp_int.hpp>

#include "amm/pool.h"
#include "base/rng.h"
#include "market/pool_state.h"
#include "pool_fuzz.h"
#include "raydium_accounts.h"
#include "support/vectors.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::raydium::AmmV4Pool;
using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
const amm::ChainClock kClock{.slot = 10, .unixTimestamp = 1'700'000'000, .epoch = 700};

amm::Pool poolOf(const AmmV4Facts& facts) {
    return amm::decodePool(kPool, ammV4Accounts(facts)).value();
}

const AmmV4Pool& stateOf(const amm::Pool& pool) {
    return std::get<AmmV4Pool>(pool.state);
}

amm::SwapRequest swapOf(SwapMode mode, std::uint64_t amountRaw,
                        SwapDirection direction = SwapDirection::aToB) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

cpp_int floorOf(const cpp_rational& value) {
    return numerator(value) / denominator(value);
}
cpp_int ceilOf(const cpp_rational& value) {
    return (numerator(value) + denominator(value) - 1) / denominator(value);
}

// The invariant in exact fractions: what x·y = k leaves, rounded only where the program rounds.
struct Slow {
    cpp_int x;
    cpp_int y;
    cpp_rational feeRatio;

    cpp_int fee(const cpp_int& in) const { return ceilOf(in * feeRatio); }
    cpp_int out(const cpp_int& in) const {
        const cpp_int net = in - fee(in);
        return floorOf(cpp_rational(y) - cpp_rational(x * y, x + net));
    }
    cpp_int in(const cpp_int& out) const {
        const cpp_int net = ceilOf(cpp_rational(x * y, y - out) - x);
        return ceilOf(net / (1 - feeRatio));
    }
};

}  // namespace

class RaydiumAmmV4Test : public QObject {
    Q_OBJECT

  private slots:
    void vectors();
    void agreesWithFractions();
    void exactOutIsTheLeastInput();
    void refusals_data();
    void refusals();
    void waitsForItsOpenTime();
    void pnlIsOutsideTheReserves();
    void slippageLimitIsInclusive();
    void applyMovesBothVaults();
    void encodeTouchesOnlyWhatChanged();
    void namesTheBrokenField_data();
    void namesTheBrokenField();
    void truncation();
    void corruption();
};

void RaydiumAmmV4Test::vectors() {
    if (!vectorsAvailable("raydium-amm-v4")) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
    VectorOptions options;
    options.program = "raydium-amm-v4";
    options.finalOf = market::poolStateOf;
    options.compareErrorNames = true;
    // The recorded revision still wrote counters into the pool: only vaults are compared in bytes.
    options.hashed = [](const amm::Pool& pool) {
        return std::vector(stateOf(pool).vaults.begin(), stateOf(pool).vaults.end());
    };
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps, %d accounts equal in bytes", report.passed, report.swaps,
          report.hashesCompared);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, 930);
    QVERIFY(report.hashesCompared >= 40);
}

void RaydiumAmmV4Test::agreesWithFractions() {
    base::CounterRng rng(1, base::RngPurpose::test, 0);
    int exactIn = 0;
    int exactOut = 0;
    for (int round = 0; round < 20'000; ++round) {
        AmmV4Facts facts;
        facts.vaultRaw = {1 + (rng.nextU64() >> (1 + rng.below(62))),
                          1 + (rng.nextU64() >> (1 + rng.below(62)))};
        facts.feeDenominator = 1 + (rng.nextU64() >> rng.below(64));
        facts.feeNumerator = rng.below(facts.feeDenominator);
        const amm::Pool pool = poolOf(facts);
        const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
        const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
        const Slow slow{facts.vaultRaw[in], facts.vaultRaw[1 - in],
                        cpp_rational(facts.feeNumerator, facts.feeDenominator)};

        const std::uint64_t amount = 1 + (rng.nextU64() >> (1 + rng.below(63)));
        const auto sold = amm::quote(pool, swapOf(SwapMode::exactIn, amount, direction), kClock);
        const cpp_int out = slow.out(amount);
        const bool fits = slow.x + amount <= kMax;
        QCOMPARE(sold.has_value(), fits && out > 0);
        if (sold) {
            ++exactIn;
            QCOMPARE(cpp_int(sold->amountOutRaw), out);
            QCOMPARE(cpp_int(sold->feeRaw), slow.fee(amount));
            QCOMPARE(sold->amountInRaw, amount);
        }
        const std::uint64_t wanted = 1 + rng.below(facts.vaultRaw[1 - in]);
        const auto bought = amm::quote(pool, swapOf(SwapMode::exactOut, wanted, direction), kClock);
        if (wanted == facts.vaultRaw[1 - in]) {
            QVERIFY(!bought);
            continue;
        }
        const cpp_int needed = slow.in(wanted);
        QCOMPARE(bought.has_value(), slow.x + needed <= kMax);
        if (bought) {
            ++exactOut;
            QCOMPARE(cpp_int(bought->amountInRaw), needed);
            QCOMPARE(bought->amountOutRaw, wanted);
        }
    }
    QVERIFY(exactIn > 5'000 && exactOut > 2'000);
}

void RaydiumAmmV4Test::exactOutIsTheLeastInput() {
    const amm::Pool pool = poolOf({});
    base::CounterRng rng(2, base::RngPurpose::test, 0);
    for (int round = 0; round < 1'000; ++round) {
        const std::uint64_t wanted = 1 + rng.below(100'000'000);
        const auto bought = amm::quote(pool, swapOf(SwapMode::exactOut, wanted), kClock);
        QVERIFY(bought.has_value());
        const auto sold = amm::quote(pool, swapOf(SwapMode::exactIn, bought->amountInRaw), kClock);
        QVERIFY(sold && sold->amountOutRaw >= wanted);
        // Both roundings are up, so at most one unit is given away to each.
        if (bought->amountInRaw > 2) {
            const auto less =
                amm::quote(pool, swapOf(SwapMode::exactIn, bought->amountInRaw - 2), kClock);
            QVERIFY(!less || less->amountOutRaw <= wanted);
        }
    }
}

void RaydiumAmmV4Test::refusals_data() {
    QTest::addColumn<AmmV4Facts>("facts");
    QTest::addColumn<amm::SwapRequest>("request");
    QTest::addColumn<SwapError>("expected");

    for (const std::uint64_t status : {0u, 2u, 3u, 4u, 5u}) {
        QTest::addRow("status %d", static_cast<int>(status))
            << AmmV4Facts{.status = status} << swapOf(SwapMode::exactIn, 1'000'000)
            << SwapError::poolDisabled;
    }
    const auto limited = [](amm::SwapRequest request, std::uint64_t limit) {
        request.slippageLimitRaw = limit;
        return request;
    };
    QTest::newRow("nothing in") << AmmV4Facts{} << swapOf(SwapMode::exactIn, 0)
                                << SwapError::zeroAmount;
    QTest::newRow("nothing out") << AmmV4Facts{} << swapOf(SwapMode::exactOut, 0)
                                 << SwapError::zeroAmount;
    QTest::newRow("dust") << AmmV4Facts{} << swapOf(SwapMode::exactIn, 1) << SwapError::zeroOutput;
    QTest::newRow("slippage comes before dust")
        << AmmV4Facts{} << limited(swapOf(SwapMode::exactIn, 1), 1) << SwapError::slippageExceeded;
    QTest::newRow("too little out")
        << AmmV4Facts{} << limited(swapOf(SwapMode::exactIn, 1'000'000), 150'000)
        << SwapError::slippageExceeded;
    QTest::newRow("too much in") << AmmV4Facts{}
                                 << limited(swapOf(SwapMode::exactOut, 150'000), 1'000'000)
                                 << SwapError::slippageExceeded;
    QTest::newRow("the whole reserve") << AmmV4Facts{} << swapOf(SwapMode::exactOut, 150'000'000)
                                       << SwapError::insufficientLiquidity;
    QTest::newRow("more than the reserve")
        << AmmV4Facts{} << swapOf(SwapMode::exactOut, kMax) << SwapError::insufficientLiquidity;
    QTest::newRow("pnl over the vault")
        << AmmV4Facts{.needTakePnlRaw = {0, 150'000'001}} << swapOf(SwapMode::exactIn, 1'000'000)
        << SwapError::mathOverflow;
    QTest::newRow("fee denominator 0")
        << AmmV4Facts{.feeNumerator = 0, .feeDenominator = 0}
        << swapOf(SwapMode::exactIn, 1'000'000) << SwapError::mathOverflow;
    QTest::newRow("fee over 1") << AmmV4Facts{.feeNumerator = 2, .feeDenominator = 1}
                                << swapOf(SwapMode::exactIn, 1'000'000) << SwapError::mathOverflow;
    QTest::newRow("fee 1, exact out")
        << AmmV4Facts{.feeNumerator = 1, .feeDenominator = 1} << swapOf(SwapMode::exactOut, 1'000)
        << SwapError::mathOverflow;
    QTest::newRow("vault over 64 bits")
        << AmmV4Facts{.vaultRaw = {kMax - 10, 1'000}} << swapOf(SwapMode::exactIn, kMax / 2)
        << SwapError::mathOverflow;
    QTest::newRow("empty input reserve")
        << AmmV4Facts{.vaultRaw = {0, 1'000}} << swapOf(SwapMode::exactIn, 1'000)
        << SwapError::insufficientLiquidity;
    QTest::newRow("partial fill") << AmmV4Facts{} << swapOf(SwapMode::partialFill, 1'000'000)
                                  << SwapError::unsupportedMode;
}

void RaydiumAmmV4Test::refusals() {
    QFETCH(const AmmV4Facts, facts);
    QFETCH(const amm::SwapRequest, request);
    QFETCH(const SwapError, expected);
    const amm::Pool pool = poolOf(facts);
    const auto quoted = amm::quote(pool, request, kClock);
    QVERIFY(!quoted);
    QCOMPARE(amm::nameOf(quoted.error()), amm::nameOf(expected));
    const auto applied = amm::apply(pool, request, kClock);
    QVERIFY(!applied);
    QCOMPARE(amm::nameOf(applied.error()), amm::nameOf(expected));
    AmmV4Pool state = stateOf(pool);
    QVERIFY(!amm::raydium::apply(state, request, kClock));
    QVERIFY(state == stateOf(pool));
}

void RaydiumAmmV4Test::waitsForItsOpenTime() {
    const amm::Pool pool = poolOf({.status = 7, .openTime = 1'700'000'000});
    const auto request = swapOf(SwapMode::exactIn, 1'000'000);
    amm::ChainClock clock = kClock;
    clock.unixTimestamp = 1'699'999'999;
    QCOMPARE(amm::quote(pool, request, clock).error(), SwapError::poolDisabled);
    clock.unixTimestamp = 1'700'000'000;
    const auto applied = amm::apply(pool, request, clock);
    QVERIFY(applied.has_value());
    QCOMPARE(stateOf(*applied->pool).status, amm::raydium::amm_v4::Status::swapOnly);
    QCOMPARE(stateOf(pool).status, amm::raydium::amm_v4::Status::waitingTrade);
}

void RaydiumAmmV4Test::pnlIsOutsideTheReserves() {
    AmmV4Facts with;
    with.vaultRaw = {1'000'000'500, 150'000'700};
    with.needTakePnlRaw = {500, 700};
    for (const auto mode : {SwapMode::exactIn, SwapMode::exactOut}) {
        for (const auto direction : {SwapDirection::aToB, SwapDirection::bToA}) {
            const auto request = swapOf(mode, 1'234'567, direction);
            QVERIFY(amm::quote(poolOf(with), request, kClock) ==
                    amm::quote(poolOf({}), request, kClock));
        }
    }
    QCOMPARE(amm::vaultBalances(poolOf(with)), with.vaultRaw);
    QCOMPARE(amm::marginalPrice(poolOf(with), SwapDirection::aToB), 0.15);
}

void RaydiumAmmV4Test::slippageLimitIsInclusive() {
    const amm::Pool pool = poolOf({});
    auto sell = swapOf(SwapMode::exactIn, 1'000'000);
    const std::uint64_t out = amm::quote(pool, sell, kClock)->amountOutRaw;
    sell.slippageLimitRaw = out;
    QVERIFY(amm::quote(pool, sell, kClock).has_value());
    sell.slippageLimitRaw = out + 1;
    QCOMPARE(amm::quote(pool, sell, kClock).error(), SwapError::slippageExceeded);

    auto buy = swapOf(SwapMode::exactOut, 100'000);
    const std::uint64_t in = amm::quote(pool, buy, kClock)->amountInRaw;
    buy.slippageLimitRaw = in;
    QVERIFY(amm::quote(pool, buy, kClock).has_value());
    buy.slippageLimitRaw = in - 1;
    QCOMPARE(amm::quote(pool, buy, kClock).error(), SwapError::slippageExceeded);
}

void RaydiumAmmV4Test::applyMovesBothVaults() {
    const amm::Pool pool = poolOf({});
    const auto applied =
        amm::apply(pool, swapOf(SwapMode::exactIn, 1'000'000, SwapDirection::bToA), kClock);
    QVERIFY(applied.has_value());
    const auto before = amm::vaultBalances(pool);
    const auto after = amm::vaultBalances(*applied->pool);
    QCOMPARE(after[1], before[1] + applied->result.amountInRaw);
    QCOMPARE(after[0], before[0] - applied->result.amountOutRaw);
    QCOMPARE(stateOf(*applied->pool).recentEpoch, kClock.epoch);
}

void RaydiumAmmV4Test::encodeTouchesOnlyWhatChanged() {
    const amm::AccountSet before = ammV4Accounts({.status = 7});
    const amm::Pool pool = amm::decodePool(kPool, before).value();
    amm::AccountSet after = before;
    QVERIFY(amm::encodePool(pool, after).empty());
    QVERIFY(after == before);

    const auto applied = amm::apply(pool, swapOf(SwapMode::exactIn, 1'000'000), kClock);
    QVERIFY(applied.has_value());
    QCOMPARE(amm::encodePool(*applied->pool, after).size(), std::size_t{3});
    QVERIFY(stateOf(amm::decodePool(kPool, after).value()) == stateOf(*applied->pool));
    const auto differing = [&](const domain::Pubkey& address) {
        std::vector<std::size_t> offsets;
        for (std::size_t i = 0; i < before.at(address).data.size(); ++i) {
            if (before.at(address).data[i] != after.at(address).data[i]) {
                offsets.push_back(i);
            }
        }
        return offsets;
    };
    for (const std::size_t offset : differing(kPool)) {
        QVERIFY(offset < 8 || (offset >= 736 && offset < 744));
    }
    for (const auto& vault : kVaults) {
        QVERIFY(!differing(vault).empty());
        for (const std::size_t offset : differing(vault)) {
            QVERIFY(offset >= 64 && offset < 72);
        }
    }
}

void RaydiumAmmV4Test::namesTheBrokenField_data() {
    QTest::addColumn<int>("account");  // 0 pool, 1 coin vault, 2 pc vault
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    QTest::newRow("status") << 0 << 0 << 8 << "status";
    QTest::newRow("decimals") << 0 << 33 << 1 << "decimals";
    QTest::newRow("vault address") << 0 << 336 << 99 << "coin vault";
    QTest::newRow("mint") << 2 << 0 << 99 << "pc vault";
    QTest::newRow("frozen vault") << 1 << 108 << 2 << "coin vault";
    QTest::newRow("uninitialized vault") << 1 << 108 << 0 << "coin vault";
}

void RaydiumAmmV4Test::namesTheBrokenField() {
    QFETCH(const int, account);
    QFETCH(const int, offset);
    QFETCH(const int, value);
    QFETCH(const QString, where);
    amm::AccountSet accounts = ammV4Accounts({});
    const domain::Pubkey& address =
        account == 0 ? kPool : kVaults[static_cast<std::size_t>(account - 1)];
    accounts.at(address).data[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    const auto decoded = amm::decodePool(kPool, accounts);
    QVERIFY(!decoded);
    QCOMPARE(QString::fromStdString(decoded.error().where), where);
}

void RaydiumAmmV4Test::truncation() {
    const amm::AccountSet accounts = ammV4Accounts({});
    truncateEverywhere(kPool, accounts, {{kPool, 752}, {kVaults[0], 165}, {kVaults[1], 165}});
    // The program wants its exact size, and both owners.
    amm::AccountSet longer = accounts;
    longer.at(kPool).data.push_back(0);
    QVERIFY(!amm::decodePool(kPool, longer));
    for (const auto& address : {kPool, kVaults[0]}) {
        amm::AccountSet foreign = accounts;
        foreign.at(address).owner = key(9);
        QCOMPARE(amm::decodePool(kPool, foreign).error().error, amm::DecodeError::wrongOwner);
    }
}

void RaydiumAmmV4Test::corruption() {
    corruptRandomly(kPool, ammV4Accounts({}), 3, 30'000);
}

QTEST_APPLESS_MAIN(RaydiumAmmV4Test)
#include "raydium_amm_v4_test.moc"
