#pragma once
// Raydium pools written from scratch, byte by byte, for tests that need no dumps.

#include <array>
#include <cstdint>
#include <vector>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/raydium/amm_v4/layout.h"
#include "amm/raydium/cpmm/layout.h"
#include "amm/spl_token.h"
#include "domain/venue.h"

namespace oee::test {

inline domain::Pubkey key(std::uint8_t fill) {
    domain::Pubkey address;
    address.bytes.fill(fill);
    return address;
}

inline const domain::Pubkey kPool = key(1);
inline const domain::Pubkey kConfig = key(2);
inline const std::array<domain::Pubkey, 2> kVaults{key(3), key(4)};
inline const std::array<domain::Pubkey, 2> kMints{key(5), key(6)};

inline amm::Account tokenAccount(const domain::Pubkey& mint, std::uint64_t amountRaw) {
    amm::Account account{.owner = amm::spl::tokenProgramId(), .lamports = 2'039'280, .data = {}};
    account.data.resize(amm::spl::kTokenAccountSize);
    amm::FieldWriter writer(account.data);
    writer.write(amm::spl::token_account::kMint, mint);
    writer.write(amm::spl::token_account::kOwner, key(7));
    writer.write(amm::spl::token_account::kAmount, amountRaw);
    writer.write(amm::spl::token_account::kState, std::uint8_t{1});
    return account;
}

inline amm::Account mintAccount(std::uint8_t decimals) {
    amm::Account account{.owner = amm::spl::tokenProgramId(), .lamports = 1'461'600, .data = {}};
    account.data.resize(amm::spl::kMintSize);
    amm::FieldWriter writer(account.data);
    writer.write(amm::spl::mint::kDecimals, decimals);
    writer.write(amm::spl::mint::kIsInitialized, std::uint8_t{1});
    return account;
}

// Appends a Token-2022 extension and makes the account one of Token-2022's.
inline void addExtension(amm::Account& account, std::uint8_t kind, std::uint16_t type,
                         const std::vector<std::uint8_t>& value) {
    account.owner = amm::spl::token2022ProgramId();
    if (account.data.size() < amm::spl::kExtensions) {
        account.data.resize(amm::spl::kExtensions);
        account.data[amm::spl::kAccountKind] = kind;
    }
    const std::size_t at = account.data.size();
    account.data.resize(at + 4 + value.size());
    amm::FieldWriter writer(account.data);
    writer.write(at, type);
    writer.write(at + 2, static_cast<std::uint16_t>(value.size()));
    writer.write(at + 4, value);
}

// The 108 bytes of a TransferFeeConfig: `older` holds before `newerEpoch`.
inline std::vector<std::uint8_t> transferFeeBytes(const amm::spl::TransferFeeConfig& config) {
    std::vector<std::uint8_t> bytes(108);
    amm::FieldWriter writer(bytes);
    writer.write(80, config.older.maximumRaw);
    writer.write(88, config.older.basisPoints);
    writer.write(90, config.newerEpoch);
    writer.write(98, config.newer.maximumRaw);
    writer.write(106, config.newer.basisPoints);
    return bytes;
}

struct AmmV4Facts {
    std::array<std::uint64_t, 2> vaultRaw{1'000'000'000, 150'000'000};
    std::array<std::uint64_t, 2> needTakePnlRaw{0, 0};
    std::uint64_t feeNumerator = 25;
    std::uint64_t feeDenominator = 10'000;
    std::uint64_t status = 6;
    std::uint64_t openTime = 0;
};

inline amm::AccountSet ammV4Accounts(const AmmV4Facts& facts) {
    using namespace amm::raydium::amm_v4;
    amm::Account pool{.owner = domain::programIdOf(domain::Program::raydiumAmmV4),
                      .lamports = 6'124'800,
                      .data = std::vector<std::uint8_t>(752)};
    amm::FieldWriter writer(pool.data);
    writer.write(kStatus, facts.status);
    writer.write(kCoinDecimals, std::uint64_t{9});
    writer.write(kPcDecimals, std::uint64_t{6});
    writer.write(kSwapFeeNumerator, facts.feeNumerator);
    writer.write(kSwapFeeDenominator, facts.feeDenominator);
    writer.write(kNeedTakePnlCoin, facts.needTakePnlRaw[0]);
    writer.write(kNeedTakePnlPc, facts.needTakePnlRaw[1]);
    writer.write(kPoolOpenTime, facts.openTime);
    writer.write(kCoinVault, kVaults[0]);
    writer.write(kPcVault, kVaults[1]);
    writer.write(kCoinMint, kMints[0]);
    writer.write(kPcMint, kMints[1]);
    return {{kPool, pool},
            {kVaults[0], tokenAccount(kMints[0], facts.vaultRaw[0])},
            {kVaults[1], tokenAccount(kMints[1], facts.vaultRaw[1])}};
}

struct CpmmFacts {
    std::array<std::uint64_t, 2> vaultRaw{1'000'000'000, 150'000'000};
    std::array<std::uint64_t, 2> protocolFeesRaw{0, 0};
    std::array<std::uint64_t, 2> fundFeesRaw{0, 0};
    std::array<std::uint64_t, 2> creatorFeesRaw{0, 0};
    std::uint64_t tradeFeeRatePpm = 2'500;
    std::uint64_t protocolFeeRatePpm = 120'000;
    std::uint64_t fundFeeRatePpm = 40'000;
    std::uint64_t creatorFeeRatePpm = 0;
    std::uint8_t creatorFeeOn = 0;
    std::uint8_t enableCreatorFee = 0;
    std::uint8_t status = 0;
    std::uint64_t openTime = 0;
};

inline amm::AccountSet cpmmAccounts(const CpmmFacts& facts) {
    namespace cpmm = amm::raydium::cpmm;
    const auto program = domain::programIdOf(domain::Program::raydiumCpmm);
    amm::Account pool{
        .owner = program, .lamports = 5'324'400, .data = std::vector<std::uint8_t>(637)};
    amm::FieldWriter writer(pool.data);
    writer.write(0, cpmm::kPoolDiscriminator);
    writer.write(cpmm::pool::kAmmConfig, kConfig);
    writer.write(cpmm::pool::kVault0, kVaults[0]);
    writer.write(cpmm::pool::kVault1, kVaults[1]);
    writer.write(cpmm::pool::kMint0, kMints[0]);
    writer.write(cpmm::pool::kMint1, kMints[1]);
    writer.write(cpmm::pool::kStatus, facts.status);
    writer.write(cpmm::pool::kMint0Decimals, std::uint8_t{9});
    writer.write(cpmm::pool::kMint1Decimals, std::uint8_t{6});
    writer.write(cpmm::pool::kProtocolFees0, facts.protocolFeesRaw[0]);
    writer.write(cpmm::pool::kProtocolFees1, facts.protocolFeesRaw[1]);
    writer.write(cpmm::pool::kFundFees0, facts.fundFeesRaw[0]);
    writer.write(cpmm::pool::kFundFees1, facts.fundFeesRaw[1]);
    writer.write(cpmm::pool::kCreatorFees0, facts.creatorFeesRaw[0]);
    writer.write(cpmm::pool::kCreatorFees1, facts.creatorFeesRaw[1]);
    writer.write(cpmm::pool::kOpenTime, facts.openTime);
    writer.write(cpmm::pool::kCreatorFeeOn, facts.creatorFeeOn);
    writer.write(cpmm::pool::kEnableCreatorFee, facts.enableCreatorFee);
    amm::Account config{
        .owner = program, .lamports = 2'533'440, .data = std::vector<std::uint8_t>(236)};
    amm::FieldWriter configWriter(config.data);
    configWriter.write(0, cpmm::kConfigDiscriminator);
    configWriter.write(cpmm::config::kTradeFeeRatePpm, facts.tradeFeeRatePpm);
    configWriter.write(cpmm::config::kProtocolFeeRatePpm, facts.protocolFeeRatePpm);
    configWriter.write(cpmm::config::kFundFeeRatePpm, facts.fundFeeRatePpm);
    configWriter.write(cpmm::config::kCreatorFeeRatePpm, facts.creatorFeeRatePpm);
    return {{kPool, pool},
            {kConfig, config},
            {kVaults[0], tokenAccount(kMints[0], facts.vaultRaw[0])},
            {kVaults[1], tokenAccount(kMints[1], facts.vaultRaw[1])}};
}

// Token `side` of a pool becomes one of Token-2022 with this transfer fee.
inline void makeToken2022(amm::AccountSet& accounts, std::size_t side,
                          const amm::spl::TransferFeeConfig& fee) {
    amm::Account mint = mintAccount(6);
    addExtension(mint, 1, amm::spl::kExtensionTransferFeeConfig, transferFeeBytes(fee));
    accounts[kMints[side]] = mint;
    addExtension(accounts.at(kVaults[side]), 2, amm::spl::kExtensionTransferFeeAmount,
                 std::vector<std::uint8_t>(8));
}

}  // namespace oee::test
