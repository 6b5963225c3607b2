#pragma once
// The facade: everything that the window, the page and the command line can ask of the engine.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <QObject>
#include <QString>
#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "base/clock.h"
#include "chain/network_profile.h"
#include "domain/order.h"
#include "domain/receipt.h"
#include "execution/admission.h"
#include "execution/order_store.h"
#include "execution/wallet.h"
#include "routing/order_book.h"
#include "routing/plan.h"
#include "routing/routing.h"

namespace oee::runtime {

using WalletPtr = std::shared_ptr<const execution::Wallet>;

// SIMULATED: generated; RECORDED: account dumps or recorded prices.
enum class MarketKind { simulated, recorded };
std::string_view nameOf(MarketKind kind);

enum class RemoteWorkerState {
    ready,
    anotherSecret,   // what it sends is ignored
    anotherVersion,  // of the program: likewise
};
std::string_view nameOf(RemoteWorkerState state);

// A worker process on this or another machine, as of its last heartbeat.
struct RemoteWorkerStatus {
    std::string name;
    std::string version;
    RemoteWorkerState state = RemoteWorkerState::ready;
    unsigned threads = 0;
    std::uint64_t planned = 0;  // jobs since it started
    double plansPerSecond = 0;
    std::uint64_t marketSlot = 0;  // of the market that it plans on
    base::UnixMicros lastHeartbeatMicros = 0;
};

// What remote workers have proposed since the start.
struct RemoteProposals {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  // too late, repeated, or not fitting the order
    std::uint64_t forged = 0;   // not sealed with this engine's secret
};

struct EngineStatus {
    MarketKind marketKind = MarketKind::simulated;
    std::string marketDescription;
    std::string profile;
    std::string instanceId;
    std::uint64_t slot = 0;
    std::uint64_t blockHeight = 0;
    std::string queue;  // "embedded", "redis 127.0.0.1:6379/0"
    std::uint64_t jobsWaiting = 0;
    // What a person should know now, in sentences: what the queue may lose, what it waits for.
    std::vector<std::string> remarks;
    unsigned workers = 0;  // threads of this process
    std::vector<RemoteWorkerStatus> remoteWorkers;
    RemoteProposals remoteProposals;
    std::uint64_t openOrders = 0;
    std::uint64_t deadLetters = 0;  // of them: parked
    std::uint64_t lastEventSequence = 0;
    QString databasePath;
};

// A preview: the plan that an order would get now, and what every pool of the pair would pay.
struct QuoteView {
    domain::Token input;
    domain::Token output;
    std::uint64_t amountInRaw = 0;  // exactOut: what the plan costs
    unsigned slippageBps = 0;
    std::uint64_t slot = 0;
    routing::Plan plan;
    routing::QuoteBoard board;  // of amountInRaw; has no quotes where only other tokens connect
};

struct QuoteQuery {
    std::string tokenIn;
    std::string tokenOut;
    std::optional<std::string> amountIn;
    std::optional<std::string> amountInRaw;
    std::int64_t slippageBps = execution::OrderRequest::kDefaultSlippageBps;
    std::optional<std::string> amountOut = std::nullopt;  // or for so much to arrive
    std::optional<std::string> amountOutRaw = std::nullopt;
    execution::RouteRequest route = {};
};

// Why there is no quote: the request is wrong, or the pools cannot fill it.
struct QuoteRefusal {
    std::optional<execution::Refusal> refusal;
    std::optional<domain::OrderFailure> failure;
    std::string detail;  // of the failure: "12.5 SOL is more than …; 11.2 SOL works"
};
std::string explain(const QuoteRefusal& refusal);

struct OrderQuery {
    std::optional<domain::OrderStatus> status;
    std::optional<domain::OrderId> before;  // older than this one
    std::size_t limit = 100;                // at most 1,000
};

struct OrderDetail {
    domain::OrderPtr order;
    std::vector<domain::OrderEvent> events;
    std::vector<domain::Fill> fills;
    std::optional<domain::Receipt> receipt{};  // of an order that landed
};

using OrderEventPtr = std::shared_ptr<const domain::OrderEvent>;

// What one COMMIT changed.
struct Update {
    std::vector<OrderEventPtr> events;
    std::vector<domain::Fill> fills;
    WalletPtr wallet;  // null where unchanged
};
using UpdatePtr = std::shared_ptr<const Update>;

// Thread-safe unless said otherwise. Answers of asynchronous calls run on the thread of `context`,
// through its event loop, and not at all once `context` is gone. Signals are emitted from engine
// threads: connect with a receiver on your own thread (queued).
class Engine : public QObject {
    Q_OBJECT

  public:
    template <typename T, typename E>
    using Answer = std::function<void(tl::expected<T, E>)>;

    // Returns at once; the answer comes after the order's COMMIT or its refusal.
    virtual void submit(const execution::OrderRequest& request, QObject* context,
                        Answer<execution::Admitted, execution::Refusal> answer) = 0;
    virtual void cancel(domain::OrderId orderId, QObject* context,
                        Answer<domain::OrderPtr, execution::StoreError> answer) = 0;
    virtual void resetWallet(QObject* context, Answer<WalletPtr, execution::StoreError> answer) = 0;

    // Newest first. Read from the database on the reader thread.
    virtual void orders(const OrderQuery& query, QObject* context,
                        Answer<std::vector<domain::OrderPtr>, execution::StoreError> answer) = 0;
    virtual void order(domain::OrderId orderId, QObject* context,
                       Answer<OrderDetail, execution::StoreError> answer) = 0;
    // Parked orders, newest first: workers began them too often without an end.
    virtual void deadLetters(
        QObject* context,
        Answer<std::vector<execution::DeadLetter>, execution::StoreError> answer) = 0;
    // Hands a parked order out again.
    virtual void retryDeadLetter(domain::OrderId orderId, QObject* context,
                                 Answer<domain::OrderPtr, execution::StoreError> answer) = 0;
    // Newest first.
    virtual void fills(std::size_t limit, QObject* context,
                       Answer<std::vector<domain::Fill>, execution::StoreError> answer) = 0;

    // Computed on the caller's thread from the newest snapshot: microseconds.
    virtual tl::expected<QuoteView, QuoteRefusal> quote(const QuoteQuery& query) const = 0;
    virtual tl::expected<routing::OrderBook, execution::Refusal> orderBook(
        const std::string& baseToken, const std::string& quoteToken) const = 0;

    virtual amm::MarketSnapshotPtr market() const = 0;
    virtual WalletPtr wallet() const = 0;  // the newest committed
    virtual EngineStatus status() const = 0;
    virtual const chain::NetworkProfile& profile() const = 0;
    virtual void setLimits(const execution::RiskLimits& limits) = 0;

  signals:
    // After each COMMIT that changed orders, fills or the wallet.
    void updated(oee::runtime::UpdatePtr update);
    // After each slot, once its snapshot is published.
    void slotPublished(quint64 slot);
    // Something a person should read (queue changed, storage refused …).
    void notice(QString text);
};

}  // namespace oee::runtime

Q_DECLARE_METATYPE(oee::runtime::UpdatePtr)
