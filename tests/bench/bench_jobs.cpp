// Jobs through the queue: enqueue → take → acknowledge, by adapter.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "bench.h"
#include "jobs/embedded_queue.h"
#include "jobs/redis_queue.h"
#include "support/redis_server.h"

namespace oee::bench {
namespace {

using jobs::Job;
using jobs::JobConsumer;
using jobs::JobQueue;
using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;  // what a worker takes at most
constexpr std::size_t kRepetitions = 5;
constexpr auto kWait = std::chrono::seconds(10);

std::vector<Job> makeJobs(std::size_t count) {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i) {
        domain::Order order;
        order.id = domain::makeOrderId({1'700'000'000'000, static_cast<std::uint32_t>(i), i});
        order.inputMint = domain::pubkeyLiteral("So11111111111111111111111111111111111111112");
        order.outputMint = domain::pubkeyLiteral("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
        order.amountInRaw = 10'000'000'000U + i;
        order.slippageBps = 50;
        order.fence = i + 1;
        jobs.push_back({std::make_shared<const domain::Order>(order)});
    }
    return jobs;
}

std::unique_ptr<JobConsumer> consumerOf(JobQueue& queue, const std::string& name) {
    auto consumer = queue.makeConsumer(name);
    require(consumer.has_value(), "the job queue gives no consumer");
    return *std::move(consumer);
}

void enqueueAll(JobQueue& queue, std::span<const Job> jobs) {
    require(queue.enqueue(jobs).has_value(), "the job queue takes no jobs");
}

std::size_t takeSome(JobConsumer& consumer) {
    const auto taken = consumer.take(kBatch, kWait);
    require(taken && !taken->empty(), "the job queue delivers nothing");
    require(consumer.acknowledge(*taken).has_value(), "the job queue takes no acknowledgement");
    return taken->size();
}

// One job after the other: µs for each way through.
void roundTrip(JobQueue& queue, const QString& name, QJsonObject& result) {
    constexpr std::size_t kWarmUp = 50;
    constexpr std::size_t kSamples = 1'000;
    const auto jobs = makeJobs(1);
    const auto consumer = consumerOf(queue, "round-trip");
    std::vector<double> micros;
    for (std::size_t i = 0; i < kWarmUp + kSamples; ++i) {
        const auto start = SteadyClock::now();
        enqueueAll(queue, jobs);
        takeSome(*consumer);
        if (i >= kWarmUp) {
            micros.push_back(Seconds(SteadyClock::now() - start).count() * 1e6);
        }
    }
    addFigure(result, name + ".roundTrip",
              {"one job: enqueue, take, acknowledge, " + name, quantile(micros, 0.5), "µs",
               QString("median of %1; 99 % below %2 µs")
                   .arg(kSamples)
                   .arg(quantile(micros, 0.99), 0, 'f', 1)});
}

// One thread enqueues batches as fast as there is room, others take and acknowledge.
void throughput(JobQueue& queue, std::size_t workers, const QString& name, QJsonObject& result) {
    constexpr std::size_t kJobs = 20'000;
    const auto jobs = makeJobs(kJobs);
    std::vector<double> jobsPerSecond;
    for (std::size_t repetition = 0; repetition <= kRepetitions; ++repetition) {
        std::atomic<std::size_t> done = 0;
        const auto start = SteadyClock::now();
        std::vector<std::thread> threads;
        for (std::size_t worker = 0; worker < workers; ++worker) {
            threads.emplace_back([&, worker] {
                const auto consumer = consumerOf(queue, "worker-" + std::to_string(worker));
                while (done < kJobs) {
                    // The last jobs may go to a neighbour: not a long wait.
                    const auto taken = consumer->take(kBatch, std::chrono::milliseconds(1));
                    require(taken && consumer->acknowledge(*taken), "the job queue failed");
                    done += taken->size();
                }
            });
        }
        for (std::size_t begin = 0; begin < kJobs;) {
            const auto batch = std::span(jobs).subspan(begin, std::min(kBatch, kJobs - begin));
            const auto enqueued = queue.enqueue(batch);
            if (enqueued) {
                begin += batch.size();
            } else {
                require(enqueued.error() == jobs::JobError::full, "the job queue takes no jobs");
                std::this_thread::yield();
            }
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        if (repetition > 0) {  // the first one warms up
            jobsPerSecond.push_back(static_cast<double>(kJobs) /
                                    Seconds(SteadyClock::now() - start).count());
        }
    }
    addFigure(result, QString("%1.throughput.%2").arg(name).arg(workers),
              {QString("jobs through the queue, %1, %2 worker(s)").arg(name).arg(workers),
               quantile(jobsPerSecond, 0.5), "/s",
               QString("enqueued, taken and acknowledged in batches of up to %1; median of %2 "
                       "runs of %3 jobs")
                   .arg(kBatch)
                   .arg(kRepetitions)
                   .arg(kJobs)});
}

void measure(JobQueue& queue, const QString& name, QJsonObject& result) {
    roundTrip(queue, name, result);
    for (const std::size_t workers : {1U, 4U}) {
        throughput(queue, workers, name, result);
    }
    require(queue.depth() == 0, "jobs were left in the queue");
}

void measureRedis(test::RedisPersistence persistence, const QString& name, QJsonObject& result) {
    test::RedisServerOptions options;
    options.persistence = persistence;
    test::RedisServer server(options);
    require(server.start(), server.problem());
    auto queue = jobs::RedisQueue::open(*jobs::parseRedisUrl(server.url()), "bench");
    require(queue.has_value(), "the queue on Redis cannot be opened");
    measure(**queue, name, result);
}

}  // namespace

void benchJobs(QJsonObject& result) {
    jobs::EmbeddedQueue embedded;
    measure(embedded, "embedded", result);
    measureRedis(test::RedisPersistence::none, "redis", result);
    // Every change on the disk before it is answered.
    measureRedis(test::RedisPersistence::appendOnly, "redis-appendonly", result);
}

}  // namespace oee::bench
