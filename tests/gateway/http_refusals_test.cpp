// Requests and orders that are refused, and how the answers say so.

#include <QJsonArray>
#include <QTest>

#include "gateway/http_fixture.h"

using namespace oee;
using test::Answer;

namespace {

execution::Refusal refusal(execution::RefusalReason reason) {
    return {reason, execution::Field::none, "1", "2"};
}

}  // namespace

class HttpRefusalsTest : public test::HttpFixture {
    Q_OBJECT

  private slots:
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
};

QTEST_GUILESS_MAIN(HttpRefusalsTest)
#include "http_refusals_test.moc"
