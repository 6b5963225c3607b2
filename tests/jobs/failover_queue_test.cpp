// The queue that leaves Redis and comes back, against real servers.
#include "jobs/failover_queue.h"

#include <set>

#include <QTest>

#include "jobs/failover_fixture.h"
#include "support/tcp_proxy.h"

namespace oee::test {

using jobs::FailoverQueue;
using jobs::JobError;
using jobs::QueueCheck;

class FailoverQueueTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { notices_ = std::make_unique<Notices>(); }
    void aDeadServerIsReplacedUntilItReturns();
    void whateverFailsIsReplaced_data();
    void whateverFailsIsReplaced();
    void aHalfOpenConnectionIsReplaced();
    void whatSurvivedInRedisIsForgotten();
    void aServerThatCannotTakeJobsIsNotReturnedTo();
    void itsOwnBoundIsNoFailure();
    void vanishedJobsAreNoticed_data();
    void vanishedJobsAreNoticed();
    void jobsThatAreThereAreNotMissed();
    void orphansAreCleaned();
    void noJobIsLostThroughRestarts();

  private:
    std::unique_ptr<FailoverQueue> open(const jobs::RedisUrl& url) {
        return openFailover(url, *notices_);
    }

    std::unique_ptr<Notices> notices_;
};

void FailoverQueueTest::aDeadServerIsReplacedUntilItReturns() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    QVERIFY(queue && queue->isOnRedis());
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    const auto held = taken(*consumer, 1);
    QCOMPARE(numbersOf(held), numbersFrom(1, 1));
    QVERIFY(queue->check({3, 3}) == QueueCheck::fine);

    server.kill();
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(4, 1))), kUnavailable);
    QVERIFY(!queue->isOnRedis());
    QVERIFY(notices_->tell("go on through the embedded queue"));
    QVERIFY(contains(queue->remarks(), "cannot be used now"));
    QVERIFY(queue->description().starts_with("embedded, while redis 127.0.0.1:"));
    QVERIFY(queue->check({3, 3}) == QueueCheck::lost);
    QVERIFY(queue->check({3, 3}) == QueueCheck::fine);  // told once
    QVERIFY(queue->enqueue(sampleJobs(11, 4)).has_value());
    const auto replaced = taken(*consumer, 10);
    QCOMPARE(numbersOf(replaced), numbersFrom(11, 4));
    QVERIFY(consumer->acknowledge(replaced).has_value());
    QVERIFY(consumer->acknowledge(held).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
    QVERIFY(queue->enqueue(sampleJobs(21, 1)).has_value());

    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
    QVERIFY(waitUntil([&] { return notices_->tell("answers again"); }));
    QVERIFY(queue->enqueue(sampleJobs(31, 2)).has_value());
    // What the embedded side still has comes first.
    const auto first = taken(*consumer, 10);
    QCOMPARE(numbersOf(first), numbersFrom(21, 1));
    QVERIFY(consumer->acknowledge(first).has_value());
    const auto second = taken(*consumer, 10);
    QCOMPARE(numbersOf(second), numbersFrom(31, 2));
    Administrator administrator(server);
    QCOMPARE(administrator.pending(kStream), std::int64_t{2});
    QVERIFY(consumer->acknowledge(second).has_value());
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
}

void FailoverQueueTest::whateverFailsIsReplaced_data() {
    QTest::addColumn<QByteArray>("fault");
    QTest::newRow("hangs") << QByteArray("hangs");
    QTest::newRow("paused by CLIENT PAUSE") << QByteArray("paused");
    QTest::newRow("out of memory") << QByteArray("memory");
    QTest::newRow("another key under its name") << QByteArray("key");
    QTest::newRow("asks for a password") << QByteArray("password");
}

