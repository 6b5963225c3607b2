#pragma once
// Finds the plan that pays most, and proves how good it is.

#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "routing/certificate.h"
#include "routing/fee_units.h"
#include "routing/flow.h"
#include "routing/hop_limit.h"
#include "routing/network.h"
#include "routing/plan.h"
#include "routing/polish.h"
#include "routing/realize.h"

namespace oee::routing {

// One thread's planner on a network that outlives it; keeps its working memory between plans.
class Planner {
  public:
    explicit Planner(const Network& network)
        : network_(&network), realizer_(network), polisher_(network) {}

    // The plan of the request's scope that brings most after its legs' cost (exactOut: costs least)
    // and keeps the limits. Never worse than the best single pool.
    tl::expected<Plan, PlanFailure> plan(const PlanRequest& request);

  private:
    // Up to here flows within a number of hops are found exactly, and their bound with them.
    static constexpr std::uint32_t kExactHops = 3;

    // A way to execute the request.
    struct Candidate {
        std::vector<RealizedLeg> legs;
        std::uint64_t amountInRaw = 0;
        std::uint64_t amountOutRaw = 0;
        bool isPlan() const { return !legs.empty(); }
    };
    // A flow that was searched for: the graph it runs on, and the prices and amounts found.
    struct Searched {
        FlowProblem problem;
        FlowSolution solution;
    };

    Candidate planWithoutCost(const PlanRequest& request);
    std::optional<RoutingError> begin(const PlanRequest& request);
    void collectUsable();
    bool isConnected();
    bool isBetweenEnds(TokenIndex token) const;
    FlowProblem emptyProblem() const;
    FlowProblem wholeProblem();
    FlowProblem pairProblem() const;
    bool chooseBranches(FlowProblem& problem, const FlowSolution& solution) const;
    Searched search(FlowProblem problem, std::span<const double> start = {},
                    SearchEffort effort = SearchEffort::usual);
    Searched searchWithinHops(const Searched& whole, std::uint32_t hops);
    Searched planWithinHops(const Searched& whole);
    void planPair(const Searched& whole);
    Searched planFlows(Searched whole);
    void refine(Searched searched);

    // A pool of the pair, by what its curve promises for the whole amount.
    struct Promise {
        double worth = 0;
        std::uint32_t edge = 0;
    };
    void offerSingles();
    std::uint64_t boundOfSingles() const;
    Candidate singleOn(std::uint32_t position) const;
    Candidate realize(Searched& searched);
    Candidate polished(Candidate candidate, const Searched& searched);
    bool leaveRoom(Searched& searched) const;
    std::optional<Candidate> legsFor(const Searched& searched, std::uint64_t amountRaw,
                                     RealizeFailure& failure);
    std::optional<Candidate> realizeExactOut(const Searched& searched, RealizeFailure& failure);

