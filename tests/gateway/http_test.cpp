// The endpoints of market, wallet and state, the page, and how the gateway starts and stops.

#include <QJsonArray>
#include <QTcpServer>
#include <QTest>

#include "gateway/http_fixture.h"

using namespace oee;
using test::Answer;
using test::closeTo;

class HttpTest : public test::HttpFixture {
    Q_OBJECT

  private slots:
    void unknownPlaces() {
        for (const QString target :
             {"/api/orders/00000000000000000000000001", "/api/orders/nonsense",
              "/api/orders/00000000000000000000000001/fills", "/api", "/api/", "/app.jsx",
              "/appXjs", "/web/index.html", "/index.html/", "/../engine.db", "/API/health"}) {
            const Answer answer = get(target);
            QCOMPARE(answer.status, 404);
            QCOMPARE(answer.error()["code"].toString(), "notFound");
        }
    }

    // --- market, wallet, health

    void quotes() {
        const Answer answer =
            get("/api/quotes?tokenIn=SOL&tokenOut=USDC&amountIn=10&slippageBps=100");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.json["amountInRaw"].toString(), "10000000000");
        QCOMPARE(answer.json["slot"].toInteger(),
                 static_cast<qint64>(engine_->market()->clock.slot));
        const QJsonArray quotes = answer.json["quotes"].toArray();
        QCOMPARE(quotes.size(), 3);
        QCOMPARE(answer.json["best"], quotes[0]);
        int best = 0;
        qulonglong previousNet = ~0ULL;
        for (const QJsonValue& value : quotes) {
            const QJsonObject quote = value.toObject();
            best += quote["best"].toBool() ? 1 : 0;
            const qulonglong net = quote["netAmountOutRaw"].toString().toULongLong();
            QVERIFY(net <= previousNet);
            previousNet = net;
            // floor(out × 0.99)
            const qulonglong outRaw = quote["amountOutRaw"].toString().toULongLong();
            QCOMPARE(quote["minAmountOutRaw"].toString().toULongLong(), outRaw * 99 / 100);
            QVERIFY(quote["feeBps"].toDouble() > 0);
            QVERIFY(quote["versusBestBps"].toDouble() <= 0);
            QVERIFY(!quote["price"].toString().isEmpty());
        }
        QCOMPARE(best, 1);
    }

    void quotesThatCannotBeFilled() {
        const Answer noPool =
            get("/api/quotes?tokenIn=BONK&tokenOut=USDC&amountIn=1&routing=split");
        QCOMPARE(noPool.status, 422);
        QCOMPARE(noPool.error()["code"].toString(), "noPool");
    }

    void book() {
        const Answer answer = get("/api/book?base=SOL&quote=USDC");
        QCOMPARE(answer.status, 200);
        const QJsonArray bids = answer.json["bids"].toArray();
        const QJsonArray asks = answer.json["asks"].toArray();
        QVERIFY(bids.size() >= 3 && asks.size() >= 3);
        const auto price = [](const QJsonArray& side, qsizetype i) {
            return side[i].toObject()["price"].toString().toDouble();
        };
        for (qsizetype i = 1; i < bids.size(); ++i) {
            QVERIFY(price(bids, i) <= price(bids, i - 1));
        }
        for (qsizetype i = 1; i < asks.size(); ++i) {
            QVERIFY(price(asks, i) >= price(asks, i - 1));
        }
        QVERIFY(qAbs(price(bids, 0) - 150) < 5);
        QVERIFY(bids[0].toObject().contains("venue"));
        const QJsonObject level = asks[0].toObject();
        QVERIFY(closeTo(level["price"], level["amountQuote"].toString().toDouble() /
                                            level["amountBase"].toString().toDouble()));
    }

    void tokensAndPairs() {
        const QJsonArray tokens = get("/api/tokens").json["tokens"].toArray();
        QCOMPARE(tokens.size(), 4);
        const QJsonArray pairs = get("/api/pairs").json["pairs"].toArray();
        QStringList names;
        for (const QJsonValue& pair : pairs) {
            names.append(pair["base"].toString() + "/" + pair["quote"].toString());
        }
        names.sort();
        QCOMPARE(names, (QStringList{"BONK/SOL", "SOL/USDC", "USDT/USDC"}));
    }

    void walletAndReset() {
        const auto sol = [](const QJsonObject& wallet) {
            for (const QJsonValue& balance : wallet["balances"].toArray()) {
                if (balance["token"].toString() == "SOL") {
                    return balance.toObject();
                }
            }
            return QJsonObject();
        };
        const Answer before = get("/api/wallet");
        QCOMPARE(before.status, 200);
        QVERIFY(before.json["simulated"].toBool());
        QCOMPARE(sol(before.json)["freeRaw"].toString(), "1000000000000");
        QCOMPARE(sol(before.json)["free"].toString(), "1000");
        const Answer placed = sell("10");
        QVERIFY(sol(get("/api/wallet").json)["reservedRaw"].toString().toULongLong() >=
                10'000'000'000ULL);
        const Answer refused = post("/api/wallet/reset", "{}");
        QCOMPARE(refused.status, 409);
        QCOMPARE(refused.error()["code"].toString(), "openOrders");
        engine_->advanceToEnd(idOf(placed));
        QVERIFY(sol(get("/api/wallet").json)["amountRaw"].toString().toULongLong() <
                990'000'000'000ULL);
        QCOMPARE(post("/api/wallet/reset", "{}").status, 200);
        QCOMPARE(get("/api/wallet").json, before.json);
    }

    void health() {
        const Answer answer = get("/api/health");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.json["status"].toString(), "ok");
        QCOMPARE(answer.json["wsPort"].toInt(), int{bound_.wsPort});
        QCOMPARE(answer.json["simulated"].toBool(), true);
        QCOMPARE(answer.json["market"].toString(), "SIMULATED");
        QCOMPARE(answer.json["profile"].toString(), "calm");
        QCOMPARE(answer.json["queue"].toString(), "embedded");
        QCOMPARE(answer.json["workers"].toInt(), 4);
        QCOMPARE(answer.json["deadLetters"].toInt(), 0);
        QVERIFY(answer.json["remarks"].toArray().isEmpty());
        QVERIFY(!answer.json["version"].toString().isEmpty());
        engine_->setRemarks({"Redis is away."});
        QCOMPARE(get("/api/health").json["remarks"].toArray(), QJsonArray{"Redis is away."});
    }

    void remoteWorkersAreListed() {
        QVERIFY(get("/api/status").json["remoteWorkers"].toArray().isEmpty());
        runtime::RemoteWorkerStatus worker;
        worker.name = "far";
        worker.version = "1.0";
        worker.threads = 3;
        worker.planned = 12;
        worker.plansPerSecond = 2.5;
        worker.lastHeartbeatMicros = 1'700'000'000'500'000;
        runtime::RemoteWorkerStatus stranger;
        stranger.name = "stranger";
        stranger.state = runtime::RemoteWorkerState::anotherSecret;
        engine_->setRemoteWorkers({worker, stranger});
        const QJsonArray workers = get("/api/status").json["remoteWorkers"].toArray();
        QCOMPARE(workers.size(), 2);
        const QJsonObject first = workers[0].toObject();
        QCOMPARE(first["name"].toString(), "far");
        QCOMPARE(first["state"].toString(), "ready");
        QCOMPARE(first["threads"].toInt(), 3);
        QCOMPARE(first["planned"].toInt(), 12);
        QCOMPARE(first["plansPerSecond"].toDouble(), 2.5);
        QCOMPARE(first["lastHeartbeat"].toString(), "2023-11-14T22:13:20.500000Z");
        QCOMPARE(workers[1].toObject()["state"].toString(), "another-secret");
    }

    // --- the page

    void pageIsServedAndSelfContained() {
        for (const QByteArray path :
             {"/", "/index.html", "/app.js", "/connection.js", "/decimal.js", "/dom.js",
              "/market.js", "/order.js", "/plan.js", "/receipt.js", "/tables.js", "/ticket.js",
              "/style.css", "/favicon.svg"}) {
            const test::RawAnswer answer =
                test::exchange(bound_.httpPort, test::getRequest(bound_.httpPort, path));
            QCOMPARE(answer.status, 200);
            QVERIFY(answer.body.size() > 100);
            QVERIFY(answer.header("content-security-policy").startsWith("default-src 'none';"));
            QVERIFY(answer.header("content-security-policy")
                        .contains("ws://localhost:" + QByteArray::number(bound_.wsPort)));
            QCOMPARE(answer.header("x-content-type-options"), QByteArray("nosniff"));
            QCOMPARE(answer.header("referrer-policy"), QByteArray("no-referrer"));
            QVERIFY(!answer.body.contains("innerHTML"));
            QVERIFY(!answer.body.contains("https://"));
            QVERIFY(!answer.body.contains(" onclick="));
            QVERIFY(!answer.body.contains(" style="));
        }
    }

    // --- start and stop

    void portsInUse() {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost, 0));
        gateway::Gateway http(*engine_, {.httpPort = other.serverPort(), .wsPort = 0});
        const auto noHttp = http.start();
        QVERIFY(!noHttp.has_value());
        QVERIFY(noHttp.error().error == gateway::GatewayError::portInUse);
        QVERIFY(noHttp.error().which == gateway::GatewayPort::http);
        QCOMPARE(noHttp.error().port, other.serverPort());
        QVERIFY(explain(noHttp.error()).find(std::to_string(other.serverPort())) !=
                std::string::npos);
        gateway::Gateway feed(*engine_, {.httpPort = 0, .wsPort = other.serverPort()});
        const auto noFeed = feed.start();
        QVERIFY(!noFeed.has_value());
        QVERIFY(noFeed.error().which == gateway::GatewayPort::webSocket);
        other.close();
        QVERIFY(feed.start().has_value());
    }

    void takenOnIpv6Only() {
        QTcpServer other;
        if (!other.listen(QHostAddress::LocalHostIPv6, 0)) {
            QSKIP("this machine has no ::1");
        }
        gateway::Gateway gateway(*engine_, {.httpPort = other.serverPort(), .wsPort = 0});
        const auto bound = gateway.start();
        QVERIFY(!bound.has_value());
        QVERIFY(bound.error().error == gateway::GatewayError::portInUse);
    }

    void stopsAndStartsAgain() {
        gateway_->stop();
        test::RawClient client(bound_.httpPort);
        QVERIFY(!client.connected);
        const auto bound = gateway_->start();
        QVERIFY(bound.has_value());
        bound_ = *bound;
        QCOMPARE(get("/api/health").status, 200);
    }

    void tokenIsAskedForWhereSet() {
        gateway_ = std::make_unique<gateway::Gateway>(
            *engine_, gateway::GatewayOptions{.httpPort = 0, .wsPort = 0, .token = "s3cret"});
        bound_ = gateway_->start().value();
        QCOMPARE(get("/api/health").status, 401);
        QCOMPARE(sell("1").status, 401);
        QVERIFY(engine_->submitted().empty());
        QCOMPARE(wait(network_.get(QNetworkRequest(url("/")))).status, 200);
        QNetworkRequest request(url("/api/health"));
        request.setRawHeader("Authorization", "Bearer s3cret");
        QCOMPARE(wait(network_.get(request)).status, 200);
        request.setRawHeader("Authorization", "Bearer s3cres");
        QCOMPARE(wait(network_.get(request)).status, 401);
    }
};

QTEST_GUILESS_MAIN(HttpTest)
#include "http_test.moc"
