// Meteora DLMM's rules one by one, on pairs of a few bins.

#include <algorithm>

#include <QTest>

#include "amm/pool.h"
#include "dlmm_reference.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::meteora::DlmmPool;

namespace {

constexpr std::int64_t kNow = 1'750'000'000;

DlmmPool poolOf(const DlmmFacts& facts) {
    return amm::meteora::decodeDlmm(kDlmmPair, dlmmAccounts(facts)).value();
}

amm::ChainClock clockAt(std::int64_t seconds, std::uint64_t epoch = 800) {
    return {.slot = 1'000, .unixTimestamp = seconds, .epoch = epoch};
}

amm::SwapRequest swapOf(SwapMode mode, SwapDirection direction, std::uint64_t amountRaw) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

// Bins of price 1 around bin 0: X above, Y below, both in the middle.
DlmmFacts flatFacts() {
    DlmmFacts facts;
    facts.binStepBps = 10;
    facts.baseFactor = 10'000;  // 0.1 %
    facts.variableFeeControl = 0;
    for (int id = -3; id <= 3; ++id) {
        DlmmBinFacts bin;
        bin.xRaw = id >= 0 ? 1'000'000 : 0;
        bin.yRaw = id <= 0 ? 1'000'000 : 0;
        bin.priceQ64 = static_cast<base::u128>(1) << 64;
        facts.bins[id] = bin;
    }
    return facts;
}

}  // namespace

class DlmmRulesTest : public QObject {
    Q_OBJECT

  private slots:
    void volatilityDecays();
    void onlyTheActiveBinResetsTheClock();
    void ordersFillAfterMakers();
    void ordersOfTheOtherSideDoNotPay();
    void makersFeesAreCounted();
    void drainedBinStaysActive();
    void gapsAcrossTheExtension();
    void priceIsStoredWhenFirstUsed();
    void waitsForActivation_data();
    void waitsForActivation();
    void refusals_data();
    void refusals();
    void slippageLimitIsInclusive();
    void transferFeesFollowTheEpoch();
    void statesShareWhatDidNotChange();
};

void DlmmRulesTest::volatilityDecays() {
    DlmmFacts facts = flatFacts();
    facts.accumulator = 30'000;
    facts.reference = 20'000;
    facts.indexReference = -2;
    facts.lastUpdateSeconds = kNow;
    const auto after = [&](std::int64_t elapsed) {
        DlmmPool pool = poolOf(facts);
        const auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000);
        return amm::meteora::apply(pool, request, clockAt(kNow + elapsed))
            .map([&](const auto&) { return pool.volatility; })
            .value();
    };
    using amm::meteora::dlmm::Volatility;
    // Filter: nothing but the accumulator, two bins from the reference.
    QVERIFY(after(29) == (Volatility{40'000, 20'000, -2, kNow}));
    QVERIFY(after(-5) == (Volatility{40'000, 20'000, -2, kNow}));  // a clock that went back
    // Decay: half of the accumulator, the index starts anew.
    QVERIFY(after(30) == (Volatility{15'000, 15'000, 0, kNow}));
    QVERIFY(after(599) == (Volatility{15'000, 15'000, 0, kNow}));
    QVERIFY(after(600) == (Volatility{0, 0, 0, kNow}));
    facts.maxAccumulator = 25'000;
    QCOMPARE(after(0).accumulator, 25'000U);
}

void DlmmRulesTest::onlyTheActiveBinResetsTheClock() {
    DlmmFacts facts = flatFacts();
    facts.accumulator = 40'000;
    facts.lastUpdateSeconds = kNow;
    DlmmPool pool = poolOf(facts);
    const auto small = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000);
    for (const std::uint32_t expected : {20'000U, 10'000U, 5'000U}) {
        QVERIFY(amm::meteora::apply(pool, small, clockAt(kNow + 30)).has_value());
        QCOMPARE(pool.volatility.accumulator, expected);
        QCOMPARE(pool.volatility.lastUpdateSeconds, kNow);
    }
    const auto large = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'500'000);
    QVERIFY(amm::meteora::apply(pool, large, clockAt(kNow + 31)).has_value());
    QCOMPARE(pool.activeId, -1);
    QCOMPARE(pool.volatility.lastUpdateSeconds, kNow + 31);
}

