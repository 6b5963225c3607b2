#include "gateway/order_request_json.h"

#include <QTest>

using namespace oee;
using gateway::parseOrderRequest;

namespace {

constexpr const char* kPair = R"("tokenIn":"SOL","tokenOut":"USDC")";

QByteArray order(const QByteArray& fields) {
    return QByteArray("{") + kPair + (fields.isEmpty() ? "" : ",") + fields + "}";
}

}  // namespace

class OrderRequestJsonTest : public QObject {
    Q_OBJECT

  private slots:
    void amountsKeepTheirText_data() {
        QTest::addColumn<QByteArray>("literal");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("decimal number") << QByteArray("0.1") << QByteArray("0.1");
        QTest::newRow("decimal string") << QByteArray("\"0.1\"") << QByteArray("0.1");
        QTest::newRow("trailing zeros") << QByteArray("0.10") << QByteArray("0.10");
        QTest::newRow("whole") << QByteArray("10") << QByteArray("10");
        QTest::newRow("2^64 - 1") << QByteArray("18446744073709551615")
                                  << QByteArray("18446744073709551615");
        QTest::newRow("2^64") << QByteArray("18446744073709551616")
                              << QByteArray("18446744073709551616");
        QTest::newRow("beyond a double's digits")
            << QByteArray("18446744073.709551615") << QByteArray("18446744073.709551615");
        QTest::newRow("2^53 + 1") << QByteArray("9007199254740993")
                                  << QByteArray("9007199254740993");
        QTest::newRow("exponent, as it is") << QByteArray("1e2") << QByteArray("1e2");
        QTest::newRow("negative") << QByteArray("-5") << QByteArray("-5");
    }
    void amountsKeepTheirText() {
        QFETCH(QByteArray, literal);
        QFETCH(QByteArray, text);
        for (const QByteArray name : {"amountIn", "amount"}) {
            const auto request = parseOrderRequest(order("\"" + name + "\":" + literal), {});
            QVERIFY(request.has_value());
            QCOMPARE(QByteArray::fromStdString(request->amountIn.value()), text);
            QVERIFY(!request->amountInRaw);
        }
    }

    void routesAreRead() {
        const auto request = parseOrderRequest(
            order(R"("amountOut":"2.5","routing":"split","venue":"meteora","maxHops":"2",)"
                  R"("maxLegs":4,"excludedPools":["one","two"])"),
            {});
        QVERIFY(request.has_value());
        QCOMPARE(*request->amountOut, std::string("2.5"));
        QVERIFY(!request->amountIn && !request->amountOutRaw);
        QCOMPARE(*request->route.scope, std::string("split"));
        QCOMPARE(*request->route.venue, std::string("meteora"));
        QCOMPARE(*request->route.maxHops, std::int64_t{2});
        QCOMPARE(*request->route.maxLegs, std::int64_t{4});
        QVERIFY(request->route.excludedPools == (std::vector<std::string>{"one", "two"}));
        const auto query =
            gateway::fieldsOf(QUrlQuery(QStringLiteral("tokenIn=SOL&tokenOut=USDC&amountOutRaw=7&"
                                                       "excludedPools=one,%20two")));
        const auto quote = gateway::parseQuoteQuery(*query);
        QVERIFY(quote.has_value());
        QCOMPARE(*quote->amountOutRaw, std::string("7"));
        QVERIFY(quote->route.excludedPools == (std::vector<std::string>{"one", "two"}));
    }

