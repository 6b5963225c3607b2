#pragma once
// A running engine whose jobs go through a Redis of its own.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <QObject>
#include <QTemporaryDir>
#include <QtTest>

#include "jobs/redis_fixture.h"
#include "runtime/live_engine.h"
#include "runtime/order_detail.h"
#include "runtime/sell_order.h"
#include "support/market_fixture.h"

namespace oee::test {

inline constexpr int kDrainMillis = 60'000;
inline constexpr int kPatienceMillis = 60'000;

inline chain::NetworkProfile instantProfile() {
    chain::NetworkProfile profile;
    profile.name = "instant";
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

inline execution::OrderRequest orderNumber(int number) {
    execution::OrderRequest request = sell("0.25");
    if (number % 2 == 1) {
        request.tokenIn = "USDC";
        request.tokenOut = number % 3 == 0 ? "JUP" : "SOL";
        request.amountIn = "20";
    }
    request.slippageBps = 500;
    return request;
}

// The base of the tests that have one.
class EngineOnRedis : public QObject {
    Q_OBJECT

  protected:
    std::unique_ptr<runtime::LiveEngine> start(const std::string& redis, const base::Clock& clock) {
        runtime::EngineOptions options;
        options.databasePath = path();
        options.genesis = generatedGenesis();
        options.profile = instantProfile();
        options.workers = 2;
        options.redis = redis;
        options.clock = &clock;
        auto engine = runtime::LiveEngine::start(std::move(options));
        if (!engine) {
            qFatal("%s", engine.error().detail.c_str());
        }
        return std::move(*engine);
    }
    QString path() const { return folder_->filePath(QStringLiteral("engine.db")); }
    std::string streamOf(const runtime::Engine& engine) const {
        return "oee:" + engine.status().instanceId + ":jobs";
    }

    // Acknowledged orders are collected in acknowledged_.
    void submit(runtime::Engine& engine, int number, const std::function<void()>& then = {}) {
        engine.submit(orderNumber(number), this, [this, then](const auto& admitted) {
            ++answered_;
            if (admitted) {
                acknowledged_.push_back(admitted->order);
            }
            if (then) {
                then();
            }
        });
    }

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<RedisServer> server_;
    std::optional<Administrator> administrator_;
    int answered_ = 0;
    std::vector<domain::OrderPtr> acknowledged_;

  private slots:
    void initTestCase() { QLoggingCategory::setFilterRules(QStringLiteral("oee.order=false")); }
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        answered_ = 0;
        acknowledged_.clear();
        server_ = std::make_unique<RedisServer>();
        QVERIFY2(server_->start(), qPrintable(server_->problem()));
        administrator_.emplace(*server_);
    }
};

}  // namespace oee::test
