#pragma once
// The market on its way to remote workers: whole in one key, then numbered changes in a stream.
// What the bytes mean is not known here.
//
// Each run of an engine has an epoch of its own and numbers from 1. The whole market carries the
// number of the last change in it; the stream is trimmed below that, so it stays short. Whoever
// misses a number, or finds another epoch, reads the whole again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/message_seal.h"
#include "jobs/redis_connection.h"
#include "jobs/remote_keys.h"

namespace oee::jobs {

// 16 random bytes.
using RemoteEpoch = std::string;
inline constexpr std::size_t kEpochSize = 16;

// The engine's sign of life.
struct EngineSign {
    RemoteEpoch epoch;
    std::string version;  // of the program
};

// The engine's end. Used by one thread.
class MarketPublisher {
  public:
    MarketPublisher(const MessageSeal& seal, RemoteKeys keys, EngineSign sign);

    // Renews the sign of life.
    tl::expected<void, RedisError> greet(RedisConnection& connection);
    enum class Whole {
        asFollowed,  // what whoever has all changes has: the changes in it are trimmed
        anew,        // more than that: everybody has to read it
    };
    tl::expected<void, RedisError> publishWhole(RedisConnection& connection,
                                                std::string_view market, Whole kind);
    tl::expected<void, RedisError> publishChange(RedisConnection& connection,
                                                 std::string_view delta);
    // Nobody listens any more: takes market and changes away.
    tl::expected<void, RedisError> withdraw(RedisConnection& connection);
    // At the end: the sign of life too.
    void leave(RedisConnection& connection);

  private:
    const MessageSeal& seal_;
    const RemoteKeys keys_;
    const EngineSign sign_;
    std::uint64_t number_ = 0;  // of the last change
};

// A worker's end. Used by one thread.
class MarketFollower {
  public:
    enum class Engine {
        away,      // no sign of life
        stranger,  // one with another secret
        alive,
    };
    struct News {
        Engine engine = Engine::away;
        EngineSign sign;                   // alive
        std::optional<std::string> whole;  // the market anew; `changes` go on from it
        std::vector<std::string> changes;  // in order
    };

    MarketFollower(const MessageSeal& seal, RemoteKeys keys);

    // Waits up to `wait` for something new.
    tl::expected<News, RedisError> poll(RedisConnection& connection,
                                        std::chrono::milliseconds wait);
    // The next poll reads the whole market again.
    void startOver() { number_.reset(); }
    // Otherwise poll() does not wait: there is nothing to wait for yet.
    bool isFollowing() const { return number_.has_value(); }

  private:
    void readSign(ReplyView reply, News& news);
    tl::expected<void, RedisError> readWhole(RedisConnection& connection, News& news);
    void readChanges(ReplyView entries, News& news);

    const MessageSeal& seal_;
    const RemoteKeys keys_;
    RemoteEpoch epoch_;
    std::optional<std::uint64_t> number_;  // of the last change that we have
};

}  // namespace oee::jobs
