#include "support/redis_server.h"

#include <array>
#include <cassert>
#include <csignal>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <QDeadlineTimer>
#include <QUrl>

namespace oee::test {
namespace {

constexpr int kStartMillis = 30'000;
constexpr int kStopMillis = 30'000;
constexpr int kPortsTried = 5;

class Socket {
  public:
    Socket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// A port that was free a moment ago; 0 if there is none.
std::uint16_t freePort() {
    const Socket socket;
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.descriptor(), generic, size) != 0 ||
        ::getsockname(socket.descriptor(), generic, &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

}  // namespace

RedisServer::RedisServer(RedisServerOptions options) : options_(std::move(options)) {
    process_.setProcessChannelMode(QProcess::MergedChannels);
    // Also when the test is killed. (Of the thread that starts it: the test's main thread.)
    process_.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
}

RedisServer::~RedisServer() {
    kill();
}

bool RedisServer::start() {
    assert(process_.state() == QProcess::NotRunning);
    if (port_ != 0) {
        return launch();
    }
    // Somebody else may take the port before redis-server does.
    for (int attempt = 0; attempt < kPortsTried; ++attempt) {
        port_ = freePort();
        if (port_ != 0 && launch()) {
            return true;
        }
    }
    port_ = 0;
    return false;
}

bool RedisServer::launch() {
    if (!folder_.isValid()) {
        problem_ = folder_.errorString();
        return false;
    }
    const bool appendOnly = options_.persistence != RedisPersistence::none;
    const bool everySecond = options_.persistence == RedisPersistence::everySecond;
    QStringList arguments{"--port",        QString::number(port_),
                          "--bind",        "127.0.0.1",
                          "--dir",         folder_.path(),
                          "--save",        "",
                          "--daemonize",   "no",
                          "--appendonly",  appendOnly ? "yes" : "no",
                          "--appendfsync", everySecond ? "everysec" : "always"};
    if (!options_.password.isEmpty()) {
        arguments << "--requirepass" << options_.password;
    }
    process_.start("redis-server", arguments + options_.settings);
    if (!process_.waitForStarted(kStartMillis)) {
        problem_ = "redis-server: " + process_.errorString();
        return false;
    }
    const QDeadlineTimer deadline(kStartMillis);
    while (!deadline.hasExpired()) {
        if (answers()) {
            return true;
        }
        if (process_.waitForFinished(20)) {
            problem_ = "redis-server ended: " + QString::fromLocal8Bit(process_.readAll());
            return false;
        }
    }
    problem_ = "redis-server does not answer: " + QString::fromLocal8Bit(process_.readAll());
    kill();
    return false;
}

// PONG, or a demand for the password; not "loading".
bool RedisServer::answers() const {
    const Socket socket;
    const timeval limit{1, 0};
    ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const sockaddr_in address = loopback(port_);
    if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0) {
        return false;
    }
    constexpr std::string_view kPing = "PING\r\n";
    if (::send(socket.descriptor(), kPing.data(), kPing.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(kPing.size())) {
        return false;
    }
    std::array<char, 64> answer{};
    const ssize_t size = ::recv(socket.descriptor(), answer.data(), answer.size(), 0);
    const std::string_view text(answer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return text.starts_with("+PONG") || text.starts_with("-NOAUTH");
}

void RedisServer::stop() {
    if (process_.state() == QProcess::NotRunning) {
        return;
    }
    resume();
    process_.terminate();
    if (!process_.waitForFinished(kStopMillis)) {
        kill();
    }
}

void RedisServer::kill() {
    if (process_.state() == QProcess::NotRunning) {
        return;
    }
    process_.kill();
    process_.waitForFinished(kStopMillis);
}

void RedisServer::pause() {
    signal(SIGSTOP);
}

void RedisServer::resume() {
    signal(SIGCONT);
}

void RedisServer::signal(int number) const {
    assert(process_.state() != QProcess::NotRunning);
    ::kill(static_cast<pid_t>(process_.processId()), number);
}

std::string RedisServer::url() const {
    const QString login =
        options_.password.isEmpty()
            ? QString()
            : ':' + QString::fromLatin1(QUrl::toPercentEncoding(options_.password)) + '@';
    return "redis://" + login.toStdString() + "127.0.0.1:" + std::to_string(port_);
}

}  // namespace oee::test
