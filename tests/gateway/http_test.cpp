// Every endpoint of a real gateway on the fake engine, through an ordinary HTTP client.

#include <cmath>
#include <memory>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

#include "gateway/gateway.h"
#include "gateway/raw_client.h"
#include "support/fake_engine.h"

using namespace oee;

namespace {

struct Answer {
    int status = 0;
    QJsonObject json;
    QJsonObject error() const { return json["error"].toObject(); }
};

// Prices have nine significant digits.
bool closeTo(const QJsonValue& price, double expected) {
    return std::abs(price.toString().toDouble() / expected - 1.0) < 1e-8;
}

execution::Refusal refusal(execution::RefusalReason reason) {
    return {reason, execution::Field::none, "1", "2"};
}

}  // namespace

class HttpTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<test::FakeEngine> engine_;
    std::unique_ptr<gateway::Gateway> gateway_;
    gateway::Bound bound_;
    QNetworkAccessManager network_;

    QUrl url(const QString& target) const {
        return QUrl(QStringLiteral("http://localhost:%1%2").arg(bound_.httpPort).arg(target));
    }
    QByteArray getText(const QString& target) {
        const std::unique_ptr<QNetworkReply> reply(network_.get(QNetworkRequest(url(target))));
        QSignalSpy finished(reply.get(), &QNetworkReply::finished);
        if (!reply->isFinished()) {
            finished.wait(test::kPatienceMillis);
        }
        const QString type = reply->header(QNetworkRequest::ContentTypeHeader).toString();
        return type.startsWith(QLatin1String("text/plain")) ? reply->readAll() : QByteArray();
    }
    Answer wait(QNetworkReply* reply) {
        QSignalSpy finished(reply, &QNetworkReply::finished);
        if (!reply->isFinished()) {
            finished.wait(test::kPatienceMillis);
        }
        const std::unique_ptr<QNetworkReply> owner(reply);
        return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                QJsonDocument::fromJson(reply->readAll()).object()};
    }
    Answer get(const QString& target) { return wait(network_.get(QNetworkRequest(url(target)))); }
    Answer post(const QString& target, const QByteArray& body, const QByteArray& key = {}) {
        QNetworkRequest request(url(target));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        if (!key.isEmpty()) {
            request.setRawHeader("Idempotency-Key", key);
        }
        return wait(network_.post(request, body));
    }
    Answer sell(const QByteArray& amount, const QByteArray& more = {}) {
        return post("/api/orders/execute",
                    R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":)" + amount + more + "}");
    }
    domain::OrderId idOf(const Answer& answer) {
        return domain::orderIdFromString(answer.json["orderId"].toString().toStdString()).value();
    }

  private slots:
    void init() {
        engine_ = std::make_unique<test::FakeEngine>();
        gateway_ = std::make_unique<gateway::Gateway>(
            *engine_, gateway::GatewayOptions{.httpPort = 0, .wsPort = 0});
        const auto bound = gateway_->start();
        QVERIFY(bound.has_value());
        bound_ = *bound;
        QVERIFY(bound_.httpPort != 0 && bound_.wsPort != 0 && bound_.httpPort != bound_.wsPort);
    }
    void cleanup() {
        network_.clearConnectionCache();
        gateway_.reset();
        engine_.reset();
    }

    // --- orders

    void executeAnswersAfterTheEngine() {
        const Answer answer = sell("0.1", R"(,"slippageBps":75,"side":"sell","type":"market")");
        QCOMPARE(answer.status, 201);
        QCOMPARE(answer.json["status"].toString(), "pending");
        QCOMPARE(answer.json["tokenIn"].toString(), "SOL");
        QCOMPARE(answer.json["tokenOut"].toString(), "USDC");
        QCOMPARE(answer.json["amountIn"].toString(), "0.1");
        QCOMPARE(answer.json["amountInRaw"].toString(), "100000000");
        QCOMPARE(answer.json["slippageBps"].toInt(), 75);
        QVERIFY(answer.json["txHash"].isNull());
        const auto submitted = engine_->submitted();
        QCOMPARE(submitted.size(), std::size_t{1});
        QCOMPARE(submitted[0].amountIn.value(), std::string("0.1"));
        QCOMPARE(submitted[0].slippageBps, std::int64_t{75});
    }

    void amountsReachTheEngineAsTheyWereWritten_data() {
        QTest::addColumn<QByteArray>("literal");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("number") << QByteArray("0.1") << QByteArray("0.1");
        QTest::newRow("string") << QByteArray("\"0.1\"") << QByteArray("0.1");
        QTest::newRow("2^64-1") << QByteArray("18446744073709551615")
                                << QByteArray("18446744073709551615");
        QTest::newRow("2^64-1 base units")
            << QByteArray("18446744073.709551615") << QByteArray("18446744073.709551615");
    }
    void amountsReachTheEngineAsTheyWereWritten() {
        QFETCH(QByteArray, literal);
        QFETCH(QByteArray, text);
        sell(literal);
        QCOMPARE(QByteArray::fromStdString(engine_->submitted().at(0).amountIn.value()), text);
    }

    void rawAmounts() {
        const Answer answer =
            post("/api/orders/execute",
                 R"({"tokenIn":"SOL","tokenOut":"USDC","amountInRaw":"1234567891"})");
        QCOMPARE(answer.status, 201);
        QCOMPARE(answer.json["amountIn"].toString(), "1.234567891");
        QCOMPARE(answer.json["amountInRaw"].toString(), "1234567891");
    }

    void orderRunsToItsEnd() {
        const Answer placed = sell("10");
        engine_->advanceToEnd(idOf(placed));
        const Answer order = get("/api/orders/" + placed.json["orderId"].toString());
        QCOMPARE(order.status, 200);
        QCOMPARE(order.json["status"].toString(), "confirmed");
        QVERIFY(domain::signatureFromBase58(order.json["txHash"].toString().toStdString()));
        QVERIFY(order.json["error"].isNull());
        const QJsonArray events = order.json["events"].toArray();
        QCOMPARE(events.size(), 5);
        QCOMPARE(events[0].toObject()["status"].toString(), "pending");
        QCOMPARE(events[4].toObject()["status"].toString(), "confirmed");
        QCOMPARE(events[4].toObject()["sequence"].toInt(), 5);
        const QJsonArray fills = order.json["fills"].toArray();
        QCOMPARE(fills.size(), 1);
        const QJsonObject fill = fills[0].toObject();
        QCOMPARE(fill["amountIn"].toString(), "10");
        QCOMPARE(fill["amountOut"], order.json["amountOut"]);
        // 10 SOL in, six decimals out: the price is a tenth of the amount, to nine digits.
        const qulonglong outRaw = order.json["amountOutRaw"].toString().toULongLong();
        QVERIFY(outRaw > 1'400'000'000 && outRaw < 1'600'000'000);
        QVERIFY(closeTo(order.json["executedPrice"], static_cast<double>(outRaw) / 1e7));
        const Answer list = get("/api/fills?limit=5");
        QCOMPARE(list.json["fills"].toArray(), fills);
    }

    void aReceiptAddsUp() {
        const Answer placed = sell("10");
        const QString path = "/api/orders/" + placed.json["orderId"].toString();
        QVERIFY(get(path).json["receipt"].isNull());
        QCOMPARE(get(path + "/receipt").status, 404);
        engine_->advanceToEnd(idOf(placed));
        const Answer order = get(path);
        const QJsonObject receipt = order.json["receipt"].toObject();
        const auto raw = [](const QJsonValue& value) { return value.toString().toLongLong(); };
        const QJsonObject parts = receipt["parts"].toObject();
        QCOMPARE(parts.size(), 7);
        qlonglong sum = 0;
        for (const QJsonValue& part : parts) {
            sum += raw(part.toObject()["amountRaw"]);
        }
        QCOMPARE(raw(receipt["shortfall"].toObject()["amountRaw"]), sum);
        QCOMPARE(raw(receipt["decisionOutRaw"]) - sum,
                 raw(receipt["amountOutRaw"]) - raw(parts["network"].toObject()["amountRaw"]));
        QVERIFY(raw(parts["lpFees"].toObject()["amountRaw"]) > 0);
        QCOMPARE(receipt["amountOut"], order.json["amountOut"]);
        QCOMPARE(receipt["amountIn"].toString(), "10");
        QCOMPARE(receipt["landingSlot"], order.json["slot"]);
        QVERIFY(receipt["counterfactuals"].isNull());
        QVERIFY(receipt["markouts"].toArray().isEmpty());
        // The path has one method, as every other.
        QCOMPARE(post(path + "/receipt", "{}").status, 405);
    }

    void aReceiptIsExactAndSigned() {
        const Answer placed = sell("10");
        const QString path = "/api/orders/" + placed.json["orderId"].toString();
        engine_->advanceToEnd(idOf(placed));
        engine_->changeReceipt(idOf(placed), [](domain::Receipt& receipt) {
            receipt.decisionOutRaw = 18'446'744'073'709'551'615U;
            receipt.parts.delayRaw = -base::i128{18'446'744'073'709'551'615U};
            receipt.amountOutRaw = 1'000'000;
            receipt.counterfactuals = domain::Counterfactuals{1'500'000, {}, 2'000'000};
            receipt.markouts = {{1, 900'000, 1'204}};
        });
        const QJsonObject receipt = get(path).json["receipt"].toObject();
        QCOMPARE(receipt["decisionOutRaw"].toString(), "18446744073709551615");
        QCOMPARE(receipt["decisionOut"].toString(), "18446744073709.551615");
        const QJsonObject delay = receipt["parts"].toObject()["delay"].toObject();
        QCOMPARE(delay["amountRaw"].toString(), "-18446744073709551615");
        QCOMPARE(delay["amount"].toString(), "-18446744073709.551615");
        QCOMPARE(delay["bps"].toDouble(), -10'000.0);
        const QJsonObject others = receipt["counterfactuals"].toObject();
        QCOMPARE(others["bestRaydium"].toObject()["amountOutRaw"].toString(), "1500000");
        QCOMPARE(others["fullRoute"].toObject()["difference"].toObject()["amountRaw"].toString(),
                 "1000000");
        QVERIFY(others["bestMeteora"].isNull());
        const QJsonObject markout = receipt["markouts"].toArray().at(0).toObject();
        QCOMPARE(markout["seconds"].toInt(), 1);
        QCOMPARE(markout["takenAfterMillis"].toInt(), 1'204);
        QCOMPARE(markout["midOutRaw"].toString(), "900000");
        QCOMPARE(markout["difference"].toObject()["amount"].toString(), "-0.1");
        const QByteArray text = getText(path + "/receipt");
        QVERIFY2(text.startsWith("Receipt of order " + placed.json["orderId"].toString().toUtf8()),
                 text);
        for (const char* part : {"-18446744073709.551615", "Best Raydium pool", "Full route",
                                 "After 1 s", "Shortfall"}) {
            QVERIFY2(text.contains(part), text);
        }
    }

    void failedOrdersSayWhy() {
        const Answer placed = sell("1");
        engine_->failOrder(idOf(placed), {domain::FailureReason::slippageExceeded,
                                          domain::Program::raydiumCpmm, 6005});
        const Answer order = get("/api/orders/" + placed.json["orderId"].toString());
        QCOMPARE(order.json["status"].toString(), "failed");
        const QJsonObject error = order.json["error"].toObject();
        QCOMPARE(error["code"].toString(), "slippageExceeded");
        QCOMPARE(error["program"].toString(), "raydium-cpmm");
        QCOMPARE(error["programError"].toInt(), 6005);
        QVERIFY(error["message"].toString().contains("slippage"));
    }

    void listing() {
        QStringList ids;
        for (int i = 0; i < 5; ++i) {
            ids.prepend(sell("1").json["orderId"].toString());
        }
        engine_->advanceToEnd(domain::orderIdFromString(ids.last().toStdString()).value());
        const auto listed = [&](const QString& query) {
            QStringList found;
            const Answer answer = get("/api/orders" + query);
            for (const QJsonValue& order : answer.json["orders"].toArray()) {
                found.append(order.toObject()["orderId"].toString());
            }
            return found;
        };
        QCOMPARE(listed(""), ids);
        QCOMPARE(listed("?limit=2"), ids.mid(0, 2));
        QCOMPARE(listed("?before=" + ids[1] + "&limit=2"), ids.mid(2, 2));
        QCOMPARE(listed("?status=pending"), ids.mid(0, 4));
        QCOMPARE(listed("?status=confirmed"), ids.mid(4));
    }

    void badParameters_data() {
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("field");
        QTest::newRow("status") << "/api/orders?status=open"
                                << "status";
        QTest::newRow("before") << "/api/orders?before=7"
                                << "before";
        QTest::newRow("limit 0") << "/api/orders?limit=0"
                                 << "limit";
        QTest::newRow("limit 1001") << "/api/orders?limit=1001"
                                    << "limit";
        QTest::newRow("limit +5") << "/api/orders?limit=%2B5"
                                  << "limit";
        QTest::newRow("unknown") << "/api/orders?sort=asc"
                                 << "sort";
        QTest::newRow("twice") << "/api/orders?limit=1&limit=2"
                               << "limit";
        QTest::newRow("fills") << "/api/fills?limit=x"
                               << "limit";
        QTest::newRow("wallet") << "/api/wallet?token=SOL"
                                << "token";
        QTest::newRow("book, unknown") << "/api/book?base=NOPE&quote=USDC"
                                       << "base";
        QTest::newRow("book, missing") << "/api/book?base=SOL"
                                       << "quote";
        QTest::newRow("quote, missing token") << "/api/quotes?tokenOut=USDC&amountIn=1"
                                              << "tokenIn";
        QTest::newRow("quote, unknown token") << "/api/quotes?tokenIn=SOL&tokenOut=NOPE&amountIn=1"
                                              << "tokenOut";
        QTest::newRow("quote, missing amount") << "/api/quotes?tokenIn=SOL&tokenOut=USDC"
                                               << "amountIn";
        QTest::newRow("quote, zero") << "/api/quotes?tokenIn=SOL&tokenOut=USDC&amountIn=0"
                                     << "amountIn";
        QTest::newRow("quote, decimals")
            << "/api/quotes?tokenIn=SOL&tokenOut=USDC&amountIn=0.1234567891"
            << "amountIn";
        QTest::newRow("quote, raw") << "/api/quotes?tokenIn=SOL&tokenOut=USDC&amountInRaw=1.5"
                                    << "amountInRaw";
        QTest::newRow("quote, slippage")
            << "/api/quotes?tokenIn=SOL&tokenOut=USDC&amountIn=1&slippageBps=10001"
            << "slippageBps";
    }
    void badParameters() {
        QFETCH(QString, target);
        QFETCH(QString, field);
        const Answer answer = get(target);
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.error()["field"].toString(), field);
        QVERIFY(!answer.error()["code"].toString().isEmpty());
        QVERIFY(!answer.error()["message"].toString().isEmpty());
    }

    void refusedOrdersChangeNothing_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("field");
        QTest::newRow("typo") << QByteArray(R"({"tokenIn":"SOL","tokenOut":"USDC","amuont":1})")
                              << 400 << "amuont";
        QTest::newRow("sameToken")
            << QByteArray(R"({"tokenIn":"SOL","tokenOut":"sol","amountIn":1})") << 400
            << "tokenOut";
        QTest::newRow("both amounts")
            << QByteArray(R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":1,"amountInRaw":"1"})")
            << 400 << "amountIn";
        QTest::newRow("exponent") << QByteArray(
                                         R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":1e2})")
                                  << 400 << "amountIn";
        QTest::newRow("negative") << QByteArray(
                                         R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":-1})")
                                  << 400 << "amountIn";
        QTest::newRow("too large")
            << QByteArray(R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":18446744073.709551616})")
            << 400 << "amountIn";
        QTest::newRow("balance") << QByteArray(
                                        R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":1000000})")
                                 << 422 << "amountIn";
        QTest::newRow("long key")
            << QByteArray(R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":1,"idempotencyKey":")") +
                   QByteArray(129, 'k') + "\"}"
            << 400 << "idempotencyKey";
    }
    void refusedOrdersChangeNothing() {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QString, field);
        const QJsonObject before = get("/api/wallet").json;
        const Answer answer = post("/api/orders/execute", body);
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.error()["field"].toString(), field);
        QCOMPARE(get("/api/wallet").json, before);
        QVERIFY(get("/api/orders").json["orders"].toArray().isEmpty());
    }

    void idempotency() {
        const QByteArray body = R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":1})";
        const Answer first = post("/api/orders/execute", body, "key-1");
        const Answer again = post("/api/orders/execute", body, "key-1");
        QCOMPARE(first.status, 201);
        QCOMPARE(again.status, 200);
        QCOMPARE(again.json["orderId"], first.json["orderId"]);
        QCOMPARE(again.json["idempotencyKey"].toString(), "key-1");
        const Answer other = post("/api/orders/execute",
                                  R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":2})", "key-1");
        QCOMPARE(other.status, 409);
        QCOMPARE(other.error()["code"].toString(), "idempotencyConflict");
        QCOMPARE(get("/api/orders").json["orders"].toArray().size(), 1);
    }

    void refusalsHaveTheirStatus_data() {
        using Reason = execution::RefusalReason;
        QTest::addColumn<int>("reason");
        QTest::addColumn<int>("status");
        const auto row = [](Reason reason, int status) {
            QTest::newRow(nameOf(reason).data()) << static_cast<int>(reason) << status;
        };
        row(Reason::noPool, 422);
        row(Reason::insufficientSolForFees, 422);
        row(Reason::orderTooLarge, 422);
        row(Reason::tooManyOrders, 429);
        row(Reason::tooManyOpenOrders, 429);
        row(Reason::tooFast, 429);
        row(Reason::busy, 503);
        row(Reason::storageFailed, 503);
        row(Reason::shuttingDown, 503);
    }
    void refusalsHaveTheirStatus() {
        QFETCH(int, reason);
        QFETCH(int, status);
        const auto value = static_cast<execution::RefusalReason>(reason);
        engine_->refuseWith(refusal(value));
        const Answer answer = sell("1");
        QCOMPARE(answer.status, status);
        QCOMPARE(answer.error()["code"].toString().toStdString(), std::string(nameOf(value)));
        QVERIFY(answer.error()["field"].isNull());
    }

    void whenToTryAgain() {
        const auto retryAfter = [&](const execution::Refusal& refusal) {
            engine_->refuseWith(refusal);
            const QByteArray body = R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":"1"})";
            return test::exchange(bound_.httpPort,
                                  test::postRequest(bound_.httpPort, "/api/orders/execute", body))
                .header("retry-after");
        };
        execution::Refusal busy = refusal(execution::RefusalReason::busy);
        busy.limit = "10000";
        QCOMPARE(retryAfter(busy), QByteArray("1"));
        QVERIFY(sell("1").error()["message"].toString().contains("10000"));
        execution::Refusal tooFast = refusal(execution::RefusalReason::tooFast);
        tooFast.retryAfterSeconds = 17;
        QCOMPARE(retryAfter(tooFast), QByteArray("17"));
        QCOMPARE(retryAfter(refusal(execution::RefusalReason::noPool)), QByteArray());
    }

    void storeErrorsHaveTheirStatus() {
        const QString id = sell("1").json["orderId"].toString();
        engine_->failStoreWith(execution::StoreError::unavailable);
        for (const QString& target :
             {QStringLiteral("/api/orders"), "/api/orders/" + id, QStringLiteral("/api/fills")}) {
            QCOMPARE(get(target).status, 503);
        }
        QCOMPARE(post("/api/orders/" + id + "/cancel", "").status, 503);
        QCOMPARE(post("/api/wallet/reset", "").status, 503);
        engine_->failStoreWith(std::nullopt);
        QCOMPARE(get("/api/orders").status, 200);
    }

    void cancelling() {
        const Answer placed = sell("1");
        const QString target = "/api/orders/" + placed.json["orderId"].toString() + "/cancel";
        QCOMPARE(post(target, R"({"force":true})").status, 400);
        const Answer cancelled = post(target, "");
        QCOMPARE(cancelled.status, 200);
        QCOMPARE(cancelled.json["status"].toString(), "cancelled");
        const Answer again = post(target, "{}");
        QCOMPARE(again.status, 409);
        QCOMPARE(again.error()["code"].toString(), "tooLate");
        QCOMPARE(post("/api/orders/00000000000000000000000001/cancel", "").status, 404);
    }

    void deadLetters() {
        const QString id = sell("1").json["orderId"].toString();
        const QString other = sell("2").json["orderId"].toString();
        const QString retry = "/api/dead-letters/" + id + "/retry";
        QVERIFY(get("/api/dead-letters").json["deadLetters"].toArray().isEmpty());
        QCOMPARE(post(retry, "").status, 409);
        engine_->park(*domain::orderIdFromString(id.toStdString()));
        QCOMPARE(get("/api/health").json["deadLetters"].toInt(), 1);
        const QJsonArray letters = get("/api/dead-letters").json["deadLetters"].toArray();
        QCOMPARE(letters.size(), 1);
        QCOMPARE(letters[0]["order"]["orderId"].toString(), id);
        QCOMPARE(letters[0]["failures"].toInt(), 5);
        QVERIFY(letters[0]["parkedAt"].toString().endsWith('Z'));
        QCOMPARE(get("/api/dead-letters?limit=1").status, 400);
        QCOMPARE(get(retry).status, 405);
        QCOMPARE(post(retry, R"({"force":true})").status, 400);
        const Answer retried = post(retry, "{}");
        QCOMPARE(retried.status, 200);
        QCOMPARE(retried.json["orderId"].toString(), id);
        QCOMPARE(post(retry, "").error()["code"].toString(), "notParked");
        QCOMPARE(post("/api/dead-letters/" + other + "/retry", "").status, 409);
        for (const QString target :
             {"/api/dead-letters/00000000000000000000000001/retry", "/api/dead-letters/retry",
              "/api/dead-letters//retry", "/api/dead-letters/nonsense/retry"}) {
            QCOMPARE(post(target, "").status, 404);
        }
    }

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
