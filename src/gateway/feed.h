#pragma once
// The WebSocket side: who listens to what, and what they are sent.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <QObject>
#include <QTimer>
#include <QWebSocket>

#include "gateway/flat_json.h"
#include "gateway/order_request_json.h"
#include "runtime/engine.h"

namespace oee::gateway {

inline constexpr quint64 kMaxWebSocketMessageBytes = 64 * 1024;
// A client that takes less than it is sent is dropped above this; it comes back and catches up by
// sequence number.
inline constexpr qint64 kMaxWebSocketBacklogBytes = 1024 * 1024;
// Quotes, books, slots: at most ten a second.
inline constexpr std::chrono::milliseconds kFeedInterval{100};

enum class Topic { orders, fills, wallet, slot, quotes, book };

// One connection. Owns its socket.
class FeedClient final : public QObject {
    Q_OBJECT

  public:
    FeedClient(QWebSocket* socket, QObject* parent);

    void send(const JsonObject& message);
    void sendBytes(const QByteArray& message);
    // Asks for a sign of life; drops a client that gave none since the last time.
    void checkAlive();

    std::set<Topic> topics;
    std::optional<runtime::QuoteQuery> quote;  // with Topic::quotes
    std::optional<BookPair> book;              // with Topic::book

  signals:
    void received(const QByteArray& message);
    void gone();

  private:
    QWebSocket* socket_;
    bool alive_ = true;
};

// Messages from a client: {"subscribe": [topics…], …} and {"unsubscribe": [topics…]}; topics are
// orders, fills, wallet, slot, quotes (with tokenIn, tokenOut, amountIn | amountInRaw, slippageBps
// | slippage) and book (with base, quote). A client has one quotes and one book subscription; a new
// one replaces the old. Every message from here has "type": hello, subscribed, order, fill,
// wallet, slot, quote, book, error.
class Feed final : public QObject {
    Q_OBJECT

  public:
    explicit Feed(runtime::Engine& engine);

    void add(QWebSocket* socket);
    std::size_t clients() const { return clients_.size(); }

  private:
    void onReceived(FeedClient& client, const QByteArray& message);
    std::optional<ApiError> subscribe(FeedClient& client, const FlatObject& fields);
    std::optional<ApiError> unsubscribe(FeedClient& client, const FlatObject& fields);
    void onUpdated(const runtime::UpdatePtr& update);
    void onSlot();
    void sendMarket();
    QByteArray quoteMessage(const runtime::QuoteQuery& query) const;
    QByteArray bookMessage(const BookPair& pair) const;
    QByteArray walletMessage(const execution::Wallet& wallet) const;
    template <typename Send>
    void forEach(Topic topic, const Send& send);

    const domain::TokenRegistry& tokens() const { return *tokens_; }

    runtime::Engine& engine_;
    const std::shared_ptr<const domain::TokenRegistry> tokens_;
    std::set<FeedClient*> clients_;
    QTimer pace_;
    QTimer pulse_;
    bool slotWaiting_ = false;
};

}  // namespace oee::gateway