// A bin of price 1 with 100 of makers, 50 of an order being filled, 200 open; no fee.
void DlmmRulesTest::ordersFillAfterMakers() {
    DlmmFacts facts = flatFacts();
    facts.baseFactor = 0;
    facts.bins[0].xRaw = 100;
    facts.bins[0].openRaw = 200;
    facts.bins[0].remainingRaw = 50;
    facts.bins[0].processingRaw = 80;
    facts.bins[0].age = 3;
    facts.bins[0].sellX = true;
    DlmmPool pool = poolOf(facts);
    const auto buy = [&](std::uint64_t amountRaw) {
        const auto request = swapOf(SwapMode::exactIn, SwapDirection::bToA, amountRaw);
        return amm::meteora::apply(pool, request, clockAt(kNow)).value().amountOutRaw;
    };
    const auto bin = [&] { return pool.arrays[1].array->bins[0]; };
    QCOMPARE(buy(90), std::uint64_t{90});
    QCOMPARE(bin().amountXRaw, std::uint64_t{10});
    QCOMPARE(bin().orders.processedRemainingRaw, std::uint64_t{50});
    QCOMPARE(buy(40), std::uint64_t{40});  // 10 of makers, 30 of the order being filled
    QCOMPARE(bin().orders.processedRemainingRaw, std::uint64_t{20});
    QCOMPARE(bin().orders.age, 3U);
    QCOMPARE(buy(21), std::uint64_t{21});  // the last 20, and the first open unit
    QCOMPARE(bin().orders.openRaw, std::uint64_t{0});
    QCOMPARE(bin().orders.processingRaw, std::uint64_t{200});
    QCOMPARE(bin().orders.processedRemainingRaw, std::uint64_t{199});
    QCOMPARE(bin().orders.age, 4U);
    QCOMPARE(bin().orders.fulfilledXRaw, std::uint64_t{51});
    // Proceeds of orders are not the makers'.
    QCOMPARE(bin().amountYRaw, std::uint64_t{1'000'100});
    QCOMPARE(pool.activeId, 0);
}

