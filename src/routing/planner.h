#pragma once
// Finds the plan that pays most, and proves how good it is.

#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "routing/certificate.h"
#include "routing/flow.h"
#include "routing/hop_limit.h"
#include "routing/network.h"
#include "routing/plan.h"
#include "routing/realize.h"

namespace oee::routing {

// One thread's planner on a network that outlives it; keeps its working memory between plans.
class Planner {
  public:
    explicit Planner(const Network& network) : network_(&network), realizer_(network) {}

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
    bool leaveRoom(Searched& searched) const;
    std::optional<Candidate> legsFor(const Searched& searched, std::uint64_t amountRaw,
                                     RealizeFailure& failure);
    std::optional<Candidate> realizeExactOut(const Searched& searched, RealizeFailure& failure);

    double legCost() const;
    double worth(const Candidate& candidate) const;
    bool isBetter(const Candidate& candidate, const Candidate& than) const;
    void keepBetter(Candidate& best, const Candidate& candidate) const;
    void offer(const Candidate& candidate);
    bool hasLegLimits() const;
    bool isLoose(std::uint64_t bound) const;
    bool isRough() const;
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
    void offerFlow(Searched& searched);
    bool needsMoreHops(const Candidate& candidate) const;
    void trim(Searched searched);
    void enumerate(const Searched& pair);
    // A part of all plans: some legs are in all of them, some in none.
    struct Branch {
        std::vector<std::uint32_t> required;
        std::vector<std::uint32_t> excluded;
        std::vector<double> prices;
        double bound = 0;              // of the worth
        std::uint32_t next = kNoEdge;  // the leg to decide on
    };
    void branchAndBound(const Searched& root);
    void evaluate(Branch& branch, const Searched& root);
    double gapAllowed() const;
    double distance(std::uint64_t bound) const;

    double realBound(std::span<const PricedEdge> edges, double inputPrice,
                     double outputPrice) const;
    std::vector<PricedEdge> openEdges() const;
    void openEdges(std::vector<PricedEdge>& edges) const;
    void price(std::span<PricedEdge> edges, std::span<const double> prices) const;
    double realBound(std::span<PricedEdge> edges, std::span<const double> prices) const;
    std::vector<double> pricesOf(const Searched& searched) const;
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
};

}  // namespace oee::routing
