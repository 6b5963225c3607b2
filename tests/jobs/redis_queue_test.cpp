// What is particular to the Redis adapter while the server is well; the rest is in
// job_queue_contract_test and redis_faults_test.
#include "jobs/redis_queue.h"

#include <QTest>

#include "jobs/job_codec.h"
#include "jobs/redis_fixture.h"

namespace oee::test {

using jobs::JobError;
using jobs::RedisErrorKind;
using jobs::RedisQueue;
using namespace std::string_literals;
using namespace std::string_view_literals;

class RedisQueueTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void init();
    void describesItself();
    void refusesWrongPassword();
    void instancesAreApart();
    void backlogOlderThanTheGroup();
    void sameNameFindsItsOwn();
    void lostAnswerIsReadAgain();
    void deadLetters();
    void deletedWhilePending();
    void textCannotInject();
    void workersElsewhereMakeRoom();
    void keysOfTheStream();

  private:
    RedisServer server_;
};

void RedisQueueTest::initTestCase() {
    QVERIFY2(server_.start(), qPrintable(server_.problem()));
}

void RedisQueueTest::init() {
    Administrator{server_}({"FLUSHALL"});
}

void RedisQueueTest::describesItself() {
    const auto queue = openQueue(server_);
    QCOMPARE(queue->description(), "redis 127.0.0.1:" + std::to_string(server_.port()) + "/0");
}

void RedisQueueTest::refusesWrongPassword() {
    RedisServer guarded({.password = "right-secret"});
    QVERIFY2(guarded.start(), qPrintable(guarded.problem()));
    const auto queue = openQueue(guarded);
    QVERIFY(queue != nullptr);
    QCOMPARE(queue->description().find("right-secret"), std::string::npos);
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    QCOMPARE(numbersOf(taken(**queue->makeConsumer("w"), 5)), numbersFrom(1, 2));

    for (const char* password : {"", "wrong-secret"}) {
        jobs::RedisUrl url = urlOf(guarded);
        url.password = password;
        const auto refused = RedisQueue::open(url, "i");
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().kind, RedisErrorKind::login);
        QCOMPARE(refused.error().text.find("secret"), std::string::npos);
    }
}

void RedisQueueTest::instancesAreApart() {
    const auto a = openQueue(server_, "a");
    const auto b = openQueue(server_, "b");
    const auto consumerA = *a->makeConsumer("w");
    const auto consumerB = *b->makeConsumer("w");
    QVERIFY(a->enqueue(sampleJobs(1, 2)).has_value());
    QVERIFY(taken(*consumerB, 5, 50ms).empty());
    QCOMPARE(b->depth(), std::size_t{0});
    QVERIFY(b->enqueue(sampleJobs(11, 2)).has_value());
    QCOMPARE(numbersOf(taken(*consumerB, 5)), numbersFrom(11, 2));
    QCOMPARE(numbersOf(taken(*consumerA, 5)), numbersFrom(1, 2));
}

// A group at "$" would skip it.
void RedisQueueTest::backlogOlderThanTheGroup() {
    {
        const auto queue = openQueue(server_);
        QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    }
    QCOMPARE(Administrator(server_).number({"XGROUP", "DESTROY", "oee:i:jobs", "workers"}),
             std::int64_t{1});
    const auto queue = openQueue(server_);
    QCOMPARE(queue->depth(), std::size_t{3});
    QCOMPARE(numbersOf(taken(**queue->makeConsumer("w"), 5)), numbersFrom(1, 3));
}

void RedisQueueTest::sameNameFindsItsOwn() {
    const auto queue = openQueue(server_);
    QVERIFY(queue->enqueue(sampleJobs(1, 5)).has_value());
    {
        const auto before = *queue->makeConsumer("w");
        QCOMPARE(numbersOf(taken(*before, 4)), numbersFrom(1, 4));
    }
    // Long before the lease ends, in pieces, and before anything new.
    const auto after = *queue->makeConsumer("w");
    QCOMPARE(numbersOf(taken(*after, 3)), numbersFrom(1, 3));
    QCOMPARE(numbersOf(taken(*after, 3)), numbersFrom(4, 1));
    QCOMPARE(numbersOf(taken(*after, 3)), numbersFrom(5, 1));
    QVERIFY(taken(*after, 3, 0ms).empty());
}

// The server put an entry on our pending list, but its answer never came.
void RedisQueueTest::lostAnswerIsReadAgain() {
    const auto queue = openQueue(server_);
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    const auto held = taken(*consumer, 1);
    QCOMPARE(numbersOf(held), numbersFrom(1, 1));
    QVERIFY(queue->enqueue(sampleJobs(2, 2)).has_value());

    Administrator administrator(server_);
    administrator(
        {"XREADGROUP", "GROUP", "workers", "w", "COUNT", "1", "STREAMS", "oee:i:jobs", ">"});
    administrator({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});

    // Once more what was lost; not what we hold; then what is new.
    std::vector<std::uint64_t> numbers;
    while (numbers.size() < 2) {
        const auto some = taken(*consumer, 1);
        QCOMPARE(some.size(), std::size_t{1});
        numbers.push_back(numbersOf(some).front());
        QVERIFY(consumer->acknowledge(some).has_value());
    }
    QCOMPARE(numbers, numbersFrom(2, 2));
    QVERIFY(consumer->acknowledge(held).has_value());
    QCOMPARE(administrator.pending("oee:i:jobs"), std::int64_t{0});
    QCOMPARE(administrator.number({"XLEN", "oee:i:jobs"}), std::int64_t{0});
}

