// Meteora DAMM v2's accounts: what decoding refuses, what encoding writes, bytes of any content;
// and what holds for swaps in every fee mode.

#include <QTest>

#include "amm/pool.h"
#include "damm_v2_accounts.h"
#include "pool_fuzz.h"

using namespace oee;
using namespace oee::test;
using amm::DecodeError;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::meteora::DammV2Pool;

namespace {

const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'001'900, .epoch = 800};

DammV2Pool poolOf(const amm::AccountSet& accounts) {
    return amm::meteora::decodeDammV2(kPool, accounts).value();
}

amm::SwapRequest requestOf(SwapDirection direction, std::uint64_t amountRaw,
                           SwapMode mode = SwapMode::exactIn) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

template <typename T>
T fieldOf(const amm::AccountSet& accounts, std::size_t offset) {
    return amm::FieldReader(accounts.at(kPool).data).read<T>(offset);
}

}  // namespace

class DammV2BytesTest : public QObject {
    Q_OBJECT

  private slots:
    void truncation();
    void corruption();
    void refusals_data();
    void refusals();
    void extremeNumbers();
    void refusesToSwap();
    void transferFeesByEpoch();
    void oldLayoutGetsItsReserves();
    void writesCounters();
    void roundTripsNeverGain();
    void exactOutOfExactIn();
};

