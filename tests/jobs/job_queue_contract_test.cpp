// What every job queue has to do, for each adapter.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <QTest>

#include "jobs/embedded_queue.h"
#include "jobs/job_queue.h"
#include "jobs/job_samples.h"
#include "jobs/redis_queue.h"
#include "support/redis_server.h"

namespace oee::test {
namespace {

using jobs::Delivery;
using jobs::JobConsumer;
using jobs::JobError;
using jobs::JobQueue;
using namespace std::chrono_literals;

// Long enough for the slowest machine; a test that passes never waits for it.
constexpr auto kLong = 60s;
constexpr auto kNever = 24h;
constexpr std::optional kFull = JobError::full;
constexpr std::optional kUnavailable = JobError::unavailable;

enum class Adapter { embedded, redis };

struct Wanted {
    std::size_t capacity = 10'000;
    std::chrono::milliseconds lease = kNever;
};

// Empty where the consumer answers with an error.
std::vector<Delivery> taken(JobConsumer& consumer, std::size_t most,
                            std::chrono::milliseconds wait = kLong) {
    return consumer.take(most, wait).value_or(std::vector<Delivery>{});
}

}  // namespace

class JobQueueContractTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void init();
    void inOrderUntilAcknowledged_data() { adapters(); }
    void inOrderUntilAcknowledged();
    void emptyAfterTheWait_data() { adapters(); }
    void emptyAfterTheWait();
    void aLongBatch_data() { adapters(); }
    void aLongBatch();
    void waitsForAJob_data() { adapters(); }
    void waitsForAJob();
    void bound_data() { adapters(); }
    void bound();
    void closeWakes_data() { adapters(); }
    void closeWakes();
    void eachJobOnce_data() { adapters(); }
    void eachJobOnce();
    void againAfterTheLease_data() { adapters(); }
    void againAfterTheLease();
    void notBeforeTheLease_data() { adapters(); }
    void notBeforeTheLease();
    void againAfterTheConsumersEnd_data() { adapters(); }
    void againAfterTheConsumersEnd();
    void acknowledgedIsGone_data() { adapters(); }
    void acknowledgedIsGone();

  private:
    void adapters();
    std::unique_ptr<JobQueue> makeQueue(const Wanted& wanted = {});

    RedisServer server_;
    int instances_ = 0;
};

void JobQueueContractTest::adapters() {
    QTest::addColumn<Adapter>("adapter");
    QTest::newRow("embedded") << Adapter::embedded;
    QTest::newRow("redis") << Adapter::redis;
}

void JobQueueContractTest::initTestCase() {
    QVERIFY2(server_.start(), qPrintable(server_.problem()));
}

void JobQueueContractTest::init() {
    ++instances_;
}

std::unique_ptr<JobQueue> JobQueueContractTest::makeQueue(const Wanted& wanted) {
    QFETCH(Adapter, adapter);
    if (adapter == Adapter::embedded) {
        return std::make_unique<jobs::EmbeddedQueue>(
            jobs::EmbeddedQueueOptions{wanted.capacity, wanted.lease});
    }
    auto queue = jobs::RedisQueue::open(*jobs::parseRedisUrl(server_.url()),
                                        "contract-" + std::to_string(instances_),
                                        {wanted.capacity, wanted.lease, {}});
    return queue ? *std::move(queue) : nullptr;
}

