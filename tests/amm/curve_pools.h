#pragma once
// Pools of every program drawn at random, for tests of their curves: every fee mode, limit orders,
// transfer fees, narrow and wide liquidity.

#include <cmath>

#include "amm/pool.h"
#include "amm/raydium/clmm/dynamic_fee.h"
#include "base/rng.h"
#include "clmm_accounts.h"
#include "damm_v1_accounts.h"
#include "damm_v2_accounts.h"
#include "dlmm_accounts.h"
#include "raydium_accounts.h"

namespace oee::test {

struct SeededPool {
    domain::Pubkey address;
    amm::AccountSet accounts;
    amm::ChainClock clock;
};

inline constexpr amm::ChainClock kCurveClock{
    .slot = 300'000'000, .unixTimestamp = 1'750'000'900, .epoch = 700};

// Log-uniform from 2^low to 2^high.
inline std::uint64_t drawAmount(base::CounterRng& rng, double low, double high) {
    return static_cast<std::uint64_t>(std::exp2(low + (high - low) * rng.unit()));
}

inline std::int32_t drawBetween(base::CounterRng& rng, std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
}

inline std::optional<amm::spl::TransferFeeConfig> drawTransferFee(base::CounterRng& rng) {
    if (rng.below(4) != 0) {
        return std::nullopt;
    }
    amm::spl::TransferFee fee;
    fee.basisPoints = static_cast<std::uint16_t>(rng.below(1'000));
    fee.maximumRaw = drawAmount(rng, 4, 40);
    return amm::spl::TransferFeeConfig{.newerEpoch = 0, .newer = fee, .older = {}};
}

// One pool in twelve is closed.
inline bool drawClosed(base::CounterRng& rng) {
    return rng.below(12) == 0;
}
inline constexpr auto kLater = static_cast<std::uint64_t>(kCurveClock.unixTimestamp) + 1'000;

inline SeededPool seededAmmV4(base::CounterRng& rng) {
    AmmV4Facts facts;
    facts.vaultRaw = {drawAmount(rng, 1, 63), drawAmount(rng, 1, 63)};
    facts.needTakePnlRaw = {rng.below(facts.vaultRaw[0]), rng.below(facts.vaultRaw[1])};
    facts.feeNumerator = rng.below(200);
    facts.openTime = drawClosed(rng) ? kLater : 0;
    facts.status = drawClosed(rng) ? rng.below(6) : 6 + rng.below(2);
    return {kPool, ammV4Accounts(facts), kCurveClock};
}

inline SeededPool seededCpmm(base::CounterRng& rng) {
    CpmmFacts facts;
    facts.vaultRaw = {drawAmount(rng, 2, 63), drawAmount(rng, 2, 63)};
    facts.protocolFeesRaw = {facts.vaultRaw[0] / 4, facts.vaultRaw[1] / 3};
    facts.tradeFeeRatePpm = 1 + rng.below(40'000);
    facts.creatorFeeRatePpm = rng.below(20'000);
    facts.creatorFeeOn = static_cast<std::uint8_t>(rng.below(3));
    facts.enableCreatorFee = static_cast<std::uint8_t>(rng.below(2));
    facts.openTime = drawClosed(rng) ? kLater : 0;
    facts.status = drawClosed(rng) ? 4 : 0;
    return {kPool, cpmmAccounts(facts), kCurveClock};
}

inline amm::raydium::clmm::DynamicFee drawDynamicFee(base::CounterRng& rng,
                                                     std::int32_t spacingIndex) {
    amm::raydium::clmm::DynamicFee fee;
    fee.filterPeriodSeconds = 30;
    fee.decayPeriodSeconds = 600;
    fee.reductionFactorBps = 5'000;
    fee.control = static_cast<std::uint32_t>(rng.below(20'000));
    fee.maxAccumulator = static_cast<std::uint32_t>(100'000 + rng.below(900'000));
    fee.accumulator = static_cast<std::uint32_t>(rng.below(fee.maxAccumulator));
    fee.reference = fee.accumulator / 2;
    fee.spacingIndexReference = spacingIndex + drawBetween(rng, -6, 6);
    constexpr std::array<std::uint64_t, 3> kElapsed{5, 100, 5'000};
    fee.lastUpdateSeconds =
        static_cast<std::uint64_t>(kCurveClock.unixTimestamp) - kElapsed[rng.below(3)];
    return fee;
}

inline SeededPool seededClmm(base::CounterRng& rng) {
    ClmmFacts facts;
    constexpr std::array<std::uint16_t, 4> kSpacings{1, 10, 60, 120};
    facts.tickSpacing = kSpacings[rng.below(kSpacings.size())];
    const std::int32_t spacing = facts.tickSpacing;
    facts.tick = drawBetween(rng, -60'000, 60'000);
    const auto low = amm::raydium::clmm::sqrtPriceAtTick(facts.tick);
    const auto high = amm::raydium::clmm::sqrtPriceAtTick(facts.tick + 1);
    facts.sqrtPriceQ64 = low + (high - low) / 1'000 * rng.below(1'000);
    facts.tradeFeeRatePpm = static_cast<std::uint32_t>(rng.below(10'000));
    facts.feeOn = static_cast<std::uint8_t>(rng.below(3));
    facts.openTime = drawClosed(rng) ? kLater : 0;
    facts.status = drawClosed(rng) ? amm::raydium::clmm::kSwapDisabledBit : 0;
    const std::int32_t group = amm::raydium::clmm::spacingIndexOf(facts.tick, spacing);
    facts.positions.clear();
    for (std::uint64_t count = 1 + rng.below(8); count > 0; --count) {
        const std::int32_t lower = drawBetween(rng, -100, 100);
        const std::int32_t upper = lower + drawBetween(rng, 1, 80);
        facts.positions.push_back(
            {(group + lower) * spacing, (group + upper) * spacing, drawAmount(rng, 20, 50)});
    }
    for (std::uint64_t count = rng.below(6); count > 0; --count) {
        facts.orders[(group + drawBetween(rng, -40, 40)) * spacing] = {
            .phase = 1,
            .openRaw = drawAmount(rng, 0, 36),
            .partFilledRemainingRaw = rng.below(2) == 0 ? 0 : drawAmount(rng, 0, 36),
            .unfilledRatioQ64 = static_cast<base::u128>(1) << 63};
    }
    if (rng.below(2) == 0) {
        facts.dynamicFee = drawDynamicFee(rng, group);
    }
    amm::AccountSet accounts = clmmAccounts(facts);
    for (const std::size_t side : {0u, 1u}) {
        if (const auto fee = drawTransferFee(rng)) {
            makeClmmToken2022(accounts, side, *fee);
        }
    }
    return {kPool, std::move(accounts), kCurveClock};
}

inline SeededPool seededDlmm(base::CounterRng& rng) {
    DlmmFacts facts;
    constexpr std::array<std::uint16_t, 5> kSteps{1, 4, 10, 25, 100};
    facts.binStepBps = kSteps[rng.below(kSteps.size())];
    facts.baseFactor = static_cast<std::uint16_t>(1'000 + rng.below(15'000));
    facts.variableFeeControl = static_cast<std::uint32_t>(rng.below(60'000));
    facts.collectFeeMode = static_cast<std::uint8_t>(rng.below(2));
    facts.functionType = static_cast<std::uint8_t>(rng.below(3));
    facts.status = drawClosed(rng) ? 1 : 0;
    facts.pairType = static_cast<std::uint8_t>(rng.below(4));
    facts.activationType = 1;
    facts.activationPoint = drawClosed(rng) ? kLater : 0;
    facts.activeId = drawBetween(rng, -60'000, 60'000) / facts.binStepBps;
    facts.accumulator = static_cast<std::uint32_t>(rng.below(facts.maxAccumulator));
    facts.reference = facts.accumulator / 2;
    facts.indexReference = facts.activeId + drawBetween(rng, -8, 8);
    constexpr std::array<std::int64_t, 3> kElapsed{5, 100, 5'000};
    facts.lastUpdateSeconds = kCurveClock.unixTimestamp - kElapsed[rng.below(3)];
    const std::int32_t reach = drawBetween(rng, 1, 120);
    for (std::int32_t bin = -reach; bin <= reach; ++bin) {
        if (rng.below(5) == 0) {
            continue;
        }
        DlmmBinFacts& bins = facts.bins[facts.activeId + bin];
        bins.xRaw = bin >= 0 ? drawAmount(rng, 0, 42) : 0;
        bins.yRaw = bin <= 0 ? drawAmount(rng, 0, 42) : 0;
        if (rng.below(4) == 0) {
            bins.openRaw = drawAmount(rng, 0, 38);
            bins.remainingRaw = rng.below(2) == 0 ? 0 : drawAmount(rng, 0, 38);
            bins.processingRaw = bins.remainingRaw;
            bins.sellX = bin >= 0;
        }
    }
    facts.bins[facts.activeId + 1'000].xRaw = 1'000'000;  // beyond empty arrays
    for (auto& fee : facts.transferFees) {
        fee = drawTransferFee(rng);
    }
    return {kDlmmPair, dlmmAccounts(facts), kCurveClock};
}

inline SeededPool seededDammV2(base::CounterRng& rng) {
    const auto variety = dammV2Variety();
    DammV2Facts facts = variety[rng.below(variety.size())];
    const bool compounding = facts.collectFeeMode == 2;
    const double tick = -40'000 + 80'000 * rng.unit();
    const auto root = [](double at) {
        return static_cast<base::u128>(std::ldexp(std::pow(1.0001, at / 2), 64));
    };
    facts.sqrtPriceQ64 = root(tick);
    facts.minSqrtPriceQ64 = root(tick - std::exp2(14 * rng.unit()));
    facts.maxSqrtPriceQ64 = root(tick + std::exp2(14 * rng.unit()));
    facts.liquidityQ64 = static_cast<base::u128>(drawAmount(rng, 16, 44)) << 64;
    facts.dynamicFee = rng.below(2) == 0;
    facts.accumulator = static_cast<std::uint32_t>(rng.below(3'000'000));
    facts.activationType = 1;
    facts.activationPoint =
        static_cast<std::uint64_t>(kCurveClock.unixTimestamp) - rng.below(2'000);
    facts.status = drawClosed(rng) ? 1 : 0;
    if (drawClosed(rng)) {
        facts.activationPoint = kLater;
    }
    facts.reserveRaw = {std::uint64_t{1} << 62, std::uint64_t{1} << 62};
    if (compounding) {
        const double ratio = std::pow(1.0001, tick);
        facts.reserveRaw[0] = drawAmount(rng, 20, 50);
        facts.reserveRaw[1] =
            static_cast<std::uint64_t>(static_cast<double>(facts.reserveRaw[0]) * ratio) + 1;
        facts.sqrtPriceQ64 =
            static_cast<base::u128>(std::ldexp(std::sqrt(static_cast<double>(facts.reserveRaw[1]) /
                                                         static_cast<double>(facts.reserveRaw[0])),
                                               64));
    }
    if (facts.baseFeeMode == 2) {
        facts.thirdFactor = drawAmount(rng, 4, 40);  // the limiter's reference amount
    }
    for (auto& fee : facts.transferFees) {
        fee = drawTransferFee(rng);
    }
    return {kPool, dammV2Accounts(facts), kCurveClock};
}

inline SeededPool seededDammV1(base::CounterRng& rng) {
    const auto variety = dammV1Variety();
    DammV1Facts facts = variety[rng.below(variety.size())];
    facts.tradeNumerator = rng.below(1'000);
    facts.enabled = drawClosed(rng) ? 0 : 1;
    facts.activationPoint = drawClosed(rng) ? kLater : 0;
    facts.amp = drawAmount(rng, 1, 13);
    for (DammV1Side& side : facts.sides) {
        const double factor = std::exp2(4 * rng.unit() - 2);  // up to 16 times out of balance
        const auto scaled = [&](std::uint64_t& amount) {
            amount = static_cast<std::uint64_t>(static_cast<double>(amount) * factor);
        };
        for (std::uint64_t* const amount :
             {&side.totalRaw, &side.lpSupplyRaw, &side.poolLpRaw, &side.tokenVaultRaw}) {
            scaled(*amount);
        }
        side.tokenVaultRaw /= 1 + rng.below(2) * rng.below(4);  // the rest is lent out
        side.enabled = drawClosed(rng) ? 0 : 1;
    }
    return {kPool, dammV1Accounts(facts), kCurveClock};
}

inline SeededPool seededPool(domain::Program program, base::CounterRng& rng) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return seededAmmV4(rng);
        case domain::Program::raydiumCpmm:
            return seededCpmm(rng);
        case domain::Program::raydiumClmm:
            return seededClmm(rng);
        case domain::Program::meteoraDlmm:
            return seededDlmm(rng);
        case domain::Program::meteoraDammV1:
            return seededDammV1(rng);
        default:
            return seededDammV2(rng);
    }
}

}  // namespace oee::test
