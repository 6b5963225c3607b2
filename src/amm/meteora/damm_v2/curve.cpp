#include "amm/meteora/damm_v2/curve.h"

#include "base/wide_integer.h"

namespace oee::amm::meteora::damm_v2 {
namespace {

using base::Rounding;
using base::u128;
using base::u256;
using std::uint64_t;

struct PriceRange {
    u128 lowerQ64 = 0;
    u128 upperQ64 = 0;
};

// L × (upper − lower) / (upper × lower). get_delta_amount_a_unsigned_unchecked
std::optional<u256> amountA(const PriceRange& range, u128 liquidity, Rounding rounding) {
    return base::divRounded(base::mulWide(liquidity, range.upperQ64 - range.lowerQ64),
                            base::mulWide(range.upperQ64, range.lowerQ64), rounding);
}

// L × (upper − lower) / 2^128. get_delta_amount_b_unsigned_unchecked
u256 amountB(const PriceRange& range, u128 liquidity, Rounding rounding) {
    const u256 product = base::mulWide(liquidity, range.upperQ64 - range.lowerQ64);
    u256 amount{product.high};
    if (rounding == Rounding::up && product.low != 0) {
        amount = *base::checkedAdd(amount, u256{1});
    }
    return amount;
}

// What moves in token A (aToB: it comes in) or B between two prices; empty over 64 bits.
std::optional<uint64_t> amountOf(std::size_t token, const PriceRange& range, u128 liquidity,
                                 Rounding rounding) {
    const auto amount = token == 0 ? amountA(range, liquidity, rounding)
                                   : std::optional(amountB(range, liquidity, rounding));
    if (!amount || amount->high != 0 || !base::fitsU64(amount->low)) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(amount->low);
}

std::optional<u128> narrow(const std::optional<u256>& value) {
    return value && value->high == 0 ? std::optional(value->low) : std::nullopt;
}

// The price after A comes in or B comes in. get_next_sqrt_price_from_input
std::optional<u128> priceAfterInput(const DammV2Pool& pool, const CurveQuestion& question) {
    const u128 price = pool.sqrtPriceQ64;
    const u128 liquidity = pool.liquidityQ64;
    if (question.amountRaw == 0) {
        return price;
    }
    if (question.direction == SwapDirection::aToB) {
        const auto divisor =
            base::checkedAdd(u256{liquidity}, base::mulWide(price, question.amountRaw));
        return narrow(base::divRounded(base::mulWide(liquidity, price), *divisor, Rounding::up));
    }
    const auto rise = base::divTo128(u256{question.amountRaw, 0}, liquidity, Rounding::down);
    return rise ? narrow(base::checkedAdd(u256{price}, u256{*rise})) : std::nullopt;
}

// The price after B goes out (aToB) or A. get_next_sqrt_price_from_output
std::optional<u128> priceAfterOutput(const DammV2Pool& pool, const CurveQuestion& question) {
    const u128 price = pool.sqrtPriceQ64;
    const u128 liquidity = pool.liquidityQ64;
    if (question.amountRaw == 0) {
        return price;
    }
    if (question.direction == SwapDirection::aToB) {
        const auto fall = base::divTo128(u256{question.amountRaw, 0}, liquidity, Rounding::up);
        return fall && *fall <= price ? std::optional(price - *fall) : std::nullopt;
    }
    const auto divisor =
        base::checkedSub(u256{liquidity}, base::mulWide(price, question.amountRaw));
    return divisor
               ? narrow(base::divRounded(base::mulWide(liquidity, price), *divisor, Rounding::up))
               : std::nullopt;
}

constexpr std::size_t inputToken(SwapDirection direction) {
    return direction == SwapDirection::aToB ? 0 : 1;
}

PriceRange between(const DammV2Pool& pool, SwapDirection direction, u128 otherQ64) {
    return direction == SwapDirection::aToB ? PriceRange{otherQ64, pool.sqrtPriceQ64}
                                            : PriceRange{pool.sqrtPriceQ64, otherQ64};
}

bool outside(const DammV2Pool& pool, u128 priceQ64) {
    return priceQ64 < pool.minSqrtPriceQ64 || priceQ64 > pool.maxSqrtPriceQ64;
}

CurveResult withOutput(const DammV2Pool& pool, const CurveQuestion& consumed, u128 priceQ64) {
    const auto out =
        amountOf(1 - inputToken(consumed.direction), between(pool, consumed.direction, priceQ64),
                 pool.liquidityQ64, Rounding::down);
    if (!out) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    return CurveSwap{consumed.amountRaw, *out, priceQ64};
}

// x × y = k, all three modes: the whole amount goes through or the arithmetic fails.
CurveResult productExactIn(const DammV2Pool& pool, const CurveQuestion& question) {
    const std::size_t in = inputToken(question.direction);
    const auto total = base::checkedAdd(pool.sides[in].reserveRaw, question.amountRaw);
    const auto out = total ? base::mulDiv64(pool.sides[1 - in].reserveRaw, question.amountRaw,
                                            *total, Rounding::down)
                           : std::nullopt;
    if (!out) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    return CurveSwap{question.amountRaw, *out, 0};
}

CurveResult productExactOut(const DammV2Pool& pool, const CurveQuestion& question) {
    const std::size_t in = inputToken(question.direction);
    const auto left = base::checkedSub(pool.sides[1 - in].reserveRaw, question.amountRaw);
    const auto needed =
        left ? base::mulDiv64(pool.sides[in].reserveRaw, question.amountRaw, *left, Rounding::up)
             : std::nullopt;
    if (!needed) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    return CurveSwap{*needed, question.amountRaw, 0};
}

}  // namespace

CurveResult curveExactIn(const DammV2Pool& pool, const CurveQuestion& question) {
    if (pool.collectFeeMode == CollectFeeMode::compounding) {
        return productExactIn(pool, question);
    }
    const auto price = priceAfterInput(pool, question);
    if (!price) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    if (outside(pool, *price)) {
        return tl::unexpected(SwapError::insufficientLiquidity);
    }
    return withOutput(pool, question, *price);
}

CurveResult curvePartial(const DammV2Pool& pool, const CurveQuestion& question) {
    if (pool.collectFeeMode == CollectFeeMode::compounding) {
        return productExactIn(pool, question);
    }
    const SwapDirection direction = question.direction;
    const u128 end = direction == SwapDirection::aToB ? pool.minSqrtPriceQ64 : pool.maxSqrtPriceQ64;
    const auto capacity = amountOf(inputToken(direction), between(pool, direction, end),
                                   pool.liquidityQ64, Rounding::up);
    // A capacity of more than 64 bits is never used up.
    if (capacity && question.amountRaw >= *capacity) {
        return withOutput(pool, {direction, *capacity}, end);
    }
    const auto price = priceAfterInput(pool, question);
    if (!price) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    return withOutput(pool, question, *price);
}

CurveResult curveExactOut(const DammV2Pool& pool, const CurveQuestion& question) {
    if (pool.collectFeeMode == CollectFeeMode::compounding) {
        return productExactOut(pool, question);
    }
    const auto price = priceAfterOutput(pool, question);
    if (!price) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    if (outside(pool, *price)) {
        return tl::unexpected(SwapError::insufficientLiquidity);
    }
    const auto in =
        amountOf(inputToken(question.direction), between(pool, question.direction, *price),
                 pool.liquidityQ64, Rounding::up);
    if (!in) {
        return tl::unexpected(SwapError::mathOverflow);
    }
    return CurveSwap{*in, question.amountRaw, *price};
}

std::optional<Reserves> reservesOfLiquidity(const DammV2Pool& pool) {
    const auto a =
        amountOf(0, {pool.sqrtPriceQ64, pool.maxSqrtPriceQ64}, pool.liquidityQ64, Rounding::up);
    const auto b =
        amountOf(1, {pool.minSqrtPriceQ64, pool.sqrtPriceQ64}, pool.liquidityQ64, Rounding::up);
    if (!a || !b) {
        return std::nullopt;
    }
    return Reserves{*a, *b};
}

u128 sqrtPriceOf(const Reserves& reserves) {
    const auto ratio =
        base::divRounded(u256{reserves[1], 0}, u256{u128{reserves[0]}}, Rounding::down);
    return base::isqrt(*ratio);
}

}  // namespace oee::amm::meteora::damm_v2
