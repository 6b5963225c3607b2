#pragma once
// How other routes would have done.

#include <optional>

#include "amm/market_snapshot.h"
#include "domain/receipt.h"
#include "routing/network.h"

namespace oee::execution {

// The market as a slot found it, for all orders that landed in it. Keeps what the router knows of
// the market from slot to slot, where only a few pools change.
class OtherRoutes {
  public:
    // Of a market with the same pools as the one before.
    void update(amm::MarketSnapshotPtr market);

    // What the receipt's input would have brought from the best single pool of each venue, and by
    // the best plan that one transaction can hold (its network fee not looked at). Thread-safe
    // between updates.
    domain::Counterfactuals of(const domain::Receipt& receipt) const;

  private:
    std::optional<routing::Network> network_;
};

}  // namespace oee::execution
