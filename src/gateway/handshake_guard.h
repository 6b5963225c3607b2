#pragma once
// A connection to the WebSocket port before it is one: its head is read, bounded and checked
// against the access policy while QWebSocketServer has not seen it. What may pass is handed on with
// every byte still in the socket; the rest is answered with an HTTP error.

#include <chrono>
#include <functional>

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

#include "gateway/access_policy.h"

namespace oee::gateway {

class HandshakeGuard final : public QObject {
    Q_OBJECT

  public:
    using HandOn = std::function<void(QTcpSocket* socket)>;

    // `policy` must outlive the guard. `handOn` takes over the socket, without a parent; the guard
    // deletes itself when it has passed on or closed the connection.
    HandshakeGuard(qintptr descriptor, const AccessPolicy& policy,
                   std::chrono::milliseconds timeout, HandOn handOn, QObject* parent);

  private:
    void look();
    void refuse(const ApiError& error);

    const AccessPolicy& policy_;
    const HandOn handOn_;
    QTcpSocket* socket_;
    QTimer deadline_;
};

}  // namespace oee::gateway
