#pragma once
// Orders for an engine in the same process.

#include <algorithm>
#include <map>
#include <vector>

#include <QEventLoop>

#include "base/clock.h"
#include "bench/bench.h"
#include "runtime/engine.h"

namespace oee::bench {

// Submits orders so that `outstanding` are in flight, and notes when each is confirmed.
class EngineLoad {
  public:
    EngineLoad(runtime::Engine& engine, const base::Clock& clock) : engine_(engine), clock_(clock) {
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

}  // namespace oee::bench
