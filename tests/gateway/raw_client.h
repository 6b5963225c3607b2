#pragma once
// HTTP over a bare socket: what a hostile or broken client can send, byte for byte.

#include <map>

#include <QByteArray>
#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>

namespace oee::test {

inline constexpr int kPatienceMillis = 30'000;

struct RawAnswer {
    int status = 0;                            // 0: none came
    std::map<QByteArray, QByteArray> headers;  // lower-case names
    QByteArray body;

    QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    QJsonObject error() const { return json()["error"].toObject(); }
    QByteArray header(const QByteArray& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? QByteArray() : found->second;
    }
};

class RawClient {
  public:
    explicit RawClient(quint16 port, const QHostAddress& address = QHostAddress::LocalHost) {
        socket.connectToHost(address, port);
        connected = socket.waitForConnected(kPatienceMillis);
    }

    void send(const QByteArray& bytes) {
        socket.write(bytes);
        while (socket.bytesToWrite() > 0 && socket.waitForBytesWritten(kPatienceMillis)) {
        }
    }

    // The next whole answer; what follows it stays for the next call. `expectsBody` is false for
    // answers to HEAD.
    RawAnswer receive(bool expectsBody = true) {
        RawAnswer answer;
        while (!received_.contains("\r\n\r\n")) {
            if (!readMore()) {
                return answer;
            }
        }
        const qsizetype end = received_.indexOf("\r\n\r\n");
        const QList<QByteArray> lines = received_.left(end).split('\n');
        received_.remove(0, end + 4);
        for (const QByteArray& line : lines.mid(1)) {
            const qsizetype colon = line.indexOf(':');
            answer.headers[line.left(colon).trimmed().toLower()] = line.mid(colon + 1).trimmed();
        }
        const qsizetype length = expectsBody ? answer.header("content-length").toLongLong() : 0;
        while (received_.size() < length) {
            if (!readMore()) {
                return answer;
            }
        }
        answer.body = received_.left(length);
        received_.remove(0, length);
        answer.status = lines.first().split(' ').value(1).toInt();
        return answer;
    }

    // Whether the server closes the connection without another byte.
    bool closes() {
        while (socket.state() == QAbstractSocket::ConnectedState &&
               socket.waitForReadyRead(kPatienceMillis)) {
            received_ += socket.readAll();
        }
        return socket.state() == QAbstractSocket::UnconnectedState && received_.isEmpty();
    }

    QTcpSocket socket;
    bool connected = false;

  private:
    bool readMore() {
        if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(kPatienceMillis)) {
            return false;
        }
        received_ += socket.readAll();
        return true;
    }

    QByteArray received_;
};

inline RawAnswer exchange(quint16 port, const QByteArray& bytes) {
    RawClient client(port);
    client.send(bytes);
    return client.receive();
}

inline QByteArray hostLine(quint16 port) {
    return "Host: localhost:" + QByteArray::number(port) + "\r\n";
}

inline QByteArray getRequest(quint16 port, const QByteArray& target,
                             const QByteArray& headers = {}) {
    return "GET " + target + " HTTP/1.1\r\n" + hostLine(port) + headers + "\r\n";
}

inline QByteArray postRequest(quint16 port, const QByteArray& target, const QByteArray& body,
                              const QByteArray& headers = {}) {
    return "POST " + target + " HTTP/1.1\r\n" + hostLine(port) +
           "Content-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) +
           "\r\n" + headers + "\r\n" + body;
}

}  // namespace oee::test
