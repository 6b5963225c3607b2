#include "gateway/http_head.h"

#include <QTest>

#include "gateway/access_policy.h"

using namespace oee::gateway;

Q_DECLARE_METATYPE(HeadError)

namespace {

QByteArray headOf(const QByteArray& lines) {
    return "GET / HTTP/1.1\r\n" + lines + "\r\n";
}

RequestHead parsed(const QByteArray& head) {
    const auto result = parseHead(head);
    Q_ASSERT(result.has_value());
    return *result;
}

AccessPolicy policyOf(std::optional<QByteArray> token = {}) {
    return {.httpPort = 8000, .webSocketPort = 8001, .token = std::move(token)};
}

int statusOf(const std::optional<ApiError>& error) {
    return error ? static_cast<int>(error->status) : 0;
}

}  // namespace

class HttpHeadTest : public QObject {
    Q_OBJECT

  private slots:
    void wellFormed() {
        const RequestHead head = parsed(
            "POST /api/orders/execute?a=b%20c HTTP/1.1\r\nHost: localhost:8000\r\n"
            "CONTENT-Length:  12 \r\nX-Name: \xc3\xa9\t1\r\nExpect: 100-continue\r\n\r\n");
        QCOMPARE(head.method, QByteArray("POST"));
        QCOMPARE(head.path, QByteArray("/api/orders/execute"));
        QCOMPARE(head.query, QByteArray("a=b%20c"));
        QCOMPARE(head.contentLength, qsizetype{12});
        QCOMPARE(head.header("host").value(), QByteArray("localhost:8000"));
        QVERIFY(!head.header("origin"));
        QVERIFY(head.expectsContinue);
        QVERIFY(head.connection == Connection::keepAlive);
    }

    void connectionEnds() {
        QVERIFY(parsed(headOf("Connection: Close\r\n")).connection == Connection::close);
        QVERIFY(parsed("GET / HTTP/1.0\r\n\r\n").connection == Connection::close);
    }

