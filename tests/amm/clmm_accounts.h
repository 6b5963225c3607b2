#pragma once
// CLMM pools written from scratch, byte by byte, for tests that need no dumps.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/raydium/clmm/layout.h"
#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/clmm/tick_math.h"
#include "amm/spl_token.h"
#include "domain/venue.h"
#include "raydium_accounts.h"

namespace oee::test {

struct ClmmPosition {
    std::int32_t lower = 0;
    std::int32_t upper = 0;
    base::u128 liquidity = 0;
};

struct ClmmFacts {
    std::uint16_t tickSpacing = 10;
    std::int32_t tick = 0;
    base::u128 sqrtPriceQ64 = 0;  // 0: the tick's
    std::uint32_t tradeFeeRatePpm = 2'500;
    std::uint32_t protocolFeeRatePpm = 120'000;
    std::uint32_t fundFeeRatePpm = 40'000;
    std::uint8_t feeOn = 0;
    std::uint8_t status = 0;
    std::uint64_t openTime = 0;
    std::array<std::uint64_t, 2> vaultRaw{std::uint64_t{1} << 62, std::uint64_t{1} << 62};
    std::vector<ClmmPosition> positions{{-1'000, 1'000, 1'000'000'000'000}};
    std::map<std::int32_t, amm::raydium::clmm::TickOrders> orders;
    std::optional<amm::raydium::clmm::DynamicFee> dynamicFee;
    bool hasReward = false;

