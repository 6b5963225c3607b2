// The endpoints of orders: placed, followed, listed, cancelled, parked.

#include <QJsonArray>
#include <QTest>

#include "gateway/http_fixture.h"

using namespace oee;
using test::Answer;
using test::closeTo;

class HttpOrdersTest : public test::HttpFixture {
    Q_OBJECT

  private slots:
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
};

QTEST_GUILESS_MAIN(HttpOrdersTest)
#include "http_orders_test.moc"
