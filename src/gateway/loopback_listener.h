#pragma once
// One port on 127.0.0.1 and ::1, and on no other address.

#include <functional>
#include <memory>

#include <QTcpServer>
#include <tl/expected.hpp>

namespace oee::gateway {

// Hands every connection's descriptor to `accept`, which owns it from then on.
class LoopbackListener final : public QTcpServer {
    Q_OBJECT

  public:
    using Accept = std::function<void(LoopbackListener& listener, qintptr descriptor)>;

    explicit LoopbackListener(Accept accept) : accept_(std::move(accept)) {}

    // For those who take connections from nextPendingConnection().
    void offer(QTcpSocket* socket) { addPendingConnection(socket); }

  protected:
    void incomingConnection(qintptr descriptor) override { accept_(*this, descriptor); }

  private:
    Accept accept_;
};

struct LoopbackPair {
    std::unique_ptr<LoopbackListener> ipv4;
    std::unique_ptr<LoopbackListener> ipv6;  // null on a machine without IPv6
    quint16 port = 0;
};

enum class ListenError { portInUse, failed };
struct ListenFailure {
    ListenError error = ListenError::failed;
    QString detail;
};

// Port 0: any that is free on both addresses.
tl::expected<LoopbackPair, ListenFailure> listenOnLoopback(quint16 port,
                                                           const LoopbackListener::Accept& accept);

}  // namespace oee::gateway
