// Meteora DLMM against a slow second telling of it, and its arithmetic.

#include <cmath>

#include <QTest>

#include "amm/meteora/dlmm/bin_math.h"
#include "amm/pool.h"
#include "base/rng.h"
#include "dlmm_reference.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapMode;
using amm::meteora::DlmmPool;
using base::CounterRng;

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

std::uint64_t logUniform(CounterRng& rng, unsigned maxBits) {
    return 1 + (rng.nextU64() >> (64 - maxBits + rng.below(maxBits)));
}

std::int32_t gapTo(CounterRng& rng) {
    switch (rng.below(12)) {
        case 0:
            return static_cast<std::int32_t>(2 + rng.below(300));
        case 1:
            return static_cast<std::int32_t>(70 * (1 + rng.below(900)));
        default:
            return 1;
    }
}

DlmmBinFacts randomBin(CounterRng& rng, std::int32_t offset, const cpp_int& price,
                       std::uint64_t scaleRaw) {
    DlmmBinFacts bin;
    bin.priceQ64 = smallOf(price);
    const bool empty = rng.below(5) == 0;
    bin.xRaw = offset >= 0 && !empty ? 1 + rng.below(scaleRaw) : 0;
    bin.yRaw = offset <= 0 && !empty ? 1 + rng.below(scaleRaw) : 0;
    if (rng.below(3) == 0) {
        bin.sellX = offset > 0 || (offset == 0 && rng.below(2) == 0);
        bin.openRaw = rng.below(3) == 0 ? 0 : 1 + rng.below(scaleRaw / 4 + 1);
        bin.remainingRaw = rng.below(2) == 0 ? 0 : 1 + rng.below(scaleRaw / 4 + 1);
        bin.processingRaw = bin.remainingRaw;
        bin.age = static_cast<std::uint32_t>(rng.below(5));
    }
    return bin;
}

