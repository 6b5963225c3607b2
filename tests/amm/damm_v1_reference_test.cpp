// Meteora DAMM v1 against a second telling of it with unlimited integers, and that quotes leave the
// heap alone.

#include <atomic>
#include <cstdlib>
#include <new>

#include <QTest>

#include "amm/pool.h"
#include "base/rng.h"
#include "damm_v1_accounts.h"
#include "damm_v1_reference.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;

namespace {

constexpr std::int64_t kReport = 1'750'000'000;

SwapDirection directionOf(std::size_t in) {
    return in == 0 ? SwapDirection::aToB : SwapDirection::bToA;
}

std::uint64_t anyWidth(base::CounterRng& rng) {
    return rng.nextU64() >> rng.below(64);
}

// One of the variety with amounts, fees and scales of any size.
DammV1Facts randomFacts(base::CounterRng& rng) {
    const auto variety = dammV1Variety();
    DammV1Facts facts = variety[rng.below(variety.size())];
    for (DammV1Side& side : facts.sides) {
        const std::uint64_t kind = rng.below(4);
        if (kind == 0) {
            continue;
        }
        side.totalRaw = anyWidth(rng);
        side.lpSupplyRaw = kind == 1 ? anyWidth(rng) : side.totalRaw - side.totalRaw / 50;
        side.poolLpRaw =
            side.lpSupplyRaw - (rng.below(2) == 0 ? 0 : side.lpSupplyRaw >> rng.below(8));
        side.tokenVaultRaw = rng.below(3) == 0 ? side.totalRaw / 2 : side.totalRaw;
        side.protocolFeeRaw = 0;
        side.lockedRaw = rng.below(2) == 0 ? 0 : side.totalRaw >> rng.below(10);
        side.enabled = rng.below(20) == 0 ? 0 : 1;
    }
    if (rng.below(3) == 0) {
        facts.tradeNumerator = rng.below(20'000);
        facts.protocolNumerator = rng.below(2) == 0 ? 0 : rng.below(110'000);
    }
    if (facts.stable && rng.below(3) == 0) {
        facts.amp = rng.below(10) == 0 ? anyWidth(rng) : rng.below(10'001);
        facts.multipliers = {anyWidth(rng) >> 40, anyWidth(rng) >> 40};
    }
    facts.stakeNumerator += rng.below(1'000'000);
    return facts;
}

}  // namespace

class DammV1ReferenceTest : public QObject {
    Q_OBJECT

  private slots:
    void sequences();
    void quotesDoNotAllocate();
};

// Amounts, failures and every byte of the accounts, through swaps with time between them.
void DammV1ReferenceTest::sequences() {
    base::CounterRng rng(21, base::RngPurpose::test, 40);
    std::map<bool, int> paid;
    std::map<amm::SwapError, int> refused;
    for (int round = 0; round < 6'000; ++round) {
        const DammV1Facts facts = randomFacts(rng);
        SlowDammV1 slow(facts);
        const amm::AccountSet genesis = dammV1Accounts(facts);
        const auto decoded = amm::decodePool(kPool, genesis);
        QVERIFY2(decoded.has_value(), decoded ? "" : decoded.error().where.c_str());
        auto pool = std::make_shared<const amm::Pool>(*decoded);
        amm::ChainClock clock{.slot = 1, .unixTimestamp = kReport - 1, .epoch = 0};
        for (int step = 0; step < 6; ++step) {
            clock.unixTimestamp += static_cast<std::int64_t>(rng.nextU64() >> (44 + rng.below(20)));
            const std::size_t in = rng.below(2);
            const DammV1Side& side = slow.facts().sides[in];
            const std::uint64_t amount =
                rng.below(4) == 0 ? anyWidth(rng) : 1 + (side.totalRaw >> (1 + rng.below(40)));
            amm::SwapRequest request;
            request.direction = directionOf(in);
            request.amountRaw = amount;
            const auto answer = slow.swap(in, amount, clock);
            const auto applied = amm::apply(*pool, request, clock);
            QCOMPARE(amm::quote(*pool, request, clock).has_value(), applied.has_value());
            if (const auto* error = std::get_if<amm::SwapError>(&answer)) {
                QVERIFY(!applied);
                QCOMPARE(static_cast<int>(applied.error()), static_cast<int>(*error));
                ++refused[*error];
                continue;
            }
            const auto& expected = std::get<SlowDammV1::Paid>(answer);
            QVERIFY(applied.has_value());
            QCOMPARE(applied->result.amountInRaw, amount);
            QCOMPARE(applied->result.amountOutRaw, expected.outRaw);
            QCOMPARE(applied->result.feeRaw, expected.feeRaw);
            QCOMPARE(applied->result.protocolFeeRaw, expected.protocolRaw);
            pool = applied->pool;
            ++paid[facts.stable];
        }
        amm::AccountSet accounts = genesis;
        amm::encodePool(*pool, accounts);
        QVERIFY(accounts == dammV1Accounts(slow.facts()));
        QVERIFY(amm::decodePool(kPool, accounts)->state == pool->state);
    }
    QVERIFY(paid[false] > 4'000);
    QVERIFY(paid[true] > 8'000);
    for (const auto error : {amm::SwapError::mathOverflow, amm::SwapError::zeroAmount,
                             amm::SwapError::insufficientLiquidity, amm::SwapError::poolDisabled}) {
        QVERIFY2(refused[error] > 50, amm::nameOf(error).data());
    }
}

void DammV1ReferenceTest::quotesDoNotAllocate() {
    for (const DammV1Facts& facts : dammV1Variety()) {
        const amm::Pool pool = amm::decodePool(kPool, dammV1Accounts(facts)).value();
        const amm::ChainClock clock{.slot = 1, .unixTimestamp = kReport + 900, .epoch = 0};
        amm::SwapRequest request;
        std::size_t good = 0;
        const std::size_t before = allocations;
        for (request.amountRaw = 1; request.amountRaw < 100'000'000; request.amountRaw *= 3) {
            good += amm::quote(pool, request, clock) ? 1u : 0u;
        }
        const std::size_t after = allocations;
        QCOMPARE(after, before);
        QVERIFY(good > 5);
    }
    QVERIFY(allocations > 0);  // they are counted
}

QTEST_GUILESS_MAIN(DammV1ReferenceTest)
#include "damm_v1_reference_test.moc"
