// The real program in batch mode, judged by the judge that comes with the recorded swaps.

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {

const QString kShared = QStringLiteral(OEE_SOURCE_DIR "/../shared");
const QString kProgram = QStringLiteral(OEE_BINARY_DIR "/order-execution-engine");

}  // namespace

class BatchTest : public QObject {
    Q_OBJECT

  private slots:
    void vectors_data();
    void vectors();
    void aFolderThatIsNotThereEndsWithAnError();
};

void BatchTest::vectors_data() {
    QTest::addColumn<int>("count");
    QTest::newRow("raydium-amm-v4") << 930;
    QTest::newRow("raydium-cpmm") << 1'084;
    QTest::newRow("raydium-clmm") << 1'823;
    QTest::newRow("meteora-dlmm") << 1'061;
    QTest::newRow("meteora-damm-v2") << 1'791;
    QTest::newRow("meteora-damm-v1") << 386;
}

void BatchTest::vectors() {
    QFETCH(int, count);
    const QString vectors =
        kShared + "/vectors/" + QString::fromLatin1(QTest::currentDataTag()) + ".jsonl";
    if (!QFile::exists(vectors) || !QDir(kShared + "/mainnet").exists()) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
    QTemporaryDir folder;
    const QString results = folder.filePath("results.jsonl");
    QProcess program;
    program.setStandardInputFile(vectors);
    program.setStandardOutputFile(results);
    program.start(kProgram, {"quote", "--accounts", kShared + "/mainnet", "--batch"});
    QVERIFY(program.waitForFinished(120'000));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);

    QProcess judge;
    judge.start("/usr/bin/python3", {kShared + "/tools/compare_vectors.py", vectors, results});
    QVERIFY(judge.waitForFinished(120'000));
    const QByteArray said = judge.readAllStandardOutput();
    QVERIFY2(judge.exitCode() == 0, said.constData());
    QVERIFY2(said.trimmed().endsWith(QString("%1 passed, 0 failed").arg(count).toLatin1()),
             said.constData());
}

void BatchTest::aFolderThatIsNotThereEndsWithAnError() {
    QTemporaryDir folder;
    QProcess program;
    program.start(kProgram, {"quote", "--batch", "--accounts", folder.filePath("nowhere")});
    QVERIFY(program.waitForFinished(60'000));
    QCOMPARE(program.exitCode(), 1);
    QVERIFY(program.readAllStandardError().contains("nowhere"));
    QVERIFY(program.readAllStandardOutput().isEmpty());
}

QTEST_GUILESS_MAIN(BatchTest)
#include "batch_test.moc"
