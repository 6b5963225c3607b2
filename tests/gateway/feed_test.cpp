// The WebSocket feed of a real gateway on the fake engine.

#include <memory>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTest>
#include <QWebSocket>

#include "gateway/feed.h"
#include "gateway/gateway.h"
#include "gateway/raw_client.h"
#include "support/fake_engine.h"

using namespace oee;

namespace {

class Client : public QObject {
  public:
    explicit Client(const QUrl& url, const QString& origin = {}) : socket(origin) {
        connect(&socket, &QWebSocket::textMessageReceived, this, [this](const QString& text) {
            messages.append(QJsonDocument::fromJson(text.toUtf8()).object());
        });
        socket.open(url);
    }
    bool connected() {
        return QTest::qWaitFor([this] { return socket.state() == QAbstractSocket::ConnectedState; },
                               test::kPatienceMillis);
    }
    bool disconnected() {
        return QTest::qWaitFor(
            [this] { return socket.state() == QAbstractSocket::UnconnectedState; },
            test::kPatienceMillis);
    }
    bool accepted() {
        return QTest::qWaitFor(
                   [this] {
                       return !messages.isEmpty() ||
                              socket.state() == QAbstractSocket::UnconnectedState;
                   },
                   test::kPatienceMillis) &&
               !messages.isEmpty();
    }
    // Waits for the connection: what is sent before it stands is lost.
    void send(const QByteArray& message) {
        [[maybe_unused]] const bool open = connected();
        Q_ASSERT(open);
        socket.sendTextMessage(QString::fromUtf8(message));
    }
    QList<QJsonObject> ofType(const QString& type) const {
        QList<QJsonObject> found;
        for (const QJsonObject& message : messages) {
            if (message["type"].toString() == type) {
                found.append(message);
            }
        }
        return found;
    }
    // The first message of a type, once it is there; it and all before it are taken away.
    QJsonObject next(const QString& type) {
        const bool there =
            QTest::qWaitFor([&] { return !ofType(type).isEmpty(); }, test::kPatienceMillis);
        while (there && messages.first()["type"].toString() != type) {
            messages.removeFirst();
        }
        return there ? messages.takeFirst() : QJsonObject();
    }

    QWebSocket socket;
    QList<QJsonObject> messages;
};

execution::OrderRequest order(const std::string& amount) {
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = amount;
    return request;
}

}  // namespace

class FeedTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<test::FakeEngine> engine_;
    std::unique_ptr<gateway::Gateway> gateway_;
    gateway::Bound bound_;

    QUrl url(const QString& query = {}) const {
        return QUrl(QStringLiteral("ws://localhost:%1/%2").arg(bound_.wsPort).arg(query));
    }
    void startWith(gateway::GatewayOptions options) {
        options.httpPort = 0;
        options.wsPort = 0;
        gateway_.reset();
        gateway_ = std::make_unique<gateway::Gateway>(*engine_, options);
        bound_ = gateway_->start().value();
    }
    domain::OrderId submit(const std::string& amount) {
        std::optional<domain::OrderId> id;
        engine_->submit(order(amount), this,
                        [&id](const auto& admitted) { id = admitted.value().order->id; });
        [[maybe_unused]] const bool answered =
            QTest::qWaitFor([&] { return id.has_value(); }, test::kPatienceMillis);
        Q_ASSERT(answered);
        return *id;
    }

  private slots:
    void init() {
        engine_ = std::make_unique<test::FakeEngine>();
        startWith({});
    }
    void cleanup() {
        gateway_.reset();
        engine_.reset();
    }

    void hello() {
        submit("1");
        Client client{url()};
        const QJsonObject hello = client.next("hello");
        QCOMPARE(hello["slot"].toInteger(), qint64{417'600'123});
        QCOMPARE(hello["lastSequence"].toInteger(), qint64{1});
        QCOMPARE(hello["market"].toString(), "SIMULATED");
        QCOMPARE(hello["simulated"].toBool(), true);
    }

    void everyTransitionInSequence() {
        Client client{url()};
        client.send(R"({"subscribe":["orders","fills","wallet"]})");
        const QJsonObject subscribed = client.next("subscribed");
        QCOMPARE(subscribed["topics"].toArray().size(), 3);
        QVERIFY(!client.next("wallet").isEmpty());
        const domain::OrderId first = submit("1");
        const domain::OrderId second = submit("2");
        engine_->advanceToEnd(second);
        engine_->failOrder(first, {domain::FailureReason::expired, {}, {}});
        QStringList path;
        for (qint64 sequence = 1; sequence <= 7; ++sequence) {
            const QJsonObject event = client.next("order");
            QCOMPARE(event["sequence"].toInteger(), sequence);
            QCOMPARE(event["order"].toObject()["status"], event["status"]);
            QCOMPARE(event["order"].toObject()["orderId"], event["orderId"]);
            path.append(event["status"].toString());
            if (event["status"].toString() == "confirmed") {
                const QJsonObject fill = client.next("fill")["fill"].toObject();
                QCOMPARE(fill["orderId"], event["orderId"]);
                QCOMPARE(fill["amountIn"].toString(), "2");
            }
        }
        QCOMPARE(path, (QStringList{"pending", "pending", "routing", "building", "submitted",
                                    "confirmed", "failed"}));
        const QJsonArray balances = client.next("wallet")["balances"].toArray();
        QVERIFY(balances.size() == 4);
    }

    void onlyWhatWasAskedFor() {
        Client orders{url()};
        Client ticker{url()};
        orders.send(R"({"subscribe":["orders"]})");
        ticker.send(R"({"subscribe":["slot"]})");
        orders.next("subscribed");
        ticker.next("subscribed");
        engine_->advanceToEnd(submit("1"));
        engine_->publishSlot();
        QCOMPARE(ticker.next("slot")["slot"].toInteger(), qint64{417'600'124});
        for (int i = 0; i < 5; ++i) {
            QVERIFY(!orders.next("order").isEmpty());
        }
        QVERIFY(orders.ofType("slot").isEmpty() && orders.ofType("fill").isEmpty());
        QVERIFY(ticker.ofType("order").isEmpty() && ticker.ofType("wallet").isEmpty());
    }

    void unsubscribing() {
        Client client{url()};
        client.send(R"({"subscribe":["orders","fills"]})");
        client.next("subscribed");
        client.send(R"({"unsubscribe":["orders"]})");
        QCOMPARE(client.next("subscribed")["topics"].toArray(), QJsonArray{"fills"});
        engine_->advanceToEnd(submit("1"));
        QVERIFY(!client.next("fill").isEmpty());
        QVERIFY(client.ofType("order").isEmpty());
    }

    void quotesFollowTheSlots() {
        Client client{url()};
        client.send(R"({"subscribe":["quotes"],"tokenIn":"SOL","tokenOut":"USDC","amountIn":0.1})");
        const QJsonObject before = client.next("quote");
        QCOMPARE(before["amountInRaw"].toString(), "100000000");
        QCOMPARE(before["quotes"].toArray().size(), 3);
        engine_->publishSlot(1'000'000'000'000);
        const QJsonObject after = client.next("quote");
        QCOMPARE(after["slot"].toInteger(), before["slot"].toInteger() + 1);
        QVERIFY(after["best"]["amountOutRaw"].toString().toULongLong() <
                before["best"]["amountOutRaw"].toString().toULongLong());
        // A new subscription replaces the old.
        client.send(
            R"({"subscribe":["quotes"],"tokenIn":"USDC","tokenOut":"SOL","amountInRaw":"5"})");
        client.next("subscribed");
        QCOMPARE(client.next("quote")["tokenIn"].toString(), "USDC");
        engine_->publishSlot();
        QCOMPARE(client.next("quote")["amountInRaw"].toString(), "5");
        QVERIFY(client.ofType("quote").isEmpty());
    }

    void bookFollowsTheSlots() {
        Client client{url()};
        client.send(R"({"subscribe":["book"],"base":"SOL","quote":"USDC"})");
        const QJsonObject before = client.next("book");
        QCOMPARE(before["base"].toString(), "SOL");
        QVERIFY(before["bids"].toArray().size() >= 3);
        engine_->publishSlot(1'000'000'000'000);
        const QJsonObject after = client.next("book");
        QVERIFY(after["bids"].toArray() != before["bids"].toArray());
        QCOMPARE(after["slot"].toInteger(), before["slot"].toInteger() + 1);
    }

    void pricesAreCoalesced() {
        Client client{url()};
        client.send(R"({"subscribe":["slot"]})");
        client.next("subscribed");
        QElapsedTimer time;
        time.start();
        constexpr qint64 kSlots = 2'000;
        for (qint64 i = 0; i < kSlots; ++i) {
            engine_->publishSlot();
        }
        // The last slot arrives whatever was left out before it.
        QVERIFY(QTest::qWaitFor(
            [&] {
                const auto seen = client.ofType("slot");
                return !seen.isEmpty() && seen.last()["slot"].toInteger() == 417'600'123 + kSlots;
            },
            test::kPatienceMillis));
        const qint64 allowed = time.elapsed() / gateway::kFeedInterval.count() + 2;
        QVERIFY2(client.ofType("slot").size() <= allowed,
                 qPrintable(QString::number(client.ofType("slot").size())));
    }

    void badMessages_data() {
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QString>("field");
        QTest::newRow("not JSON") << QByteArray("hello") << "";
        QTest::newRow("nothing asked") << QByteArray("{}") << "subscribe";
        QTest::newRow("not a list") << QByteArray(R"({"subscribe":"orders"})") << "subscribe";
        QTest::newRow("empty list") << QByteArray(R"({"subscribe":[]})") << "subscribe";
        QTest::newRow("unknown topic") << QByteArray(R"({"subscribe":["trades"]})") << "subscribe";
        QTest::newRow("unknown field") << QByteArray(R"({"subscribe":["orders"],"id":1})") << "id";
        QTest::newRow("quotes without token")
            << QByteArray(R"({"subscribe":["quotes"],"tokenOut":"USDC","amountIn":1})")
            << "tokenIn";
        QTest::newRow("quotes with a bad amount")
            << QByteArray(
                   R"({"subscribe":["quotes"],"tokenIn":"SOL","tokenOut":"USDC","amountIn":"x"})")
            << "amountIn";
        QTest::newRow("book without quote")
            << QByteArray(R"({"subscribe":["book"],"base":"SOL"})") << "quote";
        QTest::newRow("book of an unknown token")
            << QByteArray(R"({"subscribe":["book"],"base":"NOPE","quote":"USDC"})") << "base";
    }
    void badMessages() {
        QFETCH(QByteArray, message);
        QFETCH(QString, field);
        Client client{url()};
        QVERIFY(client.connected());
        client.send(message);
        const QJsonObject error = client.next("error");
        QCOMPARE(error["field"].toString(), field);
        QVERIFY(!error["message"].toString().isEmpty());
        QVERIFY(client.ofType("subscribed").isEmpty());
        // The connection goes on.
        client.send(R"({"subscribe":["orders"]})");
        QVERIFY(!client.next("subscribed").isEmpty());
    }

    void refusedSubscriptionKeepsTheOldOne() {
        Client client{url()};
        client.send(R"({"subscribe":["book"],"base":"SOL","quote":"USDC"})");
        client.next("book");
        client.send(R"({"subscribe":["book"],"base":"NOPE","quote":"USDC"})");
        client.next("error");
        engine_->publishSlot();
        QCOMPARE(client.next("book")["base"].toString(), "SOL");
    }

    void oversizedMessagesCloseTheConnection() {
        Client client{url()};
        QVERIFY(client.connected());
        client.send(QByteArray(gateway::kMaxWebSocketMessageBytes + 1, ' '));
        QVERIFY(client.disconnected());
    }

    void foreignOriginsAreRefused() {
        Client foreign(url(), "http://evil.example");
        QVERIFY(foreign.disconnected());
        QVERIFY(foreign.messages.isEmpty());
        Client own(url(), QStringLiteral("http://localhost:%1").arg(bound_.httpPort));
        QVERIFY(!own.next("hello").isEmpty());
    }

    void tokenIsAskedFor() {
        startWith({.token = "s3cret"});
        Client without{url()};
        QVERIFY(without.disconnected());
        Client wrong(url("?token=s3cres"));
        QVERIFY(wrong.disconnected());
        Client right(url("?token=s3cret"));
        QVERIFY(!right.next("hello").isEmpty());
    }

    void connectionsAreBounded() {
        startWith({.maxWebSocketConnections = 2});
        Client one{url()};
        QVERIFY(!one.next("hello").isEmpty());
        auto two = std::make_unique<Client>(url());
        QVERIFY(!two->next("hello").isEmpty());
        Client three{url()};
        QVERIFY(three.disconnected());
        two.reset();
        // The place is free again once the server has seen the other leave.
        QVERIFY(QTest::qWaitFor([&] { return Client{url()}.accepted(); }, test::kPatienceMillis));
    }

    // A client that stops reading is dropped; the others do not notice.
    void slowClientsAreDropped() {
        const QByteArray upgrade =
            "GET / HTTP/1.1\r\nHost: localhost:" + QByteArray::number(bound_.wsPort) +
            "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        test::RawClient slow(bound_.wsPort);
        slow.socket.setReadBufferSize(1024);
        slow.send(upgrade);
        QCOMPARE(slow.receive().status, 101);
        // {"subscribe":["orders"]} as one masked text frame with an all-zero mask.
        const QByteArray message = R"({"subscribe":["orders"]})";
        QByteArray frame("\x81");
        frame += static_cast<char>(0x80 | message.size());
        slow.send(frame + QByteArray(4, '\0') + message);
        Client quick{url()};
        quick.send(R"({"subscribe":["orders"]})");
        quick.next("subscribed");
        engine_->setProgress(test::FakeEngine::Progress::automatic);
        // More than the system buffers for a connection (some 10 MB) and the feed's own bound.
        constexpr qint64 kEnoughBytes = 24'000'000;
        qint64 sent = 0;
        qint64 events = 0;
        while (sent < kEnoughBytes) {
            quick.messages.clear();
            for (int i = 0; i < 100; ++i) {
                engine_->submit(order("0.0001"), this, [](const auto&) {});
                events += 5;
            }
            QVERIFY(QTest::qWaitFor(
                [&] {
                    return !quick.messages.isEmpty() &&
                           quick.messages.last()["sequence"].toInteger() == events;
                },
                test::kPatienceMillis));
            for (const QJsonObject& event : quick.messages) {
                sent += QJsonDocument(event).toJson(QJsonDocument::Compact).size();
            }
        }
        // It gets what was on its way, and then the end: not all that was sent.
        slow.socket.setReadBufferSize(0);
        qint64 received = 0;
        QVERIFY(QTest::qWaitFor(
            [&] {
                received += slow.socket.readAll().size();
                return slow.socket.state() == QAbstractSocket::UnconnectedState;
            },
            test::kPatienceMillis));
        QVERIFY(received < sent);
        QCOMPARE(quick.socket.state(), QAbstractSocket::ConnectedState);
    }

    void stopsWithClients() {
        Client client{url()};
        client.next("hello");
        gateway_.reset();
        QVERIFY(client.disconnected());
    }
};

QTEST_GUILESS_MAIN(FeedTest)
#include "feed_test.moc"
