#include "jobs/redis_probe.h"

namespace oee::jobs {

tl::expected<void, RedisError> probeRedis(const RedisUrl& url, std::chrono::milliseconds within) {
    // Half for the connection, half for the answer.
    auto connection = RedisConnection::open(url, {within / 2, within / 2});
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    const auto answer = connection->command({"PING"});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    if (answer->view().text() != "PONG") {
        return tl::unexpected(RedisError{RedisErrorKind::garbled, "PING was not answered by PONG"});
    }
    return {};
}

}  // namespace oee::jobs
