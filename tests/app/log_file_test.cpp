#include "app/log_file.h"

#include <thread>
#include <vector>

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

namespace oee::test {
namespace {

QList<QByteArray> linesOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    QList<QByteArray> lines = file.readAll().split('\n');
    lines.removeLast();  // behind the last end of a line
    return lines;
}

}  // namespace

class LogFileTest : public QObject {
    Q_OBJECT

  private slots:
    void linesHaveTimeLevelAndCategory();
    void nothingFakesALine();
    void warningsAreThereAtOnce();
    void linesOfAThreadKeepTheirOrder();
};

void LogFileTest::linesHaveTimeLevelAndCategory() {
    const QTemporaryDir folder;
    QString path;
    {
        const app::LogFile log(folder.path());
        path = log.path();
        qInfo("one");
        QTRY_COMPARE(linesOf(path).size(), 1);  // without a warning behind it
        qWarning("two");
    }
    const auto lines = linesOf(path);
    QCOMPARE(lines.size(), 2);
    const QRegularExpression form(QStringLiteral(
        "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (\\w+) default: (\\w+)$"));
    const auto first = form.match(QString::fromUtf8(lines.at(0)));
    const auto second = form.match(QString::fromUtf8(lines.at(1)));
    QCOMPARE(first.captured(1) + first.captured(2), QStringLiteral("infoone"));
    QCOMPARE(second.captured(1) + second.captured(2), QStringLiteral("warningtwo"));
}

void LogFileTest::nothingFakesALine() {
    const QTemporaryDir folder;
    QString path;
    {
        const app::LogFile log(folder.path());
        path = log.path();
        qInfo("ä\nfake\r\x7f");
    }
    const auto lines = linesOf(path);
    QCOMPARE(lines.size(), 1);
    QVERIFY2(lines.at(0).endsWith("ä\\x0afake\\x0d\\x7f"), lines.at(0).constData());
}

void LogFileTest::warningsAreThereAtOnce() {
    const QTemporaryDir folder;
    const app::LogFile log(folder.path());
    qInfo("before");
    qWarning("now");
    const auto lines = linesOf(log.path());
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines.at(0).endsWith("before"));
    QVERIFY(lines.at(1).endsWith("now"));
}

void LogFileTest::linesOfAThreadKeepTheirOrder() {
    constexpr int kThreads = 4;
    constexpr int kLines = 500;
    const QTemporaryDir folder;
    QString path;
    {
        const app::LogFile log(folder.path());
        path = log.path();
        std::vector<std::thread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([thread] {
                for (int line = 0; line < kLines; ++line) {
                    if (line % 100 == 0) {
                        qWarning("%d %d", thread, line);
                    } else {
                        qInfo("%d %d", thread, line);
                    }
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    std::vector<int> next(kThreads, 0);
    for (const QByteArray& line : linesOf(path)) {
        const auto words = line.split(' ');
        const auto thread = static_cast<std::size_t>(words.at(words.size() - 2).toInt());
        QCOMPARE(words.constLast().toInt(), next.at(thread)++);
    }
    QCOMPARE(next, std::vector<int>(kThreads, kLines));
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::LogFileTest)
#include "log_file_test.moc"
