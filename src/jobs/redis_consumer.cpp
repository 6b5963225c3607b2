#include "jobs/redis_consumer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "jobs/job_codec.h"
#include "jobs/redis_log.h"

namespace oee::jobs {
namespace {

using namespace std::chrono_literals;

// Far below the socket's time-out, and how late close() may be noticed.
constexpr std::chrono::milliseconds kLongestBlock = 500ms;
constexpr std::string_view kStart = "0-0";

}  // namespace

RedisConsumer::RedisConsumer(std::shared_ptr<RedisQueueState> state, const std::string& name)
    : state_(std::move(state)),
      name_(name),
      link_(state_->url, state_->options.timeouts, "consumer " + name, [this] { startOver(); }),
      claimCursor_(kStart) {}

void RedisConsumer::startOver() {
    ownAfter_ = kStart;
    claimCursor_ = kStart;
    const bool claims = state_->options.stalledJobs == StalledJobs::claim;
    nextClaim_ = claims ? std::chrono::steady_clock::now() : Instant::max();
}

tl::expected<std::vector<Delivery>, JobError> RedisConsumer::take(std::size_t most,
                                                                  std::chrono::milliseconds wait) {
    assert(most > 0);
    const Instant deadline = std::chrono::steady_clock::now() + wait;
    const auto remaining = [&] {
        return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(
                                 deadline - std::chrono::steady_clock::now()));
    };
    while (!state_->closed) {
        const auto connection = link_.acquire();
        if (!connection) {
            // Waits here, so that callers may simply ask again.
            state_->sleep(std::min(remaining(), link_.untilRetry()));
            if (remaining() == 0ms && !state_->closed) {
                return tl::unexpected(jobErrorOf(connection.error().kind));
            }
            continue;
        }
        auto received = receive(**connection, most, remaining());
        if (!received && received.error().kind == RedisErrorKind::noGroup) {
            const auto restored = restoreGroup(**connection);
            if (restored) {
                continue;
            }
            received = tl::unexpected(restored.error());
        }
        if (!received) {
            const JobError error = failed(received.error());
            if (remaining() == 0ms) {
                return tl::unexpected(error);
            }
            continue;
        }
        if (!received->empty()) {
            state_->options.crashPoints.reach(base::CrashPoint::redisAfterTake);
        }
        if (!received->empty() || remaining() == 0ms) {
            return *std::move(received);
        }
    }
    return {};
}

tl::expected<void, JobError> RedisConsumer::acknowledge(std::span<const Delivery> done) {
    for (const Delivery& delivery : done) {
        held_.erase(delivery.receipt);
        finished_.push_back(delivery.receipt);
    }
    const auto connection = link_.acquire();
    if (!connection) {
        return tl::unexpected(jobErrorOf(connection.error().kind));
    }
    if (const auto settled = settle(**connection); !settled) {
        return tl::unexpected(failed(settled.error()));
    }
    return {};
}

void RedisConsumer::handOver(std::span<const Delivery> others) {
    for (const Delivery& delivery : others) {
        held_.erase(delivery.receipt);
    }
}

JobError RedisConsumer::failed(const RedisError& error) {
    link_.giveUp(error);
    return jobErrorOf(error.kind);
}

// Not at each connection: a server whose memory is full refuses XGROUP CREATE even where the group
// exists, and that is no reason to leave alone what is in it.
tl::expected<void, RedisError> RedisConsumer::restoreGroup(RedisConnection& connection) {
    qCWarning(redisLog) << "The stream" << state_->stream.c_str()
                        << "lost its consumer group (was it emptied?); it is made again";
    // Nothing that we knew of the stream holds any more.
    held_.clear();
    finished_.clear();
    startOver();
    return ensureGroup(connection, state_->stream);
}

RedisConsumer::Received RedisConsumer::receive(RedisConnection& connection, std::size_t most,
                                               std::chrono::milliseconds wait) {
    if (auto settled = settle(connection); !settled) {
        return tl::unexpected(std::move(settled.error()));
    }
    Received received;
    if (ownAfter_) {
        received = receiveOwn(connection, most);
    }
    if (received && received->empty() && std::chrono::steady_clock::now() >= nextClaim_) {
        received = receiveStalled(connection, most);
    }
    if (received && received->empty()) {
        received = receiveNew(connection, most, wait);
    }
    if (!received) {
        return received;
    }
    // Entries that were no jobs: not left for the next call, which may never come. Should this
    // fail, the jobs in hand are still good, and the next call tries again.
    if (const auto settled = settle(connection); !settled) {
        link_.giveUp(settled.error());
    }
    return received;
}

