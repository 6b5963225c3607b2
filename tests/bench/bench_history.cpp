// Whether anything becomes slower as history grows: the same on an empty database and on one with
// many orders.

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QThread>

#include "bench/bench.h"
#include "bench/engine_load.h"
#include "bench/history_maker.h"
#include "bench/live_engine.h"
#include "storage/history_reader.h"
#include "storage/migrations.h"

namespace oee::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using domain::OrderStatus;
using execution::StoreError;

constexpr std::uint64_t kMillion = 1'000'000;
constexpr int kInFlight = 1'000;
constexpr int kOrders = 20'000;
constexpr std::size_t kRepetitions = 3;
constexpr std::size_t kQueries = 200;
constexpr double kPatienceMillis = 300'000;

double millisSince(SteadyClock::time_point start) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count();
}

QString named(std::uint64_t orders) {
    return orders == 0 ? QStringLiteral("empty history")
                       : QStringLiteral("history of %1 million").arg(orders / kMillion);
}

// In the build folder, kept for the next run: it takes a while. What is measured adds to it.
QString historyOf(std::uint64_t orders) {
    const QDir folder(QStringLiteral(OEE_BINARY_DIR "/bench-history"));
    require(folder.mkpath(QStringLiteral(".")), "no folder for the history");
    const QString path = folder.filePath(QStringLiteral("schema-%1-orders-%2.db")
                                             .arg(storage::embeddedMigrations().back().version)
                                             .arg(orders));
    if (QFileInfo::exists(path)) {
        return path;
    }
    const QString part = path + QStringLiteral(".part");
    for (const char* end : {"", "-wal", "-shm"}) {
        QFile::remove(part + QLatin1String(end));
    }
    const auto start = SteadyClock::now();
    makeHistory(part, test::generatedGenesis(), orders);
    std::fprintf(stderr, "made a history of %llu orders in %.0f s\n",
                 static_cast<unsigned long long>(orders), millisSince(start) / 1e3);
    require(QFile::rename(part, path), "the history cannot be kept");
    return path;
}

// Waits for the answer of one query.
template <typename T>
T answerOf(const std::function<void(storage::HistoryReader::Answer<T>)>& ask) {
    std::promise<tl::expected<T, StoreError>> promise;
    auto future = promise.get_future();
    ask([&promise](tl::expected<T, StoreError> answer) { promise.set_value(std::move(answer)); });
    auto answer = future.get();
    require(answer.has_value(), "a query is refused");
    return std::move(*answer);
}

// Waits until the newest order's last markout is taken, a minute after it landed: the next start
// then goes on with nothing.
void settle(const QString& path) {
    auto reader = storage::HistoryReader::open(path);
    require(reader.has_value(), "the history cannot be read");
    using Orders = std::vector<domain::OrderPtr>;
    const domain::OrderId newest = answerOf<Orders>([&](auto answer) {
                                       (*reader)->orders({{}, {}, 1}, std::move(answer));
                                   })
                                       .front()
                                       ->id;
    for (const auto start = SteadyClock::now();;) {
        const auto record = answerOf<storage::OrderRecord>(
            [&](auto answer) { (*reader)->order(newest, std::move(answer)); });
        if (record.receipt && record.receipt->markouts.size() == domain::kMarkoutSeconds.size()) {
            return;
        }
        require(millisSince(start) < kPatienceMillis, "markouts are not taken");
        QThread::msleep(100);
    }
}

class Queries {
  public:
    Queries(const QString& path, QJsonObject& result, QString key, QString suffix)
        : result_(result), key_(std::move(key)), suffix_(std::move(suffix)) {
        auto reader = storage::HistoryReader::open(path);
        require(reader.has_value(), "the history cannot be read");
        reader_ = std::move(*reader);
    }