void RedisQueueTest::deadLetters() {
    const auto queue = openQueue(server_);
    Administrator administrator(server_);
    administrator({"XADD", "oee:i:jobs", "*", "hello", "world"});
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    administrator({"XADD", "oee:i:jobs", "*", "\0\r\n\xff"sv, "\0"sv});
    const std::string job = jobs::encodeJob(sampleJob(2));
    administrator({"XADD", "oee:i:jobs", "*", jobs::kJobField, job + "x"});
    administrator({"XADD", "oee:i:jobs", "*", "x", job});
    administrator({"XADD", "oee:i:jobs", "*", jobs::kJobField, job, "and", "more"});
    QVERIFY(queue->enqueue(sampleJobs(3, 1)).has_value());

    const auto consumer = *queue->makeConsumer("w");
    const auto good = taken(*consumer, 10);
    QCOMPARE(numbersOf(good), (std::vector<std::uint64_t>{1, 3}));
    QCOMPARE(queue->deadLetterCount(), std::uint64_t{5});
    // Gone already, with nothing else done.
    QCOMPARE(administrator.pending("oee:i:jobs"), std::int64_t{2});
    QCOMPARE(queue->depth(), std::size_t{2});
    QVERIFY(consumer->acknowledge(good).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});

    // Alone, it does not end the wait.
    administrator({"XADD", "oee:i:jobs", "*", "hello", "world"});
    QVERIFY(taken(*consumer, 10, 30ms).empty());
    QCOMPARE(queue->deadLetterCount(), std::uint64_t{6});
    QCOMPARE(administrator.number({"XLEN", "oee:i:jobs"}), std::int64_t{0});
}

void RedisQueueTest::deletedWhilePending() {
    const auto queue = openQueue(server_);
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    Administrator administrator(server_);
    {
        const auto consumer = *queue->makeConsumer("w");
        const auto both = taken(*consumer, 2);
        QCOMPARE(both.size(), std::size_t{2});
        administrator({"XDEL", "oee:i:jobs", both[0].receipt});
    }
    const auto consumer = *queue->makeConsumer("w");
    QCOMPARE(numbersOf(taken(*consumer, 5)), numbersFrom(2, 1));
    QCOMPARE(administrator.pending("oee:i:jobs"), std::int64_t{1});
    QCOMPARE(queue->deadLetterCount(), std::uint64_t{0});
}

void RedisQueueTest::textCannotInject() {
    Administrator administrator(server_);
    administrator({"SET", "canary", "alive"});
    const std::string evil = "a b\0 * MAXLEN 0\r\nFLUSHALL\r\n%s\n"s;
    domain::Order order = sampleOrder(1);
    order.idempotencyKey = evil;

    const auto queue = openQueue(server_, evil);
    QVERIFY(queue != nullptr);
    QVERIFY(queue->enqueue(std::vector{jobOf(order)}).has_value());
    const auto consumer = *queue->makeConsumer(evil);
    const auto deliveries = taken(*consumer, 5);
    QCOMPARE(deliveries.size(), std::size_t{1});
    QVERIFY(*deliveries[0].job.order == order);
    const std::string stream = "oee:" + evil + ":jobs";
    QCOMPARE(administrator.pending(stream), std::int64_t{1});
    QVERIFY(consumer->acknowledge(deliveries).has_value());
    QCOMPARE(administrator.pending(stream), std::int64_t{0});

    QCOMPARE(administrator.number({"DBSIZE"}), std::int64_t{2});
    QCOMPARE(administrator({"GET", "canary"}).view().text().value(), std::string_view("alive"));
}

// Another process took and acknowledged; only the server knows.
void RedisQueueTest::workersElsewhereMakeRoom() {
    const jobs::RedisQueueOptions small{.capacity = 3, .lease = kNever};
    const auto here = openQueue(server_, "i", small);
    const auto elsewhere = openQueue(server_, "i", small);
    QVERIFY(here->enqueue(sampleJobs(1, 3)).has_value());
    QCOMPARE(errorOf(here->enqueue(sampleJobs(4, 1))), std::optional(JobError::full));
    const auto consumer = *elsewhere->makeConsumer("w");
    QVERIFY(consumer->acknowledge(taken(*consumer, 2)).has_value());
    QVERIFY(here->enqueue(sampleJobs(4, 2)).has_value());
    QCOMPARE(here->depth(), std::size_t{3});
}

void RedisQueueTest::keysOfTheStream() {
    const auto queue = openQueue(server_, "01ABC");
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    Administrator administrator(server_);
    const auto keys = administrator({"KEYS", "*"});
    QCOMPARE(keys.view().size(), std::size_t{1});
    QCOMPARE(keys.view()[0].text().value(), std::string_view("oee:01ABC:jobs"));
    const auto groups = administrator({"XINFO", "GROUPS", "oee:01ABC:jobs"});
    QCOMPARE(groups.view().size(), std::size_t{1});
    QCOMPARE(groups.view()[0][1].text().value(), std::string_view("workers"));
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::RedisQueueTest)
#include "redis_queue_test.moc"
