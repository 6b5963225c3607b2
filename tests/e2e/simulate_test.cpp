// The real program in virtual time: the same history twice, in memory and on disk.

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {

const QString kProgram = QStringLiteral(OEE_BINARY_DIR "/order-execution-engine");

struct Ended {
    int exitCode = -1;
    QByteArray out;
    QByteArray error;
};

Ended run(const QStringList& arguments, const QString& path = kProgram) {
    QProcess program;
    program.start(path, arguments);
    if (!program.waitForFinished(240'000) || program.exitStatus() != QProcess::NormalExit) {
        return {};
    }
    return {program.exitCode(), program.readAllStandardOutput(), program.readAllStandardError()};
}

QJsonObject simulate(const QStringList& more, const QString& path = kProgram) {
    const Ended ended =
        run(QStringList{"simulate", "--orders", "400", "--rate", "20"} + more, path);
    if (ended.exitCode != 0) {
        qWarning("%s", ended.error.constData());
        return {};
    }
    return QJsonDocument::fromJson(ended.out).object();
}

// What must be the same whenever the options are.
QJsonObject withoutTimes(QJsonObject report) {
    report.remove("seconds");
    report.remove("ordersPerSecond");
    return report;
}

}  // namespace

class SimulateTest : public QObject {
    Q_OBJECT

  private slots:
    void theSameSeedTellsTheSameTwice();
    void anotherBuildTellsTheSame_data();
    void anotherBuildTellsTheSame();
    void historyOnDiskIsTheOneInMemory();
    void aFullDiskEndsTheRunWithAnError();
    void recordedPricesAndPairsAreFollowed();
    void theReportGoesIntoAFile();
    void mistakesEndWithAnError_data();
    void mistakesEndWithAnError();
};

void SimulateTest::theSameSeedTellsTheSameTwice() {
    const QJsonObject one = simulate({"--profile", "busy", "--seed", "5", "--workers", "1"});
    QVERIFY(!one.isEmpty());
    for (const char* workers : {"2", "4"}) {
        const QJsonObject again =
            simulate({"--profile", "busy", "--seed", "5", "--workers", workers});
        QCOMPARE(withoutTimes(again), withoutTimes(one));
    }
    QCOMPARE(one["traceSha256"].toString().size(), qsizetype{64});
    QVERIFY(one["ordersPerSecond"].toDouble() > 0);
    const QJsonObject orders = one["orders"].toObject();
    QCOMPARE(orders["requested"].toInt(), 400);
    QCOMPARE(orders["confirmed"].toInt() + orders["failed"].toInt() + orders["refused"].toInt(),
             400);
    const QJsonObject other = simulate({"--profile", "busy", "--seed", "6"});
    QVERIFY(one["traceSha256"] != other["traceSha256"]);
}

void SimulateTest::anotherBuildTellsTheSame_data() {
    QTest::addColumn<QString>("profile");
    for (const char* profile : {"instant", "calm", "busy", "meltdown"}) {
        QTest::newRow(profile) << QString(profile);
    }
}

// Debug, release and sanitizers: real numbers must not differ between them.
void SimulateTest::anotherBuildTellsTheSame() {
    const QString other = qEnvironmentVariable("OEE_OTHER_BUILD");
    if (other.isEmpty()) {
        QSKIP("OEE_OTHER_BUILD does not name the program of another build (.ci/run does).");
    }
    QFETCH(QString, profile);
    const QStringList options{"--profile", profile, "--seed",           "11",
                              "--workers", "3",     "--counterfactuals"};
    QCOMPARE(withoutTimes(simulate(options, other)), withoutTimes(simulate(options)));
}

void SimulateTest::historyOnDiskIsTheOneInMemory() {
    QTemporaryDir folder;
    const QStringList options{"--profile", "busy", "--seed", "5"};
    const QJsonObject memory = simulate(options);
    const QJsonObject disk = simulate(options + QStringList{"--data-dir", folder.path()});
    QVERIFY(!disk.isEmpty());
    QCOMPARE(withoutTimes(disk), withoutTimes(memory));

    const Ended verified = run({"verify", "--data-dir", folder.path()});
    QCOMPARE(verified.exitCode, 0);
    QVERIFY2(verified.out.contains(disk["traceSha256"].toString().toLatin1()),
             verified.out.constData());

    const Ended again =
        run(QStringList{"simulate", "--orders", "1", "--data-dir", folder.path()} + options);
    QVERIFY(again.exitCode != 0);
    QVERIFY(again.out.isEmpty());
    QVERIFY(again.error.contains("needs a new one"));
}

void SimulateTest::aFullDiskEndsTheRunWithAnError() {
    // Blocks of 512 bytes: a new file with its market needs about 1,000 of them.
    for (const char* blocks : {"1500", "2500"}) {
        QTemporaryDir folder;
        QProcess program;
        program.start(
            "sh", {"-c", "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"", "sh", blocks, kProgram,
                   "simulate", "--orders", "3000", "--data-dir", folder.path()});
        QVERIFY(program.waitForFinished(240'000));
        QVERIFY(program.exitStatus() == QProcess::NormalExit && program.exitCode() != 0);
        QVERIFY(program.readAllStandardOutput().isEmpty());
        QVERIFY(!program.readAllStandardError().isEmpty());
    }
}

void SimulateTest::recordedPricesAndPairsAreFollowed() {
    QTemporaryDir folder;
    QFile file(folder.filePath("sol.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("time_ms,price\n0,100\n5000,140\n");
    file.close();
    const QStringList pairs{"--pairs", "SOL/USDC"};
    const QJsonObject without = simulate(pairs);
    const QJsonObject with = simulate(pairs + QStringList{"--path", "SOL/USDC=" + file.fileName()});
    const QJsonObject scaled =
        simulate(pairs + QStringList{"--path", "SOL/USDC=" + file.fileName(), "--path-scale", "2"});
    QVERIFY(!with.isEmpty() && !scaled.isEmpty());
    QVERIFY(with["traceSha256"] != without["traceSha256"]);
    QVERIFY(with["traceSha256"] != scaled["traceSha256"]);
}

void SimulateTest::theReportGoesIntoAFile() {
    QTemporaryDir folder;
    const QString path = folder.filePath("report.json");
    const Ended ended =
        run({"simulate", "--orders", "10", "--counterfactuals", "--out", path, "--deterministic"});
    QCOMPARE(ended.exitCode, 0);
    QVERIFY(ended.out.isEmpty());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject report = QJsonDocument::fromJson(file.readAll()).object();
    QVERIFY(report["counterfactualsBps"].toObject().contains("fullRoute"));
}

void SimulateTest::mistakesEndWithAnError_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("token") << QStringList{"--pairs", "SOL/NOPE"} << QByteArray("NOPE");
    QTest::newRow("pair") << QStringList{"--pairs", "SOL"} << QByteArray("--pairs");
    QTest::newRow("file") << QStringList{"--path", "SOL/USDC=/nowhere.csv"}
                          << QByteArray("/nowhere.csv");
}

void SimulateTest::mistakesEndWithAnError() {
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const Ended ended = run(QStringList{"simulate", "--orders", "1"} + arguments);
    QCOMPARE(ended.exitCode, 2);
    QVERIFY(ended.out.isEmpty());
    QVERIFY2(ended.error.contains(named), ended.error.constData());
}

QTEST_GUILESS_MAIN(SimulateTest)
#include "simulate_test.moc"
