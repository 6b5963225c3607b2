#include "support/tcp_proxy.h"

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace oee::test {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr int kPollMillis = 5;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void sendAtOnce(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int connectTo(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(descriptor);
        return -1;
    }
    sendAtOnce(descriptor);
    return descriptor;
}

struct Piece {
    Instant due;
    std::string bytes;
};

struct Pair {
    std::array<int, 2> ends{-1, -1};  // client, server
    std::array<std::deque<Piece>, 2> from;
    bool broken = false;
};

// Whether the peer is still there.
bool readFrom(Pair& pair, std::size_t end, Line line, std::chrono::milliseconds delay) {
    std::array<char, 65'536> buffer{};
    const ssize_t size = ::recv(pair.ends.at(end), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) {
        return false;
    }
    if (line != Line::dead) {
        const auto late = line == Line::slow ? delay : std::chrono::milliseconds(0);
        pair.from.at(end).push_back({std::chrono::steady_clock::now() + late,
                                     std::string(buffer.data(), static_cast<std::size_t>(size))});
    }
    return true;
}

// Blocking sends: what a test sends fits into the buffers of the system.
void deliverDue(Pair& pair) {
    for (const std::size_t end : {0U, 1U}) {
        auto& pieces = pair.from.at(end);
        while (!pieces.empty() && pieces.front().due <= std::chrono::steady_clock::now()) {
            const std::string& bytes = pieces.front().bytes;
            std::size_t sent = 0;
            while (sent < bytes.size()) {
                const ssize_t size = ::send(pair.ends.at(1 - end), bytes.data() + sent,
                                            bytes.size() - sent, MSG_NOSIGNAL);
                if (size <= 0) {
                    pair.broken = true;
                    return;
                }
                sent += static_cast<std::size_t>(size);
            }
            pieces.pop_front();
        }
    }
}

void close(const Pair& pair) {
    for (const int end : pair.ends) {
        ::close(end);
    }
}

}  // namespace

TcpProxy::TcpProxy(std::uint16_t target, std::chrono::milliseconds delay)
    : target_(target), delay_(delay) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        return;
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
    ::close(listener_);
}

void TcpProxy::run() {
    std::list<Pair> pairs;
    while (!stopping_) {
        std::vector<pollfd> polled{{listener_, POLLIN, 0}};
        for (const Pair& pair : pairs) {
            polled.push_back({pair.ends[0], POLLIN, 0});
            polled.push_back({pair.ends[1], POLLIN, 0});
        }
        ::poll(polled.data(), polled.size(), kPollMillis);
        std::size_t position = 1;
        for (Pair& pair : pairs) {
            for (const std::size_t end : {0U, 1U}) {
                if (polled[position++].revents != 0 && !readFrom(pair, end, line_, delay_)) {
                    pair.broken = true;
                }
            }
            deliverDue(pair);
        }
        pairs.remove_if([](const Pair& pair) {
            if (pair.broken) {
                close(pair);
            }
            return pair.broken;
        });
        if ((polled[0].revents & POLLIN) != 0) {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            sendAtOnce(client);
            const int server = connectTo(target_);
            if (server < 0) {
                ::close(client);
            } else {
                pairs.push_back({{client, server}, {}, false});
            }
        }
    }
    for (const Pair& pair : pairs) {
        close(pair);
    }
}

}  // namespace oee::test
