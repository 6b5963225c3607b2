// Raydium CLMM against a slow second telling of the published source, on random pools.

#include <QTest>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include "amm/pool.h"
#include "amm/raydium/clmm/fraction.h"
#include "amm/raydium/clmm/tick_math.h"
#include "base/rng.h"
#include "clmm_reference.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapMode;
using amm::raydium::ClmmPool;
namespace clmm = amm::raydium::clmm;

namespace {

std::optional<base::u128> quotientOf(const base::u256& numerator, const base::u256& divisor,
                                     base::Rounding rounding) {
    base::u128 quotient = 0;
    return clmm::divideInto(quotient, numerator, divisor, rounding) ? std::optional(quotient)
                                                                    : std::nullopt;
}

constexpr std::int64_t kNow = 1'750'000'000;
constexpr int kPools = 3'000;
constexpr int kSwapsAPool = 6;

base::CounterRng rngOf(std::uint64_t stream) {
    return base::CounterRng(31, base::RngPurpose::test, stream);
}

base::u128 wide(base::CounterRng& rng) {
    return (static_cast<base::u128>(rng.nextU64()) << 64 | rng.nextU64()) >> rng.below(128);
}

std::int32_t below(base::CounterRng& rng, std::int32_t bound) {
    return static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(bound)));
}

