#include "market/quote_batch.h"

#include <algorithm>
#include <optional>

#include <QTemporaryDir>
#include <QTest>

#include "amm/pool.h"
#include "dump_files.h"
#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

namespace {

constexpr amm::ChainClock kClock{.slot = 345'600'000, .unixTimestamp = 1'775'000'000, .epoch = 800};

struct DumpedPool {
    amm::Pool pool;
    QString program;
};

// The generated pools of the programs, as folders below `root`.
std::vector<DumpedPool> dumpGenerated(const QString& root) {
    GeneratedMarket market = generateAll(1);
    std::vector<DumpedPool> dumped;
    for (std::size_t i = 0; i < market.pools.size(); ++i) {
        const QString program =
            QString::fromStdString(std::string(domain::nameOf(market.pools[i].program)));
        if (!writeDump(root, {.folder = base58(market.pools[i].address),
                              .pool = market.pools[i].address,
                              .accounts = market.generated[i].accounts,
                              .clock = kClock,
                              .symbols = {},
                              .program = program})) {
            return {};
        }
        dumped.push_back({std::move(market.pools[i]), program});
    }
    return dumped;
}

QJsonObject swapOf(const amm::Pool& pool, const QString& amount) {
    return {{"mode", "exactIn"},
            {"inputMint", base58(pool.mints[0].mint)},
            {"outputMint", base58(pool.mints[1].mint)},
            {"amount", amount}};
}

QJsonObject requestOf(const amm::Pool& pool, const QString& amount) {
    QJsonObject request = swapOf(pool, amount);
    request["id"] = "one";
    request["pool"] = base58(pool.address);
    return request;
}

}  // namespace

class QuoteBatchTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void answersWhatTheEngineWould();
    void everyLineStartsFromTheDumps();
    void stepsFollowOneAnother();
    void aFailureSaysWhatAndWhy();
    void brokenLines_data();
    void brokenLines();
    void aBrokenDumpFailsOnlyItsOwnRequests();
    void aMissingFolderIsAnError();

  private:
    QJsonObject ask(const QJsonObject& request) const {
        return answerTo(QJsonDocument(request).toJson(QJsonDocument::Compact));
    }
    QJsonObject answerTo(const QByteArray& line) const {
        const QByteArray answer = batch_->answer(line);
        return answer.contains('\n') ? QJsonObject() : QJsonDocument::fromJson(answer).object();
    }
    const amm::Pool& poolOf(domain::Program program) const {
        return std::ranges::find(pools_, program,
                                 [](const DumpedPool& entry) { return entry.pool.program; })
            ->pool;
    }

    QTemporaryDir root_;
    std::vector<DumpedPool> pools_;
    std::optional<market::QuoteBatch> batch_;
};

void QuoteBatchTest::initTestCase() {
    pools_ = dumpGenerated(root_.path());
    QVERIFY(!pools_.empty());
    auto batch = market::QuoteBatch::open(root_.path());
    QVERIFY(batch.has_value());
    batch_ = std::move(*batch);
}

void QuoteBatchTest::answersWhatTheEngineWould() {
    for (const DumpedPool& entry : pools_) {
        const QJsonObject answer = ask(requestOf(entry.pool, "1000000"));
        const auto expected = amm::quote(entry.pool, {.amountRaw = 1'000'000}, kClock);
        QVERIFY(expected.has_value());
        QCOMPARE(answer["id"].toString(), QString("one"));
        const QJsonObject result = answer["result"].toObject();
        QCOMPARE(result["amountIn"].toString(), QString::number(expected->amountInRaw));
        QCOMPARE(result["amountOut"].toString(), QString::number(expected->amountOutRaw));
        QCOMPARE(answer.contains("after"),
                 domain::venueOf(entry.pool.program) == domain::Venue::meteora);
    }
}

void QuoteBatchTest::everyLineStartsFromTheDumps() {
    const QJsonObject request = requestOf(poolOf(domain::Program::raydiumCpmm), "5000000");
    QCOMPARE(ask(request), ask(request));
}

void QuoteBatchTest::stepsFollowOneAnother() {
    const amm::Pool& pool = poolOf(domain::Program::raydiumCpmm);
    const QJsonObject request{{"id", 7},
                              {"pool", base58(pool.address)},
                              {"sequence", QJsonArray{swapOf(pool, "5000000"), swapOf(pool, "0"),
                                                      swapOf(pool, "5000000")}}};
    const QJsonObject answer = ask(request);
    QCOMPARE(answer["id"].toInteger(), 7);
    const QJsonArray results = answer["results"].toArray();
    QCOMPARE(results.size(), 3);

    const amm::SwapRequest swap{.amountRaw = 5'000'000};
    const auto first = amm::apply(pool, swap, kClock);
    const auto second = amm::apply(*first->pool, swap, kClock);
    QVERIFY(second->result.amountOutRaw < first->result.amountOutRaw);
    QCOMPARE(results[0]["amountOut"].toString(), QString::number(first->result.amountOutRaw));
    QCOMPARE(results[1]["error"].toString(), QString("ZeroAmount"));
    QCOMPARE(results[2]["amountOut"].toString(), QString::number(second->result.amountOutRaw));

    const auto vaults = amm::vaultBalances(*second->pool);
    const auto& state = std::get<amm::raydium::CpmmPool>(pool.state);
    QCOMPARE(answer["final"]["vaults"][base58(state.vaults[0])].toString(),
             QString::number(vaults[0]));
}

