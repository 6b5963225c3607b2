// Meteora DAMM v2 against what the on-chain program did.

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

constexpr int kVectors = 1'791;
const QString kProgram = "meteora-damm-v2";

QString shared(const QString& path) {
    return QStringLiteral(OEE_SOURCE_DIR "/../shared/") + path;
}

amm::SwapRequest requestOf(const QJsonObject& vector, const amm::Pool& pool) {
    amm::SwapRequest request;
    const QString mode = vector["mode"].toString();
    request.mode = mode == "exactIn"    ? amm::SwapMode::exactIn
                   : mode == "exactOut" ? amm::SwapMode::exactOut
                                        : amm::SwapMode::partialFill;
    request.direction = *pool.directionFrom(
        *domain::pubkeyFromBase58(vector["inputMint"].toString().toStdString()));
    request.amountRaw = u64Of(vector["amount"]);
    request.withReferral = vector["referral"].toBool();
    for (const char* const limit : {"minAmountOut", "maxAmountIn"}) {
        if (vector.contains(limit)) {
            request.slippageLimitRaw = u64Of(vector[limit]);
        }
    }
    return request;
}

}  // namespace

class DammV2Test : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void vectors();
    void feesAndFailuresOfVectors();
    void encodingADumpChangesNothing();
};

void DammV2Test::initTestCase() {
    if (!vectorsAvailable(kProgram)) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
}

// Amounts, failures, the state after every swap and at the end of every sequence.
void DammV2Test::vectors() {
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

// How the program split the fee of every single swap that went through, and which way the others
// failed.
void DammV2Test::feesAndFailuresOfVectors() {
    QFile file(shared("vectors/meteora-damm-v2.jsonl"));
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
        if (want.contains("error")) {
            QVERIFY(!got);
            const auto known = amm::nameOf(got.error());
            QVERIFY2(QString::fromStdString(std::string(known)) == want["error"].toString(),
                     qPrintable(vector["id"].toString()));
            ++failures;
            continue;
        }
        const QJsonObject split = want["fees"].toObject();
        QVERIFY(got.has_value());
        const quint64 protocol = u64Of(split["protocol"]) + u64Of(split["referral"]);
        QCOMPARE(got->protocolFeeRaw, protocol);
        QCOMPARE(got->feeRaw - got->protocolFeeRaw,
                 u64Of(split["claiming"]) + u64Of(split["compounding"]));
        ++fees;
    }
    QVERIFY(fees > 1'500);
    QVERIFY(failures > 200);
}

void DammV2Test::encodingADumpChangesNothing() {
    const auto dumps = market::readPoolDumps(shared("mainnet/" + kProgram));
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

QTEST_GUILESS_MAIN(DammV2Test)
#include "damm_v2_test.moc"
