#pragma once
// Answers what a route would bring on the newest market, for whoever asks.

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/network_profile.h"
#include "execution/planner.h"

namespace oee::runtime {

// The curves of the newest market that a planner asked for, computed once for all threads.
class SharedCurves {
  public:
    // Thread-safe; waits while another thread computes the same.
    void bring(routing::Network& own, const amm::MarketSnapshotPtr& market) {
        const std::lock_guard lock(mutex_);
        if (newest_ && &newest_->market() == market.get()) {
            own.follow(*newest_);
            return;
        }
        own.update(market);
        if (!newest_) {
            newest_ = std::make_unique<routing::Network>(own);
        } else if (newest_->market().clock.slot < market->clock.slot) {
            newest_->follow(own);
        }
    }

  private:
    std::mutex mutex_;
    std::unique_ptr<routing::Network> newest_;
};

// A planner with the network of the market that it planned on last; the next market's is made from
// it. One thread's.
class MarketPlanner {
  public:
    explicit MarketPlanner(const chain::NetworkProfile& profile,
                           std::shared_ptr<SharedCurves> curves = std::make_shared<SharedCurves>())
        : profile_(&profile), curves_(std::move(curves)) {}

    execution::OrderPlanner& on(const amm::MarketSnapshotPtr& market) {
        if (!network_) {
            network_ = std::make_unique<routing::Network>(market);
            planner_.emplace(*network_, *profile_);
        } else if (market != market_) {
            curves_->bring(*network_, market);
        }
        market_ = market;
        return *planner_;
    }

  private:
    const chain::NetworkProfile* profile_;
    std::shared_ptr<SharedCurves> curves_;
    amm::MarketSnapshotPtr market_;
    std::unique_ptr<routing::Network> network_;
    std::optional<execution::OrderPlanner> planner_;
};

// Any thread's: they take turns.
class QuoteDesk {
  public:
    explicit QuoteDesk(const chain::NetworkProfile& profile,
                       std::shared_ptr<SharedCurves> curves = std::make_shared<SharedCurves>())
        : planner_(profile, std::move(curves)) {}

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
