#pragma once
// What a remote worker makes of a job, as bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "domain/order.h"
#include "domain/route.h"
#include "jobs/market_feed.h"

namespace oee::jobs {

// The plan of a transaction. Signature, fees and times are the engine's to give.
struct PlannedTransaction {
    std::vector<domain::RouteLeg> legs;
    std::uint64_t expectedOutRaw = 0;
    std::uint64_t minAmountOutRaw = 0;
    std::uint64_t maxAmountInRaw = 0;
    std::uint64_t amountInRaw = 0;  // what the plan takes
    std::uint64_t boundRaw = 0;
    std::uint64_t gapPpb = 0;
    std::uint64_t decisionOutRaw = 0;
    std::uint32_t computeUnitLimit = 0;
    std::uint64_t lastValidBlockHeight = 0;

    friend bool operator==(const PlannedTransaction&, const PlannedTransaction&) = default;
};

// No proposal yet: its worker begins with the job. The engine then knows of a worker that dies with
// it.
struct Begun {
    friend bool operator==(const Begun&, const Begun&) = default;
};

struct Proposal {
    // Against replay: the engine's run, and a number that grows with each of a consumer's.
    RemoteEpoch epoch;
    std::uint64_t sequence = 0;

    std::string consumer;  // who took the job from the stream: one thread of one run of a worker
    std::string receipt;   // its entry there
    domain::OrderId orderId;
    std::uint32_t attempt = 1;
    std::uint64_t fence = 0;
    std::uint64_t snapshotSlot = 0;  // of the market that it was planned on
    // Or why there is no plan.
    std::variant<PlannedTransaction, domain::FailureReason, Begun> outcome;

    friend bool operator==(const Proposal&, const Proposal&) = default;
};

enum class ProposalCodecError { anotherVersion, malformed };

std::string encodeProposal(const Proposal& proposal);
// Nothing of the bytes is trusted. decode(encode(x)) equals x.
tl::expected<Proposal, ProposalCodecError> decodeProposal(std::string_view bytes);

}  // namespace oee::jobs
