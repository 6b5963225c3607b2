#include "execution/counterfactuals.h"

#include "domain/venue.h"

namespace oee::execution {
domain::Counterfactuals counterfactualsOf(const domain::Receipt& receipt, OrderPlanner& planner) {
    const auto outOf = [&](const domain::RouteChoice& choice) -> std::optional<std::uint64_t> {
        const RouteQuery query{receipt.inputMint,
                               receipt.outputMint,
                               domain::RouteMode::exactIn,
                               receipt.amountInRaw,
                               0,
                               choice};
        const auto plan = planner.route(query);
        return plan ? std::optional(plan->amountOutRaw) : std::nullopt;
    };
    domain::RouteChoice onePool;
    onePool.scope = domain::RouteScope::single;
    domain::Counterfactuals result;
    onePool.venue = domain::Venue::raydium;
    result.bestRaydiumOutRaw = outOf(onePool);
    onePool.venue = domain::Venue::meteora;
    result.bestMeteoraOutRaw = outOf(onePool);
    result.fullRouteOutRaw = outOf({});
    return result;
}

}  // namespace oee::execution