    base::u128 price() const {
        return sqrtPriceQ64 != 0 ? sqrtPriceQ64 : amm::raydium::clmm::sqrtPriceAtTick(tick);
    }
    base::u128 liquidity() const {
        base::u128 sum = 0;
        for (const ClmmPosition& position : positions) {
            sum += position.lower <= tick && tick < position.upper ? position.liquidity : 0;
        }
        return sum;
    }
};

inline const domain::Pubkey kClmmExtension = key(9);

inline domain::Pubkey clmmArrayKey(std::int32_t startTick) {
    domain::Pubkey address = key(10);
    for (std::size_t i = 0; i < 4; ++i) {
        address.bytes[i] =
            static_cast<std::uint8_t>(static_cast<std::uint32_t>(startTick) >> (8 * i));
    }
    return address;
}

// The tick's bytes, in an array that is made where there is none yet, bitmap included.
inline std::size_t clmmTick(amm::AccountSet& accounts, std::int32_t spacing, std::int32_t tick) {
    namespace clmm = amm::raydium::clmm;
    const std::int32_t width = 60 * spacing;
    const std::int32_t index = tick >= 0 ? tick / width : -((-tick + width - 1) / width);
    const std::int32_t start = index * width;
    amm::Account& array = accounts[clmmArrayKey(start)];
    if (array.data.empty()) {
        array.owner = domain::programIdOf(domain::Program::raydiumClmm);
        array.data.resize(10'240);
        amm::FieldWriter writer(array.data);
        writer.write(0, clmm::kTickArrayDiscriminator);
        writer.write(8, kPool);
        writer.write(40, start);
        const auto setBit = [&](const domain::Pubkey& address, std::size_t from, std::int32_t bit) {
            const auto place = static_cast<std::size_t>(bit);
            accounts.at(address).data[from + place / 8] |=
                static_cast<std::uint8_t>(1U << (place % 8));
        };
        if (index >= -512 && index < 512) {
            setBit(kPool, 904, index + 512);
        } else if (index >= 512) {
            setBit(kClmmExtension, 40, index - 512);
        } else {  // rows of 512 bits away from zero, ascending within
            const std::int32_t row = (-index - 1) / 512 - 1;
            setBit(kClmmExtension, 936, row * 512 + (index + (row + 2) * 512));
        }
    }
    const std::size_t at = 44 + static_cast<std::size_t>((tick - start) / spacing) * 168;
    amm::FieldReader reader(array.data);
    const bool initialized = reader.read<base::u128>(at + 20) != 0 ||
                             reader.read<std::uint64_t>(at + 124) != 0 ||
                             reader.read<std::uint64_t>(at + 132) != 0;
    array.data[10'124] = static_cast<std::uint8_t>(array.data[10'124] + (initialized ? 0 : 1));
    amm::FieldWriter(array.data).write(at, tick);
    return at;
}

inline std::vector<std::uint8_t>& clmmArrayBytes(amm::AccountSet& accounts, std::int32_t spacing,
                                                 std::int32_t tick) {
    return accounts.at(clmmArrayKey(amm::raydium::clmm::arrayStartOf(tick, spacing))).data;
}

inline amm::Account clmmPoolAccount(const ClmmFacts& facts) {
    namespace clmm = amm::raydium::clmm;
    amm::Account account{.owner = domain::programIdOf(domain::Program::raydiumClmm),
                         .lamports = 11'637'120,
                         .data = std::vector<std::uint8_t>(1'544)};
    amm::FieldWriter writer(account.data);
    writer.write(0, clmm::kPoolDiscriminator);
    writer.write(9, kConfig);
    writer.write(73, kMints[0]);
    writer.write(105, kMints[1]);
    writer.write(137, kVaults[0]);
    writer.write(169, kVaults[1]);
    writer.write(233, std::uint8_t{9});
    writer.write(234, std::uint8_t{6});
    writer.write(235, facts.tickSpacing);
    writer.write(237, facts.liquidity());
    writer.write(253, facts.price());
    writer.write(269, facts.tick);
    writer.write(389, facts.status);
    writer.write(390, facts.feeOn);
    writer.write(1'080, facts.openTime);
    if (facts.hasReward) {
        writer.write(397 + 1, std::uint64_t{1'000});                        // open time
        writer.write(397 + 9, std::uint64_t{4'000'000'000});                // end time
        writer.write(397 + 17, std::uint64_t{1'700'000'000});               // last update
        writer.write(397 + 25, static_cast<base::u128>(12'345'678) << 50);  // emissions
        writer.write(397 + 57, key(11));
    }
    if (facts.dynamicFee) {
        const auto& fee = *facts.dynamicFee;
        writer.write(1'096, fee.filterPeriodSeconds);
        writer.write(1'098, fee.decayPeriodSeconds);
        writer.write(1'100, fee.reductionFactorBps);
        writer.write(1'102, fee.control);
        writer.write(1'106, fee.maxAccumulator);
        writer.write(1'110, fee.spacingIndexReference);
        writer.write(1'114, fee.reference);
        writer.write(1'118, fee.accumulator);
        writer.write(1'122, fee.lastUpdateSeconds);
    }
    return account;
}

inline amm::AccountSet clmmAccounts(const ClmmFacts& facts) {
    namespace clmm = amm::raydium::clmm;
    const auto program = domain::programIdOf(domain::Program::raydiumClmm);
    amm::Account config{.owner = program, .data = std::vector<std::uint8_t>(117)};
    amm::FieldWriter configWriter(config.data);
    configWriter.write(0, clmm::kConfigDiscriminator);
    configWriter.write(43, facts.protocolFeeRatePpm);
    configWriter.write(47, facts.tradeFeeRatePpm);
    configWriter.write(51, facts.tickSpacing);
    configWriter.write(53, facts.fundFeeRatePpm);
    amm::Account extension{.owner = program, .data = std::vector<std::uint8_t>(1'832)};
    amm::FieldWriter extensionWriter(extension.data);
    extensionWriter.write(0, clmm::kExtensionDiscriminator);
    extensionWriter.write(8, kPool);
    amm::AccountSet accounts{{kPool, clmmPoolAccount(facts)},
                             {kConfig, config},
                             {kClmmExtension, extension},
                             {kVaults[0], tokenAccount(kMints[0], facts.vaultRaw[0])},
                             {kVaults[1], tokenAccount(kMints[1], facts.vaultRaw[1])}};
    const auto addLiquidity = [&](std::int32_t tick, base::i128 net, base::u128 gross) {
        const std::size_t at = clmmTick(accounts, facts.tickSpacing, tick);
        auto& bytes = clmmArrayBytes(accounts, facts.tickSpacing, tick);
        amm::FieldReader reader(bytes);
        amm::FieldWriter writer(bytes);
        writer.write(at + 4, reader.read<base::i128>(at + 4) + net);
        writer.write(at + 20, reader.read<base::u128>(at + 20) + gross);
    };
    for (const ClmmPosition& position : facts.positions) {
        const auto net = static_cast<base::i128>(position.liquidity);
        addLiquidity(position.lower, net, position.liquidity);
        addLiquidity(position.upper, -net, position.liquidity);
    }
    for (const auto& [tick, orders] : facts.orders) {
        const std::size_t at = clmmTick(accounts, facts.tickSpacing, tick);
        amm::FieldWriter writer(clmmArrayBytes(accounts, facts.tickSpacing, tick));
        writer.write(at + 116, orders.phase);
        writer.write(at + 124, orders.openRaw);
        writer.write(at + 132, orders.partFilledRemainingRaw);
        writer.write(at + 140, orders.unfilledRatioQ64);
    }
    return accounts;
}

// Makes a side's mint and vault Token-2022's, with a transfer fee.
inline void makeClmmToken2022(amm::AccountSet& accounts, std::size_t side,
                              const amm::spl::TransferFeeConfig& fee) {
    accounts[kMints[side]] = mintAccount(side == 0 ? 9 : 6);
    addExtension(accounts.at(kMints[side]), 1, amm::spl::kExtensionTransferFeeConfig,
                 transferFeeBytes(fee));
    addExtension(accounts.at(kVaults[side]), 2, amm::spl::kExtensionTransferFeeAmount,
                 std::vector<std::uint8_t>(8));
}

}  // namespace oee::test
