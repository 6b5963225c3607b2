#include "random_market.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "../amm/clmm_accounts.h"
#include "../amm/damm_v2_accounts.h"
#include "../amm/dlmm_accounts.h"
#include "../amm/raydium_accounts.h"
#include "amm/raydium/clmm/tick_math.h"
#include "base/rng.h"

namespace oee::test {
namespace {

constexpr std::int64_t kNow = 1'780'000'000;

base::u128 q64(double value) {
    return static_cast<base::u128>(std::ldexp(value, 64));
}

// What a pool is to be: `price` base units of B for one of A, `depthA` and `depthB` of each.
struct Wish {
    double price = 1;
    double depthA = 0;
    double depthB = 0;
};

std::uint64_t raw(double value) {
    return static_cast<std::uint64_t>(std::max(value, 1'000.0));
}

amm::AccountSet constantProduct(const Wish& wish, base::CounterRng& rng) {
    const std::array amounts{raw(wish.depthA), raw(wish.depthA * wish.price)};
    if (rng.below(2) == 0) {
        AmmV4Facts facts;
        facts.vaultRaw = amounts;
        return ammV4Accounts(facts);
    }
    CpmmFacts facts;
    facts.vaultRaw = amounts;
    facts.tradeFeeRatePpm = std::array<std::uint64_t, 3>{100, 2'500, 10'000}[rng.below(3)];
    return cpmmAccounts(facts);
}

amm::AccountSet clmm(const Wish& wish, base::CounterRng& rng) {
    ClmmFacts facts;
    facts.tick = static_cast<std::int32_t>(std::floor(std::log(wish.price) / std::log(1.0001)));
    facts.sqrtPriceQ64 = q64(std::sqrt(wish.price));
    facts.tick = amm::raydium::clmm::tickAtSqrtPrice(facts.sqrtPriceQ64);
    facts.tradeFeeRatePpm = std::array<std::uint32_t, 3>{100, 500, 2'500}[rng.below(3)];
    const double liquidity = wish.depthA * std::sqrt(wish.price);
    facts.positions.clear();
    const std::int32_t centre = facts.tick / 10 * 10;
    for (unsigned i = 0; i < 6; ++i) {
        const auto reach = static_cast<std::int32_t>(20u << (2 * i));
        const auto shift = static_cast<std::int32_t>(rng.below(3)) * 10 - 10;
        facts.positions.push_back({centre + shift - reach, centre + shift + reach,
                                   static_cast<base::u128>(liquidity * (1 + rng.unit()))});
    }
    return clmmAccounts(facts);
}

amm::AccountSet dlmm(const Wish& wish, base::CounterRng& rng) {
    DlmmFacts facts;
    facts.binStepBps = std::array<std::uint16_t, 3>{1, 10, 50}[rng.below(3)];
    const double step = std::log1p(facts.binStepBps / 10'000.0);
    facts.activeId = static_cast<std::int32_t>(std::lround(std::log(wish.price) / step));
    facts.lastUpdateSeconds = kNow - 100;
    facts.indexReference = facts.activeId;
    constexpr std::int32_t kReach = 60;
    for (std::int32_t i = -kReach; i <= kReach; ++i) {
        DlmmBinFacts bin;
        const double share = (0.5 + rng.unit()) / kReach;
        bin.xRaw = i >= 0 ? raw(wish.depthA * share) : 0;
        bin.yRaw = i <= 0 ? raw(wish.depthA * wish.price * share) : 0;
        facts.bins[facts.activeId + i] = bin;
    }
    return dlmmAccounts(facts);
}

amm::AccountSet dammV2(const Wish& wish, base::CounterRng& rng) {
    DammV2Facts facts;
    facts.baseFeeMode = static_cast<std::uint8_t>(rng.below(2));
    facts.cliffRatePpb = 2'500'000;
    facts.thirdFactor = facts.baseFeeMode == 1 ? 300 : 100'000;
    facts.collectFeeMode = static_cast<std::uint8_t>(rng.below(2));
    facts.dynamicFee = rng.below(2) == 0;
    facts.accumulator = 0;
    const double root = std::sqrt(wish.price);
    facts.sqrtPriceQ64 = q64(root);
    facts.minSqrtPriceQ64 = q64(root / 2);
    facts.maxSqrtPriceQ64 = q64(root * 2);
    const double liquidity = wish.depthA * root;
    facts.liquidityQ64 = q64(liquidity);
    facts.reserveRaw = {raw(liquidity * (1 / root - 0.5 / root)), raw(liquidity * root / 2)};
    return dammV2Accounts(facts);
}

amm::Pool decoded(const amm::AccountSet& accounts, const domain::Pubkey& address) {
    auto pool = amm::decodePool(address, accounts);
    if (!pool) {
        std::fprintf(stderr, "a test's pool cannot be decoded: %s\n", pool.error().where.c_str());
        std::abort();
    }
    return *std::move(pool);
}

void setTransferFee(amm::Pool& pool, std::size_t side, const amm::spl::TransferFee& fee) {
    std::visit(
        [&](auto& state) {
            if constexpr (requires { state.sides[0].transferFee; }) {
                state.sides[side].transferFee = {0, fee, fee};
            }
        },
        pool.state);
}

domain::Pubkey numbered(std::uint8_t kind, std::size_t number) {
    domain::Pubkey address;
    address.bytes.fill(kind);
    for (std::size_t i = 0; i < 4; ++i) {
        address.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return address;
}

}  // namespace

domain::Pubkey randomMint(std::size_t token) {
    return numbered(77, token);
}

amm::MarketSnapshotPtr randomMarket(const RandomMarketShape& shape) {
    base::CounterRng rng(shape.seed, base::RngPurpose::test, 4);
    std::vector<double> values;
    std::vector<amm::spl::TransferFee> fees(shape.tokens);
    for (std::size_t i = 0; i < shape.tokens; ++i) {
        values.push_back(std::pow(10.0, rng.unit() * 4 - 2));
        if (shape.transferFees && rng.below(3) == 0) {
            fees[i].basisPoints = static_cast<std::uint16_t>(1 + rng.below(200));
            fees[i].maximumRaw = rng.below(2) == 0 ? std::uint64_t{1} << 60 : 1 + rng.below(50'000);
        }
    }
    auto market = std::make_shared<amm::MarketSnapshot>();
    market->clock = {.slot = 400'000'000, .unixTimestamp = kNow, .epoch = 900};
    for (std::size_t i = 0; i < shape.pools; ++i) {
        // First a tree, so that every token can be reached; some pools of the ends' own pair.
        std::size_t a = i + 1 < shape.tokens ? i + 1 : rng.below(shape.tokens);
        std::size_t b = i + 1 < shape.tokens ? rng.below(i + 1) : rng.below(shape.tokens);
        if (rng.below(6) == 0 && i + 1 >= shape.tokens) {
            a = 0;
            b = 1;
        }
        if (a == b) {
            b = (a + 1) % shape.tokens;
        }
        Wish wish;
        wish.price = values[a] / values[b] * (1 + shape.priceNoise * (2 * rng.unit() - 1));
        wish.depthA = std::pow(10.0, 8 + 4 * rng.unit()) / values[a];
        const std::uint64_t kind = shape.constantProductOnly ? 0 : rng.below(4);
        const bool isDlmm = kind == 2;
        amm::Pool pool = kind == 0   ? decoded(constantProduct(wish, rng), kPool)
                         : kind == 1 ? decoded(clmm(wish, rng), kPool)
                         : isDlmm    ? decoded(dlmm(wish, rng), kDlmmPair)
                                     : decoded(dammV2(wish, rng), kPool);
        pool.address = numbered(88, i);
        pool.mints[0].mint = randomMint(a);
        pool.mints[1].mint = randomMint(b);
        setTransferFee(pool, 0, fees[a]);
        setTransferFee(pool, 1, fees[b]);
        std::visit(
            [&](auto& state) {
                state.address = pool.address;
                state.mints = pool.mints;
            },
            pool.state);
        market->pools.push_back(std::make_shared<const amm::Pool>(std::move(pool)));
    }
    market->pairs = std::make_shared<const amm::PairIndex>(market->pools);
    market->tokens = std::make_shared<const domain::TokenRegistry>();
    return market;
}

std::string whatIsWrongWith(const routing::Plan& plan, const amm::MarketSnapshot& market) {
    std::map<domain::Pubkey, std::shared_ptr<const amm::Pool>> pools;
    for (const auto& pool : market.pools) {
        pools[pool->address] = pool;
    }
    std::map<domain::Pubkey, base::i128> balances{{plan.inputMint, plan.amountInRaw}};
    for (std::size_t i = 0; i < plan.legs.size(); ++i) {
        const routing::PlanLeg& leg = plan.legs[i];
        const std::string place = "leg " + std::to_string(i + 1) + ": ";
        auto& pool = pools.at(leg.pool);
        const auto direction = pool->directionFrom(leg.inputMint);
        if (!direction || pool->outputOf(*direction).mint != leg.outputMint) {
            return place + "not the pool's tokens";
        }
        amm::SwapRequest request;
        request.direction = *direction;
        request.amountRaw = leg.swap.amountInRaw;
        auto applied = amm::apply(*pool, request, market.clock);
        if (!applied) {
            return place + std::string(amm::nameOf(applied.error()));
        }
        if (applied->result != leg.swap) {
            return place + "pays " + std::to_string(applied->result.amountOutRaw) + ", not " +
                   std::to_string(leg.swap.amountOutRaw);
        }
        balances[leg.inputMint] -= leg.swap.amountInRaw;
        if (balances[leg.inputMint] < 0) {
            return place + "spends what is not there";
        }
        balances[leg.outputMint] += leg.swap.amountOutRaw;
        pool = applied->pool;
    }
    for (const auto& [mint, balance] : balances) {
        if (balance != (mint == plan.outputMint ? base::i128{plan.amountOutRaw} : 0)) {
            return "left over: " + std::to_string(static_cast<double>(balance));
        }
    }
    return {};
}

}  // namespace oee::test
