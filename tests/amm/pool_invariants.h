#pragma once
// What no swap may take from a pool, for each program, in an arithmetic of its own (Boost's).
//
// Raydium AMM v4 and CPMM, DAMM v2 compounding: x · y of the reserves, fees that are owed outside.
// Concentrated liquidity (CLMM, DAMM v2 range): what the liquidity needs follows from the price as
//     token A: L · (1/√lower − 1/√upper)      token B: L · (√upper − √lower);
// what comes in beside fees is at least what the need grows by, what goes out at most what it falls
// by. So the vaults cover all liquidity after a swap as they did before. An order on a tick is paid
// at least the tick's price.
// DLMM: in each bin price · x + y of the market makers; an order is paid at least its bin's price;
// what comes in and goes out covers the bins' change.

#include <algorithm>
#include <array>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "amm/pool.h"

namespace oee::test {

// Wide enough for all products here; fixed, because a million cases are judged.
using Wide = boost::multiprecision::int512_t;

inline Wide wide(base::u128 value) {
    return (Wide(static_cast<std::uint64_t>(value >> 64)) << 64) +
           static_cast<std::uint64_t>(value);
}

struct SwapMade {
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    amm::SwapResult result;
    amm::ChainClock clock;

    bool aToB() const { return direction == amm::SwapDirection::aToB; }
    std::size_t in() const { return aToB() ? 0 : 1; }
    // What the pool itself got and gave, transfer fees and its own fee outside.
    Wide netIn() const {
        return Wide(result.amountInRaw) - result.transferFeeInRaw -
               (result.feeSide == amm::FeeSide::input ? result.feeRaw : 0);
    }
    Wide grossOut() const {
        return Wide(result.amountOutRaw) + result.transferFeeOutRaw +
               (result.feeSide == amm::FeeSide::output ? result.feeRaw : 0);
    }
};

using Invariant = const char*;  // what is broken; null: nothing

// Token amounts in Q64: what the pool must get at least and may give at most.
struct Need {
    Wide inQ64 = 0;
    Wide outQ64 = 0;

    Invariant judge(const SwapMade& made) const {
        if ((made.netIn() << 64) < inQ64) {
            return "less comes in than what the pool then owes grows by";
        }
        return (made.grossOut() << 64) > outQ64
                   ? "more goes out than what the pool then owes falls by"
                   : nullptr;
    }
};

struct Reserves {
    std::array<Wide, 2> raw;