std::optional<amm::spl::TransferFeeConfig> randomTransferFee(CounterRng& rng) {
    if (rng.below(3) != 0) {
        return std::nullopt;
    }
    amm::spl::TransferFeeConfig config;
    config.newerEpoch = 799 + rng.below(3);
    config.older = {rng.nextU64() >> rng.below(64), static_cast<std::uint16_t>(rng.below(2'000))};
    config.newer = {rng.nextU64() >> rng.below(64), static_cast<std::uint16_t>(rng.below(2'000))};
    return config;
}

DlmmFacts randomFacts(CounterRng& rng) {
    static constexpr std::array<std::uint16_t, 7> kSteps{1, 4, 10, 25, 80, 100, 400};
    DlmmFacts facts;
    facts.binStepBps = kSteps[rng.below(kSteps.size())];
    facts.baseFactor = static_cast<std::uint16_t>(rng.below(20'000));
    facts.power = static_cast<std::uint8_t>(rng.below(8) == 0 ? 1 : 0);
    facts.variableFeeControl = static_cast<std::uint32_t>(rng.below(150'000));
    facts.protocolShareBps = static_cast<std::uint16_t>(rng.below(2'501));
    facts.functionType = static_cast<std::uint8_t>(rng.below(4) == 0 ? 1 : 2);
    facts.collectFeeMode = static_cast<std::uint8_t>(rng.below(2));
    // Prices from 2^-30 to 2^30.
    const auto reach =
        static_cast<std::uint64_t>(30 * std::log(2.0) / std::log1p(facts.binStepBps / 10'000.0));
    facts.activeId =
        static_cast<std::int32_t>(rng.below(2 * reach)) - static_cast<std::int32_t>(reach);
    facts.indexReference = facts.activeId + static_cast<std::int32_t>(rng.below(9)) - 4;
    facts.accumulator = static_cast<std::uint32_t>(rng.below(350'000));
    facts.reference = static_cast<std::uint32_t>(rng.below(facts.accumulator + 1));
    facts.lastUpdateSeconds = kNow - static_cast<std::int64_t>(rng.below(900));
    const std::uint64_t scaleRaw = std::uint64_t{1} << rng.below(45);
    const auto add = [&](std::int32_t offset) {
        const std::int32_t id = facts.activeId + offset;
        if (std::abs(id) <= 443'636) {
            const cpp_int price = slowPriceQ64(id, facts.binStepBps);
            if (price > 0 && price < (cpp_int(1) << 120)) {
                facts.bins[id] = randomBin(rng, offset, price, scaleRaw);
            }
        }
    };
    add(0);
    const std::uint64_t count = rng.below(12);
    std::array<std::int32_t, 2> reached{};
    for (std::uint64_t i = 0; i < count; ++i) {
        add(reached[0] += gapTo(rng));
        add(reached[1] -= gapTo(rng));
    }
    facts.transferFees = {randomTransferFee(rng), randomTransferFee(rng)};
    return facts;
}

// Half of the amounts are of any size; the others take up to nine tenths of what is there.
std::uint64_t randomAmount(CounterRng& rng, const DlmmPool& pool, const amm::SwapRequest& request,
                           const amm::ChainClock& clock) {
    const std::uint64_t anyRaw = logUniform(rng, rng.below(20) == 0 ? 62 : 46);
    std::uint64_t liquidityRaw = 0;
    for (const auto& slot : pool.arrays) {
        for (const auto& bin : slot.array->bins) {
            liquidityRaw += amm::meteora::dlmm::makersCanPay(bin, request.direction);
        }
    }
    if (liquidityRaw < 10 || rng.below(2) == 0) {
        return anyRaw;
    }
    const std::uint64_t outRaw = 1 + rng.below(liquidityRaw / 10 * 9);
    if (request.mode == SwapMode::exactOut) {
        return outRaw;
    }
    const auto cost =
        amm::meteora::quote(pool, swapOf(SwapMode::exactOut, request.direction, outRaw), clock);
    return cost ? cost->amountInRaw : anyRaw;
}

// The difference between a pool and the reference's state; empty where there is none.
QString difference(const DlmmPool& pool, const DlmmFacts& facts) {
    if (pool.activeId != facts.activeId || pool.volatility.accumulator != facts.accumulator ||
        pool.volatility.reference != facts.reference ||
        pool.volatility.indexReference != facts.indexReference ||
        pool.volatility.lastUpdateSeconds != facts.lastUpdateSeconds) {
        return "volatility or active bin";
    }
    for (std::size_t i = 0; i < 2; ++i) {
        if (pool.sides[i].protocolFeeRaw != facts.protocolFeeRaw[i]) {
            return QString("protocol fee %1: %2 for %3")
                .arg(i)
                .arg(pool.sides[i].protocolFeeRaw)
                .arg(facts.protocolFeeRaw[i]);
        }
    }
    std::size_t checked = 0;
    for (const auto& slot : pool.arrays) {
        for (std::int32_t i = 0; i < 70; ++i) {
            const auto found = facts.bins.find(slot.index * 70 + i);
            const DlmmBinFacts want = found == facts.bins.end() ? DlmmBinFacts{} : found->second;
            const auto& have = slot.array->bins[static_cast<std::size_t>(i)];
            checked += found == facts.bins.end() ? 0U : 1U;
            // A pair without limit orders does not read them.
            const bool orders = facts.functionType == 2;
            if (have.amountXRaw != want.xRaw || have.amountYRaw != want.yRaw ||
                have.orders.openRaw != (orders ? want.openRaw : 0) ||
                have.orders.processedRemainingRaw != (orders ? want.remainingRaw : 0) ||
                have.orders.processingRaw != (orders ? want.processingRaw : 0) ||
                have.orders.age != (orders ? want.age : 0)) {
                return QString("bin %1").arg(slot.index * 70 + i);
            }
        }
    }
    return checked == facts.bins.size() ? QString() : QString("bins missing");
}

// What the vaults owe in whole units: bins, orders, proceeds and fees of orders, the protocol, and
// the fees that liquidity can claim.
std::array<cpp_int, 2> claimsOn(const DlmmPool& pool) {
    std::array<cpp_int, 2> claims{pool.sides[0].protocolFeeRaw, pool.sides[1].protocolFeeRaw};
    const bool onlyY = pool.parameters.collectFeeMode == amm::meteora::dlmm::CollectFeeMode::onlyY;
    for (const auto& slot : pool.arrays) {
        for (const auto& bin : slot.array->bins) {
            const cpp_int supply = bigOf(bin.liquiditySupplyQ64) >> 64;
            const cpp_int price = bigOf(bin.priceQ64);
            const auto& orders = bin.orders;
            claims[0] += bin.amountXRaw + ((bigOf(bin.feeXPerTokenQ64) * supply) >> 64);
            claims[1] += bin.amountYRaw + ((bigOf(bin.feeYPerTokenQ64) * supply) >> 64);
            cpp_int& offered = claims[orders.sellX ? 0 : 1];
            offered += orders.openRaw;
            offered += orders.processedRemainingRaw;
            claims[1] += ((orders.fulfilledXRaw * price) >> 64) + orders.askFeeRaw;
            claims[onlyY ? 1 : 0] += orders.bidFeeRaw;
            if (price != 0) {
                claims[0] += (cpp_int(orders.fulfilledYRaw) << 64) / price;
            }
        }
    }
    return claims;
}

}  // namespace

class DlmmReferenceTest : public QObject {
    Q_OBJECT

  private slots:
    void agreesWithTheReference();
    void pricesOfIds();
    void feesRoundUp();
};

void DlmmReferenceTest::agreesWithTheReference() {
    CounterRng rng(7, base::RngPurpose::test, 10);
    std::map<std::string, int> outcomes;
    int crossings = 0;
    for (int round = 0; round < 1'500; ++round) {
        const DlmmFacts facts = randomFacts(rng);
        DlmmPool pool = poolOf(facts);
        SlowDlmm slow(facts, amm::meteora::vaultBalances(pool));
        std::int64_t now = kNow;
        for (int step = 0; step < 5; ++step) {
            now += static_cast<std::int64_t>(rng.below(3) == 0 ? rng.below(900) : rng.below(40));
            const bool exactIn = rng.below(2) == 0;
            const bool xToY = rng.below(2) == 0;
            const amm::ChainClock clock = clockAt(now, 798 + rng.below(5));
            auto request = swapOf(exactIn ? SwapMode::exactIn : SwapMode::exactOut,
                                  xToY ? SwapDirection::aToB : SwapDirection::bToA, 0);
            request.amountRaw = randomAmount(rng, pool, request, clock);
            const auto want = slow.swap(exactIn, xToY, request.amountRaw, now, clock.epoch);
            const auto quoted = amm::meteora::quote(pool, request, clock);
            const auto have = amm::meteora::apply(pool, request, clock);
            const QByteArray where = QString("round %1, step %2").arg(round).arg(step).toUtf8();
            QVERIFY2(quoted == have, where);
            QVERIFY2((have ? "" : std::string(amm::nameOf(have.error()))) == want.error,
                     where + ": expected " + QByteArray::fromStdString(want.error));
            ++outcomes[want.error];
            if (have) {
                crossings += static_cast<int>(have->crossings);
                QVERIFY2(cpp_int(have->amountInRaw) == want.in, where);
                QVERIFY2(cpp_int(have->amountOutRaw) == want.out, where);
                QVERIFY2(cpp_int(have->feeRaw) == want.fee, where);
                QVERIFY2(cpp_int(have->protocolFeeRaw) == want.protocolFee, where);
            }
            const auto vaults = amm::meteora::vaultBalances(pool);
            QVERIFY2(slow.vaults[0] == vaults[0] && slow.vaults[1] == vaults[1], where);
            const QString found = difference(pool, slow.facts);
            QVERIFY2(found.isEmpty(), where + ": " + found.toUtf8());
            const auto claims = claimsOn(pool);
            QVERIFY2(claims[0] <= vaults[0] && claims[1] <= vaults[1], where + ": claims");
        }
    }
    qInfo("%d swaps done, %d bins crossed", outcomes[""], crossings);
    QVERIFY(outcomes[""] > 3'000);
    QVERIFY(crossings > 3'000);
    for (const char* error : {"InsufficientLiquidity", "ZeroOutput"}) {
        QVERIFY2(outcomes[error] > 100, error);
    }
}

void DlmmReferenceTest::pricesOfIds() {
    using amm::meteora::dlmm::priceFromId;
    CounterRng rng(7, base::RngPurpose::test, 11);
    for (int i = 0; i < 20'000; ++i) {
        const auto step = static_cast<std::uint16_t>(1 + rng.below(400));
        const std::int32_t id = static_cast<std::int32_t>(rng.below(2 * 443'636 + 1)) - 443'636;
        const cpp_int want = slowPriceQ64(id, step);
        const auto have = priceFromId(id, step);
        QCOMPARE(have.has_value(), want != 0);
        if (have) {
            QVERIFY(bigOf(*have) == want);
        }
        const double exact = std::pow(1 + step / 10'000.0, id);
        if (exact > 1e-6 && exact < 1e6) {
            QVERIFY(std::abs(want.convert_to<double>() / std::ldexp(exact, 64) - 1) < 1e-7);
        }
    }
    QVERIFY(*priceFromId(0, 25) == static_cast<base::u128>(1) << 64);
    QVERIFY(!priceFromId(1 << 19, 1));
    QVERIFY(!priceFromId(-443'636, 400));
}

void DlmmReferenceTest::feesRoundUp() {
    using namespace amm::meteora::dlmm;
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    static_assert(feeOfGross(1, 1) == 1);
    static_assert(feeOfGross(1'000, 1'000'000) == 1);
    static_assert(feeOfGross(1'001, 1'000'000) == 2);
    static_assert(feeOfNet(999, 1'000'000) == 1);
    static_assert(feeOfNet(1'000, 1'000'000) == 2);
    static_assert(feeOfGross(0, kMaxFeeRatePpb) == 0);
    CounterRng rng(7, base::RngPurpose::test, 12);
    for (int i = 0; i < 50'000; ++i) {
        const std::uint64_t amount = i == 0 ? kMax : rng.nextU64() >> rng.below(64);
        const std::uint64_t rate = i % 3 == 0 ? kMaxFeeRatePpb : rng.below(kMaxFeeRatePpb + 1);
        const cpp_int scale = kFeeScalePpb;
        QVERIFY(feeOfGross(amount, rate) == ceilDiv(cpp_int(amount) * rate, scale));
        QVERIFY(feeOfNet(amount, rate) == ceilDiv(cpp_int(amount) * rate, scale - rate));
    }
    PairParameters parameters;
    parameters.binStepBps = 10;
    parameters.baseFeeRatePpb = baseFeeRatePpb(10'000, 10, 0);
    QCOMPARE(parameters.baseFeeRatePpb, std::uint64_t{1'000'000});
    parameters.variableFeeControl = 40'000;
    QCOMPARE(totalFeeRatePpb(parameters, 0), std::uint64_t{1'000'000});
    QCOMPARE(totalFeeRatePpb(parameters, 1), std::uint64_t{1'000'001});  // 4 × 10^6 / 10^11
    QCOMPARE(totalFeeRatePpb(parameters, 50'000), std::uint64_t{1'100'000});
    QCOMPARE(totalFeeRatePpb(parameters, 0xffff'ffffU), kMaxFeeRatePpb);
    QCOMPARE(baseFeeRatePpb(65'535, 400, 255), kMaxFeeRatePpb);
    QCOMPARE(baseFeeRatePpb(1, 1, 2), std::uint64_t{1'000});
}

QTEST_APPLESS_MAIN(DlmmReferenceTest)
#include "dlmm_reference_test.moc"
