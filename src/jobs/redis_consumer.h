#pragma once
// A worker's end of the Redis stream. Internal to the module.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/job_queue.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_link.h"
#include "jobs/redis_queue_state.h"

namespace oee::jobs {

// Jobs come from three places, in this order: what this consumer had taken and not acknowledged
// before its connection was made (an earlier run of the process, or an answer that was lost on the
// way), what any consumer has kept for longer than the lease, and what is new.
class RedisConsumer final : public JobConsumer {
  public:
    RedisConsumer(std::shared_ptr<RedisQueueState> state, const std::string& name);

    tl::expected<std::vector<Delivery>, JobError> take(std::size_t most,
                                                       std::chrono::milliseconds wait) override;
    tl::expected<void, JobError> acknowledge(std::span<const Delivery> done) override;
    // Somebody else acknowledges these, or they are delivered again.
    void handOver(std::span<const Delivery> others);

  private:
    using Instant = std::chrono::steady_clock::time_point;
    using Received = tl::expected<std::vector<Delivery>, RedisError>;

    void startOver();
    tl::expected<void, RedisError> restoreGroup(RedisConnection& connection);
    Received receive(RedisConnection& connection, std::size_t most, std::chrono::milliseconds wait);
    Received receiveOwn(RedisConnection& connection, std::size_t most);
    Received receiveStalled(RedisConnection& connection, std::size_t most);
    Received receiveNew(RedisConnection& connection, std::size_t most,
                        std::chrono::milliseconds wait);
    std::chrono::milliseconds blockFor(std::chrono::milliseconds wait) const;

    std::vector<Delivery> readEntries(ReplyView entries);
    std::optional<Job> readJob(std::string_view id, ReplyView fields);
    // Acknowledges and deletes finished_.
    tl::expected<void, RedisError> settle(RedisConnection& connection);
    JobError failed(const RedisError& error);

    const std::shared_ptr<RedisQueueState> state_;
    const std::string name_;
    RedisLink link_;

    std::set<std::string> held_;           // ids that were delivered and not acknowledged
    std::vector<std::string> finished_;    // ids to acknowledge and delete
    std::optional<std::string> ownAfter_;  // read our own pending entries after this id
    std::string claimCursor_;
    Instant nextClaim_;
};

}  // namespace oee::jobs
