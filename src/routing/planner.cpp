#include "routing/planner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/footprint.h"

namespace oee::routing {
namespace {

constexpr unsigned kMaxRetries = 8;  // with an edge less each
constexpr double kMostOfAToken = 1.8e19;

}  // namespace

std::optional<RoutingError> Planner::begin(const PlanRequest& request) {
    request_ = request;
    const auto source = network_->tokenOf(request.inputMint);
    const auto sink = network_->tokenOf(request.outputMint);
    if (!source || !sink || *source == *sink) {
        return RoutingError::noPool;
    }
    source_ = *source;
    sink_ = *sink;
    collectUsable();
    if (isConnected()) {
        return request.amountRaw == 0 ? std::optional(RoutingError::amountTooSmall) : std::nullopt;
    }
    // Pools that are closed have no curve: is there a way with them?
    const bool anyDirect = !network_->edgesBetween(source_, sink_).empty();
    return anyDirect ? RoutingError::poolsDisabled : RoutingError::noPool;
}

bool Planner::isConnected() {
    const auto edges = network_->edges();
    if (request_.scope != RouteScope::full) {
        return std::any_of(usable_.begin(), usable_.end(),
                           [&](std::uint32_t position) { return !edges[position].pieces.empty(); });
    }
    FlowProblem ends;
    ends.tokens = network_->tokenCount();
    ends.source = source_;
    ends.sink = sink_;
    distances_ = hopDistances(edges, usable_, ends);
    return distances_.toSink[source_] != kUnreachable;
}

void Planner::collectUsable() {
    const auto edges = network_->edges();
    const auto isNamed = [&](const std::vector<domain::Pubkey>& list, const Edge& edge) {
        const auto& address = network_->market().pools[edge.pool]->address;
        return std::find(list.begin(), list.end(), address) != list.end();
    };
    const bool takesAll =
        !request_.venue && request_.onlyPools.empty() && request_.excludedPools.empty();
    const auto isAllowed = [&](std::uint32_t position) {
        if (takesAll) {
            return true;
        }
        const Edge& edge = edges[position];
        const auto& pool = *network_->market().pools[edge.pool];
        return (!request_.venue || domain::venueOf(pool.program) == *request_.venue) &&
               (request_.onlyPools.empty() || isNamed(request_.onlyPools, edge)) &&
               (request_.excludedPools.empty() || !isNamed(request_.excludedPools, edge));
    };
    usable_.clear();
    if (request_.scope == RouteScope::full) {
        for (std::uint32_t position = 0; position < edges.size(); ++position) {
            if (isAllowed(position)) {
                usable_.push_back(position);
            }
        }
        return;
    }
    for (const std::uint32_t position : network_->edgesBetween(source_, sink_)) {
        if (isAllowed(position)) {
            usable_.push_back(position);
        }
    }
}

// Pools that run full: a little less of their last piece, so that what the legs before them round
// otherwise still fits. False where it is so already.
bool Planner::leaveRoom(Searched& searched) const {
    constexpr double kFull = 1 - 1e-6;
    constexpr double kRoom = 4e-7;  // of the capacity
    FlowProblem& problem = searched.problem;
    if (!problem.ownPieces.empty()) {
        return false;
    }
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        Arc& arc = problem.arcs[i];
        const double capacity = arc.edge == kNoEdge ? 0 : network_->edges()[arc.edge].capacityIn();
        if (capacity > 0 &&
            searched.solution.flows[i].in * arc.transferIn.keep > kFull * capacity) {
            auto pieces =
                std::make_shared<std::vector<CurvePiece>>(arc.pieces.begin(), arc.pieces.end());
            double& last = pieces->back().capacity;
            last = std::max(last / 2, last - kRoom * capacity);
            arc.pieces = *pieces;
            problem.ownPieces.push_back(std::move(pieces));
        }
    }
    return !problem.ownPieces.empty();
}

