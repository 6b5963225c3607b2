#include "jobs/redis_server_check.h"

#include <optional>

namespace oee::jobs {
namespace {

// One value of INFO; empty where it cannot be asked for or has none.
std::optional<std::string> infoOf(RedisConnection& connection, std::string_view section,
                                  std::string_view name) {
    const auto answer = connection.command({"INFO", section});
    if (!answer) {
        return std::nullopt;
    }
    const std::string_view line = infoLine(answer->view().text().value_or(""), name);
    return line.data() == nullptr ? std::nullopt : std::optional<std::string>(line);
}

std::optional<std::string> configOf(RedisConnection& connection, std::string_view name) {
    const auto answer = connection.command({"CONFIG", "GET", name});
    const auto value = answer ? answer->view()[1].text() : std::nullopt;
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

}  // namespace

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

tl::expected<void, RedisError> rehearse(RedisConnection& connection, std::string_view scratch) {
    constexpr std::string_view kGroup = "rehearsal";
    constexpr std::string_view kId = "1-1";
    const std::vector<RedisCommand> commands{
        {"DEL", scratch},
        {"XGROUP", "CREATE", scratch, kGroup, "0", "MKSTREAM"},
        {"XADD", scratch, kId, "name", "value"},
        {"XREADGROUP", "GROUP", kGroup, kGroup, "COUNT", "1", "STREAMS", scratch, ">"},
        {"XAUTOCLAIM", scratch, kGroup, kGroup, "60000", "0-0", "COUNT", "1"},
        {"XINFO", "STREAM", scratch},
        {"XINFO", "GROUPS", scratch},
        {"XACK", scratch, kGroup, kId},
        {"XDEL", scratch, kId},
        {"XLEN", scratch},
        {"DEL", scratch}};
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    for (const RedisAnswer& answer : *answers) {
        if (!answer) {
            return tl::unexpected(answer.error());
        }
    }
    return {};
}

std::vector<std::string> lossRisks(RedisConnection& connection, const std::string& where) {
    std::vector<std::string> risks;
    auto appendOnly = configOf(connection, "appendonly");
    if (!appendOnly) {
        if (const auto enabled = infoOf(connection, "persistence", "aof_enabled")) {
            appendOnly = *enabled == "0" ? "no" : "yes";
        }
    }
    auto policy = configOf(connection, "maxmemory-policy");
    if (!policy) {
        policy = infoOf(connection, "memory", "maxmemory_policy");
    }
    const std::string redis = "Redis at " + where;
    const std::string noOrder = " No order is lost: the database keeps them.";
    if (appendOnly == "no") {
        risks.push_back(redis +
                        " runs without appendonly: jobs in it do not survive its crash and are "
                        "handed out again from the database, which takes seconds." +
                        noOrder);
    }
    if (policy && *policy != "noeviction") {
        risks.push_back(
            redis + " evicts keys when its memory is full (maxmemory-policy " + *policy +
            "): jobs can vanish and are handed out again. Set it to noeviction." + noOrder);
    }
    if (!appendOnly || !policy) {
        risks.push_back(redis +
                        " does not tell this user its settings (neither CONFIG GET nor INFO): "
                        "whether it can lose jobs is unknown." +
                        noOrder);
    }
    return risks;
}

}  // namespace oee::jobs
