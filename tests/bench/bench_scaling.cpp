// Orders a second against the number of workers and of orders in flight; on a new database each.

#include <QTemporaryDir>

#include "bench/bench.h"
#include "bench/engine_load.h"
#include "bench/live_engine.h"

namespace oee::bench {
namespace {

constexpr int kWarmUp = 1'000;
constexpr std::size_t kRepetitions = 3;

struct Point {
    unsigned workers = 2;
    int inFlight = 0;
    int orders = 0;
};

Figure measured(const Point& point, const QString& what) {
    std::vector<double> rates;
    for (std::size_t i = 0; i < kRepetitions; ++i) {
        const QTemporaryDir folder;
        const base::SystemClock clock;
        const auto engine = startLive({.databasePath = folder.filePath("engine.db"),
                                       .workers = point.workers,
                                       .maxOpenOrders = 20'000},
                                      clock);
        EngineLoad load(*engine, clock);
        load.run(kWarmUp, std::min(kWarmUp, point.inFlight));
        rates.push_back(point.orders / load.run(point.orders, point.inFlight));
    }
    return {what, quantile(rates, 0.5), "/s",
            QStringLiteral("confirmed and durable, in process; median of %1; from %2 to %3")
                .arg(rates.size())
                .arg(quantile(rates, 0), 0, 'f', 0)
                .arg(quantile(rates, 1), 0, 'f', 0)};
}

}  // namespace

void benchScaling(QJsonObject& result) {
    for (const unsigned workers : {1U, 2U, 4U}) {
        addFigure(result, QStringLiteral("workers.%1").arg(workers),
                  measured({workers, 1'000, 20'000},
                           QStringLiteral("orders, %1 worker(s), 1,000 in flight").arg(workers)));
    }
    for (const Point& point : {Point{2, 10, 3'000}, Point{2, 100, 10'000}, Point{2, 1'000, 20'000},
                               Point{2, 10'000, 40'000}}) {
        addFigure(result, QStringLiteral("inFlight.%1").arg(point.inFlight),
                  measured(point,
                           QStringLiteral("orders, 2 workers, %L1 in flight").arg(point.inFlight)));
    }
}

}  // namespace oee::bench
