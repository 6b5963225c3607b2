#pragma once
// DAMM v1 pools and their vaults written from scratch, byte by byte, for tests that need no dumps.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/spl_token.h"
#include "domain/venue.h"
#include "raydium_accounts.h"

namespace oee::test {

inline const std::array<domain::Pubkey, 2> kTokenVaults{key(20), key(21)};
inline const std::array<domain::Pubkey, 2> kLpMints{key(22), key(23)};
inline const std::array<domain::Pubkey, 2> kPoolLps{key(24), key(25)};
inline const std::array<domain::Pubkey, 2> kProtocolFees{key(26), key(27)};
inline const domain::Pubkey kSplStakePool = key(28);

struct DammV1Side {
    std::uint8_t enabled = 1;
    std::uint64_t totalRaw = 1'100'000'000;
    std::uint64_t lockedRaw = 0;
    std::uint64_t lastReport = 1'750'000'000;
    std::uint64_t degradation = 46'296'296;  // all within 6 hours
    std::uint64_t lpSupplyRaw = 1'100'000'000;
    std::uint64_t poolLpRaw = 1'000'000'000;
    std::uint64_t tokenVaultRaw = 1'100'000'000;
    std::uint64_t protocolFeeRaw = 5'000;
};

struct DammV1Facts {
    std::array<DammV1Side, 2> sides;
    std::uint64_t tradeNumerator = 250;
    std::uint64_t tradeDenominator = 100'000;
    std::uint64_t protocolNumerator = 20'000;
    std::uint64_t protocolDenominator = 100'000;
    std::uint8_t enabled = 1;
    std::uint8_t activationType = 1;
    std::uint64_t activationPoint = 1'749'000'000;
    bool stable = false;
    std::uint64_t amp = 100;
    std::array<std::uint64_t, 2> multipliers{1, 1};
    std::uint8_t depegType = 0;  // 1 Marinade, 2 Lido, 3 SPL stake pool
    std::uint64_t depegPrice = 1'100'000;
    std::uint64_t depegUpdated = 1'750'000'000;
    // What the staking program's account says; Marinade's price is of 2^32.
    std::uint64_t stakeNumerator = 1'200'000'000;
    std::uint64_t stakeDenominator = 1'000'000'000;
};

inline amm::Account dammV1PoolAccount(const DammV1Facts& facts) {
    amm::Account account{.owner = domain::programIdOf(domain::Program::meteoraDammV1),
                         .lamports = 7'516'800,
                         .data = std::vector<std::uint8_t>(952)};
    amm::FieldWriter writer(account.data);
    writer.write(0, std::array<std::uint8_t, 8>{241, 154, 109, 4, 17, 177, 109, 188});
    for (const std::size_t side : {0u, 1u}) {
        writer.write(40 + 32 * side, kMints[side]);
        writer.write(104 + 32 * side, kVaults[side]);
        writer.write(168 + 32 * side, kPoolLps[side]);
        writer.write(234 + 32 * side, kProtocolFees[side]);
    }
    writer.write(233, facts.enabled);
    writer.write(330, facts.tradeNumerator);
    writer.write(338, facts.tradeDenominator);
    writer.write(346, facts.protocolNumerator);
    writer.write(354, facts.protocolDenominator);
    writer.write(362, std::uint8_t{1});
    writer.write(363, kSplStakePool);
    writer.write(403, facts.activationPoint);
    writer.write(475, facts.activationType);
    if (facts.stable) {
        writer.write(874, std::uint8_t{1});
        writer.write(875, facts.amp);
        writer.write(883, facts.multipliers[0]);
        writer.write(891, facts.multipliers[1]);
        writer.write(899, std::uint8_t{9});
        writer.write(900, facts.depegPrice);
        writer.write(908, facts.depegUpdated);
        writer.write(916, facts.depegType);
        writer.write(917, std::uint64_t{1'740'000'000});
    }
    return account;
}

inline amm::Account dammV1VaultAccount(const DammV1Side& facts, std::size_t side) {
    amm::Account account{
        .owner = domain::pubkeyLiteral("24Uqj9JCLxUeoC3hGfh5W3s9FM9uCHDS2SG3LYwBpyTi"),
        .lamports = 9'465'600,
        .data = std::vector<std::uint8_t>(1'232)};
    amm::FieldWriter writer(account.data);
    writer.write(0, std::array<std::uint8_t, 8>{211, 8, 232, 43, 2, 152, 117, 119});
    writer.write(8, facts.enabled);
    writer.write(11, facts.totalRaw);
    writer.write(19, kTokenVaults[side]);
    writer.write(83, kMints[side]);
    writer.write(115, kLpMints[side]);
    writer.write(1'203, facts.lockedRaw);
    writer.write(1'211, facts.lastReport);
    writer.write(1'219, facts.degradation);
    return account;
}

inline domain::Pubkey dammV1StakeKey(const DammV1Facts& facts) {
    return facts.depegType == 1
               ? domain::pubkeyLiteral("8szGkuLTAux9XMgZ2vtY39jVSowEcpBfFfD8hXSEqdGC")
           : facts.depegType == 2
               ? domain::pubkeyLiteral("49Yi1TKkNyYjPAFdR9LBvoHcUjuPX4Df5T5yv39w2XTn")
               : kSplStakePool;
}

// No longer than what is read.
inline amm::Account dammV1StakeAccount(const DammV1Facts& facts) {
    static constexpr std::array<std::size_t, 4> kSizes{0, 520, 89, 274};
    amm::Account account{.owner = key(29), .lamports = 1, .data = {}};
    account.data.resize(kSizes[facts.depegType]);
    amm::FieldWriter writer(account.data);
    switch (facts.depegType) {
        case 1:
            writer.write(512, facts.stakeNumerator);
            break;
        case 2:
            writer.write(73, facts.stakeDenominator);
            writer.write(81, facts.stakeNumerator);
            break;
        default:
            writer.write(258, facts.stakeNumerator);
            writer.write(266, facts.stakeDenominator);
            break;
    }
    return account;
}

inline amm::AccountSet dammV1Accounts(const DammV1Facts& facts) {
    amm::AccountSet accounts{{kPool, dammV1PoolAccount(facts)}};
    for (const std::size_t i : {0u, 1u}) {
        const DammV1Side& side = facts.sides[i];
        accounts.emplace(kVaults[i], dammV1VaultAccount(side, i));
        accounts.emplace(kMints[i], mintAccount(i == 0 ? 9 : 6));
        amm::Account lpMint = mintAccount(6);
        amm::FieldWriter(lpMint.data).write(amm::spl::mint::kSupply, side.lpSupplyRaw);
        accounts.emplace(kLpMints[i], lpMint);
        accounts.emplace(kTokenVaults[i], tokenAccount(kMints[i], side.tokenVaultRaw));
        accounts.emplace(kPoolLps[i], tokenAccount(kLpMints[i], side.poolLpRaw));
        accounts.emplace(kProtocolFees[i], tokenAccount(kMints[i], side.protocolFeeRaw));
    }
    if (facts.stable && facts.depegType != 0) {
        accounts.emplace(dammV1StakeKey(facts), dammV1StakeAccount(facts));
    }
    return accounts;
}

// Both curves, other decimals, every kind of staking token, profit that unlocks.
inline std::vector<DammV1Facts> dammV1Variety() {
    DammV1Facts plain;
    DammV1Facts profitable;
    profitable.sides[0].lockedRaw = 50'000'000;
    profitable.sides[1].lockedRaw = 30'000'000;
    profitable.sides[0].lpSupplyRaw = 1'050'000'000;
    DammV1Facts stable;
    stable.stable = true;
    stable.tradeNumerator = 40;
    stable.protocolNumerator = 0;
    stable.sides[1] = profitable.sides[1];
    DammV1Facts decimals = stable;
    decimals.multipliers = {1, 1'000};
    decimals.sides[0].totalRaw *= 1'000;
    decimals.sides[0].lpSupplyRaw *= 1'000;
    decimals.sides[0].poolLpRaw *= 1'000;
    decimals.sides[0].tokenVaultRaw *= 1'000;
    std::vector<DammV1Facts> all{plain, profitable, stable, decimals};
    for (std::uint8_t type = 1; type < 4; ++type) {
        all.push_back(stable);
        all.back().amp = 1'000;
        all.back().depegType = type;
        if (type == 1) {
            all.back().stakeNumerator = std::uint64_t{5} << 30;  // 1.25
        }
    }
    return all;
}

}  // namespace oee::test
