#include "chain/market_map.h"

#include <algorithm>
#include <map>

#include "domain/token.h"

namespace oee::chain {

std::optional<std::size_t> MarketMap::indexOf(const domain::Pubkey& mint) const {
    const auto found = std::lower_bound(mints.begin(), mints.end(), mint);
    if (found == mints.end() || *found != mint) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - mints.begin());
}

MarketMap mapOf(const amm::MarketSnapshot& market) {
    std::map<domain::Pubkey, unsigned> decimals{{domain::solMint(), domain::kSolDecimals}};
    for (const auto& pool : market.pools) {
        for (const amm::MintInfo& mint : pool->mints) {
            decimals.emplace(mint.mint, mint.decimals);
        }
    }
    MarketMap map;
    for (const auto& [mint, digits] : decimals) {
        map.mints.push_back(mint);
        map.decimals.push_back(digits);
    }
    map.poolMints.reserve(market.pools.size());
    for (const auto& pool : market.pools) {
        map.poolMints.push_back(
            {*map.indexOf(pool->mints[0].mint), *map.indexOf(pool->mints[1].mint)});
    }
    map.sol = *map.indexOf(domain::solMint());
    return map;
}

}  // namespace oee::chain
