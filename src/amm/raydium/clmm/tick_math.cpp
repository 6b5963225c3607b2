#include "amm/raydium/clmm/tick_math.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

namespace oee::amm::raydium::clmm {
namespace {

using base::u128;

// 1.0001^(−2^i / 2) as Q0.64, with the last bits cut as in the program.
constexpr std::array<std::uint64_t, 19> kFactors{
    0xfffcb933bd6fb800, 0xfff97272373d4000, 0xfff2e50f5f657000, 0xffe5caca7e10f000,
    0xffcb9843d60f7000, 0xff973b41fa98e800, 0xff2ea16466c9b000, 0xfe5dee046a9a3800,
    0xfcbe86c7900bb000, 0xf987a7253ac65800, 0xf3392b0822bb6000, 0xe7159475a2caf000,
    0xd097f3bdfd2f2000, 0xa9f746462d9f8000, 0x70d869a156f31c00, 0x31be135f97ed3200,
    0x09aa508b5b85a500, 0x005d6af8dedc582c, 0x00002216e584f5fa};

}  // namespace

u128 sqrtPriceAtTick(std::int32_t tick) {
    assert(tick >= kMinTick && tick <= kMaxTick);
    auto bits = static_cast<std::uint32_t>(tick < 0 ? -tick : tick);
    u128 ratio = static_cast<u128>(1) << 64;
    for (std::size_t i = 0; bits != 0; ++i, bits >>= 1) {
        if ((bits & 1) != 0) {
            ratio = (ratio * kFactors[i]) >> 64;
        }
    }
    return tick > 0 ? ~static_cast<u128>(0) / ratio : ratio;
}

std::int32_t tickAtSqrtPrice(u128 sqrtPriceQ64) {
    assert(sqrtPriceQ64 >= kMinSqrtPriceQ64 && sqrtPriceQ64 < kMaxSqrtPriceQ64);
    // The logarithm gives the tick or its neighbour; comparing with the prices themselves decides,
    // so that the answer does not depend on the mathematics library.
    static const double kTicksPerUnit = 2 / std::log(1.0001);
    const double root = std::ldexp(static_cast<double>(sqrtPriceQ64), -64);
    auto tick = static_cast<std::int32_t>(std::floor(std::log(root) * kTicksPerUnit));
    tick = std::clamp(tick, kMinTick, kMaxTick - 1);
    while (sqrtPriceAtTick(tick) > sqrtPriceQ64) {
        --tick;
    }
    while (sqrtPriceAtTick(tick + 1) <= sqrtPriceQ64) {
        ++tick;
    }
    return tick;
}

}  // namespace oee::amm::raydium::clmm
