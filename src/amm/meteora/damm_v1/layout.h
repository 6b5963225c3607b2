#pragma once
// Where the fields of a Meteora DAMM v1 pool and of the dynamic vaults behind it lie: byte offsets
// from the start of the account data, the 8-byte discriminator inside. Borsh: packed,
// little-endian.
// Sources: MeteoraAg/damm-v1-sdk programs/dynamic-amm/src/state.rs:Pool,
// programs/dynamic-vault/src/state.rs:Vault; of the staking programs
// marinade-finance/liquid-staking state/mod.rs:State, lidofinance/solido state.rs:Lido,
// solana-labs/solana-program-library stake-pool/program/src/state.rs:StakePool.

#include <array>
#include <cstddef>
#include <cstdint>

namespace oee::amm::meteora::damm_v1 {

// sha256("account:Pool")[0..8] and sha256("account:Vault")[0..8]
inline constexpr std::array<std::uint8_t, 8> kPoolDiscriminator{241, 154, 109, 4,
                                                                17,  177, 109, 188};
inline constexpr std::array<std::uint8_t, 8> kVaultDiscriminator{211, 8, 232, 43, 2, 152, 117, 119};
inline constexpr const char* kVaultProgram = "24Uqj9JCLxUeoC3hGfh5W3s9FM9uCHDS2SG3LYwBpyTi";

namespace pool {
inline constexpr std::size_t kMintA = 40;
inline constexpr std::size_t kMintB = 72;
inline constexpr std::size_t kVaultA = 104;
inline constexpr std::size_t kVaultB = 136;
inline constexpr std::size_t kVaultLpA = 168;  // the pool's account of vault A's LP token
inline constexpr std::size_t kVaultLpB = 200;
inline constexpr std::size_t kEnabled = 233;  // bool
inline constexpr std::size_t kProtocolFeeA = 234;
inline constexpr std::size_t kProtocolFeeB = 266;
inline constexpr std::size_t kTradeFeeNumerator = 330;       // u64
inline constexpr std::size_t kTradeFeeDenominator = 338;     // u64
inline constexpr std::size_t kProtocolFeeNumerator = 346;    // u64, of the trade fee
inline constexpr std::size_t kProtocolFeeDenominator = 354;  // u64
inline constexpr std::size_t kPoolType = 362;                // u8, 0 or 1
inline constexpr std::size_t kStake = 363;                   // of an SPL stake pool
inline constexpr std::size_t kActivationPoint = 403;         // u64, slot or seconds since 1970
inline constexpr std::size_t kActivationType = 475;          // u8
inline constexpr std::size_t kCurveType = 874;               // u8
// Only where the curve is stable
inline constexpr std::size_t kAmp = 875;           // u64
inline constexpr std::size_t kMultiplierA = 883;   // u64
inline constexpr std::size_t kMultiplierB = 891;   // u64
inline constexpr std::size_t kDepegPrice = 900;    // u64, of 10^6
inline constexpr std::size_t kDepegUpdated = 908;  // u64, seconds since 1970
inline constexpr std::size_t kDepegType = 916;     // u8
inline constexpr std::size_t kConstantProductSize = 875;
inline constexpr std::size_t kStableSize = 925;
}  // namespace pool

namespace vault {
inline constexpr std::size_t kEnabled = 8;  // u8
inline constexpr std::size_t kTotal = 11;   // u64, what strategies have borrowed inside
inline constexpr std::size_t kTokenVault = 19;
inline constexpr std::size_t kTokenMint = 83;
inline constexpr std::size_t kLpMint = 115;
inline constexpr std::size_t kLockedProfit = 1203;  // u64
inline constexpr std::size_t kLastReport = 1211;    // u64, seconds since 1970
inline constexpr std::size_t kDegradation = 1219;   // u64, of 10^12 a second
inline constexpr std::size_t kSize = 1227;
}  // namespace vault

// What the staking programs say about their token's worth.
namespace stake {
inline constexpr const char* kMarinadeState = "8szGkuLTAux9XMgZ2vtY39jVSowEcpBfFfD8hXSEqdGC";
inline constexpr std::size_t kMarinadePrice = 512;  // u64, of 2^32
inline constexpr std::uint64_t kMarinadeOne = std::uint64_t{1} << 32;
inline constexpr const char* kLidoState = "49Yi1TKkNyYjPAFdR9LBvoHcUjuPX4Df5T5yv39w2XTn";
inline constexpr std::size_t kLidoSupply = 73;         // u64, stSOL
inline constexpr std::size_t kLidoBalance = 81;        // u64, lamports
inline constexpr std::size_t kSplTotalLamports = 258;  // u64
inline constexpr std::size_t kSplTokenSupply = 266;    // u64
}  // namespace stake

// vault/src/state.rs:LOCKED_PROFIT_DEGRADATION_DENOMINATOR
inline constexpr std::uint64_t kDegradationDenominator = 1'000'000'000'000;
// dynamic-amm/src/constants.rs:depeg
inline constexpr std::uint64_t kDepegPrecision = 1'000'000;
inline constexpr std::uint64_t kDepegCacheSeconds = 600;

// state.rs:ActivationType
enum class ActivationType : std::uint8_t { slot = 0, timestamp = 1 };

// state.rs:CurveType
enum class CurveType : std::uint8_t { constantProduct = 0, stable = 1 };

// state.rs:DepegType: whose staking token B is.
enum class DepegType : std::uint8_t { none = 0, marinade = 1, lido = 2, splStake = 3 };

}  // namespace oee::amm::meteora::damm_v1
