#include "jobs/job_recovery.h"

#include <utility>

#include "jobs/redis_queue_state.h"

namespace oee::jobs {
namespace {

constexpr std::string_view kMost = "1000";

tl::expected<std::vector<Job>, RedisError> takeBack(RedisConnection& connection,
                                                    const RemoteKeys& keys,
                                                    const RedisCommand& whichAreHeld) {
    const auto held = connection.command(whichAreHeld);
    if (!held && held.error().kind != RedisErrorKind::noGroup) {
        return tl::unexpected(held.error());
    }
    // Without stream or group nobody holds anything.
    if (!held || held->view().size() == 0) {
        return {};
    }
    std::vector<RedisCommand> commands;
    RedisCommand acknowledge{"XACK", keys.jobs, kWorkersGroup};
    RedisCommand remove{"XDEL", keys.jobs};
    for (std::size_t i = 0; i < held->view().size(); ++i) {
        const std::string_view id = held->view()[i][0].text().value_or("");
        commands.push_back({"XRANGE", keys.jobs, id, id});
        acknowledge.push_back(id);
        remove.push_back(id);
    }
    commands.push_back(std::move(acknowledge));
    commands.push_back(std::move(remove));
    const auto answers = connection.pipeline(commands);
    if (const auto done = allDone(answers); !done) {
        return tl::unexpected(done.error());
    }
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < held->view().size(); ++i) {
        if (auto job = jobIn((*answers)[i]->view()[0][1])) {
            jobs.push_back(*std::move(job));
        }
    }
    return jobs;
}

}  // namespace

tl::expected<std::vector<Job>, RedisError> takeBackFrom(RedisConnection& connection,
                                                        const RemoteKeys& keys,
                                                        const std::string& consumer) {
    return takeBack(connection, keys,
                    {"XPENDING", keys.jobs, kWorkersGroup, "-", "+", kMost, consumer});
}

tl::expected<std::vector<Job>, RedisError> takeBackStalled(RedisConnection& connection,
                                                           const RemoteKeys& keys,
                                                           std::chrono::milliseconds lease) {
    const std::string idle = std::to_string(lease.count());
    return takeBack(connection, keys,
                    {"XPENDING", keys.jobs, kWorkersGroup, "IDLE", idle, "-", "+", kMost});
}

}  // namespace oee::jobs