void FailoverQueueTest::whateverFailsIsReplaced() {
    QFETCH(const QByteArray, fault);
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    QVERIFY(queue && queue->isOnRedis());
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    Administrator administrator(server);
    if (fault == "hangs") {
        server.pause();
    } else if (fault == "paused") {
        administrator({"CLIENT", "PAUSE", "3000", "ALL"});
    } else if (fault == "memory") {
        administrator({"CONFIG", "SET", "maxmemory", "1"});
    } else if (fault == "key") {
        administrator({"DEL", kStream});
        administrator({"SET", kStream, "text"});
    } else {
        administrator({"CONFIG", "SET", "requirepass", "secret"});
        administrator({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    }
    QVERIFY(waitUntil([&] {
        return !queue->enqueue(sampleJobs(4, 1)) || queue->check({3, 3}) == QueueCheck::lost ||
               !queue->isOnRedis();
    }));
    QVERIFY(notices_->tell("go on through the embedded queue"));
    QVERIFY(!notices_->tell("secret"));
    // Nothing comes from Redis; what is enqueued now does, though the fault lasts.
    if (fault != "key") {  // which is mended at the first try
        QVERIFY(queue->enqueue(sampleJobs(11, 4)).has_value());
        QVERIFY(waitUntil([&] {
            const auto some = taken(*consumer, 10, 0ms);
            return numbersOf(some) == numbersFrom(11, 4) && consumer->acknowledge(some);
        }));
    }
    if (fault == "hangs") {
        server.resume();
    } else if (fault == "memory") {
        administrator({"CONFIG", "SET", "maxmemory", "0"});
    } else if (fault == "password") {
        administrator({"CONFIG", "SET", "requirepass", ""});
    }
    QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
    QVERIFY(waitUntil([&] { return queue->enqueue(sampleJobs(21, 2)).has_value(); }));
    std::set<std::uint64_t> numbers;
    QVERIFY(waitUntil([&] {
        const auto some = taken(*consumer, 10, 0ms);
        const auto fresh = numbersOf(some);
        numbers.insert(fresh.begin(), fresh.end());
        return consumer->acknowledge(some) && numbers.contains(21) && numbers.contains(22);
    }));
}

void FailoverQueueTest::aHalfOpenConnectionIsReplaced() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    TcpProxy proxy(server.port(), 1s);
    QVERIFY(proxy.isListening());
    jobs::RedisUrl url = urlOf(server);
    url.port = proxy.port();
    const auto queue = open(url);
    QVERIFY(queue && queue->isOnRedis());
    for (const Line line : {Line::dead, Line::slow}) {
        proxy.setLine(line);
        QVERIFY(waitUntil([&] { return queue->check({0, 0}) == QueueCheck::lost; }));
        QVERIFY(!queue->isOnRedis());
        QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
        const auto consumer = *queue->makeConsumer("w");
        const auto some = taken(*consumer, 1);
        QCOMPARE(numbersOf(some), numbersFrom(1, 1));
        QVERIFY(consumer->acknowledge(some).has_value());
        proxy.setLine(Line::good);
        QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
    }
}

// It has been handed out again meanwhile, with newer fences.
void FailoverQueueTest::whatSurvivedInRedisIsForgotten() {
    RedisServer server({.persistence = RedisPersistence::appendOnly});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    server.kill();
    QVERIFY(queue->check({3, 3}) == QueueCheck::lost);
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
    QCOMPARE(Administrator(server).number({"XLEN", kStream}), std::int64_t{0});
    QVERIFY(queue->enqueue(sampleJobs(11, 2)).has_value());
    QCOMPARE(numbersOf(taken(**queue->makeConsumer("w"), 10)), numbersFrom(11, 2));
}

// It answers PING all the while.
void FailoverQueueTest::aServerThatCannotTakeJobsIsNotReturnedTo() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    Administrator administrator(server);
    administrator({"CONFIG", "SET", "maxmemory", "1"});
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(1, 1))), kUnavailable);
    const auto pings = [&] {
        const auto stats = administrator({"INFO", "commandstats"});
        const std::string text(stats.view().text().value());
        const std::size_t at = text.find("cmdstat_ping:calls=");
        return at == std::string::npos ? 0 : std::stoi(text.substr(at + 19));
    };
    const int before = pings();
    QVERIFY(waitUntil([&] { return pings() >= before + 3; }));
    QVERIFY(!queue->isOnRedis());
    QVERIFY(!notices_->tell("answers again"));
    administrator({"CONFIG", "SET", "maxmemory", "0"});
    QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
}

void FailoverQueueTest::itsOwnBoundIsNoFailure() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto options = quick();
    options.redis.capacity = 2;
    const auto queue = *FailoverQueue::open(
        urlOf(server), "i", [](const std::string&) {}, options);
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(3, 1))), std::optional(JobError::full));
    QVERIFY(queue->isOnRedis());
    QVERIFY(queue->check({2, 2}) == QueueCheck::fine);
}

