// The real program after kill -9, with as many orders pending as it takes.

#include <chrono>
#include <memory>
#include <vector>

#include <QTemporaryDir>
#include <QThread>

#include "bench/bench.h"
#include "bench/order_client.h"
#include "e2e/serve_process.h"
#include "support/redis_server.h"

namespace oee::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kPending = 10'000;
constexpr int kConnections = 50;
constexpr std::size_t kRepetitions = 5;
constexpr std::chrono::milliseconds kAskEvery{2};
constexpr double kPatienceSeconds = 120;

class Restart {
  public:
    explicit Restart(const QString& folder) : serve_(folder), start_(SteadyClock::now()) {}

    double serving(const QStringList& arguments) {
        require(serve_.start(QStringList{"--profile", "instant"} + arguments),
                "serve does not start");
        client_ = std::make_unique<OrderClient>(serve_.httpPort(), serve_.wsPort());
        (void)client_->counts();
        return seconds();
    }
    template <typename Condition>
    double until(Condition&& holds) {
        while (!holds(client_->counts())) {
            require(seconds() < kPatienceSeconds, "what the restart should do takes too long");
            QThread::usleep(
                static_cast<unsigned long>(std::chrono::microseconds(kAskEvery).count()));
        }
        return seconds();
    }
    OrderClient& client() { return *client_; }
    void kill() { serve_.kill(); }

  private:
    double seconds() const {
        return std::chrono::duration<double>(SteadyClock::now() - start_).count();
    }

    test::ServeProcess serve_;
    SteadyClock::time_point start_;
    std::unique_ptr<OrderClient> client_;
};

std::unique_ptr<test::RedisServer> startRedis() {
    auto redis = std::make_unique<test::RedisServer>(
        test::RedisServerOptions{.persistence = test::RedisPersistence::everySecond});
    require(redis->start(), redis->problem());
    return redis;
}

QStringList withoutWorkers(const test::RedisServer& redis) {
    return {"--redis", QString::fromStdString(redis.url()), "--workers", "0"};
}

bool isDrained(const EngineCounts& counts) {
    return counts.openOrders == 0;
}

}  // namespace

void benchRecovery(QJsonObject& result) {
    const QTemporaryDir folder;
    {
        const auto redis = startRedis();
        Restart engine(folder.path());
        engine.serving(withoutWorkers(*redis));
        engine.client().accept({kPending, kConnections});
        engine.kill();
    }
    std::vector<double> serving;
    std::vector<double> handedOut;
    for (std::size_t i = 0; i < kRepetitions; ++i) {
        // Where nobody works all jobs stay in the queue; one that forgot them, as the worst case.
        const auto redis = startRedis();
        Restart engine(folder.path());
        serving.push_back(engine.serving(withoutWorkers(*redis)));
        handedOut.push_back(engine.until([](const EngineCounts& counts) {
            return counts.openOrders == kPending && counts.jobsWaiting >= kPending;
        }));
        engine.kill();
    }
    Restart engine(folder.path());
    engine.serving({"--redis", "none"});
    const double drained = engine.until(isDrained);
    engine.kill();
    const auto spread = [](const std::vector<double>& samples) {
        return QStringLiteral("after kill -9; median of %1; from %2 to %3 s")
            .arg(samples.size())
            .arg(quantile(samples, 0), 0, 'f', 2)
            .arg(quantile(samples, 1), 0, 'f', 2);
    };
    const QString what = QStringLiteral("restart with %L1 pending orders, ").arg(kPending);
    addFigure(result, "recovery.serving",
              {what + "process start to serving", quantile(serving, 0.5), "s", spread(serving)});
    addFigure(result, "recovery.handedOut",
              {what + "to all jobs in the queue (Redis)", quantile(handedOut, 0.5), "s",
               spread(handedOut)});
    addFigure(result, "recovery.drained",
              {what + "to all of them ended (embedded queue)", drained, "s", "after kill -9"});
}

}  // namespace oee::bench
