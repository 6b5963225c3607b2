#include "routing/planner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "routing/footprint.h"

namespace oee::routing {
namespace {

constexpr unsigned kMaxRetries = 8;       // with an edge less each
constexpr unsigned kMaxBranchRounds = 4;  // transfer fees: a share or the maximum
constexpr unsigned kMaxSplitRounds = 6;
constexpr double kMostOfAToken = 1.8e19;

Arc arcOf(const Edge& edge, std::uint32_t position, double expectedIn) {
    Arc arc;
    arc.from = edge.from;
    arc.to = edge.to;
    arc.pieces = edge.pieces;
    arc.edge = position;
    arc.transferIn = branchFor(edge.curve.transferFeeIn, expectedIn);
    arc.transferOut = branchFor(edge.curve.transferFeeOut, expectedIn * edge.bestMarginal());
    arc.best = edge.bestMarginal() * arc.transferIn.keep * arc.transferOut.keep;
    return arc;
}

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
    const auto edges = network_->edges();
    FlowProblem ends;
    ends.tokens = network_->tokenCount();
    ends.source = source_;
    ends.sink = sink_;
    distances_ = hopDistances(edges, usable_, ends);
    if (distances_.toSink[source_] != kUnreachable) {
        return request.amountRaw == 0 ? std::optional(RoutingError::amountTooSmall) : std::nullopt;
    }
    // Pools that are closed have no curve: is there a way with them?
    const bool anyDirect = !network_->edgesBetween(source_, sink_).empty();
    return anyDirect ? RoutingError::poolsDisabled : RoutingError::noPool;
}

void Planner::collectUsable() {
    const auto edges = network_->edges();
    const auto isNamed = [&](const std::vector<domain::Pubkey>& list, const Edge& edge) {
        const auto& address = network_->market().pools[edge.pool]->address;
        return std::find(list.begin(), list.end(), address) != list.end();
    };
    const auto isAllowed = [&](std::uint32_t position) {
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

FlowProblem Planner::wholeProblem() {
    hasCappedFees_ = false;
    FlowProblem problem;
    problem.tokens = network_->tokenCount();
    problem.source = source_;
    problem.sink = sink_;
    problem.amount = static_cast<double>(request_.amountRaw);
    problem.exactOut = request_.mode == RouteMode::exactOut;
    problem.arcs.reserve(usable_.size());
    for (const std::uint32_t position : usable_) {
        const Edge& edge = network_->edges()[position];
        const auto reached = [&](TokenIndex token) {
            return distances_.fromSource[token] != kUnreachable &&
                   distances_.toSink[token] != kUnreachable;
        };
        if (!edge.pieces.empty() && reached(edge.from) && reached(edge.to)) {
            problem.arcs.push_back(arcOf(edge, position, kMostOfAToken));
            const Arc& arc = problem.arcs.back();
            hasCappedFees_ |= arc.transferIn.fixed > 0 || arc.transferOut.fixed > 0;
        }
    }
    return problem;
}

// Sets each transfer fee's branch to what the flow says, and what is fixed of them as a drain.
// Whether anything is different now.
bool Planner::chooseBranches(FlowProblem& problem, const FlowSolution& solution) const {
    const TokenIndex token = problem.exactOut ? problem.sink : problem.source;
    const double value = problem.amount * solution.prices[token];
    std::vector<double> drain(problem.tokens, 0);
    bool changed = false;
    bool any = false;
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        Arc& arc = problem.arcs[i];
        if (arc.edge == kNoEdge) {
            continue;
        }
        const amm::Curve& curve = network_->edges()[arc.edge].curve;
        if (curve.transferFeeIn.basisPoints == 0 && curve.transferFeeOut.basisPoints == 0) {
            continue;
        }
        const ArcFlow& flow = solution.flows[i];
        const bool used = flow.in > 0;
        const double in = used ? flow.in : value / solution.prices[arc.from];
        const double out = used ? flow.out : value / solution.prices[arc.to];
        const TransferBranch branchIn = branchFor(curve.transferFeeIn, in);
        const TransferBranch branchOut = branchFor(curve.transferFeeOut, out);
        changed |= branchIn != arc.transferIn || branchOut != arc.transferOut;
        if (arc.best > 0) {
            arc.transferIn = branchIn;
            arc.transferOut = branchOut;
            arc.best = arc.pieces.front().marginal * branchIn.keep * branchOut.keep;
        }
        if (used) {
            drain[arc.from] += branchIn.fixed;
            drain[arc.to] += branchOut.fixed;
            any = true;
        }
    }
    if (any && drain != problem.drain) {
        problem.drain = std::move(drain);
        changed = true;
    }
    return changed;
}

Planner::Searched Planner::search(FlowProblem problem, std::span<const double> start) {
    Searched searched{std::move(problem), {}};
    searched.solution = solver_.solve(searched.problem, start);
    for (unsigned round = 0; round < kMaxBranchRounds; ++round) {
        if (!chooseBranches(searched.problem, searched.solution)) {
            break;
        }
        const std::vector<double> prices = searched.solution.prices;
        searched.solution = solver_.solve(searched.problem, prices);
    }
    return searched;
}

Planner::Searched Planner::searchWithinHops(const Searched& whole, std::uint32_t hops) {
    Searched limited = search(withinHops(whole.problem, distances_, hops));
    if (hops == 3) {
        std::vector<TokenIndex> split;
        for (unsigned round = 0; round < kMaxSplitRounds; ++round) {
            if (!splitForThreeHops(limited.problem, limited.solution, split)) {
                break;
            }
            std::vector<double> prices = limited.solution.prices;
            for (std::size_t i = 1; prices.size() < limited.problem.tokens; i += 2) {
                const std::size_t added = limited.problem.tokens - prices.size();
                prices.push_back(prices[split[split.size() - 2 * added]]);
            }
            limited = search(std::move(limited.problem), prices);
        }
        return limited;
    }
    // Longer paths: leave out the least arc in use that no path of the allowed length needs, until
    // the flow is short enough; three hops are always one answer.
    for (unsigned round = 0;
         round < kMaxRetries && needsMoreHops(limited.problem, limited.solution, hops); ++round) {
        Arc* least = nullptr;
        double leastValue = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < limited.problem.arcs.size(); ++i) {
            Arc& arc = limited.problem.arcs[i];
            const double value = limited.solution.flows[i].in * limited.solution.prices[arc.from];
            if (value > 0 && value < leastValue && arc.from != source_ && arc.to != sink_) {
                least = &arc;
                leastValue = value;
            }
        }
        if (least == nullptr) {
            break;
        }
        least->best = 0;
        limited = search(std::move(limited.problem));
    }
    return limited;
}

// Best of the pair's pools by itself.
Planner::Candidate Planner::bestSingle() {
    Candidate best;
    for (const std::uint32_t position : network_->edgesBetween(source_, sink_)) {
        // Without a curve the bound would not hold for it.
        const bool hasCurve = !network_->edges()[position].pieces.empty();
        if (hasCurve && std::binary_search(usable_.begin(), usable_.end(), position)) {
            const Candidate candidate = singleOn(position);
            if (candidate.isPlan() && isBetter(candidate, best)) {
                best = candidate;
            }
        }
    }
    return best;
}

Planner::Candidate Planner::singleOn(std::uint32_t position) const {
    const Edge& edge = network_->edges()[position];
    const amm::Pool& pool = *network_->market().pools[edge.pool];
    const auto& clock = network_->market().clock;
    amm::SwapRequest request;
    request.direction = edge.direction;
    request.amountRaw = request_.amountRaw;
    Candidate candidate;
    if (request_.mode == RouteMode::exactOut) {
        request.mode = amm::SwapMode::exactOut;
        const auto wanted = amm::quote(pool, request, clock);
        if (!wanted) {
            return candidate;
        }
        // As an exact input it may bring a unit more, and then that is what the leg brings.
        request.mode = amm::SwapMode::exactIn;
        request.amountRaw = wanted->amountInRaw;
    }
    const auto quoted = amm::quote(pool, request, clock);
    if (quoted && quoted->amountOutRaw > 0 &&
        (request_.mode == RouteMode::exactIn || quoted->amountOutRaw >= request_.amountRaw)) {
        candidate.legs.push_back({position, *quoted});
        candidate.amountInRaw = quoted->amountInRaw;
        candidate.amountOutRaw = quoted->amountOutRaw;
    }
    return candidate;
}

// The flow's legs; pools that refuse are left out and the rest searched again.
Planner::Candidate Planner::realize(Searched& searched) {
    for (unsigned round = 0; round < kMaxRetries; ++round) {
        RealizeFailure failure;
        if (request_.mode == RouteMode::exactOut) {
            if (auto candidate = realizeExactOut(searched, failure)) {
                return *std::move(candidate);
            }
        } else {
            auto realized =
                realizer_.realize(searched.problem, searched.solution, request_.amountRaw);
            if (realized) {
                return {std::move(realized->legs), request_.amountRaw, realized->amountOutRaw};
            }
            failure = realized.error();
        }
        const auto arc = std::find_if(searched.problem.arcs.begin(), searched.problem.arcs.end(),
                                      [&](const Arc& a) { return a.edge == failure.edge; });
        if (failure.edge == kNoEdge || arc == searched.problem.arcs.end()) {
            break;
        }
        arc->best = 0;
        searched = search(std::move(searched.problem));
    }
    return {};
}

// The least input whose legs, in the flow's proportions, bring what is wanted.
std::optional<Planner::Candidate> Planner::realizeExactOut(const Searched& searched,
                                                           RealizeFailure& failure) {
    constexpr unsigned kMaxTries = 24;
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
    auto amount = static_cast<std::uint64_t>(std::ceil(std::max(input, 1.0)));
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
        const auto realized = realizer_.realize(searched.problem, searched.solution, amount);
        if (!realized) {
            failure = realized.error();
            return best;
        }
        const double excess =
            static_cast<double>(realized->amountOutRaw) - static_cast<double>(request_.amountRaw);
        if (excess >= 0) {
            best = Candidate{realized->legs, amount, realized->amountOutRaw};
        } else {
            tooLittle = amount;
        }
        const auto move = static_cast<std::uint64_t>(std::abs(excess) * inputPerOutput) + 1;
        if (!best) {
            amount += move;
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

double Planner::worth(const Candidate& candidate) const {
    const double cost =
        static_cast<double>(request_.legCostOutRaw) * static_cast<double>(candidate.legs.size());
    return request_.mode == RouteMode::exactIn
               ? static_cast<double>(candidate.amountOutRaw) - cost
               : -static_cast<double>(candidate.amountInRaw) - cost * inputPerOutput_;
}

// Exactly where legs cost nothing.
bool Planner::isBetter(const Candidate& candidate, const Candidate& than) const {
    if (!than.isPlan() || !candidate.isPlan()) {
        return candidate.isPlan();
    }
    if (request_.legCostOutRaw != 0) {
        return worth(candidate) > worth(than);
    }
    return request_.mode == RouteMode::exactIn ? candidate.amountOutRaw > than.amountOutRaw
                                               : candidate.amountInRaw < than.amountInRaw;
}

// In real numbers, so that a search can see small changes.
double Planner::realBound(std::span<const double> prices) const {
    CertificateRequest request;
    request.network = network_;
    request.edges = usable_;
    request.prices = prices.first(network_->tokenCount());
    request.input = source_;
    request.output = sink_;
    const auto amount = static_cast<double>(request_.amountRaw);
    return request_.mode == RouteMode::exactIn
               ? greatestOutput(request, amount, static_cast<double>(request_.legCostOutRaw))
               : leastInput(request, amount);
}

std::uint64_t Planner::boundOf(const Searched& searched) const {
    return wholeBound(realBound(searched.solution.prices));
}

// Amounts are whole: what is paid is at most the floor, what is needed at least the ceiling.
std::uint64_t Planner::wholeBound(double bound) const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    if (!(bound < kMostOfAToken)) {
        return exactIn ? std::numeric_limits<std::uint64_t>::max() : 0;
    }
    return static_cast<std::uint64_t>(exactIn ? std::max(bound, 0.0) : std::ceil(bound));
}

// Costs that do not grow with the amount (legs' cost, capped transfer fees) are not in the prices
// of the search. The bound is convex in each price by itself: golden sections find better ones.
void Planner::tightenBound(std::vector<double> prices) {
    constexpr double kGolden = 0.618'033'988'749'895;
    constexpr double kReach = 1.5;  // of the logarithm of a price
    constexpr unsigned kSections = 40;
    constexpr unsigned kSweeps = 3;
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const TokenIndex fixed = exactIn ? sink_ : source_;
    std::vector<TokenIndex> tokens{exactIn ? source_ : sink_};
    for (const RealizedLeg& leg : best_.legs) {
        const TokenIndex token = network_->edges()[leg.edge].from;
        if (token != fixed && std::find(tokens.begin(), tokens.end(), token) == tokens.end()) {
            tokens.push_back(token);
        }
    }
    for (unsigned sweep = 0; sweep < kSweeps; ++sweep) {
        for (const TokenIndex token : tokens) {
            const double centre = prices[token];
            const auto badness = [&](double shift) {
                prices[token] = centre * std::exp(shift);
                const double bound = realBound(prices);
                return exactIn ? bound : -bound;
            };
            double low = -kReach;
            double high = kReach;
            for (unsigned section = 0; section < kSections; ++section) {
                const double left = high - kGolden * (high - low);
                const double right = low + kGolden * (high - low);
                (badness(left) < badness(right) ? high : low) =
                    badness(left) < badness(right) ? right : left;
            }
            const double shift = (low + high) / 2;
            if (!(badness(shift) < badness(0))) {
                prices[token] = centre;
            } else {
                prices[token] = centre * std::exp(shift);
            }
        }
        const std::uint64_t bound = wholeBound(realBound(prices));
        bound_ = exactIn ? std::min(bound_, bound) : std::max(bound_, bound);
        if (tokens.size() == 1) {
            return;
        }
    }
}

// Whether roundings take more than a part in a million: fewer legs may then bring more.
bool Planner::isLoose() const {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const std::uint64_t good = exactIn ? bound_ : best_.amountInRaw;
    const std::uint64_t cost = request_.legCostOutRaw * best_.legs.size();
    const std::uint64_t net = best_.amountOutRaw - std::min(best_.amountOutRaw, cost);
    const std::uint64_t bad = exactIn ? net : bound_;
    return good > bad && good - bad > good / 1'000'000;
}

// Offers flows of short paths: as long as asked, then exactly within three hops, then the pair's
// own pools. The first that keeps its hops is what may be trimmed further.
Planner::Searched Planner::planWithinHops(const Searched& whole) {
    constexpr std::uint32_t kExactHops = 3;
    const std::uint32_t hops = request_.limits.maxHops;
    std::optional<Searched> first;
    for (std::uint32_t allowed = hops; allowed > 0;) {
        Searched limited = searchWithinHops(whole, allowed);
        const Candidate within = realize(limited);
        if (!needsMoreHops(limited.problem, limited.solution, allowed)) {
            offer(within);
            if (!first) {
                first = std::move(limited);
            }
        }
        allowed = allowed > kExactHops ? kExactHops : allowed > 1 ? 1 : 0;
    }
    return first ? *std::move(first) : whole;
}

// Offers what flows find: the best one whatever its paths, then within the hops, then with fewer
// legs.
void Planner::planFlows(const Searched& whole) {
    const std::uint32_t hops = request_.limits.maxHops;
    const bool isFull = request_.scope == RouteScope::full;
    Searched searched = whole;
    const Candidate candidate = realize(searched);
    if (isFull && needsMoreHops(whole.problem, whole.solution, hops)) {
        report_.hops = true;
        keepBetter(unlimited_, candidate);
    } else {
        offer(candidate);
        report_.hops = isFull && isLoose() && hasCircle(whole.problem, whole.solution);
    }
    if (report_.hops) {
        searched = planWithinHops(whole);
    }
    if (request_.legCostOutRaw != 0 || hasLegLimits() || isLoose()) {
        trim(std::move(searched));
    }
    if (isLoose() && (request_.legCostOutRaw != 0 || hasCappedFees_)) {
        tightenBound(whole.solution.prices);
    }
}

tl::expected<Plan, PlanFailure> Planner::plan(const PlanRequest& request) {
    if (const auto error = begin(request)) {
        return tl::make_unexpected(PlanFailure{*error, {}});
    }
    Searched whole = search(wholeProblem());
    inputPerOutput_ = whole.solution.prices[sink_] / whole.solution.prices[source_];
    bound_ = boundOf(whole);
    report_ = {};
    unlimited_ = {};
    best_ = {};
    offer(bestSingle());
    if (request.scope != RouteScope::single) {
        planFlows(whole);
    }
    if (!best_.isPlan()) {
        return tl::make_unexpected(failureFor(whole));
    }
    report_.hops = report_.hops && isLoose();
    if (isBetter(unlimited_, best_)) {
        const LimitReport broken = brokenLimits(unlimited_);
        report_.legs = broken.legs;
        report_.bytes = broken.bytes;
        report_.computeUnits = broken.computeUnits;
    }
    return finish();
}

}  // namespace oee::routing
