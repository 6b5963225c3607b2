#pragma once
// Generated markets for the tests of this folder.

#include <QtTest>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <QByteArray>

#include "amm/pool.h"
#include "market/generator.h"
#include "market/market_profile.h"

namespace oee::test {

inline const std::vector<std::uint64_t> kSeeds{0, 1, 42, 0xFFFF'FFFF'FFFF'FFFF};

inline market::MarketProfile defaultProfile() {
    auto profile = market::loadMarketProfile("default");
    return profile ? *profile : market::MarketProfile{};
}

struct GeneratedMarket {
    market::MarketProfile profile;
    std::vector<market::GeneratedPool> generated;  // in order of the profile
    std::vector<amm::Pool> pools;
};

// Fails the test by leaving pools out.
inline GeneratedMarket generateAll(std::uint64_t seed) {
    GeneratedMarket result{.profile = defaultProfile(), .generated = {}, .pools = {}};
    for (const market::PoolProfile& profile : result.profile.pools) {
        auto generated = market::generatePool(result.profile, profile, seed);
        if (!generated) {
            qWarning("%s: %s", profile.name.c_str(),
                     std::string(market::nameOf(generated.error().error)).c_str());
            return result;
        }
        auto pool = amm::decodePool(generated->address, generated->accounts);
        if (!pool) {
            qWarning("%s: %s %s", profile.name.c_str(),
                     std::string(amm::nameOf(pool.error().error)).c_str(),
                     pool.error().where.c_str());
            return result;
        }
        result.generated.push_back(std::move(*generated));
        result.pools.push_back(std::move(*pool));
    }
    return result;
}

template <typename T>
T fieldAt(const amm::Account& account, std::size_t offset) {
    T value{};
    std::memcpy(&value, account.data.data() + offset, sizeof value);
    return value;
}

// A token account's amount by the layout of the token program.
inline std::uint64_t balanceAt(const amm::AccountSet& accounts, const domain::Pubkey& address) {
    return fieldAt<std::uint64_t>(accounts.at(address), 64);
}

inline amm::SwapRequest exactIn(amm::SwapDirection direction, std::uint64_t amountRaw) {
    return {.mode = amm::SwapMode::exactIn,
            .direction = direction,
            .amountRaw = amountRaw,
            .slippageLimitRaw = {},
            .sqrtPriceLimitQ64 = {},
            .withReferral = false};
}

inline amm::SwapDirection directionOf(const amm::Pool& pool, const domain::Pubkey& input) {
    return *pool.directionFrom(input);
}

// A market of one DLMM pool with one layer.
inline market::MarketProfile oneLayerProfile(const char* shape) {
    const QByteArray json = QByteArray(R"({"name": "one", "description": "test",
        "clock": {"slot": 1000, "unixTimestamp": 5000, "epoch": 3, "source": "test"},
        "tokens": [
            {"symbol": "AAA", "mint": "4k3Dyjzvzp8eMZWUXbBCjEvwSkkk59S5iCNLY3QrkX6R",
             "decimals": 9, "priceUsd": "3", "supply": "1000", "source": "test"},
            {"symbol": "BBB", "mint": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
             "decimals": 6, "priceUsd": "0.5", "supply": "1000", "source": "test"}],
        "cpmmConfigs": [{"name": "c", "index": 7, "tradeFeeRatePpm": 2500,
             "protocolFeeRatePpm": 120000, "fundFeeRatePpm": 40000,
             "createPoolFeeLamports": "0", "source": "test"}],
        "dlmmPresets": [{"name": "p", "binStepBps": 20, "baseFactor": 10000,
             "filterPeriodSeconds": 30, "decayPeriodSeconds": 600, "reductionFactorBps": 5000,
             "variableFeeControl": 20000, "maxVolatilityAccumulator": 350000,
             "protocolShareBps": 500, "source": "test"}],
        "pools": [{"name": "AAA/BBB", "program": "meteora-dlmm", "tokenA": "AAA", "tokenB": "BBB",
             "priceOffsetPpm": 0, "preset": "p", "source": "test",
             "liquidity": [{"shape": "SHAPE", "binsPerSide": 99, "sideUsd": "100000"}]}]})")
                                .replace("SHAPE", shape);
    auto profile = market::parseMarketProfile(json);
    return profile ? *profile : market::MarketProfile{};
}

}  // namespace oee::test
