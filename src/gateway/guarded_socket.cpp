#include "gateway/guarded_socket.h"

#include <algorithm>
#include <cstring>

#include <sys/socket.h>

namespace oee::gateway {
namespace {

constexpr qsizetype kMaxBuffered = kMaxHeadBytes + kMaxBodyBytes;
// A refused client may still be sending; closing at once would reset the connection under the
// refusal before it is read. So much more is read and thrown away, for so long.
constexpr qsizetype kMaxLingerBytes = 1024 * 1024;
constexpr std::chrono::milliseconds kMaxLinger{2'000};

// What the server is shown: nothing but what it needs, in one form.
QByteArray canonicalRequest(const RequestHead& head, QByteArrayView body) {
    constexpr qsizetype kRoomForNames = 256;
    QByteArray bytes;
    bytes.reserve(kRoomForNames + head.path.size() + head.query.size() + body.size());
    bytes.append(head.method).append(' ').append(head.path);
    if (!head.query.isEmpty()) {
        bytes.append('?').append(head.query);
    }
    bytes.append(" HTTP/1.1\r\nHost: ").append(head.header("host").value_or(QByteArray()));
    bytes.append("\r\n");
    if (const auto key = head.header("idempotency-key")) {
        bytes.append("Idempotency-Key: ").append(*key).append("\r\n");
    }
    if (!body.isEmpty()) {
        bytes.append("Content-Length: ").append(QByteArray::number(body.size())).append("\r\n");
    }
    return bytes.append("\r\n").append(body);
}

}  // namespace

GuardedSocket::GuardedSocket(qintptr descriptor, const AccessPolicy& policy,
                             const HttpTimeouts& timeouts, QObject* parent)
    : QTcpSocket(parent), policy_(policy), timeouts_(timeouts) {
    wire_.setSocketDescriptor(descriptor);
    wire_.setReadBufferSize(kMaxBuffered);
    wire_.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    setPeerAddress(wire_.peerAddress());
    setPeerPort(wire_.peerPort());
    setOpenMode(QIODevice::ReadWrite);
    setSocketState(QAbstractSocket::ConnectedState);
    timer_.setSingleShot(true);
    setDeadline(timeouts_.idle);
    connect(&wire_, &QTcpSocket::readyRead, this, &GuardedSocket::readWire);
    connect(&wire_, &QTcpSocket::bytesWritten, this, &GuardedSocket::onSent);
    connect(&wire_, &QTcpSocket::disconnected, this, &GuardedSocket::onWireGone);
    connect(&timer_, &QTimer::timeout, this, &GuardedSocket::onTimer);
}

GuardedSocket::~GuardedSocket() {
    wire_.disconnect(this);
    // The base class would close a connection that it never had.
    setSocketState(QAbstractSocket::UnconnectedState);
    setOpenMode(QIODevice::NotOpen);
}

// --- what the server sees

qint64 GuardedSocket::bytesAvailable() const {
    return request_.size() + QIODevice::bytesAvailable();
}

qint64 GuardedSocket::bytesToWrite() const {
    return wire_.bytesToWrite();
}

qint64 GuardedSocket::readData(char* data, qint64 maxSize) {
    const qsizetype size = std::min<qsizetype>(request_.size(), static_cast<qsizetype>(maxSize));
    if (size > 0) {
        std::memcpy(data, request_.constData(), static_cast<std::size_t>(size));
        request_.remove(0, size);
    }
    return size;
}

// Answers come through answer(); the server has nothing of its own to say.
qint64 GuardedSocket::writeData(const char* /*data*/, qint64 size) {
    return size;
}

void GuardedSocket::close() {
    disconnectFromHost();
}

void GuardedSocket::disconnectFromHost() {
    if (phase_ != Phase::closing) {
        phase_ = Phase::closing;
        setDeadline(timeouts_.write);
        wire_.disconnectFromHost();
    }
}

void GuardedSocket::answer(const QByteArray& bytes) {
    if (phase_ != Phase::answering) {
        return;
    }
    phase_ = Phase::sending;
    setDeadline(timeouts_.write);
    wire_.write(bytes);
    // At once, and not after another turn of the event loop. May call onSent().
    wire_.flush();
    if (connection_ == Connection::close) {
        disconnectFromHost();
    }
}

// --- the wire

void GuardedSocket::setDeadline(std::chrono::milliseconds fromNow) {
    deadline_ = QDeadlineTimer(fromNow);
    if (!timer_.isActive() || deadline_ < timerDue_) {
        timerDue_ = deadline_;
        timer_.start(fromNow);
    }
}

void GuardedSocket::onTimer() {
    if (deadline_.isForever()) {
        return;  // the next phase sets it
    }
    if (const auto left = deadline_.remainingTimeAsDuration(); left > left.zero()) {
        setDeadline(std::chrono::ceil<std::chrono::milliseconds>(left));
        return;
    }
    onDeadline();
}

void GuardedSocket::readWire() {
    if (phase_ == Phase::lingering || phase_ == Phase::closing) {
        lingeredBytes_ += wire_.skip(wire_.bytesAvailable());
        if (lingeredBytes_ > kMaxLingerBytes) {
            wire_.abort();
        }
        return;
    }
    // A request that waits for its answer leaves what follows it in the read buffer, which is
    // bounded, and so with the client.
    if (phase_ != Phase::reading) {
        return;
    }
    if (received_.isEmpty() && !head_) {
        setDeadline(timeouts_.request);
    }
    received_ += wire_.read(kMaxBuffered - received_.size());
    parseReceived();
}

void GuardedSocket::parseReceived() {
    // RFC 9112 2.2: empty lines before a request are skipped.
    while (!head_ && received_.startsWith("\r\n")) {
        received_.remove(0, 2);
    }
    if (!head_ && !takeHead()) {
        return;
    }
    if (received_.size() >= head_->contentLength) {
        submitRequest();
    }
}

// Reads and checks the head once it is there whole; false where it is not, or was refused.
bool GuardedSocket::takeHead() {
    const qsizetype end = received_.indexOf("\r\n\r\n");
    const qsizetype headBytes = end + 4;
    if (end < 0 ? received_.size() > kMaxHeadBytes : headBytes > kMaxHeadBytes) {
        refuse(errorOf(HeadError::tooManyHeaders));
        return false;
    }
    if (end < 0) {
        return false;
    }
    auto head = parseHead(QByteArrayView(received_).first(headBytes));
    if (!head) {
        refuse(errorOf(head.error()));
        return false;
    }
    if (const auto refused = policy_.checkHttp(*head)) {
        refuse(*refused);
        return false;
    }
    received_.remove(0, headBytes);
    if (head->expectsContinue && received_.size() < head->contentLength) {
        wire_.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    head_ = std::move(*head);
    return true;
}

void GuardedSocket::submitRequest() {
    request_ = canonicalRequest(*head_, QByteArrayView(received_).first(head_->contentLength));
    received_.remove(0, head_->contentLength);
    connection_ = head_->connection;
    head_.reset();
    phase_ = Phase::answering;
    deadline_ = QDeadlineTimer(
        QDeadlineTimer::Forever);  // how long an answer takes is the engine's business
    emit readyRead();
}

void GuardedSocket::refuse(const ApiError& error) {
    phase_ = Phase::lingering;
    received_ = QByteArray();
    setDeadline(kMaxLinger);
    wire_.write(closingBytes(errorAnswer(error), policy_.webSocketPort));
    wire_.flush();
    if (wire_.bytesToWrite() == 0) {
        ::shutdown(static_cast<int>(wire_.socketDescriptor()), SHUT_WR);
    }
}

void GuardedSocket::onSent() {
    if (phase_ != Phase::sending || wire_.bytesToWrite() > 0) {
        return;
    }
    phase_ = Phase::reading;
    const bool more = !received_.isEmpty() || wire_.bytesAvailable() > 0;
    setDeadline(more ? timeouts_.request : timeouts_.idle);
    // What the client sent meanwhile. Queued: the server may still be in its handler.
    if (more) {
        QMetaObject::invokeMethod(this, &GuardedSocket::readWire, Qt::QueuedConnection);
    }
}

void GuardedSocket::onDeadline() {
    if (phase_ == Phase::reading && (!received_.isEmpty() || head_)) {
        refuse({HttpStatus::RequestTimeout,
                "requestTimeout",
                {},
                "The request did not arrive in time."});
        return;
    }
    wire_.abort();
    if (state() != QAbstractSocket::UnconnectedState) {
        onWireGone();  // a descriptor that never was a connection says nothing
    }
}

void GuardedSocket::onWireGone() {
    phase_ = Phase::closing;
    timer_.stop();
    setOpenMode(QIODevice::NotOpen);
    setSocketState(QAbstractSocket::UnconnectedState);
    emit disconnected();
}

}  // namespace oee::gateway