void QuoteBatchTest::aFailureSaysWhatAndWhy() {
    QJsonObject request = requestOf(poolOf(domain::Program::raydiumAmmV4), "1000000");
    request["minAmountOut"] = "18446744073709551615";
    const QJsonObject result = ask(request)["result"].toObject();
    QCOMPARE(result["error"].toString(), QString("SlippageExceeded"));
    QVERIFY(result["message"].toString().contains("ExceededSlippage (30)"));
    QVERIFY(!result.contains("amountOut"));
}

void QuoteBatchTest::brokenLines_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("named");
    const auto row = [](const char* name, const char* field, const QJsonValue& value,
                        const char* kind, const char* named) {
        QTest::newRow(name) << QString(field) << value << QString(kind) << QString(named);
    };
    row("no pool", "pool", QJsonValue::Undefined, "BadRequest", "pool");
    row("pool of another world", "pool", "11111111111111111111111111111111", "UnknownPool", "");
    row("mode", "mode", "exact", "BadRequest", "mode");
    row("input mint", "inputMint", "nonsense", "BadRequest", "inputMint");
    row("foreign mint", "inputMint", "11111111111111111111111111111111", "BadRequest", "inputMint");
    row("output mint", "outputMint", "11111111111111111111111111111111", "BadRequest",
        "outputMint");
    row("no amount", "amount", QJsonValue::Undefined, "BadRequest", "amount");
    row("negative amount", "amount", "-1", "BadRequest", "amount");
    row("fraction", "amount", 1.5, "BadRequest", "amount");
    row("negative number", "amount", -3, "BadRequest", "amount");
    row("more than u64", "amount", "18446744073709551616", "BadRequest", "amount");
    row("limit", "minAmountOut", "many", "BadRequest", "minAmountOut");
    row("clock", "clock", QJsonObject{{"slot", 1}}, "BadRequest", "clock");
    row("time beyond all", "unixTimestamp", "9223372036854775808", "BadRequest", "unixTimestamp");
    row("price limit", "sqrtPriceLimitX64", "340282366920938463463374607431768211456", "BadRequest",
        "sqrtPriceLimitX64");
    row("sequence", "sequence", "one", "BadRequest", "sequence");
}

void QuoteBatchTest::brokenLines() {
    QFETCH(QString, field);
    QFETCH(QJsonValue, value);
    QFETCH(QString, kind);
    QFETCH(QString, named);
    QJsonObject request = requestOf(pools_.front().pool, "1000000");
    QVERIFY(!ask(request)["result"].toObject().contains("error"));
    if (value.isUndefined()) {
        request.remove(field);
    } else {
        request[field] = value;
    }
    const QJsonObject answer = ask(request);
    QCOMPARE(answer["id"].toString(), QString("one"));
    QCOMPARE(answer["result"]["error"].toString(), kind);
    QVERIFY2(answer["result"]["message"].toString().contains(named),
             qPrintable(answer["result"]["message"].toString()));

    const QJsonObject noJson = answerTo("{\"id\": \"two\", ");
    QCOMPARE(noJson["result"]["error"].toString(), QString("BadRequest"));
    QVERIFY(noJson["id"].isNull());
}

void QuoteBatchTest::aBrokenDumpFailsOnlyItsOwnRequests() {
    QTemporaryDir root;
    const std::vector<DumpedPool> pools = dumpGenerated(root.path());
    const QString broken = base58(pools[0].pool.address);
    QFile file(root.path() + '/' + broken + '/' + broken + ".json");
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{") == 1);
    file.close();
    const auto batch = market::QuoteBatch::open(root.path());
    QVERIFY(batch.has_value());
    const auto resultOf = [&](const amm::Pool& pool) {
        const QByteArray line = QJsonDocument(requestOf(pool, "1000000")).toJson();
        return QJsonDocument::fromJson(batch->answer(line))["result"].toObject();
    };
    QCOMPARE(resultOf(pools[0].pool)["error"].toString(), QString("UnreadablePool"));
    QVERIFY(resultOf(pools[0].pool)["message"].toString().contains(broken));
    QVERIFY(resultOf(pools[1].pool).contains("amountOut"));
}

void QuoteBatchTest::aMissingFolderIsAnError() {
    const auto batch = market::QuoteBatch::open(root_.filePath("nowhere"));
    QVERIFY(!batch.has_value());
    QVERIFY(batch.error().error == market::DumpError::folderUnreadable);
}

QTEST_GUILESS_MAIN(QuoteBatchTest)
#include "quote_batch_test.moc"
