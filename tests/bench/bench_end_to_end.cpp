// The engine whole, without HTTP: real SQLite file, embedded queue, the profile `instant`.

#include <algorithm>
#include <map>
#include <vector>

#include <QEventLoop>
#include <QTemporaryDir>

#include "bench/bench.h"
#include "runtime/live_engine.h"
#include "runtime/network_profile_file.h"
#include "support/market_fixture.h"

namespace oee::bench {
namespace {

// In flight at once: fewer than the engine's bound.
constexpr int kMany = 4'000;
constexpr int kOrders = 50'000;
constexpr int kOrdersOfFew = 5'000;

// Submits orders so that `outstanding` are in flight, and notes when each is confirmed.
class Load {
  public:
    Load(runtime::Engine& engine, const base::Clock& clock) : engine_(engine), clock_(clock) {
        QObject::connect(&engine_, &runtime::Engine::updated, &context_,
                         [this](const runtime::UpdatePtr& update) { onUpdate(*update); });
    }

    // Returns the seconds from the first submission to the last confirmation.
    double run(int orders, int outstanding) {
        orders_ = orders;
        submitted_ = confirmed_ = 0;
        latenciesMillis.clear();
        const std::int64_t start = clock_.steadyMicros();
        for (int i = 0; i < std::min(orders, outstanding); ++i) {
            submitNext();
        }
        // processEvents() with a time limit does not wait: it would keep a core busy.
        loop_.exec();
        return static_cast<double>(clock_.steadyMicros() - start) / 1e6;
    }

    std::vector<double> latenciesMillis;  // submission → confirmation seen

  private:
    void submitNext() {
        const bool sells = submitted_++ % 2 == 0;
        execution::OrderRequest request;
        request.tokenIn = sells ? "SOL" : "USDC";
        request.tokenOut = sells ? "USDC" : "SOL";
        request.amountIn = sells ? "0.01" : "0.8";
        request.slippageBps = domain::kMaxSlippageBps;
        engine_.submit(request, &context_,
                       [this, at = clock_.steadyMicros()](const auto& admitted) {
                           require(admitted.has_value(), "the engine refused an order");
                           started_[admitted->order->id] = at;
                       });
    }

    // The acknowledgement is posted before the events of later commits, so the start is known.
    void onUpdate(const runtime::Update& update) {
        for (const runtime::OrderEventPtr& event : update.events) {
            if (!domain::isTerminal(event->status)) {
                continue;
            }
            require(event->status == domain::OrderStatus::confirmed, "an order failed");
            const auto started = started_.find(event->order->id);
            if (started != started_.end()) {
                latenciesMillis.push_back(
                    static_cast<double>(clock_.steadyMicros() - started->second) / 1e3);
                started_.erase(started);
            }
            if (++confirmed_ == orders_) {
                loop_.quit();
            }
            if (submitted_ < orders_) {
                submitNext();
            }
        }
    }

    runtime::Engine& engine_;
    const base::Clock& clock_;
    QObject context_;
    QEventLoop loop_;
    std::map<domain::OrderId, std::int64_t> started_;
    int orders_ = 0;
    int submitted_ = 0;
    int confirmed_ = 0;
};

}  // namespace

void benchEndToEnd(QJsonObject& result) {
    const QTemporaryDir folder;
    const base::SystemClock clock;
    const auto profile = runtime::loadNetworkProfile("instant");
    require(profile.has_value(), "no profile instant");
    runtime::EngineOptions options;
    options.databasePath = folder.filePath("engine.db");
    options.genesis = test::generatedGenesis();
    options.profile = *profile;
    options.redis = "none";
    options.clock = &clock;
    auto engine = runtime::LiveEngine::start(std::move(options));
    require(engine.has_value(), "the engine does not start");

    Load load(**engine, clock);
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
