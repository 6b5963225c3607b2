// What hostile and broken clients send: bounds, framing, connections that end early.

#include <memory>
#include <vector>

#include <QElapsedTimer>
#include <QTest>

#include "gateway/gateway.h"
#include "gateway/raw_client.h"
#include "support/fake_engine.h"

using namespace oee;
using test::exchange;
using test::getRequest;
using test::hostLine;
using test::postRequest;
using test::RawAnswer;
using test::RawClient;

namespace {

constexpr const char* kOrder = "{\"tokenIn\":\"SOL\",\"tokenOut\":\"USDC\",\"amountIn\":0.1}";

}  // namespace

class FramingTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<test::FakeEngine> engine_;
    std::unique_ptr<gateway::Gateway> gateway_;
    quint16 port_ = 0;
    quint16 wsPort_ = 0;

    void startWith(gateway::GatewayOptions options) {
        options.httpPort = 0;
        options.wsPort = 0;
        gateway_.reset();
        engine_ = std::make_unique<test::FakeEngine>();
        gateway_ = std::make_unique<gateway::Gateway>(*engine_, options);
        const auto bound = gateway_->start();
        QVERIFY(bound.has_value());
        port_ = bound->httpPort;
        wsPort_ = bound->wsPort;
    }
    bool stillServes() { return exchange(port_, getRequest(port_, "/api/health")).status == 200; }

  private slots:
    void init() { startWith({}); }
    void cleanup() {
        gateway_.reset();
        engine_.reset();
    }

    void onlyLoopbackIsBound() {
        for (const QHostAddress& address : {QHostAddress("127.0.0.2"), QHostAddress("::1")}) {
            QTcpSocket socket;
            socket.connectToHost(address, port_);
            const bool open = socket.waitForConnected(test::kPatienceMillis);
            if (address == QHostAddress(QHostAddress::LocalHostIPv6)) {
                if (!open) {
                    QSKIP("this machine has no ::1");
                }
            } else {
                QVERIFY(!open);
            }
        }
        RawClient v6(port_, QHostAddress::LocalHostIPv6);
        v6.send("GET /api/health HTTP/1.1\r\nHost: [::1]:" + QByteArray::number(port_) +
                "\r\n\r\n");
        QCOMPARE(v6.receive().status, 200);
    }

    void refusedBeforeTheServer_data() {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("code");
        const auto row = [](const char* name, const QByteArray& request, int status,
                            const char* code) {
            QTest::newRow(name) << request << status << QByteArray(code);
        };
        // PORT stands for the port, which is known when the row runs.
        const QByteArray host = "Host: localhost:PORT\r\n";
        const QByteArray json = "Content-Type: application/json\r\n";
        const QByteArray execute = "POST /api/orders/execute HTTP/1.1\r\n";
        row("no host", "GET / HTTP/1.1\r\n\r\n", 400, "missingHost");
        row("foreign host", "GET / HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n", 403,
            "foreignHost");
        row("foreign origin",
            "GET /api/wallet HTTP/1.1\r\n" + host + "Origin: http://evil.example\r\n\r\n", 403,
            "foreignOrigin");
        row("foreign origin, post",
            execute + host + json + "Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}",
            403, "foreignOrigin");
        row("form of another site",
            execute + host + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415,
            "contentType");
        row("no content type", execute + host + "Content-Length: 2\r\n\r\n{}", 415, "contentType");
        row("chunked",
            execute + host + json + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400,
            "transferEncoding");
        row("smuggling",
            execute + host + json +
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, "transferEncoding");
        row("two lengths",
            execute + host + json + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}", 400,
            "duplicateHeader");
        row("two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400, "duplicateHeader");
        row("not HTTP", QByteArray("\x16\x03\x01\x02\r\n\r\n"), 400, "malformedRequest");
        row("long header",
            "GET / HTTP/1.1\r\n" + host + "A: " + QByteArray(17'000, 'a') + "\r\n\r\n", 431,
            "headersTooLarge");
        row("many headers",
            "GET / HTTP/1.1\r\n" + host + QByteArray("A: b\r\n").repeated(101) + "\r\n", 431,
            "headersTooLarge");
        row("head without end", "GET / HTTP/1.1\r\n" + host + QByteArray(20'000, 'a'), 431,
            "headersTooLarge");
        row("oversized body", execute + host + json + "Content-Length: 65537\r\n\r\n", 413,
            "bodyTooLarge");
        row("traversal", "GET /..%2f..%2fetc/passwd HTTP/1.1\r\n" + host + "\r\n", 404, "notFound");
        row("version", "GET / HTTP/3.0\r\n" + host + "\r\n", 505, "httpVersion");
    }
    void refusedBeforeTheServer() {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(QByteArray, code);
        request.replace("PORT", QByteArray::number(port_));
        RawClient client(port_);
        client.send(request);
        const RawAnswer answer = client.receive();
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.error()["code"].toString().toUtf8(), code);
        QCOMPARE(answer.header("connection"), QByteArray("close"));
        QCOMPARE(answer.header("x-content-type-options"), QByteArray("nosniff"));
        QVERIFY(client.closes());
        QVERIFY(engine_->submitted().empty());
        QVERIFY(stillServes());
    }

    void oversizedBodyIsAnsweredWhileItIsSent() {
        RawClient client(port_);
        client.send("POST /api/orders/execute HTTP/1.1\r\n" + hostLine(port_) +
                    "Content-Type: application/json\r\nContent-Length: 700000\r\n\r\n");
        client.socket.write(QByteArray(700'000, 'x'));
        QCOMPARE(client.receive().status, 413);
    }

    void bodyOfExactlyTheLimit() {
        const QByteArray body = QByteArray(gateway::kMaxBodyBytes - 2, ' ') + "{}";
        const RawAnswer answer = exchange(port_, postRequest(port_, "/api/orders/execute", body));
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.error()["field"].toString(), "tokenIn");
    }

    void wrongMethods_data() {
        QTest::addColumn<QByteArray>("method");
        for (const char* method : {"HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "FOO"}) {
            QTest::newRow(method) << QByteArray(method);
        }
    }
    void wrongMethods() {
        QFETCH(QByteArray, method);
        RawClient client(port_);
        client.send(method + " /api/orders HTTP/1.1\r\n" + hostLine(port_) + "\r\n");
        RawAnswer answer = client.receive(method != "HEAD");
        QCOMPARE(answer.status, 405);
        QCOMPARE(answer.header("allow"), QByteArray("GET"));
        // The connection goes on, in step.
        client.send(getRequest(port_, "/api/orders/execute"));
        answer = client.receive();
        QCOMPARE(answer.status, 405);
        QCOMPARE(answer.header("allow"), QByteArray("POST"));
    }

    // --- connections

    void oneByteAtATime() {
        RawClient client(port_);
        const QByteArray request = postRequest(port_, "/api/orders/execute", kOrder);
        for (const char byte : request) {
            client.send(QByteArray(1, byte));
        }
        QCOMPARE(client.receive().status, 201);
        QCOMPARE(engine_->submitted().size(), std::size_t{1});
    }

    void pipelinedRequestsAreAnsweredInOrder() {
        RawClient client(port_);
        QByteArray bytes;
        for (int i = 1; i <= 20; ++i) {
            bytes += "\r\n";  // tolerated between requests
            bytes += postRequest(port_, "/api/orders/execute",
                                 "{\"tokenIn\":\"SOL\",\"tokenOut\":\"USDC\",\"amountInRaw\":\"" +
                                     QByteArray::number(i) + "\"}");
            bytes += getRequest(port_, "/api/health");
        }
        client.send(bytes);
        for (int i = 1; i <= 20; ++i) {
            const RawAnswer order = client.receive();
            QCOMPARE(order.status, 201);
            QCOMPARE(order.json()["amountInRaw"].toString(), QString::number(i));
            QCOMPARE(client.receive().json()["status"].toString(), "ok");
        }
    }

    void connectionCloseIsHonoured() {
        RawClient client(port_);
        client.send(getRequest(port_, "/api/health", "Connection: close\r\n"));
        const RawAnswer answer = client.receive();
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.header("connection"), QByteArray("close"));
        QVERIFY(client.closes());
        RawClient old(port_);
        old.send("GET /api/health HTTP/1.0\r\n" + hostLine(port_) + "\r\n");
        QCOMPARE(old.receive().status, 200);
        QVERIFY(old.closes());
    }

    void expectContinue() {
        RawClient client(port_);
        const QByteArray request =
            postRequest(port_, "/api/orders/execute", kOrder, "Expect: 100-continue\r\n");
        const qsizetype head = request.indexOf("\r\n\r\n") + 4;
        client.send(request.left(head));
        QCOMPARE(client.receive().status, 100);
        client.send(request.mid(head));
        QCOMPARE(client.receive().status, 201);
    }

    void emptyIdempotencyHeaderIsRefused() {
        const RawAnswer answer = exchange(
            port_, postRequest(port_, "/api/orders/execute", kOrder, "Idempotency-Key:\r\n"));
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.error()["field"].toString(), "idempotencyKey");
        QVERIFY(engine_->submitted().empty());
    }

    // 300 clients that are gone when the answer comes, and some that are not.
    void clientsThatLeaveBeforeTheAnswer() {
        engine_->holdAnswers();
        constexpr std::size_t kLeaving = 300;
        for (std::size_t i = 0; i < kLeaving; ++i) {
            RawClient client(port_);
            client.send(postRequest(port_, "/api/orders/execute", kOrder));
            if (i % 3 == 0) {
                // A second request behind the first is never looked at.
                client.send(postRequest(port_, "/api/orders/execute", kOrder));
            }
            if (i % 2 == 0) {
                client.socket.abort();
            } else {
                client.socket.disconnectFromHost();
            }
        }
        std::vector<std::unique_ptr<RawClient>> staying;
        for (int i = 0; i < 20; ++i) {
            staying.push_back(std::make_unique<RawClient>(port_));
            staying.back()->send(postRequest(port_, "/api/orders/execute", kOrder));
        }
        // An aborted connection may lose its request; those that stay may not.
        QTRY_VERIFY_WITH_TIMEOUT(engine_->submitted().size() >= staying.size() &&
                                     engine_->heldAnswers() == engine_->submitted().size(),
                                 test::kPatienceMillis);
        const std::size_t submitted = engine_->submitted().size();
        QVERIFY(submitted <= kLeaving + staying.size());
        engine_->releaseAnswers();
        for (const auto& client : staying) {
            QCOMPARE(client->receive().status, 201);
        }
        QVERIFY(stillServes());
    }

    void stopsWithAnswersOutstanding() {
        engine_->holdAnswers();
        RawClient client(port_);
        client.send(postRequest(port_, "/api/orders/execute", kOrder));
        QTRY_COMPARE_WITH_TIMEOUT(engine_->heldAnswers(), std::size_t{1}, test::kPatienceMillis);
        gateway_.reset();
        engine_->releaseAnswers();
        QVERIFY(client.closes());
    }

    void connectionsAreBounded() {
        startWith({.maxHttpConnections = 8});
        std::vector<std::unique_ptr<RawClient>> open;
        for (int i = 0; i < 8; ++i) {
            open.push_back(std::make_unique<RawClient>(port_));
            open.back()->send(getRequest(port_, "/api/health"));
            QCOMPARE(open.back()->receive().status, 200);
        }
        RawClient late(port_);
        QCOMPARE(late.receive().status, 503);
        open.pop_back();
        // The place is free again once the server has seen the other leave.
        QVERIFY(QTest::qWaitFor([&] { return stillServes(); }, test::kPatienceMillis));
    }

    void halfRequestsTimeOut() {
        gateway::GatewayOptions options;
        options.timeouts.request = std::chrono::milliseconds(50);
        options.timeouts.idle = std::chrono::milliseconds(600'000);
        startWith(options);
        RawClient client(port_);
        client.send("GET / HTTP/1.1\r\nHost: loc");
        QCOMPARE(client.receive().status, 408);
        QVERIFY(client.closes());
        RawClient body(port_);
        body.send("POST /api/orders/execute HTTP/1.1\r\n" + hostLine(port_) +
                  "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
        QCOMPARE(body.receive().status, 408);
    }

    void idleConnectionsTimeOut() {
        gateway::GatewayOptions options;
        options.timeouts.idle = std::chrono::milliseconds(50);
        startWith(options);
        RawClient silent(port_);
        QVERIFY(silent.closes());
        RawClient used(port_);
        used.send(getRequest(port_, "/api/health"));
        QCOMPARE(used.receive().status, 200);
        QVERIFY(used.closes());
    }

    // A client that asks without end and never reads is held to one answer at a time.
    void clientThatNeverReads() {
        gateway::GatewayOptions options;
        options.timeouts.write = std::chrono::milliseconds(500);
        startWith(options);
        RawClient greedy(port_);
        greedy.socket.setReadBufferSize(1);
        const QByteArray requests = getRequest(port_, "/app.js").repeated(2'000);
        QElapsedTimer patience;
        patience.start();
        // It is cut off when an answer is stuck, long before everything was sent.
        while (greedy.socket.state() == QAbstractSocket::ConnectedState &&
               patience.elapsed() < test::kPatienceMillis) {
            if (greedy.socket.bytesToWrite() < requests.size()) {
                greedy.socket.write(requests);
            }
            greedy.socket.waitForBytesWritten(100);
        }
        QVERIFY(greedy.socket.state() != QAbstractSocket::ConnectedState);
        QVERIFY(stillServes());
    }

    // --- the WebSocket port, before it is one

    void handshakesAreGuarded_data() {
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<int>("status");
        const QByteArray upgrade =
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        const QByteArray host = "Host: localhost:PORT\r\n";
        QTest::newRow("good") << host + upgrade << 101;
        QTest::newRow("own origin") << host + upgrade + "Origin: http://localhost:HTTP\r\n" << 101;
        QTest::newRow("foreign origin") << host + upgrade + "Origin: http://evil.example\r\n"
                                        << 403;
        QTest::newRow("null origin") << host + upgrade + "Origin: null\r\n" << 403;
        QTest::newRow("WebSocket port as origin")
            << host + upgrade + "Origin: http://localhost:PORT\r\n"
            << 403;
        QTest::newRow("foreign host") << "Host: evil.example:PORT\r\n" + upgrade << 403;
        QTest::newRow("no host") << upgrade << 400;
        QTest::newRow("two hosts") << host + host + upgrade << 400;
        QTest::newRow("plain HTTP") << host << 426;
        QTest::newRow("body") << host + upgrade + "Content-Length: 5\r\n" << 400;
        QTest::newRow("head too long") << host + upgrade + "A: " + QByteArray(17'000, 'a') + "\r\n"
                                       << 431;
    }
    void handshakesAreGuarded() {
        QFETCH(QByteArray, headers);
        QFETCH(int, status);
        headers.replace("PORT", QByteArray::number(wsPort_));
        headers.replace("HTTP\r", QByteArray::number(port_) + "\r");
        RawClient client(wsPort_);
        client.send("GET / HTTP/1.1\r\n" + headers + "\r\n");
        QCOMPARE(client.receive().status, status);
        QVERIFY(stillServes());
    }

    void silentHandshakesTimeOut() {
        gateway::GatewayOptions options;
        options.timeouts.request = std::chrono::milliseconds(50);
        options.maxWebSocketConnections = 2;
        startWith(options);
        RawClient one(wsPort_);
        RawClient two(wsPort_);
        two.send("GET / HTTP/1.1\r\n");
        QVERIFY(one.closes());
        QVERIFY(two.closes());
    }
};

QTEST_GUILESS_MAIN(FramingTest)
#include "framing_test.moc"
