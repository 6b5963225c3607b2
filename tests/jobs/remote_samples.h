#pragma once
// Messages between an engine and its remote workers, for the tests of this folder.

#include <cstdint>
#include <string>

#include "jobs/job_samples.h"
#include "jobs/message_seal.h"
#include "jobs/proposal_codec.h"

namespace oee::test {

inline const std::string kSecret = "0123456789abcdef0123456789abcdef";
inline const std::string kOtherSecret = "fedcba9876543210fedcba9876543210";
inline const jobs::RemoteEpoch kEpoch = "sixteen bytes ok";
inline const jobs::RemoteEpoch kOtherEpoch = "another sixteen.";

inline jobs::Proposal sampleProposal(std::uint64_t sequence,
                                     const std::string& consumer = "remote:w:1") {
    jobs::PlannedTransaction planned;
    domain::RouteLeg leg;
    leg.pool.bytes.fill(7);
    leg.program = domain::Program::meteoraDlmm;
    leg.inputMint = wrappedSol();
    leg.outputMint = usdc();
    leg.amountInRaw = UINT64_MAX;
    leg.amountOutRaw = 12;
    planned.legs = {leg, leg};
    planned.expectedOutRaw = 24;
    planned.minAmountOutRaw = 23;
    planned.maxAmountInRaw = 10;
    planned.amountInRaw = 9;
    planned.boundRaw = 25;
    planned.gapPpb = 26;
    planned.decisionOutRaw = 27;
    planned.computeUnitLimit = 28;
    planned.lastValidBlockHeight = 29;

    jobs::Proposal proposal;
    proposal.epoch = kEpoch;
    proposal.sequence = sequence;
    proposal.consumer = consumer;
    proposal.receipt = "1-1";
    proposal.orderId = sampleOrder(3).id;
    proposal.attempt = 2;
    proposal.fence = 5;
    proposal.snapshotSlot = 6;
    proposal.outcome = planned;
    return proposal;
}

}  // namespace oee::test
