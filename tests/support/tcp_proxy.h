#pragma once
// A bad line between a client and a server on 127.0.0.1.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace oee::test {

enum class Line {
    good,
    slow,  // each piece arrives late
    dead,  // connections stand and are accepted, but nothing arrives: a half-open connection
};

class TcpProxy {
  public:
    // Late by `delay` in each direction while the line is slow.
    TcpProxy(std::uint16_t target, std::chrono::milliseconds delay);
    ~TcpProxy();
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;

    bool isListening() const { return port_ != 0; }
    std::uint16_t port() const { return port_; }
    // What was lost on a dead line stays lost.
    void setLine(Line line) { line_ = line; }

  private:
    void run();

    const std::uint16_t target_;
    const std::chrono::milliseconds delay_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<Line> line_{Line::good};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace oee::test
