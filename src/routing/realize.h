#pragma once
// From a flow in real numbers to legs in base units, each quoted by the pool's own arithmetic.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "routing/flow.h"
#include "routing/network.h"

namespace oee::routing {

struct RealizedLeg {
    std::uint32_t edge = 0;
    amm::SwapResult swap;
};

struct Realized {
    std::vector<RealizedLeg> legs;  // in execution order
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
};

// Why a flow has no legs; `edge` is to be left out for another try.
struct RealizeFailure {
    std::uint32_t edge = kNoEdge;
    bool isFull = false;  // it refused because it cannot take
    std::uint64_t amountRaw = 0;
};

// Tokens are spent once everything that comes in has come in: each pool is executed once, with the
// flow of all paths through it, on the state that the legs before left. What is there of a token
// is shared by the flow's proportions, rounded down, and the largest leg takes the rest, so that
// inputs sum to the amount and nothing of another token is left over. Where the flow runs in a
// circle (arbitrage on the way) the circle's legs go first, as far as there is something to spend.
class Realizer {
  public:
    explicit Realizer(const Network& network) : network_(&network) {}

    tl::expected<Realized, RealizeFailure> realize(const FlowProblem& problem,
                                                   const FlowSolution& solution,
                                                   std::uint64_t amountInRaw);

  private:
    struct Step {
        std::uint32_t edge = 0;
        double planned = 0;
        bool done = false;
    };
    void collect(const FlowProblem& problem, const FlowSolution& solution);
    void dropDeadEnds();
    bool isPending(TokenIndex token) const;
    bool returns(const Step& step) const;
    std::optional<TokenIndex> settledToken() const;
    bool spendAll(TokenIndex token);
    bool spendOnCircle();
    bool execute(Step& step, std::uint64_t amountRaw);
    bool buyLess();
    bool runSteps(std::uint64_t amountInRaw);

    const Network* network_;
    TokenIndex source_ = 0;
    TokenIndex sink_ = 0;
    std::vector<Step> steps_;
    std::vector<std::uint64_t> balances_;                             // by token
    std::map<std::size_t, std::shared_ptr<const amm::Pool>> traded_;  // those traded both ways
    Realized result_;
    RealizeFailure failure_;
};

}  // namespace oee::routing
