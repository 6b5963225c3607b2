// order-execution-engine: the window, or the engine alone.

#include <cstdio>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <QApplication>
#include <QCoreApplication>
#include <QMessageBox>
#include <QSaveFile>
#include <QTcpServer>
#include <QTextStream>

#include "app/command_line.h"
#include "app/data_folder.h"
#include "app/session.h"
#include "app/simulate.h"
#include "app/stress.h"
#include "app/unix_signals.h"
#include "app/worker_command.h"
#include "market/quote_batch.h"
#include "market/route_batch.h"
#include "storage/event_chain.h"
#include "ui/main_window.h"
#include "ui/theme.h"

namespace {

using namespace oee;

void print(std::FILE* stream, const QString& text) {
    QTextStream(stream) << text;
    std::fflush(stream);
}

QString explainPort(const gateway::GatewayFailure& failure) {
    return QString::fromStdString(gateway::explain(failure));
}

int serve(QCoreApplication& application, const app::Options& options) {
    auto session = app::Session::open(options);
    if (!session) {
        print(stderr, session.error().text + QLatin1Char('\n'));
        return static_cast<int>(session.error().status);
    }
    const auto bound = (*session)->startGateway({options.httpPort, options.wsPort});
    if (!bound) {
        print(stderr, explainPort(bound.error()) + QLatin1Char('\n'));
        return static_cast<int>(bound.error().error == gateway::GatewayError::portInUse
                                    ? app::ExitStatus::portInUse
                                    : app::ExitStatus::failed);
    }
    app::UnixSignals unixSignals;
    QObject::connect(&unixSignals, &app::UnixSignals::quitRequested, &application,
                     &QCoreApplication::quit);
    const runtime::EngineStatus status = (*session)->engine().status();
    print(stdout,
          QStringLiteral("Order Execution Engine %1: no real funds move.\n"
                         "Market    %2 (%3), profile %4\n"
                         "Queue     %5, %6 workers\n"
                         "Database  %7\n"
                         "Page      %8\n")
              .arg(QCoreApplication::applicationVersion(),
                   QString::fromUtf8(runtime::nameOf(status.marketKind).data()),
                   QString::fromStdString(status.marketDescription),
                   QString::fromStdString(status.profile), QString::fromStdString(status.queue))
              .arg(status.workers)
              .arg(status.databasePath, (*session)->pageUrl().toString()));
    return application.exec();
}

// One JSON line out for each in, in order. The answers are flushed at the end of input.
template <typename Batch>
int answerLines(const app::Options& options) {
    const auto batch = Batch::open(*options.accounts);
    if (!batch) {
        print(stderr, QStringLiteral("Cannot read %1: %2.\n")
                          .arg(QString::fromStdString(batch.error().path),
                               QLatin1String(market::nameOf(batch.error().error).data())));
        return static_cast<int>(app::ExitStatus::failed);
    }
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.find_first_not_of(" \t\r") != std::string::npos) {
            const QByteArray answer = batch->answer(QByteArray::fromStdString(line)) + '\n';
            std::fwrite(answer.constData(), 1, static_cast<std::size_t>(answer.size()), stdout);
        }
    }
    return std::fflush(stdout) == 0 ? 0 : static_cast<int>(app::ExitStatus::failed);
}

// 0: the history is whole; 1: it is not, or cannot be read.
int verify(const app::Options& options) {
    const QString path = app::DataFolder::databasePathIn(options.dataFolder);
    const auto report =
        storage::verifyHistory({path, app::DataFolder::archivePathIn(options.dataFolder)});
    if (!report) {
        print(stderr, QStringLiteral("Cannot check %1: %2 (%3).\n")
                          .arg(path, QLatin1String(storage::nameOf(report.error().error).data()),
                               QString::fromStdString(report.error().detail)));
        return static_cast<int>(app::ExitStatus::failed);
    }
    const QString counted = QStringLiteral("%1 events, %2 orders, %3 fills in %4")
                                .arg(report->events)
                                .arg(report->orders)
                                .arg(report->fills)
                                .arg(path);
    if (!report->problem.isEmpty()) {
        print(stderr, QStringLiteral("NOT WHOLE: %1\n%2\n").arg(report->problem, counted));
        return static_cast<int>(app::ExitStatus::failed);
    }
    print(stdout, QStringLiteral("The history is whole: %1\nSHA-256 of the newest event: %2\n")
                      .arg(counted, report->head));
    if (report->archived != 0) {
        print(stdout,
              QStringLiteral("%1 of the events are in archive.db.\n").arg(report->archived));
    }
    if (report->elsewhere != 0) {
        print(stdout, QStringLiteral("%1 more events are in an archive that is not in this folder "
                                     "and were not covered.\n")
                          .arg(report->elsewhere));
    }
    if (report->pruned != 0) {
        print(stdout, QStringLiteral("%1 more events were pruned by the settings and are gone.\n")
                          .arg(report->pruned));
    }
    if (report->unchained != 0) {
        print(stdout, QStringLiteral("%1 events are older than the chain and were not covered.\n")
                          .arg(report->unchained));
    }
    return static_cast<int>(app::ExitStatus::ok);
}

int runStress(const app::Options& options) {
    const auto report = app::stress(options);
    if (!report) {
        print(stderr, report.error().text + QLatin1Char('\n'));
        return static_cast<int>(report.error().status);
    }
    print(stdout, QString::fromUtf8(report->json));
    return static_cast<int>(report->isWhole ? app::ExitStatus::ok : app::ExitStatus::failed);
}

