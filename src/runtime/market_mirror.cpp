#include "runtime/market_mirror.h"

#include <cstddef>
#include <set>
#include <utility>

#include "amm/pool.h"

namespace oee::runtime {
namespace {

tl::expected<std::shared_ptr<const amm::Pool>, std::string> decoded(
    const domain::Pubkey& address, const amm::AccountSet& accounts) {
    auto pool = amm::decodePool(address, accounts);
    if (!pool) {
        return tl::unexpected("the pool " + domain::toBase58(address) + " cannot be read (" +
                              pool.error().where + ")");
    }
    return std::make_shared<const amm::Pool>(std::move(*pool));
}

}  // namespace

MarketSource::MarketSource(std::map<domain::Pubkey, amm::AccountSet> accounts,
                           amm::MarketSnapshotPtr market, const chain::NetworkProfile& profile)
    : accounts_(std::move(accounts)), market_(std::move(market)), profile_(profile) {}

MarketDelta MarketSource::advance(const amm::MarketSnapshotPtr& market) {
    MarketDelta delta;
    delta.clock = market->clock;
    delta.blockHeight = market->blockHeight;
    for (std::size_t i = 0; i < market->pools.size(); ++i) {
        // Positions never change, and a pool that nobody touched is the same object.
        if (isEncoded_ && market->pools[i] == market_->pools[i]) {
            continue;
        }
        const amm::Pool& pool = *market->pools[i];
        amm::AccountSet& accounts = accounts_[pool.address];
        for (const domain::Pubkey& address : amm::encodePool(pool, accounts)) {
            delta.accounts.push_back({pool.address, address, accounts.at(address)});
        }
    }
    isEncoded_ = true;
    market_ = market;
    return delta;
}

MarketImage MarketSource::image() const {
    return {market_->clock, market_->blockHeight, market_->tokens->all(), accounts_, profile_};
}

tl::expected<MarketCopy, std::string> MarketCopy::from(MarketImage image) {
    auto snapshot = std::make_shared<amm::MarketSnapshot>();
    snapshot->clock = image.clock;
    snapshot->blockHeight = image.blockHeight;
    auto tokens = std::make_shared<domain::TokenRegistry>();
    for (domain::Token& token : image.tokens) {
        tokens->add(std::move(token));
    }
    snapshot->tokens = std::move(tokens);
    for (const auto& [address, accounts] : image.pools) {
        auto pool = decoded(address, accounts);
        if (!pool) {
            return tl::unexpected(std::move(pool.error()));
        }
        snapshot->pools.push_back(std::move(*pool));
    }
    snapshot->pairs = std::make_shared<const amm::PairIndex>(snapshot->pools);
    MarketCopy copy;
    copy.accounts_ = std::move(image.pools);
    copy.snapshot_ = std::move(snapshot);
    copy.profile_ = std::move(image.profile);
    return copy;
}

tl::expected<void, std::string> MarketCopy::apply(const MarketDelta& delta) {
    auto next = std::make_shared<amm::MarketSnapshot>(*snapshot_);
    next->clock = delta.clock;
    next->blockHeight = delta.blockHeight;
    std::set<domain::Pubkey> changed;
    for (const execution::AccountWrite& write : delta.accounts) {
        const auto pool = accounts_.find(write.pool);
        const auto account = pool == accounts_.end() ? amm::AccountSet::iterator{}
                                                     : pool->second.find(write.address);
        if (pool == accounts_.end() || account == pool->second.end()) {
            return tl::unexpected("the account " + domain::toBase58(write.address) +
                                  " is not one of this market");
        }
        account->second = write.account;
        changed.insert(write.pool);
    }
    for (const domain::Pubkey& address : changed) {
        auto pool = decoded(address, accounts_.at(address));
        if (!pool) {
            return tl::unexpected(std::move(pool.error()));
        }
        next->pools[next->pairs->positionOf(address)] = std::move(*pool);
    }
    snapshot_ = std::move(next);
    return {};
}

}  // namespace oee::runtime
