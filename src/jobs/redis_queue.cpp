#include "jobs/redis_queue.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "jobs/job_codec.h"
#include "jobs/redis_consumer.h"
#include "jobs/redis_queue_state.h"
#include "jobs/redis_server_check.h"

namespace oee::jobs {
namespace {

// Commands in one round trip: enough to hide its cost, few enough to bound the buffers.
constexpr std::size_t kPipelined = 500;

// The value of `name` in an answer of names and values.
ReplyView valueOf(const ReplyView& pairs, std::string_view name) {
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        if (pairs[i].text() == name) {
            return pairs[i + 1];
        }
    }
    return ReplyView(nullptr);
}

std::optional<ReplyView> groupIn(const RedisAnswer& groups) {
    for (std::size_t i = 0; groups && i < groups->view().size(); ++i) {
        const ReplyView group = groups->view()[i];
        if (valueOf(group, "name").text() == kWorkersGroup) {
            return group;
        }
    }
    return std::nullopt;
}

// Not by DEL, unless it is no stream: that would begin its ids anew, and a consumer must not take a
// new entry for one that it holds.
tl::expected<void, RedisError> emptied(RedisConnection& connection, const std::string& stream) {
    const std::vector<RedisCommand> commands{{"XTRIM", stream, "MAXLEN", "0"},
                                             {"XGROUP", "DESTROY", stream, kWorkersGroup}};
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    if (!answers->front()) {
        if (auto removed = connection.command({"DEL", stream}); !removed) {
            return tl::unexpected(std::move(removed.error()));
        }
    }
    return ensureGroup(connection, stream);
}

std::string scratchOf(const RedisQueueState& state) {
    return state.stream + ":rehearsal";
}

}  // namespace

tl::expected<void, RedisError> ensureGroup(RedisConnection& connection, const std::string& stream) {
    const auto created =
        connection.command({"XGROUP", "CREATE", stream, kWorkersGroup, "0", "MKSTREAM"});
    if (!created && !created.error().text.starts_with("BUSYGROUP")) {
        return tl::unexpected(created.error());
    }
    return {};
}

tl::expected<Job, JobCodecError> jobIn(ReplyView fields) {
    if (fields.size() != 2 || fields[0].text() != kJobField) {
        return tl::unexpected(JobCodecError::malformed);
    }
    return decodeJob(fields[1].text().value_or(""));
}

JobError jobErrorOf(RedisErrorKind kind) {
    switch (kind) {
        case RedisErrorKind::connect:
        case RedisErrorKind::timeout:
        case RedisErrorKind::closed:
        case RedisErrorKind::login:
        case RedisErrorKind::notReady:
        case RedisErrorKind::noGroup:
            return JobError::unavailable;
        case RedisErrorKind::outOfMemory:
            return JobError::full;
        case RedisErrorKind::garbled:
        case RedisErrorKind::tooOld:
        case RedisErrorKind::refused:
            return JobError::protocol;
    }
    return JobError::protocol;
}

tl::expected<std::unique_ptr<RedisQueue>, RedisError> RedisQueue::open(
    const RedisUrl& url, const std::string& instanceId, const RedisQueueOptions& options) {
    auto queue = unconnected(url, instanceId, options);
    const auto connection = queue->link_.acquire();
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    if (auto enough = requireVersion(**connection); !enough) {
        return tl::unexpected(std::move(enough.error()));
    }
    if (auto group = ensureGroup(**connection, queue->state_->stream); !group) {
        return tl::unexpected(std::move(group.error()));
    }
    queue->remarks_ = lossRisks(**connection, describe(url));
    queue->state_->noteDepth((*connection)->command({"XLEN", queue->state_->stream}));
    return queue;
}

RedisQueue::RedisQueue(std::shared_ptr<RedisQueueState> state)
    : state_(std::move(state)), link_(state_->url, state_->options.timeouts, "enqueue") {}

std::unique_ptr<RedisQueue> RedisQueue::unconnected(const RedisUrl& url,
                                                    const std::string& instanceId,
                                                    const RedisQueueOptions& options) {
    assert(!instanceId.empty() && options.lease.count() > 0);
    return std::unique_ptr<RedisQueue>(
        new RedisQueue(std::make_shared<RedisQueueState>(url, instanceId, options)));
}

tl::expected<void, RedisError> RedisQueue::startAfresh() {
    const std::lock_guard lock(mutex_);
    link_.retryNow();
    const auto connection = link_.acquire();
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    auto prepared = requireVersion(**connection).and_then([&] {
        return rehearse(**connection, scratchOf(*state_));
    });
    if (prepared) {
        prepared = emptied(**connection, state_->stream);
    }
    longest_.reset();
    if (!prepared) {
        link_.giveUp(prepared.error());
        return prepared;
    }
    remarks_ = lossRisks(**connection, describe(state_->url));
    state_->depth = 0;
    return {};
}

