// Meteora DAMM v1 against what the on-chain program did.

#include <map>

#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include "amm/pool.h"
#include "market/account_files.h"
#include "market/pool_state.h"
#include "support/vectors.h"

using namespace oee;
using namespace oee::test;

namespace {

constexpr int kVectors = 386;
const QString kProgram = "meteora-damm-v1";

QString shared(const QString& path) {
    return QStringLiteral(OEE_SOURCE_DIR "/../shared/") + path;
}

amm::SwapRequest requestOf(const QJsonObject& vector, const amm::Pool& pool) {
    amm::SwapRequest request;
    request.direction = *pool.directionFrom(
        *domain::pubkeyFromBase58(vector["inputMint"].toString().toStdString()));
    request.amountRaw = u64Of(vector["amount"]);
    if (vector.contains("minAmountOut")) {
        request.slippageLimitRaw = u64Of(vector["minAmountOut"]);
    }
    return request;
}

}  // namespace

class DammV1Test : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void vectors();
    void feesAndFailuresOfVectors();
    void encodingADumpChangesNothing();
};

void DammV1Test::initTestCase() {
    if (!vectorsAvailable(kProgram)) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
}

// Amounts, failures, the state after every swap and at the end of every sequence.
void DammV1Test::vectors() {
    VectorOptions options;
    options.program = kProgram;
    options.finalOf = market::poolStateOf;
    options.afterOf = market::poolStateOf;
    options.limitTrader = false;
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps", report.passed, report.swaps);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, kVectors);
}

// What the protocol took of every single swap that went through, and which way the others failed.
void DammV1Test::feesAndFailuresOfVectors() {
    QFile file(shared("vectors/meteora-damm-v1.jsonl"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    std::map<QString, amm::Pool> pools;
    int fees = 0;
    int failures = 0;
    while (!file.atEnd()) {
        const QJsonObject vector = QJsonDocument::fromJson(file.readLine()).object();
        if (!vector.contains("result")) {
            continue;
        }
        const QString name = vector["pool"].toString();
        if (!pools.contains(name)) {
            const auto dump = market::readPoolDump(shared("mainnet/" + kProgram + '/' + name));
            QVERIFY(dump.has_value());
            pools.emplace(name, amm::decodePool(dump->pool, dump->accounts).value());
        }
        const amm::Pool& pool = pools.at(name);
        const QJsonObject clock = vector["clock"].toObject();
        const auto got = amm::quote(pool, requestOf(vector, pool),
                                    {.slot = u64Of(clock["slot"]),
                                     .unixTimestamp = clock["unixTimestamp"].toInteger(),
                                     .epoch = u64Of(clock["epoch"])});
        const QJsonObject want = vector["result"].toObject();
        const QString id = vector["id"].toString();
        if (!want.contains("error")) {
            QVERIFY2(got.has_value(), qPrintable(id));
            QCOMPARE(got->protocolFeeRaw, u64Of(want["fees"].toObject()["protocol"]));
            ++fees;
            continue;
        }
        QVERIFY2(!got, qPrintable(id));
        QCOMPARE(QString::fromStdString(std::string(amm::nameOf(got.error()))),
                 want["error"].toString());
        const auto program = amm::programErrorOf(pool.program, got.error());
        QVERIFY(program.has_value());
        // The pool's own codes; the vault's refusal of 0 tokens shares a kind with the pool's.
        QVERIFY2(program->code == u64Of(want["code"]) ||
                     want["programError"] == "AmountMustGreaterThanZero",
                 qPrintable(id));
        ++failures;
    }
    QCOMPARE(fees, 301);
    QCOMPARE(failures, 62);
}

void DammV1Test::encodingADumpChangesNothing() {
    const auto dumps = market::readPoolDumps(shared("mainnet/" + kProgram));
    QVERIFY(dumps.has_value());
    QVERIFY(dumps->size() >= 10);
    for (const market::PoolDump& dump : *dumps) {
        const auto pool = amm::decodePool(dump.pool, dump.accounts);
        QVERIFY(pool.has_value());
        amm::AccountSet accounts = dump.accounts;
        QVERIFY(amm::encodePool(*pool, accounts).empty());
        QVERIFY(accounts == dump.accounts);
    }
}

QTEST_GUILESS_MAIN(DammV1Test)
#include "damm_v1_test.moc"
