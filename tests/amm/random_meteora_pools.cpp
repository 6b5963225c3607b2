// Random pools of Meteora's programs, and what all random pools share.

#include <algorithm>
#include <array>

#include "amm/meteora/dlmm/bin_math.h"
#include "damm_v1_accounts.h"
#include "damm_v2_accounts.h"
#include "dlmm_accounts.h"
#include "random_pools.h"

namespace oee::test {
namespace {

using amm::spl::TransferFee;
using amm::spl::TransferFeeConfig;
using base::CounterRng;
using base::Rounding;
using base::u128;

constexpr std::uint64_t kEpoch = 900;
constexpr std::int64_t kNow = 1'777'000'000;

std::array<std::optional<TransferFeeConfig>, 2> someTransferFees(CounterRng& rng) {
    std::array<std::optional<TransferFeeConfig>, 2> fees;
    for (auto& fee : fees) {
        if (oneIn(rng, 4)) {
            fee = randomTransferFee(rng);
        }
    }
    return fees;
}

// Only Y and orders that sell Y below the active bin, only X and orders that sell X above it.
DlmmBinFacts randomBin(CounterRng& rng, const DlmmFacts& facts, std::int32_t binId, unsigned bits) {
    DlmmBinFacts bin;
    const bool canX = binId >= facts.activeId;
    const bool canY = binId <= facts.activeId;
    bin.xRaw = canX && !oneIn(rng, 4) ? logUniform(rng, bits) : 0;
    bin.yRaw = canY && !oneIn(rng, 4) ? logUniform(rng, bits) : 0;
    if (!oneIn(rng, 4)) {
        bin.priceQ64 = amm::meteora::dlmm::priceFromId(binId, facts.binStepBps).value_or(0);
    }
    bin.sellX = canX && (!canY || oneIn(rng, 2));
    if (facts.functionType == 2 && oneIn(rng, 3)) {
        bin.openRaw = oneIn(rng, 3) ? 0 : logUniform(rng, bits);
        bin.remainingRaw = oneIn(rng, 3) ? 0 : logUniform(rng, bits);
        bin.processingRaw = bin.remainingRaw + logUniform(rng, bits);
        bin.age = static_cast<std::uint32_t>(rng.below(5));
    }
    return bin;
}

// Base fee parameters that decoding and the program take, by mode.
void randomBaseFee(CounterRng& rng, DammV2Facts& facts) {
    facts.baseFeeMode = static_cast<std::uint8_t>(rng.below(5));
    facts.cliffRatePpb = 100'000 + rng.below(oneIn(rng, 4) ? 400'000'000 : 60'000'000);
    facts.firstFactor = static_cast<std::uint16_t>(rng.below(100));
    if (facts.baseFeeMode == 2) {
        facts.firstFactor = static_cast<std::uint16_t>(1 + rng.below(500));
        const auto cliffBps = static_cast<std::uint32_t>(facts.cliffRatePpb / 100'000);
        facts.secondFactor = {static_cast<std::uint32_t>(rng.below(7'200)),
                              cliffBps + static_cast<std::uint32_t>(rng.below(9'900 - cliffBps))};
        facts.thirdFactor = 1 + logUniform(rng, 50);
        return;
    }
    const bool linear = facts.baseFeeMode == 0 || facts.baseFeeMode == 3;
    const std::uint64_t periods = std::max<std::uint64_t>(1, facts.firstFactor);
    facts.thirdFactor = linear ? rng.below(facts.cliffRatePpb / periods) : rng.below(1'000);
    facts.secondFactor = {static_cast<std::uint32_t>(rng.below(1'000)),
                          facts.baseFeeMode < 2 ? 0 : static_cast<std::uint32_t>(rng.below(7'200))};
}

// A range with a price in it, and reserves that cover its liquidity.
void randomRange(CounterRng& rng, DammV2Facts& facts) {
    facts.sqrtPriceQ64 = (u128{1} << (40 + rng.below(48))) + rng.nextU64() % (u128{1} << 40);
    facts.minSqrtPriceQ64 = std::max<u128>(4'295'048'016, facts.sqrtPriceQ64 >> rng.below(20));
    facts.maxSqrtPriceQ64 = facts.sqrtPriceQ64 << rng.below(20);
    facts.liquidityQ64 = u128{1 + logUniform(rng, 62)} << rng.below(50);
    const auto needed = [&]() -> std::optional<std::array<std::uint64_t, 2>> {
        const auto a = base::divRounded(
            base::mulWide(facts.liquidityQ64, facts.maxSqrtPriceQ64 - facts.sqrtPriceQ64),
            base::mulWide(facts.maxSqrtPriceQ64, facts.sqrtPriceQ64), Rounding::up);
        const auto b =
            base::mulWide(facts.liquidityQ64, facts.sqrtPriceQ64 - facts.minSqrtPriceQ64).high + 1;
        if (a->high != 0 || a->low >> 62 != 0 || b >> 62 != 0) {
            return std::nullopt;
        }
        return std::array{static_cast<std::uint64_t>(a->low), static_cast<std::uint64_t>(b)};
    };
    auto reserves = needed();
    while (!reserves) {
        facts.liquidityQ64 = std::max<u128>(1, facts.liquidityQ64 >> 8);
        reserves = needed();
    }
    facts.reserveRaw = *reserves;
}

void randomProduct(CounterRng& rng, DammV2Facts& facts) {
    facts.reserveRaw = {1 + logUniform(rng, 62), 1 + logUniform(rng, 62)};
    facts.sqrtPriceQ64 = std::max<u128>(
        1, base::isqrt(*base::divRounded(base::u256{facts.reserveRaw[1], 0},
                                         base::u256{facts.reserveRaw[0]}, Rounding::down)));
    facts.liquidityQ64 = u128{1 + logUniform(rng, 62)} << 64;
    facts.compoundingBps = static_cast<std::uint16_t>(rng.below(10'001));
}

// A vault whose LP tokens are worth from one to a few tokens, some of it lent out.
DammV1Side randomVault(CounterRng& rng, std::uint64_t totalRaw, std::int64_t now) {
    DammV1Side side;
    side.totalRaw = totalRaw;
    side.lockedRaw = oneIn(rng, 2) ? 0 : rng.below(totalRaw / 8 + 1);
    side.lastReport = static_cast<std::uint64_t>(now) - rng.below(30'000);
    side.lpSupplyRaw = std::max<std::uint64_t>(1, totalRaw - rng.below(totalRaw / 2 + 1));
    if (oneIn(rng, 8)) {
        side.lpSupplyRaw = 1 + side.lpSupplyRaw / (1 + rng.below(1'000));
    }
    side.poolLpRaw =
        std::max<std::uint64_t>(1, side.lpSupplyRaw - rng.below(side.lpSupplyRaw / 2 + 1));
    side.tokenVaultRaw = totalRaw - (oneIn(rng, 4) ? rng.below(totalRaw / 2 + 1) : 0);
    side.protocolFeeRaw = logUniform(rng, 30);
    return side;
}

constexpr std::array kProgramPools{
    ProgramPools{domain::Program::raydiumAmmV4, randomAmmV4},
    ProgramPools{domain::Program::raydiumCpmm, randomCpmm},
    ProgramPools{domain::Program::raydiumClmm, randomClmm},
    ProgramPools{domain::Program::meteoraDlmm, randomDlmm},
    ProgramPools{domain::Program::meteoraDammV2, randomDammV2},
    ProgramPools{domain::Program::meteoraDammV1, randomDammV1},
};

}  // namespace

std::span<const ProgramPools> programPools() {
    return kProgramPools;
}

TransferFeeConfig randomTransferFee(CounterRng& rng) {
    const auto fee = [&rng] {
        return TransferFee{
            .maximumRaw = oneIn(rng, 4) ? ~std::uint64_t{0} : logUniform(rng),
            .basisPoints = oneOf<std::uint16_t>(rng, {0, 1, 100, 690, 9'999, 10'000})};
    };
    const TransferFee older = fee();
    return {.newerEpoch = kEpoch - 1 + rng.below(3), .newer = fee(), .older = older};
}

amm::ChainClock randomClock(CounterRng& rng) {
    return {.slot = 417'000'000 + rng.below(1'000'000),
            .unixTimestamp = kNow + static_cast<std::int64_t>(rng.below(1'000'000)),
            .epoch = kEpoch - 1 + rng.below(3)};
}

RandomPool randomDlmm(CounterRng& rng) {
    const amm::ChainClock clock = randomClock(rng);
    DlmmFacts facts;
    facts.binStepBps = oneOf<std::uint16_t>(rng, {1, 5, 10, 25, 80, 100, 400});
    const std::int64_t reach = 60'000 / (facts.binStepBps + 4);
    facts.activeId = static_cast<std::int32_t>(
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * reach))) - reach);
    facts.baseFactor = static_cast<std::uint16_t>(logUniform(rng, 16));
    facts.filterSeconds = oneOf<std::uint16_t>(rng, {0, 30, 300});
    facts.variableFeeControl = oneIn(rng, 3) ? 0 : static_cast<std::uint32_t>(logUniform(rng, 20));
    facts.maxAccumulator = static_cast<std::uint32_t>(logUniform(rng, 22));
    facts.protocolShareBps = static_cast<std::uint16_t>(rng.below(10'001));
    facts.functionType = static_cast<std::uint8_t>(rng.below(3));
    facts.collectFeeMode = static_cast<std::uint8_t>(rng.below(2));
    facts.pairType = static_cast<std::uint8_t>(rng.below(4));
    facts.accumulator =
        static_cast<std::uint32_t>(rng.below(std::uint64_t{facts.maxAccumulator} + 1));
    facts.reference = facts.accumulator / 2;
    facts.indexReference = facts.activeId + static_cast<std::int32_t>(rng.below(20)) - 10;
    facts.lastUpdateSeconds = clock.unixTimestamp - static_cast<std::int64_t>(rng.below(900));
    facts.protocolFeeRaw = {logUniform(rng, 30), logUniform(rng, 30)};
    facts.transferFees = someTransferFees(rng);
    const auto bits = static_cast<unsigned>(8 + rng.below(49));
    const auto span = static_cast<std::int32_t>(rng.below(15));
    for (std::int32_t binId = facts.activeId - span; binId <= facts.activeId + span; ++binId) {
        if (binId == facts.activeId || !oneIn(rng, 3)) {
            facts.bins[binId] = randomBin(rng, facts, binId, bits);
        }
    }
    if (oneIn(rng, 4)) {  // behind a gap of empty arrays
        const std::int32_t far = facts.activeId + (oneIn(rng, 2) ? 500 : -500);
        facts.bins[far] = randomBin(rng, facts, far, bits);
    }
    return {kDlmmPair, dlmmAccounts(facts), clock};
}

RandomPool randomDammV2(CounterRng& rng) {
    DammV2Facts facts;
    RandomPool pool{kPool, {}, randomClock(rng)};
    randomBaseFee(rng, facts);
    facts.collectFeeMode = facts.baseFeeMode == 2 ? 1 : static_cast<std::uint8_t>(rng.below(3));
    facts.dynamicFee = oneIn(rng, 2);
    facts.accumulator = static_cast<std::uint32_t>(rng.below(2'000'000));
    facts.feeVersion = static_cast<std::uint8_t>(rng.below(2));
    facts.layoutVersion = static_cast<std::uint8_t>(oneIn(rng, 4) ? 0 : 1);
    facts.activationType = static_cast<std::uint8_t>(rng.below(2));
    const std::uint64_t now = facts.activationType == 0
                                  ? pool.clock.slot
                                  : static_cast<std::uint64_t>(pool.clock.unixTimestamp);
    facts.activationPoint = now - 1 - logUniform(rng, 14);
    facts.vaultExtraRaw = logUniform(rng, 40);
    facts.transferFees = someTransferFees(rng);
    if (facts.collectFeeMode == 2) {
        facts.layoutVersion = 1;
        randomProduct(rng, facts);
    } else {
        randomRange(rng, facts);
    }
    pool.accounts = dammV2Accounts(facts);
    return pool;
}

RandomPool randomDammV1(CounterRng& rng) {
    RandomPool pool{kPool, {}, randomClock(rng)};
    const std::int64_t now = pool.clock.unixTimestamp;
    DammV1Facts facts;
    facts.stable = oneIn(rng, 2);
    const auto bits = static_cast<unsigned>(12 + rng.below(40));
    std::uint64_t total = 64 + logUniform(rng, bits);
    facts.sides[0] = randomVault(rng, total, now);
    if (facts.stable) {  // not far from balance, where such pools are
        total = total / 4 + rng.below(total * 3);
        facts.amp = oneOf<std::uint64_t>(rng, {1, 10, 100, 1'000, 10'000});
        if (oneIn(rng, 3)) {
            facts.multipliers = {1, 1'000};
            total = total / 1'000 + 64;
        }
        facts.depegType = static_cast<std::uint8_t>(rng.below(4));
        facts.depegPrice = 1'000'000 + rng.below(400'000);
        facts.depegUpdated = static_cast<std::uint64_t>(now) - rng.below(1'200);
        if (facts.depegType == 1) {
            facts.stakeNumerator = (std::uint64_t{1} << 32) + rng.below(std::uint64_t{1} << 30);
        }
    } else {
        total = 64 + logUniform(rng, bits);
    }
    facts.sides[1] = randomVault(rng, total, now);
    facts.tradeNumerator = oneOf<std::uint64_t>(rng, {0, 10, 250, 4'000, 30'000});
    facts.protocolNumerator = oneOf<std::uint64_t>(rng, {0, 20'000, 100'000});
    facts.activationType = static_cast<std::uint8_t>(rng.below(2));
    facts.activationPoint = rng.below(1'000'000);
    pool.accounts = dammV1Accounts(facts);
    return pool;
}

}  // namespace oee::test
