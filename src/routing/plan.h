#pragma once
// A route: what was asked, what was planned, how good it is, and why there is none.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "amm/error.h"
#include "amm/swap.h"
#include "domain/pubkey.h"
#include "domain/route.h"
#include "domain/token.h"
#include "domain/venue.h"
#include "routing/routing.h"

namespace oee::routing {

using domain::RouteMode;
using domain::RouteScope;

// What a plan has to fit into; nothing: unlimited.
struct PlanLimits {
    std::uint32_t maxHops = 3;  // of any path; `full` only
    std::optional<std::uint32_t> maxLegs;
    std::optional<std::uint32_t> maxTransactionBytes;
    std::optional<std::uint32_t> maxComputeUnits;

    friend bool operator==(const PlanLimits&, const PlanLimits&) = default;
};

struct PlanRequest {
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountRaw = 0;  // of the input, or of the output on exactOut
    RouteMode mode = RouteMode::exactIn;
    RouteScope scope = RouteScope::full;
    std::optional<domain::Venue> venue;         // that one only
    std::vector<domain::Pubkey> onlyPools;      // empty: all
    std::vector<domain::Pubkey> excludedPools;  // of these
    PlanLimits limits;
    std::uint64_t legCostOutRaw = 0;  // what each leg costs on the network, in the output token
    unsigned slippageBps = 0;
};

// Executed one after another in this order.
struct PlanLeg {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    amm::SwapResult swap;
    // Output for one more input at the margin, net of the pool's fees; for display.
    double priceBefore = 0;
    double priceAfter = 0;
};

// A way that a part of the amount takes; the legs that paths share are listed in each.
struct PlanPath {
    std::vector<std::uint32_t> legs;  // positions in Plan::legs
    double share = 0;                 // of the input
};

struct PlanFee {
    domain::Pubkey mint;
    std::uint64_t poolFeesRaw = 0;
    std::uint64_t transferFeesRaw = 0;
};

// Which limits keep the plan from being the best one without limits.
struct LimitReport {
    bool hops = false;
    bool legs = false;
    bool bytes = false;
    bool computeUnits = false;
    // What the best plan found without limits would bring (exactOut: cost); the plan's own amount
    // where no limit binds.
    std::uint64_t unlimitedRaw = 0;

    bool any() const { return hops || legs || bytes || computeUnits; }
};

struct Plan {
    RouteMode mode = RouteMode::exactIn;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::vector<PlanLeg> legs;
    std::vector<PlanPath> paths;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t minimumOutRaw = 0;  // at the slippage; exactOut: what was asked
    std::uint64_t maximumInRaw = 0;   // exactOut: at the slippage; exactIn: the amount
    // No plan of the scope beats it, whatever its hops and legs. exactIn: most output, after the
    // legs' cost where legs cost something (as netOutRaw). exactOut: least input; where legs cost
    // something, of a plan with as many legs as this one: with more it may be less, but by less
    // than they cost at the price of the order's last unit.
    std::uint64_t boundRaw = 0;
    // From the plan to the bound, of the bound (exactOut: of the amount in); rounded up.
    std::uint64_t gapPpb = 0;
    // Where the hop limit binds, the like for plans within it (paths that pass neither end twice),
    // legs unlimited; known for up to three hops.
    std::optional<std::uint64_t> boundWithinHopsRaw;
    std::optional<std::uint64_t> gapWithinHopsPpb;
    double priceImpactBps = 0;
    std::vector<PlanFee> fees;
    std::uint64_t networkCostOutRaw = 0;
    std::uint64_t netOutRaw = 0;  // amountOutRaw less network cost
    std::uint32_t transactionBytes = 0;
    std::uint32_t computeUnits = 0;
    LimitReport limits;
    std::uint64_t slot = 0;
    std::uint64_t tookMicros = 0;  // filled in by who measured it
};

struct PlanFailure {
    RoutingError error = RoutingError::noPool;
    // The nearest amount that would work (of what amountRaw counts), where there is one.
    std::optional<std::uint64_t> workingAmountRaw;
};

// The plan as a tree for logs: the result, then paths, then their legs.
std::string describe(const Plan& plan, const domain::TokenRegistry& tokens);
// "12.5 SOL is more than the pools of the pair can take; 11.2 SOL works", for people.
std::string describe(const PlanFailure& failure, const PlanRequest& request,
                     const domain::TokenRegistry& tokens);

}  // namespace oee::routing
