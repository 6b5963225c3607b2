#pragma once
// An engine without threads and disk, for tests of what stands in front of one: the window and the
// gateway. Pools, quotes, checks and plans are the real ones; orders live in memory and move when
// the test says so. Thread-safe, like a real engine.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/execution.h"
#include "runtime/engine.h"
#include "runtime/quote_desk.h"

namespace oee::test {

// SOL, USDC, USDT and BONK. SOL/USDC trades on a Raydium AMM v4, a Raydium CPMM and a Meteora DLMM
// pool near 150, BONK/SOL on a CPMM pool, USDC/USDT on a DLMM pool.
amm::MarketSnapshotPtr handMadeMarket();

class FakeEngine final : public runtime::Engine {
  public:
    // What submit does beyond storing the order as pending.
    enum class Progress {
        manual,     // nothing: the test calls advance()
        automatic,  // runs to its end at once, every transition an update of its own
    };

    explicit FakeEngine(Progress progress = Progress::manual,
                        amm::MarketSnapshotPtr market = handMadeMarket());

    // --- for tests; callable from any thread

    void setProgress(Progress progress);
    // While held, answers of submit, cancel, order and orders wait; releasing sends all of them.
    void holdAnswers();
    void releaseAnswers();
    std::size_t heldAnswers() const;
    // The next submits are refused with this; nothing ends it.
    void refuseWith(std::optional<execution::Refusal> refusal);
    // Every call that needs the store fails with this; nothing ends it.
    void failStoreWith(std::optional<execution::StoreError> error);
    // One transition: pending → routing → building → submitted → confirmed (or failed, where it
    // cannot be planned or does not land). Returns the status afterwards.
    domain::OrderStatus advance(domain::OrderId orderId);
    void advanceToEnd(domain::OrderId orderId);
    void failOrder(domain::OrderId orderId, const domain::OrderFailure& failure);
    // One slot more; where asked, somebody else sells this much SOL to every SOL/USDC pool first.
    void publishSlot(std::uint64_t soldLamports = 0);
    // Makes the order's receipt another one.
    void changeReceipt(domain::OrderId orderId, const std::function<void(domain::Receipt&)>& edit);
    void sendNotice(const QString& text);
    // Its job counts as come back too often; until it is retried.
    void park(domain::OrderId orderId);
    void setRemarks(std::vector<std::string> remarks);
    void setRemoteWorkers(std::vector<runtime::RemoteWorkerStatus> workers);
    // What submit was called with, in order, whether or not it was accepted.
    std::vector<execution::OrderRequest> submitted() const;
    execution::RiskLimits limits() const;

    // --- runtime::Engine

    void submit(const execution::OrderRequest& request, QObject* context,
                Answer<execution::Admitted, execution::Refusal> answer) override;
    void cancel(domain::OrderId orderId, QObject* context,
                Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void resetWallet(QObject* context,
                     Answer<runtime::WalletPtr, execution::StoreError> answer) override;
    void orders(const runtime::OrderQuery& query, QObject* context,
                Answer<std::vector<domain::OrderPtr>, execution::StoreError> answer) override;
    void order(domain::OrderId orderId, QObject* context,
               Answer<runtime::OrderDetail, execution::StoreError> answer) override;
    void deadLetters(
        QObject* context,
        Answer<std::vector<execution::DeadLetter>, execution::StoreError> answer) override;
    void retryDeadLetter(domain::OrderId orderId, QObject* context,
                         Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void fills(std::size_t limit, QObject* context,
               Answer<std::vector<domain::Fill>, execution::StoreError> answer) override;
    tl::expected<runtime::QuoteView, runtime::QuoteRefusal> quote(
        const runtime::QuoteQuery& query) const override;
    tl::expected<routing::OrderBook, execution::Refusal> orderBook(
        const std::string& baseToken, const std::string& quoteToken) const override;
    amm::MarketSnapshotPtr market() const override;
    runtime::WalletPtr wallet() const override;
    runtime::EngineStatus status() const override;
    const chain::NetworkProfile& profile() const override { return profile_; }
    void setLimits(const execution::RiskLimits& limits) override;

  private:
    // 2026-09-21, plus a second an event: times that grow and are the same in every run.
    static constexpr base::UnixMicros kFirstEventMicros = 1'790'000'000'000'000;

    struct Record {
        domain::Order order;
        std::vector<domain::OrderEvent> events;
        std::vector<domain::Fill> fills;
        std::optional<domain::Receipt> receipt;
    };
    // All of these want mutex_ held.
    tl::expected<execution::Admitted, execution::Refusal> admit(
        const execution::OrderRequest& request, runtime::Update& update);
    tl::expected<domain::OrderPtr, execution::StoreError> cancelNow(domain::OrderId orderId,
                                                                    runtime::Update& update);
    void enter(Record& record, domain::OrderStatus status, std::string detail,
               runtime::Update& update);
    void step(Record& record, runtime::Update& update);
    void land(Record& record, runtime::Update& update);
    void fail(Record& record, const domain::OrderFailure& failure, runtime::Update& update);
    void release(const domain::Order& order);
    void replacePools(const chain::PoolOverlay& pools);
    bool isOpen(domain::OrderId orderId) const;

    void publish(runtime::Update update);
    void deliver(QObject* context, std::function<void()> task);

    const chain::NetworkProfile profile_;
    runtime::MarketPlanner planner_{profile_};
    mutable runtime::QuoteDesk desk_{profile_};
    mutable std::mutex mutex_;
    Progress progress_;
    amm::MarketSnapshotPtr market_;
    execution::Wallet startWallet_;
    runtime::WalletPtr wallet_;
    std::map<domain::OrderId, Record> records_;
    std::map<std::string, domain::OrderId> byKey_;
    std::vector<execution::OrderRequest> submitted_;
    execution::RiskLimits limits_;
    std::optional<execution::Refusal> refusal_;
    std::optional<execution::StoreError> storeError_;
    std::map<domain::OrderId, execution::JobRecord> parked_;
    std::vector<std::string> remarks_;
    bool holding_ = false;
    std::vector<std::function<void()>> held_;
    std::uint64_t lastSequence_ = 0;
    std::vector<runtime::RemoteWorkerStatus> remoteWorkers_;
    std::uint32_t lastNumber_ = 0;
};

}  // namespace oee::test
