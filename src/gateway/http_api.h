#pragma once
// What each path answers. Knows nothing of sockets: a request comes in as a value, and an answer
// goes out through a function, at once or when the engine has answered.

#include <functional>
#include <optional>

#include <QByteArray>
#include <QHttpServerRequest>
#include <QObject>
#include <QUrlQuery>

#include "gateway/http_answer.h"
#include "gateway/pages.h"
#include "runtime/engine.h"

namespace oee::gateway {

struct ApiRequest {
    QHttpServerRequest::Method method = QHttpServerRequest::Method::Unknown;
    QByteArray path;
    QUrlQuery query;
    QByteArray body;
    std::optional<QByteArray> idempotencyKey;  // the header
};

// Called once, on the gateway's thread.
using Respond = std::function<void(const HttpAnswer&)>;

struct ServerPorts {
    quint16 http = 0;
    quint16 webSocket = 0;
};

// Lives on the gateway's thread; the engine answers there.
class HttpApi final : public QObject {
    Q_OBJECT

  public:
    HttpApi(runtime::Engine& engine, ServerPorts ports);

    void handle(const ApiRequest& request, const Respond& respond);

  private:
    using Method = QHttpServerRequest::Method;
    using Handler = void (HttpApi::*)(const ApiRequest& request, const Respond& respond);
    struct Resource {
        Method method;
        Handler handler;
    };

    std::optional<Resource> resourceAt(const QByteArray& path) const;

    void getPage(const ApiRequest& request, const Respond& respond);
    void executeOrder(const ApiRequest& request, const Respond& respond);
    void listOrders(const ApiRequest& request, const Respond& respond);
    void getOrder(const ApiRequest& request, const Respond& respond);
    void getReceipt(const ApiRequest& request, const Respond& respond);
    void cancelOrder(const ApiRequest& request, const Respond& respond);
    void getQuotes(const ApiRequest& request, const Respond& respond);
    void getWallet(const ApiRequest& request, const Respond& respond);
    void resetWallet(const ApiRequest& request, const Respond& respond);
    void getTokens(const ApiRequest& request, const Respond& respond);
    void getPairs(const ApiRequest& request, const Respond& respond);
    void getBook(const ApiRequest& request, const Respond& respond);
    void listDeadLetters(const ApiRequest& request, const Respond& respond);
    void retryDeadLetter(const ApiRequest& request, const Respond& respond);
    void getFills(const ApiRequest& request, const Respond& respond);
    void getHealth(const ApiRequest& request, const Respond& respond);

    const domain::TokenRegistry& tokens() const { return *tokens_; }

    runtime::Engine& engine_;
    const ServerPorts ports_;
    const Pages pages_;
    // The tokens of a market never change while it runs.
    const std::shared_ptr<const domain::TokenRegistry> tokens_;
};

}  // namespace oee::gateway
