#pragma once
// Whether what a remote worker proposes for an order may be sent.

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "jobs/proposal_codec.h"

namespace oee::runtime {

enum class ProposalProblem {
    stale,    // planned on a market whose blockhash does not live any more, or on one of the future
    route,    // no legs, too many, or not what the order allows
    pool,     // not a pool of this market, or not of these tokens
    amounts,  // more goes in than the order gives, or less comes out than the legs say
    limits,   // not the order's slippage
    fees,     // more than the order has reserved, or than a transaction may compute
};
std::string_view nameOf(ProposalProblem problem);

struct ProposalContext {
    const amm::MarketSnapshot& market;  // the newest
    const chain::NetworkProfile& profile;
    std::uint64_t seed = 0;
    base::UnixMicros nowMicros = 0;
};

// The transaction as the engine sends it. `order` is the stored one: what the worker was told of it
// does not count. Of the proposal come the legs and their amounts, all of them checked; signature,
// fees and times are computed here, as for a local worker's. That the plan is a good one is the
// worker's word: it knows the secret. Fence and attempt are the store's to judge.
tl::expected<execution::Submission, ProposalProblem> submissionOf(
    const domain::Order& order, const jobs::Proposal& proposal,
    const jobs::PlannedTransaction& planned, const ProposalContext& context);

}  // namespace oee::runtime
