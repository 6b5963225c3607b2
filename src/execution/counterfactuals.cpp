#include "execution/counterfactuals.h"

#include <algorithm>

#include "domain/venue.h"
#include "execution/planner.h"

namespace oee::execution {

domain::Counterfactuals counterfactualsOf(const domain::Order& order,
                                          const amm::MarketSnapshot& market,
                                          const chain::NetworkProfile& profile) {
    const routing::QuoteBoard board = routing::quoteAll(
        market, {order.inputMint, order.outputMint, order.amountInRaw}, ProfileLegCosts(profile));
    domain::Counterfactuals result;
    for (const routing::PoolQuote& quote : board.quotes) {
        auto& best = domain::venueOf(quote.program) == domain::Venue::raydium
                         ? result.bestRaydiumOutRaw
                         : result.bestMeteoraOutRaw;
        best = std::max(best.value_or(0), quote.swap.amountOutRaw);
    }
    if (const auto plan = planOrder(order, market, profile)) {
        result.fullRouteOutRaw = plan->summary.expectedOutRaw;
    }
    return result;
}

}  // namespace oee::execution
