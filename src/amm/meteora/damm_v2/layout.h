#pragma once
// Where the fields of a Meteora DAMM v2 pool lie: byte offsets from the start of the account data,
// the 8-byte discriminator inside. All integers are little-endian.
// Source: MeteoraAg/damm-v2 programs/cp-amm/src/state/pool.rs:Pool, state/fee.rs:PoolFeesStruct,
// base_fee/*.rs:PodAligned* (repr C, no implicit padding).

#include <array>
#include <cstddef>
#include <cstdint>

namespace oee::amm::meteora::damm_v2 {

// sha256("account:Pool")[0..8]
inline constexpr std::array<std::uint8_t, 8> kPoolDiscriminator{241, 154, 109, 4,
                                                                17,  177, 109, 188};
inline constexpr std::size_t kPoolSize = 1'112;

namespace base_fee {
inline constexpr std::size_t kCliffRate = 8;  // u64, of 10^9
inline constexpr std::size_t kMode = 16;      // u8, see BaseFeeMode
// Time and market-cap schedulers
inline constexpr std::size_t kPeriods = 22;          // u16
inline constexpr std::size_t kPeriodFrequency = 24;  // u64, slots or seconds (time)
inline constexpr std::size_t kPriceStepBps = 24;     // u32, of the sqrt price (market cap)
inline constexpr std::size_t kExpiration = 28;       // u32, slots or seconds (market cap)
inline constexpr std::size_t kReduction = 32;        // u64, of 10^9 (linear) or bps (exponential)
// Rate limiter
inline constexpr std::size_t kIncrementBps = 22;      // u16
inline constexpr std::size_t kLimiterDuration = 24;   // u32, slots or seconds
inline constexpr std::size_t kLimiterMaxFeeBps = 28;  // u32
inline constexpr std::size_t kReferenceAmount = 32;   // u64, base units of B
}  // namespace base_fee

namespace dynamic_fee {
inline constexpr std::size_t kInitialized = 56;          // u8, 0: no dynamic fee
inline constexpr std::size_t kMaxAccumulator = 64;       // u32
inline constexpr std::size_t kControl = 68;              // u32
inline constexpr std::size_t kBinStepBps = 72;           // u16
inline constexpr std::size_t kFilterPeriod = 74;         // u16, seconds
inline constexpr std::size_t kDecayPeriod = 76;          // u16, seconds
inline constexpr std::size_t kReductionBps = 78;         // u16
inline constexpr std::size_t kLastUpdate = 80;           // u64, seconds since 1970
inline constexpr std::size_t kBinStepQ64 = 88;           // u128
inline constexpr std::size_t kSqrtPriceReference = 104;  // u128
inline constexpr std::size_t kAccumulator = 120;         // u128
inline constexpr std::size_t kReference = 136;           // u128
}  // namespace dynamic_fee

namespace pool {
inline constexpr std::size_t kProtocolPercent = 48;  // u8, of the trading fee
inline constexpr std::size_t kReferralPercent = 50;  // u8, of the protocol's share
inline constexpr std::size_t kCompoundingBps = 54;   // u16, of what the protocol leaves
inline constexpr std::size_t kInitSqrtPrice = 152;   // u128
inline constexpr std::size_t kMintA = 168;
inline constexpr std::size_t kMintB = 200;
inline constexpr std::size_t kVaultA = 232;
inline constexpr std::size_t kVaultB = 264;
inline constexpr std::size_t kWhitelistedVault = 296;
inline constexpr std::size_t kLiquidity = 360;          // u128
inline constexpr std::size_t kProtocolFeeA = 392;       // u64
inline constexpr std::size_t kProtocolFeeB = 400;       // u64
inline constexpr std::size_t kMinSqrtPrice = 424;       // u128
inline constexpr std::size_t kMaxSqrtPrice = 440;       // u128
inline constexpr std::size_t kSqrtPrice = 456;          // u128
inline constexpr std::size_t kActivationPoint = 472;    // u64, slot or seconds since 1970
inline constexpr std::size_t kActivationType = 480;     // u8
inline constexpr std::size_t kStatus = 481;             // u8, 0: enabled
inline constexpr std::size_t kTokenFlagA = 482;         // u8, 1: Token-2022
inline constexpr std::size_t kTokenFlagB = 483;         // u8
inline constexpr std::size_t kCollectFeeMode = 484;     // u8
inline constexpr std::size_t kFeeVersion = 486;         // u8
inline constexpr std::size_t kFeePerLiquidityA = 488;   // u256
inline constexpr std::size_t kFeePerLiquidityB = 520;   // u256
inline constexpr std::size_t kTotalLpFeeA = 568;        // u128
inline constexpr std::size_t kTotalLpFeeB = 584;        // u128
inline constexpr std::size_t kTotalProtocolFeeA = 600;  // u64
inline constexpr std::size_t kTotalProtocolFeeB = 608;  // u64
inline constexpr std::size_t kReserveA = 680;           // u64
inline constexpr std::size_t kReserveB = 688;           // u64
inline constexpr std::size_t kLayoutVersion = 696;      // u8
}  // namespace pool

inline constexpr std::uint64_t kFeeDenominator = 1'000'000'000;
inline constexpr std::uint64_t kBasisPoints = 10'000;
inline constexpr std::uint64_t kPercent = 100;
// constants.rs:get_max_fee_numerator, by fee version
inline constexpr std::array<std::uint64_t, 2> kMaxFeeRatePpb{500'000'000, 990'000'000};

// state/fee.rs:BaseFeeMode
enum class BaseFeeMode : std::uint8_t {
    timeLinear = 0,
    timeExponential = 1,
    rateLimiter = 2,
    marketCapLinear = 3,
    marketCapExponential = 4,
};

// state/pool.rs:CollectFeeMode. bothToken takes the fee in whichever token leaves the pool, the
// others in B.
enum class CollectFeeMode : std::uint8_t { bothToken = 0, onlyB = 1, compounding = 2 };

// utils/activation_handler.rs:ActivationType
enum class ActivationType : std::uint8_t { slot = 0, timestamp = 1 };

}  // namespace oee::amm::meteora::damm_v2
