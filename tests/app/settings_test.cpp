#include "app/settings.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace oee;

class SettingsTest : public QObject {
    Q_OBJECT

  private:
    tl::expected<app::Settings, app::SettingsFailure> read(const QByteArray& text) {
        // A file each: QSettings does not read one anew that has the same name, size and time.
        const QString path = folder_.filePath(QString::number(filesWritten_++) + ".ini");
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
            qFatal("no settings file");
        }
        file.write(text);
        file.close();
        QSettings settings(path, QSettings::IniFormat);
        return app::readSettings(settings, domain::TokenRegistry{});
    }
    QTemporaryDir folder_;
    int filesWritten_ = 0;

  private slots:
    void nothingIsSet() {
        const auto settings = read("");
        QVERIFY(settings.has_value());
        QVERIFY(settings->limits == execution::RiskLimits{});
        QCOMPARE(settings->maxOpenOrders, std::size_t{10'000});
        QVERIFY(settings->retention.keepsAll());
    }

    void retention() {
        using Surplus = storage::RetentionPolicy::Surplus;
        const auto days = read("[history]\nkeepDays=30\n");
        QVERIFY(days.has_value());
        QVERIFY(days->retention == (storage::RetentionPolicy{30, {}, Surplus::deleted}));
        const auto both = read("[history]\nkeepDays=36500\nkeepOrders=4294967295\narchive=true\n");
        QVERIFY(both.has_value());
        QVERIFY(both->retention ==
                (storage::RetentionPolicy{36'500, 4'294'967'295, Surplus::archived}));
        // Which says where old orders go, and not that any do.
        QVERIFY(read("[history]\narchive=true\n")->retention.keepsAll());
    }

    void backPressure() {
        const auto settings = read(
            "[backpressure]\nordersInFlight=250\nordersPerMinute=600\n"
            "[risk]\nordersPerMinute=100\n");
        QVERIFY(settings.has_value());
        QCOMPARE(settings->maxOpenOrders, std::size_t{250});
        QCOMPARE(settings->limits.steadyPerMinute, std::optional<std::uint32_t>(600));
        QCOMPARE(settings->limits.ordersPerMinute, std::optional<std::uint32_t>(100));
    }

    void whatCannotBeReadNamesItsKey_data() {
        QTest::addColumn<QByteArray>("group");
        QTest::addColumn<QByteArray>("line");
        for (const char* line :
             {"ordersInFlight=0", "ordersInFlight=1000001", "ordersInFlight=-1",
              "ordersInFlight=many", "ordersPerMinute=1.5", "ordersPerMinute=4294967296"}) {
            QTest::newRow(line) << QByteArray("backpressure") << QByteArray(line);
        }
        for (const char* line :
             {"keepDays=0", "keepDays=36501", "keepDays=-1", "keepDays=1.5", "keepDays=week",
              "keepOrders=0", "keepOrders=4294967296", "archive=yes", "archive="}) {
            QTest::newRow(line) << QByteArray("history") << QByteArray(line);
        }
    }
    void whatCannotBeReadNamesItsKey() {
        QFETCH(const QByteArray, group);
        QFETCH(const QByteArray, line);
        const auto settings = read("[" + group + "]\n" + line + "\n");
        QVERIFY(!settings.has_value());
        QCOMPARE(settings.error().key, group + "/" + line.left(line.indexOf('=')));
        QCOMPARE(settings.error().value, QString(line.mid(line.indexOf('=') + 1)));
    }
};

QTEST_GUILESS_MAIN(SettingsTest)
#include "settings_test.moc"
