// Why there is no plan, and which amount would have one.

#include <algorithm>
#include <limits>

#include "routing/planner.h"

namespace oee::routing {

// Whether another amount has a plan, limits aside.
bool Planner::works(std::uint64_t amountRaw) {
    request_.amountRaw = amountRaw;
    const auto direct = network_->edgesBetween(source_, sink_);
    if (std::any_of(direct.begin(), direct.end(), [&](std::uint32_t position) {
            return !network_->edges()[position].pieces.empty() &&
                   std::binary_search(usable_.begin(), usable_.end(), position) &&
                   singleOn(position).isPlan();
        })) {
        return true;
    }
    if (request_.scope == RouteScope::single) {
        return false;
    }
    Searched searched = search(wholeProblem());
    return searched.solution.balanced && realize(searched).isPlan();
}

PlanFailure Planner::failureFor(bool isTaken) {
    if (unlimited_.isPlan()) {
        return {RoutingError::noPlanFits, {}};
    }
    const std::uint64_t asked = request_.amountRaw;
    PlanFailure failure;
    // Too little pays nothing, too much is more than there is: look both ways by doubling, then by
    // halving the step between what works and what does not.
    const auto between = [&](std::uint64_t good, std::uint64_t bad) {
        while ((good > bad ? good - bad : bad - good) > good / 1'000 + 1) {
            const std::uint64_t middle = good / 2 + bad / 2 + (good & bad & 1);
            (works(middle) ? good : bad) = middle;
        }
        return good;
    };
    failure.error = isTaken ? RoutingError::amountTooSmall : RoutingError::noLiquidity;
    for (unsigned shift = 1; shift < 64; ++shift) {
        const bool fits = asked <= std::numeric_limits<std::uint64_t>::max() >> shift;
        if (fits && works(asked << shift)) {
            failure.error = RoutingError::amountTooSmall;
            failure.workingAmountRaw = between(asked << shift, asked << (shift - 1));
            break;
        }
        if (asked >> shift != 0 && works(asked >> shift)) {
            failure.error = RoutingError::noLiquidity;
            failure.workingAmountRaw = between(asked >> shift, asked >> (shift - 1));
            break;
        }
    }
    request_.amountRaw = asked;
    return failure;
}

}  // namespace oee::routing
