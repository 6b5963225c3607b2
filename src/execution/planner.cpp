#include "execution/planner.h"

#include <utility>

#include "domain/amount.h"
#include "execution/receipt.h"

namespace oee::execution {
namespace {

std::string describe(const routing::PoolQuote& quote, const domain::Order& order,
                     const amm::MarketSnapshot& market) {
    const domain::Token* output = market.tokens->find(order.outputMint);
    const unsigned decimals = output != nullptr ? output->decimals : 0;
    return std::string(domain::displayNameOf(quote.program)) + " " + domain::shortForm(quote.pool) +
           ", 1 leg, expects " + domain::formatAmount(quote.swap.amountOutRaw, decimals) + " " +
           market.tokens->symbolOf(order.outputMint);
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
        case routing::RoutingError::poolsDisabled:
            return {domain::FailureReason::poolDisabled, {}, {}};
    }
    return {domain::FailureReason::internal, {}, {}};
}

tl::expected<Plan, domain::OrderFailure> planOrder(const domain::Order& order,
                                                   const amm::MarketSnapshot& market,
                                                   const chain::NetworkProfile& profile) {
    const ProfileLegCosts costs(profile);
    const auto quote = routing::bestSinglePool(
        market, {order.inputMint, order.outputMint, order.amountInRaw}, costs);
    if (!quote) {
        return tl::unexpected(failureOf(quote.error()));
    }
    Plan plan;
    plan.quote = *quote;
    plan.summary.pool = quote->pool;
    plan.summary.program = quote->program;
    plan.summary.legs = 1;
    plan.summary.expectedOutRaw = quote->swap.amountOutRaw;
    plan.summary.minAmountOutRaw = domain::minimumOut(quote->swap.amountOutRaw, order.slippageBps);
    plan.detail = describe(*quote, order, market);
    return plan;
}

domain::Transaction buildTransaction(const domain::Order& order, const Plan& plan,
                                     const amm::MarketSnapshot& market,
                                     const chain::NetworkProfile& profile,
                                     const BuildContext& context) {
    const chain::SendKey key{context.seed, order.id, order.attempt};
    domain::Transaction transaction;
    transaction.orderId = order.id;
    transaction.attempt = order.attempt;
    transaction.fence = order.fence;
    transaction.signature = chain::makeSignature(key);
    transaction.legs.push_back({plan.quote.pool, plan.quote.program, order.inputMint,
                                order.outputMint, order.amountInRaw});
    transaction.expectedOutRaw = plan.summary.expectedOutRaw;
    transaction.minAmountOutRaw = plan.summary.minAmountOutRaw;
    transaction.computeUnitLimit = chain::computeUnitsOf(plan.quote.program);
    transaction.computeUnitPriceMicroLamports = profile.computeUnitPriceMicroLamports;
    transaction.tipLamports = profile.tipLamports;
    transaction.networkFeeLamports =
        chain::networkFeeLamports(profile, transaction.computeUnitLimit);
    transaction.snapshotSlot = market.clock.slot;
    transaction.decisionOutRaw =
        decisionValueOf(transaction.legs, {&plan.quote.swap.amountOutRaw, 1}, market);
    transaction.lastValidBlockHeight = market.blockHeight + profile.blockhashLifeBlocks;
    transaction.sentAtMicros = context.nowMicros;
    transaction.arrivesAtMicros = chain::arrivalTime(context.nowMicros, key, profile);
    return transaction;
}

}  // namespace oee::execution
