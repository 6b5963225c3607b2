// Raydium CLMM against what the on-chain program did.

#include <QTest>

#include "amm/pool.h"
#include "market/account_files.h"
#include "market/clmm_state.h"
#include "support/vectors.h"

using namespace oee;
using namespace oee::test;

namespace {

constexpr int kVectors = 1'823;
const QString kProgram = "raydium-clmm";

}  // namespace

class RaydiumClmmTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void vectors();
    void errorsAreTheProgramsOwn();
    void encodingADumpChangesNothing();
};

void RaydiumClmmTest::initTestCase() {
    if (!vectorsAvailable(kProgram)) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
}

// Amounts, failures and the state at the end of every sequence; the vaults' very bytes.
void RaydiumClmmTest::vectors() {
    VectorOptions options;
    options.program = kProgram;
    options.finalOf = market::clmmFinalOf;
    options.hashed = [](const amm::Pool& pool) {
        const auto& vaults = std::get<amm::raydium::ClmmPool>(pool.state).vaults;
        return std::vector<domain::Pubkey>(vaults.begin(), vaults.end());
    };
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps, %d hashes", report.passed, report.swaps, report.hashesCompared);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, kVectors);
    QVERIFY(report.hashesCompared > 40);
}

// The failures that our kinds of error can tell apart.
void RaydiumClmmTest::errorsAreTheProgramsOwn() {
    VectorOptions options;
    options.program = kProgram;
    options.compareErrorNames = true;
    options.wanted = [](const QJsonObject& vector) {
        const QString error = vector["result"]["error"].toString();
        return !error.isEmpty() && error != "TooMuchInputPaid" && error != "MaxTokenOverflow";
    };
    const VectorReport report = judgeVectors(options);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QVERIFY(report.passed > 500);
}

void RaydiumClmmTest::encodingADumpChangesNothing() {
    const auto dumps =
        market::readPoolDumps(QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet/") + kProgram);
    QVERIFY(dumps.has_value());
    QVERIFY(dumps->size() >= 20);
    for (const market::PoolDump& dump : *dumps) {
        const auto pool = amm::decodePool(dump.pool, dump.accounts);
        QVERIFY(pool.has_value());
        amm::AccountSet accounts = dump.accounts;
        QVERIFY(amm::encodePool(*pool, accounts).empty());
        QVERIFY(accounts == dump.accounts);
    }
}

QTEST_GUILESS_MAIN(RaydiumClmmTest)
#include "raydium_clmm_test.moc"
