#pragma once
// Bytes of an AMM v4 pool account. Source: raydium-io/raydium-amm program/src/state.rs:AmmInfo
// (with Fees and StateData inside it). No discriminator: the size and the owner tell the kind.

#include <cstddef>
#include <cstdint>

namespace oee::amm::raydium::amm_v4 {

inline constexpr std::size_t kPoolSize = 752;  // exactly

inline constexpr std::size_t kStatus = 0;         // u64, see Status
inline constexpr std::size_t kNonce = 8;          // u64
inline constexpr std::size_t kOrderNum = 16;      // u64
inline constexpr std::size_t kDepth = 24;         // u64
inline constexpr std::size_t kCoinDecimals = 32;  // u64
inline constexpr std::size_t kPcDecimals = 40;    // u64
inline constexpr std::size_t kState = 48;         // u64
inline constexpr std::size_t kResetFlag = 56;     // u64
inline constexpr std::size_t kMinSize = 64;       // u64
inline constexpr std::size_t kVolMaxCutRatio = 72;
inline constexpr std::size_t kAmountWave = 80;
inline constexpr std::size_t kCoinLotSize = 88;
inline constexpr std::size_t kPcLotSize = 96;
inline constexpr std::size_t kMinPriceMultiplier = 104;
inline constexpr std::size_t kMaxPriceMultiplier = 112;
inline constexpr std::size_t kSysDecimalValue = 120;

// Fees: numerator, denominator; u64 each.
inline constexpr std::size_t kMinSeparateNumerator = 128;
inline constexpr std::size_t kMinSeparateDenominator = 136;
inline constexpr std::size_t kTradeFeeNumerator = 144;
inline constexpr std::size_t kTradeFeeDenominator = 152;
inline constexpr std::size_t kPnlNumerator = 160;
inline constexpr std::size_t kPnlDenominator = 168;
inline constexpr std::size_t kSwapFeeNumerator = 176;
inline constexpr std::size_t kSwapFeeDenominator = 184;

// Statistics and what waits to be taken; u64.
inline constexpr std::size_t kNeedTakePnlCoin = 192;
inline constexpr std::size_t kNeedTakePnlPc = 200;
inline constexpr std::size_t kPoolOpenTime = 224;  // seconds since 1970

inline constexpr std::size_t kCoinVault = 336;
inline constexpr std::size_t kPcVault = 368;
inline constexpr std::size_t kCoinMint = 400;
inline constexpr std::size_t kPcMint = 432;
inline constexpr std::size_t kLpMint = 464;
inline constexpr std::size_t kOpenOrders = 496;
inline constexpr std::size_t kMarket = 528;
inline constexpr std::size_t kMarketProgram = 560;
inline constexpr std::size_t kTargetOrders = 592;
inline constexpr std::size_t kAmmOwner = 688;
inline constexpr std::size_t kLpAmount = 720;       // u64
inline constexpr std::size_t kClientOrderId = 728;  // u64
inline constexpr std::size_t kRecentEpoch = 736;    // u64

// state.rs:AmmStatus. Swaps are permitted at initialized, swapOnly and, from the open time on,
// waitingTrade (which a swap turns into swapOnly).
enum class Status : std::uint64_t {
    uninitialized = 0,
    initialized = 1,
    disabled = 2,
    withdrawOnly = 3,
    liquidityOnly = 4,
    orderBookOnly = 5,
    swapOnly = 6,
    waitingTrade = 7,
};

}  // namespace oee::amm::raydium::amm_v4