// The flow's legs; pools that refuse are left out and the rest searched again.
Planner::Candidate Planner::realize(Searched& searched) {
    for (unsigned round = 0; round < kMaxRetries; ++round) {
        RealizeFailure failure;
        auto candidate = request_.mode == RouteMode::exactIn
                             ? legsFor(searched, request_.amountRaw, failure)
                             : realizeExactOut(searched, failure);
        if (candidate) {
            return polishes_ ? polished(*std::move(candidate), searched) : *std::move(candidate);
        }
        if (failure.isFull && leaveRoom(searched)) {
            searched = search(std::move(searched.problem));
            continue;
        }
        const auto arc = std::find_if(searched.problem.arcs.begin(), searched.problem.arcs.end(),
                                      [&](const Arc& a) { return a.edge == failure.edge; });
        if (failure.edge == kNoEdge || arc == searched.problem.arcs.end()) {
            break;
        }
        // Without a flow there is nothing that one arc less would mend.
        if (!searched.solution.balanced) {
            break;
        }
        arc->best = 0;
        searched = search(std::move(searched.problem));
    }
    return {};
}

// The flow's legs for an input, or nothing and why.
std::optional<Planner::Candidate> Planner::legsFor(const Searched& searched,
                                                   std::uint64_t amountRaw,
                                                   RealizeFailure& failure) {
    auto realized = realizer_.realize(searched.problem, searched.solution, amountRaw);
    if (!realized) {
        failure = realized.error();
        return std::nullopt;
    }
    return Candidate{std::move(realized->legs), amountRaw, realized->amountOutRaw};
}

// The least input whose legs, in the flow's proportions, bring what is wanted.
std::optional<Planner::Candidate> Planner::realizeExactOut(const Searched& searched,
                                                           RealizeFailure& failure) {
    constexpr unsigned kMaxTries = 32;
    double input = 0;
    for (std::size_t i = 0; i < searched.problem.arcs.size(); ++i) {
        const Arc& arc = searched.problem.arcs[i];
        input += arc.from == source_ ? searched.solution.flows[i].in : 0;
        input -= arc.to == source_ ? searched.solution.flows[i].out : 0;
    }
    if (!(input < kMostOfAToken)) {
        return std::nullopt;
    }
    const double inputPerOutput = searched.solution.prices[sink_];
    std::optional<Candidate> best;
    std::uint64_t tooLittle = 0;  // greatest input known to bring less
    std::uint64_t leap = 0;
    auto amount = static_cast<std::uint64_t>(std::ceil(std::max(input, 1.0)));
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
        auto candidate = legsFor(searched, amount, failure);
        if (!candidate) {
            return best;
        }
        const double excess =
            static_cast<double>(candidate->amountOutRaw) - static_cast<double>(request_.amountRaw);
        if (excess >= 0) {
            best = std::move(candidate);
        } else {
            tooLittle = amount;
        }
        const auto move = static_cast<std::uint64_t>(std::abs(excess) * inputPerOutput) + 1;
        if (!best) {
            // What expensive units lose is not made up for by what is missing alone.
            leap = std::max(move, 2 * leap);
            amount += leap;
        } else if (best->amountInRaw - tooLittle <= 1) {
            break;
        } else {
            const std::uint64_t span = best->amountInRaw - tooLittle;
            amount = best->amountInRaw -
                     std::clamp<std::uint64_t>(tries % 3 == 2 || excess < 0 ? span / 2 : move, 1,
                                               span - 1);
        }
    }
    return best;
}

// What `split` would find, so that `full` is never worse.
void Planner::planPair(const Searched& whole) {
    Searched pair = searchWithinHops(whole, 1);
    if (pair.problem.arcs.empty()) {
        return;
    }
    offer(realize(pair));
    const std::uint64_t bound = boundWithin(pair);
    if (request_.legCostOutRaw != 0 || limitsBind()) {
        enumerate(pair);
    }
    if (request_.legCostOutRaw != 0 || limitsBind() || isLoose(bound)) {
        trim(std::move(pair));
    }
}

// Offers flows of short paths: as long as asked, then exactly within three hops, then the pair's
// own pools. The first that keeps its hops is what may be trimmed further.
Planner::Searched Planner::planWithinHops(const Searched& whole) {
    const std::uint32_t hops = request_.limits.maxHops;
    std::optional<Searched> first;
    for (std::uint32_t allowed = hops; allowed > 0;) {
        Searched limited = searchWithinHops(whole, allowed);
        if (allowed == hops && hops <= kExactHops) {
            boundWithinHops_ = boundWithin(limited);
        }
        const Candidate within = realize(limited);
        if (!routing::needsMoreHops(limited.problem, limited.solution, allowed)) {
            offer(within);
            if (!first) {
                first = std::move(limited);
            }
        }
        allowed = allowed > kExactHops ? kExactHops : allowed > 2 ? 2 : 0;
    }
    return first ? *std::move(first) : whole;
}

