// The pools of handMadeMarket().

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "support/fake_engine.h"

namespace oee::test {
namespace {

using amm::meteora::DlmmPool;
using amm::raydium::AmmV4Pool;
using amm::raydium::CpmmPool;
namespace dlmm = amm::meteora::dlmm;

domain::Pubkey address(std::uint8_t seed) {
    domain::Pubkey key;
    key.bytes.fill(seed);
    return key;
}

struct Pair {
    amm::MintInfo a;
    amm::MintInfo b;
};
struct Reserves {
    std::uint64_t aRaw = 0;
    std::uint64_t bRaw = 0;
};

std::shared_ptr<const amm::Pool> wrap(domain::Program program, const domain::Pubkey& key,
                                      const Pair& pair, amm::PoolState state) {
    return std::make_shared<const amm::Pool>(
        amm::Pool{key, program, {pair.a, pair.b}, std::move(state)});
}

std::shared_ptr<const amm::Pool> ammV4(std::uint8_t seed, const Pair& pair, Reserves reserves) {
    AmmV4Pool pool;
    pool.vaultRaw = {reserves.aRaw, reserves.bRaw};
    pool.swapFeeNumerator = 25;
    pool.swapFeeDenominator = 10'000;
    pool.status = amm::raydium::amm_v4::Status::swapOnly;
    pool.address = address(seed);
    pool.vaults = {address(static_cast<std::uint8_t>(seed + 1)),
                   address(static_cast<std::uint8_t>(seed + 2))};
    pool.mints = {pair.a, pair.b};
    return wrap(domain::Program::raydiumAmmV4, pool.address, pair, pool);
}

std::shared_ptr<const amm::Pool> cpmm(std::uint8_t seed, const Pair& pair, Reserves reserves) {
    CpmmPool pool;
    pool.sides[0].vaultRaw = reserves.aRaw;
    pool.sides[1].vaultRaw = reserves.bRaw;
    pool.tradeFeeRatePpm = 2'500;
    pool.protocolFeeRatePpm = 120'000;
    pool.fundFeeRatePpm = 40'000;
    pool.address = address(seed);
    pool.vaults = {address(static_cast<std::uint8_t>(seed + 1)),
                   address(static_cast<std::uint8_t>(seed + 2))};
    pool.mints = {pair.a, pair.b};
    return wrap(domain::Program::raydiumCpmm, pool.address, pair, pool);
}

// Equal amounts in the bins around the active one: Y below, X above, half of both in it.
std::shared_ptr<const amm::Pool> dlmmPool(std::uint8_t seed, const Pair& pair,
                                          std::int32_t activeId, Reserves perBin) {
    constexpr std::uint16_t kBinStepBps = 10;
    DlmmPool pool;
    pool.address = address(seed);
    pool.parameters.binStepBps = kBinStepBps;
    pool.parameters.baseFeeRatePpb = 1'000'000;
    pool.parameters.protocolShareBps = 500;
    pool.parameters.activationType = dlmm::ActivationType::timestamp;
    pool.activeId = activeId;
    pool.mints = {pair.a, pair.b};
    pool.vaults = {address(static_cast<std::uint8_t>(seed + 1)),
                   address(static_cast<std::uint8_t>(seed + 2))};
    auto bitmap = std::make_shared<dlmm::BinArrayBitmap>();
    const std::int32_t first =
        static_cast<std::int32_t>(std::floor(static_cast<double>(activeId) / dlmm::kBinsPerArray)) -
        1;
    for (std::int32_t index = first; index <= first + 2; ++index) {
        auto array = std::make_shared<dlmm::BinArray>();
        array->index = index;
        array->address = address(static_cast<std::uint8_t>(seed + 4 + index - first));
        for (std::int32_t id = array->lowerBinId(); id <= array->upperBinId(); ++id) {
            dlmm::Bin& bin = array->bins[static_cast<std::size_t>(id - array->lowerBinId())];
            bin.priceQ64 =
                static_cast<base::u128>(std::ldexp(std::pow(1.0 + kBinStepBps * 1e-4, id), 64));
            bin.amountXRaw = id > activeId ? perBin.aRaw : id == activeId ? perBin.aRaw / 2 : 0;
            bin.amountYRaw = id < activeId ? perBin.bRaw : id == activeId ? perBin.bRaw / 2 : 0;
            bin.liquiditySupplyQ64 = 1;
            pool.sides[0].vaultRaw += bin.amountXRaw;
            pool.sides[1].vaultRaw += bin.amountYRaw;
            dlmm::updatePayers(*array, static_cast<std::size_t>(id - array->lowerBinId()));
        }
        bitmap->insert(index);
        pool.arrays.push_back({index, std::move(array)});
    }
    pool.bitmap = std::move(bitmap);
    return wrap(domain::Program::meteoraDlmm, pool.address, pair, pool);
}

}  // namespace

amm::MarketSnapshotPtr handMadeMarket() {
    const domain::Pubkey bonkMint =
        domain::pubkeyLiteral("DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263");
    const amm::MintInfo sol{domain::solMint(), domain::kSolDecimals};
    const amm::MintInfo usdc{domain::usdcMint(), 6};
    const amm::MintInfo usdt{domain::usdtMint(), 6};
    const amm::MintInfo bonk{bonkMint, 5};

    auto market = std::make_shared<amm::MarketSnapshot>();
    market->clock = {417'600'123, 1'790'000'000, 966};
    market->blockHeight = 395'000'000;
    // −1897 is where 0.15 base units of USDC for one of SOL lies at 10 bps a bin: 150 a SOL.
    market->pools = {
        ammV4(10, {sol, usdc}, {40'000'000'000'000, 6'004'000'000'000}),
        cpmm(20, {sol, usdc}, {12'000'000'000'000, 1'799'100'000'000}),
        dlmmPool(30, {sol, usdc}, -1897, {60'000'000'000, 9'000'000'000}),
        cpmm(50, {bonk, sol}, {80'000'000'000'000'000, 9'000'000'000'000}),
        dlmmPool(60, {usdc, usdt}, 0, {500'000'000'000, 500'000'000'000}),
    };
    market->pairs = std::make_shared<const amm::PairIndex>(market->pools);
    auto tokens = std::make_shared<domain::TokenRegistry>();
    tokens->add({sol.mint, "SOL", sol.decimals});
    tokens->add({usdc.mint, "USDC", usdc.decimals});
    tokens->add({usdt.mint, "USDT", usdt.decimals});
    tokens->add({bonk.mint, "BONK", bonk.decimals});
    market->tokens = std::move(tokens);
    return market;
}

}  // namespace oee::test
