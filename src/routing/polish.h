#pragma once
// A plan's amounts in whole base units, moved about by exact quotes. Curves in real numbers do not
// know that a fee of 2.1 units costs 3 and that what is paid is rounded down: of a token whose unit
// is worth a lot that is more than the rest of the gap.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "routing/network.h"
#include "routing/realize.h"

namespace oee::routing {

struct PolishRequest {
    TokenIndex source = 0;
    TokenIndex sink = 0;
    bool exactOut = false;
    std::uint64_t amountRaw = 0;          // of the source, or of the sink on exactOut
    std::span<const double> prices;       // by token
    std::span<const RealizedLeg> legs;    // the plan to begin with
    std::span<const std::uint32_t> more;  // edges that may join in between the plan's tokens
    std::size_t maxQuotes = 0;
};

// Moves one leg's amount at a time, a few units and ever more of them, of whichever of its tokens
// has the more expensive ones. What the leg gives up another leg of the same token takes; for a
// wanted output one leg out of the source makes up for what the others bring.
class Polisher {
  public:
    explicit Polisher(const Network& network) : network_(&network) {}

    // A plan that brings more (exactOut: takes less); empty where none was found, or where the plan
    // runs in a circle.
    std::optional<Realized> polish(const PolishRequest& request);
    std::size_t quotes() const { return quotes_; }  // the last time

  private:
    struct Step {
        std::uint32_t edge = 0;
        std::size_t from = 0;  // positions in tokens_
        std::size_t to = 0;
        std::uint64_t amountRaw = 0;
        bool takesRest = false;
        amm::SwapResult swap;  // of amountRaw as it last was
    };
    bool orderTokens();
    void layOut();
    void chooseRests();
    std::size_t positionOf(TokenIndex token) const;
    double priceOf(std::size_t position) const { return request_.prices[tokens_[position]]; }
    std::optional<std::uint64_t> leastInput(const Step& step, std::uint64_t amountOutRaw);
    bool execute(Step& step, std::uint64_t amountRaw);
    bool run();
    bool balance();
    bool tryAmount(std::size_t step, std::uint64_t amountRaw);
    void moveStep(std::size_t step);
    std::optional<std::uint64_t> moved(const Step& step, double units);
    std::uint64_t taken() const;
    bool isBetterThanBest() const;

    const Network* network_;
    PolishRequest request_;
    std::vector<TokenIndex> tokens_;  // before all that can be bought with them
    std::vector<Step> steps_;         // in execution order
    std::vector<Step> best_;
    std::uint64_t out_ = 0;
    std::uint64_t bestWorth_ = 0;
    std::optional<std::size_t> balancing_;  // exactOut: the step that makes up for the others
    std::vector<std::uint64_t> balances_;
    std::size_t quotes_ = 0;
};

}  // namespace oee::routing
