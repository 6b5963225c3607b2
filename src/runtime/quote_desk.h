#pragma once
// Answers what a route would bring on the newest market, for whoever asks.

#include <memory>
#include <mutex>
#include <optional>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/network_profile.h"
#include "execution/planner.h"

namespace oee::runtime {

// A planner with the network of the market that it planned on last; the next market's is made from
// it. One thread's.
class MarketPlanner {
  public:
    explicit MarketPlanner(const chain::NetworkProfile& profile) : profile_(&profile) {}

    execution::OrderPlanner& on(const amm::MarketSnapshotPtr& market) {
        if (!network_) {
            network_ = std::make_unique<routing::Network>(market);
            planner_.emplace(*network_, *profile_);
        } else if (market != market_) {
            network_->update(market);
        }
        market_ = market;
        return *planner_;
    }

  private:
    const chain::NetworkProfile* profile_;
    amm::MarketSnapshotPtr market_;
    std::unique_ptr<routing::Network> network_;
    std::optional<execution::OrderPlanner> planner_;
};

// Any thread's: they take turns.
class QuoteDesk {
  public:
    explicit QuoteDesk(const chain::NetworkProfile& profile) : planner_(profile) {}

    tl::expected<routing::Plan, routing::PlanFailure> route(const amm::MarketSnapshotPtr& market,
                                                            const execution::RouteQuery& query) {
        const std::lock_guard lock(mutex_);
        return planner_.on(market).route(query);
    }

  private:
    std::mutex mutex_;
    MarketPlanner planner_;
};

}  // namespace oee::runtime
