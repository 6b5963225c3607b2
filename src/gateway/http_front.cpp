#include "gateway/http_front.h"

#include <utility>

#include <QPointer>

#include <sys/socket.h>
#include <unistd.h>

namespace oee::gateway {
namespace {

// An answer that may come long after its request: written only if the connection still stands.
// QHttpServerResponder does not look; and it writes a header in four pieces.
class DeferredAnswer {
  public:
    // `bytes` outlives the socket.
    DeferredAnswer(GuardedSocket* socket, const AnswerBytes& bytes, AnswerForm::Body body)
        : socket_(socket), bytes_(bytes), body_(body) {}

    void send(const HttpAnswer& answer) const {
        if (socket_ && socket_->isOpen()) {
            socket_->answer(bytes_.of(answer, {socket_->connectionAfterAnswer(), body_}));
        }
    }

  private:
    QPointer<GuardedSocket> socket_;
    const AnswerBytes& bytes_;
    AnswerForm::Body body_;
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
                          ? AnswerForm::Body::leaveOut
                          : AnswerForm::Body::send;
    api_.handle(toApiRequest(request), [answer = DeferredAnswer(guarded, bytes_, body)](
                                           const HttpAnswer& value) { answer.send(value); });
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
