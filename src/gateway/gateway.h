#pragma once
// The engine on the loopback interface: the browser page, the HTTP API and the WebSocket feed, on a
// thread of their own.

#include <memory>
#include <optional>
#include <string>

#include <QByteArray>
#include <QString>
#include <QtGlobal>
#include <tl/expected.hpp>

#include "gateway/guarded_socket.h"
#include "runtime/engine.h"

class QThread;

namespace oee::gateway {

struct GatewayOptions {
    quint16 httpPort = 8000;  // 0: any free one
    quint16 wsPort = 8001;    // 0: any free one
    // Asked for on /api and the WebSocket where set: Authorization: Bearer …, ?token=….
    std::optional<QByteArray> token = std::nullopt;
    HttpTimeouts timeouts = {};
    int maxHttpConnections = 512;
    int maxWebSocketConnections = 128;
};

struct Bound {
    quint16 httpPort = 0;
    quint16 wsPort = 0;
};

enum class GatewayError { portInUse, listenFailed };
enum class GatewayPort { http, webSocket };
struct GatewayFailure {
    GatewayError error = GatewayError::listenFailed;
    GatewayPort which = GatewayPort::http;
    quint16 port = 0;
    QString detail;  // the system's words
};
std::string explain(const GatewayFailure& failure);

// Binds 127.0.0.1 and, where there is IPv6, ::1; never another address. The engine must outlive it.
class Gateway {
  public:
    Gateway(runtime::Engine& engine, GatewayOptions options);
    ~Gateway();  // stops
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    // Waits until both ports are bound, or one could not be: then nothing listens, and another
    // start may be tried. Asserts that it is not running.
    tl::expected<Bound, GatewayFailure> start();
    // Closes every connection and waits for the thread's end. Harmless where it is not running.
    void stop();

  private:
    runtime::Engine& engine_;
    const GatewayOptions options_;
    std::unique_ptr<QThread> thread_;
};

}  // namespace oee::gateway
