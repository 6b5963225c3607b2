#include "gateway/loopback_listener.h"

namespace oee::gateway {
namespace {

constexpr int kAnyPortTries = 32;

ListenFailure failureOf(const QTcpServer& server) {
    const bool inUse = server.serverError() == QAbstractSocket::AddressInUseError;
    return {inUse ? ListenError::portInUse : ListenError::failed, server.errorString()};
}

tl::expected<LoopbackPair, ListenFailure> listenOnce(quint16 port,
                                                     const LoopbackListener::Accept& accept) {
    LoopbackPair pair;
    pair.ipv4 = std::make_unique<LoopbackListener>(accept);
    if (!pair.ipv4->listen(QHostAddress::LocalHost, port)) {
        return tl::unexpected(failureOf(*pair.ipv4));
    }
    pair.port = pair.ipv4->serverPort();
    pair.ipv6 = std::make_unique<LoopbackListener>(accept);
    if (!pair.ipv6->listen(QHostAddress::LocalHostIPv6, pair.port)) {
        // Somebody else on ::1 would answer half of the clients of "localhost".
        if (pair.ipv6->serverError() == QAbstractSocket::AddressInUseError) {
            return tl::unexpected(failureOf(*pair.ipv6));
        }
        pair.ipv6.reset();
    }
    return pair;
}

}  // namespace

tl::expected<LoopbackPair, ListenFailure> listenOnLoopback(quint16 port,
                                                           const LoopbackListener::Accept& accept) {
    auto pair = listenOnce(port, accept);
    // The port that 127.0.0.1 gave may be taken on ::1.
    for (int i = 1;
         port == 0 && !pair && pair.error().error == ListenError::portInUse && i < kAnyPortTries;
         ++i) {
        pair = listenOnce(port, accept);
    }
    return pair;
}

}  // namespace oee::gateway
