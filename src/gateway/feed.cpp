#include "gateway/feed.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gateway/json_shapes.h"

namespace oee::gateway {
namespace {

constexpr std::chrono::seconds kPulse{30};

constexpr std::array<std::pair<std::string_view, Topic>, 6> kTopics{{
    {"orders", Topic::orders},
    {"fills", Topic::fills},
    {"wallet", Topic::wallet},
    {"slot", Topic::slot},
    {"quotes", Topic::quotes},
    {"book", Topic::book},
}};

std::string_view nameOf(Topic topic) {
    return std::find_if(kTopics.begin(), kTopics.end(),
                        [&](const auto& entry) { return entry.second == topic; })
        ->first;
}

QByteArray toBytes(const JsonObject& message) {
    return message.bytes();
}

JsonObject withType(JsonObject object, const char* type) {
    object.insert("type", type);
    return object;
}

tl::expected<std::set<Topic>, ApiError> topicsIn(const FlatObject& fields, std::string_view name) {
    const JsonMember* member = fields.find(name);
    if (member == nullptr || member->kind != JsonKind::strings || member->items.empty()) {
        return tl::unexpected(
            fieldError("wrongType", name, std::string(name) + " must be an array of topics."));
    }
    std::set<Topic> topics;
    for (const std::string& item : member->items) {
        const auto known = std::find_if(kTopics.begin(), kTopics.end(),
                                        [&](const auto& entry) { return entry.first == item; });
        if (known == kTopics.end()) {
            return tl::unexpected(fieldError(
                "unsupported", name,
                "There is no topic \"" + item + "\": orders, fills, wallet, slot, quotes, book."));
        }
        topics.insert(known->second);
    }
    return topics;
}

}  // namespace

// --- FeedClient

FeedClient::FeedClient(QWebSocket* socket, QObject* parent) : QObject(parent), socket_(socket) {
    socket->setParent(this);
    socket->setMaxAllowedIncomingMessageSize(kMaxWebSocketMessageBytes);
    socket->setMaxAllowedIncomingFrameSize(kMaxWebSocketMessageBytes);
    connect(socket, &QWebSocket::textMessageReceived, this, [this](const QString& message) {
        alive_ = true;
        emit received(message.toUtf8());
    });
    connect(socket, &QWebSocket::binaryMessageReceived, this, [this](const QByteArray& message) {
        alive_ = true;
        emit received(message);
    });
    connect(socket, &QWebSocket::pong, this, [this] { alive_ = true; });
    connect(socket, &QWebSocket::disconnected, this, &FeedClient::gone);
}

void FeedClient::send(const JsonObject& message) {
    sendBytes(toBytes(message));
}

void FeedClient::sendBytes(const QByteArray& message) {
    if (!socket_->isValid()) {
        return;
    }
    socket_->sendTextMessage(QString::fromUtf8(message));
    if (socket_->bytesToWrite() > kMaxWebSocketBacklogBytes) {
        // Queued: the feed is in the middle of a walk over its clients.
        QMetaObject::invokeMethod(socket_, &QWebSocket::abort, Qt::QueuedConnection);
    }
}

void FeedClient::checkAlive() {
    if (!std::exchange(alive_, false)) {
        QMetaObject::invokeMethod(socket_, &QWebSocket::abort, Qt::QueuedConnection);
        return;
    }
    socket_->ping();
}

// --- Feed

Feed::Feed(runtime::Engine& engine) : engine_(engine), tokens_(engine.market()->tokens) {
    // Queued even where the engine emits on this thread: nothing is sent from inside a call to it.
    connect(&engine, &runtime::Engine::updated, this, &Feed::onUpdated, Qt::QueuedConnection);
    connect(&engine, &runtime::Engine::slotPublished, this, &Feed::onSlot, Qt::QueuedConnection);
    pace_.setSingleShot(true);
    pace_.setInterval(kFeedInterval);
    connect(&pace_, &QTimer::timeout, this, [this] {
        if (std::exchange(slotWaiting_, false)) {
            sendMarket();
        }
    });
    pulse_.setInterval(kPulse);
    connect(&pulse_, &QTimer::timeout, this, [this] {
        for (FeedClient* client : clients_) {
            client->checkAlive();
        }
    });
    pulse_.start();
}

void Feed::add(QWebSocket* socket) {
    auto* client = new FeedClient(socket, this);
    clients_.insert(client);
    connect(client, &FeedClient::received, this,
            [this, client](const QByteArray& message) { onReceived(*client, message); });
    connect(client, &FeedClient::gone, this, [this, client] {
        clients_.erase(client);
        client->deleteLater();
    });
    client->send(withType(toJson(engine_.status()), "hello"));
}

template <typename Send>
void Feed::forEach(Topic topic, const Send& send) {
    for (FeedClient* client : clients_) {
        if (client->topics.contains(topic)) {
            send(*client);
        }
    }
}

void Feed::onReceived(FeedClient& client, const QByteArray& message) {
    const auto fields = FlatObject::parse(message);
    std::optional<ApiError> refused;
    if (!fields) {
        refused = fields.error();
    } else if (fields->find("subscribe") != nullptr) {
        refused = subscribe(client, *fields);
    } else if (fields->find("unsubscribe") != nullptr) {
        refused = unsubscribe(client, *fields);
    } else {
        refused = fieldError("missing", "subscribe", "subscribe or unsubscribe is missing.");
    }
    if (refused) {
        client.send(withType(toJson(*refused), "error"));
        return;
    }
    JsonArray topics;
    for (const Topic topic : client.topics) {
        topics.append(nameOf(topic));
    }
    client.send({{"type", "subscribed"},
                 {"topics", topics},
                 {"lastSequence", static_cast<std::int64_t>(engine_.status().lastEventSequence)}});
    if (fields->find("subscribe") == nullptr) {
        return;
    }
    const auto added = topicsIn(*fields, "subscribe");
    if (added->contains(Topic::wallet)) {
        client.sendBytes(walletMessage(*engine_.wallet()));
    }
    if (added->contains(Topic::quotes)) {
        client.sendBytes(quoteMessage(*client.quote));
    }
    if (added->contains(Topic::book)) {
        client.sendBytes(bookMessage(*client.book));
    }
}

std::optional<ApiError> Feed::subscribe(FeedClient& client, const FlatObject& fields) {
    const auto topics = topicsIn(fields, "subscribe");
    if (!topics) {
        return topics.error();
    }
    const bool wantsQuotes = topics->contains(Topic::quotes);
    const bool wantsBook = topics->contains(Topic::book);
    std::optional<runtime::QuoteQuery> quote;
    std::optional<BookPair> book;
    std::vector<std::string_view> others{"subscribe"};
    if (wantsBook) {
        others.insert(others.end(), {"base", "quote"});
        const auto pair = parsePairOfBook(fields);
        if (!pair) {
            return pair.error();
        }
        if (const auto view = engine_.orderBook(pair->base, pair->quote); !view) {
            return bookErrorOf(view.error());
        }
        book = *pair;
    }
    if (wantsQuotes) {
        const auto query = parseQuoteQuery(fields, others);
        if (!query) {
            return query.error();
        }
        // What the pools cannot fill now they may fill later; what is wrong stays wrong.
        const auto view = engine_.quote(*query);
        if (!view && view.error().refusal) {
            return errorOf(view.error());
        }
        quote = *query;
    } else if (auto unknown = unknownField(fields, others)) {
        return unknown;
    }
    client.topics.insert(topics->begin(), topics->end());
    client.quote = wantsQuotes ? quote : client.quote;
    client.book = wantsBook ? book : client.book;
    return std::nullopt;
}

std::optional<ApiError> Feed::unsubscribe(FeedClient& client, const FlatObject& fields) {
    const auto topics = topicsIn(fields, "unsubscribe");
    if (!topics) {
        return topics.error();
    }
    if (auto unknown = unknownField(fields, {"unsubscribe"})) {
        return unknown;
    }
    for (const Topic topic : *topics) {
        client.topics.erase(topic);
    }
    return std::nullopt;
}

void Feed::onUpdated(const runtime::UpdatePtr& update) {
    if (clients_.empty()) {
        return;
    }
    for (const runtime::OrderEventPtr& event : update->events) {
        JsonObject message = withType(toJson(*event), "order");
        message.insert("order", toJson(*event->order, tokens()));
        const QByteArray bytes = toBytes(message);
        forEach(Topic::orders, [&](FeedClient& client) { client.sendBytes(bytes); });
    }
    for (const domain::Fill& fill : update->fills) {
        const QByteArray bytes = toBytes({{"type", "fill"}, {"fill", toJson(fill, tokens())}});
        forEach(Topic::fills, [&](FeedClient& client) { client.sendBytes(bytes); });
    }
    if (update->wallet) {
        const QByteArray bytes = walletMessage(*update->wallet);
        forEach(Topic::wallet, [&](FeedClient& client) { client.sendBytes(bytes); });
    }
}

void Feed::onSlot() {
    if (pace_.isActive()) {
        slotWaiting_ = true;
        return;
    }
    sendMarket();
}

// What a slot may have changed, once for all clients that ask the same.
void Feed::sendMarket() {
    pace_.start();
    if (clients_.empty()) {
        return;
    }
    const QByteArray slot = toBytes(withType(toJson(engine_.status()), "slot"));
    forEach(Topic::slot, [&](FeedClient& client) { client.sendBytes(slot); });
    std::map<std::vector<std::string>, QByteArray> made;
    const auto once = [&made](const std::vector<std::string>& key, const auto& make) {
        auto found = made.find(key);
        if (found == made.end()) {
            found = made.emplace(key, make()).first;
        }
        return found->second;
    };
    forEach(Topic::quotes, [&](FeedClient& client) {
        const runtime::QuoteQuery& query = *client.quote;
        client.sendBytes(
            once({"quote", query.tokenIn, query.tokenOut, query.amountIn.value_or(std::string()),
                  query.amountInRaw.value_or(std::string()), std::to_string(query.slippageBps)},
                 [&] { return quoteMessage(query); }));
    });
    forEach(Topic::book, [&](FeedClient& client) {
        client.sendBytes(once({"book", client.book->base, client.book->quote},
                              [&] { return bookMessage(*client.book); }));
    });
}

QByteArray Feed::quoteMessage(const runtime::QuoteQuery& query) const {
    const auto view = engine_.quote(query);
    if (view) {
        return toBytes(withType(toJson(*view, tokens()), "quote"));
    }
    return toBytes({{"type", "quote"}, {"error", toJson(errorOf(view.error()))}});
}

QByteArray Feed::bookMessage(const BookPair& pair) const {
    const auto book = engine_.orderBook(pair.base, pair.quote);
    if (book) {
        return toBytes(withType(toJson(*book, tokens()), "book"));
    }
    return toBytes({{"type", "book"}, {"error", toJson(bookErrorOf(book.error()))}});
}

QByteArray Feed::walletMessage(const execution::Wallet& wallet) const {
    return toBytes(withType(toJson(wallet, tokens()), "wallet"));
}

}  // namespace oee::gateway
