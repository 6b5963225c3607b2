// Jobs that workers on other machines take and do not finish. The worker is the test, until a real
// one does the rest.

#include <memory>
#include <optional>
#include <string>

#include <QTemporaryDir>
#include <QtTest>

#include "jobs/market_feed.h"
#include "jobs/proposal_stream.h"
#include "jobs/redis_consumer.h"
#include "jobs/redis_fixture.h"
#include "jobs/redis_queue_state.h"
#include "jobs/worker_roster.h"
#include "runtime/live_engine.h"
#include "runtime/remote_worker.h"
#include "runtime/sell_order.h"
#include "support/market_fixture.h"

using namespace oee;
using namespace std::chrono_literals;

namespace {

constexpr int kPatienceMillis = 60'000;
const std::string kSecret = "0123456789abcdef0123456789abcdef";
const std::string kVersion = "1.2";

// A worker that the test ends where it wants.
class Guest {
  public:
    Guest(const test::RedisServer& server, const std::string& instance, std::string name)
        : seal_(kSecret, instance),
          keys_(instance),
          name_(std::move(name)),
          connection_(jobs::RedisConnection::open(test::urlOf(server), {30s, 30s}).value()),
          consumer_(std::make_shared<jobs::RedisQueueState>(
                        test::urlOf(server), instance,
                        jobs::RedisQueueOptions{.stalledJobs = jobs::StalledJobs::leave}),
                    jobs::consumerName(name_, 1)) {
        jobs::Heartbeat heartbeat;
        heartbeat.worker = name_;
        heartbeat.version = kVersion;
        heartbeat.threads = 1;
        if (!jobs::beat(connection_, seal_, keys_, heartbeat)) {
            qFatal("no heartbeat");
        }
    }

    // Empty: there was none.
    domain::OrderPtr take() {
        const auto taken = test::taken(consumer_, 1);
        receipt_ = taken.empty() ? std::string() : taken[0].receipt;
        order_ = taken.empty() ? nullptr : taken[0].job.order;
        return order_;
    }
    void begin() {
        jobs::Proposal begun;
        begun.epoch = jobs::MarketFollower(seal_, keys_).poll(connection_, 1ms).value().sign.epoch;
        begun.sequence = ++sequence_;
        begun.consumer = jobs::consumerName(name_, 1);
        begun.receipt = receipt_;
        begun.orderId = order_->id;
        begun.attempt = order_->attempt;
        begun.fence = order_->fence;
        begun.outcome = jobs::Begun{};
        QVERIFY(jobs::sendProposals(connection_, seal_, keys_, {&begun, 1}));
    }
    // As when its last heartbeat is too long ago.
    void die() { jobs::signOff(connection_, keys_, name_); }

  private:
    const jobs::MessageSeal seal_;
    const jobs::RemoteKeys keys_;
    const std::string name_;
    jobs::RedisConnection connection_;
    jobs::RedisConsumer consumer_;
    domain::OrderPtr order_;
    std::string receipt_;
    std::uint64_t sequence_ = 0;
};

}  // namespace

class RemoteJobsTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<QTemporaryDir> folder_;
    test::RedisServer server_;
    std::unique_ptr<runtime::LiveEngine> engine_;
    base::SystemClock clock_;

    void start() {
        runtime::EngineOptions options;
        options.databasePath = folder_->filePath(QStringLiteral("engine.db"));
        options.genesis = test::generatedGenesis();
        options.profile.name = "instant";
        options.profile.baseFeeLamports = 5'000;
        options.profile.computeUnitPriceMicroLamports = 50'000;
        options.workers = 0;
        options.redis = server_.url();
        options.remote = {kSecret, kVersion};
        options.clock = &clock_;
        auto engine = runtime::LiveEngine::start(std::move(options));
        QVERIFY2(engine.has_value(), engine ? "" : engine.error().detail.c_str());
        engine_ = std::move(*engine);
    }
    std::string instance() const { return engine_->status().instanceId; }
    domain::OrderPtr accepted() {
        std::optional<domain::OrderPtr> order;
        engine_->submit(test::sell("0.5"), this,
                        [&](const auto& admitted) { order = admitted.value().order; });
        const bool done = QTest::qWaitFor([&] { return order.has_value(); }, kPatienceMillis);
        return done ? *order : nullptr;
    }
    domain::OrderStatus statusOf(domain::OrderId id) {
        std::optional<domain::OrderStatus> status;
        engine_->order(id, this,
                       [&](const auto& detail) { status = detail.value().order->status; });
        const bool done = QTest::qWaitFor([&] { return status.has_value(); }, kPatienceMillis);
        return done ? *status : domain::OrderStatus::failed;
    }
    bool seesWorkers(std::size_t count) {
        return QTest::qWaitFor([&] { return engine_->status().remoteWorkers.size() == count; },
                               kPatienceMillis);
    }

    // The engine has taken in what was sent to it.
    bool isHeard() {
        test::Administrator admin(server_);
        const std::string proposals = jobs::RemoteKeys(instance()).proposals;
        return QTest::qWaitFor(
            [&] {
                return admin.number({"XLEN", proposals}) == 0;
            },
            kPatienceMillis);
    }

    enum class Begins { yes, no };
    // Takes the only job and dies with it; the order of the job.
    domain::OrderPtr dieWithTheJob(const std::string& name, Begins begins) {
        Guest guest(server_, instance(), name);
        const bool joined = seesWorkers(1);
        const domain::OrderPtr order = joined ? guest.take() : nullptr;
        if (!order) {
            return nullptr;
        }
        if (begins == Begins::yes) {
            guest.begin();
            if (!isHeard()) {
                return nullptr;
            }
        }
        guest.die();
        return seesWorkers(0) ? order : nullptr;
    }

  private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        QVERIFY2(server_.start(), qPrintable(server_.problem()));
    }
    void cleanup() {
        engine_.reset();
        server_.kill();
    }

    void whatWorkersBeginFiveTimesIsParked() {
        start();
        const domain::OrderPtr order = accepted();
        QVERIFY(order);
        std::optional<std::uint64_t> fence;
        // One that dies before it begins is not the job's failure.
        for (const char* name : {"a", "not-begun", "b", "c", "d"}) {
            const bool begins = std::string(name) != "not-begun";
            const auto died = dieWithTheJob(name, begins ? Begins::yes : Begins::no);
            QVERIFY(died);
            QVERIFY(died->id == order->id);
            QVERIFY(!fence || died->fence > *fence);
            fence = died->fence;
        }
        QCOMPARE(engine_->status().deadLetters, std::uint64_t{0});
        QVERIFY(dieWithTheJob("e", Begins::yes));
        QTRY_COMPARE_WITH_TIMEOUT(engine_->status().deadLetters, std::uint64_t{1}, kPatienceMillis);
        test::Administrator admin(server_);
        QCOMPARE(admin.number({"XLEN", jobs::RemoteKeys(instance()).jobs}), std::int64_t{0});

        // Also after a restart, until somebody wants it again.
        engine_.reset();
        start();
        QTRY_COMPARE_WITH_TIMEOUT(engine_->status().deadLetters, std::uint64_t{1}, kPatienceMillis);
        runtime::RemoteWorkerOptions options;
        options.redis = test::urlOf(server_);
        options.instanceId = instance();
        options.secret = kSecret;
        options.name = "real";
        options.version = kVersion;
        options.say = [](const std::string&) {};
        runtime::RemoteWorker worker(std::move(options));
        worker.start();
        const domain::OrderPtr other = accepted();
        QVERIFY(other);
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(other->id), domain::OrderStatus::confirmed,
                                  kPatienceMillis);
        QCOMPARE(statusOf(order->id), domain::OrderStatus::pending);
        engine_->retryDeadLetter(order->id, this, [](const auto&) {});
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(order->id), domain::OrderStatus::confirmed,
                                  kPatienceMillis);
        QCOMPARE(engine_->status().deadLetters, std::uint64_t{0});
        worker.stop();
    }

    // It was not the job that ended it, and the worker goes on.
    void theEndOfTheEngineIsNotTheJobsFailure() {
        start();
        const domain::OrderPtr order = accepted();
        QVERIFY(order);
        for (const char* name : {"a", "b"}) {
            QVERIFY(dieWithTheJob(name, Begins::yes));
        }
        {
            // The engine ends before its worker.
            Guest guest(server_, instance(), "c");
            QVERIFY(seesWorkers(1));
            QVERIFY(guest.take());
            guest.begin();
            QVERIFY(isHeard());
            engine_.reset();
            start();
            guest.die();
            QVERIFY(seesWorkers(0));
        }
        for (const char* name : {"d", "e"}) {
            QVERIFY(dieWithTheJob(name, Begins::yes));
        }
        QCOMPARE(engine_->status().deadLetters, std::uint64_t{0});
        QVERIFY(dieWithTheJob("f", Begins::yes));
        QTRY_COMPARE_WITH_TIMEOUT(engine_->status().deadLetters, std::uint64_t{1}, kPatienceMillis);
    }
};

QTEST_GUILESS_MAIN(RemoteJobsTest)
#include "remote_jobs_test.moc"