int runSimulation(const app::Options& options) {
#ifdef __GLIBC__
    // Slots free and take the same megabyte again and again: giving it back to the system between
    // them costs as much as all else that the database's thread does.
    mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
#endif
    const auto report = app::simulate(options);
    if (!report) {
        print(stderr, report.error().text + QLatin1Char('\n'));
        return static_cast<int>(report.error().status);
    }
    if (!options.simulation.out) {
        print(stdout, QString::fromUtf8(*report));
        return static_cast<int>(app::ExitStatus::ok);
    }
    QSaveFile file(*options.simulation.out);
    if (!file.open(QIODevice::WriteOnly) || file.write(*report) != report->size() ||
        !file.commit()) {
        print(stderr, QStringLiteral("Cannot write %1: %2.\n")
                          .arg(*options.simulation.out, file.errorString()));
        return static_cast<int>(app::ExitStatus::failed);
    }
    return static_cast<int>(app::ExitStatus::ok);
}

int work(QCoreApplication& application, const app::Options& options) {
    auto worker = app::startWorker(options, [](const std::string& text) {
        print(stderr, QString::fromStdString(text) + QLatin1Char('\n'));
    });
    if (!worker) {
        print(stderr, worker.error().text + QLatin1Char('\n'));
        return static_cast<int>(worker.error().status);
    }
    app::UnixSignals unixSignals;
    QObject::connect(&unixSignals, &app::UnixSignals::quitRequested, &application,
                     &QCoreApplication::quit);
    const int status = application.exec();
    (*worker)->stop();
    return status;
}

// The first port above `taken` that can be bound and is not one of `ports`.
std::optional<std::uint16_t> nextFreePort(std::uint16_t taken, const app::Session::Ports& ports) {
    for (std::uint32_t port = taken + 1U; port <= 65'535; ++port) {
        const auto candidate = static_cast<std::uint16_t>(port);
        QTcpServer probe;
        if (candidate != ports.http && candidate != ports.webSocket &&
            probe.listen(QHostAddress::LocalHost, candidate)) {
            return candidate;
        }
    }
    return std::nullopt;
}

// Offers the next free ports when the wanted ones are taken; false when the person declines.
bool startGatewayOrAsk(app::Session& session, const app::Options& options) {
    app::Session::Ports ports{options.httpPort, options.wsPort};
    auto bound = session.startGateway(ports);
    while (!bound && bound.error().error == gateway::GatewayError::portInUse) {
        const std::uint16_t taken = bound.error().port;
        const auto next = nextFreePort(taken, ports);
        if (!next) {
            break;
        }
        const auto choice = QMessageBox::question(
            nullptr, QStringLiteral("Port in use"),
            QStringLiteral("Port %1 is in use by another program.\n\nUse port %2 instead?")
                .arg(taken)
                .arg(*next));
        if (choice != QMessageBox::Yes) {
            return false;
        }
        (taken == ports.http ? ports.http : ports.webSocket) = *next;
        bound = session.startGateway(ports);
    }
    if (!bound) {
        QMessageBox::critical(nullptr, QStringLiteral("Order Execution Engine"),
                              explainPort(bound.error()));
    }
    return bound.has_value();
}

int showWindow(QApplication& application, const app::Options& options) {
    auto session = app::Session::open(options);
    if (!session) {
        print(stderr, session.error().text + QLatin1Char('\n'));
        QMessageBox::critical(nullptr, QStringLiteral("Order Execution Engine"),
                              session.error().text);
        return static_cast<int>(session.error().status);
    }
    if (!startGatewayOrAsk(**session, options)) {
        return static_cast<int>(app::ExitStatus::portInUse);
    }
    app::UnixSignals unixSignals;
    QObject::connect(&unixSignals, &app::UnixSignals::quitRequested, &application,
                     &QCoreApplication::quit);
    ui::WindowOptions window;
    window.pageUrl = (*session)->pageUrl();
    window.dataFolder = (*session)->folder().path();
    window.databasePath = (*session)->folder().databasePath();
    window.settings = &(*session)->settingsFile();
    ui::MainWindow mainWindow((*session)->engine(), window);
    mainWindow.show();
    return application.exec();
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication::setApplicationName(QStringLiteral("order-execution-engine"));
    QCoreApplication::setApplicationVersion(QStringLiteral(OEE_VERSION));
    QStringList arguments;
    for (int i = 0; i < argc; ++i) {
        arguments.append(QString::fromLocal8Bit(argv[i]));
    }
    const auto options = app::parseCommandLine(arguments);
    if (!options) {
        print(options.error().exitStatus == 0 ? stdout : stderr, options.error().text);
        return options.error().exitStatus;
    }
    if (options->command == app::Command::serve) {
        QCoreApplication application(argc, argv);
        return serve(application, *options);
    }
    if (options->command == app::Command::quote) {
        return answerLines<market::QuoteBatch>(*options);
    }
    if (options->command == app::Command::route) {
        return answerLines<market::RouteBatch>(*options);
    }
    if (options->command == app::Command::verify) {
        QCoreApplication application(argc, argv);  // QtSql finds its driver through it
        return verify(*options);
    }
    if (options->command == app::Command::simulate) {
        QCoreApplication application(argc, argv);
        return runSimulation(*options);
    }
    if (options->command == app::Command::stress) {
        QCoreApplication application(argc, argv);
        return runStress(*options);
    }
    if (options->command == app::Command::worker) {
        QCoreApplication application(argc, argv);
        return work(application, *options);
    }
    QApplication application(argc, argv);
    QApplication::setApplicationDisplayName(QStringLiteral("Order Execution Engine"));
    ui::prepareApplication(application);
    QApplication::setDesktopFileName(QStringLiteral("order-execution-engine"));
    return showWindow(application, *options);
}
