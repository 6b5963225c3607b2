#include "app/price_path_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace oee;

class PricePathFileTest : public QObject {
    Q_OBJECT

  private slots:
    void linesBecomePoints() {
        const auto points = read("time_ms,price\n1000,61800.25\r\n1400,2.5e3\n\n1400,1\n");
        QVERIFY(points.has_value());
        QCOMPARE(points->size(), std::size_t{3});
        QCOMPARE((*points)[0].timeMillis, std::int64_t{1000});
        QCOMPARE((*points)[0].price, 61800.25);
        QCOMPARE((*points)[1].price, 2500.0);
        QCOMPARE((*points)[2].timeMillis, std::int64_t{1400});
    }

    void mistakesNameTheLine_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("named");
        QTest::newRow("empty") << QByteArray() << "line 1";
        QTest::newRow("other columns") << QByteArray("time,price\n1,2\n") << "line 1";
        QTest::newRow("no prices") << QByteArray("time_ms,price\n") << "no prices";
        QTest::newRow("no comma") << QByteArray("time_ms,price\n1,2\n3\n") << "line 3";
        QTest::newRow("no number") << QByteArray("time_ms,price\n1,x\n") << "line 2";
        QTest::newRow("infinite") << QByteArray("time_ms,price\n1,inf\n") << "line 2";
        QTest::newRow("zero") << QByteArray("time_ms,price\n1,0\n") << "line 2";
        QTest::newRow("backwards") << QByteArray("time_ms,price\n5,1\n4,1\n") << "line 3";
    }
    void mistakesNameTheLine() {
        QFETCH(QByteArray, text);
        QFETCH(QString, named);
        const auto points = read(text);
        QVERIFY(!points.has_value());
        QVERIFY2(points.error().contains(named), qPrintable(points.error()));
    }

    void aFileThatIsNotThereIsNamed() {
        const auto points = app::readPricePath("/nowhere/prices.csv");
        QVERIFY(!points.has_value());
        QVERIFY(points.error().contains("/nowhere/prices.csv"));
    }

  private:
    tl::expected<std::vector<chain::PathPoint>, QString> read(const QByteArray& text) {
        QTemporaryDir folder;
        QFile file(folder.filePath("prices.csv"));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size()) {
            qFatal("cannot write");
        }
        file.close();
        return app::readPricePath(file.fileName());
    }
};

QTEST_GUILESS_MAIN(PricePathFileTest)
#include "price_path_file_test.moc"
