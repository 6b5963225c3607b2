#pragma once
// DLMM pairs written from scratch, byte by byte, for tests that need no dumps.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/meteora/dlmm/layout.h"
#include "amm/spl_token.h"
#include "base/wide_integer.h"
#include "domain/venue.h"
#include "raydium_accounts.h"

namespace oee::test {

struct DlmmBinFacts {
    std::uint64_t xRaw = 0;
    std::uint64_t yRaw = 0;
    base::u128 priceQ64 = 0;
    std::uint64_t openRaw = 0;
    std::uint64_t processingRaw = 0;
    std::uint64_t remainingRaw = 0;
    std::uint32_t age = 0;
    bool sellX = false;
};

struct DlmmFacts {
    std::uint16_t binStepBps = 10;
    std::uint16_t baseFactor = 10'000;
    std::uint8_t power = 0;
    std::uint16_t filterSeconds = 30;
    std::uint16_t decaySeconds = 600;
    std::uint16_t reductionBps = 5'000;
    std::uint32_t variableFeeControl = 40'000;
    std::uint32_t maxAccumulator = 350'000;
    std::uint16_t protocolShareBps = 1'000;
    std::uint8_t functionType = 2;
    std::uint8_t collectFeeMode = 0;
    std::uint8_t pairType = 3;
    std::uint8_t status = 0;
    std::uint8_t activationType = 0;
    std::uint64_t activationPoint = 0;
    std::uint8_t arrayVersion = 2;
    bool hasReward = false;

