#pragma once
// From an order and a market snapshot to the one transaction that executes it.

#include <cstdint>
#include <map>
#include <string>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/chain.h"
#include "domain/order.h"
#include "domain/transaction.h"
#include "routing/network.h"
#include "routing/plan.h"
#include "routing/planner.h"
#include "routing/routing.h"

namespace oee::execution {

// Network cost of a leg under a profile: base fee and tip once, compute units by program.
class ProfileLegCosts final : public routing::LegCosts {
  public:
    explicit ProfileLegCosts(const chain::NetworkProfile& profile) : profile_(profile) {}
    std::uint64_t lamportsOf(domain::Program program) const override {
        return chain::networkFeeLamports(profile_, chain::plannedComputeUnits(program));
    }

  private:
    const chain::NetworkProfile& profile_;
};

domain::OrderFailure failureOf(routing::RoutingError error);

// What is to be routed; amountRaw is of the input, or of the output on exactOut.
struct RouteQuery {
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    domain::RouteMode mode = domain::RouteMode::exactIn;
    std::uint64_t amountRaw = 0;
    unsigned slippageBps = 0;
    domain::RouteChoice choice;
};
RouteQuery queryOf(const domain::Order& order);

// "12.5 SOL is more than the pools from SOL to USDC can take; 11.2 SOL works", for people.
std::string describe(const routing::PlanFailure& failure, const RouteQuery& query,
                     const domain::TokenRegistry& tokens);

// The route that was chosen, and why in words.
struct Plan {
    routing::Plan route;
    domain::PlanSummary summary;
    std::string detail;
};

// One thread's planner on a network that outlives it. Plans are for one transaction: its size and
// its compute budget limit them, and each further leg has to earn its priority fee.
class OrderPlanner {
  public:
    OrderPlanner(const routing::Network& network, const chain::NetworkProfile& profile)
        : network_(&network), profile_(&profile), planner_(network) {}

    tl::expected<routing::Plan, routing::PlanFailure> route(const RouteQuery& query);
    // An exactOut order that would cost more than it reserved fails with maximumExceeded.
    tl::expected<Plan, domain::OrderFailure> plan(const domain::Order& order);

  private:
    std::uint64_t legCostOutRaw(const domain::Pubkey& outputMint);

    const routing::Network* network_;
    const chain::NetworkProfile* profile_;
    routing::Planner planner_;
    amm::ChainClock costsAt_;
    std::map<domain::Pubkey, std::uint64_t> legCosts_;  // by output, at that time
};

// What a transaction may take and has to bring, where its plan expects so much.
struct TransactionLimits {
    std::uint64_t minAmountOutRaw = 0;
    std::uint64_t maxAmountInRaw = 0;

    friend bool operator==(const TransactionLimits&, const TransactionLimits&) = default;
};
TransactionLimits limitsOf(const domain::Order& order, std::uint64_t expectedOutRaw);

// What a plan decides of its transaction; the rest comes from the order, the network and the time.
struct PlannedTerms {
    domain::PlanSummary summary;
    std::uint64_t snapshotSlot = 0;  // of the market that it was made on
    std::uint32_t computeUnitLimit = 0;
    std::uint64_t decisionOutRaw = 0;
    std::uint64_t lastValidBlockHeight = 0;
};
// The compute budget is what the plan's crossings take and some more, since the market moves until
// it lands.
PlannedTerms termsOf(const Plan& plan, const amm::MarketSnapshot& market,
                     const chain::NetworkProfile& profile);

struct BuildContext {
    std::uint64_t seed = 0;
    base::UnixMicros nowMicros = 0;
};
domain::Transaction transactionOf(const domain::Order& order, const PlannedTerms& terms,
                                  const chain::NetworkProfile& profile,
                                  const BuildContext& context);
// Both in one.
domain::Transaction buildTransaction(const domain::Order& order, const Plan& plan,
                                     const amm::MarketSnapshot& market,
                                     const chain::NetworkProfile& profile,
                                     const BuildContext& context);

}  // namespace oee::execution
