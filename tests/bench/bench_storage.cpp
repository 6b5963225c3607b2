// The order store: orders acknowledged and rows written, each durable before its answer.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <QTemporaryDir>

#include "base/clock.h"
#include "bench/bench.h"
#include "domain/token.h"
#include "execution/order_store.h"
#include "storage/sqlite_store.h"

namespace oee::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kRepetitions = 7;

// Counts down to zero, from any thread.
class Countdown {
  public:
    explicit Countdown(std::size_t count) : left_(count) {}
    void arrive() {
        const std::lock_guard lock(mutex_);
        if (--left_ == 0) {
            done_.notify_all();
        }
    }
    void wait() {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return left_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t left_;
};

struct Load {
    std::size_t outstanding = 1;  // clients that wait for their answer before they ask again
    std::size_t each = 1;
};

// Steps a second. `step` gets a function to call when it has been answered.
double stepsPerSecond(const Load& load, const std::function<void(std::function<void()>)>& step) {
    Countdown clients(load.outstanding);
    std::function<void(std::size_t)> next = [&](std::size_t left) {
        if (left == 0) {
            clients.arrive();
        } else {
            step([&next, left] { next(left - 1); });
        }
    };
    const auto start = SteadyClock::now();
    for (std::size_t i = 0; i < load.outstanding; ++i) {
        next(load.each);
    }
    clients.wait();
    return static_cast<double>(load.outstanding * load.each) /
           Seconds(SteadyClock::now() - start).count();
}

// A new file for each repetition, so that none measures the growth of the one before.
class Bench {
  public:
    explicit Bench(std::size_t maxOpenOrders) {
        execution::Genesis genesis;
        genesis.identity = "bench";
        genesis.startBalances[domain::solMint()] = std::uint64_t{1} << 60;
        storage::OpenOptions options;
        options.path = folder_.filePath("engine.db");
        options.clock = &clock_;
        options.maxOpenOrders = maxOpenOrders;
        auto opened = storage::SqliteStore::open(options, genesis, {});
        require(opened.has_value(), "the store does not open");
        store_ = std::move(opened->store);
    }
    storage::SqliteStore& store() { return *store_; }

  private:
    QTemporaryDir folder_;
    base::SystemClock clock_;
    std::unique_ptr<storage::SqliteStore> store_;
};

void admissions(QJsonObject& result) {
    constexpr Load kLoad{50, 200};
    execution::OrderDraft draft;
    draft.inputMint = domain::solMint();
    draft.outputMint = domain::usdcMint();
    draft.amountInRaw = 1'000;
    draft.reservedLamports = 10'000;
    std::vector<double> ordersPerSecond;
    std::vector<double> millis;  // only the writer thread appends
    for (std::size_t repetition = 0; repetition < kRepetitions; ++repetition) {
        Bench bench(kLoad.outstanding * kLoad.each);
        ordersPerSecond.push_back(stepsPerSecond(kLoad, [&](std::function<void()> then) {
            const auto start = SteadyClock::now();
            bench.store().admit(draft, [&millis, start, then](const auto& admitted) {
                require(admitted.has_value(), "an order was refused");
                millis.push_back(Seconds(SteadyClock::now() - start).count() * 1e3);
                then();
            });
        }));
    }
    addFigure(result, "storage.admitted",
              {"orders stored and acknowledged, 50 clients", quantile(ordersPerSecond, 0.5), "/s",
               QString("median of %1; from %2 to %3")
                   .arg(kRepetitions)
                   .arg(quantile(ordersPerSecond, 0), 0, 'f', 0)
                   .arg(quantile(ordersPerSecond, 1), 0, 'f', 0)});
    addFigure(result, "storage.acknowledgement",
              {"from the call to the acknowledgement, 50 clients", quantile(millis, 0.5), "ms",
               QString("median; 99 % below %1 ms").arg(quantile(millis, 0.99), 0, 'f', 2)});
}

void accountRows(QJsonObject& result) {
    constexpr std::size_t kAccounts = 100;
    constexpr Load kSlots{1, 100};
    execution::SlotCommit commit;
    for (std::size_t i = 0; i < kAccounts; ++i) {
        domain::Pubkey address;
        address.bytes[0] = static_cast<std::uint8_t>(i);
        commit.accounts.push_back(
            {address, address, {address, 1, std::vector<std::uint8_t>(1'000, 7)}});
    }
    std::vector<double> rowsPerSecond;
    for (std::size_t repetition = 0; repetition < kRepetitions; ++repetition) {
        Bench bench(1);
        rowsPerSecond.push_back(kAccounts * stepsPerSecond(kSlots, [&](std::function<void()> then) {
                                    ++commit.clock.slot;
                                    bench.store().commitSlot(commit, [then](const auto& done) {
                                        require(done.has_value(), "a slot was refused");
                                        then();
                                    });
                                }));
    }
    addFigure(result, "storage.accountRows",
              {"account rows written by slots, 100 of 1,000 bytes a slot",
               quantile(rowsPerSecond, 0.5), "/s",
               QString("median of %1; from %2 to %3")
                   .arg(kRepetitions)
                   .arg(quantile(rowsPerSecond, 0), 0, 'f', 0)
                   .arg(quantile(rowsPerSecond, 1), 0, 'f', 0)});
}

}  // namespace

void benchStorage(QJsonObject& result) {
    admissions(result);
    accountRows(result);
}

}  // namespace oee::bench
