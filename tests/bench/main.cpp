// oee_bench: measures this build on this machine and writes one JSON file.

#include <array>
#include <cstdio>
#include <thread>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSysInfo>

#include "bench/bench.h"

namespace {

using namespace oee;

struct Suite {
    const char* name;
    void (*run)(QJsonObject& result);
    bool isFull = false;  // only with --full, or where it is named
};

constexpr std::array kSuites{
    Suite{"base", bench::benchBase},         Suite{"amm", bench::benchAmm},
    Suite{"routing", bench::benchRouting},   Suite{"storage", bench::benchStorage},
    Suite{"jobs", bench::benchJobs},         Suite{"endToEnd", bench::benchEndToEnd},
    Suite{"scaling", bench::benchScaling},   Suite{"service", bench::benchService},
    Suite{"recovery", bench::benchRecovery}, Suite{"simulation", bench::benchSimulation},
    Suite{"history", bench::benchHistory},   Suite{"fullHistory", bench::benchFullHistory, true},
};

struct Wanted {
    QStringList only;  // empty: all
    bool full = false;
};

// The value of the first line "key : value" of a file below /proc; empty where there is none.
QString procValue(const QString& path, const QString& key) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    const QRegularExpression line(QStringLiteral("^%1\\s*:\\s*(.+)$").arg(key),
                                  QRegularExpression::MultilineOption);
    return line.match(QString::fromUtf8(file.readAll())).captured(1).trimmed();
}

QJsonObject machine() {
    const QString memory = procValue(QStringLiteral("/proc/meminfo"), QStringLiteral("MemTotal"));
    const double kibibytes = memory.section(QLatin1Char(' '), 0, 0).toDouble();
    return {
        {QStringLiteral("cpu"),
         procValue(QStringLiteral("/proc/cpuinfo"), QStringLiteral("model name"))},
        {QStringLiteral("cores"), static_cast<int>(std::thread::hardware_concurrency())},
        {QStringLiteral("memoryGib"), kibibytes / (1024 * 1024)},
        {QStringLiteral("system"), QSysInfo::prettyProductName()},
        {QStringLiteral("kernel"), QSysInfo::kernelVersion()},
        {QStringLiteral("compiler"), QStringLiteral(OEE_COMPILER)},
        {QStringLiteral("build"), QStringLiteral(OEE_BUILD)},
        {QStringLiteral("qt"), QString::fromLatin1(qVersion())},
    };
}

QJsonObject measure(const Wanted& wanted) {
    QJsonObject modules;
    for (const Suite& suite : kSuites) {
        const QString name = QString::fromLatin1(suite.name);
        const bool isWanted =
            wanted.only.isEmpty() ? wanted.full || !suite.isFull : wanted.only.contains(name);
        if (!isWanted) {
            continue;
        }
        std::fprintf(stderr, "measuring %s …\n", suite.name);
        QJsonObject result;
        suite.run(result);
        modules.insert(name, result);
    }
    return modules;
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("oee_bench"));
    QCommandLineParser parser;
    parser.addHelpOption();
    const QCommandLineOption output(QStringLiteral("output"),
                                    QStringLiteral("The JSON file (default: standard output)."),
                                    QStringLiteral("FILE"));
    const QCommandLineOption date(QStringLiteral("date"),
                                  QStringLiteral("The day to write into it."),
                                  QStringLiteral("YYYY-MM-DD"));
    const QCommandLineOption only(QStringLiteral("only"),
                                  QStringLiteral("Measure this module only; may be repeated."),
                                  QStringLiteral("MODULE"));
    const QCommandLineOption full(
        QStringLiteral("full"),
        QStringLiteral("Also what takes long: a history of ten million orders (30 GB)."));
    parser.addOptions({output, date, only, full});
    parser.process(application);

    const QJsonObject modules = measure({parser.values(only), parser.isSet(full)});
    bench::require(!modules.isEmpty(), QStringLiteral("no such module"));
    const QJsonObject report{{QStringLiteral("machine"), machine()},
                             {QStringLiteral("date"), parser.value(date)},
                             {QStringLiteral("modules"), modules}};
    const QByteArray json = QJsonDocument(report).toJson();
    if (!parser.isSet(output)) {
        std::fwrite(json.constData(), 1, static_cast<std::size_t>(json.size()), stdout);
        return 0;
    }
    QSaveFile file(parser.value(output));
    const bool written =
        file.open(QIODevice::WriteOnly) && file.write(json) == json.size() && file.commit();
    bench::require(written,
                   QStringLiteral("cannot write %1: %2").arg(file.fileName(), file.errorString()));
    return 0;
}
