#pragma once
// One connection to the engine's HTTP API that is kept open: one request at a time.

#include <cstdint>
#include <functional>

#include <QByteArray>
#include <QJsonObject>
#include <QTcpSocket>
#include <QTimer>
#include <QUrl>

namespace oee::app {

struct HttpReply {
    int status = 0;  // 0: none came
    QJsonObject body;
    QString fault;  // why none came
};

// QNetworkAccessManager opens six connections to a server at most; a stress test needs as many as
// were asked for.
class HttpConnection final : public QObject {
    Q_OBJECT

  public:
    using Done = std::function<void(const HttpReply&)>;

    // `token` empty: none is sent.
    HttpConnection(const QUrl& server, QByteArray token);

    // `done` is called once, from the event loop. No other request may be under way.
    void get(const QString& path, Done done);
    void post(const QString& path, const QJsonObject& body, Done done);

  private:
    void send(const QByteArray& requestLine, const QByteArray& body, Done done);
    void read();
    void finish(const HttpReply& reply);

    QUrl server_;
    QByteArray token_;
    QTcpSocket socket_;
    QTimer patience_;
    QByteArray request_;  // until it is written
    QByteArray received_;
    Done done_;  // of the request under way
};

}  // namespace oee::app
