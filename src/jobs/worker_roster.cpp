#include "jobs/worker_roster.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/byte_codec.h"
#include "jobs/redis_queue_state.h"

namespace oee::jobs {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kMostWorkers = "256";

std::string encode(const Heartbeat& heartbeat) {
    base::ByteWriter writer;
    writer.u32(kVersion);
    writer.text(heartbeat.worker);
    writer.text(heartbeat.version);
    writer.u32(heartbeat.threads);
    writer.u64(heartbeat.planned);
    writer.u64(heartbeat.marketSlot);
    writer.text(heartbeat.epoch);
    writer.u64(heartbeat.counter);
    return writer.take();
}

// Of another version's heartbeat only the version of its program is known, if that.
WorkerSeen seen(const std::string& name, std::string_view payload, std::string_view ownVersion) {
    WorkerSeen worker{name, WorkerState::anotherVersion, {}};
    Heartbeat& heartbeat = worker.heartbeat;
    base::ByteReader reader(payload);
    const bool isOurs = reader.u32() == kVersion;
    heartbeat.worker = reader.text(kLongestName);
    heartbeat.version = reader.text(kLongestName);
    if (!isOurs) {
        return worker;
    }
    heartbeat.threads = reader.u32();
    heartbeat.planned = reader.u64();
    heartbeat.marketSlot = reader.u64();
    heartbeat.epoch = reader.text(kEpochSize);
    heartbeat.counter = reader.u64();
    if (reader.isDone() && heartbeat.version == ownVersion && heartbeat.worker == name) {
        worker.state = WorkerState::ready;
    }
    return worker;
}

}  // namespace

std::string workerName(std::string_view wanted) {
    std::string name(wanted.substr(0, kLongestName));
    for (char& character : name) {
        const bool isPlain = (character >= 'a' && character <= 'z') ||
                             (character >= 'A' && character <= 'Z') ||
                             (character >= '0' && character <= '9') || character == '.' ||
                             character == '_' || character == '-';
        character = isPlain ? character : '-';
    }
    return name;
}

tl::expected<void, RedisError> beat(RedisConnection& connection, const MessageSeal& seal,
                                    const RemoteKeys& keys, const Heartbeat& heartbeat) {
    const std::string sealed = seal.seal(MessageKind::heartbeat, encode(heartbeat));
    const std::string key = keys.heartbeatOf(heartbeat.worker);
    const std::string life = std::to_string(kHeartbeatLife.count());
    const std::vector<RedisCommand> commands{{"SET", key, sealed, "PX", life},
                                             {"SADD", keys.workers, heartbeat.worker}};
    return allDone(connection.pipeline(commands));
}

void signOff(RedisConnection& connection, const RemoteKeys& keys, const std::string& worker) {
    // What cannot be taken away goes by itself.
    const std::string key = keys.heartbeatOf(worker);
    const std::vector<RedisCommand> commands{{"DEL", key}, {"SREM", keys.workers, worker}};
    static_cast<void>(connection.pipeline(commands));
}

std::string consumerName(const std::string& worker, unsigned thread) {
    return "remote:" + worker + ":" + std::to_string(thread);
}

tl::expected<bool, RedisError> leaveGroup(RedisConnection& connection, const RemoteKeys& keys,
                                          const std::string& consumer) {
    const auto held =
        connection.command({"XPENDING", keys.jobs, kWorkersGroup, "-", "+", "1", consumer});
    if (!held) {
        return tl::unexpected(held.error());
    }
    if (held->view().size() > 0) {
        return false;
    }
    // Only the consumer itself could have taken something since.
    const auto gone =
        connection.command({"XGROUP", "DELCONSUMER", keys.jobs, kWorkersGroup, consumer});
    if (!gone) {
        return tl::unexpected(gone.error());
    }
    return true;
}

tl::expected<std::vector<std::string>, RedisError> listEngines(RedisConnection& connection) {
    constexpr std::string_view kPrefix = "oee:";
    constexpr std::string_view kSuffix = ":engine";
    std::set<std::string> engines;  // SCAN may tell a key twice
    std::string cursor = "0";
    do {
        const auto answer =
            connection.command({"SCAN", cursor, "MATCH", "oee:*:engine", "COUNT", "1000"});
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        const ReplyView keys = answer->view()[1];
        for (std::size_t i = 0; i < keys.size(); ++i) {
            std::string_view key = keys[i].text().value_or("");
            if (key.size() > kPrefix.size() + kSuffix.size()) {
                key.remove_prefix(kPrefix.size());
                key.remove_suffix(kSuffix.size());
                engines.emplace(key);
            }
        }
        cursor = answer->view()[0].text().value_or("0");
    } while (cursor != "0");
    return std::vector<std::string>(engines.begin(), engines.end());
}

tl::expected<std::vector<WorkerSeen>, RedisError> readRoster(RedisConnection& connection,
                                                             const MessageSeal& seal,
                                                             const RemoteKeys& keys,
                                                             std::string_view ownVersion) {
    // Not SMEMBERS: whoever can write to the server could make that as long as he likes.
    const auto members = connection.command({"SRANDMEMBER", keys.workers, kMostWorkers});
    if (!members) {
        return tl::unexpected(members.error());
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < members->view().size(); ++i) {
        names.emplace_back(members->view()[i].text().value_or(""));
    }
    if (names.empty()) {
        return std::vector<WorkerSeen>{};
    }
    std::sort(names.begin(), names.end());
    std::vector<std::string> beats;
    beats.reserve(names.size());
    std::vector<RedisCommand> commands;
    for (const std::string& name : names) {
        beats.push_back(keys.heartbeatOf(name));
        commands.push_back({"GET", beats.back()});
    }
    const auto answers = connection.pipeline(commands);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    std::vector<WorkerSeen> workers;
    RedisCommand gone{"SREM", keys.workers};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& answer = (*answers)[i];
        const auto sealed = answer ? answer->view().text() : std::nullopt;
        if (!sealed) {
            gone.emplace_back(names[i]);
        } else if (const auto payload = seal.open(MessageKind::heartbeat, *sealed)) {
            workers.push_back(seen(names[i], *payload, ownVersion));
        } else {
            workers.push_back({workerName(names[i]), WorkerState::anotherSecret, {}});
        }
    }
    if (gone.size() > 2) {
        if (const auto removed = connection.command(gone); !removed) {
            return tl::unexpected(removed.error());
        }
    }
    return workers;
}

}  // namespace oee::jobs
