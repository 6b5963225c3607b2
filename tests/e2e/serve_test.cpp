// The program as a bot meets it: HTTP, WebSocket, engine.db, kill -9, a real Redis.

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTcpServer>
#include <QWebSocket>
#include <QtTest>

#include "serve_process.h"
#include "support/redis_server.h"

using namespace oee;

namespace {

constexpr int kPatienceMillis = 60'000;

QJsonObject sell(const QString& amount) {
    return {{"tokenIn", "SOL"}, {"tokenOut", "USDC"}, {"amountIn", amount}, {"type", "market"}};
}

// Rows of a query on the program's database, each as its columns joined by '|'.
QStringList rowsOf(const QString& databasePath, const QString& sql) {
    QStringList rows;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", "e2e");
        database.setDatabaseName(databasePath);
        database.setConnectOptions("QSQLITE_BUSY_TIMEOUT=10000");
        if (!database.open()) {
            qFatal("engine.db cannot be opened");
        }
        QSqlQuery query(database);
        query.setForwardOnly(true);
        if (!query.exec(sql)) {
            qFatal("the query failed: %s", qUtf8Printable(sql));
        }
        while (query.next()) {
            QStringList columns;
            for (int i = 0; query.value(i).isValid(); ++i) {
                const QVariant value = query.value(i);
                columns.append(value.typeId() == QMetaType::QByteArray
                                   ? QString::fromLatin1(value.toByteArray().toHex())
                                   : value.toString());
            }
            rows.append(columns.join('|'));
        }
    }
    QSqlDatabase::removeDatabase("e2e");
    return rows;
}

// A listener to the order events.
class EventListener {
  public:
    explicit EventListener(quint16 port) {
        QObject::connect(&socket_, &QWebSocket::textMessageReceived, &socket_,
                         [this](const QString& text) {
                             const auto message = QJsonDocument::fromJson(text.toUtf8()).object();
                             if (message.value("type") == QStringLiteral("subscribed")) {
                                 subscribed = true;
                             }
                             if (message.value("type") == QStringLiteral("order")) {
                                 events.append(message);
                             }
                             if (message.value("type") == QStringLiteral("fill")) {
                                 fills.append(message);
                             }
                         });
        QObject::connect(&socket_, &QWebSocket::connected, &socket_, [this] {
            socket_.sendTextMessage(QStringLiteral(R"({"subscribe": ["orders", "fills"]})"));
        });
        socket_.open(QUrl(QStringLiteral("ws://127.0.0.1:%1/").arg(port)));
    }

    QStringList statuses() const {
        QStringList told;
        for (const QJsonObject& event : events) {
            told.append(event.value("status").toString());
        }
        return told;
    }

    bool subscribed = false;
    QList<QJsonObject> events;
    QList<QJsonObject> fills;

  private:
    QWebSocket socket_;
};

bool isTerminal(const QString& status) {
    return status == "confirmed" || status == "failed" || status == "cancelled";
}

}  // namespace

class ServeTest : public QObject {
    Q_OBJECT

  private:
    QString databasePath() const { return folder_->filePath("data/engine.db"); }

    // Waits until the API says that an order has ended.
    QString endOf(test::ServeProcess& serve, const QString& orderId) {
        QString status;
        (void)QTest::qWaitFor(
            [&] {
                status = serve.get("/api/orders/" + orderId).body.value("status").toString();
                return isTerminal(status);
            },
            kPatienceMillis);
        return status;
    }

    std::unique_ptr<QTemporaryDir> folder_;

