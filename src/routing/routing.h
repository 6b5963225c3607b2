#pragma once
// What every pool of a pair would pay.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "amm/error.h"
#include "amm/market_snapshot.h"
#include "amm/swap.h"
#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::routing {

struct QuoteRequest {
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
};

// One pool's answer to an exact-in request.
struct PoolQuote {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    amm::SwapResult swap;
    // Network cost of using it, in output base units (see LegCosts); netOut = out − cost, not below
    // 0.
    std::uint64_t networkCostOutRaw = 0;
    std::uint64_t netOutRaw = 0;
    double priceImpactBps = 0;  // below the marginal price net of fees; for display
    double feeBps = 0;          // the pool's fee as a fraction of its side's amount; for display
};

struct PoolRefusal {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    amm::SwapError error = amm::SwapError::insufficientLiquidity;
};

// All pools of the pair: the willing ones best first (by net output, then output, then address, so
// that the order never depends on anything else), and the others with their reason.
struct QuoteBoard {
    std::vector<PoolQuote> quotes;
    std::vector<PoolRefusal> refusals;
};

// What a leg through a program costs on the network, in lamports.
class LegCosts {
  public:
    virtual ~LegCosts() = default;
    virtual std::uint64_t lamportsOf(domain::Program program) const = 0;
};

QuoteBoard quoteAll(const amm::MarketSnapshot& market, const QuoteRequest& request,
                    const LegCosts& costs);

enum class RoutingError {
    noPool,          // no pool trades the pair
    noLiquidity,     // pools exist, none can fill the amount
    amountTooSmall,  // every pool would pay nothing
    poolsDisabled,   // every pool of the pair is closed
    noPlanFits,      // there are plans, and none within the limits of hops, legs or transaction
};

// Why a board has no quotes.
RoutingError errorOf(const QuoteBoard& board);

// Output base units for one input base unit at the margin over the deepest path between two mints
// (through other tokens where no pool trades them directly); empty where nothing connects them.
// For display, for reference values and for converting a network cost.
std::optional<double> referencePrice(const amm::MarketSnapshot& market,
                                     const domain::Pubkey& inputMint,
                                     const domain::Pubkey& outputMint);

}  // namespace oee::routing
