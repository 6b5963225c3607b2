#include "gateway/handshake_guard.h"

#include <utility>

namespace oee::gateway {

HandshakeGuard::HandshakeGuard(qintptr descriptor, const AccessPolicy& policy,
                               std::chrono::milliseconds timeout, HandOn handOn, QObject* parent)
    : QObject(parent), policy_(policy), handOn_(std::move(handOn)), socket_(new QTcpSocket(this)) {
    connect(socket_, &QTcpSocket::readyRead, this, &HandshakeGuard::look);
    connect(socket_, &QTcpSocket::disconnected, this, &QObject::deleteLater);
    connect(&deadline_, &QTimer::timeout, this, &QObject::deleteLater);
    deadline_.setSingleShot(true);
    deadline_.start(timeout);
    socket_->setReadBufferSize(kMaxHeadBytes + 1);
    socket_->setSocketDescriptor(descriptor);
}

void HandshakeGuard::look() {
    const QByteArray bytes = socket_->peek(kMaxHeadBytes + 1);
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (end < 0) {
        if (bytes.size() > kMaxHeadBytes) {
            refuse(errorOf(HeadError::tooManyHeaders));
        }
        return;
    }
    const auto head = parseHead(QByteArrayView(bytes).first(end + 4));
    if (!head) {
        refuse(errorOf(head.error()));
        return;
    }
    if (head->contentLength > 0) {
        refuse(errorOf(HeadError::malformed));
        return;
    }
    if (const auto refused = policy_.checkWebSocket(*head)) {
        refuse(*refused);
        return;
    }
    deadline_.stop();
    QTcpSocket* socket = std::exchange(socket_, nullptr);
    socket->disconnect(this);
    socket->setParent(nullptr);
    socket->setReadBufferSize(0);
    handOn_(socket);
    deleteLater();
}

void HandshakeGuard::refuse(const ApiError& error) {
    disconnect(socket_, &QTcpSocket::readyRead, this, nullptr);
    socket_->write(closingBytes(errorAnswer(error), policy_.webSocketPort));
    socket_->disconnectFromHost();
}

}  // namespace oee::gateway
