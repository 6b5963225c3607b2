// Meteora DLMM against what the on-chain program did.

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

constexpr int kVectors = 1'061;
const QString kProgram = "meteora-dlmm";

}  // namespace

class DlmmTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void vectors();
    void feesOfVectors();
    void encodingADumpChangesNothing();

  private:
    static QString mainnet(const QString& pool) {
        return QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet/") + kProgram + '/' + pool;
    }
};

void DlmmTest::initTestCase() {
    if (!vectorsAvailable(kProgram)) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
}

// Amounts, failures, the state after every swap and at the end of every sequence.
void DlmmTest::vectors() {
    VectorOptions options;
    options.program = kProgram;
    options.finalOf = market::poolStateOf;
    options.afterOf = market::poolStateOf;
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps", report.passed, report.swaps);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, kVectors);
}

// How the program split the fee, of every single swap that went through.
void DlmmTest::feesOfVectors() {
    QFile file(QStringLiteral(OEE_SOURCE_DIR "/../shared/vectors/meteora-dlmm.jsonl"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    std::map<QString, amm::Pool> pools;
    int compared = 0;
    while (!file.atEnd()) {
        const QJsonObject vector = QJsonDocument::fromJson(file.readLine()).object();
        const QJsonObject fees = vector["result"].toObject()["fees"].toObject();
        if (fees.isEmpty()) {
            continue;
        }
        const QString name = vector["pool"].toString();
        if (!pools.contains(name)) {
            const auto dump = market::readPoolDump(mainnet(name));
            QVERIFY(dump.has_value());
            pools.emplace(name, amm::decodePool(dump->pool, dump->accounts).value());
        }
        const amm::Pool& pool = pools.at(name);
        amm::SwapRequest request;
        request.mode =
            vector["mode"] == "exactIn" ? amm::SwapMode::exactIn : amm::SwapMode::exactOut;
        request.direction = *pool.directionFrom(
            *domain::pubkeyFromBase58(vector["inputMint"].toString().toStdString()));
        request.amountRaw = u64Of(vector["amount"]);
        const QJsonObject clock = vector["clock"].toObject();
        const auto result = amm::quote(pool, request,
                                       {.slot = u64Of(clock["slot"]),
                                        .unixTimestamp = clock["unixTimestamp"].toInteger(),
                                        .epoch = u64Of(clock["epoch"])});
        QVERIFY(result.has_value());
        QCOMPARE(result->protocolFeeRaw, u64Of(fees["protocol"]));
        QCOMPARE(result->feeRaw - result->protocolFeeRaw,
                 u64Of(fees["marketMaker"]) + u64Of(fees["limitOrder"]));
        QCOMPARE(result->feeSide == amm::FeeSide::input, fees["onInput"].toBool());
        ++compared;
    }
    QVERIFY(compared > 700);
}

void DlmmTest::encodingADumpChangesNothing() {
    const auto dumps =
        market::readPoolDumps(QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet/") + kProgram);
    QVERIFY(dumps.has_value());
    QVERIFY(dumps->size() >= 16);
    for (const market::PoolDump& dump : *dumps) {
        const auto pool = amm::decodePool(dump.pool, dump.accounts);
        QVERIFY(pool.has_value());
        amm::AccountSet accounts = dump.accounts;
        QVERIFY(amm::encodePool(*pool, accounts).empty());
        QVERIFY(accounts == dump.accounts);
    }
}

QTEST_GUILESS_MAIN(DlmmTest)
#include "dlmm_test.moc"
