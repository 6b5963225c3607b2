#include "runtime/proposal_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "amm/swap_footprint.h"
#include "base/integer.h"
#include "chain/chain.h"
#include "chain/compute_units.h"
#include "execution/planner.h"

namespace oee::runtime {
namespace {

using domain::RouteLeg;
using domain::RouteMode;
using domain::RouteScope;

// More never fit into a transaction's 1,232 bytes.
constexpr std::size_t kMostLegs = 64;

bool isFresh(const jobs::Proposal& proposal, const jobs::PlannedTransaction& planned,
             const ProposalContext& context) {
    const std::uint64_t height = context.market.blockHeight;
    return proposal.snapshotSlot <= context.market.clock.slot &&
           planned.lastValidBlockHeight > height &&
           planned.lastValidBlockHeight <= height + context.profile.blockhashLifeBlocks;
}

// Swaps from the order's input to the mint, at most; empty where the legs do not lead there in
// their order.
std::map<domain::Pubkey, std::uint32_t> hopsTo(const domain::Order& order,
                                               const std::vector<RouteLeg>& legs) {
    std::map<domain::Pubkey, std::uint32_t> hops{{order.inputMint, 0}};
    for (const RouteLeg& leg : legs) {
        const auto from = hops.find(leg.inputMint);
        if (from == hops.end()) {
            return {};
        }
        const std::uint32_t next = from->second + 1;
        const auto to = hops.try_emplace(leg.outputMint, next).first;
        to->second = std::min(to->second, next);
    }
    return hops;
}

bool isAllowed(const domain::Order& order, const std::vector<RouteLeg>& legs) {
    const domain::RouteChoice& choice = order.route;
    if (legs.empty() || legs.size() > choice.maxLegs.value_or(kMostLegs) ||
        legs.size() > kMostLegs || (choice.scope == RouteScope::single && legs.size() != 1)) {
        return false;
    }
    for (const RouteLeg& leg : legs) {
        const bool isDirect =
            leg.inputMint == order.inputMint && leg.outputMint == order.outputMint;
        const auto& excluded = choice.excludedPools;
        if ((choice.venue && domain::venueOf(leg.program) != *choice.venue) ||
            std::find(excluded.begin(), excluded.end(), leg.pool) != excluded.end() ||
            (choice.scope != RouteScope::full && !isDirect)) {
            return false;
        }
    }
    const auto hops = hopsTo(order, legs);
    const auto end = hops.find(order.outputMint);
    return end != hops.end() && end->second <= choice.maxHops;
}

bool isOfThisMarket(const std::vector<RouteLeg>& legs, const amm::MarketSnapshot& market) {
    return std::all_of(legs.begin(), legs.end(), [&](const RouteLeg& leg) {
        const amm::Pool* pool = market.find(leg.pool);
        const auto direction = pool == nullptr ? std::nullopt : pool->directionFrom(leg.inputMint);
        return direction && pool->program == leg.program &&
               pool->outputOf(*direction).mint == leg.outputMint;
    });
}

// What goes in and comes out, a token; 128 bits hold the sum of any legs.
struct Flow {
    base::u128 inRaw = 0;
    base::u128 outRaw = 0;
};

bool addsUp(const domain::Order& order, const jobs::PlannedTransaction& planned) {
    std::map<domain::Pubkey, Flow> flows;
    for (const RouteLeg& leg : planned.legs) {
        if (leg.amountInRaw == 0) {
            return false;
        }
        flows[leg.inputMint].inRaw += leg.amountInRaw;
        flows[leg.outputMint].outRaw += leg.amountOutRaw;
    }
    const Flow input = flows[order.inputMint];
    const Flow output = flows[order.outputMint];
    const bool isBetween = std::all_of(flows.begin(), flows.end(), [&](const auto& entry) {
        return entry.first == order.inputMint || entry.second.inRaw <= entry.second.outRaw;
    });
    if (!isBetween || input.outRaw > input.inRaw ||
        output.outRaw - output.inRaw != planned.expectedOutRaw ||
        input.inRaw - input.outRaw != planned.amountInRaw) {
        return false;
    }
    return order.mode == RouteMode::exactIn ? planned.amountInRaw == order.amountInRaw
                                            : planned.amountInRaw <= order.amountInRaw;
}

bool keepsLimits(const domain::Order& order, const jobs::PlannedTransaction& planned) {
    const execution::TransactionLimits limits{planned.minAmountOutRaw, planned.maxAmountInRaw};
    return planned.expectedOutRaw > 0 && planned.expectedOutRaw >= limits.minAmountOutRaw &&
           limits == execution::limitsOf(order, planned.expectedOutRaw);
}

execution::PlannedTerms termsOf(const jobs::Proposal& proposal,
                                const jobs::PlannedTransaction& planned) {
    execution::PlannedTerms terms;
    terms.summary.legs = planned.legs;
    terms.summary.amountInRaw = planned.amountInRaw;
    terms.summary.expectedOutRaw = planned.expectedOutRaw;
    terms.summary.minAmountOutRaw = planned.minAmountOutRaw;
    terms.summary.maxAmountInRaw = planned.maxAmountInRaw;
    terms.summary.boundRaw = planned.boundRaw;
    terms.summary.gapPpb = planned.gapPpb;
    terms.snapshotSlot = proposal.snapshotSlot;
    terms.computeUnitLimit = planned.computeUnitLimit;
    terms.decisionOutRaw = planned.decisionOutRaw;
    terms.lastValidBlockHeight = planned.lastValidBlockHeight;
    return terms;
}

}  // namespace

std::string_view nameOf(ProposalProblem problem) {
    switch (problem) {
        case ProposalProblem::stale:
            return "planned on another time's market";
        case ProposalProblem::route:
            return "a route that the order does not allow";
        case ProposalProblem::pool:
            return "a pool that is not of this market";
        case ProposalProblem::amounts:
            return "amounts that do not add up";
        case ProposalProblem::limits:
            return "limits that are not the order's";
        case ProposalProblem::fees:
            return "fees that the order has not reserved";
    }
    return {};
}

tl::expected<execution::Submission, ProposalProblem> submissionOf(
    const domain::Order& order, const jobs::Proposal& proposal,
    const jobs::PlannedTransaction& planned, const ProposalContext& context) {
    const auto refused = [](ProposalProblem problem) { return tl::make_unexpected(problem); };
    if (!isFresh(proposal, planned, context)) {
        return refused(ProposalProblem::stale);
    }
    if (!isAllowed(order, planned.legs)) {
        return refused(ProposalProblem::route);
    }
    if (!isOfThisMarket(planned.legs, context.market)) {
        return refused(ProposalProblem::pool);
    }
    if (!addsUp(order, planned)) {
        return refused(ProposalProblem::amounts);
    }
    if (!keepsLimits(order, planned)) {
        return refused(ProposalProblem::limits);
    }
    const std::uint64_t fee = chain::networkFeeLamports(context.profile, planned.computeUnitLimit);
    if (planned.computeUnitLimit > amm::kMaxComputeUnits ||
        fee > order.reservedLamports - std::min(order.reservedLamports, order.spentLamports)) {
        return refused(ProposalProblem::fees);
    }
    execution::PlannedTerms terms = termsOf(proposal, planned);
    domain::Transaction transaction =
        execution::transactionOf(order, terms, context.profile, {context.seed, context.nowMicros});
    transaction.attempt = proposal.attempt;
    transaction.fence = proposal.fence;
    return execution::Submission{std::move(transaction), std::move(terms.summary),
                                 proposal.snapshotSlot};
}

}  // namespace oee::runtime
