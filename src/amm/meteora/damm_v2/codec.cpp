// Account bytes of a DAMM v2 pool to its value and back.

#include <array>
#include <cstddef>
#include <limits>

#include "amm/bytes.h"
#include "amm/meteora/damm_v2/fee_rate.h"
#include "amm/meteora/damm_v2/pool.h"
#include "domain/venue.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v2;
using base::u128;
using domain::Pubkey;

constexpr std::array<std::size_t, 2> kVault{pool::kVaultA, pool::kVaultB};
constexpr std::array<std::size_t, 2> kMint{pool::kMintA, pool::kMintB};
constexpr std::array<std::size_t, 2> kReserve{pool::kReserveA, pool::kReserveB};
constexpr std::array<std::size_t, 2> kProtocolFee{pool::kProtocolFeeA, pool::kProtocolFeeB};
constexpr std::array<std::size_t, 2> kFeePerLiquidity{pool::kFeePerLiquidityA,
                                                      pool::kFeePerLiquidityB};
constexpr std::array<std::size_t, 2> kTotalLpFee{pool::kTotalLpFeeA, pool::kTotalLpFeeB};
constexpr std::array<std::size_t, 2> kTotalProtocolFee{pool::kTotalProtocolFeeA,
                                                       pool::kTotalProtocolFeeB};
constexpr std::array kVaultRole{"vault A", "vault B"};
constexpr std::array kMintRole{"mint A", "mint B"};
constexpr std::size_t kHalfOf256 = 16;  // bytes

tl::unexpected<DecodeFailure> failure(DecodeError error, const Pubkey& account, const char* where) {
    return tl::unexpected(DecodeFailure{error, account, where});
}

// The first field that the program never holds or refuses to swap with; null where all are good.
const char* invalidField(FieldReader& reader) {
    struct Limit {
        std::size_t offset;
        std::uint8_t greatest;
        const char* name;
    };
    static constexpr std::array kLimits{
        Limit{base_fee::kMode, 4, "base fee mode"},
        Limit{pool::kProtocolPercent, kPercent, "protocol fee percent"},
        Limit{pool::kReferralPercent, kPercent, "referral fee percent"},
        Limit{pool::kActivationType, 1, "activation type"},
        Limit{pool::kCollectFeeMode, 2, "collect fee mode"},
        Limit{pool::kFeeVersion, kMaxFeeRatePpb.size() - 1, "fee version"},
        Limit{pool::kLayoutVersion, 1, "layout version"},
    };
    for (const Limit& limit : kLimits) {
        if (reader.read<std::uint8_t>(limit.offset) > limit.greatest) {
            return limit.name;
        }
    }
    if (reader.read<std::uint16_t>(pool::kCompoundingBps) > kBasisPoints) {
        return "compounding fee bps";
    }
    if (reader.read<std::uint8_t>(dynamic_fee::kInitialized) != 0 &&
        reader.read<u128>(dynamic_fee::kBinStepQ64) == 0) {
        return "bin step";
    }
    if (reader.read<u128>(dynamic_fee::kAccumulator) > std::numeric_limits<std::uint32_t>::max()) {
        return "volatility accumulator";
    }
    if (!base::fitsU64(reader.read<u128>(dynamic_fee::kReference))) {
        return "volatility reference";
    }
    for (const std::size_t side : {0u, 1u}) {
        // Counters that only grow, far from their end.
        if (reader.read<u128>(kFeePerLiquidity[side] + kHalfOf256) >> 127 != 0) {
            return "fee per liquidity";
        }
        if (reader.read<u128>(kTotalLpFee[side]) >> 127 != 0) {
            return "total liquidity provider fee";
        }
    }
    return nullptr;
}

FeeSchedule readSchedule(FieldReader& reader, FeeDecay decay) {
    return {.decay = decay,
            .cliffRatePpb = reader.read<std::uint64_t>(base_fee::kCliffRate),
            .periods = reader.read<std::uint16_t>(base_fee::kPeriods),
            .reduction = reader.read<std::uint64_t>(base_fee::kReduction)};
}

BaseFee readBaseFee(FieldReader& reader) {
    const BaseFeeMode mode{reader.read<std::uint8_t>(base_fee::kMode)};
    switch (mode) {
        case BaseFeeMode::timeLinear:
        case BaseFeeMode::timeExponential:
            return TimeScheduler{
                .schedule =
                    readSchedule(reader, mode == BaseFeeMode::timeLinear ? FeeDecay::linear
                                                                         : FeeDecay::exponential),
                .frequency = reader.read<std::uint64_t>(base_fee::kPeriodFrequency)};
        case BaseFeeMode::marketCapLinear:
        case BaseFeeMode::marketCapExponential:
            return MarketCapScheduler{
                .schedule = readSchedule(reader, mode == BaseFeeMode::marketCapLinear
                                                     ? FeeDecay::linear
                                                     : FeeDecay::exponential),
                .sqrtPriceStepBps = reader.read<std::uint32_t>(base_fee::kPriceStepBps),
                .expiration = reader.read<std::uint32_t>(base_fee::kExpiration)};
        case BaseFeeMode::rateLimiter:
            break;
    }
    return RateLimiter{
        .cliffRatePpb = reader.read<std::uint64_t>(base_fee::kCliffRate),
        .incrementBps = reader.read<std::uint16_t>(base_fee::kIncrementBps),
        .duration = reader.read<std::uint32_t>(base_fee::kLimiterDuration),
        .maxFeeBps = reader.read<std::uint32_t>(base_fee::kLimiterMaxFeeBps),
        .referenceAmountRaw = reader.read<std::uint64_t>(base_fee::kReferenceAmount)};
}

