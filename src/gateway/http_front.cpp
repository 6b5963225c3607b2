#include "gateway/http_front.h"

#include <memory>
#include <utility>

#include <QPointer>

#include <sys/socket.h>
#include <unistd.h>

namespace oee::gateway {
namespace {

// An answer that may come long after its request: written only if the connection still stands.
// QHttpServerResponder does not look, and the request and socket that it refers to die with the
// connection.
class DeferredAnswer {
  public:
    // An answer to HEAD says how long the body would be, and has none (RFC 9110 9.3.2).
    enum class Body { send, leaveOut };

    DeferredAnswer(GuardedSocket* socket, QHttpServerResponder responder, quint16 webSocketPort,
                   Body body)
        : socket_(socket),
          responder_(std::move(responder)),
          webSocketPort_(webSocketPort),
          body_(body) {}

    void send(const HttpAnswer& answer) {
        if (!socket_ || !socket_->isOpen()) {
            return;
        }
        responder_.writeStatusLine(answer.status);
        for (const auto& [name, value] : securityHeaders(webSocketPort_)) {
            responder_.writeHeader(name, value);
        }
        for (const auto& [name, value] : answer.headers) {
            responder_.writeHeader(name, value);
        }
        responder_.writeHeader("Content-Type", answer.contentType);
        responder_.writeHeader("Content-Length", QByteArray::number(answer.body.size()));
        if (socket_->closesAfterAnswer()) {
            responder_.writeHeader("Connection", "close");
        }
        responder_.writeBody(body_ == Body::send ? answer.body : QByteArray());
        socket_->finishAnswer();
    }

  private:
    const QPointer<GuardedSocket> socket_;
    QHttpServerResponder responder_;
    const quint16 webSocketPort_;
    const Body body_;
};

ApiRequest toApiRequest(const QHttpServerRequest& request) {
    ApiRequest result;
    result.method = request.method();
    result.path = request.url().path(QUrl::FullyEncoded).toLatin1();
    result.query = request.query();
    result.body = request.body();
    // value() cannot tell an empty header from none.
    for (const auto& [name, value] : request.headers()) {
        if (name.compare("idempotency-key", Qt::CaseInsensitive) == 0) {
            result.idempotencyKey = value;
        }
    }
    return result;
}

}  // namespace

HttpFront::~HttpFront() {
    // Sockets are children of the listeners, which the base class destroys after this part is gone.
    const auto listeners = servers();
    qDeleteAll(listeners);
}

void HttpFront::accept(LoopbackListener& listener, qintptr descriptor) {
    if (connections_ >= options_.maxConnections) {
        refuseConnection(descriptor, policy_.webSocketPort);
        return;
    }
    auto* socket = new GuardedSocket(descriptor, policy_, options_.timeouts, &listener);
    ++connections_;
    connect(socket, &QObject::destroyed, this, [this] { --connections_; });
    listener.offer(socket);
}

bool HttpFront::handleRequest(const QHttpServerRequest& request, QTcpSocket* socket) {
    auto* guarded = qobject_cast<GuardedSocket*>(socket);
    Q_ASSERT(guarded != nullptr);  // listeners give no others
    const auto body = request.method() == QHttpServerRequest::Method::Head
                          ? DeferredAnswer::Body::leaveOut
                          : DeferredAnswer::Body::send;
    const auto answer = std::make_shared<DeferredAnswer>(guarded, makeResponder(request, socket),
                                                         policy_.webSocketPort, body);
    api_.handle(toApiRequest(request), [answer](const HttpAnswer& value) { answer->send(value); });
    return true;
}

void HttpFront::missingHandler(const QHttpServerRequest& /*request*/, QTcpSocket* /*socket*/) {
    Q_UNREACHABLE();  // handleRequest() takes everything
}

void refuseConnection(qintptr descriptor, quint16 webSocketPort) {
    const QByteArray bytes = closingBytes(
        errorAnswer({HttpStatus::ServiceUnavailable,
                     "busy",
                     {},
                     "There are too many connections. Close some, or try again shortly."}),
        webSocketPort);
    const int handle = static_cast<int>(descriptor);
    // An empty send buffer takes this at once; if not, the client learns it from the closing.
    [[maybe_unused]] const auto sent =
        ::send(handle, bytes.constData(), static_cast<std::size_t>(bytes.size()),
               MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(handle, SHUT_WR);
    ::close(handle);
}

}  // namespace oee::gateway
