#include "market/generator_raydium.h"

#include <array>
#include <cassert>
#include <limits>

#include "amm/raydium/amm_v4/layout.h"
#include "amm/raydium/cpmm/layout.h"
#include "amm/spl_token.h"
#include "base/wide_integer.h"

namespace oee::market {
namespace {

constexpr std::uint32_t kDepthJitterPpm = 20'000;
constexpr std::uint64_t kPriceJitterPpm = 20;
// What waits in the vaults is at most this part of a reserve.
constexpr std::uint64_t kWaitingPart = 100'000;

// Program-derived addresses, the same for all pools: find_program_address of ["amm authority"] and
// of ["vault_and_lp_mint_auth_seed"].
const domain::Pubkey& ammV4Authority() {
    static const domain::Pubkey authority =
        domain::pubkeyLiteral("5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1");
    return authority;
}
const domain::Pubkey& cpmmAuthority() {
    static const domain::Pubkey authority =
        domain::pubkeyLiteral("GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL");
    return authority;
}
constexpr std::uint8_t kAmmV4AuthorityBump = 254;
constexpr std::uint8_t kCpmmAuthorityBump = 253;

const domain::Pubkey& openBookProgram() {
    static const domain::Pubkey program =
        domain::pubkeyLiteral("srmqPvymJeFKQ4zGQed1GFppgkRHL9kaELCbyksJtPX");
    return program;
}

struct Reserves {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t liquidity = 0;  // sqrt(a × b): what the first depositor's LP tokens are
};

tl::expected<Reserves, GeneratorFailure> reservesOf(const PoolProfile& profile,
                                                    std::uint64_t sideUsdMicros,
                                                    base::CounterRng& rng) {
    const auto refuse = [&](GeneratorError error) {
        return tl::unexpected(GeneratorFailure{.error = error, .pool = profile.name});
    };
    const auto offset = static_cast<std::int64_t>(rng.below(2 * kPriceJitterPpm + 1)) -
                        static_cast<std::int64_t>(kPriceJitterPpm) + profile.priceOffsetPpm;
    const auto priceQ64 = referencePriceQ64(profile.a, profile.b, offset);
    if (!priceQ64) {
        return refuse(GeneratorError::priceOutOfRange);
    }
    const auto worth = baseUnitsWorth(sideUsdMicros, profile.a);
    if (!worth) {
        return refuse(GeneratorError::amountOutOfRange);
    }
    const base::u128 a = jittered(*worth, kDepthJitterPpm, rng);
    const auto b = base::mulShr128(a, *priceQ64, 64, base::Rounding::down);
    // Half of the range, so that the fees on top and years of trading fit too.
    constexpr base::u128 kMost = std::numeric_limits<std::uint64_t>::max() / 2;
    if (!b || a == 0 || *b == 0 || a > kMost || *b > kMost) {
        return refuse(GeneratorError::amountOutOfRange);
    }
    return Reserves{.a = static_cast<std::uint64_t>(a),
                    .b = static_cast<std::uint64_t>(*b),
                    .liquidity = static_cast<std::uint64_t>(base::isqrt(base::mulWide(a, *b)))};
}

void writeAmmV4Constants(amm::FieldWriter& pool) {
    namespace layout = amm::raydium::amm_v4;
    // As the mainnet pools carry them, for example 58oQChx4yWmvKdwLLZzBi4ChoCc2fqCUWBkwMihLYQo2.
    struct Constant {
        std::size_t offset;
        std::uint64_t value;
    };
    for (const Constant& constant :
         {Constant{layout::kNonce, kAmmV4AuthorityBump}, Constant{layout::kOrderNum, 7},
          Constant{layout::kDepth, 3}, Constant{layout::kState, 2},
          Constant{layout::kMinSize, 1'000'000}, Constant{layout::kVolMaxCutRatio, 500},
          Constant{layout::kCoinLotSize, 1'000'000}, Constant{layout::kPcLotSize, 1'000'000},
          Constant{layout::kMinPriceMultiplier, 1},
          Constant{layout::kMaxPriceMultiplier, 1'000'000'000},
          Constant{layout::kSysDecimalValue, 1'000'000'000},
          Constant{layout::kMinSeparateNumerator, 5},
          Constant{layout::kMinSeparateDenominator, 10'000}, Constant{layout::kPnlNumerator, 12},
          Constant{layout::kPnlDenominator, 100}}) {
        pool.write(constant.offset, constant.value);
    }
    pool.write(layout::kMarketProgram, openBookProgram());
    pool.write(layout::kAmmOwner,
               domain::pubkeyLiteral("GThUX1Atko4tqhN2NaiTazWSeFWMuiUvfFnyJyUghFMJ"));
}

domain::Pubkey addConfig(AccountBuilder& accounts, const CpmmConfigProfile& profile,
                         const PoolKey& key) {
    namespace layout = amm::raydium::cpmm::config;
    // One config serves many pools: its address must not depend on the pool.
    const PoolKey shared{.seed = key.seed, .pool = "cpmm configs"};
    const domain::Pubkey address = profile.address.value_or(generatedAddress(shared, profile.name));
    amm::FieldWriter config =
        accounts.add(address, domain::programIdOf(domain::Program::raydiumCpmm),
                     amm::raydium::cpmm::kConfigSize);
    config.write(0, amm::raydium::cpmm::kConfigDiscriminator);
    config.write(layout::kIndex, profile.index);
    config.write(layout::kTradeFeeRatePpm, std::uint64_t{profile.tradeFeeRatePpm});
    config.write(layout::kProtocolFeeRatePpm, std::uint64_t{profile.protocolFeeRatePpm});
    config.write(layout::kFundFeeRatePpm, std::uint64_t{profile.fundFeeRatePpm});
    config.write(layout::kCreatePoolFee, profile.createPoolFeeLamports);
    config.write(layout::kProtocolOwner, generatedAddress(shared, "protocol owner"));
    config.write(layout::kFundOwner, generatedAddress(shared, "fund owner"));
    assert(config.complete());
    return address;
}

// One of a CPMM pool's two tokens.
struct CpmmSide {
    const TokenProfile& token;
    std::uint64_t reserveRaw = 0;
    std::uint64_t protocolFeesRaw = 0;
    std::uint64_t fundFeesRaw = 0;
    domain::Pubkey vault;
};

void writeCpmmSides(amm::FieldWriter& pool, const std::array<CpmmSide, 2>& sides) {
    namespace layout = amm::raydium::cpmm::pool;
    struct Offsets {
        std::size_t vault, mint, tokenProgram, decimals, protocolFees, fundFees;
    };
    constexpr std::array<Offsets, 2> kOffsets{{
        {layout::kVault0, layout::kMint0, layout::kTokenProgram0, layout::kMint0Decimals,
         layout::kProtocolFees0, layout::kFundFees0},
        {layout::kVault1, layout::kMint1, layout::kTokenProgram1, layout::kMint1Decimals,
         layout::kProtocolFees1, layout::kFundFees1},
    }};
    for (std::size_t i = 0; i < sides.size(); ++i) {
        pool.write(kOffsets[i].vault, sides[i].vault);
        pool.write(kOffsets[i].mint, sides[i].token.token.mint);
        pool.write(kOffsets[i].tokenProgram, amm::spl::tokenProgramId());
        pool.write(kOffsets[i].decimals, static_cast<std::uint8_t>(sides[i].token.token.decimals));
        pool.write(kOffsets[i].protocolFees, sides[i].protocolFeesRaw);
        pool.write(kOffsets[i].fundFees, sides[i].fundFeesRaw);
    }
}

}  // namespace

tl::expected<GeneratedPool, GeneratorFailure> generateAmmV4(const MarketProfile& market,
                                                            const PoolProfile& profile,
                                                            const AmmV4Shape& shape,
                                                            const PoolKey& key) {
    namespace layout = amm::raydium::amm_v4;
    base::CounterRng rng = generatorRng(key);
    const auto reserves = reservesOf(profile, shape.sideUsdMicros, rng);
    if (!reserves) {
        return tl::unexpected(reserves.error());
    }
    const std::uint64_t coinPnl = rng.below(reserves->a / kWaitingPart + 1);
    const std::uint64_t pcPnl = rng.below(reserves->b / kWaitingPart + 1);
    const domain::Pubkey address = generatedAddress(key, "pool");
    const domain::Pubkey coinVault = generatedAddress(key, "coin vault");
    const domain::Pubkey pcVault = generatedAddress(key, "pc vault");

    AccountBuilder accounts;
    amm::FieldWriter pool = accounts.add(
        address, domain::programIdOf(domain::Program::raydiumAmmV4), layout::kPoolSize);
    writeAmmV4Constants(pool);
    pool.write(layout::kStatus, static_cast<std::uint64_t>(layout::Status::swapOnly));
    pool.write(layout::kCoinDecimals, std::uint64_t{profile.a.token.decimals});
    pool.write(layout::kPcDecimals, std::uint64_t{profile.b.token.decimals});
    pool.write(layout::kTradeFeeNumerator, shape.swapFeeNumerator);
    pool.write(layout::kTradeFeeDenominator, shape.swapFeeDenominator);
    pool.write(layout::kSwapFeeNumerator, shape.swapFeeNumerator);
    pool.write(layout::kSwapFeeDenominator, shape.swapFeeDenominator);
    pool.write(layout::kNeedTakePnlCoin, coinPnl);
    pool.write(layout::kNeedTakePnlPc, pcPnl);
    pool.write(layout::kCoinVault, coinVault);
    pool.write(layout::kPcVault, pcVault);
    pool.write(layout::kCoinMint, profile.a.token.mint);
    pool.write(layout::kPcMint, profile.b.token.mint);
    pool.write(layout::kLpMint, generatedAddress(key, "lp mint"));
    pool.write(layout::kOpenOrders, generatedAddress(key, "open orders"));
    pool.write(layout::kMarket, generatedAddress(key, "market"));
    pool.write(layout::kTargetOrders, generatedAddress(key, "target orders"));
    pool.write(layout::kLpAmount, reserves->liquidity);
    pool.write(layout::kRecentEpoch, market.clock.epoch);
    assert(pool.complete());

    accounts.addTokenAccount(coinVault, {.mint = profile.a.token.mint,
                                         .owner = ammV4Authority(),
                                         .amountRaw = reserves->a + coinPnl});
    accounts.addTokenAccount(pcVault, {.mint = profile.b.token.mint,
                                       .owner = ammV4Authority(),
                                       .amountRaw = reserves->b + pcPnl});
    accounts.addMint(profile.a);
    accounts.addMint(profile.b);
    return GeneratedPool{.name = profile.name, .address = address, .accounts = accounts.take()};
}

tl::expected<GeneratedPool, GeneratorFailure> generateCpmm(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           const CpmmShape& shape,
                                                           const PoolKey& key) {
    namespace layout = amm::raydium::cpmm::pool;
    constexpr std::uint8_t kLpDecimals = 9;  // raydium-cp-swap instructions/initialize.rs
    base::CounterRng rng = generatorRng(key);
    const auto reserves = reservesOf(profile, shape.sideUsdMicros, rng);
    if (!reserves) {
        return tl::unexpected(reserves.error());
    }
    const auto sideOf = [&](const TokenProfile& token, std::uint64_t reserveRaw,
                            std::string_view vaultRole) {
        const std::uint64_t most = reserveRaw / kWaitingPart + 1;
        const std::uint64_t protocolFees = rng.below(most);
        return CpmmSide{.token = token,
                        .reserveRaw = reserveRaw,
                        .protocolFeesRaw = protocolFees,
                        .fundFeesRaw = protocolFees / 3,  // 4 % beside 12 %
                        .vault = generatedAddress(key, vaultRole)};
    };
    const CpmmSide a = sideOf(profile.a, reserves->a, "vault a");
    const CpmmSide b = sideOf(profile.b, reserves->b, "vault b");
    const bool aFirst = profile.a.token.mint < profile.b.token.mint;
    const std::array<CpmmSide, 2> sides{aFirst ? a : b, aFirst ? b : a};
    const domain::Pubkey address = generatedAddress(key, "pool");

    AccountBuilder accounts;
    const domain::Pubkey config = addConfig(accounts, shape.config, key);
    amm::FieldWriter pool = accounts.add(address, domain::programIdOf(domain::Program::raydiumCpmm),
                                         amm::raydium::cpmm::kPoolSize);
    pool.write(0, amm::raydium::cpmm::kPoolDiscriminator);
    pool.write(layout::kAmmConfig, config);
    pool.write(layout::kPoolCreator, generatedAddress(key, "creator"));
    pool.write(layout::kLpMint, generatedAddress(key, "lp mint"));
    pool.write(layout::kObservation, generatedAddress(key, "observation"));
    pool.write(layout::kAuthBump, kCpmmAuthorityBump);
    pool.write(layout::kLpMintDecimals, kLpDecimals);
    pool.write(layout::kLpSupply, reserves->liquidity);
    pool.write(layout::kRecentEpoch, market.clock.epoch);
    writeCpmmSides(pool, sides);
    assert(pool.complete());

    for (const CpmmSide& side : sides) {
        accounts.addTokenAccount(
            side.vault, {.mint = side.token.token.mint,
                         .owner = cpmmAuthority(),
                         .amountRaw = side.reserveRaw + side.protocolFeesRaw + side.fundFeesRaw});
        accounts.addMint(side.token);
    }
    return GeneratedPool{.name = profile.name, .address = address, .accounts = accounts.take()};
}

}  // namespace oee::market
