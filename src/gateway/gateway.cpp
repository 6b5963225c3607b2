#include "gateway/gateway.h"

#include <future>
#include <utility>

#include <QEventLoop>
#include <QThread>
#include <QWebSocketCorsAuthenticator>
#include <QWebSocketServer>

#include "gateway/access_policy.h"
#include "gateway/feed.h"
#include "gateway/handshake_guard.h"
#include "gateway/http_api.h"
#include "gateway/http_front.h"
#include "gateway/loopback_listener.h"

namespace oee::gateway {
namespace {

GatewayFailure failureOf(const ListenFailure& failure, GatewayPort which, quint16 port) {
    return {failure.error == ListenError::portInUse ? GatewayError::portInUse
                                                    : GatewayError::listenFailed,
            which, port, failure.detail};
}

// Everything that lives on the gateway's thread.
class Servers final : public QObject {
  public:
    Servers(runtime::Engine& engine, const GatewayOptions& options)
        : engine_(engine),
          options_(options),
          webSockets_(QStringLiteral("order-execution-engine"), QWebSocketServer::NonSecureMode) {
        connect(
            &webSockets_, &QWebSocketServer::originAuthenticationRequired, this,
            [this](QWebSocketCorsAuthenticator* authenticator) {
                authenticator->setAllowed(policy_.allowsOrigin(authenticator->origin().toUtf8()));
            });
        connect(&webSockets_, &QWebSocketServer::newConnection, this, [this] {
            while (QWebSocket* socket = webSockets_.nextPendingConnection()) {
                feed_->add(socket);
            }
        });
    }

    tl::expected<Bound, GatewayFailure> start() {
        auto http = listenOnLoopback(options_.httpPort,
                                     [this](LoopbackListener& listener, qintptr descriptor) {
                                         front_->accept(listener, descriptor);
                                     });
        if (!http) {
            return tl::unexpected(failureOf(http.error(), GatewayPort::http, options_.httpPort));
        }
        auto feed = listenOnLoopback(options_.wsPort,
                                     [this](LoopbackListener& /*listener*/, qintptr descriptor) {
                                         acceptWebSocket(descriptor);
                                     });
        if (!feed) {
            return tl::unexpected(failureOf(feed.error(), GatewayPort::webSocket, options_.wsPort));
        }
        // Connections are accepted by the event loop, which runs after this.
        const Bound bound{http->port, feed->port};
        policy_ = {bound.httpPort, bound.wsPort, options_.token};
        api_ = std::make_unique<HttpApi>(engine_, ServerPorts{bound.httpPort, bound.wsPort});
        feed_ = std::make_unique<Feed>(engine_);
        front_ = std::make_unique<HttpFront>(
            policy_, *api_, HttpFrontOptions{options_.timeouts, options_.maxHttpConnections});
        front_->bind(http->ipv4.release());
        if (http->ipv6) {
            front_->bind(http->ipv6.release());
        }
        feedPorts_ = std::move(*feed);
        return bound;
    }

  private:
    void acceptWebSocket(qintptr descriptor) {
        if (handshakes_ + static_cast<int>(feed_->clients()) >= options_.maxWebSocketConnections) {
            refuseConnection(descriptor, policy_.webSocketPort);
            return;
        }
        auto* guard = new HandshakeGuard(
            descriptor, policy_, options_.timeouts.request,
            [this](QTcpSocket* socket) {
                socket->setParent(&webSockets_);
                webSockets_.handleConnection(socket);
            },
            this);
        ++handshakes_;
        connect(guard, &QObject::destroyed, this, [this] { --handshakes_; });
    }

    runtime::Engine& engine_;
    const GatewayOptions& options_;
    AccessPolicy policy_;
    int handshakes_ = 0;
    std::unique_ptr<HttpApi> api_;
    std::unique_ptr<Feed> feed_;
    std::unique_ptr<HttpFront> front_;
    QWebSocketServer webSockets_;
    LoopbackPair feedPorts_;
};

}  // namespace

std::string explain(const GatewayFailure& failure) {
    const std::string what = failure.which == GatewayPort::http ? "HTTP" : "WebSocket";
    const std::string port = std::to_string(failure.port);
    if (failure.error == GatewayError::portInUse) {
        return "Port " + port + " for " + what +
               " is in use by another program. Choose another with --" +
               (failure.which == GatewayPort::http ? "http" : "ws") + "-port.";
    }
    return "Port " + port + " for " + what + " cannot be opened: " + failure.detail.toStdString();
}

Gateway::Gateway(runtime::Engine& engine, GatewayOptions options)
    : engine_(engine), options_(std::move(options)) {}

Gateway::~Gateway() {
    stop();
}

tl::expected<Bound, GatewayFailure> Gateway::start() {
    Q_ASSERT(!thread_);
    std::promise<tl::expected<Bound, GatewayFailure>> started;
    auto answer = started.get_future();
    thread_.reset(QThread::create([this, &started] {
        Servers servers(engine_, options_);
        const auto bound = servers.start();
        QEventLoop loop;
        started.set_value(bound);  // `started` is gone after this
        if (bound) {
            loop.exec();
        }
    }));
    thread_->setObjectName(QStringLiteral("gateway"));
    thread_->start();
    auto bound = answer.get();
    if (!bound) {
        stop();
    }
    return bound;
}

void Gateway::stop() {
    if (thread_) {
        thread_->quit();
        thread_->wait();
        thread_.reset();
    }
}

}  // namespace oee::gateway
