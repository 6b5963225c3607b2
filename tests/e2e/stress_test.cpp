// `stress` against the real engine.

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include "serve_process.h"

using namespace oee;

namespace {

struct Ended {
    int exitCode = -1;
    QJsonObject report;
    QByteArray error;
};

Ended stress(const QStringList& arguments) {
    QProcess program;
    program.start(QStringLiteral(OEE_BINARY_DIR "/order-execution-engine"),
                  QStringList{"stress"} + arguments);
    if (!program.waitForFinished(240'000) || program.exitStatus() != QProcess::NormalExit) {
        return {};
    }
    return {program.exitCode(), QJsonDocument::fromJson(program.readAllStandardOutput()).object(),
            program.readAllStandardError()};
}

QString urlOf(const test::ServeProcess& engine) {
    return QStringLiteral("http://127.0.0.1:%1").arg(engine.httpPort());
}

// What was asked for, oldest first.
QStringList askedOf(test::ServeProcess& engine) {
    QStringList asked;
    for (const QJsonValue& order : engine.get("/api/orders?limit=1000").body["orders"].toArray()) {
        asked.prepend(order["tokenIn"].toString() + '>' + order["tokenOut"].toString() + ' ' +
                      order["amountInRaw"].toString());
    }
    return asked;
}

}  // namespace

class StressTest : public QObject {
    Q_OBJECT

  private slots:
    void everyOrderIsCountedAndTimed();
    void aSeedIsTheSameOrders();
    void refusalsAreToldByKind();
    void withoutAnEngineThereIsAnError();
};

void StressTest::everyOrderIsCountedAndTimed() {
    QTemporaryDir folder;
    test::ServeProcess engine(folder.path());
    QVERIFY(engine.start({"--profile", "instant", "--redis", "none"}));
    const Ended ended = stress({"--orders", "300", "--concurrency", "20", "--url", urlOf(engine)});
    QVERIFY2(ended.exitCode == 0, ended.error.constData());
    const QJsonObject& report = ended.report;
    QCOMPARE(report["requested"].toInt(), 300);
    QCOMPARE(report["accepted"].toInt(), 300);
    QCOMPARE(report["refused"].toInt(), 0);
    QCOMPARE(report["unfinished"].toInt(), 0);
    int failed = 0;
    for (const QJsonValue& count : report["failures"].toObject()) {
        failed += count.toInt();
    }
    QCOMPARE(report["confirmed"].toInt() + failed, 300);
    QVERIFY(report["acceptedPerSecond"].toDouble() > 0);
    QVERIFY(report["confirmedPerSecond"].toDouble() > 0);
    for (const char* name : {"acceptMillis", "confirmMillis"}) {
        const QJsonObject latency = report[QLatin1String(name)].toObject();
        double last = 0;
        for (const char* rank : {"p50", "p90", "p95", "p99", "max"}) {
            const double millis = latency[QLatin1String(rank)].toDouble();
            QVERIFY(millis > 0 && millis >= last);
            last = millis;
        }
    }
    // What it says is what the engine did.
    int confirmed = 0;
    const QJsonArray orders = engine.get("/api/orders?limit=1000").body["orders"].toArray();
    for (const QJsonValue& order : orders) {
        confirmed += order["status"].toString() == "confirmed" ? 1 : 0;
    }
    QCOMPARE(orders.size(), qsizetype{300});
    QCOMPARE(confirmed, report["confirmed"].toInt());
    QCOMPARE(engine.terminate(), 0);
}

void StressTest::aSeedIsTheSameOrders() {
    const auto askedWith = [](const QString& seed) -> QStringList {
        QTemporaryDir folder;
        test::ServeProcess engine(folder.path());
        if (!engine.start({"--profile", "instant", "--redis", "none"})) {
            return {};
        }
        const Ended ended = stress({"--orders", "40", "--concurrency", "1", "--seed", seed,
                                    "--pairs", "SOL/USDC,JUP/USDC", "--url", urlOf(engine)});
        return ended.exitCode == 0 ? askedOf(engine) : QStringList();
    };
    const QStringList one = askedWith("7");
    QCOMPARE(one.size(), qsizetype{40});
    QCOMPARE(askedWith("7"), one);
    QVERIFY(askedWith("8") != one);
    for (const QString& asked : one) {
        QVERIFY2(asked.startsWith("SOL>USDC ") || asked.startsWith("USDC>SOL ") ||
                     asked.startsWith("JUP>USDC ") || asked.startsWith("USDC>JUP "),
                 qPrintable(asked));
    }
}

void StressTest::refusalsAreToldByKind() {
    QTemporaryDir folder;
    const QString settings = folder.filePath("config/order-execution-engine");
    QVERIFY(QDir().mkpath(settings));
    QFile file(settings + "/settings.ini");
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[risk]\nordersPerMinute=25\n[gateway]\nrequireToken=true\n");
    file.close();
    test::ServeProcess engine(folder.path());
    QVERIFY(engine.start({"--profile", "instant", "--redis", "none"}));

    const Ended stranger = stress({"--orders", "1", "--url", urlOf(engine)});
    QCOMPARE(stranger.exitCode, 1);
    QVERIFY2(stranger.error.contains("401"), stranger.error.constData());

    const Ended ended =
        stress({"--orders", "30", "--url", urlOf(engine), "--data-dir", folder.filePath("data")});
    QVERIFY2(ended.exitCode == 0, ended.error.constData());
    QCOMPARE(ended.report["accepted"].toInt(), 25);
    QCOMPARE(ended.report["refusals"].toObject(), (QJsonObject{{"tooManyOrders", 5}}));
}

void StressTest::withoutAnEngineThereIsAnError() {
    const QString nobody = QStringLiteral("http://127.0.0.1:%1").arg(test::freePort());
    const Ended ended = stress({"--orders", "1", "--url", nobody});
    QCOMPARE(ended.exitCode, 1);
    QVERIFY(ended.report.isEmpty());
    QVERIFY2(ended.error.contains(nobody.toLatin1()), ended.error.constData());
    QCOMPARE(stress({"--url", nobody}).exitCode, 2);
    QCOMPARE(stress({"--orders", "1", "--url", "nonsense"}).exitCode, 2);
    QCOMPARE(stress({"--orders", "1", "--concurrency", "0"}).exitCode, 2);
    QCOMPARE(stress({"--orders", "1", "--rate", "5"}).exitCode, 2);
}

QTEST_GUILESS_MAIN(StressTest)
#include "stress_test.moc"