  private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void anOrderIsSeenOnEveryFace() {
        test::ServeProcess serve(folder_->path());
        QVERIFY(serve.start({"--redis", "none", "--profile", "calm"}));
        const auto health = serve.get("/api/health");
        QCOMPARE(health.status, 200);
        QCOMPARE(health.body.value("wsPort").toInt(), int{serve.wsPort()});
        EventListener listener(serve.wsPort());
        QTRY_VERIFY_WITH_TIMEOUT(listener.subscribed, kPatienceMillis);

        const auto quote = serve.get("/api/quotes?tokenIn=SOL&tokenOut=USDC&amountIn=10");
        QCOMPARE(quote.status, 200);
        const auto accepted = serve.post("/api/orders/execute", sell("10"));
        QVERIFY(accepted.status == 200 || accepted.status == 201);
        const QString id = accepted.body.value("orderId").toString();
        QCOMPARE(accepted.body.value("status").toString(), QStringLiteral("pending"));
        QCOMPARE(endOf(serve, id), QStringLiteral("confirmed"));

        // WebSocket: each state once, in order, without a gap. One transaction in a hundred is lost
        // on this network and signed again, so the middle may be told more than once.
        QTRY_VERIFY_WITH_TIMEOUT(!listener.fills.isEmpty(), kPatienceMillis);
        QTRY_COMPARE_WITH_TIMEOUT(listener.statuses().value(listener.events.size() - 1),
                                  QStringLiteral("confirmed"), kPatienceMillis);
        const QStringList path = listener.statuses();
        static const QRegularExpression whole(
            QStringLiteral("^pending(,routing,building,submitted)+,confirmed$"));
        QVERIFY2(whole.match(path.join(',')).hasMatch(), qPrintable(path.join(',')));
        for (qsizetype i = 0; i < path.size(); ++i) {
            QCOMPARE(listener.events.at(i).value("orderId").toString(), id);
            QCOMPARE(listener.events.at(i).value("sequence").toInteger(), qint64{i + 1});
        }
        // API and database say the same.
        const auto order = serve.get("/api/orders/" + id).body;
        const QString amountOutRaw = order.value("amountOutRaw").toString();
        QVERIFY(amountOutRaw.toULongLong() > 0);
        QCOMPARE(rowsOf(databasePath(), "SELECT id, status FROM orders"),
                 QStringList{id + "|confirmed"});
        QCOMPARE(rowsOf(databasePath(), "SELECT status FROM order_events ORDER BY seq"), path);
        const auto fills =
            rowsOf(databasePath(), "SELECT order_id, leg, amount_out_raw FROM fills");
        QCOMPARE(fills.size(), 1);
        QCOMPARE(fills.first(), id + "|0|" + amountOutRaw.rightJustified(20, '0'));
        QCOMPARE(serve.terminate(), 0);
    }

