// The engine whole, without HTTP: real SQLite file, embedded queue, the profile `instant`.

#include <QTemporaryDir>

#include "bench/bench.h"
#include "bench/engine_load.h"
#include "bench/live_engine.h"

namespace oee::bench {
namespace {

// In flight at once: fewer than the engine's bound.
constexpr int kMany = 4'000;
constexpr int kOrders = 50'000;
constexpr int kOrdersOfFew = 5'000;
constexpr int kRepetitions = 5;

Figure figureOf(const QString& what, const std::vector<double>& rates, const QString& how) {
    return {what, quantile(rates, 0.5), "/s",
            QString("%1median of %2; from %3 to %4")
                .arg(how)
                .arg(rates.size())
                .arg(quantile(rates, 0), 0, 'f', 0)
                .arg(quantile(rates, 1), 0, 'f', 0)};
}

}  // namespace

void benchEndToEnd(QJsonObject& result) {
    const QTemporaryDir folder;
    const base::SystemClock clock;
    const auto engine = startLive({.databasePath = folder.filePath("engine.db")}, clock);

    EngineLoad load(*engine, clock);
    load.run(500, 50);  // warm-up
    std::vector<double> many;
    std::vector<double> few;
    for (int i = 0; i < kRepetitions; ++i) {
        many.push_back(kOrders / load.run(kOrders, kMany));
        few.push_back(kOrdersOfFew / load.run(kOrdersOfFew, 50));
    }
    addFigure(
        result, "durable",
        figureOf(
            QStringLiteral("orders confirmed and durable, in process, %L1 in flight").arg(kMany),
            many, "SQLite with synchronous=FULL, embedded queue, 2 workers; "));
    addFigure(result, "durable50", figureOf("the same with 50 in flight", few, {}));
    load.run(500, 1);
    addFigure(result, "oneP50",
              {"one order at a time, submission to confirmation, median",
               quantile(load.latenciesMillis, 0.5), "ms", ""});
    addFigure(result, "oneP99",
              {"one order at a time, submission to confirmation, p99",
               quantile(load.latenciesMillis, 0.99), "ms", ""});
}

}  // namespace oee::bench
