#pragma once
// The engine that runs: it owns the threads, and wires store, queue, workers and chain together.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <QThread>
#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "execution/retry.h"
#include "jobs/job_queue.h"
#include "market/genesis.h"
#include "runtime/answer_route.h"
#include "runtime/chain_runner.h"
#include "runtime/dispatcher.h"
#include "runtime/engine.h"
#include "runtime/quote_desk.h"
#include "runtime/remote_hub.h"
#include "runtime/shared_cell.h"
#include "runtime/worker.h"
#include "storage/background_check.h"
#include "storage/history_reader.h"
#include "storage/retention.h"
#include "storage/sqlite_store.h"

namespace oee::runtime {

// For workers on other machines.
struct RemoteAccess {
    std::string secret;   // they share it with the engine; empty: none may work for it
    std::string version;  // of the program: they have the same
};

struct EngineOptions {
    QString databasePath;
    market::GenesisMarket genesis;
    chain::NetworkProfile profile;
    std::uint64_t seed = 1;
    unsigned workers = 2;
    std::string redis = "auto";                             // a redis:// URL, "auto" or "none"
    std::size_t maxOpenOrders = execution::kMaxOpenOrders;  // more are refused as busy
    storage::RetentionPolicy retention;
    QString archivePath;  // of a database; where the policy archives
    RemoteAccess remote;
    execution::RiskLimits limits;
    execution::RetryPolicy retries;  // its seed is the engine's
    // In receipts: what other routes would have brought. Costs the chain's thread a plan an order.
    WithCounterfactuals counterfactuals = WithCounterfactuals::yes;
    const base::Clock* clock = nullptr;
    base::CrashPoints crashPoints;
};

enum class EngineError { storage, storedPool, redis };

struct EngineFailure {
    EngineError error = EngineError::storage;
    std::string detail;  // in words
};

class LiveEngine final : public Engine {
    Q_OBJECT

  public:
    // Opens the store (creating it from the genesis where it is new), takes up what was open, and
    // starts all threads.
    static tl::expected<std::unique_ptr<LiveEngine>, EngineFailure> start(EngineOptions options);
    // Stops intake, drains the workers, flushes the store.
    ~LiveEngine() override;

    void submit(const execution::OrderRequest& request, QObject* context,
                Answer<execution::Admitted, execution::Refusal> answer) override;
    void cancel(domain::OrderId orderId, QObject* context,
                Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void resetWallet(QObject* context, Answer<WalletPtr, execution::StoreError> answer) override;
    void orders(const OrderQuery& query, QObject* context,
                Answer<std::vector<domain::OrderPtr>, execution::StoreError> answer) override;
    void order(domain::OrderId orderId, QObject* context,
               Answer<OrderDetail, execution::StoreError> answer) override;
    void deadLetters(
        QObject* context,
        Answer<std::vector<execution::DeadLetter>, execution::StoreError> answer) override;
    void retryDeadLetter(domain::OrderId orderId, QObject* context,
                         Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void fills(std::size_t limit, QObject* context,
               Answer<std::vector<domain::Fill>, execution::StoreError> answer) override;
    tl::expected<QuoteView, QuoteRefusal> quote(const QuoteQuery& query) const override;
    tl::expected<routing::OrderBook, execution::Refusal> orderBook(
        const std::string& baseToken, const std::string& quoteToken) const override;
    amm::MarketSnapshotPtr market() const override { return market_.load(); }
    WalletPtr wallet() const override { return wallet_.load(); }
    EngineStatus status() const override;
    const chain::NetworkProfile& profile() const override { return options_.profile; }
    void setLimits(const execution::RiskLimits& limits) override;

  private:
    explicit LiveEngine(EngineOptions options);

    void admit(const execution::OrderRequest& request,
               Answer<execution::Admitted, execution::Refusal> reply);
    std::optional<execution::Refusal> refusalOnMarket(execution::OrderDraft& draft,
                                                      const amm::MarketSnapshotPtr& market) const;
    tl::expected<execution::StoredState, EngineFailure> openStore();
    tl::expected<void, EngineFailure> openQueue();
    tl::expected<void, EngineFailure> startChain(const execution::StoredState& state);
    void startDispatcher();
    void startWorkers();
    void prepareRemote(const jobs::RedisUrl& redis);
    void startRemote(const execution::StoredState& state);
    void resume(const std::vector<domain::OrderPtr>& openOrders);
    void startCheck();
    void startRetention();
    void withdraw(const domain::OrderId& orderId);
    void onDecided();
    void onCommitted(const execution::Committed& committed);
    void publish(const std::vector<OrderEventPtr>& events);
    std::vector<std::string> remarks() const;

    EngineOptions options_;
    std::string instanceId_;
    std::shared_ptr<const domain::TokenRegistry> tokens_;
    SharedCell<amm::MarketSnapshot> market_;
    SharedCell<execution::Wallet> wallet_;
    SharedCell<execution::RiskLimits> limits_;
    std::atomic<std::uint64_t> lastSequence_{0};
    std::atomic<std::uint64_t> openOrders_{0};
    std::atomic<bool> stopping_{false};

    AnswerBatch answers_;  // of the store
    std::unique_ptr<jobs::JobQueue> queue_;
    std::vector<std::string> queueRemarks_;  // on how it was chosen
    std::unique_ptr<jobs::EventPublisher> publisher_;
    std::unique_ptr<storage::SqliteStore> store_;
    std::unique_ptr<storage::HistoryReader> history_;
    std::unique_ptr<storage::BackgroundCheck> check_;  // null where the start has looked
    std::unique_ptr<storage::Retention> retention_;    // null where all is kept
    std::unique_ptr<Dispatcher> dispatcher_;
    chain::Scenario scenario_;
    const std::shared_ptr<SharedCurves> curves_ = std::make_shared<SharedCurves>();
    mutable QuoteDesk desk_;
    std::unique_ptr<ChainRunner> chain_;
    std::unique_ptr<RemoteHub> hub_;  // null without Redis or secret
    QThread dispatcherThread_;
    QThread chainThread_;
    std::vector<std::unique_ptr<QThread>> workerThreads_;
};

}  // namespace oee::runtime
