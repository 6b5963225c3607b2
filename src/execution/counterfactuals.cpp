#include "execution/counterfactuals.h"

#include <algorithm>
#include <utility>

#include "chain/compute_units.h"
#include "chain/transaction_size.h"
#include "domain/venue.h"
#include "routing/planner.h"

namespace oee::execution {
namespace {

void quoteSinglePools(const domain::Receipt& receipt, const amm::MarketSnapshot& market,
                      domain::Counterfactuals& result) {
    for (const std::size_t position :
         market.pairs->poolsOf(receipt.inputMint, receipt.outputMint)) {
        const amm::Pool& pool = *market.pools[position];
        amm::SwapRequest request;
        request.direction = *pool.directionFrom(receipt.inputMint);
        request.amountRaw = receipt.amountInRaw;
        const auto swap = amm::quote(pool, request, market.clock);
        if (!swap) {
            continue;
        }
        auto& best = domain::venueOf(pool.program) == domain::Venue::raydium
                         ? result.bestRaydiumOutRaw
                         : result.bestMeteoraOutRaw;
        best = std::max(best.value_or(0), swap->amountOutRaw);
    }
}

}  // namespace

void OtherRoutes::update(amm::MarketSnapshotPtr market) {
    if (network_) {
        network_->update(std::move(market));
    } else {
        network_.emplace(std::move(market));
    }
}

domain::Counterfactuals OtherRoutes::of(const domain::Receipt& receipt) const {
    domain::Counterfactuals result;
    if (!network_) {
        return result;
    }
    quoteSinglePools(receipt, network_->market(), result);
    routing::PlanRequest request;
    request.inputMint = receipt.inputMint;
    request.outputMint = receipt.outputMint;
    request.amountRaw = receipt.amountInRaw;
    request.limits.maxTransactionBytes = chain::kMaxTransactionBytes;
    request.limits.maxComputeUnits = chain::kMaxComputeUnits;
    if (const auto plan = routing::Planner(*network_).plan(request)) {
        result.fullRouteOutRaw = plan->amountOutRaw;
    }
    return result;
}

}  // namespace oee::execution
