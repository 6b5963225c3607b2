// Random pools of Raydium's programs.

#include <algorithm>

#include "amm/raydium/clmm/tick_math.h"
#include "clmm_accounts.h"
#include "random_pools.h"
#include "raydium_accounts.h"

namespace oee::test {
namespace {

using base::CounterRng;

constexpr std::uint64_t kPpm = 1'000'000;

void addTransferFees(CounterRng& rng, amm::AccountSet& accounts) {
    for (const std::size_t side : {0u, 1u}) {
        if (oneIn(rng, 4)) {
            makeClmmToken2022(accounts, side, randomTransferFee(rng));
        }
    }
}

std::int32_t floorTo(std::int32_t tick, std::int32_t spacing) {
    const std::int32_t rest = tick % spacing;
    return tick - (rest < 0 ? rest + spacing : rest);
}

std::int32_t clampTick(std::int64_t tick, std::int32_t spacing) {
    const std::int32_t end = amm::raydium::clmm::kMaxTick / spacing * spacing;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(tick, -end, end));
}

// Positions around the current tick, some of them beside it.
void addPositions(CounterRng& rng, ClmmFacts& facts) {
    const std::int32_t spacing = facts.tickSpacing;
    const unsigned bits = 24 + static_cast<unsigned>(rng.below(60));
    facts.positions.clear();
    const std::uint64_t count = 1 + rng.below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto below = static_cast<std::int64_t>(logUniform(rng, 9)) * spacing;
        const auto above = static_cast<std::int64_t>(logUniform(rng, 9)) * spacing;
        const auto shift = oneIn(rng, 4) ? static_cast<std::int64_t>(rng.below(200)) - 100 : 0;
        const std::int32_t start = floorTo(facts.tick, spacing);
        ClmmPosition position;
        position.lower = clampTick(start - below + shift * spacing, spacing);
        position.upper = clampTick(start + above + shift * spacing, spacing);
        const auto high = static_cast<base::u128>(logUniform(rng, 32));
        position.liquidity =
            std::max<base::u128>(1, (high << 64 | rng.nextU64()) >> (96 - std::min(bits, 96u)));
        if (position.lower < position.upper) {
            facts.positions.push_back(position);
        }
    }
    if (facts.positions.empty()) {
        facts.positions.push_back(
            {clampTick(-100 * spacing, spacing), clampTick(100 * spacing, spacing), 1'000'000'000});
    }
}

void addOrders(CounterRng& rng, ClmmFacts& facts) {
    const std::int32_t spacing = facts.tickSpacing;
    for (std::uint64_t i = rng.below(4); i > 0; --i) {
        const auto offset = static_cast<std::int64_t>(rng.below(60)) - 30;
        const std::int64_t tick = floorTo(facts.tick, spacing) + offset * spacing;
        amm::raydium::clmm::TickOrders orders;
        orders.phase = rng.below(3);
        orders.openRaw = oneIn(rng, 3) ? 0 : logUniform(rng, 50);
        if (oneIn(rng, 2)) {
            orders.partFilledRemainingRaw = logUniform(rng, 50);
            orders.unfilledRatioQ64 = rng.nextU64();
        }
        facts.orders[clampTick(tick, spacing)] = orders;
    }
}

amm::raydium::clmm::DynamicFee randomDynamicFee(CounterRng& rng, const ClmmFacts& facts,
                                                const amm::ChainClock& clock) {
    const std::int32_t index = floorTo(facts.tick, facts.tickSpacing) / facts.tickSpacing;
    amm::raydium::clmm::DynamicFee fee;
    fee.filterPeriodSeconds = oneOf<std::uint16_t>(rng, {0, 10, 30});
    fee.decayPeriodSeconds = oneOf<std::uint16_t>(rng, {60, 120, 600});
    fee.reductionFactorBps = oneOf<std::uint16_t>(rng, {0, 5'000, 9'999});
    fee.control = static_cast<std::uint32_t>(logUniform(rng, 17));
    fee.maxAccumulator = static_cast<std::uint32_t>(1 + logUniform(rng, 22));
    fee.spacingIndexReference = index + static_cast<std::int32_t>(rng.below(40)) - 20;
    fee.reference = static_cast<std::uint32_t>(rng.below(fee.maxAccumulator));
    fee.accumulator = static_cast<std::uint32_t>(rng.below(std::uint64_t{fee.maxAccumulator} + 1));
    fee.lastUpdateSeconds = static_cast<std::uint64_t>(clock.unixTimestamp) - rng.below(700);
    return fee;
}

}  // namespace

RandomPool randomAmmV4(CounterRng& rng) {
    AmmV4Facts facts;
    for (const std::size_t side : {0u, 1u}) {
        facts.vaultRaw[side] = 1 + logUniform(rng, 63);
        facts.needTakePnlRaw[side] = oneIn(rng, 2) ? 0 : rng.below(facts.vaultRaw[side]);
    }
    if (oneIn(rng, 2)) {
        facts.feeDenominator = 1 + logUniform(rng, 40);
        facts.feeNumerator = oneIn(rng, 4) ? 0 : rng.below(facts.feeDenominator);
    }
    facts.status = oneOf<std::uint64_t>(rng, {1, 6, 7});
    return {kPool, ammV4Accounts(facts), randomClock(rng)};
}

RandomPool randomCpmm(CounterRng& rng) {
    CpmmFacts facts;
    for (const std::size_t side : {0u, 1u}) {
        facts.vaultRaw[side] = 4 + logUniform(rng, 63);
        if (oneIn(rng, 2)) {
            facts.protocolFeesRaw[side] = rng.below(facts.vaultRaw[side] / 4);
            facts.fundFeesRaw[side] = rng.below(facts.vaultRaw[side] / 4);
            facts.creatorFeesRaw[side] = rng.below(facts.vaultRaw[side] / 4);
        }
    }
    facts.tradeFeeRatePpm = oneIn(rng, 2) ? 2'500 : logUniform(rng, 19);
    facts.protocolFeeRatePpm = oneIn(rng, 2) ? 120'000 : rng.below(kPpm + 1);
    facts.fundFeeRatePpm = rng.below(kPpm + 1 - facts.protocolFeeRatePpm);
    facts.enableCreatorFee = static_cast<std::uint8_t>(rng.below(2));
    facts.creatorFeeRatePpm = oneIn(rng, 2) ? 500 : logUniform(rng, 18);
    facts.creatorFeeOn = static_cast<std::uint8_t>(rng.below(3));
    RandomPool pool{kPool, cpmmAccounts(facts), randomClock(rng)};
    addTransferFees(rng, pool.accounts);
    return pool;
}

RandomPool randomClmm(CounterRng& rng) {
    namespace clmm = amm::raydium::clmm;
    const amm::ChainClock clock = randomClock(rng);
    ClmmFacts facts;
    facts.tickSpacing = oneOf<std::uint16_t>(rng, {1, 10, 60, 120});
    const std::int64_t reach = oneIn(rng, 3) ? 250'000 : 2'000;
    facts.tick = static_cast<std::int32_t>(
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * reach))) - reach);
    if (oneIn(rng, 2)) {
        const base::u128 price = clmm::sqrtPriceAtTick(facts.tick);
        const base::u128 width = clmm::sqrtPriceAtTick(facts.tick + 1) - price;
        facts.sqrtPriceQ64 = price + (width >> 1) * rng.below(1'000) / 1'000;
    }
    facts.tradeFeeRatePpm = oneOf<std::uint32_t>(rng, {0, 1, 100, 2'500, 10'000, 400'000});
    facts.protocolFeeRatePpm = static_cast<std::uint32_t>(rng.below(kPpm / 2));
    facts.fundFeeRatePpm = static_cast<std::uint32_t>(rng.below(kPpm / 2));
    facts.feeOn = static_cast<std::uint8_t>(rng.below(3));
    facts.hasReward = oneIn(rng, 2);
    addPositions(rng, facts);
    if (oneIn(rng, 2)) {
        addOrders(rng, facts);
    }
    if (oneIn(rng, 2)) {
        facts.dynamicFee = randomDynamicFee(rng, facts, clock);
    }
    RandomPool pool{kPool, clmmAccounts(facts), clock};
    addTransferFees(rng, pool.accounts);
    return pool;
}

}  // namespace oee::test
