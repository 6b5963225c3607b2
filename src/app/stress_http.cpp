#include "app/stress_http.h"

#include <chrono>
#include <utility>

#include <QJsonDocument>

namespace oee::app {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;

// The value of a header, trimmed; empty where there is none. `head` ends with its last line.
QByteArray headerOf(const QByteArray& head, const QByteArray& name) {
    for (const QByteArray& line : head.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.left(colon).trimmed().compare(name, Qt::CaseInsensitive) == 0) {
            return line.mid(colon + 1).trimmed();
        }
    }
    return {};
}

}  // namespace

HttpConnection::HttpConnection(const QUrl& server, QByteArray token)
    : server_(server), token_(std::move(token)) {
    patience_.setSingleShot(true);
    patience_.setInterval(kPatience);
    connect(&patience_, &QTimer::timeout, this, [this] { finish({0, {}, "no answer in 30 s"}); });
    connect(&socket_, &QTcpSocket::connected, this, [this] {
        socket_.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        socket_.write(std::exchange(request_, {}));
    });
    connect(&socket_, &QTcpSocket::readyRead, this, &HttpConnection::read);
    connect(&socket_, &QTcpSocket::errorOccurred, this, [this] {
        finish({0, {}, socket_.errorString()});
    });
}

void HttpConnection::get(const QString& path, Done done) {
    send("GET " + path.toUtf8(), {}, std::move(done));
}

void HttpConnection::post(const QString& path, const QJsonObject& body, Done done) {
    send("POST " + path.toUtf8(), QJsonDocument(body).toJson(QJsonDocument::Compact),
         std::move(done));
}

void HttpConnection::send(const QByteArray& requestLine, const QByteArray& body, Done done) {
    Q_ASSERT(!done_);
    done_ = std::move(done);
    received_.clear();
    patience_.start();
    request_ = requestLine + " HTTP/1.1\r\nHost: " + server_.authority().toUtf8() + "\r\n";
    if (!token_.isEmpty()) {
        request_ += "Authorization: Bearer " + token_ + "\r\n";
    }
    if (!body.isEmpty()) {
        request_ += "Content-Type: application/json\r\n";
    }
    request_ += "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    if (socket_.state() == QAbstractSocket::ConnectedState) {
        socket_.write(std::exchange(request_, {}));
        return;
    }
    socket_.abort();
    socket_.connectToHost(server_.host(), static_cast<quint16>(server_.port(80)));
}

void HttpConnection::read() {
    received_ += socket_.readAll();
    const qsizetype headEnd = received_.indexOf("\r\n\r\n");
    if (headEnd < 0) {
        return;
    }
    const QByteArray head = received_.left(headEnd);
    bool isNumber = false;
    const qsizetype length = headerOf(head, "Content-Length").toLongLong(&isNumber);
    const int status = head.mid(head.indexOf(' ') + 1, 3).toInt();
    if (!isNumber || length < 0 || status == 0) {
        finish({0, {}, "the answer is not one of this engine's"});
        return;
    }
    const qsizetype bodyStart = headEnd + 4;
    if (received_.size() < bodyStart + length) {
        return;
    }
    HttpReply reply{status, QJsonDocument::fromJson(received_.mid(bodyStart, length)).object(), {}};
    if (headerOf(head, "Connection").compare("close", Qt::CaseInsensitive) == 0) {
        // The answer is whole: that the connection ends is no fault of it.
        Done done = std::exchange(done_, nullptr);
        patience_.stop();
        socket_.abort();
        done(reply);
        return;
    }
    finish(reply);
}

void HttpConnection::finish(const HttpReply& reply) {
    if (!done_) {
        return;  // an idle connection was closed
    }
    patience_.stop();
    if (reply.status == 0) {
        // Not in the middle of the socket's own signal.
        QMetaObject::invokeMethod(
            &socket_, [this] { socket_.abort(); }, Qt::QueuedConnection);
    }
    const Done done = std::exchange(done_, nullptr);
    done(reply);
}

}  // namespace oee::app