// Offers what flows find: the best one whatever its paths, then within the hops, then with fewer
// legs.
Planner::Searched Planner::planFlows(Searched whole) {
    const std::uint32_t hops = request_.limits.maxHops;
    const bool isFull = request_.scope == RouteScope::full;
    if (!isFull && request_.legCostOutRaw == 0 && !hasCappedFees_ && !hasLegLimits()) {
        offer(realize(whole));
        if (isLoose(bound_)) {
            trim(whole);
        }
        return whole;
    }
    Searched searched = whole;
    const Candidate candidate = realize(searched);
    if (isFull && routing::needsMoreHops(whole.problem, whole.solution, hops)) {
        report_.hops = true;
        keepBetter(unlimited_, candidate);
    } else {
        offer(candidate);
        report_.hops = isFull && isLoose(bound_) && hasCircle(whole.problem, whole.solution);
    }
    if (report_.hops) {
        searched = planWithinHops(whole);
    }
    if (isCloseEnough()) {
        return searched;
    }
    const bool knowsWithin = report_.hops && boundWithinHops_ != 0;
    const std::uint64_t bound = knowsWithin ? boundWithinHops_ : bound_;
    if (request_.legCostOutRaw != 0 || limitsBind() || isLoose(bound)) {
        trim(searched);
    }
    if (isFull) {
        planPair(whole);
    } else if (request_.legCostOutRaw != 0 || limitsBind()) {
        enumerate(whole);
    }
    if (request_.effort == PlanEffort::quick) {
        return searched;
    }
    if (isLoose(bound_) && !isCloseEnough() && hasCappedFees_) {
        tightenBound(whole.solution.prices);
    }
    if (request_.legCostOutRaw != 0 && best_.isPlan() && !isCloseEnough()) {
        branchAndBound(whole.problem);
    }
    if (!keepsLegLimits()) {
        searchWithinLegs(whole.problem);
    }
    return searched;
}

tl::expected<Plan, PlanFailure> Planner::plan(const PlanRequest& request) {
    const Candidate costless = planWithoutCost(request);
    if (const auto error = begin(request)) {
        return tl::make_unexpected(PlanFailure{*error, {}});
    }
    boundWithinHops_ = 0;
    report_ = {};
    unlimited_.legs.clear();
    best_.legs.clear();
    inputPerOutput_ = 0;
    startPrices_.clear();
    bool isTaken = true;
    std::optional<Searched> searched;
    if (request.scope == RouteScope::single) {
        bound_ = boundOfSingles();
    } else if (!isProvedEarly()) {
        Searched whole = search(wholeProblem(), startPrices_);
        inputPerOutput_ = whole.solution.prices[sink_] / whole.solution.prices[source_];
        wholePrices_ = whole.solution.prices;
        bound_ = boundOf(whole);
        if (request.scope == RouteScope::split && usable_.size() == 1) {
            // One pool: its curve says more than the hull of it.
            keepTighter(boundOfSingles());
        }
        isTaken = whole.solution.balanced;
        offer(costless);
        searched = planFlows(std::move(whole));
    }
    offer(costless);
    offerSingles();
    if (searched && request.effort == PlanEffort::thorough && isRough()) {
        refine(*std::move(searched));
    }
    if (request.scope != RouteScope::full && usable_.size() == 1 && best_.isPlan() &&
        request.mode == RouteMode::exactIn) {
        // One pool that takes the whole amount: there is no other plan.
        bound_ = best_.amountOutRaw - std::min(best_.amountOutRaw, request.legCostOutRaw);
    }
    if (!best_.isPlan()) {
        return tl::make_unexpected(failureFor(isTaken));
    }
    report_.hops = report_.hops && isLoose(bound_);
    if (isBetter(unlimited_, best_)) {
        const LimitReport broken = brokenLimits(unlimited_);
        report_.legs = broken.legs;
        report_.bytes = broken.bytes;
        report_.computeUnits = broken.computeUnits;
    }
    return finish();
}

}  // namespace oee::routing
