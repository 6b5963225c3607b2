#include "bench/order_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"
#include "domain/amount.h"

namespace oee::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kEventsOfAnOrder = 5;  // pending to confirmed, none left out
constexpr int kAskEveryMillis = 2;
constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::size_t kReadBytes = 64 * 1024;

double secondsSince(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::string orderRequest(std::uint64_t number, std::uint16_t port) {
    const bool sells = number % 2 == 0;
    const std::string body =
        std::string(sells ? R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":"0.01")"
                          : R"({"tokenIn":"USDC","tokenOut":"SOL","amountIn":"0.8")") +
        ",\"slippageBps\":" + std::to_string(domain::kMaxSlippageBps) + "}";
    return "POST /api/orders/execute HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::uint64_t numberAfter(std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    require(at != std::string_view::npos, "the engine's status lacks a field");
    return std::stoull(std::string(text.substr(at + name.size(), 20)));
}

}  // namespace

// A connection that answers are read from, one at a time.
class OrderClient::Socket {
  public:
    explicit Socket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        require(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0,
                "the engine takes no connection");
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const timeval limit{kPatience.count(), 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }

    int descriptor() const { return descriptor_; }

    void send(std::string_view bytes) {
        // Requests are small and one is under way at a time: they always fit.
        require(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(bytes.size()),
                "the engine takes no request");
    }

    void receive() {
        std::array<char, kReadBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
        require(size > 0, "the engine closed a connection, or is silent");
        received_.append(bytes.data(), static_cast<std::size_t>(size));
    }

    // A whole answer, if it has arrived: its head and body.
    bool takeAnswer(std::string& answer) {
        const auto headEnd = received_.find("\r\n\r\n");
        if (headEnd == std::string::npos) {
            return false;
        }
        constexpr std::string_view kLength = "Content-Length: ";
        const auto at = received_.find(kLength);
        require(at < headEnd, "an answer without a length");
        const std::size_t size =
            headEnd + 4 + std::stoul(received_.substr(at + kLength.size(), 20));
        if (received_.size() < size) {
            return false;
        }
        answer = received_.substr(0, size);
        received_.erase(0, size);
        return true;
    }

    std::string ask(std::string_view request) {
        send(request);
        return nextAnswer();
    }

    std::string nextAnswer() {
        std::string answer;
        while (!takeAnswer(answer)) {
            receive();
        }
        return answer;
    }

    // RFC 6455. The key is not a secret, and neither is the mask: one of zeros changes nothing.
    void upgrade(std::uint16_t port) {
        send("GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        std::size_t headEnd = std::string::npos;
        while ((headEnd = received_.find("\r\n\r\n")) == std::string::npos) {
            receive();
        }
        require(received_.starts_with("HTTP/1.1 101"), "the engine opens no WebSocket");
        received_.erase(0, headEnd + 4);
    }

    void sendText(std::string_view text) {
        constexpr char kFinalText = '\x81';
        constexpr unsigned kMasked = 0x80;
        std::string frame{kFinalText, static_cast<char>(kMasked + text.size())};
        frame.append(4, '\0').append(text);
        send(frame);
    }

    // The server does not mask, and does not fragment.
    std::string nextText() {
        for (;;) {
            if (auto text = takeFrame(); !text.empty()) {
                return text;
            }
            receive();
        }
    }

  private:
    std::string takeFrame() {
        constexpr std::size_t kSizeOf16 = 126;
        const auto byte = [this](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(received_[at]));
        };
        if (received_.size() < 4) {
            return {};
        }
        std::size_t begin = 2;
        std::size_t size = byte(1);
        require(size <= kSizeOf16, "a frame that is larger than the engine sends");
        if (size == kSizeOf16) {
            begin = 4;
            size = byte(2) * 256 + byte(3);
        }
        if (received_.size() < begin + size) {
            return {};
        }
        std::string text = received_.substr(begin, size);
        received_.erase(0, begin + size);
        return text;
    }