void FailoverQueueTest::vanishedJobsAreNoticed_data() {
    QTest::addColumn<QByteArray>("fault");
    for (const char* fault : {"FLUSHALL", "DEL", "XTRIM", "DELCONSUMER"}) {
        QTest::newRow(fault) << QByteArray(fault);
    }
}

void FailoverQueueTest::vanishedJobsAreNoticed() {
    QFETCH(const QByteArray, fault);
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    Administrator administrator(server);
    if (fault == "FLUSHALL") {
        administrator({"FLUSHALL"});
    } else if (fault == "DEL") {
        administrator({"DEL", kStream});
    } else if (fault == "XTRIM") {
        administrator({"XTRIM", kStream, "MAXLEN", "0"});
    } else {
        // Delivered to a consumer that is deleted: in the stream, but nobody's.
        QCOMPARE(taken(*consumer, 3).size(), std::size_t{3});
        administrator({"XGROUP", "DELCONSUMER", kStream, "workers", "w"});
    }
    QVERIFY(queue->check({3, 3}) == QueueCheck::fine);
    QVERIFY(queue->check({3, 3}) == QueueCheck::lost);
    QVERIFY(queue->check({3, 0}) == QueueCheck::fine);
    QVERIFY(queue->isOnRedis());
    QVERIFY(notices_->tell("vanished from Redis"));
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
    QVERIFY(queue->enqueue(sampleJobs(11, 3)).has_value());
    const auto again = taken(*consumer, 5);
    QCOMPARE(numbersOf(again), numbersFrom(11, 3));
    QVERIFY(consumer->acknowledge(again).has_value());
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
}

void FailoverQueueTest::jobsThatAreThereAreNotMissed() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    for (int i = 0; i < 4; ++i) {
        QVERIFY(queue->check({3, 3}) == QueueCheck::fine);
    }
    const auto held = taken(*consumer, 3);
    for (int i = 0; i < 4; ++i) {
        QVERIFY(queue->check({3, 3}) == QueueCheck::fine);
    }
    // Enqueued just now: not missed before it could be looked for.
    QVERIFY(consumer->acknowledge(held).has_value());
    for (int i = 0; i < 4; ++i) {
        QVERIFY(queue->check({3, 0}) == QueueCheck::fine);
    }
    // Only two looks in a row count.
    QVERIFY(queue->check({3, 3}) == QueueCheck::fine);
    QVERIFY(queue->check({3, 0}) == QueueCheck::fine);
    QVERIFY(queue->check({3, 3}) == QueueCheck::fine);
}

void FailoverQueueTest::orphansAreCleaned() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    QCOMPARE(taken(*consumer, 3).size(), std::size_t{3});
    Administrator administrator(server);
    administrator({"XGROUP", "DELCONSUMER", kStream, "workers", "w"});
    QVERIFY(queue->check({3, 0}) == QueueCheck::fine);
    QVERIFY(queue->check({3, 0}) == QueueCheck::fine);
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{3});
    QVERIFY(queue->check({0, 0}) == QueueCheck::fine);
    QVERIFY(queue->check({0, 0}) == QueueCheck::fine);
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
}

// The producer does what the engine's dispatcher does.
void FailoverQueueTest::noJobIsLostThroughRestarts() {
    constexpr std::uint64_t kJobs = 400;
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const auto queue = open(urlOf(server));
    Workers workers(*queue, {"a", "b"});
    const auto missing = [&] {
        const std::set<std::uint64_t> done = workers.done();
        std::vector<jobs::Job> jobs;
        for (std::uint32_t number = 0; number < kJobs; ++number) {
            if (!done.contains(number)) {
                jobs.push_back(sampleJob(number));
            }
        }
        return jobs;
    };
    const auto isDoing = [&](std::size_t some) {
        return waitUntil([&] { return missing().size() <= kJobs - some; });
    };
    bool fine = waitUntil([&] { return queue->enqueue(missing()).has_value(); });
    for (const std::size_t some : {50U, 150U, 250U}) {
        fine = fine && isDoing(some);
        server.kill();
        fine = fine && waitUntil([&] { return queue->check({1, 0}) == QueueCheck::lost; });
        fine = fine && queue->enqueue(missing()).has_value();
        fine = fine && server.start() && waitUntil([&] { return queue->isOnRedis(); });
        fine = fine && waitUntil([&] { return queue->enqueue(missing()).has_value(); });
    }
    fine = fine && isDoing(kJobs);
    QVERIFY(fine);
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::FailoverQueueTest)
#include "failover_queue_test.moc"