    void refusals_data() {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<HeadError>("error");
        const auto row = [](const char* name, const QByteArray& head, HeadError error) {
            QTest::newRow(name) << head << error;
        };
        row("empty", "\r\n", HeadError::malformed);
        row("no version", "GET /\r\n\r\n", HeadError::malformed);
        row("two blanks", "GET  / HTTP/1.1\r\n\r\n", HeadError::malformed);
        row("version 2", "GET / HTTP/2.0\r\n\r\n", HeadError::unsupportedVersion);
        row("not HTTP", "GET / FTP/1.1\r\n\r\n", HeadError::malformed);
        row("absolute form", "GET http://localhost/ HTTP/1.1\r\n\r\n", HeadError::malformed);
        row("authority form", "CONNECT localhost:80 HTTP/1.1\r\n\r\n", HeadError::malformed);
        row("fragment", "GET /#a HTTP/1.1\r\n\r\n", HeadError::malformed);
        row("control in target", "GET /\x01 HTTP/1.1\r\n\r\n", HeadError::malformed);
        row("encoded slash", "GET /..%2f HTTP/1.1\r\n\r\n", HeadError::unknownPath);
        row("twice encoded", "GET /%252e%252e%252f HTTP/1.1\r\n\r\n", HeadError::unknownPath);
        row("double slash", "GET //evil/api/orders HTTP/1.1\r\n\r\n", HeadError::unknownPath);
        row("long target", "GET /" + QByteArray(5'000, 'a') + " HTTP/1.1\r\n\r\n",
            HeadError::targetTooLong);
        row("no colon", headOf("Host\r\n"), HeadError::malformed);
        row("blank before colon", headOf("Host : a\r\n"), HeadError::malformed);
        row("folded", headOf("A: b\r\n c\r\n"), HeadError::malformed);
        row("NUL in value", headOf(QByteArray("A: b\0c\r\n", 8)), HeadError::malformed);
        row("bare CR", headOf("A: b\rc\r\n"), HeadError::malformed);
        row("bare LF", headOf("A: b\nHost: evil\r\n"), HeadError::malformed);
        row("vertical tab", headOf("A: b\v\r\n"), HeadError::malformed);
        row("two hosts", headOf("Host: a\r\nhost: b\r\n"), HeadError::duplicateHeader);
        row("two lengths", headOf("Content-Length: 1\r\nContent-Length: 1\r\n"),
            HeadError::duplicateHeader);
        row("list of lengths", headOf("Content-Length: 1, 1\r\n"), HeadError::badContentLength);
        row("signed length", headOf("Content-Length: +1\r\n"), HeadError::badContentLength);
        row("negative length", headOf("Content-Length: -1\r\n"), HeadError::badContentLength);
        row("empty length", headOf("Content-Length:\r\n"), HeadError::badContentLength);
        row("hexadecimal length", headOf("Content-Length: 0x10\r\n"), HeadError::badContentLength);
        row("64 KiB + 1", headOf("Content-Length: 65537\r\n"), HeadError::bodyTooLarge);
        row("beyond 64 bits", headOf("Content-Length: 18446744073709551617\r\n"),
            HeadError::bodyTooLarge);
        row("chunked", headOf("Transfer-Encoding: chunked\r\n"), HeadError::transferEncoding);
        row("identity", headOf("Transfer-Encoding: identity\r\n"), HeadError::transferEncoding);
        row("both", headOf("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
            HeadError::transferEncoding);
        row("65 headers", headOf(QByteArray("A: b\r\n").repeated(65)), HeadError::tooManyHeaders);
    }
    void refusals() {
        QFETCH(QByteArray, head);
        QFETCH(HeadError, error);
        const auto result = parseHead(head);
        QVERIFY(!result.has_value());
        QCOMPARE(static_cast<int>(result.error()), static_cast<int>(error));
    }

    void hosts_data() {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<int>("status");
        QTest::newRow("localhost") << QByteArray("Host: localhost:8000\r\n") << 0;
        QTest::newRow("upper case") << QByteArray("Host: LOCALHOST:8000\r\n") << 0;
        QTest::newRow("IPv4") << QByteArray("Host: 127.0.0.1:8000\r\n") << 0;
        QTest::newRow("IPv6") << QByteArray("Host: [::1]:8000\r\n") << 0;
        QTest::newRow("missing") << QByteArray() << 400;
        QTest::newRow("empty") << QByteArray("Host:\r\n") << 400;
        QTest::newRow("foreign") << QByteArray("Host: evil.example:8000\r\n") << 403;
        QTest::newRow("other port") << QByteArray("Host: localhost:8001\r\n") << 403;
        QTest::newRow("no port") << QByteArray("Host: localhost\r\n") << 403;
        QTest::newRow("suffix") << QByteArray("Host: localhost:8000.evil.example\r\n") << 403;
        QTest::newRow("trailing dot") << QByteArray("Host: localhost.:8000\r\n") << 403;
        QTest::newRow("other loopback") << QByteArray("Host: 127.0.0.2:8000\r\n") << 403;
    }
    void hosts() {
        QFETCH(QByteArray, host);
        QFETCH(int, status);
        QCOMPARE(statusOf(policyOf().checkHttp(parsed(headOf(host)))), status);
    }

    void origins_data() {
        QTest::addColumn<QByteArray>("origin");
        QTest::addColumn<int>("status");
        QTest::newRow("ours") << QByteArray("http://localhost:8000") << 0;
        QTest::newRow("ours, IPv4") << QByteArray("http://127.0.0.1:8000") << 0;
        QTest::newRow("ours, IPv6") << QByteArray("http://[::1]:8000") << 0;
        QTest::newRow("null") << QByteArray("null") << 403;
        QTest::newRow("empty") << QByteArray("") << 403;
        QTest::newRow("foreign") << QByteArray("http://evil.example") << 403;
        QTest::newRow("https") << QByteArray("https://localhost:8000") << 403;
        QTest::newRow("other local server") << QByteArray("http://localhost:3000") << 403;
        QTest::newRow("suffix") << QByteArray("http://localhost:8000.evil.example") << 403;
        QTest::newRow("user") << QByteArray("http://localhost:8000@evil.example") << 403;
    }
    void origins() {
        QFETCH(QByteArray, origin);
        QFETCH(int, status);
        const QByteArray http = "Host: localhost:8000\r\nOrigin: " + origin + "\r\n";
        QCOMPARE(statusOf(policyOf().checkHttp(parsed(headOf(http)))), status);
        const QByteArray feed =
            "Host: localhost:8001\r\nUpgrade: websocket\r\nOrigin: " + origin + "\r\n";
        QCOMPARE(statusOf(policyOf().checkWebSocket(parsed(headOf(feed)))), status);
    }

    void portEightyIsLeftOut() {
        AccessPolicy policy = policyOf();
        policy.httpPort = 80;
        QCOMPARE(statusOf(policy.checkHttp(parsed(headOf("Host: localhost\r\n")))), 0);
        QCOMPARE(statusOf(policy.checkHttp(parsed(headOf("Host: localhost:80\r\n")))), 0);
    }

    void tokens() {
        const AccessPolicy policy = policyOf("s3cret");
        const auto api = [&](const QByteArray& headers) {
            return statusOf(
                policy.checkHttp(parsed("GET /api/orders HTTP/1.1\r\n"
                                        "Host: localhost:8000\r\n" +
                                        headers + "\r\n")));
        };
        QCOMPARE(api("Authorization: Bearer s3cret\r\n"), 0);
        QCOMPARE(api(""), 401);
        QCOMPARE(api("Authorization: Bearer\r\n"), 401);
        QCOMPARE(api("Authorization: Bearer s3cre\r\n"), 401);
        QCOMPARE(api("Authorization: Bearer s3crett\r\n"), 401);
        QCOMPARE(api("Authorization: Basic s3cret\r\n"), 401);
        QCOMPARE(statusOf(policy.checkHttp(parsed(headOf("Host: localhost:8000\r\n")))), 0);
        const auto feed = [&](const QByteArray& query) {
            return statusOf(policy.checkWebSocket(parsed("GET /" + query +
                                                         " HTTP/1.1\r\nHost: localhost:8001\r\n"
                                                         "Upgrade: websocket\r\n\r\n")));
        };
        QCOMPARE(feed("?token=s3cret"), 0);
        QCOMPARE(feed("?token=s3%63ret"), 0);
        QCOMPARE(feed("?token="), 401);
        QCOMPARE(feed(""), 401);
        QCOMPARE(feed("?token=wrong"), 401);
    }

    void postsMustBeJson() {
        const auto post = [](const QByteArray& headers) {
            return statusOf(policyOf().checkHttp(
                parsed("POST /api/orders/execute HTTP/1.1\r\nHost: localhost:8000\r\n" + headers +
                       "\r\n")));
        };
        QCOMPARE(post("Content-Type: application/json\r\n"), 0);
        QCOMPARE(post("Content-Type: Application/JSON; charset=utf-8\r\n"), 0);
        QCOMPARE(post(""), 415);
        // What a form of another site can send without asking.
        QCOMPARE(post("Content-Type: text/plain\r\n"), 415);
        QCOMPARE(post("Content-Type: application/x-www-form-urlencoded\r\n"), 415);
        QCOMPARE(post("Content-Type: multipart/form-data; boundary=application/json\r\n"), 415);
        QCOMPARE(post("Content-Type: text/plain; application/json\r\n"), 415);
    }

    void comparison() {
        QVERIFY(equalInConstantTime("", ""));
        QVERIFY(equalInConstantTime("abc", "abc"));
        QVERIFY(!equalInConstantTime("abc", "abd"));
        QVERIFY(!equalInConstantTime("abc", "ab"));
        QVERIFY(!equalInConstantTime("abc", ""));
    }
};

QTEST_GUILESS_MAIN(HttpHeadTest)
#include "http_head_test.moc"
