#include "runtime/network_profile_file.h"

#include <QtTest>

#include <QFile>

using namespace oee;

namespace {

QByteArray fileOf(const char* name) {
    QFile file(QString(OEE_SOURCE_DIR "/resources/profiles/%1.json").arg(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class NetworkProfileTest : public QObject {
    Q_OBJECT

  private slots:
    void calmIsMainnetWithoutCongestion() {
        const auto profile = runtime::loadNetworkProfile("calm");
        QVERIFY(profile.has_value());
        QCOMPARE(profile->name, std::string("calm"));
        QCOMPARE(profile->slotMillis, 400u);
        QCOMPARE(profile->blockhashLifeBlocks, 150u);
        QCOMPARE(profile->baseFeeLamports, std::uint64_t{5'000});
        QCOMPARE(profile->computeUnitPriceMicroLamports, std::uint64_t{50'000});
        QCOMPARE(profile->tipLamports, std::uint64_t{0});
        // The middle of the range is the published median, 700 ms.
        QVERIFY(profile->sendLatencyMinMicros > 0);
        QCOMPARE((profile->sendLatencyMinMicros + profile->sendLatencyMaxMicros) / 2, 700'000u);
    }

    void instantHasNoDurations() {
        const auto profile = runtime::loadNetworkProfile("instant");
        QVERIFY(profile.has_value());
        QCOMPARE(profile->slotMillis, 0u);
        QCOMPARE(profile->sendLatencyMinMicros, 0u);
        QCOMPARE(profile->sendLatencyMaxMicros, 0u);
        QCOMPARE(profile->maxTransactionsPerSlot, 1'000u);
        QCOMPARE(profile->baseFeeLamports, std::uint64_t{5'000});
    }

    void everyProfileLoads() {
        const auto names = runtime::networkProfileNames();
        QCOMPARE(names, (std::vector<std::string>{"busy", "calm", "instant", "meltdown"}));
        for (const std::string& name : names) {
            QVERIFY2(runtime::loadNetworkProfile(name).has_value(), name.c_str());
        }
    }

    void unknownNamesAreRefusedWithTheKnownOnes() {
        for (const char* name : {"stormy", "", "../profiles/calm", "calm.json", "Calm"}) {
            const auto profile = runtime::loadNetworkProfile(name);
            QVERIFY2(!profile.has_value(), name);
            QCOMPARE(profile.error().error, runtime::ProfileError::unknownName);
            QCOMPARE(profile.error().profile, std::string(name));
            const std::string text = runtime::explain(profile.error());
            QVERIFY(text.find("busy, calm, instant, meltdown") != std::string::npos);
        }
    }

    void brokenProfilesNameTheField_data() {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::addColumn<int>("error");
        QTest::addColumn<QString>("field");
        const auto missing = int(runtime::ProfileError::fieldMissing);
        const auto invalid = int(runtime::ProfileError::invalidField);
        const auto row = [](const char* name, const char* before, const char* after, int error,
                            const char* field) {
            QTest::newRow(name) << QByteArray(before) << QByteArray(after) << error
                                << QString(field);
        };
        row("no slots", "\"slotMillis\"", "\"slots\"", missing, "slotMillis");
        row("no source", "\"source\": \"solana.com", "\"src\": \"solana.com", missing,
            "baseFeeLamports.source");
        row("empty source", "\"source\": \"as", "\"source\": \"\", \"x\": \"as", invalid,
            "slotJitterMicros.source");
        row("fraction", "\"value\": 400,", "\"value\": 400.5,", invalid, "slotMillis.value");
        row("text", "\"value\": 400,", "\"value\": \"400\",", invalid, "slotMillis.value");
        row("negative", "\"value\": 5000,", "\"value\": -1,", invalid, "baseFeeLamports.value");
        row("over 32 bits", "\"value\": 400,", "\"value\": 4294967296,", invalid,
            "slotMillis.value");
        row("no room", "\"value\": 1000,", "\"value\": 0,", invalid,
            "maxTransactionsPerSlot.value");
        row("latency order", "\"value\": 1100000,", "\"value\": 299999,", invalid,
            "sendLatencyMaxMicros.value");
        row("another name", "\"name\": \"calm\"", "\"name\": \"calmer\"", invalid, "name");
        row("not JSON", "{", "", int(runtime::ProfileError::notJson), "");
    }
    void brokenProfilesNameTheField() {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        QFETCH(int, error);
        QFETCH(QString, field);
        QByteArray json = fileOf("calm");
        QVERIFY(runtime::parseNetworkProfile("calm", json).has_value());
        const auto position = json.indexOf(before);
        QVERIFY(position >= 0);
        json.replace(position, before.size(), after);
        const auto profile = runtime::parseNetworkProfile("calm", json);
        QVERIFY(!profile.has_value());
        QCOMPARE(QString::fromStdString(profile.error().field), field);
        QCOMPARE(int(profile.error().error), error);
        const std::string text = runtime::explain(profile.error());
        QVERIFY(text.find("calm") != std::string::npos);
        QVERIFY(text.find(profile.error().field) != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(NetworkProfileTest)
#include "network_profile_test.moc"