    void routesThatMeanNothing_data() {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("field");
        QTest::newRow("scope") << QByteArray(R"("routing":7)") << QByteArray("routing");
        QTest::newRow("hops") << QByteArray(R"("maxHops":"two")") << QByteArray("maxHops");
        QTest::newRow("legs") << QByteArray(R"("maxLegs":1.5)") << QByteArray("maxLegs");
        QTest::newRow("raw number")
            << QByteArray(R"("amountOutRaw":7)") << QByteArray("amountOutRaw");
        QTest::newRow("pools") << QByteArray(R"("excludedPools":7)") << QByteArray("excludedPools");
    }
    void routesThatMeanNothing() {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, field);
        const auto request = parseOrderRequest(order(fields), {});
        QVERIFY(!request.has_value());
        QCOMPARE(QByteArray::fromStdString(request.error().field), field);
    }

    void slippage_data() {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<qint64>("bps");
        QTest::newRow("default") << QByteArray() << qint64{50};
        QTest::newRow("bps") << QByteArray("\"slippageBps\":75") << qint64{75};
        QTest::newRow("bps string") << QByteArray("\"slippageBps\":\"75\"") << qint64{75};
        QTest::newRow("percent") << QByteArray("\"slippage\":0.5") << qint64{50};
        QTest::newRow("percent string") << QByteArray("\"slippage\":\"1.25\"") << qint64{125};
        QTest::newRow("all") << QByteArray("\"slippage\":100") << qint64{10'000};
        QTest::newRow("null is absent") << QByteArray("\"slippageBps\":null") << qint64{50};
        // The range of bps is the engine's to judge: it names the field.
        QTest::newRow("negative bps") << QByteArray("\"slippageBps\":-1") << qint64{-1};
    }
    void slippage() {
        QFETCH(QByteArray, fields);
        QFETCH(qint64, bps);
        const auto request = parseOrderRequest(order(fields), {});
        QVERIFY(request.has_value());
        QCOMPARE(request->slippageBps, bps);
    }

    void everyField() {
        const auto request = parseOrderRequest(
            order(R"("amountInRaw":"18446744073709551615","side":"buy","type":"market",)"
                  R"("idempotencyKey":"clé-1")"),
            {});
        QVERIFY(request.has_value());
        QCOMPARE(request->tokenIn, std::string("SOL"));
        QCOMPARE(request->tokenOut, std::string("USDC"));
        QCOMPARE(request->amountInRaw.value(), std::string("18446744073709551615"));
        QVERIFY(!request->amountIn);
        QVERIFY(request->side == domain::Side::buy);
        QCOMPARE(request->idempotencyKey, std::string("clé-1"));
    }

    void keyFromTheHeader() {
        const auto request = parseOrderRequest(order(""), QByteArray("abc"));
        QVERIFY(request.has_value());
        QCOMPARE(request->idempotencyKey, std::string("abc"));
        QVERIFY(parseOrderRequest(order(R"("idempotencyKey":"abc")"), QByteArray("abc")));
    }

    void refusals_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("field");
        const auto row = [](const char* name, const QByteArray& body, const char* code,
                            const char* field) {
            QTest::newRow(name) << body << QByteArray(code) << QByteArray(field);
        };
        row("empty", "", "malformedJson", "");
        row("not JSON", "tokenIn=SOL", "malformedJson", "");
        row("cut off", R"({"tokenIn":"SOL")", "malformedJson", "");
        row("more after it", order("") + "{}", "malformedJson", "");
        row("invalid UTF-8", "{\"tokenIn\":\"\xff\"}", "malformedJson", "");
        row("an array", "[]", "nested", "");
        row("a string", "\"SOL\"", "notAnObject", "");
        row("nested", order(R"("side":{"a":1})"), "nested", "side");
        row("deep", QByteArray(100'000, '['), "nested", "");
        row("typo", order(R"("amuontIn":1)"), "unknownField", "amuontIn");
        row("case", order(R"("AmountIn":1)"), "unknownField", "AmountIn");
        row("duplicate", R"({"tokenIn":"SOL","tokenIn":"USDC"})", "duplicateField", "tokenIn");
        row("both names", order(R"("amount":1,"amountIn":1)"), "duplicateField", "amount");
        row("both slippages", order(R"("slippage":1,"slippageBps":1)"), "duplicateField",
            "slippage");
        row("token a number", R"({"tokenIn":1})", "wrongType", "tokenIn");
        row("amount a boolean", order(R"("amountIn":true)"), "wrongType", "amountIn");
        row("raw a number", order(R"("amountInRaw":1)"), "wrongType", "amountInRaw");
        row("amount beyond doubles", order(R"("amountIn":1e999)"), "tooLarge", "amountIn");
        row("bps not whole", order(R"("slippageBps":0.5)"), "notANumber", "slippageBps");
        row("bps blank", order(R"("slippageBps":" 5")"), "notANumber", "slippageBps");
        row("bps plus", order(R"("slippageBps":"+5")"), "notANumber", "slippageBps");
        row("bps too big", order(R"("slippageBps":9223372036854775808)"), "outOfRange",
            "slippageBps");
        row("percent negative", order(R"("slippage":-1)"), "notANumber", "slippage");
        row("percent too fine", order(R"("slippage":0.001)"), "tooManyDecimals", "slippage");
        row("percent too big", order(R"("slippage":100.01)"), "outOfRange", "slippage");
        row("side", order(R"("side":"short")"), "unsupported", "side");
        row("type", order(R"("type":"limit")"), "unsupported", "type");
        row("orderType", order(R"("orderType":"sniper")"), "unsupported", "orderType");
        row("empty key", order(R"("idempotencyKey":"")"), "malformed", "idempotencyKey");
    }
    void refusals() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, field);
        const auto request = parseOrderRequest(body, {});
        QVERIFY(!request.has_value());
        QCOMPARE(QByteArray::fromStdString(request.error().code), code);
        QCOMPARE(QByteArray::fromStdString(request.error().field), field);
        QCOMPARE(static_cast<int>(request.error().status), 400);
        QVERIFY(!request.error().message.empty());
    }

    void keysMustAgree() {
        const auto request = parseOrderRequest(order(R"("idempotencyKey":"a")"), QByteArray("b"));
        QVERIFY(!request.has_value());
        QCOMPARE(request.error().field, std::string("idempotencyKey"));
        QVERIFY(!parseOrderRequest(order(""), QByteArray("")).has_value());
        QVERIFY(!parseOrderRequest(order(""), QByteArray("\xff")).has_value());
    }

    void tooManyFields() {
        QByteArray body = "{";
        for (int i = 0; i < 1'000; ++i) {
            body += "\"f" + QByteArray::number(i) + "\":1,";
        }
        body.back() = '}';
        const auto fields = gateway::FlatObject::parse(body);
        QVERIFY(!fields.has_value());
        QCOMPARE(fields.error().code, std::string("tooManyFields"));
    }

    void queriesFromQueryStrings() {
        const auto fields =
            gateway::fieldsOf(QUrlQuery("tokenIn=SOL&tokenOut=USDC&amountIn=0.1&slippage=0.25"));
        QVERIFY(fields.has_value());
        const auto query = gateway::parseQuoteQuery(*fields);
        QVERIFY(query.has_value());
        QCOMPARE(query->amountIn.value(), std::string("0.1"));
        QCOMPARE(query->slippageBps, std::int64_t{25});
        QVERIFY(!gateway::fieldsOf(QUrlQuery("a=1&a=2")).has_value());
        const auto unknown = gateway::fieldsOf(QUrlQuery("tokenIn=SOL&taker=me"));
        const auto refused = gateway::parseQuoteQuery(*unknown);
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().field, std::string("taker"));
    }
};

QTEST_GUILESS_MAIN(OrderRequestJsonTest)
#include "order_request_json_test.moc"
