// Bytes of CPMM accounts to CpmmPool and back.

#include <array>
#include <cstddef>

#include "amm/bytes.h"
#include "amm/raydium/cpmm/pool.h"
#include "amm/raydium/program_account.h"
#include "domain/venue.h"

namespace oee::amm::raydium {
namespace {

constexpr std::array<std::size_t, 2> kVault{cpmm::pool::kVault0, cpmm::pool::kVault1};
constexpr std::array<std::size_t, 2> kMint{cpmm::pool::kMint0, cpmm::pool::kMint1};
constexpr std::array<std::size_t, 2> kDecimals{cpmm::pool::kMint0Decimals,
                                               cpmm::pool::kMint1Decimals};
constexpr std::array<std::size_t, 2> kProtocolFees{cpmm::pool::kProtocolFees0,
                                                   cpmm::pool::kProtocolFees1};
constexpr std::array<std::size_t, 2> kFundFees{cpmm::pool::kFundFees0, cpmm::pool::kFundFees1};
constexpr std::array<std::size_t, 2> kCreatorFees{cpmm::pool::kCreatorFees0,
                                                  cpmm::pool::kCreatorFees1};
constexpr std::array kVaultRole{"vault 0", "vault 1"};
constexpr std::array kMintRole{"mint 0", "mint 1"};

tl::unexpected<DecodeFailure> failure(DecodeError error, const domain::Pubkey& address,
                                      const char* where) {
    return tl::make_unexpected(DecodeFailure{error, address, where});
}

// config.rs: create_config and update_config refuse rates over 1,000,000.
tl::expected<void, DecodeFailure> decodeConfig(const domain::Pubkey& address,
                                               const AccountSet& accounts, CpmmPool& pool) {
    const auto account = findAccount(address, accounts,
                                     {domain::Program::raydiumCpmm, cpmm::kConfigDiscriminator,
                                      cpmm::kConfigSize, "amm config"});
    if (!account) {
        return tl::make_unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    struct Rate {
        std::size_t offset;
        std::uint32_t& target;
        const char* name;
    };
    for (const Rate& rate :
         {Rate{cpmm::config::kTradeFeeRatePpm, pool.tradeFeeRatePpm, "trade fee rate"},
          Rate{cpmm::config::kProtocolFeeRatePpm, pool.protocolFeeRatePpm, "protocol fee rate"},
          Rate{cpmm::config::kFundFeeRatePpm, pool.fundFeeRatePpm, "fund fee rate"},
          Rate{cpmm::config::kCreatorFeeRatePpm, pool.creatorFeeRatePpm, "creator fee rate"}}) {
        const auto value = reader.read<std::uint64_t>(rate.offset);
        if (value > cpmm::kFeeDenominator) {
            return failure(DecodeError::invalidValue, address, rate.name);
        }
        rate.target = static_cast<std::uint32_t>(value);
    }
    if (pool.protocolFeeRatePpm + pool.fundFeeRatePpm > cpmm::kFeeDenominator) {
        return failure(DecodeError::invalidValue, address, "protocol + fund fee rate");
    }
    if (!pool.creatorFeeEnabled) {
        pool.creatorFeeRatePpm = 0;
    }
    return {};
}

tl::expected<void, DecodeFailure> decodeSide(const AccountSet& accounts, std::size_t side,
                                             CpmmPool& pool) {
    const auto vault = spl::decodeTokenAccount(pool.vaults[side], accounts, kVaultRole[side]);
    if (!vault) {
        return tl::make_unexpected(vault.error());
    }
    if (vault->mint != pool.mints[side].mint) {
        return failure(DecodeError::invalidValue, pool.vaults[side], kVaultRole[side]);
    }
    pool.sides[side].vaultRaw = vault->amountRaw;
    pool.sides[side].withheldRaw = vault->withheldRaw;
    if (vault->tokenProgram != spl::token2022ProgramId()) {
        return {};
    }
    const auto mint = spl::decodeMint(pool.mints[side].mint, accounts, kMintRole[side]);
    if (!mint) {
        return tl::make_unexpected(mint.error());
    }
    if (mint->tokenProgram != vault->tokenProgram) {
        return failure(DecodeError::wrongOwner, pool.mints[side].mint, kMintRole[side]);
    }
    if (!spl::canReceive(*vault, *mint)) {
        return failure(DecodeError::invalidValue, pool.vaults[side], kVaultRole[side]);
    }
    pool.sides[side].transferFee = mint->transferFee;
    return {};
}

}  // namespace

tl::expected<CpmmPool, DecodeFailure> decodeCpmm(const domain::Pubkey& address,
                                                 const AccountSet& accounts) {
    const auto account = findAccount(
        address, accounts,
        {domain::Program::raydiumCpmm, cpmm::kPoolDiscriminator, cpmm::kPoolSize, "pool"});
    if (!account) {
        return tl::make_unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    CpmmPool pool;
    pool.address = address;
    pool.status = reader.read<std::uint8_t>(cpmm::pool::kStatus);
    pool.openTime = reader.read<std::uint64_t>(cpmm::pool::kOpenTime);
    pool.recentEpoch = reader.read<std::uint64_t>(cpmm::pool::kRecentEpoch);
    pool.lpSupplyRaw = reader.read<std::uint64_t>(cpmm::pool::kLpSupply);
    pool.creatorFeeEnabled = reader.read<std::uint8_t>(cpmm::pool::kEnableCreatorFee) != 0;
    const auto feeOn = reader.read<std::uint8_t>(cpmm::pool::kCreatorFeeOn);
    if (feeOn > static_cast<std::uint8_t>(cpmm::CreatorFeeOn::onlyToken1)) {
        return failure(DecodeError::invalidValue, address, "creator fee on");
    }
    pool.creatorFeeOn = static_cast<cpmm::CreatorFeeOn>(feeOn);
    for (const std::size_t side : {0u, 1u}) {
        pool.vaults[side] = reader.pubkey(kVault[side]);
        pool.mints[side] = {.mint = reader.pubkey(kMint[side]),
                            .decimals = reader.read<std::uint8_t>(kDecimals[side])};
        pool.sides[side].protocolFeesRaw = reader.read<std::uint64_t>(kProtocolFees[side]);
        pool.sides[side].fundFeesRaw = reader.read<std::uint64_t>(kFundFees[side]);
        pool.sides[side].creatorFeesRaw = reader.read<std::uint64_t>(kCreatorFees[side]);
    }
    if (pool.mints[0].mint == pool.mints[1].mint) {
        return failure(DecodeError::invalidValue, address, "mints");
    }
    if (auto read = decodeConfig(reader.pubkey(cpmm::pool::kAmmConfig), accounts, pool); !read) {
        return tl::make_unexpected(read.error());
    }
    for (const std::size_t side : {0u, 1u}) {
        if (auto read = decodeSide(accounts, side, pool); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    return pool;
}

std::vector<domain::Pubkey> encode(const CpmmPool& pool, AccountSet& accounts) {
    std::vector<domain::Pubkey> changed;
    if (const auto found = accounts.find(pool.address); found != accounts.end()) {
        FieldWriter writer(found->second.data);
        writer.write(cpmm::pool::kRecentEpoch, pool.recentEpoch);
        for (const std::size_t side : {0u, 1u}) {
            writer.write(kProtocolFees[side], pool.sides[side].protocolFeesRaw);
            writer.write(kFundFees[side], pool.sides[side].fundFeesRaw);
            writer.write(kCreatorFees[side], pool.sides[side].creatorFeesRaw);
        }
        if (writer.changed()) {
            changed.push_back(pool.address);
        }
    }
    for (const std::size_t side : {0u, 1u}) {
        const CpmmPool::Side& state = pool.sides[side];
        const auto found = accounts.find(pool.vaults[side]);
        if (found != accounts.end() &&
            spl::writeTokenBalance(
                found->second, {.amountRaw = state.vaultRaw, .withheldRaw = state.withheldRaw})) {
            changed.push_back(pool.vaults[side]);
        }
    }
    return changed;
}

}  // namespace oee::amm::raydium