    void badInputNamesItsFieldAndChangesNothing() {
        test::ServeProcess serve(folder_->path());
        QVERIFY(serve.start({"--redis", "none", "--profile", "instant"}));
        const auto before = serve.get("/api/wallet").body;
        QJsonObject both = sell("1");
        both.insert("amountInRaw", "1");
        QJsonObject slippage = sell("1");
        slippage.insert("slippageBps", 10'001);
        QJsonObject token = sell("1");
        token.insert("tokenOut", "DOGE");
        const QList<QPair<QJsonObject, QString>> cases{
            {sell("-1"), "amountIn"},     {sell("0"), "amountIn"},
            {sell("1e3"), "amountIn"},    {sell("0.0000000001"), "amountIn"},
            {sell("1000.1"), "amountIn"}, {both, "amountIn"},
            {slippage, "slippageBps"},    {token, "tokenOut"}};
        for (const auto& [body, field] : cases) {
            const auto refused = serve.post("/api/orders/execute", body);
            QVERIFY2(refused.status >= 400 && refused.status < 500,
                     QJsonDocument(body).toJson().constData());
            const auto error = refused.body.value("error").toObject();
            QCOMPARE(error.value("field").toString(), field);
            QVERIFY(!error.value("message").toString().isEmpty());
        }
        QCOMPARE(serve.get("/api/wallet").body, before);
        QVERIFY(serve.get("/api/orders").body.value("orders").toArray().isEmpty());
    }

    void aKillLosesNothingAcknowledged() {
        QStringList acknowledged;
        QStringList accountsAtRest;
        const QString accountsSql =
            "SELECT pool, address, data FROM accounts ORDER BY pool, address";
        {
            // At rest: what is committed is what comes back.
            test::ServeProcess serve(folder_->path());
            QVERIFY(serve.start({"--redis", "none", "--profile", "instant"}));
            for (int i = 0; i < 5; ++i) {
                const auto accepted = serve.post("/api/orders/execute", sell("5"));
                acknowledged.append(accepted.body.value("orderId").toString());
            }
            for (const QString& id : std::as_const(acknowledged)) {
                QCOMPARE(endOf(serve, id), QStringLiteral("confirmed"));
            }
            serve.kill();
            accountsAtRest = rowsOf(databasePath(), accountsSql);
        }
        {
            // Under load: the network is slow, so that orders are in every state.
            test::ServeProcess serve(folder_->path());
            QVERIFY(serve.start({"--redis", "none", "--profile", "calm"}));
            QCOMPARE(rowsOf(databasePath(), accountsSql), accountsAtRest);
            for (const QString& id : std::as_const(acknowledged)) {
                QCOMPARE(endOf(serve, id), QStringLiteral("confirmed"));
            }
            for (int i = 0; i < 40; ++i) {
                const auto accepted = serve.post("/api/orders/execute", sell("0.5"));
                QVERIFY(accepted.body.contains("orderId"));
                acknowledged.append(accepted.body.value("orderId").toString());
            }
            serve.kill();
        }
        test::ServeProcess serve(folder_->path());
        QVERIFY(serve.start({"--redis", "none", "--profile", "calm"}));
        for (const QString& id : std::as_const(acknowledged)) {
            QVERIFY(isTerminal(endOf(serve, id)));
        }
        QCOMPARE(rowsOf(databasePath(), "SELECT count(*) FROM orders"),
                 QStringList{QString::number(acknowledged.size())});
        // One set of fills for each confirmed order, none for others.
        QCOMPARE(rowsOf(databasePath(),
                        "SELECT id FROM orders WHERE (status = 'confirmed') <> "
                        "(SELECT count(*) = 1 FROM fills WHERE order_id = id)"),
                 QStringList{});
        // Nothing is promised any more.
        QCOMPARE(rowsOf(databasePath(), "SELECT DISTINCT reserved_raw FROM wallet"),
                 QStringList{QString(20, '0')});
        QCOMPARE(serve.terminate(), 0);
    }

    void jobsGoThroughARealRedis() {
        test::RedisServer redis;
        QVERIFY(redis.start());
        test::ServeProcess serve(folder_->path());
        QVERIFY(
            serve.start({"--redis", QString::fromStdString(redis.url()), "--profile", "instant"}));
        QVERIFY(serve.standardOutput().contains("redis"));
        QProcess listener;
        listener.start("redis-cli", {"-p", QString::number(redis.port()), "--csv", "psubscribe",
                                     "oee:*:events"});
        QString heard;
        const auto hears = [&](const QString& text) {
            return QTest::qWaitFor(
                [&] {
                    heard += QString::fromUtf8(listener.readAllStandardOutput());
                    return heard.contains(text);
                },
                kPatienceMillis);
        };
        QVERIFY(hears("psubscribe"));
        QStringList ids;
        for (int i = 0; i < 20; ++i) {
            ids.append(
                serve.post("/api/orders/execute", sell("1")).body.value("orderId").toString());
        }
        for (const QString& id : std::as_const(ids)) {
            QCOMPARE(endOf(serve, id), QStringLiteral("confirmed"));
        }
        QVERIFY(hears("confirmed"));
        listener.kill();
        listener.waitForFinished();
        QCOMPARE(serve.terminate(), 0);
    }

    void startRefusesWhatCannotBe() {
        test::ServeProcess first(folder_->path());
        QVERIFY(first.start({"--redis", "none"}));
        const auto run = [](const QStringList& arguments) {
            QProcess process;
            process.setProcessChannelMode(QProcess::MergedChannels);
            process.start(QStringLiteral(OEE_BINARY_DIR "/order-execution-engine"), arguments);
            process.waitForFinished(kPatienceMillis);
            return std::pair(process.exitCode(), QString::fromUtf8(process.readAll()));
        };
        const QString data = folder_->filePath("data");
        const QString other = folder_->filePath("other");
        const auto second = run({"serve", "--data-dir", data, "--redis", "none"});
        QCOMPARE(second.first, 4);
        QVERIFY(second.second.contains("order-execution-engine (process "));
        // Options may stand before the command word.
        const auto port = run({"--data-dir", other, "--redis", "none", "--http-port",
                               QString::number(first.httpPort()), "serve"});
        QCOMPARE(port.first, 3);
        QVERIFY(port.second.contains(QString::number(first.httpPort())));
        const auto wrong = run({"serve", "--sead", "1"});
        QCOMPARE(wrong.first, 2);
        QVERIFY(wrong.second.contains("sead"));
        const auto number = run({"serve", "--workers", "none"});
        QCOMPARE(number.first, 2);
        QVERIFY(number.second.contains("--workers"));
        QCOMPARE(run({"launch"}).first, 2);
        QCOMPARE(run({"serve", "--profile", "stormy"}).first, 2);
        QCOMPARE(run({"--help"}).first, 0);
        QVERIFY(run({"--version"}).second.contains("order-execution-engine 0."));
        // Another market on the same folder is refused with both named.
        QCOMPARE(first.terminate(), 0);
        const auto genesis = run({"serve", "--data-dir", data, "--redis", "none", "--seed", "2"});
        QCOMPARE(genesis.first, 4);
        QVERIFY(!genesis.second.isEmpty());
    }

    void dumpsAreAMarketToo() {
        const QString mainnet = QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet");
        if (!QDir(mainnet).exists()) {
            QSKIP("no account dumps beside the project");
        }
        test::ServeProcess serve(folder_->path());
        QVERIFY(serve.start({"--redis", "none", "--profile", "instant", "--accounts", mainnet}));
        QVERIFY(serve.standardOutput().contains("RECORDED"));
        const auto accepted = serve.post("/api/orders/execute", sell("1"));
        QCOMPARE(endOf(serve, accepted.body.value("orderId").toString()),
                 QStringLiteral("confirmed"));
    }
};

QTEST_GUILESS_MAIN(ServeTest)
#include "serve_test.moc"