RedisConsumer::Received RedisConsumer::receiveOwn(RedisConnection& connection, std::size_t most) {
    const std::string count = std::to_string(most);
    while (ownAfter_) {
        const auto answer =
            connection.command({"XREADGROUP", "GROUP", kWorkersGroup, name_, "COUNT", count,
                                "STREAMS", state_->stream, *ownAfter_});
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        const ReplyView entries = answer->view()[0][1];
        const auto lastId = entries[entries.size() - 1][0].text();
        ownAfter_ = lastId ? std::optional<std::string>(*lastId) : std::nullopt;
        if (auto deliveries = readEntries(entries); !deliveries.empty()) {
            return deliveries;
        }
    }
    return {};
}

RedisConsumer::Received RedisConsumer::receiveStalled(RedisConnection& connection,
                                                      std::size_t most) {
    const std::string count = std::to_string(most);
    const std::string idle = std::to_string(state_->options.lease.count());
    do {
        const auto answer = connection.command({"XAUTOCLAIM", state_->stream, kWorkersGroup, name_,
                                                idle, claimCursor_, "COUNT", count});
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        claimCursor_ = answer->view()[0].text().value_or(kStart);
        const ReplyView entries = answer->view()[1];
        for (std::size_t i = 0; i < entries.size(); ++i) {
            // Also ours, when we kept it too long: then it is due again.
            held_.erase(std::string(entries[i][0].text().value_or("")));
        }
        if (auto deliveries = readEntries(entries); !deliveries.empty()) {
            return deliveries;
        }
    } while (claimCursor_ != kStart);
    nextClaim_ = std::chrono::steady_clock::now() + std::max(1ms, state_->options.lease / 2);
    return {};
}

RedisConsumer::Received RedisConsumer::receiveNew(RedisConnection& connection, std::size_t most,
                                                  std::chrono::milliseconds wait) {
    const std::string count = std::to_string(most);
    const std::string block = std::to_string(blockFor(wait).count());
    RedisCommand read{"XREADGROUP", "GROUP", kWorkersGroup, name_, "COUNT", count};
    // BLOCK 0 would wait for ever.
    if (block != "0") {
        read.insert(read.end(), {"BLOCK", block});
    }
    read.insert(read.end(), {"STREAMS", state_->stream, ">"});

    const std::vector<RedisCommand> commands{std::move(read), {"XLEN", state_->stream}};
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    state_->noteDepth(answers->back());
    if (const RedisAnswer& entries = answers->front(); !entries) {
        return tl::unexpected(entries.error());
    }
    return readEntries(answers->front()->view()[0][1]);
}

std::chrono::milliseconds RedisConsumer::blockFor(std::chrono::milliseconds wait) const {
    const auto untilClaim = std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(
                                              nextClaim_ - std::chrono::steady_clock::now()));
    return std::min({wait, kLongestBlock, state_->options.timeouts.socket / 2, untilClaim});
}

std::vector<Delivery> RedisConsumer::readEntries(ReplyView entries) {
    std::vector<Delivery> deliveries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto id = entries[i][0].text();
        if (!id || held_.contains(std::string(*id))) {
            continue;
        }
        if (auto job = readJob(*id, entries[i][1])) {
            held_.emplace(*id);
            deliveries.push_back({*std::move(job), std::string(*id)});
        } else {
            finished_.emplace_back(*id);
        }
    }
    return deliveries;
}

std::optional<Job> RedisConsumer::readJob(std::string_view id, ReplyView fields) {
    // Deleted while it was pending: nothing to do but to forget it.
    if (fields.isNil()) {
        return std::nullopt;
    }
    auto job = jobIn(fields);
    if (!job) {
        ++state_->deadLetters;
        qCWarning(redisLog) << "Entry" << std::string(id).c_str() << "of" << state_->stream.c_str()
                            << "is no job:" << std::string(nameOf(job.error())).c_str();
        return std::nullopt;
    }
    return *std::move(job);
}

tl::expected<void, RedisError> RedisConsumer::settle(RedisConnection& connection) {
    if (finished_.empty()) {
        return {};
    }
    RedisCommand acknowledge{"XACK", state_->stream, kWorkersGroup};
    acknowledge.insert(acknowledge.end(), finished_.begin(), finished_.end());
    RedisCommand remove{"XDEL", state_->stream};
    remove.insert(remove.end(), finished_.begin(), finished_.end());
    const std::vector<RedisCommand> commands{
        std::move(acknowledge), std::move(remove), {"XLEN", state_->stream}};

    state_->options.crashPoints.reach(base::CrashPoint::redisBeforeAcknowledge);
    const auto answers = connection.pipeline(commands);
    state_->options.crashPoints.reach(base::CrashPoint::redisAfterAcknowledge);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    for (const RedisAnswer& answer : *answers) {
        if (!answer) {
            return tl::unexpected(answer.error());
        }
    }
    state_->noteDepth(answers->back());
    finished_.clear();
    return {};
}

}  // namespace oee::jobs
