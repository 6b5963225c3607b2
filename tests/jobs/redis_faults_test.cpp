// The Redis adapter while the server dies, hangs, forgets or refuses.

#include <optional>
#include <set>
#include <thread>

#include <QTest>

#include "jobs/redis_fixture.h"
#include "jobs/redis_queue.h"

namespace oee::test {
namespace {

using jobs::JobError;

// Runs a take() on a thread of its own until it returns.
class Taker {
  public:
    Taker(jobs::JobQueue& queue, std::string name, std::chrono::milliseconds wait)
        : thread_([this, &queue, name = std::move(name), wait] {
              const auto consumer = *queue.makeConsumer(name);
              auto taken = consumer->take(10, wait);
              if (taken) {
                  numbers_ = numbersOf(*taken);
                  acknowledged_ = consumer->acknowledge(*taken).has_value();
              }
              answered_ = taken.has_value();
          }) {}
    ~Taker() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    // Empty where take() answered with an error.
    std::optional<std::vector<std::uint64_t>> numbers() {
        thread_.join();
        return answered_ ? std::optional(numbers_) : std::nullopt;
    }
    bool acknowledged() const { return acknowledged_; }

  private:
    std::vector<std::uint64_t> numbers_;
    bool acknowledged_ = false;
    bool answered_ = false;
    std::thread thread_;
};

bool blocksInRedis(Administrator& administrator, std::int64_t clients = 1) {
    const std::string wanted = "blocked_clients:" + std::to_string(clients) + "\r\n";
    return waitUntil([&] {
        const auto info = administrator({"INFO", "clients"});
        return info.view().text().value().find(wanted) != std::string_view::npos;
    });
}

}  // namespace

class RedisFaultsTest : public QObject {
    Q_OBJECT

  private slots:
    void killedAndRestartedWithItsData();
    void acknowledgementIsMadeUpFor();
    void restartedEmpty();
    void restartedInTheMiddleOfAWait();
    void flushedInTheMiddleOfAWait();
    void groupIsGone();
    void wrongKindOfKey();
    void hangs();
    void outOfMemory();
    void closeDuringAnOutage();
    void manyConsumersThroughRestarts();
};

void RedisFaultsTest::killedAndRestartedWithItsData() {
    RedisServer server({.persistence = RedisPersistence::appendOnly});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 100)).has_value());
    const auto held = taken(*consumer, 10);
    QCOMPARE(numbersOf(held), numbersFrom(1, 10));

    server.kill();
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(101, 1))), kUnavailable);
    QCOMPARE(errorOf(consumer->take(1, 0ms)), kUnavailable);
    QCOMPARE(errorOf(consumer->take(1, 20ms)), kUnavailable);
    QCOMPARE(queue->depth(), std::size_t{100});

    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(101, 1)));
    const auto rest = taken(*consumer, 1'000);
    QCOMPARE(numbersOf(rest), numbersFrom(11, 91));
    QVERIFY(consumer->acknowledge(held).has_value());
    QVERIFY(consumer->acknowledge(rest).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
    QCOMPARE(Administrator(server).pending(kStream), std::int64_t{0});
}

void RedisFaultsTest::acknowledgementIsMadeUpFor() {
    RedisServer server({.persistence = RedisPersistence::appendOnly});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    const auto done = taken(*consumer, 1);
    server.kill();
    QCOMPARE(errorOf(consumer->acknowledge(done)), kUnavailable);
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto next = taken(*consumer, 5);
    QCOMPARE(numbersOf(next), numbersFrom(2, 1));
    Administrator administrator(server);
    QCOMPARE(administrator.pending(kStream), std::int64_t{1});
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{1});
}

void RedisFaultsTest::restartedEmpty() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    const auto lost = taken(*consumer, 1);
    server.kill();
    QVERIFY2(server.start(), qPrintable(server.problem()));
    // Whoever holds the orders enqueues them again.
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(1, 3)));
    QVERIFY(waitUntil([&] { return consumer->acknowledge(lost).has_value(); }));
    const auto all = taken(*consumer, 5);
    QCOMPARE(numbersOf(all), numbersFrom(1, 3));
    QVERIFY(consumer->acknowledge(all).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
}

void RedisFaultsTest::restartedInTheMiddleOfAWait() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    Taker taker(*queue, "w", kLong);
    {
        Administrator administrator(server);
        QVERIFY(blocksInRedis(administrator));
    }
    server.kill();
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(1, 1)));
    QCOMPARE(taker.numbers(), std::optional(numbersFrom(1, 1)));
    QVERIFY(taker.acknowledged());
}

void RedisFaultsTest::flushedInTheMiddleOfAWait() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    const auto consumer = *queue->makeConsumer("holds");
    const auto held = taken(*consumer, 1);

    Taker taker(*queue, "w", kLong);
    Administrator administrator(server);
    QVERIFY(blocksInRedis(administrator));
    administrator({"FLUSHALL"});
    QVERIFY(queue->enqueue(sampleJobs(2, 1)).has_value());
    QCOMPARE(taker.numbers(), std::optional(numbersFrom(2, 1)));
    QVERIFY(taker.acknowledged());
    QVERIFY(consumer->acknowledge(held).has_value());
    QVERIFY(taken(*consumer, 5, 0ms).empty());
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
}