    void run() {
        using Orders = std::vector<domain::OrderPtr>;
        const auto page = [this](const storage::OrderFilter& filter) {
            return answerOf<Orders>(
                [&](auto answer) { reader_->orders(filter, std::move(answer)); });
        };
        const Orders newest = page({});
        require(!newest.empty(), "there are no orders");
        // From the newest back, a thousand at a time, to one that is old; at most half a second.
        Orders old = newest;
        for (int i = 0; i < 100 && !old.empty(); ++i) {
            Orders older = page({{}, old.back()->id, 1'000});
            if (older.empty()) {
                break;
            }
            old = std::move(older);
        }
        const domain::OrderId oldId = old.back()->id;
        time("newest", "the newest 100 orders", [&] { (void)page({}); });
        time("before", "100 orders before an old one", [&] { (void)page({{}, oldId, 100}); });
        for (const OrderStatus status : {OrderStatus::confirmed, OrderStatus::failed,
                                         OrderStatus::cancelled, OrderStatus::pending}) {
            const QString name = QString::fromStdString(std::string(domain::nameOf(status)));
            time(name, "the newest 100 that are " + name, [&] { (void)page({status, {}, 100}); });
        }
        time("order", "one old order with events, fills and receipt", [&] {
            (void)answerOf<storage::OrderRecord>(
                [&](auto answer) { reader_->order(oldId, std::move(answer)); });
        });
        time("fills", "the newest 100 fills", [&] {
            (void)answerOf<std::vector<domain::Fill>>(
                [&](auto answer) { reader_->fills(100, std::move(answer)); });
        });
    }

  private:
    void time(const QString& key, const QString& what, const std::function<void()>& query) {
        std::vector<double> millis;
        for (std::size_t i = 0; i < kQueries; ++i) {
            const auto start = SteadyClock::now();
            query();
            millis.push_back(millisSince(start));
        }
        addFigure(result_, key_ + ".query." + key,
                  {what + suffix_, quantile(millis, 0.5), "ms",
                   QStringLiteral("median of %1; 99 % below %2 ms")
                       .arg(kQueries)
                       .arg(quantile(millis, 0.99), 0, 'f', 2)});
    }

    std::unique_ptr<storage::HistoryReader> reader_;
    QJsonObject& result_;
    const QString key_;
    const QString suffix_;
};

void measure(const QString& path, std::uint64_t orders, QJsonObject& result) {
    const QString key =
        orders == 0 ? QStringLiteral("empty") : QStringLiteral("%1M").arg(orders / kMillion);
    const QString suffix = QStringLiteral(", ") + named(orders);
    const base::SystemClock clock;
    std::vector<double> rates;
    {
        const auto engine = startLive({.databasePath = path}, clock);
        EngineLoad load(*engine, clock);
        load.run(kInFlight, kInFlight);
        for (std::size_t i = 0; i < kRepetitions; ++i) {
            rates.push_back(kOrders / load.run(kOrders, kInFlight));
        }
        settle(path);
    }
    std::vector<double> starts;
    for (std::size_t i = 0; i < kRepetitions; ++i) {
        const auto start = SteadyClock::now();
        const auto engine = startLive({.databasePath = path}, clock);
        starts.push_back(millisSince(start));
    }
    addFigure(result, key + ".start",
              {"start of the engine" + suffix, quantile(starts, 0.5), "ms",
               QStringLiteral("median of %1; file of %2 MiB")
                   .arg(kRepetitions)
                   .arg(QFileInfo(path).size() / (1'024 * 1'024))});
    addFigure(result, key + ".durable",
              {"orders confirmed and durable" + suffix, quantile(rates, 0.5), "/s",
               QStringLiteral("in process, %L1 in flight; median of %2; from %3 to %4")
                   .arg(kInFlight)
                   .arg(kRepetitions)
                   .arg(quantile(rates, 0), 0, 'f', 0)
                   .arg(quantile(rates, 1), 0, 'f', 0)});
    Queries(path, result, key, suffix).run();
}

}  // namespace

void benchHistory(QJsonObject& result) {
    const QTemporaryDir folder;
    measure(folder.filePath("engine.db"), 0, result);
    measure(historyOf(kMillion), kMillion, result);
}

void benchFullHistory(QJsonObject& result) {
    measure(historyOf(10 * kMillion), 10 * kMillion, result);
}

}  // namespace oee::bench
