#include "execution/planner.h"

#include <algorithm>
#include <utility>

#include "amm/swap_footprint.h"
#include "domain/amount.h"
#include "domain/token.h"
#include "execution/receipt.h"

namespace oee::execution {
namespace {

// A further swap's compute units, for its price in the search: an instruction's default.
constexpr std::uint32_t kLegComputeUnits = chain::kInstructionComputeUnits;
// Ticks or bins that the price may move on until the transaction lands.
constexpr std::uint32_t kSpareCrossings = 4;

std::string inOneLine(const routing::Plan& route, const domain::TokenRegistry& tokens) {
    const domain::Token* output = tokens.find(route.outputMint);
    const unsigned decimals = output != nullptr ? output->decimals : 0;
    std::string text;
    for (const routing::PlanPath& path : route.paths) {
        text += text.empty() ? "" : "; ";
        if (route.paths.size() > 1) {
            // Shares are for people: whole percents.
            text += std::to_string(static_cast<int>(path.share * 100 + 0.5)) + " % ";
        }
        for (std::size_t i = 0; i < path.legs.size(); ++i) {
            const routing::PlanLeg& leg = route.legs[path.legs[i]];
            text += (i > 0 ? " > " : "") + std::string(domain::displayNameOf(leg.program)) + " " +
                    domain::shortForm(leg.pool);
        }
    }
    const std::size_t legs = route.legs.size();
    return text + ", " + std::to_string(legs) + (legs == 1 ? " leg" : " legs") + ", expects " +
           domain::formatAmount(route.amountOutRaw, decimals) + " " +
           tokens.symbolOf(route.outputMint) + ", gap " + std::to_string(route.gapPpb) + " ppb";
}

domain::PlanSummary summaryOf(const routing::Plan& route, const domain::Order& order) {
    domain::PlanSummary summary;
    for (const routing::PlanLeg& leg : route.legs) {
        summary.legs.push_back({leg.pool, leg.program, leg.inputMint, leg.outputMint,
                                leg.swap.amountInRaw, leg.swap.amountOutRaw});
    }
    summary.amountInRaw = route.amountInRaw;
    summary.expectedOutRaw = route.amountOutRaw;
    const TransactionLimits limits = limitsOf(order, route.amountOutRaw);
    summary.minAmountOutRaw = limits.minAmountOutRaw;
    summary.maxAmountInRaw = limits.maxAmountInRaw;
    summary.boundRaw = route.boundRaw;
    summary.gapPpb = route.gapPpb;
    return summary;
}

routing::PlanRequest askedBy(const RouteQuery& query) {
    routing::PlanRequest request;
    request.inputMint = query.inputMint;
    request.outputMint = query.outputMint;
    request.amountRaw = query.amountRaw;
    request.mode = query.mode;
    return request;
}

// Whether a token is sold before all of it has been bought, or comes back to an end.
bool goesInCircles(const routing::Plan& plan) {
    for (std::size_t i = 0; i < plan.legs.size(); ++i) {
        const routing::PlanLeg& leg = plan.legs[i];
        const bool sellsTooEarly = std::any_of(
            plan.legs.begin() + static_cast<std::ptrdiff_t>(i), plan.legs.end(),
            [&](const routing::PlanLeg& later) { return later.outputMint == leg.inputMint; });
        if (sellsTooEarly || leg.inputMint == plan.outputMint) {
            return true;
        }
    }
    return false;
}

std::uint32_t computeBudgetOf(const routing::Plan& route) {
    std::uint64_t units = 0;
    for (const routing::PlanLeg& leg : route.legs) {
        units += std::max(chain::plannedComputeUnits(leg.program),
                          amm::swapComputeUnits(leg.program, leg.swap.crossings + kSpareCrossings));
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(units, amm::kMaxComputeUnits));
}

}  // namespace

domain::OrderFailure failureOf(routing::RoutingError error) {
    switch (error) {
        case routing::RoutingError::noPool:
            return {domain::FailureReason::noPool, {}, {}};
        case routing::RoutingError::noLiquidity:
            return {domain::FailureReason::noLiquidity, {}, {}};
        case routing::RoutingError::amountTooSmall:
            return {domain::FailureReason::amountTooSmall, {}, {}};
        case routing::RoutingError::noPlanFits:
            return {domain::FailureReason::noPlanFits, {}, {}};
        case routing::RoutingError::poolsDisabled:
            return {domain::FailureReason::poolDisabled, {}, {}};
    }
    return {domain::FailureReason::internal, {}, {}};
}

RouteQuery queryOf(const domain::Order& order) {
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    return {.inputMint = order.inputMint,
            .outputMint = order.outputMint,
            .mode = order.mode,
            .amountRaw = exactIn ? order.amountInRaw : order.amountOutRaw,
            .slippageBps = order.slippageBps,
            .choice = order.route};
}

std::string describe(const routing::PlanFailure& failure, const RouteQuery& query,
                     const domain::TokenRegistry& tokens) {
    return routing::describe(failure, askedBy(query), tokens);
}

std::uint64_t OrderPlanner::legCostOutRaw(const domain::Pubkey& outputMint) {
    const amm::MarketSnapshot& market = network_->market();
    if (costsAt_ != market.clock) {
        costsAt_ = market.clock;
        legCosts_.clear();
    }
    const auto known = legCosts_.find(outputMint);
    if (known != legCosts_.end()) {
        return known->second;
    }
    const std::uint64_t lamports =
        chain::priorityFeeLamports(profile_->computeUnitPriceMicroLamports, kLegComputeUnits);
    const double price =
        outputMint == domain::solMint()
            ? 1.0
            : routing::referencePrice(market, domain::solMint(), outputMint).value_or(0);
    // A cost beyond 2^63 would forbid every plan; no real one comes near it.
    const double cost = std::min(static_cast<double>(lamports) * price, 9e18);
    return legCosts_[outputMint] = static_cast<std::uint64_t>(cost);
}

tl::expected<routing::Plan, routing::PlanFailure> OrderPlanner::route(const RouteQuery& query) {
    routing::PlanRequest request = askedBy(query);
    request.scope = query.choice.scope;
    request.venue = query.choice.venue;
    request.excludedPools = query.choice.excludedPools;
    request.limits.maxHops = query.choice.maxHops;
    request.limits.maxLegs = query.choice.maxLegs;
    request.limits.maxTransactionBytes = amm::kMaxTransactionBytes;
    request.limits.maxComputeUnits = amm::kMaxComputeUnits;
    request.legCostOutRaw = legCostOutRaw(query.outputMint);
    request.slippageBps = query.slippageBps;
    request.effort = routing::PlanEffort::quick;
    auto plan = planner_.plan(request);
    if (plan && query.mode == domain::RouteMode::exactOut && goesInCircles(*plan)) {
        // What such a route has to spend cannot be told backwards on landing.
        request.scope = domain::RouteScope::split;
        plan = planner_.plan(request);
    }
    return plan;
}

tl::expected<Plan, domain::OrderFailure> OrderPlanner::plan(const domain::Order& order) {
    auto route = this->route(queryOf(order));
    if (!route) {
        return tl::unexpected(failureOf(route.error().error));
    }
    if (route->amountInRaw > order.amountInRaw) {
        return tl::unexpected(domain::OrderFailure{domain::FailureReason::maximumExceeded, {}, {}});
    }
    Plan plan;
    plan.summary = summaryOf(*route, order);
    plan.detail = inOneLine(*route, *network_->market().tokens);
    plan.route = std::move(*route);
    return plan;
}

TransactionLimits limitsOf(const domain::Order& order, std::uint64_t expectedOutRaw) {
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    return {.minAmountOutRaw = exactIn ? domain::minimumOut(expectedOutRaw, order.slippageBps)
                                       : order.amountOutRaw,
            .maxAmountInRaw = order.amountInRaw};
}

PlannedTerms termsOf(const Plan& plan, const amm::MarketSnapshot& market,
                     const chain::NetworkProfile& profile) {
    return {.summary = plan.summary,
            .snapshotSlot = market.clock.slot,
            .computeUnitLimit = computeBudgetOf(plan.route),
            .decisionOutRaw = decisionValueOf(plan.summary.legs, market),
            .lastValidBlockHeight = market.blockHeight + profile.blockhashLifeBlocks};
}

domain::Transaction transactionOf(const domain::Order& order, const PlannedTerms& terms,
                                  const chain::NetworkProfile& profile,
                                  const BuildContext& context) {
    const chain::SendKey key{context.seed, order.id, order.attempt};
    domain::Transaction transaction;
    transaction.orderId = order.id;
    transaction.attempt = order.attempt;
    transaction.fence = order.fence;
    transaction.signature = chain::makeSignature(key);
    transaction.mode = order.mode;
    transaction.legs = terms.summary.legs;
    transaction.expectedOutRaw = terms.summary.expectedOutRaw;
    transaction.minAmountOutRaw = terms.summary.minAmountOutRaw;
    transaction.maxAmountInRaw = terms.summary.maxAmountInRaw;
    transaction.computeUnitLimit = terms.computeUnitLimit;
    transaction.computeUnitPriceMicroLamports = profile.computeUnitPriceMicroLamports;
    transaction.tipLamports = profile.tipLamports;
    transaction.networkFeeLamports = chain::networkFeeLamports(profile, terms.computeUnitLimit);
    transaction.snapshotSlot = terms.snapshotSlot;
    transaction.decisionOutRaw = terms.decisionOutRaw;
    transaction.lastValidBlockHeight = terms.lastValidBlockHeight;
    transaction.sentAtMicros = context.nowMicros;
    transaction.arrivesAtMicros = chain::arrivalTime(context.nowMicros, key, profile);
    return transaction;
}

domain::Transaction buildTransaction(const domain::Order& order, const Plan& plan,
                                     const amm::MarketSnapshot& market,
                                     const chain::NetworkProfile& profile,
                                     const BuildContext& context) {
    return transactionOf(order, termsOf(plan, market, profile), profile, context);
}

}  // namespace oee::execution
