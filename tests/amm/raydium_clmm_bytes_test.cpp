// Raydium CLMM's accounts: what decoding refuses, what encoding touches, bytes of any content; and
// the rules around a swap.

#include <QTest>

#include <limits>

#include "amm/pool.h"
#include "clmm_accounts.h"
#include "pool_fuzz.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::raydium::ClmmPool;
namespace clmm = amm::raydium::clmm;

namespace {

constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'000'000, .epoch = 800};

amm::Pool poolOf(const ClmmFacts& facts) {
    return amm::decodePool(kPool, clmmAccounts(facts)).value();
}

const ClmmPool& stateOf(const amm::Pool& pool) {
    return std::get<ClmmPool>(pool.state);
}

amm::SwapRequest swapOf(SwapMode mode, SwapDirection direction, std::uint64_t amountRaw) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

// Everything a pool can have: orders, a dynamic fee, a reward, far arrays, transfer fees.
amm::AccountSet richAccounts() {
    ClmmFacts facts;
    facts.tickSpacing = 1;
    facts.tick = 30'700;
    facts.positions = {{30'690, 30'800, 5'000'000'000},
                       {30'500, 30'730, 7'000'000'000},
                       {-40'000, 40'000, 1'000'000}};
    facts.orders = {{30'695, {.phase = 1, .openRaw = 1'000'000}},
                    {30'705, {.phase = 2, .openRaw = 5, .partFilledRemainingRaw = 77}}};
    facts.dynamicFee = clmm::DynamicFee{.filterPeriodSeconds = 30,
                                        .decayPeriodSeconds = 600,
                                        .reductionFactorBps = 5'000,
                                        .control = 20'000,
                                        .maxAccumulator = 350'000,
                                        .spacingIndexReference = 30'698,
                                        .lastUpdateSeconds = 1'749'999'990};
    facts.hasReward = true;
    amm::AccountSet accounts = clmmAccounts(facts);
    makeClmmToken2022(accounts, 0, {.newerEpoch = 9, .newer = {kMax, 100}, .older = {7, 10'000}});
    makeClmmToken2022(accounts, 1, {.newerEpoch = 0, .newer = {99, 9'999}, .older = {kMax, 1}});
    return accounts;
}

}  // namespace

class RaydiumClmmBytesTest : public QObject {
    Q_OBJECT

  private slots:
    void refusals_data();
    void refusals();
    void priceLimits();
    void slippage();
    void missingArrayEndsTheWay();
    void lastOrderOfAnArrayClearsItsBit_data();
    void lastOrderOfAnArrayClearsItsBit();
    void transferFees();
    void encodeTouchesOnlyWhatChanged();
    void namesTheBrokenField_data();
    void namesTheBrokenField();
    void truncation();
    void truncatedArrays();
    void corruption();
};

void RaydiumClmmBytesTest::refusals_data() {
    QTest::addColumn<int>("status");
    QTest::addColumn<quint64>("openTime");
    QTest::addColumn<quint64>("amount");
    QTest::addColumn<int>("error");
    QTest::newRow("zero") << 0 << quint64{0} << quint64{0} << int(SwapError::zeroAmount);
    QTest::newRow("dust") << 0 << quint64{0} << quint64{1} << int(SwapError::zeroOutput);
    QTest::newRow("disabled") << 16 << quint64{0} << quint64{1'000} << int(SwapError::poolDisabled);
    QTest::newRow("opens now") << 0 << quint64{1'750'000'000} << quint64{1'000}
                               << int(SwapError::poolDisabled);
    QTest::newRow("opened a second ago") << 0 << quint64{1'749'999'999} << quint64{1'000} << -1;
    QTest::newRow("other bits") << 47 << quint64{0} << quint64{1'000} << -1;
    QTest::newRow("too much") << 0 << quint64{0} << quint64{1} * 1'000'000'000'000
                              << int(SwapError::insufficientLiquidity);
}

void RaydiumClmmBytesTest::refusals() {
    QFETCH(const int, status);
    QFETCH(const quint64, openTime);
    QFETCH(const quint64, amount);
    QFETCH(const int, error);
    ClmmFacts facts;
    facts.status = static_cast<std::uint8_t>(status);
    facts.openTime = openTime;
    const auto quoted =
        amm::quote(poolOf(facts), swapOf(SwapMode::exactIn, SwapDirection::aToB, amount), kClock);
    QCOMPARE(quoted ? -1 : int(quoted.error()), error);
}

void RaydiumClmmBytesTest::priceLimits() {
    const amm::Pool pool = poolOf({});
    auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000'000'000'000);
    for (const base::u128 wrong : {stateOf(pool).sqrtPriceQ64, clmm::kMinSqrtPriceQ64}) {
        request.sqrtPriceLimitQ64 = wrong;
        QCOMPARE(amm::quote(pool, request, kClock).error(), SwapError::priceLimit);
    }
    // With a limit the swap may end there: here on a tick with liquidity, which is crossed.
    request.sqrtPriceLimitQ64 = clmm::sqrtPriceAtTick(-1'000);
    const auto applied = amm::apply(pool, request, kClock);
    QVERIFY(applied.has_value());
    QVERIFY(applied->result.amountInRaw < request.amountRaw);
    QVERIFY(stateOf(*applied->pool).sqrtPriceQ64 == *request.sqrtPriceLimitQ64);
    QCOMPARE(stateOf(*applied->pool).tickCurrent, -1'001);
    QVERIFY(stateOf(*applied->pool).liquidity == 0);
    // Back again: the liquidity is met at the same tick.
    const auto back = amm::apply(*applied->pool,
                                 swapOf(SwapMode::exactIn, SwapDirection::bToA, 1'000'000), kClock);
    QVERIFY(back.has_value());
    QVERIFY(stateOf(*back->pool).liquidity == stateOf(pool).liquidity);
    request.mode = SwapMode::partialFill;
    QCOMPARE(amm::quote(pool, request, kClock).error(), SwapError::unsupportedMode);
}

void RaydiumClmmBytesTest::slippage() {
    const amm::Pool pool = poolOf({});
    for (const SwapMode mode : {SwapMode::exactIn, SwapMode::exactOut}) {
        auto request = swapOf(mode, SwapDirection::bToA, 1'000'000);
        const auto free = amm::quote(pool, request, kClock);
        QVERIFY(free.has_value());
        const bool exactIn = mode == SwapMode::exactIn;
        const std::uint64_t other = exactIn ? free->amountOutRaw : free->amountInRaw;
        request.slippageLimitRaw = other;
        QVERIFY(amm::quote(pool, request, kClock).has_value());
        request.slippageLimitRaw = exactIn ? other + 1 : other - 1;
        QCOMPARE(amm::quote(pool, request, kClock).error(), SwapError::slippageExceeded);
    }
}

void RaydiumClmmBytesTest::missingArrayEndsTheWay() {
    ClmmFacts facts;
    facts.positions.push_back({-6'000, 6'000, 1'000'000});
    const auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 60'000'000'000);
    amm::AccountSet accounts = clmmAccounts(facts);
    const auto whole = amm::quote(amm::decodePool(kPool, accounts).value(), request, kClock);
    QCOMPARE(whole.error(), SwapError::insufficientLiquidity);  // more than all of it
    auto small = request;
    small.amountRaw = 52'000'000'000;  // beyond tick −1,000, within −6,000
    small.sqrtPriceLimitQ64 = clmm::sqrtPriceAtTick(-5'000);
    QVERIFY(amm::quote(amm::decodePool(kPool, accounts).value(), small, kClock).has_value());
    QVERIFY(accounts.erase(clmmArrayKey(-6'000)) == 1);
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();
    QCOMPARE(amm::quote(pool, small, kClock).error(), SwapError::insufficientLiquidity);
    // Near the price it is not needed.
    small.amountRaw = 1'000'000;
    QVERIFY(amm::quote(pool, small, kClock).has_value());
}

void RaydiumClmmBytesTest::lastOrderOfAnArrayClearsItsBit_data() {
    QTest::addColumn<int>("tick");
    QTest::newRow("the pool's bitmap") << 6'600;
    QTest::newRow("the extension, above") << 400'200;
    QTest::newRow("the extension, below") << -400'200;
    QTest::newRow("the extension, second row") << -60;
}

void RaydiumClmmBytesTest::lastOrderOfAnArrayClearsItsBit() {
    QFETCH(const int, tick);
    ClmmFacts facts;
    facts.tickSpacing = tick == -60 ? 1 : 10;
    const int order = tick == -60 ? -65'000 : tick;
    const SwapDirection direction = order > 0 ? SwapDirection::bToA : SwapDirection::aToB;
    facts.tick = order > 0 ? order - 1'000 : order + 1'000;
    facts.positions = {{order - 5'000, order + 5'000, 1'000'000}};
    facts.orders = {{order, {.phase = 3, .openRaw = 10}}};
    amm::AccountSet accounts = clmmAccounts(facts);
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();
    auto request = swapOf(SwapMode::exactIn, direction, kMax >> 2);
    request.sqrtPriceLimitQ64 = clmm::sqrtPriceAtTick(order + (order > 0 ? 10 : -10));
    const auto applied = amm::apply(pool, request, kClock);
    QVERIFY(applied.has_value());
    QCOMPARE(amm::encodePool(*applied->pool, accounts).size() >= 3, true);
    const auto again = amm::decodePool(kPool, accounts);
    QVERIFY(again.has_value());
    QVERIFY(again->state == applied->pool->state);
    const std::int32_t start = clmm::arrayStartOf(order, facts.tickSpacing);
    for (const auto& slot : stateOf(*again).arrays) {
        QCOMPARE(slot.inBitmap, slot.startTick != start);
        if (slot.startTick == start) {
            QCOMPARE(int{slot.array->initializedCount}, 0);
            const auto offset =
                static_cast<std::size_t>((order - start) / std::int32_t{facts.tickSpacing});
            QCOMPARE(slot.array->ticks[offset].orders.phase, std::uint64_t{4});
        }
    }
}

void RaydiumClmmBytesTest::transferFees() {
    const amm::spl::TransferFee onePercent{.maximumRaw = kMax, .basisPoints = 100};
    const amm::spl::TransferFee twoPercent{.maximumRaw = kMax, .basisPoints = 200};
    amm::AccountSet accounts = clmmAccounts({});
    // Token 0's fee begins with epoch 800; before, there is none.
    makeClmmToken2022(accounts, 0, {.newerEpoch = 800, .newer = onePercent, .older = {}});
    makeClmmToken2022(accounts, 1, {.newerEpoch = 0, .newer = twoPercent, .older = twoPercent});
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();
    const auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000'000);
    const auto sold = amm::apply(pool, request, kClock);
    const auto plain =
        amm::quote(poolOf({}), swapOf(SwapMode::exactIn, SwapDirection::aToB, 990'000), kClock);
    QVERIFY(sold.has_value() && plain.has_value());
    QCOMPARE(sold->result.transferFeeInRaw, std::uint64_t{10'000});
    QCOMPARE(sold->result.transferFeeOutRaw, (plain->amountOutRaw * 200 + 9'999) / 10'000);
    QCOMPARE(sold->result.amountOutRaw, plain->amountOutRaw - sold->result.transferFeeOutRaw);
    QCOMPARE(stateOf(*sold->pool).sides[0].withheldRaw, std::uint64_t{10'000});
    QCOMPARE(amm::vaultBalances(*sold->pool)[0], amm::vaultBalances(pool)[0] + 990'000);
    auto before = kClock;
    before.epoch = 799;
    QCOMPARE(amm::quote(pool, request, before)->transferFeeInRaw, std::uint64_t{0});
    const auto bought =
        amm::quote(pool, swapOf(SwapMode::exactOut, SwapDirection::aToB, 98'000), kClock);
    QVERIFY(bought.has_value());
    QCOMPARE(bought->amountOutRaw, std::uint64_t{98'000});
    QCOMPARE(bought->transferFeeOutRaw, std::uint64_t{2'000});
}

void RaydiumClmmBytesTest::encodeTouchesOnlyWhatChanged() {
    const amm::AccountSet before = richAccounts();
    const amm::Pool pool = amm::decodePool(kPool, before).value();
    amm::AccountSet after = before;
    QVERIFY(amm::encodePool(pool, after).empty());
    QVERIFY(after == before);
    // Down over the orders at 30,695 and the position's end at 30,690.
    auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 5'000'000);
    const auto applied = amm::apply(pool, request, kClock);
    QVERIFY(applied.has_value());
    QCOMPARE(applied->result.crossings, 2u);
    const auto changed = amm::encodePool(*applied->pool, after);
    // Pool, both vaults, and one array: both ticks are between 30,660 and 30,719.
    QCOMPARE(changed.size(), std::size_t{4});
    QVERIFY(std::ranges::find(changed, clmmArrayKey(30'660)) != changed.end());
    QVERIFY(amm::decodePool(kPool, after)->state == applied->pool->state);
    const auto& state = stateOf(*applied->pool);
    QVERIFY(state.rewards[0].growthQ64 > 0);
    QCOMPARE(state.rewards[0].lastUpdateTime, std::uint64_t{1'750'000'000});
    QCOMPARE(state.recentEpoch, kClock.epoch);
    // The old state is as it was, arrays included.
    QVERIFY(pool.state == amm::decodePool(kPool, before)->state);
}

void RaydiumClmmBytesTest::namesTheBrokenField_data() {
    QTest::addColumn<QByteArray>("account");
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    const auto bytes = [](const domain::Pubkey& address) {
        return QByteArray(reinterpret_cast<const char*>(address.bytes.data()), 32);
    };
    const QByteArray pool = bytes(kPool);
    const QByteArray array = bytes(clmmArrayKey(30'660));
    constexpr int kTick30690 = 44 + 30 * 168;
    QTest::newRow("discriminator") << pool << 0 << 1 << "pool";
    QTest::newRow("config address") << pool << 9 << 99 << "amm config";
    QTest::newRow("spacing") << pool << 235 << 0 << "tick spacing";
    QTest::newRow("price") << pool << 268 << 1 << "sqrt price";
    QTest::newRow("tick") << pool << 269 << 0 << "tick current";
    QTest::newRow("trade fee") << bytes(kConfig) << 50 << 1 << "trade fee rate";
    QTest::newRow("fund fee") << bytes(kConfig) << 56 << 1 << "protocol + fund fee rate";
    QTest::newRow("vault's mint") << bytes(kVaults[0]) << 0 << 99 << "vault 0";
    QTest::newRow("frozen vault") << bytes(kVaults[1]) << 108 << 2 << "vault 1";
    QTest::newRow("start") << array << 40 << 1 << "start of a tick array";
    QTest::newRow("tick's index") << array << kTick30690 << 1 << "index of a tick";
    QTest::newRow("count") << array << 10'124 << 1 << "initialized tick count";
    QTest::newRow("orders") << array << kTick30690 + 131 << 255 << "";
}

void RaydiumClmmBytesTest::namesTheBrokenField() {
    QFETCH(const QByteArray, account);
    QFETCH(const int, offset);
    QFETCH(const int, value);
    QFETCH(const QString, where);
    amm::AccountSet accounts = richAccounts();
    domain::Pubkey address;
    std::copy(account.begin(), account.end(), address.bytes.begin());
    auto& bytes = accounts.at(address).data;
    bytes[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    auto decoded = amm::decodePool(kPool, accounts);
    if (where.isEmpty()) {  // as much as 64 bits hold is fine, more is not
        QVERIFY(decoded.has_value());
        bytes[static_cast<std::size_t>(offset) + 8] = 255;
        decoded = amm::decodePool(kPool, accounts);
        QVERIFY(!decoded);
        QCOMPARE(QString::fromStdString(decoded.error().where), "limit orders of a tick");
        return;
    }
    QVERIFY(!decoded);
    QCOMPARE(QString::fromStdString(decoded.error().where), where);
}

void RaydiumClmmBytesTest::truncation() {
    truncateEverywhere(
        kPool, richAccounts(),
        {{kPool, 1'544}, {kConfig, 117}, {kVaults[0], 165}, {kVaults[1], 165}, {kMints[0], 82}});
}

// At every length that is not enough; all of them would take long.
void RaydiumClmmBytesTest::truncatedArrays() {
    const amm::AccountSet accounts = richAccounts();
    for (const auto& [address, size] : std::map<domain::Pubkey, std::size_t>{
             {clmmArrayKey(30'660), 10'240}, {kClmmExtension, 1'832}}) {
        for (std::size_t length = 0; length < size; length += 1 + length / 16) {
            amm::AccountSet broken = accounts;
            const auto& whole = accounts.at(address).data;
            broken.at(address).data.assign(whole.begin(),
                                           whole.begin() + static_cast<std::ptrdiff_t>(length));
            broken.at(address).data.shrink_to_fit();
            QVERIFY(!amm::decodePool(kPool, broken));
            amm::encodePool(*amm::decodePool(kPool, accounts), broken);
        }
    }
}

void RaydiumClmmBytesTest::corruption() {
    corruptRandomly(kPool, richAccounts(), 12, 10'000);
    if (QTest::currentTestFailed()) {
        return;
    }
    // A plain pool: more of its broken versions are still pools.
    amm::AccountSet plain = clmmAccounts({});
    corruptRandomly(kPool, plain, 13, 10'000);
}

QTEST_APPLESS_MAIN(RaydiumClmmBytesTest)
#include "raydium_clmm_bytes_test.moc"
