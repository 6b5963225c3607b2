#pragma once
// An engine in this process, as `serve --profile instant --redis none` has it.

#include <memory>
#include <utility>

#include <QString>

#include "base/clock.h"
#include "bench/bench.h"
#include "runtime/live_engine.h"
#include "runtime/network_profile_file.h"
#include "support/market_fixture.h"

namespace oee::bench {

struct LiveOptions {
    QString databasePath;
    unsigned workers = 2;
    std::size_t maxOpenOrders = execution::kMaxOpenOrders;
};

inline std::unique_ptr<runtime::LiveEngine> startLive(const LiveOptions& live,
                                                      const base::Clock& clock) {
    const auto profile = runtime::loadNetworkProfile("instant");
    require(profile.has_value(), "no profile instant");
    runtime::EngineOptions options;
    options.databasePath = live.databasePath;
    options.genesis = test::generatedGenesis();
    options.profile = *profile;
    options.workers = live.workers;
    options.maxOpenOrders = live.maxOpenOrders;
    options.redis = "none";
    options.clock = &clock;
    auto engine = runtime::LiveEngine::start(std::move(options));
    require(engine.has_value(), "the engine does not start");
    return std::move(*engine);
}

}  // namespace oee::bench