    TokenIndex fixedToken() const;
    double legCost() const;
    double worth(const Candidate& candidate) const;
    bool isBetter(const Candidate& candidate, const Candidate& than) const;
    void keepBetter(Candidate& best, const Candidate& candidate) const;
    void offer(const Candidate& candidate);
    bool hasLegLimits() const;
    bool isLoose(std::uint64_t bound) const;
    double inputUnitsWorth(const Candidate& candidate) const;
    bool isRough() const;
    bool isRough(std::uint64_t bound) const;
    bool limitsBind() const;
    bool keepsLegLimits() const;
    bool isCloseEnough() const;
    // Prices of the two ends.
    struct Ends {
        double source = 0;
        double sink = 0;
    };
    // Whether plans may be over the pair's own pools alone, or use them beside others only.
    enum class DirectLegs { among, beside };
    std::vector<double> pricesAround(double marginal, std::span<const PricedEdge> open) const;
    double missing(const PricedEdge& priced, Ends prices) const;
    std::uint64_t boundWithEnds(std::span<const PricedEdge> edges, Ends prices,
                                DirectLegs direct) const;
    void keepBoundWithinHops(std::span<const PricedEdge> edges, Ends prices);
    void fixLegCost(double marginal);
    bool isProvedAround(double marginal);
    bool knowsWithinHops() const;
    bool dropUnearning(Searched& searched) const;
    bool isBestSingle();
    bool isBestSplit();
    bool isBestWithinHops();
    bool isProvedEarly();
    LimitReport brokenLimits(const Candidate& candidate) const;
    bool offerFlow(Searched& searched);
    void offerFitting(Searched searched);
    void offerWithinHops(const Candidate& candidate);
    bool needsMoreHops(const Candidate& candidate) const;
    bool dropLeast(Searched& searched);
    bool dropCheapest(Searched& searched);
    void trim(Searched searched);
    void searchWithinLegs(const FlowProblem& root);
    void enumerate(const Searched& pair);
    // A part of all plans: by arc of the root whether a leg is in all of them, in none, or either.
    enum class LegUse : std::uint8_t { open, required, excluded };
    struct Branch {
        std::vector<LegUse> legs;
        std::vector<double> prices;
        double bound = 0;              // of the worth
        double charge = 0;             // for each leg beyond its cost, where legs are limited
        std::uint32_t next = kNoEdge;  // the arc to decide on
    };
    // The root with the cost of each leg relaxed; by arc the input at which all of its leg is paid
    // for, and by the network's edge the arc.
    struct Relaxation {
        FlowProblem problem;
        std::vector<double> wholeAt;
        std::vector<std::uint32_t> arcOf;
    };
    static constexpr double kDecided = 0.49;  // a part of a leg this far from one half
    void branchAndBound(const FlowProblem& root);
    void relax(const FlowProblem& root);
    double realWorth(const Searched& searched) const;
    double bestWorth() const;
    std::vector<PricedEdge> edgesOf(const Branch& branch) const;
    void takePrices(Branch& branch, const FlowProblem& problem, const FlowSolution& solution,
                    std::span<PricedEdge> edges) const;
    std::vector<double> relaxedParts(Branch& branch, const FlowProblem& root);
    std::vector<double> limitedParts(Branch& branch, const FlowProblem& root);
    void evaluate(Branch& branch, const FlowProblem& root);
    std::uint32_t mostDoubtful(const Branch& branch) const;
    double gapAllowed() const;
    bool cannotBeFarAhead(const Branch& branch) const;
    double boundOn(std::span<PricedEdge> edges, std::span<const double> prices) const;
    // All plans in which some pools' fees are in ranges of whole units.
    struct UnitBranch {
        struct Fee {
            std::uint32_t edge = kNoEdge;
            FeeUnits units;
            std::shared_ptr<const ChargedCurve> charged;
        };
        std::vector<Fee> fees;
        std::uint64_t bound = 0;
        Fee next;
    };
    // Between two tokens that all has to pass.
    struct Stretch {
        TokenIndex from = 0;
        TokenIndex to = 0;
        std::vector<std::uint32_t> edges;
    };
    std::vector<bool> reachedWithout(TokenIndex avoided) const;
    std::vector<Stretch> stretches() const;
    void dropBlindAlleys(Stretch& stretch) const;
    std::uint32_t onlyEdge(const Stretch& stretch) const;
    std::optional<amm::SwapResult> quoteOn(std::uint32_t position, std::uint64_t amountRaw,
                                           amm::SwapMode mode) const;
    std::optional<std::uint64_t> leastInputOf(std::uint32_t position,
                                              std::uint64_t amountOutRaw) const;
    void boundInSeries(const Searched& whole);
    void evaluate(UnitBranch& branch, const Searched& root);
    void boundByUnits(const Searched& root);
    double distance(std::uint64_t bound) const;

    double realBound(std::span<const PricedEdge> edges, double inputPrice,
                     double outputPrice) const;
    std::vector<PricedEdge> openEdges() const;
    void openEdges(std::vector<PricedEdge>& edges) const;
    void price(std::span<PricedEdge> edges, std::span<const double> prices) const;
    double realBound(std::span<PricedEdge> edges, std::span<const double> prices) const;
    std::vector<double> pricesOf(const Searched& searched) const;
    void mend(std::span<PricedEdge> edges, std::vector<double>& prices) const;
    void tightenEach(std::span<PricedEdge> edges, std::vector<double>& prices,
                     std::span<const TokenIndex> tokens) const;
    double tighten(std::span<PricedEdge> edges, std::vector<double>& prices) const;
    std::vector<PricedEdge> pricedArcs(const Searched& limited) const;
    std::uint64_t boundWithin(const Searched& limited) const;
    std::uint64_t wholeBound(double bound) const;
    std::uint64_t boundOf(const Searched& searched);
    void tightenBound(std::vector<double> prices);
    void keepTighter(std::uint64_t bound) { keepTighter(bound, bound_); }
    void keepTighter(std::uint64_t bound, std::uint64_t& kept) const;
    PlanFailure failureFor(bool isTaken);
    bool works(std::uint64_t amountRaw);
    std::vector<PlanLeg> legsOf(const std::vector<RealizedLeg>& legs) const;
    Plan finish() const;

    const Network* network_;
    Realizer realizer_;
    Polisher polisher_;
    FlowSolver solver_;
    PlanRequest request_;
    TokenIndex source_ = 0;
    TokenIndex sink_ = 0;
    std::vector<std::uint32_t> usable_;  // edges that the request allows, ascending
    std::vector<Promise> singles_;
    HopDistances distances_;
    bool hasCappedFees_ = false;
    bool polishes_ = false;              // what is realized
    std::size_t quotesLeft_ = 0;         // to do so
    std::vector<PricedEdge> open_;       // working memory
    std::vector<double> startPrices_;    // for the flow, where they are known
    std::vector<double> wholePrices_;    // of the flow on all of them
    double inputPerOutput_ = 0;          // at the margin of the whole amount; 0 on `single`
    std::uint64_t bound_ = 0;            // legs' cost inside
    std::uint64_t boundWithinHops_ = 0;  // 0: not known
    std::uint64_t directBound_ = 0;      // of plans over the pair's own pools alone
    Candidate best_;                     // within the limits
    Candidate unlimited_;                // the best found, whatever the limits
    LimitReport report_;
    Relaxation relaxed_;      // while branching
    double legCharge_ = 0;    // for each leg beyond its cost, where legs are limited
    double legsAllowed_ = 0;  // 0: any number
};

}  // namespace oee::routing
