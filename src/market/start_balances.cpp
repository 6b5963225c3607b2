#include "market/start_balances.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "domain/token.h"

namespace oee::market {
namespace {

constexpr std::uint64_t kMostRaw = std::numeric_limits<std::uint64_t>::max() / 4;
constexpr std::uint64_t kSolRaw = 1'000ull * 1'000'000'000;
constexpr std::uint64_t kUsdcRaw = 100'000ull * 1'000'000;
constexpr double kUsdOfOthers = 10'000;
constexpr std::uint64_t kUnpricedTokens = 10'000;

using Pools = std::span<const std::shared_ptr<const amm::Pool>>;
using UsdPerUnit = std::map<domain::Pubkey, double>;  // of one base unit

// What a pool says about a token that has no worth yet, by one that has.
struct Opinion {
    double usdPerUnit = 0;
    double depthUsd = 0;  // on the known side
};

std::optional<Opinion> opinionOf(const amm::Pool& pool, std::size_t unknown,
                                 const UsdPerUnit& known) {
    const std::size_t other = 1 - unknown;
    const auto worth = known.find(pool.mints[other].mint);
    if (known.contains(pool.mints[unknown].mint) || worth == known.end()) {
        return std::nullopt;
    }
    const auto direction = unknown == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
    const Opinion opinion{
        .usdPerUnit = amm::marginalPrice(pool, direction) * worth->second,
        .depthUsd = static_cast<double>(amm::depthOf(pool)[other]) * worth->second};
    if (!std::isfinite(opinion.usdPerUnit) || opinion.usdPerUnit <= 0) {
        return std::nullopt;
    }
    return opinion;
}

// One more step away from the dollar. The first of equally deep pools decides.
UsdPerUnit nextLevel(Pools pools, const UsdPerUnit& known) {
    std::map<domain::Pubkey, Opinion> best;
    for (const auto& pool : pools) {
        for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
            const auto opinion = opinionOf(*pool, side, known);
            if (!opinion) {
                continue;
            }
            const auto [entry, isNew] = best.try_emplace(pool->mints[side].mint, *opinion);
            if (!isNew && opinion->depthUsd > entry->second.depthUsd) {
                entry->second = *opinion;
            }
        }
    }
    UsdPerUnit level;
    for (const auto& [mint, opinion] : best) {
        level.emplace(mint, opinion.usdPerUnit);
    }
    return level;
}

std::uint64_t withTwoDigits(std::uint64_t value) {
    std::uint64_t unit = 1;
    while (value / unit >= 100) {
        unit *= 10;
    }
    return value / unit * unit;
}

std::uint64_t worthRaw(double usdPerUnit) {
    const double units = kUsdOfOthers / usdPerUnit;
    if (units >= static_cast<double>(kMostRaw)) {
        return withTwoDigits(kMostRaw);
    }
    // A unit that is dearer than all of it: one, so that the token can be traded.
    return std::max<std::uint64_t>(withTwoDigits(static_cast<std::uint64_t>(units)), 1);
}

std::uint64_t unpricedRaw(unsigned decimals) {
    std::uint64_t amount = kUnpricedTokens;
    for (unsigned i = 0; i < decimals; ++i) {
        if (amount > kMostRaw / 10) {
            return withTwoDigits(kMostRaw);
        }
        amount *= 10;
    }
    return amount;
}

}  // namespace

std::map<domain::Pubkey, std::uint64_t> startBalances(Pools pools) {
    UsdPerUnit known{{domain::usdcMint(), 1e-6}, {domain::usdtMint(), 1e-6}};
    while (true) {
        UsdPerUnit level = nextLevel(pools, known);
        if (level.empty()) {
            break;
        }
        known.merge(level);
    }
    std::map<domain::Pubkey, std::uint64_t> balances{{domain::solMint(), kSolRaw},
                                                     {domain::usdcMint(), kUsdcRaw}};
    for (const auto& pool : pools) {
        for (const amm::MintInfo& mint : pool->mints) {
            const auto worth = known.find(mint.mint);
            balances.try_emplace(mint.mint, worth != known.end() ? worthRaw(worth->second)
                                                                 : unpricedRaw(mint.decimals));
        }
    }
    return balances;
}

}  // namespace oee::market
