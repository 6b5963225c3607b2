#include "jobs/redis_connection.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <utility>

#include <hiredis/hiredis.h>

namespace oee::jobs {
namespace {

timeval toTimeval(std::chrono::milliseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return {static_cast<time_t>(seconds.count()),
            static_cast<suseconds_t>(std::chrono::microseconds(duration - seconds).count())};
}

// hiredis writes without MSG_NOSIGNAL: a server that went away would end the process. Blocks
// SIGPIPE for this thread alone and swallows the one that it caused.
class SigpipeGuard {
  public:
    SigpipeGuard() {
        sigset_t pending;
        sigpending(&pending);
        wasPending_ = sigismember(&pending, SIGPIPE) == 1;
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    SigpipeGuard(const SigpipeGuard&) = delete;
    SigpipeGuard& operator=(const SigpipeGuard&) = delete;
    ~SigpipeGuard() {
        if (!wasPending_) {
            const timespec atOnce{};
            while (sigtimedwait(&pipe_, nullptr, &atOnce) == -1 && errno == EINTR) {
            }
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

  private:
    sigset_t pipe_{};
    sigset_t before_{};
    bool wasPending_ = false;
};

RedisErrorKind kindOf(const redisContext& context, int systemError) {
    switch (context.err) {
        case REDIS_ERR_IO:
            return systemError == EAGAIN || systemError == EWOULDBLOCK || systemError == ETIMEDOUT
                       ? RedisErrorKind::timeout
                       : RedisErrorKind::closed;
        case REDIS_ERR_PROTOCOL:
            return RedisErrorKind::garbled;
        default:
            return RedisErrorKind::closed;
    }
}

// The first word of an error reply is its code.
std::string_view codeOf(std::string_view text) {
    return text.substr(0, text.find(' '));
}

RedisErrorKind kindOf(std::string_view code) {
    struct Known {
        std::string_view code;
        RedisErrorKind kind;
    };
    using enum RedisErrorKind;
    static constexpr std::array kKnown{
        Known{"NOGROUP", noGroup},   Known{"UNBLOCKED", noGroup},   Known{"OOM", outOfMemory},
        Known{"NOAUTH", login},      Known{"WRONGPASS", login},     Known{"NOPERM", login},
        Known{"LOADING", notReady},  Known{"READONLY", notReady},   Known{"MASTERDOWN", notReady},
        Known{"BUSY", notReady},     Known{"NOREPLICAS", notReady}, Known{"MISCONF", notReady},
        Known{"TRYAGAIN", notReady}, Known{"CLUSTERDOWN", notReady}};
    for (const Known& known : kKnown) {
        if (known.code == code) {
            return known.kind;
        }
    }
    return refused;
}

RedisError timeoutOrClosed(const redisContext& context, int systemError) {
    const RedisErrorKind kind = kindOf(context, systemError);
    return {kind, kind == RedisErrorKind::timeout ? "no answer in time" : context.errstr};
}

}  // namespace

bool ReplyView::isNil() const {
    return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL;
}

bool ReplyView::isArray() const {
    return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY;
}

std::optional<std::string_view> ReplyView::text() const {
    if (reply_ == nullptr ||
        (reply_->type != REDIS_REPLY_STRING && reply_->type != REDIS_REPLY_STATUS)) {
        return std::nullopt;
    }
    return std::string_view(reply_->str, reply_->len);
}

std::optional<std::int64_t> ReplyView::integer() const {
    return reply_ != nullptr && reply_->type == REDIS_REPLY_INTEGER
               ? std::optional<std::int64_t>(reply_->integer)
               : std::nullopt;
}

std::size_t ReplyView::size() const {
    return isArray() ? reply_->elements : 0;
}

ReplyView ReplyView::operator[](std::size_t index) const {
    return ReplyView(index < size() ? reply_->element[index] : nullptr);
}

void Reply::Free::operator()(redisReply* reply) const {
    freeReplyObject(reply);
}

void RedisConnection::Free::operator()(redisContext* context) const {
    redisFree(context);
}

tl::expected<RedisConnection, RedisError> RedisConnection::open(const RedisUrl& url,
                                                                const RedisTimeouts& timeouts) {
    errno = 0;
    RedisConnection connection(
        redisConnectWithTimeout(url.host.c_str(), url.port, toTimeval(timeouts.connect)));
    const int systemError = errno;
    if (!connection.isOpen()) {
        return tl::unexpected(RedisError{RedisErrorKind::connect, "out of memory"});
    }
    if (connection.context_->err != 0) {
        const bool timedOut = kindOf(*connection.context_, systemError) == RedisErrorKind::timeout;
        return tl::unexpected(
            RedisError{timedOut ? RedisErrorKind::timeout : RedisErrorKind::connect,
                       connection.context_->errstr});
    }
    if (redisSetTimeout(connection.context_.get(), toTimeval(timeouts.socket)) != REDIS_OK) {
        return tl::unexpected(connection.broken());
    }
    // A convenience: without it a dead peer is still noticed by the time-out of the next command.
    redisEnableKeepAlive(connection.context_.get());
    if (auto done = connection.logIn(url); !done) {
        return tl::unexpected(std::move(done.error()));
    }
    return connection;
}

tl::expected<void, RedisError> RedisConnection::logIn(const RedisUrl& url) {
    if (!url.password.empty()) {
        RedisCommand auth{"AUTH"};
        if (!url.user.empty()) {
            auth.push_back(url.user);
        }
        auth.push_back(url.password);
        if (auto answer = command(auth); !answer) {
            RedisError error = std::move(answer.error());
            if (isOpen()) {
                // Only the code: "ERR unknown command" repeats the arguments of the command.
                error = {RedisErrorKind::login,
                         "the server refuses the login: " + std::string(codeOf(error.text))};
            }
            return tl::unexpected(std::move(error));
        }
    }
    if (url.database != 0) {
        if (auto answer = command({"SELECT", std::to_string(url.database)}); !answer) {
            return tl::unexpected(std::move(answer.error()));
        }
    }
    return {};
}

RedisAnswer RedisConnection::command(const RedisCommand& command) {
    auto answers = pipeline({&command, 1});
    if (!answers) {
        return tl::unexpected(std::move(answers.error()));
    }
    return std::move(answers->front());
}

tl::expected<std::vector<RedisAnswer>, RedisError> RedisConnection::pipeline(
    std::span<const RedisCommand> commands) {
    if (!isOpen()) {
        return tl::unexpected(RedisError{RedisErrorKind::closed, "not connected"});
    }
    const SigpipeGuard guard;
    for (const RedisCommand& command : commands) {
        if (auto done = append(command); !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    std::vector<RedisAnswer> answers;
    answers.reserve(commands.size());
    while (answers.size() < commands.size()) {
        auto answer = readAnswer();
        if (!answer) {
            return tl::unexpected(std::move(answer.error()));
        }
        answers.push_back(*std::move(answer));
    }
    return answers;
}

tl::expected<void, RedisError> RedisConnection::append(const RedisCommand& command) {
    assert(!command.empty());
    std::vector<const char*> arguments;
    std::vector<std::size_t> lengths;
    arguments.reserve(command.size());
    lengths.reserve(command.size());
    for (const std::string_view argument : command) {
        arguments.push_back(argument.data());
        lengths.push_back(argument.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(arguments.size()), arguments.data(),
                               lengths.data()) != REDIS_OK) {
        return tl::unexpected(broken());
    }
    return {};
}

tl::expected<RedisAnswer, RedisError> RedisConnection::readAnswer() {
    void* raw = nullptr;
    errno = 0;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) {
        return tl::unexpected(broken());
    }
    auto* const reply = static_cast<redisReply*>(raw);
    Reply owned(reply);
    if (reply->type == REDIS_REPLY_ERROR) {
        const std::string_view text(reply->str, reply->len);
        return RedisAnswer(tl::unexpect, RedisError{kindOf(codeOf(text)), std::string(text)});
    }
    return RedisAnswer(std::move(owned));
}

RedisError RedisConnection::broken() {
    RedisError error = timeoutOrClosed(*context_, errno);
    context_.reset();
    return error;
}

tl::expected<void, RedisError> allDone(
    const tl::expected<std::vector<RedisAnswer>, RedisError>& answers) {
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

std::string_view infoLine(std::string_view info, std::string_view name) {
    std::size_t start = 0;
    while (start < info.size()) {
        const std::size_t end = std::min(info.find("\r\n", start), info.size());
        const std::string_view line = info.substr(start, end - start);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
            return line.substr(name.size() + 1);
        }
        start = end + 2;
    }
    return {};
}

namespace {

// HELLO tells a user who may not ask for INFO (an ACL without @dangerous): "server", "redis",
// "version", "7.0.15" …
std::string versionFromHello(RedisConnection& connection) {
    const auto answer = connection.command({"HELLO"});
    for (std::size_t i = 0; answer && i + 1 < answer->view().size(); i += 2) {
        if (answer->view()[i].text() == "version") {
            return std::string(answer->view()[i + 1].text().value_or(""));
        }
    }
    return {};
}

}  // namespace

tl::expected<RedisServer, RedisError> inspect(RedisConnection& connection) {
    const auto answer = connection.command({"INFO", "server"});
    if (!answer && !connection.isOpen()) {
        return tl::unexpected(answer.error());
    }
    RedisServer server;
    server.version =
        answer ? std::string(infoLine(answer->view().text().value_or(""), "redis_version"))
               : versionFromHello(connection);
    if (!answer && server.version.empty()) {
        return tl::unexpected(answer.error());
    }
    const char* const end = server.version.data() + server.version.size();
    const auto major = std::from_chars(server.version.data(), end, server.major);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.' ||
        std::from_chars(major.ptr + 1, end, server.minor).ec != std::errc{}) {
        return tl::unexpected(
            RedisError{RedisErrorKind::refused, "the server does not tell its version"});
    }
    return server;
}

}  // namespace oee::jobs
