#pragma once
// The HTTP server: QHttpServer's machinery behind guarded sockets, in front of the API.

#include <QAbstractHttpServer>

#include "gateway/access_policy.h"
#include "gateway/guarded_socket.h"
#include "gateway/http_api.h"
#include "gateway/loopback_listener.h"

namespace oee::gateway {

struct HttpFrontOptions {
    HttpTimeouts timeouts;
    int maxConnections = 512;
};

// QHttpServer's own router matches by regular expression, decodes paths twice and answers a wrong
// method with 404; so requests are taken where QAbstractHttpServer offers them, whole.
class HttpFront final : public QAbstractHttpServer {
    Q_OBJECT

  public:
    // `policy` and `api` must outlive it.
    HttpFront(const AccessPolicy& policy, HttpApi& api, const HttpFrontOptions& options)
        : policy_(policy), api_(api), options_(options), bytes_(policy.webSocketPort) {}
    ~HttpFront() override;

    // What listeners call with each connection.
    void accept(LoopbackListener& listener, qintptr descriptor);
    int connections() const { return connections_; }

  protected:
    bool handleRequest(const QHttpServerRequest& request, QTcpSocket* socket) override;
    void missingHandler(const QHttpServerRequest& request, QTcpSocket* socket) override;

  private:
    const AccessPolicy& policy_;
    HttpApi& api_;
    const HttpFrontOptions options_;
    const AnswerBytes bytes_;
    int connections_ = 0;
};

// Takes a connection that there is no room for: says so and closes it.
void refuseConnection(qintptr descriptor, quint16 webSocketPort);

}  // namespace oee::gateway