    int descriptor_;
    std::string received_;
};

// The connections of one run.
class OrderClient::Crowd {
  public:
    Crowd(std::uint16_t port, std::uint64_t firstNumber, const Load& load)
        : port_(port), number_(firstNumber), load_(load), epoll_(::epoll_create1(0)) {
        for (int i = 0; i < load.connections; ++i) {
            sockets_.push_back(std::make_unique<Socket>(port));
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = sockets_.back().get();
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, sockets_.back()->descriptor(), &event);
        }
    }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    ~Crowd() { ::close(epoll_); }

    void run() {
        for (const auto& socket : sockets_) {
            sendNext(*socket);
        }
        std::string answer;
        while (accepted_ < load_.orders) {
            std::array<epoll_event, 64> events{};
            const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                           static_cast<int>(kPatience.count()) * 1'000);
            require(ready > 0, "the engine does not answer");
            for (int i = 0; i < ready; ++i) {
                auto& socket = *static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr);
                socket.receive();
                if (socket.takeAnswer(answer)) {
                    require(answer.starts_with("HTTP/1.1 201"),
                            "the engine refused an order: " + QString::fromStdString(answer));
                    ++accepted_;
                    sendNext(socket);
                }
            }
        }
    }

  private:
    void sendNext(Socket& socket) {
        if (sent_ < load_.orders) {
            ++sent_;
            socket.send(orderRequest(number_++, port_));
        }
    }

    std::uint16_t port_;
    std::uint64_t number_;
    const Load load_;
    int epoll_;
    std::vector<std::unique_ptr<Socket>> sockets_;
    int sent_ = 0;
    int accepted_ = 0;
};

OrderClient::OrderClient(std::uint16_t httpPort, std::uint16_t wsPort)
    : httpPort_(httpPort), wsPort_(wsPort), status_(std::make_unique<Socket>(httpPort)) {}

OrderClient::~OrderClient() = default;

EngineCounts OrderClient::counts() {
    const std::string answer = status_->ask(
        "GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(httpPort_) + "\r\n\r\n");
    return {numberAfter(answer, "\"openOrders\":"), numberAfter(answer, "\"lastSequence\":"),
            numberAfter(answer, "\"jobsWaiting\":")};
}

void OrderClient::accept(const Load& load) {
    Crowd crowd(httpPort_, sent_, load);
    sent_ += static_cast<std::uint64_t>(load.orders);
    crowd.run();
}

LoadTimes OrderClient::run(const Load& load) {
    const std::uint64_t lastSequence =
        counts().lastSequence + kEventsOfAnOrder * static_cast<std::uint64_t>(load.orders);
    LoadTimes times;
    const auto start = SteadyClock::now();
    accept(load);
    times.acceptedSeconds = secondsSince(start);
    for (;;) {
        const EngineCounts now = counts();
        times.confirmedSeconds = secondsSince(start);
        if (now.openOrders == 0 && now.lastSequence >= lastSequence) {
            return times;
        }
        require(times.confirmedSeconds < std::chrono::duration<double>(kPatience).count(),
                "orders do not end");
        ::usleep(kAskEveryMillis * 1'000);
    }
}

std::vector<double> OrderClient::oneByOne(int orders) {
    Socket requests(httpPort_);
    Socket news(wsPort_);
    news.upgrade(wsPort_);
    news.sendText(R"({"subscribe":["orders"]})");
    while (news.nextText().find("\"subscribed\"") == std::string::npos) {
    }
    std::vector<double> millis;
    for (int i = 0; i < orders; ++i) {
        const auto start = SteadyClock::now();
        requests.send(orderRequest(sent_++, httpPort_));
        while (news.nextText().find(R"("status":"confirmed")") == std::string::npos) {
        }
        millis.push_back(secondsSince(start) * 1e3);
        require(requests.nextAnswer().starts_with("HTTP/1.1 201"), "the engine refused an order");
    }
    return millis;
}

}  // namespace oee::bench
