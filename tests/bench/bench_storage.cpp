// The order store: orders acknowledged and rows written, each durable before its answer.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <QSqlDatabase>
#include <QSqlQuery>
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
        options.path = path();
        options.clock = &clock_;
        options.maxOpenOrders = maxOpenOrders;
        auto opened = storage::SqliteStore::open(options, genesis, {});
        require(opened.has_value(), "the store does not open");
        store_ = std::move(opened->store);
    }
    storage::SqliteStore& store() { return *store_; }
    QString path() const { return folder_.filePath("engine.db"); }

  private:
    QTemporaryDir folder_;
    base::SystemClock clock_;
    std::unique_ptr<storage::SqliteStore> store_;
};

// The median of the repetitions, a second.
void addRate(QJsonObject& result, const QString& key, const QString& what,
             const std::vector<double>& rates) {
    addFigure(result, key,
              {what, quantile(rates, 0.5), "/s",
               QString("median of %1; from %2 to %3")
                   .arg(rates.size())
                   .arg(quantile(rates, 0), 0, 'f', 0)
                   .arg(quantile(rates, 1), 0, 'f', 0)});
}

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
    addRate(result, "storage.admitted", "orders stored and acknowledged, 50 clients",
            ordersPerSecond);
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
    addRate(result, "storage.accountRows",
            "account rows written by slots, 100 of 1,000 bytes a slot", rowsPerSecond);
}

// Orders from admission to their last markout, many of them at each step.
class WholeOrders {
  public:
    WholeOrders(storage::SqliteStore& store, std::size_t orders) : store_(store), count_(orders) {}

    void run() {
        admit();
        submit();
        land();
        for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
            take(seconds);
        }
    }

  private:
    void admit() {
        execution::OrderDraft draft;
        draft.inputMint = domain::solMint();
        draft.outputMint = domain::usdcMint();
        draft.amountInRaw = kAmountInRaw;
        draft.reservedLamports = kFeeLamports;
        orders_.clear();
        Countdown left(count_);
        for (std::size_t i = 0; i < count_; ++i) {
            store_.admit(draft, [&](const auto& admitted) {
                require(admitted.has_value(), "an order was refused");
                orders_.push_back(admitted->order);
                left.arrive();
            });
        }
        left.wait();
    }

    void submit() {
        Countdown left(count_);
        for (domain::OrderPtr& order : orders_) {
            domain::Transaction transaction;
            transaction.orderId = order->id;
            transaction.attempt = order->attempt;
            transaction.fence = order->fence;
            transaction.signature.bytes[0] = static_cast<std::uint8_t>(++signatures_);
            transaction.legs = {{domain::usdcMint(), domain::Program::raydiumCpmm,
                                 domain::solMint(), domain::usdcMint(), kAmountInRaw,
                                 kAmountOutRaw}};
            transaction.expectedOutRaw = kAmountOutRaw;
            transaction.maxAmountInRaw = kAmountInRaw;
            transaction.networkFeeLamports = kFeeLamports;
            const domain::PlanSummary plan{
                transaction.legs, kAmountInRaw, kAmountOutRaw, 0, kAmountInRaw, kAmountOutRaw, 0};
            store_.submit({transaction, plan, slot_}, [&](const auto& submitted) {
                require(submitted.has_value(), "a transaction was refused");
                order = *submitted;
                left.arrive();
            });
        }
        left.wait();
    }

    void land() {
        execution::SlotCommit commit;
        for (const domain::OrderPtr& order : orders_) {
            domain::Fill fill;
            fill.orderId = order->id;
            fill.pool = domain::usdcMint();
            fill.program = domain::Program::raydiumCpmm;
            fill.inputMint = order->inputMint;
            fill.outputMint = order->outputMint;
            fill.amountInRaw = kAmountInRaw;
            fill.amountOutRaw = kAmountOutRaw;
            fill.feeMint = order->inputMint;
            fill.networkFeeLamports = kFeeLamports;
            fill.signature = *order->signature;
            commit.outcomes.push_back(
                {order->id, order->attempt, *order->signature,
                 chain::Landed{{fill}, kAmountInRaw, kAmountOutRaw, kFeeLamports}});
            domain::Receipt receipt;
            receipt.orderId = order->id;
            receipt.inputMint = order->inputMint;
            receipt.outputMint = order->outputMint;
            receipt.amountInRaw = kAmountInRaw;
            receipt.amountOutRaw = kAmountOutRaw;
            receipt.networkFeeLamports = kFeeLamports;
            commit.receipts.push_back(receipt);
        }
        send(std::move(commit));
    }

    void take(std::uint32_t seconds) {
        execution::SlotCommit commit;
        for (const domain::OrderPtr& order : orders_) {
            commit.markouts.push_back({order->id, {seconds, kAmountOutRaw, seconds * 1'000U}});
        }
        send(std::move(commit));
    }

    void send(execution::SlotCommit commit) {
        commit.clock.slot = ++slot_;
        Countdown left(1);
        store_.commitSlot(std::move(commit), [&](const auto& done) {
            require(done.has_value(), "a slot was refused");
            left.arrive();
        });
        left.wait();
    }

    static constexpr std::uint64_t kAmountInRaw = 1'000'000;
    static constexpr std::uint64_t kAmountOutRaw = 150'000;
    static constexpr std::uint64_t kFeeLamports = 10'000;

    storage::SqliteStore& store_;
    const std::size_t count_;
    std::vector<domain::OrderPtr> orders_;
    std::uint64_t signatures_ = 0;
    std::uint64_t slot_ = 0;
};

std::size_t rowsOfOrders(const QString& path) {
    const QString name = QStringLiteral("rows");
    std::size_t rows = 0;
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(path);
        require(database.open(), "the database cannot be read");
        QSqlQuery query(database);
        for (const char* table : {"order_rows", "event_rows", "transaction_rows", "order_ends",
                                  "fill_rows", "receipt_rows", "markout_rows"}) {
            require(
                query.exec(QStringLiteral("SELECT count(*) FROM %1").arg(table)) && query.next(),
                "the database cannot be read");
            rows += query.value(0).toULongLong();
        }
    }
    QSqlDatabase::removeDatabase(name);
    return rows;
}

// All rows that orders leave behind; those of the outbox, which come and go, are not counted.
void orderRows(QJsonObject& result) {
    constexpr std::size_t kTogether = 2'000;
    constexpr std::size_t kRounds = 10;
    std::vector<double> rowsPerSecond;
    for (std::size_t repetition = 0; repetition < kRepetitions; ++repetition) {
        Bench bench(kTogether);
        WholeOrders orders(bench.store(), kTogether);
        const auto start = SteadyClock::now();
        for (std::size_t round = 0; round < kRounds; ++round) {
            orders.run();
        }
        const double seconds = Seconds(SteadyClock::now() - start).count();
        rowsPerSecond.push_back(static_cast<double>(rowsOfOrders(bench.path())) / seconds);
    }
    addRate(result, "storage.orderRows",
            "rows of orders from admission to the last markout, 14 each, 2,000 orders together",
            rowsPerSecond);
}

}  // namespace

void benchStorage(QJsonObject& result) {
    admissions(result);
    orderRows(result);
    accountRows(result);
}

}  // namespace oee::bench
