#pragma once
// Where the fields of Meteora DLMM's accounts lie: byte offsets from the start of the account data,
// the 8-byte discriminator inside. All integers are little-endian.
// Source: MeteoraAg/dlmm-sdk idls/dlmm.json (repr C, no implicit padding).

#include <array>
#include <cstddef>
#include <cstdint>

namespace oee::amm::meteora::dlmm {

inline constexpr std::size_t kDiscriminatorSize = 8;
using Discriminator = std::array<std::uint8_t, kDiscriminatorSize>;

inline constexpr std::int32_t kBinsPerArray = 70;
inline constexpr std::int32_t kMinBinId = -443'636;
inline constexpr std::int32_t kMaxBinId = 443'636;
// The pair's own bitmap covers the array indices [−512, 511]; the extension twelve times as many
// beyond, on each side.
inline constexpr std::int32_t kInternalBitmapReach = 512;
inline constexpr std::int32_t kExtensionBlocks = 12;
inline constexpr std::int32_t kBitmapReach = kInternalBitmapReach * (kExtensionBlocks + 1);

enum class PairStatus : std::uint8_t { enabled = 0, disabled = 1 };
enum class PairType : std::uint8_t {
    permissionless = 0,
    permission = 1,
    customizablePermissionless = 2,
    permissionlessV2 = 3,
};
enum class ActivationType : std::uint8_t { slot = 0, timestamp = 1 };
enum class FunctionType : std::uint8_t { undetermined = 0, liquidityMining = 1, limitOrder = 2 };
enum class CollectFeeMode : std::uint8_t { inputOnly = 0, onlyY = 1 };

namespace lb_pair {
inline constexpr Discriminator kDiscriminator{33, 11, 49, 98, 181, 101, 177, 13};
inline constexpr std::size_t kSize = 904;

// StaticParameters
inline constexpr std::size_t kBaseFactor = 8;                 // u16
inline constexpr std::size_t kFilterPeriod = 10;              // u16, seconds
inline constexpr std::size_t kDecayPeriod = 12;               // u16, seconds
inline constexpr std::size_t kReductionFactor = 14;           // u16, of 10,000
inline constexpr std::size_t kVariableFeeControl = 16;        // u32
inline constexpr std::size_t kMaxVolatilityAccumulator = 20;  // u32
inline constexpr std::size_t kMinBinId = 24;                  // i32
inline constexpr std::size_t kMaxBinId = 28;                  // i32
inline constexpr std::size_t kProtocolShare = 32;             // u16, of 10,000
inline constexpr std::size_t kBaseFeePowerFactor = 34;        // u8
inline constexpr std::size_t kFunctionType = 35;              // u8 FunctionType
inline constexpr std::size_t kCollectFeeMode = 36;            // u8 CollectFeeMode
// VariableParameters
inline constexpr std::size_t kVolatilityAccumulator = 40;  // u32
inline constexpr std::size_t kVolatilityReference = 44;    // u32
inline constexpr std::size_t kIndexReference = 48;         // i32
inline constexpr std::size_t kLastUpdateTimestamp = 56;    // i64, seconds

inline constexpr std::size_t kBumpSeed = 72;               // u8
inline constexpr std::size_t kBinStepSeed = 73;            // u16
inline constexpr std::size_t kPairType = 75;               // u8 PairType
inline constexpr std::size_t kActiveId = 76;               // i32
inline constexpr std::size_t kBinStep = 80;                // u16, basis points
inline constexpr std::size_t kStatus = 82;                 // u8 PairStatus
inline constexpr std::size_t kRequireBaseFactorSeed = 83;  // u8
inline constexpr std::size_t kBaseFactorSeed = 84;         // u16
inline constexpr std::size_t kActivationType = 86;         // u8 ActivationType
inline constexpr std::size_t kCreatorControl = 87;         // u8
inline constexpr std::size_t kMintX = 88;
inline constexpr std::size_t kMintY = 120;
inline constexpr std::size_t kReserveX = 152;      // vault
inline constexpr std::size_t kReserveY = 184;      // vault
inline constexpr std::size_t kProtocolFeeX = 216;  // u64
inline constexpr std::size_t kProtocolFeeY = 224;  // u64
inline constexpr std::size_t kRewardInfos = 264;   // two, each starts with its mint
inline constexpr std::size_t kRewardInfoSize = 144;
inline constexpr std::size_t kRewardCount = 2;
inline constexpr std::size_t kOracle = 552;
inline constexpr std::size_t kBinArrayBitmap = 584;  // 16 × u64: bit (index + 512)
inline constexpr std::size_t kBitmapWords = 16;
inline constexpr std::size_t kLastUpdatedAt = 712;  // i64
inline constexpr std::size_t kPreActivationSwapAddress = 752;
inline constexpr std::size_t kBaseKey = 784;
inline constexpr std::size_t kActivationPoint = 816;        // u64, slot or seconds
inline constexpr std::size_t kPreActivationDuration = 824;  // u64
inline constexpr std::size_t kCreator = 848;
inline constexpr std::size_t kMintXProgramFlag = 880;  // u8, 1 = Token-2022
inline constexpr std::size_t kMintYProgramFlag = 881;  // u8, 1 = Token-2022
inline constexpr std::size_t kVersion = 882;           // u8
}  // namespace lb_pair

namespace bin_array {
inline constexpr Discriminator kDiscriminator{92, 142, 92, 220, 5, 148, 70, 181};
inline constexpr std::size_t kSize = 10'136;
inline constexpr std::size_t kIndex = 8;     // i64
inline constexpr std::size_t kVersion = 16;  // u8
inline constexpr std::size_t kLbPair = 24;
inline constexpr std::size_t kBins = 56;  // kBinsPerArray × kBinSize
inline constexpr std::size_t kBinSize = 144;
}  // namespace bin_array

// Offsets inside one bin.
namespace bin {
inline constexpr std::size_t kAmountX = 0;               // u64, market makers' liquidity
inline constexpr std::size_t kAmountY = 8;               // u64
inline constexpr std::size_t kPrice = 16;                // u128 Q64: base units of Y for one of X
inline constexpr std::size_t kLiquiditySupply = 32;      // u128 Q64
inline constexpr std::size_t kFulfilledOrderX = 48;      // u64
inline constexpr std::size_t kFulfilledOrderY = 56;      // u64
inline constexpr std::size_t kLimitOrderFeeAsk = 64;     // u64
inline constexpr std::size_t kLimitOrderFeeBid = 72;     // u64
inline constexpr std::size_t kFeeXPerToken = 80;         // u128 Q64
inline constexpr std::size_t kFeeYPerToken = 96;         // u128 Q64
inline constexpr std::size_t kOpenOrder = 112;           // u64
inline constexpr std::size_t kProcessingOrder = 120;     // u64, total
inline constexpr std::size_t kProcessedRemaining = 128;  // u64
inline constexpr std::size_t kOrderAge = 136;            // u32
inline constexpr std::size_t kLimitOrderAskSide = 140;   // u8, not 0: the orders sell X
}  // namespace bin

namespace bitmap_extension {
inline constexpr Discriminator kDiscriminator{80, 111, 124, 113, 55, 237, 18, 5};
inline constexpr std::size_t kSize = 1'576;
inline constexpr std::size_t kLbPair = 8;
// 12 × 512 bits each. Positive: array index 512 is bit 0. Negative: array index −513 is bit 0.
inline constexpr std::size_t kPositive = 40;
inline constexpr std::size_t kNegative = 808;
inline constexpr std::size_t kWordsPerSide = 96;
}  // namespace bitmap_extension

namespace oracle {
inline constexpr Discriminator kDiscriminator{139, 194, 131, 179, 140, 179, 229, 244};
}  // namespace oracle

}  // namespace oee::amm::meteora::dlmm