    Wide product() const { return raw[0] * raw[1]; }
};

inline Invariant productFell(const Reserves& before, const Reserves& after) {
    return after.product() < before.product() ? "x · y fell" : nullptr;
}

inline Reserves reservesOf(const amm::raydium::AmmV4Pool& pool) {
    return {{Wide(pool.vaultRaw[0]) - pool.needTakePnlRaw[0],
             Wide(pool.vaultRaw[1]) - pool.needTakePnlRaw[1]}};
}

inline Reserves reservesOf(const amm::raydium::CpmmPool& pool) {
    const auto of = [](const amm::raydium::CpmmPool::Side& side) -> Wide {
        return Wide(side.vaultRaw) - side.protocolFeesRaw - side.fundFeesRaw - side.creatorFeesRaw;
    };
    return {{of(pool.sides[0]), of(pool.sides[1])}};
}

inline Invariant brokenBy(const amm::raydium::AmmV4Pool& before,
                          const amm::raydium::AmmV4Pool& after, const SwapMade&) {
    return productFell(reservesOf(before), reservesOf(after));
}

inline Invariant brokenBy(const amm::raydium::CpmmPool& before, const amm::raydium::CpmmPool& after,
                          const SwapMade&) {
    return productFell(reservesOf(before), reservesOf(after));
}

// Adds what one liquidity needs between two prices. `scale`: 64 where L is a plain number, 0 where
// it is in Q64. In rounds down and out rounds up: by 2^−64 of a unit.
inline void addRange(Need& need, const SwapMade& made, base::u128 one, base::u128 other,
                     base::u128 liquidity, unsigned scale) {
    const Wide lower = wide(std::min(one, other));
    const Wide upper = wide(std::max(one, other));
    if (lower == upper || liquidity == 0) {
        return;
    }
    const Wide amountB = (wide(liquidity) * (upper - lower)) << scale;  // Q128
    const Wide numeratorA = amountB << 64;
    const Wide divisorA = lower * upper;
    const Wide a = numeratorA / divisorA;
    const Wide b = amountB >> 64;
    if (made.aToB()) {
        need.inQ64 += a;
        need.outQ64 += b + 1;
    } else {
        need.inQ64 += b;
        need.outQ64 += a + 1;
    }
}

struct TickPoint {
    std::int32_t index = 0;
    base::u128 sqrtPriceQ64 = 0;
    base::i128 liquidityNet = 0;
};

// The initialized ticks that the price came to, in the order in which it did.
inline std::vector<TickPoint> ticksBetween(const amm::raydium::ClmmPool& before,
                                           const amm::raydium::ClmmPool& after, bool down) {
    std::vector<TickPoint> points;
    for (const auto& slot : before.arrays) {
        const std::int32_t width = 60 * std::int32_t{before.tickSpacing};
        const std::int32_t low = std::min(before.tickCurrent, after.tickCurrent) - 1;
        const std::int32_t high = std::max(before.tickCurrent, after.tickCurrent) + 1;
        if (!slot.array || slot.startTick + width < low || slot.startTick > high) {
            continue;
        }
        for (std::size_t i = 0; i < slot.array->ticks.size(); ++i) {
            const auto& tick = slot.array->ticks[i];
            const std::int32_t index =
                slot.startTick + static_cast<std::int32_t>(i) * std::int32_t{before.tickSpacing};
            const bool ahead = down ? index <= before.tickCurrent : index > before.tickCurrent;
            const bool reached = down ? tick.sqrtPriceQ64 >= after.sqrtPriceQ64
                                      : tick.sqrtPriceQ64 <= after.sqrtPriceQ64;
            if (tick.isInitialized() && ahead && reached) {
                points.push_back({index, tick.sqrtPriceQ64, tick.liquidityNet});
            }
        }
    }
    std::sort(points.begin(), points.end(), [down](const TickPoint& a, const TickPoint& b) {
        return down ? a.index > b.index : a.index < b.index;
    });
    return points;
}

// Adds what filled orders are paid at the price of their tick, and what they gave.
inline void addTickOrders(Need& need, const SwapMade& made, const amm::raydium::ClmmPool& before,
                          const amm::raydium::ClmmPool& after) {
    for (std::size_t slot = 0; slot < before.arrays.size(); ++slot) {
        const auto& was = before.arrays[slot].array;
        const auto& is = after.arrays[slot].array;
        if (was == is) {
            continue;
        }
        for (std::size_t i = 0; i < was->ticks.size(); ++i) {
            const auto& tick = was->ticks[i];
            const Wide filled = Wide(tick.orders.unfilledRaw()) - is->ticks[i].orders.unfilledRaw();
            if (filled == 0) {
                continue;
            }
            const Wide priceQ128 = wide(tick.sqrtPriceQ64) * wide(tick.sqrtPriceQ64);
            need.outQ64 += filled << 64;
            need.inQ64 += made.aToB() ? (filled << 192) / priceQ128 : (filled * priceQ128) >> 64;
        }
    }
}

inline Invariant brokenBy(const amm::raydium::ClmmPool& before, const amm::raydium::ClmmPool& after,
                          const SwapMade& made) {
    Need need;
    base::u128 price = before.sqrtPriceQ64;
    base::u128 liquidity = before.liquidity;
    const bool down = made.aToB();
    for (const TickPoint& point : ticksBetween(before, after, down)) {
        addRange(need, made, price, point.sqrtPriceQ64, liquidity, 64);
        price = point.sqrtPriceQ64;
        const auto net = static_cast<base::u128>(point.liquidityNet);  // modulo 2^128
        liquidity = down ? liquidity - net : liquidity + net;
    }
    addRange(need, made, price, after.sqrtPriceQ64, liquidity, 64);
    addTickOrders(need, made, before, after);
    return need.judge(made);
}

inline Invariant brokenBy(const amm::meteora::DlmmPool& before, const amm::meteora::DlmmPool& after,
                          const SwapMade& made) {
    Need need;
    for (std::size_t slot = 0; slot < before.arrays.size(); ++slot) {
        const auto& was = before.arrays[slot].array;
        const auto& is = after.arrays[slot].array;
        for (std::size_t i = 0; was != is && i < was->bins.size(); ++i) {
            const auto& old = was->bins[i];
            const auto& now = is->bins[i];
            if (old == now) {
                continue;
            }
            const Wide price = wide(now.priceQ64);
            const Wide moreX = Wide(now.amountXRaw) - old.amountXRaw;
            const Wide moreY = Wide(now.amountYRaw) - old.amountYRaw;
            if (price * moreX + (moreY << 64) < 0) {
                return "price · x + y of a bin fell";
            }
            const auto unfilled = [](const amm::meteora::dlmm::LimitOrders& orders) -> Wide {
                return Wide(orders.openRaw) + orders.processedRemainingRaw;
            };
            const Wide filled = unfilled(old.orders) - unfilled(now.orders);
            need.inQ64 += (made.aToB() ? moreX : moreY) << 64;
            need.inQ64 += made.aToB() ? (filled << 128) / price : filled * price;
            need.outQ64 += (filled - (made.aToB() ? moreY : moreX)) << 64;
        }
    }
    return need.judge(made);
}

inline Invariant brokenBy(const amm::meteora::DammV2Pool& before,
                          const amm::meteora::DammV2Pool& after, const SwapMade& made) {
    if (before.collectFeeMode == amm::meteora::damm_v2::CollectFeeMode::compounding) {
        const auto reserves = [](const amm::meteora::DammV2Pool& pool) -> Reserves {
            return {{Wide(pool.sides[0].reserveRaw), Wide(pool.sides[1].reserveRaw)}};
        };
        return productFell(reserves(before), reserves(after));
    }
    Need need;
    addRange(need, made, before.sqrtPriceQ64, after.sqrtPriceQ64, before.liquidityQ64, 0);
    return need.judge(made);
}

// DAMM v1's is in damm_v1_invariant.h.
inline Invariant brokenBy(const amm::meteora::DammV1Pool& before,
                          const amm::meteora::DammV1Pool& after, const SwapMade& made);

template <typename State>
Invariant brokenIn(const State& before, const amm::Pool& after, const SwapMade& made) {
    return brokenBy(before, std::get<State>(after.state), made);
}

// The vaults move by what the trader sent and got, and the program's own invariant holds.
inline Invariant invariantBroken(const amm::Pool& before, const amm::Pool& after,
                                 const SwapMade& made) {
    const auto was = amm::vaultBalances(before);
    const auto is = amm::vaultBalances(after);
    const std::size_t in = made.in();
    const amm::SwapResult& result = made.result;
    if (Wide(is[in]) - was[in] != Wide(result.amountInRaw) - result.transferFeeInRaw ||
        Wide(was[1 - in]) - is[1 - in] != Wide(result.amountOutRaw) + result.transferFeeOutRaw) {
        return "the vaults did not move by the amounts";
    }
    return std::visit([&](const auto& state) { return brokenIn(state, after, made); },
                      before.state);
}

}  // namespace oee::test