void JobQueueContractTest::inOrderUntilAcknowledged() {
    const auto queue = makeQueue();
    const auto consumer = *queue->makeConsumer("w");
    const std::vector<jobs::Job> jobs = sampleJobs(1, 3);
    QVERIFY(queue->enqueue(jobs).has_value());
    QCOMPARE(queue->depth(), std::size_t{3});

    const auto first = taken(*consumer, 2);
    QCOMPARE(numbersOf(first), numbersFrom(1, 2));
    QVERIFY(*first[0].job.order == *jobs[0].order);
    QVERIFY(*first[1].job.order == *jobs[1].order);
    QVERIFY(first[0].receipt != first[1].receipt);
    QCOMPARE(queue->depth(), std::size_t{3});
    QVERIFY(consumer->acknowledge(first).has_value());
    QCOMPARE(queue->depth(), std::size_t{1});

    const auto second = taken(*consumer, 10);
    QCOMPARE(numbersOf(second), numbersFrom(3, 1));
    QVERIFY(consumer->acknowledge(second).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
    // Twice does no harm, nor does nothing.
    QVERIFY(consumer->acknowledge(second).has_value());
    QVERIFY(consumer->acknowledge({}).has_value());
    QVERIFY(queue->enqueue({}).has_value());
}

void JobQueueContractTest::emptyAfterTheWait() {
    const auto queue = makeQueue();
    const auto consumer = *queue->makeConsumer("w");
    for (const auto wait : {0ms, 1ms, 30ms}) {
        const auto nothing = consumer->take(5, wait);
        QVERIFY(nothing.has_value());
        QVERIFY(nothing->empty());
    }
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    QCOMPARE(numbersOf(taken(*consumer, 5, 0ms)), numbersFrom(1, 1));
}

void JobQueueContractTest::aLongBatch() {
    const auto queue = makeQueue();
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 1'234)).has_value());
    const auto all = taken(*consumer, 5'000);
    QCOMPARE(numbersOf(all), numbersFrom(1, 1'234));
    QVERIFY(consumer->acknowledge(all).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
}

void JobQueueContractTest::waitsForAJob() {
    const auto queue = makeQueue();
    std::atomic<bool> asking = false;
    std::vector<std::uint64_t> numbers;
    std::thread worker([&] {
        const auto consumer = *queue->makeConsumer("w");
        asking = true;
        numbers = numbersOf(taken(*consumer, 5));
    });
    while (!asking) {
        std::this_thread::yield();
    }
    const bool enqueued = queue->enqueue(sampleJobs(9, 1)).has_value();
    worker.join();
    QVERIFY(enqueued);
    QCOMPARE(numbers, numbersFrom(9, 1));
}

void JobQueueContractTest::bound() {
    const auto queue = makeQueue({.capacity = 5});
    const auto consumer = *queue->makeConsumer("w");
    QVERIFY(queue->enqueue(sampleJobs(1, 4)).has_value());

    // As a whole or not at all.
    const auto tooMany = queue->enqueue(sampleJobs(5, 2));
    QCOMPARE(errorOf(tooMany), kFull);
    QCOMPARE(queue->depth(), std::size_t{4});
    QVERIFY(queue->enqueue(sampleJobs(5, 1)).has_value());

    // What is being worked on counts too.
    const auto first = taken(*consumer, 2);
    QCOMPARE(numbersOf(first), numbersFrom(1, 2));
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(6, 1))), kFull);
    QVERIFY(consumer->acknowledge(first).has_value());
    QVERIFY(queue->enqueue(sampleJobs(6, 2)).has_value());
    QCOMPARE(errorOf(queue->enqueue(sampleJobs(8, 1))), kFull);

    QCOMPARE(numbersOf(taken(*consumer, 10)), numbersFrom(3, 5));
}

void JobQueueContractTest::closeWakes() {
    const auto queue = makeQueue();
    const auto consumer = *queue->makeConsumer("before");
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    const auto inHand = taken(*consumer, 1);
    QCOMPARE(inHand.size(), std::size_t{1});

    std::atomic<int> asking = 0;
    std::atomic<int> emptyHanded = 0;
    std::vector<std::thread> workers;
    for (const char* name : {"a", "b"}) {
        workers.emplace_back([&, name] {
            const auto waiting = *queue->makeConsumer(name);
            ++asking;
            const auto nothing = waiting->take(5, kNever);
            emptyHanded += nothing && nothing->empty() ? 1 : 0;
        });
    }
    while (asking != 2) {
        std::this_thread::yield();
    }
    queue->close();
    for (std::thread& worker : workers) {
        worker.join();
    }
    QCOMPARE(emptyHanded.load(), 2);

    QCOMPARE(errorOf(queue->enqueue(sampleJobs(2, 1))), kUnavailable);
    QVERIFY(consumer->acknowledge(inHand).has_value());
    QCOMPARE(queue->depth(), std::size_t{0});
    const auto after = consumer->take(5, kNever);
    QVERIFY(after.has_value());
    QVERIFY(after->empty());
}

void JobQueueContractTest::eachJobOnce() {
    constexpr std::uint32_t kProducers = 3;
    constexpr std::uint32_t kEach = 400;
    constexpr std::uint32_t kBatch = 20;
    // Smaller than the work, so that producers meet the bound.
    const auto queue = makeQueue({.capacity = 100});
    std::mutex mutex;
    std::vector<std::uint64_t> numbers;
    std::atomic<int> faults = 0;
    std::atomic<std::size_t> open = kProducers * kEach;

    std::vector<std::thread> threads;
    for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
        threads.emplace_back([&, producer] {
            for (std::uint32_t first = 0; first < kEach; first += kBatch) {
                const auto batch = sampleJobs(producer * kEach + first, kBatch);
                for (auto done = queue->enqueue(batch); !done; done = queue->enqueue(batch)) {
                    faults += done.error() == JobError::full ? 0 : 1;
                    std::this_thread::yield();
                }
            }
        });
    }
    for (const char* name : {"a", "b", "c", "d"}) {
        threads.emplace_back([&, name] {
            const auto consumer = *queue->makeConsumer(name);
            while (open > 0) {
                const auto some = consumer->take(7, 20ms);
                if (!some || !consumer->acknowledge(*some)) {
                    ++faults;
                    return;
                }
                const std::lock_guard lock(mutex);
                const auto more = numbersOf(*some);
                numbers.insert(numbers.end(), more.begin(), more.end());
                open -= more.size();
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::sort(numbers.begin(), numbers.end());
    QCOMPARE(numbers, numbersFrom(0, kProducers * kEach));
    QCOMPARE(faults.load(), 0);
    const auto consumer = *queue->makeConsumer("last");
    QVERIFY(taken(*consumer, 5, 0ms).empty());
    QCOMPARE(queue->depth(), std::size_t{0});
}

void JobQueueContractTest::againAfterTheLease() {
    const auto queue = makeQueue({.lease = 100ms});
    const auto stuck = *queue->makeConsumer("stuck");
    const auto other = *queue->makeConsumer("other");
    QVERIFY(queue->enqueue(sampleJobs(1, 3)).has_value());
    const auto first = taken(*stuck, 3);
    QCOMPARE(numbersOf(first), numbersFrom(1, 3));

    // The lease of what `other` takes here may end too: then it is delivered again, to it.
    std::set<std::uint64_t> again;
    while (again.size() < 3) {
        const auto some = other->take(3, kLong);
        QVERIFY(some.has_value());
        QVERIFY(!some->empty());
        for (const std::uint64_t number : numbersOf(*some)) {
            again.insert(number);
        }
        QVERIFY(other->acknowledge(*some).has_value());
    }
    QCOMPARE(queue->depth(), std::size_t{0});
    // The late one does no harm.
    QVERIFY(stuck->acknowledge(first).has_value());
    QVERIFY(taken(*stuck, 3, 0ms).empty());
    QCOMPARE(queue->depth(), std::size_t{0});
}

void JobQueueContractTest::notBeforeTheLease() {
    const auto queue = makeQueue({.lease = kNever});
    const auto slow = *queue->makeConsumer("slow");
    const auto other = *queue->makeConsumer("other");
    QVERIFY(queue->enqueue(sampleJobs(1, 1)).has_value());
    QCOMPARE(taken(*slow, 1).size(), std::size_t{1});
    QVERIFY(taken(*other, 1, 50ms).empty());
    QVERIFY(taken(*slow, 1, 50ms).empty());
    QCOMPARE(queue->depth(), std::size_t{1});
}

void JobQueueContractTest::againAfterTheConsumersEnd() {
    const auto queue = makeQueue({.lease = 100ms});
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    {
        const auto dying = *queue->makeConsumer("dying");
        QCOMPARE(numbersOf(taken(*dying, 1)), numbersFrom(1, 1));
    }
    const auto other = *queue->makeConsumer("other");
    std::set<std::uint64_t> numbers;
    while (numbers.size() < 2) {
        const auto some = other->take(1, kLong);
        QVERIFY(some.has_value());
        QCOMPARE(some->size(), std::size_t{1});
        numbers.insert(numbersOf(*some).front());
        QVERIFY(other->acknowledge(*some).has_value());
    }
    QCOMPARE(queue->depth(), std::size_t{0});
}

void JobQueueContractTest::acknowledgedIsGone() {
    const auto queue = makeQueue({.lease = 1ms});
    const auto consumer = *queue->makeConsumer("w");
    const auto other = *queue->makeConsumer("other");
    QVERIFY(queue->enqueue(sampleJobs(1, 2)).has_value());
    const auto both = taken(*consumer, 2);
    QCOMPARE(both.size(), std::size_t{2});
    QVERIFY(consumer->acknowledge(both).has_value());
    QVERIFY(taken(*other, 5, 50ms).empty());
    QVERIFY(taken(*consumer, 5, 50ms).empty());
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::JobQueueContractTest)
#include "job_queue_contract_test.moc"
