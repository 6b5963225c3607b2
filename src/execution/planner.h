#pragma once
// From an order and a market snapshot to the one transaction that executes it.

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/chain.h"
#include "domain/order.h"
#include "domain/transaction.h"
#include "routing/routing.h"

namespace oee::execution {

// Network cost of a leg under a profile: base fee and tip once, compute units by program.
class ProfileLegCosts final : public routing::LegCosts {
  public:
    explicit ProfileLegCosts(const chain::NetworkProfile& profile) : profile_(profile) {}
    std::uint64_t lamportsOf(domain::Program program) const override {
        return chain::networkFeeLamports(profile_, chain::computeUnitsOf(program));
    }

  private:
    const chain::NetworkProfile& profile_;
};

domain::OrderFailure failureOf(routing::RoutingError error);

// The route that was chosen, and why in words.
struct Plan {
    routing::PoolQuote quote;
    domain::PlanSummary summary;
    std::string detail;
};

tl::expected<Plan, domain::OrderFailure> planOrder(const domain::Order& order,
                                                   const amm::MarketSnapshot& market,
                                                   const chain::NetworkProfile& profile);

struct BuildContext {
    std::uint64_t seed = 0;
    base::UnixMicros nowMicros = 0;
};
domain::Transaction buildTransaction(const domain::Order& order, const Plan& plan,
                                     const amm::MarketSnapshot& market,
                                     const chain::NetworkProfile& profile,
                                     const BuildContext& context);

}  // namespace oee::execution