void DammV2BytesTest::truncation() {
    const amm::AccountSet accounts = dammV2Accounts({});
    truncateEverywhere(
        kPool, accounts,
        {{kPool, 1'112}, {kVaults[0], 165}, {kVaults[1], 165}, {kMints[0], 82}, {kMints[1], 82}});
}

void DammV2BytesTest::corruption() {
    for (const DammV2Facts& facts : dammV2Variety()) {
        corruptRandomly(kPool, dammV2Accounts(facts), 7 + facts.baseFeeMode, 150);
    }
}

void DammV2BytesTest::refusals_data() {
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    QTest::newRow("base fee mode") << 16 << 5 << "base fee mode";
    QTest::newRow("protocol percent") << 48 << 101 << "protocol fee percent";
    QTest::newRow("referral percent") << 50 << 101 << "referral fee percent";
    QTest::newRow("compounding") << 55 << 40 << "compounding fee bps";
    QTest::newRow("accumulator") << 124 << 1 << "volatility accumulator";
    QTest::newRow("reference") << 144 << 1 << "volatility reference";
    QTest::newRow("price over range") << 465 << 1 << "sqrt price";
    QTest::newRow("activation type") << 480 << 2 << "activation type";
    QTest::newRow("collect fee mode") << 484 << 3 << "collect fee mode";
    QTest::newRow("fee version") << 486 << 2 << "fee version";
    QTest::newRow("layout version") << 696 << 2 << "layout version";
    QTest::newRow("growth") << 519 << 128 << "fee per liquidity";
    QTest::newRow("total fee") << 583 << 128 << "total liquidity provider fee";
}

void DammV2BytesTest::refusals() {
    QFETCH(int, offset);
    QFETCH(int, value);
    QFETCH(QString, where);
    amm::AccountSet accounts = dammV2Accounts({});
    QVERIFY(amm::decodePool(kPool, accounts).has_value());
    accounts.at(kPool).data[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    const auto decoded = amm::decodePool(kPool, accounts);
    QVERIFY(!decoded);
    QVERIFY(decoded.error().error == DecodeError::invalidValue);
    QCOMPARE(QString::fromStdString(decoded.error().where), where);
}

// Numbers at their limits, in places where numbers are.
void DammV2BytesTest::extremeNumbers() {
    base::CounterRng rng(5, base::RngPurpose::test, 33);
    static constexpr std::array<std::uint64_t, 6> kValues{
        0, 1, 10'000, 0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000, 0xffff'ffff'ffff'ffff};
    static constexpr std::array<std::size_t, 22> kPlaces{8,   22,  24,  32,  64,  72,  80,  88,
                                                         96,  104, 112, 120, 136, 152, 160, 360,
                                                         368, 392, 600, 680, 688, 448};
    const auto variety = dammV2Variety();
    int decodedCount = 0;
    for (int round = 0; round < 6'000; ++round) {
        amm::AccountSet accounts = dammV2Accounts(variety[rng.below(variety.size())]);
        amm::FieldWriter writer(accounts.at(kPool).data);
        for (std::uint64_t i = 1 + rng.below(4); i-- > 0;) {
            writer.write(kPlaces[rng.below(kPlaces.size())], kValues[rng.below(kValues.size())]);
        }
        const auto decoded = amm::decodePool(kPool, accounts);
        if (!decoded) {
            continue;
        }
        ++decodedCount;
        exercise(*decoded, accounts, rng);
        amm::SwapRequest request = randomRequest(rng);
        request.slippageLimitRaw.reset();
        const auto applied = amm::apply(*decoded, request, kClock);
        QVERIFY(applied.has_value() == amm::quote(*decoded, request, kClock).has_value());
        if (applied) {
            amm::encodePool(*applied->pool, accounts);
            const auto again = amm::decodePool(kPool, accounts);
            QVERIFY(again.has_value());
            QVERIFY(again->state == applied->pool->state);
        }
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    QVERIFY(decodedCount > 2'000);
}

void DammV2BytesTest::refusesToSwap() {
    const auto errorOf = [](const DammV2Facts& facts, amm::SwapRequest request,
                            const amm::ChainClock& clock) {
        const auto result = amm::meteora::quote(poolOf(dammV2Accounts(facts)), request, clock);
        return result ? std::nullopt : std::optional(result.error());
    };
    const amm::SwapRequest request = requestOf(SwapDirection::aToB, 1'000);
    QVERIFY(!errorOf({}, request, kClock));
    DammV2Facts facts;
    facts.status = 1;
    QVERIFY(errorOf(facts, request, kClock) == SwapError::poolDisabled);
    amm::ChainClock early = kClock;
    early.unixTimestamp = 1'749'999'999;
    QVERIFY(errorOf({}, request, early) == SwapError::poolDisabled);
    early.unixTimestamp = 1'750'000'000;
    QVERIFY(!errorOf({}, request, early));
    facts = {};
    facts.activationType = 0;  // slots: the clock's 1,000 is long before
    QVERIFY(errorOf(facts, request, kClock) == SwapError::poolDisabled);
    QVERIFY(errorOf({}, {}, kClock) == SwapError::zeroAmount);
    amm::SwapRequest limited = request;
    limited.slippageLimitRaw = 1'000;
    QVERIFY(errorOf({}, limited, kClock) == SwapError::slippageExceeded);
    QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 5'000'000'000), kClock) ==
            SwapError::insufficientLiquidity);
    QVERIFY(
        !errorOf({}, requestOf(SwapDirection::aToB, 5'000'000'000, SwapMode::partialFill), kClock));
    facts = {};
    facts.liquidityQ64 = 0;
    QVERIFY(errorOf(facts, request, kClock) == SwapError::insufficientLiquidity);
}

void DammV2BytesTest::transferFeesByEpoch() {
    DammV2Facts facts;
    facts.transferFees[0] = amm::spl::TransferFeeConfig{
        .newerEpoch = 801, .newer = {5'000, 300}, .older = {9'000, 100}};
    const DammV2Pool pool = poolOf(dammV2Accounts(facts));
    const amm::SwapRequest request = requestOf(SwapDirection::aToB, 100'000);
    amm::ChainClock clock = kClock;
    QCOMPARE(amm::meteora::quote(pool, request, clock)->transferFeeInRaw, 1'000u);
    clock.epoch = 801;
    QCOMPARE(amm::meteora::quote(pool, request, clock)->transferFeeInRaw, 3'000u);
    DammV2Pool after = pool;
    const auto result = amm::meteora::apply(after, request, clock);
    QVERIFY(result.has_value());
    QCOMPARE(after.sides[0].vaultRaw, pool.sides[0].vaultRaw + 97'000);
    QCOMPARE(after.sides[0].withheldRaw, 3'000u);
    // What is left of 97,000 behind the transfer fee gives the same as that amount without one.
    const DammV2Pool plain = poolOf(dammV2Accounts({}));
    QCOMPARE(
        result->amountOutRaw,
        amm::meteora::quote(plain, requestOf(SwapDirection::aToB, 97'000), clock)->amountOutRaw);
}

// Liquidity of 2 × 10^9 between half and twice the sqrt price 1 is 10^9 of each token.
void DammV2BytesTest::oldLayoutGetsItsReserves() {
    DammV2Facts old;
    old.layoutVersion = 0;
    amm::AccountSet accounts = dammV2Accounts(old);
    DammV2Pool pool = poolOf(accounts);
    DammV2Pool tracked = poolOf(dammV2Accounts({}));
    QCOMPARE(pool.sides[0].reserveRaw, 0u);
    const amm::SwapRequest request = requestOf(SwapDirection::bToA, 1'234'567);
    QVERIFY(*amm::meteora::apply(pool, request, kClock) ==
            *amm::meteora::apply(tracked, request, kClock));
    QVERIFY(pool == tracked);
    QCOMPARE(pool.sides[1].reserveRaw, 1'001'234'567u);
    amm::meteora::encode(pool, accounts);
    QCOMPARE(fieldOf<std::uint8_t>(accounts, 696), std::uint8_t{1});
    QCOMPARE(fieldOf<std::uint64_t>(accounts, 688), std::uint64_t{1'001'234'567});
}

// The fee goes where the program counts it.
void DammV2BytesTest::writesCounters() {
    DammV2Facts facts;
    facts.collectFeeMode = 1;
    facts.dynamicFee = false;
    facts.secondFactor = {0, 0};  // no scheduler: 5 %
    amm::AccountSet accounts = dammV2Accounts(facts);
    DammV2Pool pool = poolOf(accounts);
    amm::SwapRequest request = requestOf(SwapDirection::bToA, 1'000'000);
    request.withReferral = true;
    const auto result = amm::meteora::apply(pool, request, kClock);
    QVERIFY(result.has_value());
    QCOMPARE(result->feeRaw, 50'000u);
    QCOMPARE(result->protocolFeeRaw, 10'000u);  // 2,000 of them for the referral
    QCOMPARE(amm::meteora::encode(pool, accounts).size(), std::size_t{3});
    QCOMPARE(fieldOf<std::uint64_t>(accounts, 400), std::uint64_t{8'000});
    QCOMPARE(fieldOf<std::uint64_t>(accounts, 608), std::uint64_t{8'000});
    QVERIFY(fieldOf<base::u128>(accounts, 584) == 40'000);
    // 40,000 × 2^128 / (2 × 10^9 × 2^64)
    QVERIFY(fieldOf<base::u128>(accounts, 520) ==
            (static_cast<base::u128>(40'000) << 64) / 2'000'000'000);
    QCOMPARE(fieldOf<std::uint64_t>(accounts, 688), std::uint64_t{1'000'950'000});
    QCOMPARE(pool.sides[1].vaultRaw, 1'000'000'000u + 10'000 + 1'000'000 - 2'000);
}

void DammV2BytesTest::roundTripsNeverGain() {
    base::CounterRng rng(11, base::RngPurpose::test, 34);
    int done = 0;
    for (const DammV2Facts& facts : dammV2Variety()) {
        const DammV2Pool pool = poolOf(dammV2Accounts(facts));
        for (int round = 0; round < 1'000; ++round) {
            DammV2Pool state = pool;
            const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = 1 + (rng.nextU64() >> (34 + rng.below(28)));
            const auto there = amm::meteora::apply(state, requestOf(direction, amount), kClock);
            if (!there || there->amountOutRaw == 0) {
                continue;
            }
            const auto back = amm::meteora::apply(
                state, requestOf(opposite(direction), there->amountOutRaw), kClock);
            QVERIFY(back.has_value());
            QVERIFY(back->amountOutRaw < amount);
            ++done;
        }
    }
    QVERIFY(done > 10'000);
}

void DammV2BytesTest::exactOutOfExactIn() {
    base::CounterRng rng(12, base::RngPurpose::test, 35);
    int done = 0;
    for (const DammV2Facts& facts : dammV2Variety()) {
        const DammV2Pool pool = poolOf(dammV2Accounts(facts));
        for (int round = 0; round < 1'000; ++round) {
            const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = 1 + (rng.nextU64() >> (34 + rng.below(28)));
            const auto in = amm::meteora::quote(pool, requestOf(direction, amount), kClock);
            if (!in || in->amountOutRaw == 0) {
                continue;
            }
            const auto out = amm::meteora::quote(
                pool, requestOf(direction, in->amountOutRaw, SwapMode::exactOut), kClock);
            QVERIFY(out.has_value());
            // The rate limiter's averages are rounded to 10^-9 at each step of its inversion.
            const std::uint64_t slack = facts.baseFeeMode == 2 ? 4 + amount / 250'000'000 : 0;
            QVERIFY2(out->amountInRaw <= amount + slack,
                     qPrintable(QString("mode %1, collect %2: %3 for %4")
                                    .arg(facts.baseFeeMode)
                                    .arg(facts.collectFeeMode)
                                    .arg(out->amountInRaw)
                                    .arg(amount)));
            ++done;
        }
    }
    QVERIFY(done > 10'000);
}

QTEST_GUILESS_MAIN(DammV2BytesTest)
#include "damm_v2_bytes_test.moc"
