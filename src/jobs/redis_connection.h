#pragma once
// One blocking connection to a Redis server: hiredis behind values.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/redis_url.h"

struct redisContext;
struct redisReply;

namespace oee::jobs {

enum class RedisErrorKind {
    connect,      // nobody listens there, or the name is unknown
    timeout,      // no answer in time
    closed,       // the connection broke
    garbled,      // not the Redis protocol
    login,        // wrong or missing password, or the user may not do this
    notReady,     // loading, a replica that cannot write, a failing disk …: later
    outOfMemory,  // maxmemory is reached
    noGroup,      // the stream or its consumer group is gone
    tooOld,       // before 6.2
    refused,      // any other error that the server answers
};

struct RedisError {
    RedisErrorKind kind = RedisErrorKind::refused;
    std::string text;  // for logs and people; never holds a password
};

struct RedisTimeouts {
    std::chrono::milliseconds connect{1'000};
    std::chrono::milliseconds socket{3'000};  // of each read and write; commands block for less
};

// A look at a reply or a part of one; valid as long as the Reply. Looking for what is not there
// gives nothing, so that no answer of a server can break a reader.
class ReplyView {
  public:
    explicit ReplyView(const redisReply* reply) : reply_(reply) {}

    bool isNil() const;
    bool isArray() const;
    // Bulk and status strings; bytes, may hold NUL.
    std::optional<std::string_view> text() const;
    std::optional<std::int64_t> integer() const;
    std::size_t size() const;  // 0 where it is not an array
    ReplyView operator[](std::size_t index) const;

  private:
    const redisReply* reply_;
};

class Reply {
  public:
    explicit Reply(redisReply* reply) : reply_(reply) {}
    ReplyView view() const { return ReplyView(reply_.get()); }

  private:
    struct Free {
        void operator()(redisReply* reply) const;
    };
    std::unique_ptr<redisReply, Free> reply_;
};

// A command and its arguments, each sent with its length: no text of a user can become another
// argument or command.
using RedisCommand = std::vector<std::string_view>;
using RedisAnswer = tl::expected<Reply, RedisError>;

// Used by one thread at a time. After a transport error (connect, timeout, closed, garbled) the
// context is freed at once, because hiredis cannot tell which answer the next bytes belong to.
class RedisConnection {
  public:
    // Connects, then AUTH and SELECT as the URL says.
    static tl::expected<RedisConnection, RedisError> open(const RedisUrl& url,
                                                          const RedisTimeouts& timeouts);

    bool isOpen() const { return context_ != nullptr; }

    // An error reply of the server is an error here.
    RedisAnswer command(const RedisCommand& command);
    // One round trip for all; as many answers as commands. The outer error is the transport's: it
    // is then unknown which of the commands the server ran.
    tl::expected<std::vector<RedisAnswer>, RedisError> pipeline(
        std::span<const RedisCommand> commands);

  private:
    struct Free {
        void operator()(redisContext* context) const;
    };

    explicit RedisConnection(redisContext* context) : context_(context) {}
    tl::expected<void, RedisError> logIn(const RedisUrl& url);
    tl::expected<void, RedisError> append(const RedisCommand& command);
    // The outer error is the transport's.
    tl::expected<RedisAnswer, RedisError> readAnswer();
    RedisError broken();

    std::unique_ptr<redisContext, Free> context_;
};

// Of a pipeline all of whose commands have to succeed: the first of the errors, if there is one.
tl::expected<void, RedisError> allDone(
    const tl::expected<std::vector<RedisAnswer>, RedisError>& answers);

// The value of the line "name:value" in an answer to INFO; without data where it has none.
std::string_view infoLine(std::string_view info, std::string_view name);

// What INFO or HELLO tells of a server.
struct RedisServer {
    std::string version;
    unsigned major = 0;
    unsigned minor = 0;
};
tl::expected<RedisServer, RedisError> inspect(RedisConnection& connection);

}  // namespace oee::jobs
