#pragma once
// The one vocabulary in which every program's swap is asked for and answered.

#include <cstdint>
#include <optional>

#include "base/integer.h"

namespace oee::amm {

enum class SwapMode { exactIn, exactOut, partialFill };

// A is the pool's first token (coin, token 0, X, token A), B its second.
enum class SwapDirection { aToB, bToA };

constexpr SwapDirection opposite(SwapDirection direction) {
    return direction == SwapDirection::aToB ? SwapDirection::bToA : SwapDirection::aToB;
}

struct SwapRequest {
    SwapMode mode = SwapMode::exactIn;
    SwapDirection direction = SwapDirection::aToB;
    // exactIn, partialFill: what leaves the trader, transfer fee inside. exactOut: what is to
    // arrive.
    std::uint64_t amountRaw = 0;
    // exactIn: least output; exactOut: greatest input. Absent: no limit.
    std::optional<std::uint64_t> slippageLimitRaw = std::nullopt;
    std::optional<base::u128> sqrtPriceLimitQ64 = std::nullopt;  // CLMM only
    bool withReferral = false;  // DAMM v2 only: a referral account is passed
};

// In which token the pool took its fee.
enum class FeeSide { input, output };

struct SwapResult {
    std::uint64_t amountInRaw = 0;   // left the trader's token account
    std::uint64_t amountOutRaw = 0;  // arrived in the trader's token account
    // The trading fee in the token of feeSide, and the part of it that does not go to liquidity
    // providers. Where the pool charged on both sides, feeSide has the higher rate and
    // otherSideFeeRaw is the whole fee in the other token.
    std::uint64_t feeRaw = 0;
    std::uint64_t protocolFeeRaw = 0;  // protocol + fund + creator + referral + partner
    std::uint64_t otherSideFeeRaw = 0;
    FeeSide feeSide = FeeSide::input;
    std::uint64_t transferFeeInRaw = 0;   // Token-2022, withheld from the input
    std::uint64_t transferFeeOutRaw = 0;  // Token-2022, withheld from the output
    std::uint32_t crossings = 0;          // ticks or bins crossed

    friend bool operator==(const SwapResult&, const SwapResult&) = default;
};

}  // namespace oee::amm
