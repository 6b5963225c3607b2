#pragma once
// The search: the flow through a graph of curves that pays most, by Newton's method on its dual.
//
// Give each token a price ν. At these prices every pool trades as far as its marginal price says,
// and the tokens' imbalances are the gradient of the convex dual function
//     g(ν) = Σ supply · ν + Σ over arcs max over x of (ν_to · f(x) − ν_from · x)
// (Diamandis, Resnick, Chitra, Angeris, "An efficient algorithm for optimal routing through
// constant function market makers", arXiv 2302.04938). Where nothing is out of balance the trades
// are a flow, and no flow pays more. Stretches of constant price are bent a little (kFinest), so
// that every price has one trade; what that costs is in the certificate's gap.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "amm/spl_token.h"
#include "routing/network.h"

namespace oee::routing {

// A transfer fee on one of its two branches: a share of the amount, or its maximum.
struct TransferBranch {
    double keep = 1;   // what is left of one unit
    double fixed = 0;  // and then off the whole

    friend bool operator==(const TransferBranch&, const TransferBranch&) = default;
};
TransferBranch branchFor(const amm::spl::TransferFee& fee, double amount);

struct Arc {
    TokenIndex from = 0;
    TokenIndex to = 0;
    double best = 0;  // marginal for the trader at zero
    std::span<const CurvePiece> pieces;
    TransferBranch transferIn;
    TransferBranch transferOut;
    std::uint32_t edge = 0;  // in the network; kNoEdge: not a pool
};
inline constexpr std::uint32_t kNoEdge = ~std::uint32_t{0};

struct FlowProblem {
    std::size_t tokens = 0;
    std::vector<Arc> arcs;
    TokenIndex source = 0;
    TokenIndex sink = 0;
    double amount = 0;
    bool exactOut = false;      // amount is demanded of the sink, and the source is unlimited
    std::vector<double> drain;  // by token, may be empty: fixed transfer fees of arcs in use
    // Keeps the pieces of arcs that are not as the network has them.
    std::vector<std::shared_ptr<const std::vector<CurvePiece>>> ownPieces;
};

// What an arc trades.
struct ArcFlow {
    double in = 0;
    double out = 0;
};

struct FlowSolution {
    std::vector<double> prices;  // ν; 1 for the free token (the sink, or the source on exactOut)
    std::vector<ArcFlow> flows;  // by arc
    bool balanced = false;       // false: the pools cannot take the amount
    bool fine = false;           // as near to balance as the search goes
    unsigned steps = 0;
};

// `thorough` takes every stage seriously: what is coarse beside the whole trade may be all that a
// small path carries, and then a usual search may stop short.
enum class SearchEffort { usual, thorough };

class FlowSolver {
  public:
    // `start`: prices of a problem nearby, or none.
    const FlowSolution& solve(const FlowProblem& problem, std::span<const double> start = {},
                              SearchEffort effort = SearchEffort::usual);

  private:
    struct Active {
        std::uint32_t arc = 0;
        double weight = 0;    // −dx / d log(price) in value
        double marginal = 0;  // for the trader where the piece was bent, 0 where it was not
    };
    // What decides whether an arc trades; small, because it is asked for all of them.
    struct Gate {
        TokenIndex from = 0;
        TokenIndex to = 0;
        double best = 0;
        std::uint32_t arc = 0;
    };
    // The pools of a token: their number, and the positions of their first arcs xor'ed, which with
    // one pool is its arc.
    struct Ends {
        std::uint32_t pools = 0;
        std::uint32_t arcs = 0;
    };
    struct DeadEnd {
        TokenIndex token = 0;
        std::uint32_t arc = 0;
    };
    bool isSecondOfPool(std::size_t arc) const;
    void openGates();
    void priceDeadEnds();
    void startingPrices();
    void gatherCandidates(double length);
    void trade(const std::vector<double>& prices);
    void numberRows();
    void newtonDirection();
    void factorAndSolve();
    double slopeAlong() const;
    void search();
    void balanceEach(double balance);
    double outOfBalance() const;
    double tradeValue() const;
    void relax(double softness, double balance, unsigned maxSteps);
    void followSoftness(double balance);
    void unbendPrices(double leastFlow);
    double dualValue() const;
    void choosePrices();
    void centreIdlePrices();

    const FlowProblem* problem_ = nullptr;
    FlowSolution solution_;
    TokenIndex free_ = 0;
    double softness_ = 0;
    double value_ = 0;               // of the whole trade, in the free token
    std::vector<double> scale_;      // by token: the most of it that one arc is expected to take
    std::vector<double> imbalance_;  // by token, base units: what comes less what goes
    std::vector<Gate> gates_;        // of arcs that may trade
    std::vector<Ends> ends_;         // by token
    std::vector<DeadEnd> deadEnds_;  // in the order in which they were found
    std::vector<char> isDead_;       // by arc
    std::vector<Gate> candidates_;   // of arcs that may trade at the prices at hand
    std::vector<Active> active_;
    std::vector<double> direction_;  // relative change of each price
    std::vector<double> base_;       // prices where a line search began
    std::vector<std::int32_t> row_;  // of a token in the linear system, −1: not in it
    std::vector<TokenIndex> token_;  // of a row
    std::vector<double> matrix_;
    std::vector<double> right_;
    std::vector<std::size_t> column_;
    std::vector<double> bid_;  // by token
    std::vector<double> ask_;
};

}  // namespace oee::routing
