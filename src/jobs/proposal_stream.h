#pragma once
// Proposals on their way from remote workers to the engine, and what the engine does with their
// jobs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/message_seal.h"
#include "jobs/proposal_codec.h"
#include "jobs/redis_connection.h"
#include "jobs/remote_keys.h"

namespace oee::jobs {

// Where more than this wait, workers wait too: the engine is away, or slow.
inline constexpr std::size_t kMostWaitingProposals = 2'000;

// Appends sealed proposals, in one round trip; answers how many wait now.
tl::expected<std::size_t, RedisError> sendProposals(RedisConnection& connection,
                                                    const MessageSeal& seal, const RemoteKeys& keys,
                                                    std::span<const Proposal> proposals);
tl::expected<std::size_t, RedisError> waitingProposals(RedisConnection& connection,
                                                       const RemoteKeys& keys);

// The engine's end. Used by one thread.
class ProposalReader {
  public:
    struct Batch {
        std::vector<Proposal> proposals;  // sealed, of this epoch, new, and of who holds the job
        std::vector<Proposal> begun;      // jobs that their workers begin with; sealed and new
        // Entries that were not, by why.
        std::size_t forged = 0;     // sealed with another secret, or not by this format
        std::size_t replayed = 0;   // of another run of the engine, or seen before
        std::size_t leaseLost = 0;  // the job is not its worker's any more

        std::vector<std::string> entries;  // all of them
    };

    ProposalReader(const MessageSeal& seal, RemoteKeys keys, RemoteEpoch epoch,
                   std::chrono::milliseconds lease);

    // Up to 256, waiting for the first up to `wait`. What comes again because finish() failed
    // counts as replayed: its jobs are delivered again when their leases are over.
    tl::expected<Batch, RedisError> read(RedisConnection& connection,
                                         std::chrono::milliseconds wait);
    // Takes the batch out of the stream, and acknowledges the jobs (entries of the jobs' stream)
    // that need no worker any more.
    tl::expected<void, RedisError> finish(RedisConnection& connection, const Batch& batch,
                                          std::span<const std::string> doneJobs);

  private:
    bool isNew(const Proposal& proposal);
    tl::expected<void, RedisError> keepLeased(RedisConnection& connection, Batch& batch) const;

    const MessageSeal& seal_;
    const RemoteKeys keys_;
    const RemoteEpoch epoch_;
    const std::chrono::milliseconds lease_;
    std::map<std::string, std::uint64_t> lastSequence_;  // by consumer
};

}  // namespace oee::jobs
