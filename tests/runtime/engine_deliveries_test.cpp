// What workers of the engine may do with jobs that Redis delivers too often, or that they held for
// too long.

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <QThread>
#include <QtTest>

#include "runtime/engine_on_redis.h"

using namespace oee;
using domain::OrderStatus;
using test::kDrainMillis;
using test::kPatienceMillis;

namespace {

// Real time, which can be moved on, and in which one worker can be stopped.
class StoppingClock final : public base::Clock {
  public:
    base::UnixMicros nowMicros() const override {
        stopHere();
        return system_.nowMicros();
    }
    std::int64_t steadyMicros() const override { return system_.steadyMicros() + ahead; }

    // The next worker that looks at the clock stops until release().
    void stopAWorker() {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    bool hasStoppedOne() const {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }
    void release() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = false;
        }
        wake_.notify_all();
    }

    std::atomic<std::int64_t> ahead{0};

  private:
    void stopHere() const {
        std::unique_lock lock(mutex_);
        if (wanted_ && QThread::currentThread()->objectName().startsWith("worker-")) {
            wanted_ = false;
            stopped_ = true;
            wake_.wait(lock, [this] { return !stopped_; });
        }
    }

    base::SystemClock system_;
    mutable std::mutex mutex_;
    mutable std::condition_variable wake_;
    mutable bool wanted_ = false;
    mutable bool stopped_ = false;
};

}  // namespace

class EngineDeliveriesTest : public test::EngineOnRedis {
    Q_OBJECT

  private:
    StoppingClock clock_;

  private slots:
    void tenThousandDuplicateDeliveriesChangeNothing() {
        const auto engine = start(server_->url(), clock_);
        for (int i = 0; i < 10; ++i) {
            submit(*engine, i);
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered_, 10, kPatienceMillis);
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, kDrainMillis);
        const std::uint64_t events = engine->status().lastEventSequence;
        const auto wallet = engine->wallet();
        const std::string stream = streamOf(*engine);

        // As they were delivered when they were new.
        const auto queue = test::openQueue(*server_, engine->status().instanceId);
        std::vector<jobs::Job> duplicates;
        for (int i = 0; i < 500; ++i) {
            duplicates.push_back({acknowledged_[static_cast<std::size_t>(i) % 10]});
        }
        for (int batch = 0; batch < 20; ++batch) {
            QVERIFY(test::enqueuedInTheEnd(*queue, duplicates));
        }
        QTRY_COMPARE_WITH_TIMEOUT(administrator_->number({"XLEN", stream}), std::int64_t{0},
                                  kPatienceMillis);
        const auto groups = (*administrator_)({"XINFO", "GROUPS", stream});
        QVERIFY(groups.view()[0][9].integer().value() >= 10'000);  // entries-read
        QCOMPARE(engine->status().lastEventSequence, events);
        QVERIFY(*engine->wallet() == *wallet);
        QCOMPARE(test::detailOf(*engine, acknowledged_[0]->id).fills.size(),
                 test::detailOf(*engine, acknowledged_[0]->id).order->plan->legs.size());
    }

    void aWorkerThatWasStoppedTooLongCannotCommit() {
        const auto engine = start(server_->url(), clock_);
        const std::string stream = streamOf(*engine);
        clock_.stopAWorker();
        submit(*engine, 0);
        QTRY_VERIFY_WITH_TIMEOUT(clock_.hasStoppedOne(), kPatienceMillis);
        // Its time is over: another worker gets the job, with a new fence.
        clock_.ahead = 31'000'000;
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, kPatienceMillis);
        const auto done = test::detailOf(*engine, acknowledged_[0]->id);
        QVERIFY(done.order->status == OrderStatus::confirmed);
        QCOMPARE(administrator_->number({"XLEN", stream}), std::int64_t{1});
        const std::uint64_t events = engine->status().lastEventSequence;

        clock_.release();
        QTRY_COMPARE_WITH_TIMEOUT(administrator_->number({"XLEN", stream}), std::int64_t{0},
                                  kPatienceMillis);
        QCOMPARE(engine->status().lastEventSequence, events);
        QCOMPARE(test::detailOf(*engine, acknowledged_[0]->id).fills.size(), done.fills.size());
    }
};

QTEST_GUILESS_MAIN(EngineDeliveriesTest)
#include "engine_deliveries_test.moc"