tl::expected<RedisBacklog, RedisError> RedisQueue::look() {
    const std::lock_guard lock(mutex_);
    const auto connection = link_.acquire();
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    const std::vector<RedisCommand> commands{{"XLEN", state_->stream},
                                             {"XINFO", "STREAM", state_->stream},
                                             {"XINFO", "GROUPS", state_->stream}};
    const auto answers = (*connection)->pipeline(commands);
    const auto length = answers ? state_->noteDepth(answers->front()) : std::nullopt;
    if (!length) {
        const RedisError error = !answers           ? answers.error()
                                 : answers->front() ? RedisError{RedisErrorKind::garbled, "XLEN"}
                                                    : answers->front().error();
        link_.giveUp(error);
        return tl::unexpected(error);
    }
    const auto group = groupIn(answers->back());
    if (!group) {
        // The consumers read from the start of the stream again.
        if (auto made = ensureGroup(**connection, state_->stream); !made) {
            link_.giveUp(made.error());
            return tl::unexpected(std::move(made.error()));
        }
        return RedisBacklog{*length, *length};
    }
    const RedisAnswer& stream = (*answers)[1];
    const bool allDelivered = stream && valueOf(*group, "last-delivered-id").text() ==
                                            valueOf(stream->view(), "last-generated-id").text();
    const auto pending = static_cast<std::size_t>(
        std::max<std::int64_t>(0, valueOf(*group, "pending").integer().value_or(0)));
    return RedisBacklog{*length, allDelivered ? std::min(pending, *length) : *length};
}

std::optional<RedisError> RedisQueue::lastFailure() const {
    const std::lock_guard lock(mutex_);
    return lastFailure_;
}

std::vector<std::string> RedisQueue::remarks() const {
    const std::lock_guard lock(mutex_);
    return remarks_;
}

tl::expected<void, JobError> RedisQueue::enqueue(std::span<const Job> jobs) {
    const std::lock_guard lock(mutex_);
    lastFailure_.reset();
    if (state_->closed) {
        return tl::unexpected(JobError::unavailable);
    }
    const auto connection = link_.acquire();
    if (!connection) {
        return failed(connection.error());
    }
    const auto room = hasRoom(**connection, jobs.size());
    if (room && !*room) {
        return tl::unexpected(JobError::full);
    }
    const auto added = room ? enqueueOn(**connection, jobs)
                            : tl::expected<void, RedisError>(tl::unexpect, room.error());
    if (added) {
        return {};
    }
    longest_.reset();
    if (jobErrorOf(added.error().kind) != JobError::full) {
        link_.giveUp(added.error());
    }
    return failed(added.error());
}

tl::expected<void, JobError> RedisQueue::failed(const RedisError& error) {
    lastFailure_ = error;
    return tl::unexpected(jobErrorOf(error.kind));
}

tl::expected<bool, RedisError> RedisQueue::hasRoom(RedisConnection& connection, std::size_t more) {
    const auto fits = [&] {
        return longest_ && *longest_ <= state_->options.capacity &&
               more <= state_->options.capacity - *longest_;
    };
    if (fits()) {
        return true;
    }
    // Workers have shortened it since.
    const auto length = connection.command({"XLEN", state_->stream});
    if (!length) {
        return tl::unexpected(length.error());
    }
    longest_ = state_->noteDepth(length);
    return fits();
}

tl::expected<void, RedisError> RedisQueue::enqueueOn(RedisConnection& connection,
                                                     std::span<const Job> jobs) {
    for (std::size_t begin = 0; begin < jobs.size(); begin += kPipelined) {
        const auto part = jobs.subspan(begin, std::min(kPipelined, jobs.size() - begin));
        std::vector<std::string> encoded;
        std::vector<RedisCommand> commands;
        encoded.reserve(part.size());
        commands.reserve(part.size() + 1);
        for (const Job& job : part) {
            commands.push_back(
                {"XADD", state_->stream, "*", kJobField, encoded.emplace_back(encodeJob(job))});
        }
        commands.push_back({"XLEN", state_->stream});

        state_->options.crashPoints.reach(base::CrashPoint::redisBeforeAdd);
        const auto answers = connection.pipeline(commands);
        state_->options.crashPoints.reach(base::CrashPoint::redisAfterAdd);
        if (!answers) {
            return tl::unexpected(answers.error());
        }
        longest_ = state_->noteDepth(answers->back());
        for (const RedisAnswer& answer : *answers) {
            if (!answer) {
                return tl::unexpected(answer.error());
            }
        }
    }
    return {};
}

tl::expected<std::unique_ptr<JobConsumer>, JobError> RedisQueue::makeConsumer(
    const std::string& name) {
    return std::make_unique<RedisConsumer>(state_, name);
}

std::size_t RedisQueue::depth() const {
    return state_->depth;
}

void RedisQueue::close() {
    state_->close();
}

std::string RedisQueue::description() const {
    return "redis " + describe(state_->url);
}

std::uint64_t RedisQueue::deadLetterCount() const {
    return state_->deadLetters;
}

}  // namespace oee::jobs