void readDynamicFee(FieldReader& reader, DammV2Pool& pool) {
    pool.volatility = {
        .lastUpdateSeconds = reader.read<std::uint64_t>(dynamic_fee::kLastUpdate),
        .sqrtPriceReferenceQ64 = reader.read<u128>(dynamic_fee::kSqrtPriceReference),
        .accumulator = static_cast<std::uint32_t>(reader.read<u128>(dynamic_fee::kAccumulator)),
        .reference = static_cast<std::uint64_t>(reader.read<u128>(dynamic_fee::kReference))};
    if (reader.read<std::uint8_t>(dynamic_fee::kInitialized) == 0) {
        return;
    }
    pool.dynamicFee =
        DynamicFee{.maxAccumulator = reader.read<std::uint32_t>(dynamic_fee::kMaxAccumulator),
                   .control = reader.read<std::uint32_t>(dynamic_fee::kControl),
                   .binStepBps = reader.read<std::uint16_t>(dynamic_fee::kBinStepBps),
                   .filterPeriodSeconds = reader.read<std::uint16_t>(dynamic_fee::kFilterPeriod),
                   .decayPeriodSeconds = reader.read<std::uint16_t>(dynamic_fee::kDecayPeriod),
                   .reductionBps = reader.read<std::uint16_t>(dynamic_fee::kReductionBps),
                   .binStepQ64 = reader.read<u128>(dynamic_fee::kBinStepQ64)};
    pool.variableFeeRatePpb = variableFeeRatePpb(*pool.dynamicFee, pool.volatility);
}

// False where a range pool's price is outside of its range.
bool readPrices(FieldReader& reader, DammV2Pool& pool) {
    pool.sqrtPriceQ64 = reader.read<u128>(pool::kSqrtPrice);
    pool.minSqrtPriceQ64 = reader.read<u128>(pool::kMinSqrtPrice);
    pool.maxSqrtPriceQ64 = reader.read<u128>(pool::kMaxSqrtPrice);
    pool.initSqrtPriceQ64 = reader.read<u128>(pool::kInitSqrtPrice);
    pool.liquidityQ64 = reader.read<u128>(pool::kLiquidity);
    return pool.collectFeeMode == CollectFeeMode::compounding ||
           (pool.minSqrtPriceQ64 > 0 && pool.minSqrtPriceQ64 <= pool.sqrtPriceQ64 &&
            pool.sqrtPriceQ64 <= pool.maxSqrtPriceQ64);
}

void readSide(FieldReader& reader, std::size_t side, DammV2Pool& pool) {
    TokenSide& state = pool.sides[side];
    pool.vaults[side] = reader.pubkey(kVault[side]);
    pool.mints[side].mint = reader.pubkey(kMint[side]);
    state.reserveRaw = reader.read<std::uint64_t>(kReserve[side]);
    state.protocolFeeRaw = reader.read<std::uint64_t>(kProtocolFee[side]);
    state.feePerLiquidityQ128 = {reader.read<u128>(kFeePerLiquidity[side] + kHalfOf256),
                                 reader.read<u128>(kFeePerLiquidity[side])};
    state.totalLpFeeRaw = reader.read<u128>(kTotalLpFee[side]);
    state.totalProtocolFeeRaw = reader.read<std::uint64_t>(kTotalProtocolFee[side]);
}

tl::expected<void, DecodeFailure> decodeToken(const AccountSet& accounts, std::size_t side,
                                              DammV2Pool& pool) {
    const auto vault = spl::decodeTokenAccount(pool.vaults[side], accounts, kVaultRole[side]);
    if (!vault) {
        return tl::unexpected(vault.error());
    }
    if (vault->mint != pool.mints[side].mint) {
        return failure(DecodeError::invalidValue, pool.vaults[side], kVaultRole[side]);
    }
    const auto mint = spl::decodeMint(pool.mints[side].mint, accounts, kMintRole[side]);
    if (!mint) {
        return tl::unexpected(mint.error());
    }
    if (mint->tokenProgram != vault->tokenProgram) {
        return failure(DecodeError::wrongOwner, pool.mints[side].mint, kMintRole[side]);
    }
    if (!spl::canReceive(*vault, *mint)) {
        return failure(DecodeError::invalidValue, pool.vaults[side], kVaultRole[side]);
    }
    pool.sides[side].vaultRaw = vault->amountRaw;
    pool.sides[side].withheldRaw = vault->withheldRaw;
    pool.sides[side].transferFee = mint->transferFee;
    pool.mints[side].decimals = mint->decimals;
    return {};
}