// Positions and orders around a random price, near or far in ticks, fees of every kind.
ClmmFacts randomFacts(base::CounterRng& rng) {
    static constexpr std::array<std::uint16_t, 6> kSpacings{1, 10, 14, 15, 60, 120};
    ClmmFacts facts;
    facts.tickSpacing = kSpacings[rng.below(kSpacings.size())];
    const std::int32_t spacing = facts.tickSpacing;
    const std::int32_t center = below(rng, 700'000) - 350'000;
    const std::int32_t reach = 1 + below(rng, rng.below(4) == 0 ? 40'000 / spacing : 300);
    facts.tick = center;
    const auto low = clmm::sqrtPriceAtTick(center);
    facts.sqrtPriceQ64 =
        low + wide(rng) % (clmm::sqrtPriceAtTick(center + 1) - low + 1);  // up to the next tick's
    facts.tradeFeeRatePpm = static_cast<std::uint32_t>(rng.below(50'000));
    facts.feeOn = static_cast<std::uint8_t>(rng.below(3));
    const auto tickNear = [&] {
        const std::int32_t tick =
            center / spacing * spacing + (below(rng, 2 * reach) - reach) * spacing;
        return std::clamp(tick, -443'636 / spacing * spacing, 443'636 / spacing * spacing);
    };
    facts.positions.clear();
    const unsigned bits = 10 + static_cast<unsigned>(rng.below(70));
    for (std::uint64_t i = 1 + rng.below(6); i > 0; --i) {
        const std::int32_t one = tickNear();
        const std::int32_t other = tickNear();
        if (one != other) {
            const base::u128 liquidity = 1 + wide(rng) % (static_cast<base::u128>(1) << bits);
            facts.positions.push_back({std::min(one, other), std::max(one, other), liquidity});
        }
    }
    for (std::uint64_t i = rng.below(4); i > 0; --i) {
        const bool touched = rng.below(2) == 0;
        facts.orders[tickNear()] = {
            .phase = rng.below(5) + 1,
            .openRaw = 1 + (rng.nextU64() >> (2 + rng.below(60))),
            .partFilledRemainingRaw = touched ? rng.nextU64() >> (2 + rng.below(60)) : 0,
            .unfilledRatioQ64 = touched ? static_cast<base::u128>(rng.nextU64()) : 0};
    }
    if (rng.below(3) == 0) {
        facts.dynamicFee = clmm::DynamicFee{
            .filterPeriodSeconds = 30,
            .decayPeriodSeconds = 600,
            .reductionFactorBps = 5'000,
            .control = static_cast<std::uint32_t>(1 + rng.below(99'999)),
            .maxAccumulator = static_cast<std::uint32_t>(rng.below(3'000'000)),
            .spacingIndexReference = center / spacing + below(rng, 20) - 10,
            .reference = static_cast<std::uint32_t>(rng.below(100'000)),
            .accumulator = static_cast<std::uint32_t>(rng.below(100'000)),
            .lastUpdateSeconds = static_cast<std::uint64_t>(kNow) - rng.below(1'000)};
    }
    return facts;
}

amm::SwapRequest randomSwap(base::CounterRng& rng, const ClmmPool& pool) {
    amm::SwapRequest request;
    request.mode = rng.below(2) == 0 ? SwapMode::exactIn : SwapMode::exactOut;
    request.direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
    request.amountRaw = rng.nextU64() >> rng.below(64);
    if (rng.below(2) == 0) {
        const std::int32_t away =
            below(rng, 3'000) * (request.direction == SwapDirection::aToB ? -1 : 1);
        request.sqrtPriceLimitQ64 =
            clmm::sqrtPriceAtTick(std::clamp(pool.tickCurrent + away, -443'000, 443'000)) +
            rng.below(3);
    }
    return request;
}

// Empty where both states say the same.
QString difference(const ClmmPool& pool, const SlowClmm& slow) {
    const BigInt whole = BigInt(1) << 128;
    for (const std::size_t side : {0u, 1u}) {
        if (bigOf(pool.sides[side].feeGrowthQ64) != slow.growth[side] % whole ||
            pool.sides[side].protocolFeesRaw != slow.protocol[side] ||
            pool.sides[side].fundFeesRaw != slow.fund[side]) {
            return "fees";
        }
    }
    if (bigOf(pool.sqrtPriceQ64) != slow.price || pool.tickCurrent != slow.tick) {
        return "price";
    }
    if (bigOf(pool.liquidity) != slow.liquidity || pool.dynamicFee != slow.dynamic) {
        return "liquidity or volatility";
    }
    for (const auto& slot : pool.arrays) {
        for (std::size_t i = 0; i < slot.array->ticks.size(); ++i) {
            const auto found =
                slow.ticks.find(slot.startTick + static_cast<std::int32_t>(i) * pool.tickSpacing);
            const bool same = found == slow.ticks.end()
                                  ? !slot.array->ticks[i].isInitialized()
                                  : slot.array->ticks[i].orders == found->second.orders;
            if (!same) {
                return "orders";
            }
        }
    }
    return {};
}

}  // namespace

class RaydiumClmmReferenceTest : public QObject {
    Q_OBJECT

  private slots:
    void pricesOfTicks();
    void ticksOfPrices();
    void quotients();
    void randomPools();
};

void RaydiumClmmReferenceTest::pricesOfTicks() {
    using Decimal = boost::multiprecision::cpp_dec_float_50;
    QVERIFY(clmm::sqrtPriceAtTick(clmm::kMinTick) == clmm::kMinSqrtPriceQ64);
    QVERIFY(clmm::sqrtPriceAtTick(clmm::kMaxTick) == clmm::kMaxSqrtPriceQ64);
    QVERIFY(bigOf(clmm::kMaxSqrtPriceQ64) == BigInt("79226673521066979257578248091"));
    base::u128 previous = 0;
    for (std::int32_t tick = clmm::kMinTick; tick <= clmm::kMaxTick; tick += 37) {
        const base::u128 price = clmm::sqrtPriceAtTick(tick);
        QVERIFY(price > previous);
        previous = price;
        const Decimal exact = pow(Decimal("1.0001"), Decimal(tick) / 2);
        const Decimal ours = Decimal(bigOf(price).str()) / Decimal("18446744073709551616");
        QVERIFY(abs(ours / exact - 1) < Decimal("1e-9"));
    }
}

void RaydiumClmmReferenceTest::ticksOfPrices() {
    auto rng = rngOf(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::int32_t tick = below(rng, 2 * 443'636) - 443'636;
        const base::u128 price = clmm::sqrtPriceAtTick(tick);
        QCOMPARE(clmm::tickAtSqrtPrice(price), tick);
        QCOMPARE(clmm::tickAtSqrtPrice(clmm::sqrtPriceAtTick(tick + 1) - 1), tick);
    }
}

void RaydiumClmmReferenceTest::quotients() {
    auto rng = rngOf(2);
    const auto big = [](const base::u256& value) {
        return (bigOf(value.high) << 128) + bigOf(value.low);
    };
    const auto random = [&] {
        base::u256 value =
            base::shiftRight({wide(rng), wide(rng)}, static_cast<unsigned>(rng.below(256)));
        switch (rng.below(8)) {  // where estimates of digits go wrong
            case 0:
                value.low = base::kMaxU128;
                break;
            case 1:
                value.high |= base::kMaxU128 << 64;
                break;
            default:
                break;
        }
        return value;
    };
    int fractions = 0;
    for (int i = 0; i < 300'000; ++i) {
        const base::u256 numerator = random();
        const base::u256 divisor = random();
        if (divisor == base::u256{}) {
            continue;
        }
        const BigInt exact = big(numerator) / big(divisor);
        const auto down = quotientOf(numerator, divisor, base::Rounding::down);
        const BigInt above = (big(numerator) + big(divisor) - 1) / big(divisor);
        const auto up = quotientOf(numerator, divisor, base::Rounding::up);
        QCOMPARE(down.has_value(), exact < BigInt(1) << 128);
        QVERIFY(!down || bigOf(*down) == exact);
        QCOMPARE(up.has_value(), above < BigInt(1) << 128);
        QVERIFY(!up || bigOf(*up) == above);
        if (numerator < divisor) {
            const clmm::Digit digit = clmm::fractionOf(numerator, divisor);
            const BigInt scaled = big(numerator) << 64;
            QVERIFY(digit.quotient == scaled / big(divisor));
            QCOMPARE(digit.exact, scaled % big(divisor) == 0);
            ++fractions;
        }
    }
    QVERIFY(fractions > 50'000);
}

void RaydiumClmmReferenceTest::randomPools() {
    auto rng = rngOf(3);
    int succeeded = 0;
    int failed = 0;
    std::uint64_t ticksReached = 0;
    for (int round = 0; round < kPools; ++round) {
        const ClmmFacts facts = randomFacts(rng);
        amm::AccountSet accounts = clmmAccounts(facts);
        auto decoded = amm::decodePool(kPool, accounts);
        QVERIFY2(decoded.has_value(), decoded ? "" : decoded.error().where.c_str());
        auto pool = std::make_shared<const amm::Pool>(std::move(*decoded));
        SlowClmm slow(facts);
        std::int64_t now = kNow;
        for (int i = 0; i < kSwapsAPool; ++i) {
            const auto& state = std::get<ClmmPool>(pool->state);
            const amm::SwapRequest request = randomSwap(rng, state);
            now += static_cast<std::int64_t>(rng.below(2) * rng.below(400));
            const amm::ChainClock clock{.slot = 1, .unixTimestamp = now, .epoch = 700};
            const auto quoted = amm::quote(*pool, request, clock);
            const auto applied = amm::apply(*pool, request, clock);
            QCOMPARE(applied.has_value(), quoted.has_value());
            try {
                const auto vaults = amm::vaultBalances(*pool);
                const SlowClmm before = slow;
                const auto [in, out] = slow.swap(request, now);
                const std::size_t side = request.direction == SwapDirection::aToB ? 0 : 1;
                if (out > vaults[1 - side] ||
                    in > std::numeric_limits<std::uint64_t>::max() - vaults[side]) {
                    QVERIFY(!applied);
                    slow = before;
                    continue;
                }
                QVERIFY2(applied.has_value(),
                         qPrintable(QString("pool %1 swap %2").arg(round).arg(i)));
                QVERIFY(applied->result == *quoted);
                QCOMPARE(QString::fromStdString(BigInt(applied->result.amountInRaw).str()),
                         QString::fromStdString(in.str()));
                QCOMPARE(QString::fromStdString(BigInt(applied->result.amountOutRaw).str()),
                         QString::fromStdString(out.str()));
                pool = applied->pool;
                QCOMPARE(difference(std::get<ClmmPool>(pool->state), slow), QString());
                ++succeeded;
                ticksReached += applied->result.crossings;
            } catch (const SlowClmm::Failed&) {
                QVERIFY2(!applied, qPrintable(QString("pool %1 swap %2").arg(round).arg(i)));
                ++failed;
            }
        }
        amm::encodePool(*pool, accounts);
        const auto again = amm::decodePool(kPool, accounts);
        QVERIFY(again.has_value() && again->state == pool->state);
    }
    qInfo("%d swaps done, %d refused, %d ticks reached", succeeded, failed,
          static_cast<int>(ticksReached));
    QVERIFY(succeeded > kPools && failed > kPools / 4 && ticksReached > kPools / 2);
}

QTEST_APPLESS_MAIN(RaydiumClmmReferenceTest)
#include "raydium_clmm_reference_test.moc"
