#include "jobs/proposal_codec.h"

#include <array>
#include <optional>
#include <utility>

#include "base/byte_codec.h"

namespace oee::jobs {
namespace {

using base::ByteReader;
using base::ByteWriter;
using domain::FailureReason;

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLegSize = 3 * 32 + 1 + 8 + 8;
constexpr std::uint8_t kPlanned = 1;
constexpr std::uint8_t kFailed = 2;
constexpr std::uint8_t kBegun = 3;

// What can come of planning, in the order of their numbers on the wire.
constexpr std::array kReasons{FailureReason::noPool,       FailureReason::noLiquidity,
                              FailureReason::noPlanFits,   FailureReason::amountTooSmall,
                              FailureReason::poolDisabled, FailureReason::maximumExceeded,
                              FailureReason::internal};

std::uint8_t numberOf(FailureReason reason) {
    for (std::size_t i = 0; i < kReasons.size(); ++i) {
        if (kReasons[i] == reason) {
            return static_cast<std::uint8_t>(i);
        }
    }
    return static_cast<std::uint8_t>(kReasons.size() - 1);
}

void writeLeg(ByteWriter& writer, const domain::RouteLeg& leg) {
    writer.raw(leg.pool.bytes);
    writer.u8(static_cast<std::uint8_t>(leg.program));
    writer.raw(leg.inputMint.bytes);
    writer.raw(leg.outputMint.bytes);
    writer.u64(leg.amountInRaw);
    writer.u64(leg.amountOutRaw);
}

domain::RouteLeg readLeg(ByteReader& reader) {
    domain::RouteLeg leg;
    reader.raw(leg.pool.bytes);
    const std::uint8_t program = reader.u8();
    if (program < domain::kPrograms.size()) {
        leg.program = static_cast<domain::Program>(program);
    } else {
        reader.fail();
    }
    reader.raw(leg.inputMint.bytes);
    reader.raw(leg.outputMint.bytes);
    leg.amountInRaw = reader.u64();
    leg.amountOutRaw = reader.u64();
    return leg;
}

void writePlanned(ByteWriter& writer, const PlannedTransaction& planned) {
    writer.u32(static_cast<std::uint32_t>(planned.legs.size()));
    for (const domain::RouteLeg& leg : planned.legs) {
        writeLeg(writer, leg);
    }
    writer.u64(planned.expectedOutRaw);
    writer.u64(planned.minAmountOutRaw);
    writer.u64(planned.maxAmountInRaw);
    writer.u64(planned.amountInRaw);
    writer.u64(planned.boundRaw);
    writer.u64(planned.gapPpb);
    writer.u64(planned.decisionOutRaw);
    writer.u32(planned.computeUnitLimit);
    writer.u64(planned.lastValidBlockHeight);
}

PlannedTransaction readPlanned(ByteReader& reader) {
    PlannedTransaction planned;
    const std::size_t legs = reader.count(kLegSize);
    for (std::size_t i = 0; i < legs && reader.isGood(); ++i) {
        planned.legs.push_back(readLeg(reader));
    }
    planned.expectedOutRaw = reader.u64();
    planned.minAmountOutRaw = reader.u64();
    planned.maxAmountInRaw = reader.u64();
    planned.amountInRaw = reader.u64();
    planned.boundRaw = reader.u64();
    planned.gapPpb = reader.u64();
    planned.decisionOutRaw = reader.u64();
    planned.computeUnitLimit = reader.u32();
    planned.lastValidBlockHeight = reader.u64();
    return planned;
}

}  // namespace

std::string encodeProposal(const Proposal& proposal) {
    ByteWriter writer;
    writer.u32(kVersion);
    writer.text(proposal.epoch);
    writer.u64(proposal.sequence);
    writer.text(proposal.consumer);
    writer.text(proposal.receipt);
    writer.u64(proposal.orderId.high);
    writer.u64(proposal.orderId.low);
    writer.u32(proposal.attempt);
    writer.u64(proposal.fence);
    writer.u64(proposal.snapshotSlot);
    if (const auto* planned = std::get_if<PlannedTransaction>(&proposal.outcome)) {
        writer.u8(kPlanned);
        writePlanned(writer, *planned);
    } else if (const auto* reason = std::get_if<FailureReason>(&proposal.outcome)) {
        writer.u8(kFailed);
        writer.u8(numberOf(*reason));
    } else {
        writer.u8(kBegun);
    }
    return writer.take();
}

tl::expected<Proposal, ProposalCodecError> decodeProposal(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.u32() != kVersion) {
        return tl::make_unexpected(reader.isGood() ? ProposalCodecError::anotherVersion
                                                   : ProposalCodecError::malformed);
    }
    Proposal proposal;
    proposal.epoch = reader.text(kEpochSize);
    proposal.sequence = reader.u64();
    proposal.consumer = reader.text(kLongestName);
    proposal.receipt = reader.text(kLongestName);
    proposal.orderId.high = reader.u64();
    proposal.orderId.low = reader.u64();
    proposal.attempt = reader.u32();
    proposal.fence = reader.u64();
    proposal.snapshotSlot = reader.u64();
    const std::uint8_t kind = reader.u8();
    if (kind == kPlanned) {
        proposal.outcome = readPlanned(reader);
    } else if (kind == kBegun) {
        proposal.outcome = Begun{};
    } else if (const std::uint8_t reason = reader.u8();
               kind == kFailed && reason < kReasons.size()) {
        proposal.outcome = kReasons[reason];
    } else {
        reader.fail();
    }
    if (!reader.isDone()) {
        return tl::make_unexpected(ProposalCodecError::malformed);
    }
    return proposal;
}

}  // namespace oee::jobs
