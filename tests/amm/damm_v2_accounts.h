#pragma once
// DAMM v2 pools written from scratch, byte by byte, for tests that need no dumps.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/spl_token.h"
#include "base/wide_integer.h"
#include "domain/venue.h"
#include "raydium_accounts.h"

namespace oee::test {

struct DammV2Facts {
    // Base fee: 0 linear, 1 exponential over time; 2 rate limiter; 3, 4 likewise over price.
    std::uint8_t baseFeeMode = 0;
    std::uint64_t cliffRatePpb = 50'000'000;
    std::uint16_t firstFactor = 10;                     // periods; limiter: increment in bps
    std::array<std::uint32_t, 2> secondFactor{600, 0};  // frequency; price step, expiration; …
    std::uint64_t thirdFactor = 1'000'000;              // reduction; limiter: reference amount
    bool dynamicFee = true;
    std::uint32_t accumulator = 300'000;
    std::uint8_t collectFeeMode = 0;
    std::uint16_t compoundingBps = 0;
    std::uint8_t feeVersion = 0;
    std::uint8_t layoutVersion = 1;
    std::uint8_t status = 0;
    std::uint8_t activationType = 1;
    std::uint64_t activationPoint = 1'750'000'000;
    base::u128 sqrtPriceQ64 = static_cast<base::u128>(1) << 64;
    base::u128 minSqrtPriceQ64 = static_cast<base::u128>(1) << 63;
    base::u128 maxSqrtPriceQ64 = static_cast<base::u128>(1) << 65;
    base::u128 liquidityQ64 = static_cast<base::u128>(2'000'000'000) << 64;
    std::array<std::uint64_t, 2> reserveRaw{1'000'000'000, 1'000'000'000};
    std::uint64_t vaultExtraRaw = 10'000;  // fees that wait
    std::array<std::optional<amm::spl::TransferFeeConfig>, 2> transferFees;
};

inline amm::Account dammV2PoolAccount(const DammV2Facts& facts) {
    amm::Account account{.owner = domain::programIdOf(domain::Program::meteoraDammV2),
                         .lamports = 8'630'400,
                         .data = std::vector<std::uint8_t>(1'112)};
    amm::FieldWriter writer(account.data);
    writer.write(0, std::array<std::uint8_t, 8>{241, 154, 109, 4, 17, 177, 109, 188});
    writer.write(8, facts.cliffRatePpb);
    writer.write(16, facts.baseFeeMode);
    writer.write(22, facts.firstFactor);
    writer.write(24, facts.secondFactor[0]);
    writer.write(28, facts.secondFactor[1]);
    writer.write(32, facts.thirdFactor);
    writer.write(48, std::uint8_t{20});  // protocol
    writer.write(50, std::uint8_t{20});  // referral
    writer.write(54, facts.compoundingBps);
    writer.write(56, static_cast<std::uint8_t>(facts.dynamicFee ? 1 : 0));
    writer.write(64, std::uint32_t{14'460'000});
    writer.write(68, std::uint32_t{956});
    writer.write(72, std::uint16_t{1});
    writer.write(74, std::uint16_t{10});
    writer.write(76, std::uint16_t{120});
    writer.write(78, std::uint16_t{5'000});
    writer.write(80, facts.activationPoint);
    writer.write(88, static_cast<base::u128>(1'844'674'407'370'955));
    writer.write(104, facts.sqrtPriceQ64);
    writer.write(120, static_cast<base::u128>(facts.accumulator));
    writer.write(152, facts.sqrtPriceQ64 - facts.sqrtPriceQ64 / 50);
    writer.write(360, facts.liquidityQ64);
    writer.write(424, facts.minSqrtPriceQ64);
    writer.write(440, facts.maxSqrtPriceQ64);
    writer.write(456, facts.sqrtPriceQ64);
    writer.write(472, facts.activationPoint);
    writer.write(480, facts.activationType);
    writer.write(481, facts.status);
    writer.write(484, facts.collectFeeMode);
    writer.write(486, facts.feeVersion);
    writer.write(696, facts.layoutVersion);
    for (const std::size_t side : {0u, 1u}) {
        writer.write(168 + 32 * side, kMints[side]);
        writer.write(232 + 32 * side, kVaults[side]);
        writer.write(680 + 8 * side, facts.layoutVersion == 0 ? 0 : facts.reserveRaw[side]);
    }
    return account;
}

inline amm::AccountSet dammV2Accounts(const DammV2Facts& facts) {
    amm::AccountSet accounts{{kPool, dammV2PoolAccount(facts)}};
    for (const std::size_t side : {0u, 1u}) {
        amm::Account vault =
            tokenAccount(kMints[side], facts.reserveRaw[side] + facts.vaultExtraRaw);
        amm::Account mint = mintAccount(side == 0 ? 9 : 6);
        if (facts.transferFees[side]) {
            addExtension(vault, 2, amm::spl::kExtensionTransferFeeAmount,
                         std::vector<std::uint8_t>(8));
            addExtension(mint, 1, amm::spl::kExtensionTransferFeeConfig,
                         transferFeeBytes(*facts.transferFees[side]));
        }
        accounts.emplace(kVaults[side], vault);
        accounts.emplace(kMints[side], mint);
    }
    return accounts;
}

// Every base fee mode with every collect fee mode that the program allows it in; compounding pools
// have x × y = k.
inline std::vector<DammV2Facts> dammV2Variety() {
    std::vector<DammV2Facts> all;
    for (std::uint8_t mode = 0; mode < 5; ++mode) {
        for (std::uint8_t collect = 0; collect < 3; ++collect) {
            if (mode == 2 && collect != 1) {
                continue;
            }
            DammV2Facts facts;
            facts.baseFeeMode = mode;
            facts.collectFeeMode = collect;
            facts.compoundingBps = collect == 2 ? 5'000 : 0;
            facts.feeVersion = static_cast<std::uint8_t>(mode % 2);
            if (mode == 1 || mode == 4) {
                facts.thirdFactor = 300;  // basis points a period
            }
            if (mode == 2) {
                facts.cliffRatePpb = 10'000'000;
                facts.firstFactor = 25;               // basis points
                facts.secondFactor = {3'600, 4'000};  // seconds, basis points
                facts.thirdFactor = 1'000'000;
            }
            if (mode > 2) {
                facts.secondFactor = {50, 3'600};
            }
            all.push_back(facts);
        }
    }
    return all;
}

}  // namespace oee::test
