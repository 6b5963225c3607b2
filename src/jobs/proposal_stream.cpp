#include "jobs/proposal_stream.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "jobs/redis_queue_state.h"

namespace oee::jobs {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kField = "p";
// One group commit of the store serves them all.
constexpr std::string_view kBatch = "256";
constexpr std::chrono::milliseconds kLongestBlock = 500ms;
// Those that are remembered. More cannot be told apart from replays by their numbers
// alone; what they propose still has to pass the fence.
constexpr std::size_t kMostConsumers = 10'000;

}  // namespace

tl::expected<std::size_t, RedisError> sendProposals(RedisConnection& connection,
                                                    const MessageSeal& seal, const RemoteKeys& keys,
                                                    std::span<const Proposal> proposals) {
    std::vector<std::string> sealed;
    std::vector<RedisCommand> commands;
    sealed.reserve(proposals.size());
    for (const Proposal& proposal : proposals) {
        sealed.push_back(seal.seal(MessageKind::proposal, encodeProposal(proposal)));
        commands.push_back({"XADD", keys.proposals, "*", kField, sealed.back()});
    }
    commands.push_back({"XLEN", keys.proposals});
    const auto answers = connection.pipeline(commands);
    if (const auto done = allDone(answers); !done) {
        return tl::unexpected(done.error());
    }
    return static_cast<std::size_t>(answers->back()->view().integer().value_or(0));
}

tl::expected<std::size_t, RedisError> waitingProposals(RedisConnection& connection,
                                                       const RemoteKeys& keys) {
    const auto answer = connection.command({"XLEN", keys.proposals});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return static_cast<std::size_t>(answer->view().integer().value_or(0));
}

ProposalReader::ProposalReader(const MessageSeal& seal, RemoteKeys keys, RemoteEpoch epoch,
                               std::chrono::milliseconds lease)
    : seal_(seal), keys_(std::move(keys)), epoch_(std::move(epoch)), lease_(lease) {}

tl::expected<ProposalReader::Batch, RedisError> ProposalReader::read(
    RedisConnection& connection, std::chrono::milliseconds wait) {
    const std::string block = std::to_string(std::clamp(wait, 1ms, kLongestBlock).count());
    // From the start: what was read is taken out.
    const auto answer = connection.command(
        {"XREAD", "COUNT", kBatch, "BLOCK", block, "STREAMS", keys_.proposals, "0-0"});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    Batch batch;
    const ReplyView entries = answer->view()[0][1];
    for (std::size_t i = 0; i < entries.size(); ++i) {
        batch.entries.emplace_back(entries[i][0].text().value_or(""));
        const auto payload =
            seal_.open(MessageKind::proposal, entries[i][1][1].text().value_or(""));
        auto proposal =
            payload ? decodeProposal(*payload) : tl::make_unexpected(ProposalCodecError::malformed);
        if (!proposal) {
            ++batch.forged;
        } else if (!isNew(*proposal)) {
            ++batch.replayed;
        } else if (std::holds_alternative<Begun>(proposal->outcome)) {
            batch.begun.push_back(std::move(*proposal));
        } else {
            batch.proposals.push_back(std::move(*proposal));
        }
    }
    if (!batch.proposals.empty()) {
        if (const auto kept = keepLeased(connection, batch); !kept) {
            return tl::unexpected(kept.error());
        }
    }
    return batch;
}

bool ProposalReader::isNew(const Proposal& proposal) {
    if (proposal.epoch != epoch_) {
        return false;
    }
    if (lastSequence_.size() >= kMostConsumers) {
        lastSequence_.clear();
    }
    std::uint64_t& last = lastSequence_[proposal.consumer];
    if (proposal.sequence <= last) {
        return false;
    }
    last = proposal.sequence;
    return true;
}

// A job belongs to whom the server has given it last, and only until the lease is over: a worker
// that was stopped for longer comes too late, whether or not another has begun with it.
tl::expected<void, RedisError> ProposalReader::keepLeased(RedisConnection& connection,
                                                          Batch& batch) const {
    std::vector<RedisCommand> commands;
    for (const Proposal& proposal : batch.proposals) {
        commands.push_back(
            {"XPENDING", keys_.jobs, kWorkersGroup, proposal.receipt, proposal.receipt, "1"});
    }
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    std::vector<Proposal> kept;
    for (std::size_t i = 0; i < answers->size(); ++i) {
        Proposal& proposal = batch.proposals[i];
        // An error: the stream is gone, or the receipt is none.
        const auto& answer = (*answers)[i];
        const bool isHeld =
            answer && answer->view()[0][1].text() == std::string_view(proposal.consumer) &&
            answer->view()[0][2].integer().value_or(lease_.count()) < lease_.count();
        if (isHeld) {
            kept.push_back(std::move(proposal));
        } else {
            ++batch.leaseLost;
        }
    }
    batch.proposals = std::move(kept);
    return {};
}

tl::expected<void, RedisError> ProposalReader::finish(RedisConnection& connection,
                                                      const Batch& batch,
                                                      std::span<const std::string> doneJobs) {
    std::vector<RedisCommand> commands;
    if (!batch.entries.empty()) {
        RedisCommand& remove = commands.emplace_back(RedisCommand{"XDEL", keys_.proposals});
        remove.insert(remove.end(), batch.entries.begin(), batch.entries.end());
    }
    if (!doneJobs.empty()) {
        RedisCommand& done = commands.emplace_back(RedisCommand{"XACK", keys_.jobs, kWorkersGroup});
        done.insert(done.end(), doneJobs.begin(), doneJobs.end());
        RedisCommand& gone = commands.emplace_back(RedisCommand{"XDEL", keys_.jobs});
        gone.insert(gone.end(), doneJobs.begin(), doneJobs.end());
    }
    return allDone(connection.pipeline(commands));
}

}  // namespace oee::jobs