void RedisFaultsTest::groupIsGone() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    QCOMPARE(numbersOf(taken(*consumer, 2)), numbersFrom(1, 2));
    Administrator administrator(server);
    administrator({"XGROUP", "DESTROY", kStream, "workers"});
    // From the start again: what was being worked on is in the stream still.
    const auto all = taken(*consumer, 5);
    QCOMPARE(numbersOf(all), numbersFrom(1, 3));
    QVERIFY(consumer->acknowledge(all).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
}

void RedisFaultsTest::wrongKindOfKey() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(taken(*consumer, 1, 0ms).empty());
    Administrator administrator(server);
    administrator({"DEL", kStream});
    administrator({"SET", kStream, "text"});
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(1, 1))), std::optional(JobError::protocol));
    QCOMPARE(errorOf(consumer->take(1, 0ms)), std::optional(JobError::protocol));
    QCOMPARE(administrator({"GET", kStream}).view().text().value(), std::string_view("text"));
    const auto refused = jobs::RedisQueue::open(urlOf(server), "i");
    QVERIFY(!refused.has_value());

    administrator({"DEL", kStream});
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(1, 1)));
    QCOMPARE(numbersOf(taken(*consumer, 1)), numbersFrom(1, 1));
}

void RedisFaultsTest::hangs() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server, "i", {.lease = 200ms, .timeouts = {300ms, 300ms}});
    QVERIFY(queue != nullptr);
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(1, 3)));
    const auto consumer = *queue->makeConsumer("w");
    const auto first = taken(*consumer, 1);
    QCOMPARE(numbersOf(first), numbersFrom(1, 1));

    server.pause();
    QCOMPARE(errorOf(consumer->take(1, 0ms)), kUnavailable);
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(4, 1))), kUnavailable);
    QCOMPARE(errorOf(consumer->acknowledge(first)), kUnavailable);
    QVERIFY(queue->depth() >= 3);
    server.resume();

    // The server may have run what nobody heard the answer of: a job can come twice, none is lost.
    QVERIFY(enqueuedInTheEnd(*queue, sampleJobs(4, 1)));
    std::set<std::uint64_t> numbers;
    QVERIFY(waitUntil([&] {
        const auto some = consumer->take(5, 1s);
        if (some && consumer->acknowledge(*some)) {
            for (const std::uint64_t number : numbersOf(*some)) {
                numbers.insert(number);
            }
        }
        return numbers.contains(2) && numbers.contains(3) && numbers.contains(4);
    }));
    QVERIFY(waitUntil([&] {
        const auto some = consumer->take(5, 50ms);
        return some && consumer->acknowledge(*some) && queue->depth() == 0;
    }));
}

void RedisFaultsTest::outOfMemory() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    Administrator administrator(server);
    administrator({"CONFIG", "SET", "maxmemory", "1"});
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(2, 3))), std::optional(JobError::full));
    // Full is no reason to stop working on what is there.
    const auto consumer = *queue->makeConsumer("w");
    const auto first = taken(*consumer, 5);
    QCOMPARE(numbersOf(first), numbersFrom(1, 1));
    QVERIFY(consumer->acknowledge(first).has_value());
    administrator({"CONFIG", "SET", "maxmemory", "0"});
    QVERIFY(queue->enqueue(sampleJobs(2, 3)).has_value());
    QCOMPARE(numbersOf(taken(*consumer, 5)), numbersFrom(2, 3));
}

void RedisFaultsTest::closeDuringAnOutage() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server);
    Taker taker(*queue, "w", kNever);
    {
        Administrator administrator(server);
        QVERIFY(blocksInRedis(administrator));
    }
    server.kill();
    queue->close();
    QCOMPARE(taker.numbers(), std::optional(std::vector<std::uint64_t>{}));
}

// The producer keeps what is not done and enqueues it again after each loss, as the engine does.
void RedisFaultsTest::manyConsumersThroughRestarts() {
    constexpr std::uint32_t kJobs = 300;
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = openQueue(server, "i", {.lease = 500ms});
    Workers workers(*queue, {"a", "b", "c"});
    bool fine = true;
    for (std::uint32_t round = 0; round < 3; ++round) {
        const auto jobs = sampleJobs(round * kJobs, kJobs);
        fine = fine && enqueuedInTheEnd(*queue, jobs);
        fine = fine && waitUntil([&] { return workers.done().size() > round * kJobs; });
        server.kill();
        fine = fine && server.start();
        fine = fine && enqueuedInTheEnd(*queue, jobs);
        fine = fine && waitUntil([&] { return workers.done().size() == (round + 1) * kJobs; });
    }
    workers.stop();
    QVERIFY(fine);
    QCOMPARE(queue->deadLetterCount(), std::uint64_t{0});
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::RedisFaultsTest)
#include "redis_faults_test.moc"
