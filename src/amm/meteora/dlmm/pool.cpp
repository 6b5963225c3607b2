#include "amm/meteora/dlmm/pool.h"

#include <algorithm>
#include <cmath>

#include "amm/meteora/dlmm/bin_cursor.h"
#include "amm/meteora/dlmm/bin_math.h"

namespace oee::amm::meteora {
namespace dlmm {
namespace {

bool canPay(const Bin& bin, SwapDirection direction) {
    return makersCanPay(bin, direction) != 0 ||
           (ordersPay(bin.orders, direction) &&
            (bin.orders.openRaw != 0 || bin.orders.processedRemainingRaw != 0));
}

}  // namespace

void updatePayers(BinArray& array, std::size_t position) {
    const base::u128 bit = static_cast<base::u128>(1) << position;
    for (const SwapDirection direction : {SwapDirection::aToB, SwapDirection::bToA}) {
        base::u128& payers = array.payers[static_cast<std::size_t>(direction)];
        payers = canPay(array.bins[position], direction) ? payers | bit : payers & ~bit;
    }
}

}  // namespace dlmm

bool operator==(const DlmmPool& a, const DlmmPool& b) {
    const auto sameArray = [](const dlmm::BinArraySlot& one, const dlmm::BinArraySlot& other) {
        return one.array == other.array || *one.array == *other.array;
    };
    return a.address == b.address && a.parameters == b.parameters && a.volatility == b.volatility &&
           a.activeId == b.activeId && a.sides == b.sides && a.vaults == b.vaults &&
           a.mints == b.mints && (a.bitmap == b.bitmap || *a.bitmap == *b.bitmap) &&
           std::equal(a.arrays.begin(), a.arrays.end(), b.arrays.begin(), b.arrays.end(),
                      sameArray);
}

double marginalPrice(const DlmmPool& pool, SwapDirection direction) {
    dlmm::BinCursor cursor(pool, direction);
    if (!cursor.seek()) {
        return 0;
    }
    const auto price = dlmm::priceOf(cursor.bin(), cursor.binId(), pool.parameters.binStepBps);
    if (!price) {
        return 0;
    }
    const double yPerX = std::ldexp(static_cast<double>(*price), -64);
    return direction == SwapDirection::aToB ? yPerX : 1 / yPerX;
}

std::array<std::uint64_t, 2> vaultBalances(const DlmmPool& pool) {
    return {pool.sides[0].vaultRaw, pool.sides[1].vaultRaw};
}

}  // namespace oee::amm::meteora
