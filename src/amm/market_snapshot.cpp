#include "amm/market_snapshot.h"

#include <algorithm>

namespace oee::amm {

PairIndex::PairIndex(const std::vector<std::shared_ptr<const Pool>>& pools) : count_(pools.size()) {
    for (std::size_t i = 0; i < pools.size(); ++i) {
        byPair_[std::minmax(pools[i]->mints[0].mint, pools[i]->mints[1].mint)].push_back(i);
        byAddress_.emplace(pools[i]->address, i);
    }
}

std::span<const std::size_t> PairIndex::poolsOf(const domain::Pubkey& one,
                                                const domain::Pubkey& other) const {
    const auto found = byPair_.find(std::minmax(one, other));
    return found == byPair_.end() ? std::span<const std::size_t>{} : std::span(found->second);
}

std::size_t PairIndex::positionOf(const domain::Pubkey& pool) const {
    const auto found = byAddress_.find(pool);
    return found == byAddress_.end() ? count_ : found->second;
}

std::vector<std::pair<domain::Pubkey, domain::Pubkey>> PairIndex::pairs() const {
    std::vector<std::pair<domain::Pubkey, domain::Pubkey>> keys;
    keys.reserve(byPair_.size());
    for (const auto& [pair, positions] : byPair_) {
        keys.push_back(pair);
    }
    return keys;
}

const Pool* MarketSnapshot::find(const domain::Pubkey& pool) const {
    const std::size_t position = pairs ? pairs->positionOf(pool) : pools.size();
    return position < pools.size() ? pools[position].get() : nullptr;
}

}  // namespace oee::amm
