// The queue that leaves Redis and comes back, when it is opened: servers that are away, that refuse
// it, that hold what an earlier run left, or that may lose jobs.
#include <QTest>

#include "jobs/failover_fixture.h"
#include "jobs/failover_queue.h"

namespace oee::test {

using jobs::FailoverQueue;
using jobs::QueueCheck;
using jobs::RedisErrorKind;

class FailoverQueueOpenTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { notices_ = std::make_unique<Notices>(); }
    void aServerThatIsAwayAtTheStart();
    void whatWaitingDoesNotMend();
    void aUserWithoutTheRightToAdd();
    void whatWasLeftInRedisIsForgotten();
    void theRisksOfAServerInWords();

  private:
    std::unique_ptr<FailoverQueue> open(const jobs::RedisUrl& url) {
        return openFailover(url, *notices_);
    }

    std::unique_ptr<Notices> notices_;
};

void FailoverQueueOpenTest::aServerThatIsAwayAtTheStart() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    server.stop();
    const auto queue = open(urlOf(server));
    QVERIFY(queue && !queue->isOnRedis());
    QVERIFY(notices_->tell("cannot be used now"));
    QVERIFY(queue->check({0, 0}) == QueueCheck::fine);
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(waitUntil([&] { return queue->isOnRedis(); }));
    QVERIFY(queue->enqueue(sampleJobs(2, 1)).has_value());
    QCOMPARE(Administrator(server).number({"XLEN", kStream}), std::int64_t{1});
}

void FailoverQueueOpenTest::whatWaitingDoesNotMend() {
    RedisServer server({.password = "right"});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    jobs::RedisUrl url = urlOf(server);
    url.password = "wrong";
    const auto refused = FailoverQueue::open(
        url, "i", [](const std::string&) {}, quick());
    QVERIFY(!refused.has_value());
    QVERIFY(refused.error().kind == RedisErrorKind::login);
    QVERIFY(open(urlOf(server))->isOnRedis());
}

void FailoverQueueOpenTest::aUserWithoutTheRightToAdd() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Administrator administrator(server);
    administrator({"ACL", "SETUSER", "bot", "on", ">pass", "~oee:*", "+@all", "-xadd"});
    jobs::RedisUrl url = urlOf(server);
    url.user = "bot";
    url.password = "pass";
    const auto refused = FailoverQueue::open(
        url, "i", [](const std::string&) {}, quick());
    QVERIFY(!refused.has_value());
    QVERIFY2(refused.error().text.find("xadd") != std::string::npos, refused.error().text.c_str());
    // What the README names is enough.
    administrator({"ACL", "SETUSER", "bot", "reset", "on", ">pass", "~oee:*", "&oee:*", "+@stream",
                   "+del", "+ping", "+hello", "+select", "+publish"});
    const auto queue = open(url);
    QVERIFY(queue && queue->isOnRedis());
    QVERIFY(contains(queue->remarks(), "does not tell this user its settings"));
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    const auto consumer = *queue->makeConsumer("w");
    const auto some = taken(*consumer, 5);
    QCOMPARE(numbersOf(some), numbersFrom(1, 2));
    QVERIFY(consumer->acknowledge(some).has_value());
    QVERIFY(queue->check({0, 0}) == QueueCheck::fine);
    QVERIFY(queue->isOnRedis());
}

void FailoverQueueOpenTest::whatWasLeftInRedisIsForgotten() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(open(urlOf(server))->enqueue(sampleJobs(1, 5)).has_value());
    Administrator administrator(server);
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{5});
    const auto queue = open(urlOf(server));
    QCOMPARE(administrator.number({"XLEN", kStream}), std::int64_t{0});
    QCOMPARE(administrator.number({"EXISTS", "oee:i:jobs:rehearsal"}), std::int64_t{0});
    QVERIFY(queue->enqueue(sampleJobs(6, 1)).has_value());
    QCOMPARE(numbersOf(taken(**queue->makeConsumer("w"), 5)), numbersFrom(6, 1));
}

void FailoverQueueOpenTest::theRisksOfAServerInWords() {
    {
        RedisServer safe({.persistence = RedisPersistence::appendOnly});
        QVERIFY2(safe.start(), qPrintable(safe.problem()));
        QVERIFY(open(urlOf(safe))->remarks().empty());
    }
    RedisServer server({.settings = {"--maxmemory-policy", "allkeys-lru"}});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Administrator administrator(server);
    administrator({"ACL", "SETUSER", "bot", "on", ">pass", "~oee:*", "+@all", "-config"});
    jobs::RedisUrl restricted = urlOf(server);
    restricted.user = "bot";
    restricted.password = "pass";
    for (const jobs::RedisUrl& url : {urlOf(server), restricted}) {
        const auto remarks = open(url)->remarks();
        QCOMPARE(remarks.size(), std::size_t{2});
        QVERIFY(contains(remarks, "without appendonly"));
        QVERIFY(contains(remarks, "allkeys-lru"));
        QVERIFY(contains(remarks, "No order is lost"));
    }
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::FailoverQueueOpenTest)
#include "failover_queue_open_test.moc"
