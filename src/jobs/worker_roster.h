#pragma once
// Signs of life of remote workers.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/market_feed.h"
#include "jobs/message_seal.h"
#include "jobs/redis_connection.h"
#include "jobs/remote_keys.h"

namespace oee::jobs {

struct Heartbeat {
    std::string worker;   // the run's name, unique
    std::string version;  // of the program
    std::uint32_t threads = 0;
    std::uint64_t planned = 0;  // jobs since it started
    std::uint64_t marketSlot = 0;
    RemoteEpoch epoch;          // of the engine that it follows; empty: none
    std::uint64_t counter = 0;  // grows with each heartbeat

    friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

// How long a heartbeat stands that is not renewed.
inline constexpr std::chrono::milliseconds kHeartbeatLife{5'000};
inline constexpr std::chrono::milliseconds kHeartbeatEvery{1'000};

// A worker's name in keys and lists: at most 64 of A–Z a–z 0–9 . _ - ; others become '-'.
std::string workerName(std::string_view wanted);

tl::expected<void, RedisError> beat(RedisConnection& connection, const MessageSeal& seal,
                                    const RemoteKeys& keys, const Heartbeat& heartbeat);
void signOff(RedisConnection& connection, const RemoteKeys& keys, const std::string& worker);

// The name of a worker's thread, 1 to `threads`, among the consumers of the jobs.
std::string consumerName(const std::string& worker, unsigned thread);
// For a consumer that leaves: takes it out of the group, if it holds nothing any more.
tl::expected<bool, RedisError> leaveGroup(RedisConnection& connection, const RemoteKeys& keys,
                                          const std::string& consumer);

enum class WorkerState {
    ready,
    anotherSecret,   // what it sends is ignored
    anotherVersion,  // of the program: likewise
};

struct WorkerSeen {
    std::string name;
    WorkerState state = WorkerState::ready;
    Heartbeat heartbeat;  // empty with another secret
};

// The ids of the engines that use a server, in order; only those with a sign of life. Looks at all
// keys of the server.
tl::expected<std::vector<std::string>, RedisError> listEngines(RedisConnection& connection);

// Everyone with a heartbeat that stands, in order of name; at most 256.
tl::expected<std::vector<WorkerSeen>, RedisError> readRoster(RedisConnection& connection,
                                                             const MessageSeal& seal,
                                                             const RemoteKeys& keys,
                                                             std::string_view ownVersion);

}  // namespace oee::jobs
