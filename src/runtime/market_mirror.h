#pragma once
// One market on two machines: the engine's side says what changed, the worker's side follows.

#include <map>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/market_snapshot.h"
#include "runtime/market_codec.h"

namespace oee::runtime {

// Lives on one thread. Knows the accounts of a market as it was told last.
class MarketSource {
  public:
    // `accounts` are those of the pools of `market`, as they were at that market or before it.
    MarketSource(std::map<domain::Pubkey, amm::AccountSet> accounts, amm::MarketSnapshotPtr market,
                 const chain::NetworkProfile& profile);

    // What `market` is different in from the one before.
    MarketDelta advance(const amm::MarketSnapshotPtr& market);
    // The market of the last advance().
    MarketImage image() const;
    const amm::MarketSnapshotPtr& market() const { return market_; }

  private:
    std::map<domain::Pubkey, amm::AccountSet> accounts_;
    amm::MarketSnapshotPtr market_;
    chain::NetworkProfile profile_;
    bool isEncoded_ = false;  // accounts_ are those of market_
};

// Lives on one thread; the snapshots are anybody's.
class MarketCopy {
  public:
    // The error is in words: which pool cannot be read, and why.
    static tl::expected<MarketCopy, std::string> from(MarketImage image);

    // Refused where an account or pool is not of this market, or cannot be read afterwards; then
    // the copy is worth nothing any more.
    tl::expected<void, std::string> apply(const MarketDelta& delta);
    const amm::MarketSnapshotPtr& snapshot() const { return snapshot_; }
    const chain::NetworkProfile& profile() const { return profile_; }

  private:
    std::map<domain::Pubkey, amm::AccountSet> accounts_;
    amm::MarketSnapshotPtr snapshot_;
    chain::NetworkProfile profile_;
};

}  // namespace oee::runtime
