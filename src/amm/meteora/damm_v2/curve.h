#pragma once
// What the liquidity gives, fees outside: a single range of concentrated liquidity, or x × y = k.

#include <array>
#include <cstdint>
#include <optional>

#include <tl/expected.hpp>

#include "amm/error.h"
#include "amm/meteora/damm_v2/pool.h"
#include "amm/swap.h"
#include "base/integer.h"

namespace oee::amm::meteora::damm_v2 {

struct CurveSwap {
    std::uint64_t inRaw = 0;
    std::uint64_t outRaw = 0;
    // Of a compounding pool it follows from the reserves afterwards instead, see sqrtPriceOf().
    base::u128 sqrtPriceQ64 = 0;
};
using CurveResult = tl::expected<CurveSwap, SwapError>;

struct CurveQuestion {
    SwapDirection direction = SwapDirection::aToB;
    std::uint64_t amountRaw = 0;
};

using Reserves = std::array<std::uint64_t, 2>;  // A, B

// All of the input, or insufficientLiquidity where the price range ends before. Output rounds down.
// liquidity_handler/{concentrated,compounding}_liquidity.rs:calculate_*_from_amount_in
CurveResult curveExactIn(const DammV2Pool& pool, const CurveQuestion& question);

// As much of the input as the price range takes (inRaw); x × y = k takes all.
// calculate_*_from_partial_amount_in
CurveResult curvePartial(const DammV2Pool& pool, const CurveQuestion& question);

// The input for an output, rounded up. calculate_*_from_amount_out
CurveResult curveExactOut(const DammV2Pool& pool, const CurveQuestion& question);

// What the liquidity of a range is worth, rounded up. get_reserves_amount
std::optional<Reserves> reservesOfLiquidity(const DammV2Pool& pool);

// sqrt(B / A), rounded down; A is not 0. compounding_liquidity.rs:get_sqrt_price_from_amounts
base::u128 sqrtPriceOf(const Reserves& reserves);

}  // namespace oee::amm::meteora::damm_v2