    std::int32_t activeId = 0;
    std::uint32_t accumulator = 0;
    std::uint32_t reference = 0;
    std::int32_t indexReference = 0;
    std::int64_t lastUpdateSeconds = 0;
    std::array<std::uint64_t, 2> protocolFeeRaw{};
    std::map<std::int32_t, DlmmBinFacts> bins;  // by bin id
    std::uint64_t vaultExtraRaw = 1'000;        // in the vaults beside bins, orders, fees
    std::array<std::optional<amm::spl::TransferFeeConfig>, 2> transferFees;
};

// Addresses of the hand-made pair.
inline domain::Pubkey dlmmKey(std::uint8_t fill, std::uint32_t number = 0) {
    domain::Pubkey address;
    address.bytes.fill(fill);
    for (std::size_t i = 0; i < 4; ++i) {
        address.bytes[i + 1] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return address;
}
inline const domain::Pubkey kDlmmPair = dlmmKey(1);
inline const std::array<domain::Pubkey, 2> kDlmmVaults{dlmmKey(2), dlmmKey(3)};
inline const std::array<domain::Pubkey, 2> kDlmmMints{dlmmKey(4), dlmmKey(5)};
inline const domain::Pubkey kDlmmExtension = dlmmKey(6);
inline domain::Pubkey dlmmArrayKey(std::int32_t index) {
    return dlmmKey(7, static_cast<std::uint32_t>(index));
}

inline std::int32_t dlmmArrayOf(std::int32_t binId) {
    const std::int32_t quotient = binId / 70;
    return quotient * 70 > binId ? quotient - 1 : quotient;
}

inline std::size_t dlmmBinOffset(std::int32_t binId) {
    const std::int32_t position = binId - dlmmArrayOf(binId) * 70;
    return 56 + static_cast<std::size_t>(position) * 144;
}

inline amm::Account dlmmMint(std::uint8_t decimals,
                             const std::optional<amm::spl::TransferFeeConfig>& fee) {
    amm::Account account = mintAccount(decimals);
    if (fee) {
        addExtension(account, 1, amm::spl::kExtensionTransferFeeConfig, transferFeeBytes(*fee));
    }
    return account;
}

inline amm::Account dlmmVault(const domain::Pubkey& mint, std::uint64_t amountRaw, bool token2022) {
    amm::Account account = tokenAccount(mint, amountRaw);
    if (token2022) {
        addExtension(account, 2, amm::spl::kExtensionTransferFeeAmount,
                     std::vector<std::uint8_t>(8));
    }
    return account;
}

inline amm::Account dlmmPairAccount(const DlmmFacts& facts) {
    namespace at = amm::meteora::dlmm::lb_pair;
    amm::Account account{.owner = domain::programIdOf(domain::Program::meteoraDlmm),
                         .lamports = 7'182'720,
                         .data = std::vector<std::uint8_t>(904)};
    amm::FieldWriter writer(account.data);
    writer.write(0, at::kDiscriminator);
    writer.write(at::kBaseFactor, facts.baseFactor);
    writer.write(at::kFilterPeriod, facts.filterSeconds);
    writer.write(at::kDecayPeriod, facts.decaySeconds);
    writer.write(at::kReductionFactor, facts.reductionBps);
    writer.write(at::kVariableFeeControl, facts.variableFeeControl);
    writer.write(at::kMaxVolatilityAccumulator, facts.maxAccumulator);
    writer.write(at::kMinBinId, std::int32_t{-443'636});
    writer.write(at::kMaxBinId, std::int32_t{443'636});
    writer.write(at::kProtocolShare, facts.protocolShareBps);
    writer.write(at::kBaseFeePowerFactor, facts.power);
    writer.write(at::kFunctionType, facts.functionType);
    writer.write(at::kCollectFeeMode, facts.collectFeeMode);
    writer.write(at::kVolatilityAccumulator, facts.accumulator);
    writer.write(at::kVolatilityReference, facts.reference);
    writer.write(at::kIndexReference, facts.indexReference);
    writer.write(at::kLastUpdateTimestamp, facts.lastUpdateSeconds);
    writer.write(at::kPairType, facts.pairType);
    writer.write(at::kActiveId, facts.activeId);
    writer.write(at::kBinStep, facts.binStepBps);
    writer.write(at::kStatus, facts.status);
    writer.write(at::kActivationType, facts.activationType);
    writer.write(at::kMintX, kDlmmMints[0]);
    writer.write(at::kMintY, kDlmmMints[1]);
    writer.write(at::kReserveX, kDlmmVaults[0]);
    writer.write(at::kReserveY, kDlmmVaults[1]);
    writer.write(at::kProtocolFeeX, facts.protocolFeeRaw[0]);
    writer.write(at::kProtocolFeeY, facts.protocolFeeRaw[1]);
    writer.write(at::kActivationPoint, facts.activationPoint);
    writer.write(at::kVersion, std::uint8_t{1});
    if (facts.hasReward) {
        writer.write(at::kRewardInfos + at::kRewardInfoSize, dlmmKey(8));
    }
    return account;
}

inline void writeDlmmBin(amm::FieldWriter& writer, std::int32_t binId, const DlmmBinFacts& bin) {
    const std::size_t at = dlmmBinOffset(binId);
    writer.write(at + 0, bin.xRaw);
    writer.write(at + 8, bin.yRaw);
    writer.write(at + 16, bin.priceQ64);
    // What liquidity of these amounts supplies: price × x + y, in Q64.
    const auto value = base::mulShr128(bin.priceQ64, bin.xRaw, 0, base::Rounding::down);
    writer.write(at + 32, value.value_or(0) + (static_cast<base::u128>(bin.yRaw) << 64));
    writer.write(at + 112, bin.openRaw);
    writer.write(at + 120, bin.processingRaw);
    writer.write(at + 128, bin.remainingRaw);
    writer.write(at + 136, bin.age);
    writer.write(at + 140, static_cast<std::uint8_t>(bin.sellX ? 1 : 0));
}

inline void setDlmmArrayBit(amm::AccountSet& accounts, std::int32_t index) {
    const auto bit = [&](const domain::Pubkey& address, std::size_t start, std::int32_t position) {
        const auto place = static_cast<std::size_t>(position);
        accounts.at(address).data[start + place / 8] |=
            static_cast<std::uint8_t>(1U << (place % 8));
    };
    if (index >= -512 && index < 512) {
        bit(kDlmmPair, 584, index + 512);
        return;
    }
    if (!accounts.contains(kDlmmExtension)) {
        amm::Account extension{.owner = domain::programIdOf(domain::Program::meteoraDlmm),
                               .lamports = 11'860'000,
                               .data = std::vector<std::uint8_t>(1'576)};
        amm::FieldWriter writer(extension.data);
        writer.write(0, amm::meteora::dlmm::bitmap_extension::kDiscriminator);
        writer.write(8, kDlmmPair);
        accounts.emplace(kDlmmExtension, std::move(extension));
    }
    index > 0 ? bit(kDlmmExtension, 40, index - 512) : bit(kDlmmExtension, 808, -index - 513);
}

inline amm::AccountSet dlmmAccounts(const DlmmFacts& facts) {
    namespace at = amm::meteora::dlmm::bin_array;
    amm::AccountSet accounts{{kDlmmPair, dlmmPairAccount(facts)}};
    std::array<std::uint64_t, 2> heldRaw{facts.protocolFeeRaw[0] + facts.vaultExtraRaw,
                                         facts.protocolFeeRaw[1] + facts.vaultExtraRaw};
    for (const auto& [binId, bin] : facts.bins) {
        const std::int32_t index = dlmmArrayOf(binId);
        amm::Account& array = accounts[dlmmArrayKey(index)];
        if (array.data.empty()) {
            array.owner = domain::programIdOf(domain::Program::meteoraDlmm);
            array.lamports = 71'437'440;
            array.data.resize(10'136);
            amm::FieldWriter writer(array.data);
            writer.write(0, at::kDiscriminator);
            writer.write(at::kIndex, std::int64_t{index});
            writer.write(at::kVersion, facts.arrayVersion);
            writer.write(at::kLbPair, kDlmmPair);
            setDlmmArrayBit(accounts, index);
        }
        amm::FieldWriter writer(accounts[dlmmArrayKey(index)].data);
        writeDlmmBin(writer, binId, bin);
        heldRaw[0] += bin.xRaw + (bin.sellX ? bin.openRaw + bin.remainingRaw : 0);
        heldRaw[1] += bin.yRaw + (bin.sellX ? 0 : bin.openRaw + bin.remainingRaw);
    }
    for (std::size_t i = 0; i < 2; ++i) {
        const auto decimals = static_cast<std::uint8_t>(i == 0 ? 9 : 6);
        accounts.emplace(kDlmmMints[i], dlmmMint(decimals, facts.transferFees[i]));
        accounts.emplace(kDlmmVaults[i],
                         dlmmVault(kDlmmMints[i], heldRaw[i], facts.transferFees[i].has_value()));
    }
    return accounts;
}

}  // namespace oee::test
