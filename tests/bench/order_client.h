#pragma once
// A client of the engine's API that costs little: raw sockets and one epoll in one thread, because
// it shares the cores with what it measures.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace oee::bench {

struct Load {
    int orders = 0;
    int connections = 0;  // each with one request under way
};

struct LoadTimes {
    double acceptedSeconds = 0;   // first byte sent → the last 201
    double confirmedSeconds = 0;  // first byte sent → the engine says that all have ended
};

// What /api/status counts.
struct EngineCounts {
    std::uint64_t openOrders = 0;
    std::uint64_t lastSequence = 0;
    std::uint64_t jobsWaiting = 0;  // in the queue
};

// Small orders of SOL for USDC and back, each of which can be filled. Every failure ends the
// program (see require()).
class OrderClient {
  public:
    // `httpPort` and `wsPort` of 127.0.0.1.
    OrderClient(std::uint16_t httpPort, std::uint16_t wsPort);
    ~OrderClient();

    // Every connection sends its next order as soon as the last one is accepted. The counts are the
    // engine's after their COMMIT; they are asked for every few milliseconds, so that the end is
    // told late by as much, and never early.
    LoadTimes run(const Load& load);
    // The same until all are accepted, which is when it returns.
    void accept(const Load& load);
    // One order after the other: milliseconds from the request to the news of its confirmation
    // on the WebSocket.
    std::vector<double> oneByOne(int orders);
    EngineCounts counts();

  private:
    class Socket;
    class Crowd;

    std::uint16_t httpPort_;
    std::uint16_t wsPort_;
    std::unique_ptr<Socket> status_;
    std::uint64_t sent_ = 0;
};

}  // namespace oee::bench
