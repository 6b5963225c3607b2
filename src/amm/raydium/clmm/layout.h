#pragma once
// Bytes of CLMM accounts. Sources: raydium-io/raydium-clmm
// programs/amm/src/states/pool.rs:PoolState and RewardInfo, pool_fee.rs:DynamicFeeInfo,
// config.rs:AmmConfig, tick_array.rs:TickArrayState and TickState, tickarray_bitmap_extension.rs;
// the first eight bytes are Anchor's discriminator, sha256("account:<name>")[0..8]. All structures
// are packed.

#include <array>
#include <cstddef>
#include <cstdint>

namespace oee::amm::raydium::clmm {

inline constexpr std::array<std::uint8_t, 8> kPoolDiscriminator{247, 237, 227, 245,
                                                                215, 195, 222, 70};
inline constexpr std::array<std::uint8_t, 8> kConfigDiscriminator{218, 244, 33, 104,
                                                                  203, 203, 43, 111};
inline constexpr std::array<std::uint8_t, 8> kTickArrayDiscriminator{192, 155, 85,  205,
                                                                     49,  249, 129, 42};
inline constexpr std::array<std::uint8_t, 8> kExtensionDiscriminator{60, 150, 36,  219,
                                                                     97, 128, 139, 153};

inline constexpr std::size_t kPoolSize = 1'544;
inline constexpr std::size_t kConfigSize = 117;
inline constexpr std::size_t kTickArraySize = 10'240;
inline constexpr std::size_t kExtensionSize = 1'832;

inline constexpr std::size_t kRewards = 3;
inline constexpr std::int32_t kTicksPerArray = 60;
inline constexpr std::int32_t kMinTick = -443'636;
inline constexpr std::int32_t kMaxTick = 443'636;
inline constexpr std::uint32_t kFeeDenominator = 1'000'000;  // rates are parts per million

// The pool's own bitmap has a bit for each of 1,024 tick arrays around tick 0; the extension has
// 14 rows of 512 on each side.
inline constexpr std::int32_t kBitmapReach = 512;  // tick arrays on each side
inline constexpr std::int32_t kExtensionRowBits = 512;
inline constexpr std::int32_t kExtensionRows = 14;

// Bits of the pool's status: set means that it may not be done.
inline constexpr std::uint8_t kSwapDisabledBit = 1u << 4;

namespace pool {
inline constexpr std::size_t kBump = 8;  // u8
inline constexpr std::size_t kAmmConfig = 9;
inline constexpr std::size_t kOwner = 41;
inline constexpr std::size_t kMint0 = 73;
inline constexpr std::size_t kMint1 = 105;
inline constexpr std::size_t kVault0 = 137;
inline constexpr std::size_t kVault1 = 169;
inline constexpr std::size_t kObservation = 201;
inline constexpr std::size_t kMint0Decimals = 233;     // u8
inline constexpr std::size_t kMint1Decimals = 234;     // u8
inline constexpr std::size_t kTickSpacing = 235;       // u16
inline constexpr std::size_t kLiquidity = 237;         // u128
inline constexpr std::size_t kSqrtPriceQ64 = 253;      // u128
inline constexpr std::size_t kTickCurrent = 269;       // i32
inline constexpr std::size_t kFeeGrowth0Q64 = 277;     // u128
inline constexpr std::size_t kFeeGrowth1Q64 = 293;     // u128
inline constexpr std::size_t kProtocolFees0 = 309;     // u64
inline constexpr std::size_t kProtocolFees1 = 317;     // u64
inline constexpr std::size_t kStatus = 389;            // u8
inline constexpr std::size_t kFeeOn = 390;             // u8, see FeeOn
inline constexpr std::size_t kRewardInfos = 397;       // 3 × reward::kSize
inline constexpr std::size_t kTickArrayBitmap = 904;   // 16 × u64
inline constexpr std::size_t kFundFees0 = 1'064;       // u64
inline constexpr std::size_t kFundFees1 = 1'072;       // u64
inline constexpr std::size_t kOpenTime = 1'080;        // u64, seconds since 1970
inline constexpr std::size_t kRecentEpoch = 1'088;     // u64
inline constexpr std::size_t kDynamicFeeInfo = 1'096;  // 80 bytes, see dynamic_fee
}  // namespace pool

// From pool::kDynamicFeeInfo on.
namespace dynamic_fee {
inline constexpr std::size_t kSize = 80;
inline constexpr std::size_t kFilterPeriod = 0;            // u16, seconds
inline constexpr std::size_t kDecayPeriod = 2;             // u16, seconds
inline constexpr std::size_t kReductionFactor = 4;         // u16, of 10,000
inline constexpr std::size_t kControl = 6;                 // u32
inline constexpr std::size_t kMaxAccumulator = 10;         // u32
inline constexpr std::size_t kSpacingIndexReference = 14;  // i32
inline constexpr std::size_t kReference = 18;              // u32
inline constexpr std::size_t kAccumulator = 22;            // u32
inline constexpr std::size_t kLastUpdate = 26;             // u64, seconds since 1970
}  // namespace dynamic_fee

// From each reward info's start on.
namespace reward {
inline constexpr std::size_t kSize = 169;
inline constexpr std::size_t kState = 0;            // u8, see RewardState
inline constexpr std::size_t kOpenTime = 1;         // u64
inline constexpr std::size_t kEndTime = 9;          // u64
inline constexpr std::size_t kLastUpdateTime = 17;  // u64
inline constexpr std::size_t kEmissionsQ64 = 25;    // u128, base units a second
inline constexpr std::size_t kTotalEmitted = 41;    // u64
inline constexpr std::size_t kMint = 57;            // all zero: no such reward
inline constexpr std::size_t kGrowthQ64 = 153;      // u128
}  // namespace reward

namespace config {
inline constexpr std::size_t kProtocolFeeRatePpm = 43;  // u32, of the trade fee
inline constexpr std::size_t kTradeFeeRatePpm = 47;     // u32
inline constexpr std::size_t kTickSpacing = 51;         // u16
inline constexpr std::size_t kFundFeeRatePpm = 53;      // u32, of the trade fee
}  // namespace config

namespace tick_array {
inline constexpr std::size_t kPool = 8;
inline constexpr std::size_t kStartTick = 40;             // i32
inline constexpr std::size_t kTicks = 44;                 // 60 × tick::kSize
inline constexpr std::size_t kInitializedCount = 10'124;  // u8
inline constexpr std::size_t kRecentEpoch = 10'125;       // u64
}  // namespace tick_array

// From each tick's start on.
namespace tick {
inline constexpr std::size_t kSize = 168;
inline constexpr std::size_t kTick = 0;                      // i32
inline constexpr std::size_t kLiquidityNet = 4;              // i128
inline constexpr std::size_t kLiquidityGross = 20;           // u128
inline constexpr std::size_t kFeeGrowthOutside0Q64 = 36;     // u128
inline constexpr std::size_t kFeeGrowthOutside1Q64 = 52;     // u128
inline constexpr std::size_t kRewardGrowthsOutsideQ64 = 68;  // 3 × u128
inline constexpr std::size_t kOrderPhase = 116;              // u64
inline constexpr std::size_t kOrdersAmount = 124;            // u64
inline constexpr std::size_t kPartFilledRemaining = 132;     // u64
inline constexpr std::size_t kUnfilledRatioQ64 = 140;        // u128
}  // namespace tick

namespace extension {
inline constexpr std::size_t kPool = 8;
inline constexpr std::size_t kPositive = 40;   // 14 rows of 8 × u64
inline constexpr std::size_t kNegative = 936;  // 14 rows of 8 × u64
inline constexpr std::size_t kRowSize = 64;
}  // namespace extension

// In which token the pool takes its fee. Any other byte acts as fromInput.
enum class FeeOn : std::uint8_t { fromInput, onlyToken0, onlyToken1 };

enum class RewardState : std::uint8_t { uninitialized, initialized, opening, ended };

}  // namespace oee::amm::raydium::clmm
