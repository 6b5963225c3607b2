#include <array>

#include "base/base58.h"
#include "base/integer.h"
#include "base/rng.h"
#include "base/wide_integer.h"
#include "bench/bench.h"

namespace oee::bench {
namespace {

using base::Rounding;
using base::u128;
using base::u256;

// Operands change from call to call, so that neither the compiler nor the branch predictor learns
// them; a power of two, so that the index costs one mask.
constexpr std::size_t kOperands = 1'024;

struct Operands {
    std::array<std::uint64_t, kOperands> small{};
    std::array<u128, kOperands> wide{};
    std::array<u256, kOperands> products{};
};

Operands makeOperands() {
    base::CounterRng rng(1, base::RngPurpose::test, 0);
    Operands operands;
    for (std::size_t i = 0; i < kOperands; ++i) {
        operands.small[i] = rng.nextU64() | 1;
        operands.wide[i] = (static_cast<u128>(rng.nextU64()) << 64) | rng.nextU64() | 1;
        operands.products[i] = {rng.nextU64(),
                                (static_cast<u128>(rng.nextU64()) << 64) | rng.nextU64()};
    }
    return operands;
}

// Times f(i), i running over the operands.
template <typename Function>
void timeOver(QJsonObject& result, const QString& key, const QString& what, Function function) {
    addTiming(result, key, what, timeCalls([&](std::uint64_t calls) {
                  for (std::uint64_t i = 0; i < calls; ++i) {
                      doNotOptimize(function(static_cast<std::size_t>(i % kOperands)));
                  }
              }));
}

}  // namespace

void benchBase(QJsonObject& result) {
    const Operands operands = makeOperands();
    // No structured binding: clang 14 does not let lambdas capture one.
    const auto& small = operands.small;
    const auto& wide = operands.wide;
    const auto& products = operands.products;
    timeOver(result, QStringLiteral("mulDiv64"), QStringLiteral("a × b / c, 64 bits"),
             [&](std::size_t i) {
                 return base::mulDiv64(small[i], small[(i + 1) % kOperands],
                                       small[(i + 2) % kOperands], Rounding::down);
             });
    timeOver(result, QStringLiteral("mulDiv128"), QStringLiteral("a × b / c, 128 bits through 256"),
             [&](std::size_t i) {
                 return base::mulDiv128(wide[i], wide[(i + 1) % kOperands],
                                        wide[(i + 2) % kOperands], Rounding::down);
             });
    timeOver(result, QStringLiteral("mulShr128"), QStringLiteral("a × b / 2^64, 128 bits"),
             [&](std::size_t i) {
                 return base::mulShr128(wide[i] >> 40, wide[(i + 1) % kOperands] >> 40, 64,
                                        Rounding::up);
             });
    timeOver(result, QStringLiteral("divRem256"), QStringLiteral("192 bits / 128 bits"),
             [&](std::size_t i) { return base::divRem(products[i], u256(wide[i])); });
    timeOver(result, QStringLiteral("isqrt"), QStringLiteral("square root of 192 bits"),
             [&](std::size_t i) { return base::isqrt(products[i]); });
    std::array<std::uint8_t, 32> address{};
    timeOver(result, QStringLiteral("base58"), QStringLiteral("address to base58"),
             [&](std::size_t i) {
                 address[i % address.size()] = static_cast<std::uint8_t>(small[i] & 0xff);
                 return base::encodeBase58(address);
             });
}

}  // namespace oee::bench