tl::expected<const Account*, DecodeFailure> findPool(const Pubkey& address,
                                                     const AccountSet& accounts) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return failure(DecodeError::accountMissing, address, "pool");
    }
    if (found->second.owner != domain::programIdOf(domain::Program::meteoraDammV2)) {
        return failure(DecodeError::wrongOwner, address, "pool");
    }
    if (found->second.data.size() < kPoolSize) {
        return failure(DecodeError::tooShort, address, "pool");
    }
    if (!FieldReader(found->second.data).startsWith(kPoolDiscriminator)) {
        return failure(DecodeError::wrongDiscriminator, address, "pool");
    }
    return &found->second;
}

}  // namespace

tl::expected<DammV2Pool, DecodeFailure> decodeDammV2(const Pubkey& address,
                                                     const AccountSet& accounts) {
    const auto account = findPool(address, accounts);
    if (!account) {
        return tl::unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    if (const char* const field = invalidField(reader)) {
        return failure(DecodeError::invalidValue, address, field);
    }
    DammV2Pool pool;
    pool.address = address;
    pool.collectFeeMode = CollectFeeMode{reader.read<std::uint8_t>(pool::kCollectFeeMode)};
    pool.activationType = ActivationType{reader.read<std::uint8_t>(pool::kActivationType)};
    pool.activationPoint = reader.read<std::uint64_t>(pool::kActivationPoint);
    pool.enabled = reader.read<std::uint8_t>(pool::kStatus) == 0;
    pool.tracksReserves = reader.read<std::uint8_t>(pool::kLayoutVersion) != 0;
    pool.maxFeeRatePpb = kMaxFeeRatePpb[reader.read<std::uint8_t>(pool::kFeeVersion)];
    pool.protocolPercent = reader.read<std::uint8_t>(pool::kProtocolPercent);
    pool.referralPercent = reader.read<std::uint8_t>(pool::kReferralPercent);
    pool.compoundingBps = reader.read<std::uint16_t>(pool::kCompoundingBps);
    pool.baseFee = readBaseFee(reader);
    readDynamicFee(reader, pool);
    if (!readPrices(reader, pool)) {
        return failure(DecodeError::invalidValue, address, "sqrt price");
    }
    for (const std::size_t side : {0u, 1u}) {
        readSide(reader, side, pool);
        if (auto read = decodeToken(accounts, side, pool); !read) {
            return tl::unexpected(read.error());
        }
    }
    if (pool.mints[0].mint == pool.mints[1].mint) {
        return failure(DecodeError::invalidValue, address, "mints");
    }
    return pool;
}

std::vector<Pubkey> encode(const DammV2Pool& pool, AccountSet& accounts) {
    std::vector<Pubkey> changed;
    const auto found = accounts.find(pool.address);
    // All of it or nothing: half a state would be another one.
    if (found != accounts.end() && found->second.data.size() >= kPoolSize) {
        FieldWriter writer(found->second.data);
        const Volatility& volatility = pool.volatility;
        writer.write(pool::kSqrtPrice, pool.sqrtPriceQ64);
        writer.write(pool::kLayoutVersion, static_cast<std::uint8_t>(pool.tracksReserves ? 1 : 0));
        writer.write(dynamic_fee::kLastUpdate, volatility.lastUpdateSeconds);
        writer.write(dynamic_fee::kSqrtPriceReference, volatility.sqrtPriceReferenceQ64);
        writer.write(dynamic_fee::kAccumulator, u128{volatility.accumulator});
        writer.write(dynamic_fee::kReference, u128{volatility.reference});
        for (const std::size_t side : {0u, 1u}) {
            const TokenSide& state = pool.sides[side];
            writer.write(kReserve[side], state.reserveRaw);
            writer.write(kProtocolFee[side], state.protocolFeeRaw);
            writer.write(kFeePerLiquidity[side], state.feePerLiquidityQ128.low);
            writer.write(kFeePerLiquidity[side] + kHalfOf256, state.feePerLiquidityQ128.high);
            writer.write(kTotalLpFee[side], state.totalLpFeeRaw);
            writer.write(kTotalProtocolFee[side], state.totalProtocolFeeRaw);
        }
        if (writer.changed()) {
            changed.push_back(pool.address);
        }
    }
    for (const std::size_t side : {0u, 1u}) {
        const TokenSide& state = pool.sides[side];
        const auto vault = accounts.find(pool.vaults[side]);
        if (vault != accounts.end() &&
            spl::writeTokenBalance(
                vault->second, {.amountRaw = state.vaultRaw, .withheldRaw = state.withheldRaw})) {
            changed.push_back(pool.vaults[side]);
        }
    }
    return changed;
}

}  // namespace oee::amm::meteora
