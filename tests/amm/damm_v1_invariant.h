#pragma once
// What no swap may take from a DAMM v1 pool and its vaults, see pool_invariants.h.
//
// Vaults: what one of a vault's LP tokens is worth never falls, so that others who share the vault
// lose nothing. Pool: x · y of its reserves (its part of each vault, whole units, as the program
// counts them) never falls, nor does the stable curve's D of them, but for this: the program ends
// Newton's method for D and then for the new output reserve when it moves by no more than a unit
// (of the curve's scale), so that a pool may miss one unit of D and one of that reserve.

#include <array>

#include "pool_invariants.h"

namespace oee::test {

// A vault's tokens without the profit that is still locked.
inline Wide unlockedOf(const amm::meteora::damm_v1::VaultSide& side, const amm::ChainClock& clock) {
    const Wide whole = 1'000'000'000'000;
    const Wide released =
        (Wide(clock.unixTimestamp) - side.profit.lastReportSeconds) * side.profit.degradation;
    return released > whole ? Wide(side.totalRaw)
                            : side.totalRaw - side.profit.lockedRaw * (whole - released) / whole;
}

// Reserves in the stable curve's units: same decimals, and B at its price in A.
inline Reserves scaled(const amm::meteora::damm_v1::StableCurve& curve, Reserves reserves) {
    reserves.raw[0] *= curve.multipliers[0];
    reserves.raw[1] *= curve.multipliers[1];
    if (curve.depeg.type != amm::meteora::damm_v1::DepegType::none) {
        reserves.raw[0] *= 1'000'000;
        reserves.raw[1] *= curve.depeg.priceMicros;
    }
    return reserves;
}

// D of the stable curve, 32 bits behind the point: the greatest root of
//     ann · (x + y) + D = ann · D + D³ / 4xy,
// which Newton's method reaches from above.
inline Wide stableInvariantQ32(std::uint64_t amp, const Reserves& reserves) {
    const Wide x = reserves.raw[0] << 32;
    const Wide y = reserves.raw[1] << 32;
    const Wide ann = Wide(amp) * 2;
    Wide d = x + y;
    while (d != 0) {
        const Wide product = d * d * d / (x * y * 4);
        const Wide next = d * (product * 2 + ann * (x + y)) / (d * (ann - 1) + product * 3);
        if (next >= d) {
            break;
        }
        d = next;
    }
    return d;
}

inline Invariant brokenBy(const amm::meteora::DammV1Pool& before,
                          const amm::meteora::DammV1Pool& after, const SwapMade& made) {
    std::array<Reserves, 2> reserves;  // before, after
    for (const std::size_t side : {0u, 1u}) {
        const auto& was = before.sides[side];
        const auto& is = after.sides[side];
        const Wide unlockedBefore = unlockedOf(was, made.clock);
        const Wide unlockedAfter = unlockedOf(is, made.clock);
        if (unlockedAfter * was.lpSupplyRaw < unlockedBefore * is.lpSupplyRaw) {
            return "a vault's LP token is worth less";
        }
        reserves[0].raw[side] = unlockedBefore * was.poolLpRaw / was.lpSupplyRaw;
        reserves[1].raw[side] =
            is.lpSupplyRaw == 0 ? Wide(0) : Wide(unlockedAfter * is.poolLpRaw / is.lpSupplyRaw);
    }
    if (!before.stable) {
        return productFell(reserves[0], reserves[1]);
    }
    // `after` has the price of the staking token as the swap had it.
    Reserves pool = scaled(*after.stable, reserves[1]);
    pool.raw[1 - made.in()] += 1;
    const Wide fall = stableInvariantQ32(after.stable->amp, scaled(*after.stable, reserves[0])) -
                      stableInvariantQ32(after.stable->amp, pool);
    return fall > Wide(1) << 32 ? "D fell by more than the program's roundings" : nullptr;
}

}  // namespace oee::test
