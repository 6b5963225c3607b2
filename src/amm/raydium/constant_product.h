#pragma once
// x · y = k on 64-bit reserves, as both Raydium programs compute it.

#include <cstdint>
#include <optional>

#include "amm/raydium/mul_div.h"
#include "base/integer.h"

namespace oee::amm::raydium {

struct Reserves {
    std::uint64_t inRaw = 0;
    std::uint64_t outRaw = 0;
};

// floor(out × amount / (in + amount)): rounded down, in the pool's favour. Empty where in + amount
// is 0 or needs more than 64 bits: the vault could not take the amount either.
// raydium-amm math.rs:swap_token_amount_base_in; raydium-cp-swap
// curve/constant_product.rs:swap_base_input_without_fees
inline std::optional<std::uint64_t> outputFor(const Reserves& reserves, std::uint64_t amountInRaw) {
    const auto newIn = base::checkedAdd(reserves.inRaw, amountInRaw);
    return newIn ? mulDivDown(reserves.outRaw, amountInRaw, *newIn) : std::nullopt;
}

// ceil(in × amount / (out − amount)): rounded up, in the pool's favour. Empty where the amount is
// not below the reserve or the input needs more than 64 bits.
// raydium-amm math.rs:swap_token_amount_base_out; raydium-cp-swap
// curve/constant_product.rs:swap_base_output_without_fees
inline std::optional<std::uint64_t> inputFor(const Reserves& reserves, std::uint64_t amountOutRaw) {
    const auto left = base::checkedSub(reserves.outRaw, amountOutRaw);
    return left ? mulDivUp(reserves.inRaw, amountOutRaw, *left) : std::nullopt;
}

}  // namespace oee::amm::raydium
