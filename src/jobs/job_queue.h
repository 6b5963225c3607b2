#pragma once
// The job queue port: one job is one order's way from routing to submitted.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "domain/order.h"

namespace oee::jobs {

enum class JobError {
    unavailable,  // closed, or the server cannot be reached now: try again later
    full,         // no room for all of the jobs; try again when workers have caught up
    protocol,     // the server answers, but not as a queue should: somebody has to look
};

// What no order that is handed out again has.
inline constexpr std::uint64_t kFirstFence = 0;

// The order carries the fence it was handed out with. A job may be delivered more than once: the
// fence at submission decides.
struct Job {
    domain::OrderPtr order;
};

struct Delivery {
    Job job;
    std::string receipt;  // what acknowledges it: a stream entry id, or the embedded queue's number
};

// A worker's own end of the queue; made, used and destroyed on the worker's thread. What was taken
// and not acknowledged is delivered again, to whichever consumer asks, once its lease is over.
class JobConsumer {
  public:
    virtual ~JobConsumer() = default;
    // Waits up to `wait` for the first job, then takes up to `most` (at least 1) that are ready.
    // Empty after the wait or after JobQueue::close().
    virtual tl::expected<std::vector<Delivery>, JobError> take(std::size_t most,
                                                               std::chrono::milliseconds wait) = 0;
    // Works after close() too. What could not be acknowledged goes along with the next call.
    virtual tl::expected<void, JobError> acknowledge(std::span<const Delivery> done) = 0;
};

// What the one who enqueues believes to be in a queue: enqueued, and not done.
struct Outstanding {
    std::size_t jobs = 0;
    std::size_t seenBefore = 0;  // of them: enqueued before the previous check
};

enum class QueueCheck {
    fine,
    lost,  // jobs may be gone: enqueue all that is outstanding again, with new fences
};

// Thread-safe.
class JobQueue {
  public:
    virtual ~JobQueue() = default;
    // Refused as a whole where there is no room for all. After `unavailable` some of the jobs may
    // have arrived: enqueue all of them again.
    virtual tl::expected<void, JobError> enqueue(std::span<const Job> jobs) = 0;
    // `name` is unique among the consumers that live at the same time; the same again after a
    // restart, so that a consumer finds what it had taken. The queue outlives its consumers.
    virtual tl::expected<std::unique_ptr<JobConsumer>, JobError> makeConsumer(
        const std::string& name) = 0;
    // For whoever enqueues, between two calls of enqueue(): about once a second, and at once after
    // an `unavailable`. May wait for a server for as long as enqueue() may.
    virtual QueueCheck check(const Outstanding& /*believed*/) { return QueueCheck::fine; }
    // Jobs that wait or are being worked on; for the status line. Never waits for a server.
    virtual std::size_t depth() const = 0;
    // Consumers return from take() with nothing.
    virtual void close() = 0;
    // "embedded" or "redis 127.0.0.1:6379/0", for people.
    virtual std::string description() const = 0;
    // What a person should know of it now, in sentences: what it may lose, what it waits for.
    virtual std::vector<std::string> remarks() const { return {}; }
};

// Makes a message, if it is needed, on a thread of the publisher's.
using MessageMaker = std::function<std::string()>;

// Publishes order events for others to listen to; a no-op in the embedded case. Thread-safe.
class EventPublisher {
  public:
    virtual ~EventPublisher() = default;
    // In this order, after those of earlier calls.
    virtual void publish(std::vector<MessageMaker> messages) = 0;
};

}  // namespace oee::jobs
