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

}  // namespace

void benchEndToEnd(QJsonObject& result) {
    const QTemporaryDir folder;
    const base::SystemClock clock;
    const auto engine = startLive({.databasePath = folder.filePath("engine.db")}, clock);

    EngineLoad load(*engine, clock);
    load.run(500, 50);  // warm-up
    addFigure(result, "durable",
              {QStringLiteral("orders confirmed and durable, in process, %L1 in flight").arg(kMany),
               kOrders / load.run(kOrders, kMany), "/s",
               "SQLite with synchronous=FULL, embedded queue, 2 workers"});
    addFigure(result, "durable50",
              {"the same with 50 in flight", kOrdersOfFew / load.run(kOrdersOfFew, 50), "/s", ""});
    load.run(500, 1);
    addFigure(result, "oneP50",
              {"one order at a time, submission to confirmation, median",
               quantile(load.latenciesMillis, 0.5), "ms", ""});
    addFigure(result, "oneP99",
              {"one order at a time, submission to confirmation, p99",
               quantile(load.latenciesMillis, 0.99), "ms", ""});
}

}  // namespace oee::bench
