#pragma once
// One HTTP connection. QHttpServer bounds nothing and reads leniently, so it never sees the wire:
// it is handed this socket, which reads the real one, and shows one whole request at a time that
// has been framed, bounded, checked against the access policy and written anew in one plain form.

#include <chrono>
#include <optional>

#include <QByteArray>
#include <QDeadlineTimer>
#include <QTcpSocket>
#include <QTimer>

#include "gateway/access_policy.h"
#include "gateway/http_head.h"

namespace oee::gateway {

struct HttpTimeouts {
    std::chrono::milliseconds request{10'000};  // from the first byte to the last
    std::chrono::milliseconds idle{60'000};     // between requests
    std::chrono::milliseconds write{30'000};    // an answer, into a client that reads slowly
};

class GuardedSocket final : public QTcpSocket {
    Q_OBJECT

  public:
    // `policy` must outlive the socket.
    GuardedSocket(qintptr descriptor, const AccessPolicy& policy, const HttpTimeouts& timeouts,
                  QObject* parent);
    ~GuardedSocket() override;

    // What becomes of the connection after the answer to the request that was shown last.
    Connection connectionAfterAnswer() const { return connection_; }
    // Sends the whole of that answer, then looks at the next request.
    void answer(const QByteArray& bytes);

    qint64 bytesAvailable() const override;
    qint64 bytesToWrite() const override;
    void close() override;
    void disconnectFromHost() override;

  protected:
    qint64 readData(char* data, qint64 maxSize) override;
    qint64 writeData(const char* data, qint64 size) override;

  private:
    enum class Phase {
        reading,    // a request
        answering,  // the request is with the server
        sending,    // the answer is on its way
        lingering,  // refused: what still comes is thrown away until the client closes
        closing,    // nothing is read any more
    };

    // Until when the present phase may last; a timer that is set anew at each step of each request
    // would cost as much as reading it, so it only looks from time to time.
    void setDeadline(std::chrono::milliseconds fromNow);
    void onTimer();
    void readWire();
    void parseReceived();
    bool takeHead();
    void submitRequest();
    void refuse(const ApiError& error);
    void onSent();
    void onDeadline();
    void onWireGone();

    const AccessPolicy& policy_;
    const HttpTimeouts timeouts_;
    QTcpSocket wire_;
    QDeadlineTimer deadline_;
    QTimer timer_;
    QDeadlineTimer timerDue_;  // when it looks next
    Phase phase_ = Phase::reading;
    Connection connection_ = Connection::keepAlive;
    std::optional<RequestHead> head_;  // of a request whose body is still coming
    qsizetype lingeredBytes_ = 0;
    QByteArray received_;  // from the wire, not looked at yet
    QByteArray request_;   // for the server
};

}  // namespace oee::gateway