void DlmmRulesTest::ordersOfTheOtherSideDoNotPay() {
    DlmmFacts facts = flatFacts();
    facts.bins[0].xRaw = 0;
    facts.bins[0].openRaw = 5'000'000;  // bids: they pay Y
    DlmmPool pool = poolOf(facts);
    const auto buy = swapOf(SwapMode::exactIn, SwapDirection::bToA, 1'000);
    QVERIFY(amm::meteora::apply(pool, buy, clockAt(kNow)).has_value());
    QCOMPARE(pool.activeId, 1);
    const auto sell = swapOf(SwapMode::exactIn, SwapDirection::aToB, 5'500'000);
    QVERIFY(amm::meteora::apply(pool, sell, clockAt(kNow)).has_value());
    QCOMPARE(pool.activeId, 0);

    facts.functionType = 1;  // without limit orders the same bytes are rewards
    QCOMPARE(amm::meteora::quote(poolOf(facts), sell, clockAt(kNow)).error(),
             SwapError::insufficientLiquidity);
    facts.functionType = 0;
    QVERIFY(poolOf(facts).parameters.supportsLimitOrders);
    facts.hasReward = true;
    QVERIFY(!poolOf(facts).parameters.supportsLimitOrders);
}

// 10 % of 7,000 in; 10 % of that to the protocol, the rest to 1,234,567 units of liquidity.
void DlmmRulesTest::makersFeesAreCounted() {
    DlmmFacts facts = flatFacts();
    facts.baseFactor = 50'000;
    facts.power = 2;
    facts.bins[0].xRaw = 234'567;
    for (const bool onlyY : {false, true}) {
        facts.collectFeeMode = onlyY ? 1 : 0;
        DlmmPool pool = poolOf(facts);
        const auto sold = amm::meteora::apply(
            pool, swapOf(SwapMode::exactIn, SwapDirection::aToB, 7'000), clockAt(kNow));
        QCOMPARE(sold.value().feeRaw, std::uint64_t{700});
        QCOMPARE(sold.value().protocolFeeRaw, std::uint64_t{70});
        const auto& bin = pool.arrays[1].array->bins[0];
        const cpp_int counter = (cpp_int(630) << 64) / 1'234'567;
        QVERIFY(bigOf(bin.feeXPerTokenQ64) == (onlyY ? cpp_int(0) : counter));
        QVERIFY(bigOf(bin.feeYPerTokenQ64) == (onlyY ? counter : cpp_int(0)));
        QCOMPARE(pool.sides[onlyY ? 1 : 0].protocolFeeRaw, std::uint64_t{70});
        QCOMPARE(sold.value().feeSide, onlyY ? amm::FeeSide::output : amm::FeeSide::input);
    }
}

void DlmmRulesTest::drainedBinStaysActive() {
    DlmmFacts facts = flatFacts();
    facts.baseFactor = 0;
    DlmmPool pool = poolOf(facts);
    const auto drain = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000'000);
    const auto result = amm::meteora::apply(pool, drain, clockAt(kNow));
    QCOMPARE(result.value().amountOutRaw, std::uint64_t{1'000'000});
    QCOMPARE(result.value().crossings, 0U);
    QCOMPARE(pool.activeId, 0);
    const auto next = amm::meteora::apply(pool, drain, clockAt(kNow));
    QCOMPARE(next.value().amountOutRaw, std::uint64_t{1'000'000});
    QCOMPARE(pool.activeId, -1);
}

// Arrays at both ends of the pair's own bitmap and far inside the extension.
void DlmmRulesTest::gapsAcrossTheExtension() {
    DlmmFacts facts;
    facts.binStepBps = 1;
    facts.baseFactor = 0;
    facts.variableFeeControl = 0;
    const std::array<std::int32_t, 8> arrays{-6'337, -1'025, -513, -512, 511, 512, 1'030, 6'336};
    for (const std::int32_t index : arrays) {
        DlmmBinFacts bin;
        bin.xRaw = index > 0 ? 1'000 : 0;
        bin.yRaw = index > 0 ? 0 : 1'000;
        bin.priceQ64 = static_cast<base::u128>(1) << 64;
        facts.bins[index * 70 + 33] = bin;
    }
    const DlmmPool pool = poolOf(facts);
    for (const std::int32_t index : arrays) {
        QVERIFY(pool.bitmap->contains(index));
    }
    for (std::uint64_t count = 1; count <= 4; ++count) {
        for (const bool down : {true, false}) {
            DlmmPool after = pool;
            const auto request = swapOf(
                SwapMode::exactIn, down ? SwapDirection::aToB : SwapDirection::bToA, count * 1'000);
            const auto result = amm::meteora::apply(after, request, clockAt(kNow));
            QCOMPARE(result.value().amountOutRaw, count * 1'000);
            QCOMPARE(after.activeId, arrays[down ? 4 - count : 3 + count] * 70 + 33);
        }
    }
    const auto tooMuch = swapOf(SwapMode::exactOut, SwapDirection::bToA, 4'001);
    QCOMPARE(amm::meteora::quote(pool, tooMuch, clockAt(kNow)).error(),
             SwapError::insufficientLiquidity);

    // Every search in the bitmap, against looking at one bit after the other.
    for (std::int32_t from = -6'656; from < 6'656; from += 7) {
        const auto below = std::find_if(arrays.rbegin(), arrays.rend(),
                                        [from](std::int32_t index) { return index <= from; });
        const auto above = std::find_if(arrays.begin(), arrays.end(),
                                        [from](std::int32_t index) { return index >= from; });
        const auto down = pool.bitmap->nextWithLiquidity(from, SwapDirection::aToB);
        const auto up = pool.bitmap->nextWithLiquidity(from, SwapDirection::bToA);
        QCOMPARE(down.value_or(9'999), below == arrays.rend() ? 9'999 : *below);
        QCOMPARE(up.value_or(9'999), above == arrays.end() ? 9'999 : *above);
    }
}

void DlmmRulesTest::priceIsStoredWhenFirstUsed() {
    DlmmFacts facts = flatFacts();
    facts.activeId = -1;
    facts.bins[-1].priceQ64 = 0;
    DlmmPool pool = poolOf(facts);
    const cpp_int price = slowPriceQ64(-1, 10);
    QVERIFY(amm::meteora::marginalPrice(pool, SwapDirection::aToB) < 1.0);
    QVERIFY(amm::meteora::marginalPrice(pool, SwapDirection::aToB) > 0.998);
    const auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 100'000);
    const auto result = amm::meteora::apply(pool, request, clockAt(kNow));
    QVERIFY(cpp_int(result.value().amountOutRaw) ==
            ((100'000 - result.value().feeRaw) * price) >> 64);
    QVERIFY(bigOf(pool.arrays[0].array->bins[69].priceQ64) == price);
}

void DlmmRulesTest::waitsForActivation_data() {
    QTest::addColumn<int>("pairType");
    QTest::addColumn<int>("activationType");
    QTest::addColumn<qulonglong>("point");
    QTest::addColumn<bool>("open");
    QTest::newRow("permissionless ignores it") << 0 << 0 << qulonglong{5'000} << true;
    QTest::newRow("permissionless v2 ignores it") << 3 << 0 << qulonglong{5'000} << true;
    QTest::newRow("permission, slot before") << 1 << 0 << qulonglong{1'001} << false;
    QTest::newRow("permission, slot reached") << 1 << 0 << qulonglong{1'000} << true;
    QTest::newRow("customizable, time before") << 2 << 1 << qulonglong{kNow + 1} << false;
    QTest::newRow("customizable, time reached") << 2 << 1 << qulonglong{kNow} << true;
    QTest::newRow("customizable, slot reached, not the time") << 2 << 0 << qulonglong{999} << true;
}

void DlmmRulesTest::waitsForActivation() {
    QFETCH(const int, pairType);
    QFETCH(const int, activationType);
    QFETCH(const qulonglong, point);
    QFETCH(const bool, open);
    DlmmFacts facts = flatFacts();
    facts.pairType = static_cast<std::uint8_t>(pairType);
    facts.activationType = static_cast<std::uint8_t>(activationType);
    facts.activationPoint = point;
    const auto request = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'000);
    const auto result = amm::meteora::quote(poolOf(facts), request, clockAt(kNow));
    QCOMPARE(result.has_value(), open);
    if (!open) {
        QCOMPARE(result.error(), SwapError::poolDisabled);
    }
}

void DlmmRulesTest::refusals_data() {
    QTest::addColumn<DlmmFacts>("facts");
    QTest::addColumn<amm::SwapRequest>("request");
    QTest::addColumn<SwapError>("expected");
    const auto sell = swapOf(SwapMode::exactIn, SwapDirection::aToB, 10'000);
    const auto buy = swapOf(SwapMode::exactOut, SwapDirection::aToB, 10'000);
    const auto with = [](amm::SwapRequest request, std::uint64_t amount) {
        request.amountRaw = amount;
        return request;
    };
    DlmmFacts disabled = flatFacts();
    disabled.status = 1;
    DlmmFacts absent = flatFacts();
    absent.bins.clear();
    DlmmFacts tiny = flatFacts();  // an input over 2^64 for one unit out
    for (auto& [id, bin] : tiny.bins) {
        bin.priceQ64 = 1;
        bin.yRaw = 1'000'000;
    }
    DlmmFacts full = flatFacts();
    full.vaultExtraRaw = std::numeric_limits<std::uint64_t>::max() - 4'001'000;
    QTest::newRow("nothing in") << flatFacts() << with(sell, 0) << SwapError::zeroAmount;
    QTest::newRow("nothing out") << flatFacts() << with(buy, 0) << SwapError::zeroAmount;
    QTest::newRow("all of it is the fee") << flatFacts() << with(sell, 1) << SwapError::zeroOutput;
    QTest::newRow("disabled") << disabled << sell << SwapError::poolDisabled;
    QTest::newRow("no arrays") << absent << sell << SwapError::insufficientLiquidity;
    QTest::newRow("more in than fits")
        << flatFacts() << with(sell, 5'000'000) << SwapError::insufficientLiquidity;
    QTest::newRow("more out than there is")
        << flatFacts() << with(buy, 4'000'001) << SwapError::insufficientLiquidity;
    QTest::newRow("input over 64 bits") << tiny << buy << SwapError::mathOverflow;
    QTest::newRow("vault over 64 bits") << full << sell << SwapError::mathOverflow;
    amm::SwapRequest partial = sell;
    partial.mode = SwapMode::partialFill;
    QTest::newRow("partial fill") << flatFacts() << partial << SwapError::unsupportedMode;
}

void DlmmRulesTest::refusals() {
    QFETCH(const DlmmFacts, facts);
    QFETCH(const amm::SwapRequest, request);
    QFETCH(const SwapError, expected);
    const DlmmPool before = poolOf(facts);
    DlmmPool pool = before;
    const auto quoted = amm::meteora::quote(pool, request, clockAt(kNow));
    QVERIFY(!quoted);
    QCOMPARE(amm::nameOf(quoted.error()), amm::nameOf(expected));
    const auto applied = amm::meteora::apply(pool, request, clockAt(kNow));
    QCOMPARE(amm::nameOf(applied.error()), amm::nameOf(expected));
    QVERIFY(pool == before);
}

void DlmmRulesTest::slippageLimitIsInclusive() {
    const DlmmPool pool = poolOf(flatFacts());
    for (const SwapMode mode : {SwapMode::exactIn, SwapMode::exactOut}) {
        auto request = swapOf(mode, SwapDirection::bToA, 1'234'567);
        const auto free = amm::meteora::quote(pool, request, clockAt(kNow)).value();
        const bool in = mode == SwapMode::exactIn;
        request.slippageLimitRaw = in ? free.amountOutRaw : free.amountInRaw;
        QVERIFY(amm::meteora::quote(pool, request, clockAt(kNow)) == free);
        request.slippageLimitRaw = in ? free.amountOutRaw + 1 : free.amountInRaw - 1;
        QCOMPARE(amm::meteora::quote(pool, request, clockAt(kNow)).error(),
                 SwapError::slippageExceeded);
    }
}

void DlmmRulesTest::transferFeesFollowTheEpoch() {
    DlmmFacts facts = flatFacts();
    facts.baseFactor = 0;
    facts.transferFees[0] = amm::spl::TransferFeeConfig{
        .newerEpoch = 802, .newer = {1'000'000, 200}, .older = {1'000'000, 100}};
    const DlmmPool pool = poolOf(facts);
    const auto sell = swapOf(SwapMode::exactIn, SwapDirection::aToB, 10'000);
    QCOMPARE(amm::meteora::quote(pool, sell, clockAt(kNow, 801))->amountOutRaw,
             std::uint64_t{9'900});
    QCOMPARE(amm::meteora::quote(pool, sell, clockAt(kNow, 802))->amountOutRaw,
             std::uint64_t{9'800});
    const auto buy = swapOf(SwapMode::exactOut, SwapDirection::bToA, 9'800);
    DlmmPool after = pool;
    const auto bought = amm::meteora::apply(after, buy, clockAt(kNow, 802));
    QCOMPARE(bought.value().amountInRaw, std::uint64_t{10'000});
    QCOMPARE(bought.value().amountOutRaw, std::uint64_t{9'800});
    QCOMPARE(bought.value().transferFeeOutRaw, std::uint64_t{200});
    const auto sold = amm::meteora::apply(after, sell, clockAt(kNow, 802));
    QCOMPARE(sold.value().transferFeeInRaw, std::uint64_t{200});
    QCOMPARE(after.sides[0].withheldRaw, std::uint64_t{200});
    QCOMPARE(after.sides[0].vaultRaw, pool.sides[0].vaultRaw - 10'000 + 9'800);
}

void DlmmRulesTest::statesShareWhatDidNotChange() {
    const DlmmPool before = poolOf(flatFacts());
    QCOMPARE(before.arrays.size(), std::size_t{2});
    DlmmPool after = before;
    const auto sell = swapOf(SwapMode::exactIn, SwapDirection::aToB, 1'500'000);
    const auto copy = before;
    QVERIFY(amm::meteora::apply(after, sell, clockAt(kNow)).has_value());
    QVERIFY(before == copy);
    QVERIFY(!(after == before));
    QVERIFY(after.bitmap == before.bitmap);
    QVERIFY(after.arrays[0].array != before.arrays[0].array);
    // Buying stays in the upper array: the lower one is still shared.
    DlmmPool bought = before;
    const auto buy = swapOf(SwapMode::exactIn, SwapDirection::bToA, 1'500'000);
    QVERIFY(amm::meteora::apply(bought, buy, clockAt(kNow)).has_value());
    QVERIFY(bought.arrays[0].array == before.arrays[0].array);
    QVERIFY(bought.arrays[1].array != before.arrays[1].array);
}

QTEST_APPLESS_MAIN(DlmmRulesTest)
#include "dlmm_rules_test.moc"
