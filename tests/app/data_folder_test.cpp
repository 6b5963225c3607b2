#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include "app/data_folder.h"
#include "app/log_file.h"
#include "app/settings.h"

using namespace oee;

namespace {

domain::TokenRegistry tokens() {
    domain::TokenRegistry registry;
    registry.add({domain::solMint(), "SOL", 9});
    return registry;
}

}  // namespace

class DataFolderTest : public QObject {
    Q_OBJECT

  private slots:
    void aSecondUserIsToldOfTheFirst() {
        const QTemporaryDir parent;
        const QString path = parent.filePath("data");
        const auto first = app::DataFolder::open(path);
        QVERIFY(first.has_value());
        const auto second = app::DataFolder::open(path);
        QVERIFY(!second.has_value());
        QVERIFY(second.error().error == app::DataFolderError::inUse);
        QVERIFY(second.error().holder.contains(
            QStringLiteral("process %1").arg(QCoreApplication::applicationPid())));
        QVERIFY(explain(second.error()).contains(path));
    }

    void aFolderIsFreeAgainAfterwards() {
        const QTemporaryDir parent;
        const QString path = parent.filePath("data");
        QVERIFY(app::DataFolder::open(path).has_value());
        QVERIFY(app::DataFolder::open(path).has_value());
    }

    void aFileInTheWayIsNamed() {
        const QTemporaryDir parent;
        QFile file(parent.filePath("data"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto refused = app::DataFolder::open(file.fileName() + "/inside");
        QVERIFY(refused.error().error == app::DataFolderError::cannotCreate);
    }

    void theTokenIsPrivateAndStays() {
        const QTemporaryDir parent;
        const auto folder = app::DataFolder::open(parent.filePath("data"));
        const auto token = folder->token();
        QVERIFY(token.has_value());
        QCOMPARE(token->size(), 64);
        QCOMPARE(*folder->token(), *token);
        const auto permissions = QFile::permissions(parent.filePath("data/token"));
        const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther |
                            QFile::WriteOther | QFile::ExeOwner;
        QVERIFY((permissions & others) == 0);
        // A damaged token is replaced, never accepted.
        QFile file(parent.filePath("data/token"));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("short");
        file.close();
        const auto fresh = folder->token();
        QVERIFY(*fresh != *token);
        QCOMPARE(fresh->size(), 64);
    }

    void theWorkersSecretIsAnotherOne() {
        const QTemporaryDir parent;
        const QString path = parent.filePath("data");
        const auto folder = app::DataFolder::open(path);
        const auto secret = folder->workerSecret();
        QVERIFY(secret.has_value());
        QCOMPARE(secret->size(), 64);
        QVERIFY(*secret != *folder->token());
        QCOMPARE(*folder->workerSecret(), *secret);
        const auto permissions = QFile::permissions(app::DataFolder::workerSecretPathIn(path));
        QVERIFY((permissions & (QFile::ReadGroup | QFile::ReadOther)) == 0);
    }

    void settingsAreReadExactly() {
        const QTemporaryDir parent;
        QSettings file(parent.filePath("settings.ini"), QSettings::IniFormat);
        const auto none = app::readSettings(file, tokens());
        QVERIFY(none && !none->requireToken && none->limits == execution::RiskLimits{});
        file.setValue("gateway/requireToken", "true");
        file.setValue("risk/ordersPerMinute", "100");
        file.setValue("risk/openOrders", "10");
        file.setValue("risk/largestOrder/SOL", "50.5");
        const auto settings = app::readSettings(file, tokens());
        QVERIFY(settings.has_value());
        QVERIFY(settings->requireToken);
        QCOMPARE(settings->limits.ordersPerMinute, std::optional<std::uint32_t>(100));
        QCOMPARE(settings->limits.openOrders, std::optional<std::uint32_t>(10));
        QCOMPARE(settings->limits.largestOrderRaw.at(domain::solMint()),
                 std::uint64_t{50'500'000'000});
    }

    void aSettingThatCannotBeReadIsNamed_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::newRow("flag") << "gateway/requireToken"
                              << "yes";
        QTest::newRow("count") << "risk/ordersPerMinute"
                               << "-1";
        QTest::newRow("large count") << "risk/openOrders"
                                     << "4294967296";
        QTest::newRow("amount") << "risk/largestOrder/SOL"
                                << "many";
        QTest::newRow("token") << "risk/largestOrder/DOGE"
                               << "1";
    }
    void aSettingThatCannotBeReadIsNamed() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        const QTemporaryDir parent;
        QSettings file(parent.filePath("settings.ini"), QSettings::IniFormat);
        file.setValue(key, value);
        const auto refused = app::readSettings(file, tokens());
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().key, key);
        QVERIFY(explain(refused.error(), "file").contains(value));
    }

    void noTextCanFakeALogLine() {
        const QTemporaryDir folder;
        QString path;
        {
            const app::LogFile log(folder.path());
            path = log.path();
            qInfo("first\nsecond\x1b[2J");
        }
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QCOMPARE(text.count('\n'), 1);
        QVERIFY(text.contains("first\\x0asecond\\x1b[2J"));
    }

    void onlyTheNewestLogsAreKept() {
        const QTemporaryDir folder;
        for (int i = 0; i < 15; ++i) {
            QFile file(folder.filePath(
                QStringLiteral("engine-2020010%1.log").arg(i, 2, 10, QLatin1Char('0'))));
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        const app::LogFile log(folder.path());
        QCOMPARE(QDir(folder.path()).entryList({"engine-*.log"}).size(), 10);
    }
};

QTEST_GUILESS_MAIN(DataFolderTest)
#include "data_folder_test.moc"
