#pragma once
// Bytes of CPMM accounts. Sources: raydium-io/raydium-cp-swap
// programs/cp-swap/src/states/pool.rs:PoolState and states/config.rs:AmmConfig; the first eight
// bytes are Anchor's discriminator, sha256("account:<name>")[0..8].

#include <array>
#include <cstddef>
#include <cstdint>

namespace oee::amm::raydium::cpmm {

inline constexpr std::array<std::uint8_t, 8> kPoolDiscriminator{247, 237, 227, 245,
                                                                215, 195, 222, 70};
inline constexpr std::array<std::uint8_t, 8> kConfigDiscriminator{218, 244, 33, 104,
                                                                  203, 203, 43, 111};

inline constexpr std::size_t kPoolSize = 637;
inline constexpr std::size_t kConfigSize = 236;

namespace pool {
inline constexpr std::size_t kAmmConfig = 8;
inline constexpr std::size_t kPoolCreator = 40;
inline constexpr std::size_t kVault0 = 72;
inline constexpr std::size_t kVault1 = 104;
inline constexpr std::size_t kLpMint = 136;
inline constexpr std::size_t kMint0 = 168;
inline constexpr std::size_t kMint1 = 200;
inline constexpr std::size_t kTokenProgram0 = 232;
inline constexpr std::size_t kTokenProgram1 = 264;
inline constexpr std::size_t kObservation = 296;
inline constexpr std::size_t kAuthBump = 328;          // u8
inline constexpr std::size_t kStatus = 329;            // u8, see kSwapDisabledBit
inline constexpr std::size_t kLpMintDecimals = 330;    // u8
inline constexpr std::size_t kMint0Decimals = 331;     // u8
inline constexpr std::size_t kMint1Decimals = 332;     // u8
inline constexpr std::size_t kLpSupply = 333;          // u64
inline constexpr std::size_t kProtocolFees0 = 341;     // u64
inline constexpr std::size_t kProtocolFees1 = 349;     // u64
inline constexpr std::size_t kFundFees0 = 357;         // u64
inline constexpr std::size_t kFundFees1 = 365;         // u64
inline constexpr std::size_t kOpenTime = 373;          // u64, seconds since 1970
inline constexpr std::size_t kRecentEpoch = 381;       // u64
inline constexpr std::size_t kCreatorFeeOn = 389;      // u8, see CreatorFeeOn
inline constexpr std::size_t kEnableCreatorFee = 390;  // bool
inline constexpr std::size_t kCreatorFees0 = 397;      // u64
inline constexpr std::size_t kCreatorFees1 = 405;      // u64
}  // namespace pool

namespace config {
inline constexpr std::size_t kBump = 8;                 // u8
inline constexpr std::size_t kDisableCreatePool = 9;    // bool
inline constexpr std::size_t kIndex = 10;               // u16
inline constexpr std::size_t kTradeFeeRatePpm = 12;     // u64
inline constexpr std::size_t kProtocolFeeRatePpm = 20;  // u64, of the trade fee
inline constexpr std::size_t kFundFeeRatePpm = 28;      // u64, of the trade fee
inline constexpr std::size_t kCreatePoolFee = 36;       // u64, lamports
inline constexpr std::size_t kProtocolOwner = 44;
inline constexpr std::size_t kFundOwner = 76;
inline constexpr std::size_t kCreatorFeeRatePpm = 108;  // u64
}  // namespace config

inline constexpr std::uint64_t kFeeDenominator = 1'000'000;
inline constexpr std::uint8_t kSwapDisabledBit = 1u << 2;  // of the pool's status

// pool.rs:CreatorFeeOn
enum class CreatorFeeOn : std::uint8_t { inputToken = 0, onlyToken0 = 1, onlyToken1 = 2 };

}  // namespace oee::amm::raydium::cpmm
