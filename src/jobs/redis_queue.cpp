#include "jobs/redis_queue.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "jobs/job_codec.h"
#include "jobs/redis_consumer.h"
#include "jobs/redis_log.h"
#include "jobs/redis_queue_state.h"

namespace oee::jobs {
namespace {

// Commands in one round trip: enough to hide its cost, few enough to bound the buffers.
constexpr std::size_t kPipelined = 500;

// XAUTOCLAIM came with 6.2.
tl::expected<void, RedisError> requireVersion(RedisConnection& connection) {
    const auto server = inspect(connection);
    if (!server) {
        return tl::unexpected(server.error());
    }
    if (server->major < 6 || (server->major == 6 && server->minor < 2)) {
        return tl::unexpected(RedisError{
            RedisErrorKind::tooOld, "Redis " + server->version + " is too old: 6.2 is needed"});
    }
    return {};
}

std::string settingOf(RedisConnection& connection, std::string_view name) {
    const auto answer = connection.command({"CONFIG", "GET", name});
    return answer ? std::string(answer->view()[1].text().value_or("")) : std::string();
}

// No order is lost with Redis, but its job is until it is handed out again: worth a loud word.
void warnOfLosses(RedisConnection& connection, const RedisUrl& url) {
    const std::string where = describe(url);
    if (settingOf(connection, "appendonly") == "no") {
        qCWarning(redisLog) << "Redis" << where.c_str()
                            << "runs without appendonly: jobs in it do not survive its crash "
                               "(they are handed out again from the database)";
    }
    const std::string policy = settingOf(connection, "maxmemory-policy");
    if (!policy.empty() && policy != "noeviction") {
        qCWarning(redisLog) << "Redis" << where.c_str() << "evicts keys when memory is full ("
                            << policy.c_str() << "): jobs can vanish; set noeviction";
    }
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
    const RedisUrl& url, const std::string& instanceId, RedisQueueOptions options) {
    assert(!instanceId.empty() && options.lease.count() > 0);
    std::unique_ptr<RedisQueue> queue(
        new RedisQueue(std::make_shared<RedisQueueState>(url, instanceId, options)));
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
    warnOfLosses(**connection, url);
    queue->state_->noteDepth((*connection)->command({"XLEN", queue->state_->stream}));
    return queue;
}

RedisQueue::RedisQueue(std::shared_ptr<RedisQueueState> state)
    : state_(std::move(state)), link_(state_->url, state_->options.timeouts, "enqueue") {}

tl::expected<void, JobError> RedisQueue::enqueue(std::span<const Job> jobs) {
    const std::lock_guard lock(mutex_);
    if (state_->closed) {
        return tl::unexpected(JobError::unavailable);
    }
    const auto connection = link_.acquire();
    if (!connection) {
        return tl::unexpected(jobErrorOf(connection.error().kind));
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
    const JobError error = jobErrorOf(added.error().kind);
    if (error != JobError::full) {
        link_.giveUp(added.error());
    }
    return tl::unexpected(error);
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
        std::vector<JobFields> fields;
        std::vector<RedisCommand> commands;
        fields.reserve(part.size());
        commands.reserve(part.size() + 1);
        for (const Job& job : part) {
            fields.push_back(encodeJob(job));
            RedisCommand& add = commands.emplace_back(RedisCommand{"XADD", state_->stream, "*"});
            for (const auto& [name, value] : fields.back()) {
                add.push_back(name);
                add.push_back(value);
            }
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
