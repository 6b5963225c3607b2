#include "app/command_line.h"

#include <limits>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QStandardPaths>

#include "app/simulate_options.h"
#include "app/stress_options.h"
#include "app/worker_options.h"
#include "domain/amount.h"
#include "runtime/network_profile_file.h"

namespace oee::app {
namespace {

QStringList profileNames() {
    QStringList names;
    for (const std::string& name : runtime::networkProfileNames()) {
        names.append(QString::fromStdString(name));
    }
    return names;
}

struct OptionSet {
    QCommandLineOption dataDir{QStringLiteral("data-dir"),
                               QStringLiteral("Folder of engine.db, token and logs."),
                               QStringLiteral("DIR")};
    QCommandLineOption accounts{
        QStringLiteral("accounts"),
        QStringLiteral("Start from account dumps in DIR instead of the generated market."),
        QStringLiteral("DIR")};
    QCommandLineOption batch{
        QStringLiteral("batch"),
        QStringLiteral("quote, route: read requests as JSON lines from standard "
                       "input and answer each with one.")};
    QCommandLineOption profile{QStringLiteral("profile"),
                               QStringLiteral("How the network behaves: instant, calm, busy "
                                              "or meltdown (default: calm)."),
                               QStringLiteral("NAME")};
    QCommandLineOption seed{QStringLiteral("seed"),
                            QStringLiteral("Seed of everything random (default: 1)."),
                            QStringLiteral("N")};
    QCommandLineOption workers{
        QStringLiteral("workers"),
        QStringLiteral("Planning threads, 1 to 64 (default: as many as cores, at most 4); with a "
                       "redis:// URL also 0: only remote workers plan."),
        QStringLiteral("N")};
    QCommandLineOption redis{QStringLiteral("redis"),
                             QStringLiteral("Job queue: a redis:// URL, auto (a local Redis if one "
                                            "answers) or none (default: auto)."),
                             QStringLiteral("URL|auto|none")};
    QCommandLineOption httpPort{QStringLiteral("http-port"),
                                QStringLiteral("Port of the page and the API (default: 8000)."),
                                QStringLiteral("PORT")};
    QCommandLineOption wsPort{QStringLiteral("ws-port"),
                              QStringLiteral("Port of the WebSocket (default: 8001)."),
                              QStringLiteral("PORT")};
    SimulateOptionSet simulate;
    StressOptionSet stress;
    WorkerOptionSet worker;
    QCommandLineOption help{{QStringLiteral("h"), QStringLiteral("help")},
                            QStringLiteral("Print this help and exit.")};
    QCommandLineOption version{{QStringLiteral("v"), QStringLiteral("version")},
                               QStringLiteral("Print the version and exit.")};

    void addTo(QCommandLineParser& parser) const {
        parser.addOptions(
            {dataDir, accounts, batch, profile, seed, workers, redis, httpPort, wsPort});
        simulate.addTo(parser);
        stress.addTo(parser);
        worker.addTo(parser);
        parser.addOptions({help, version});
    }
};

tl::unexpected<Refused> mistake(const QString& text) {
    return tl::unexpected(
        Refused{text + QStringLiteral("\nTry: order-execution-engine --help\n"), 2});
}

struct NumberRange {
    std::uint64_t lowest = 0;
    std::uint64_t highest = std::numeric_limits<std::uint64_t>::max();
};

tl::expected<std::uint64_t, Refused> number(const QCommandLineParser& parser,
                                            const QCommandLineOption& option,
                                            const NumberRange& range, std::uint64_t fallback) {
    if (!parser.isSet(option)) {
        return fallback;
    }
    const QString text = parser.value(option);
    const auto value = domain::parseRaw(text.toStdString());
    if (!value || *value < range.lowest || *value > range.highest) {
        return mistake(QStringLiteral("--%1: \"%2\" is not a whole number from %3 to %4.")
                           .arg(option.names().constLast(), text)
                           .arg(range.lowest)
                           .arg(range.highest));
    }
    return *value;
}

tl::expected<Command, Refused> commandOf(const QStringList& words) {
    if (words.isEmpty()) {
        return Command::window;
    }
    if (words.size() > 1) {
        return mistake(QStringLiteral("Unexpected argument \"%1\".").arg(words.at(1)));
    }
    if (words.constFirst() == QStringLiteral("serve")) {
        return Command::serve;
    }
    if (words.constFirst() == QStringLiteral("quote")) {
        return Command::quote;
    }
    if (words.constFirst() == QStringLiteral("route")) {
        return Command::route;
    }
    if (words.constFirst() == QStringLiteral("verify")) {
        return Command::verify;
    }
    if (words.constFirst() == QStringLiteral("simulate")) {
        return Command::simulate;
    }
    if (words.constFirst() == QStringLiteral("stress")) {
        return Command::stress;
    }
    if (words.constFirst() == QStringLiteral("worker")) {
        return Command::worker;
    }
    return mistake(QStringLiteral("Unknown command \"%1\".").arg(words.constFirst()));
}

// Batch commands need to know from what, and how: nothing else is done with them yet.
tl::expected<void, Refused> checkBatch(const QCommandLineParser& parser, const OptionSet& set,
                                       Command command) {
    if (command != Command::quote && command != Command::route) {
        if (parser.isSet(set.batch)) {
            return mistake(QStringLiteral("--batch belongs to quote and route."));
        }
        return {};
    }
    const QString word =
        command == Command::quote ? QStringLiteral("quote") : QStringLiteral("route");
    if (!parser.isSet(set.batch)) {
        return mistake(QStringLiteral("%1: --batch is missing.").arg(word));
    }
    if (!parser.isSet(set.accounts)) {
        return mistake(QStringLiteral("%1: --accounts is missing.").arg(word));
    }
    return {};
}

// Everything that is a number.
tl::expected<void, Refused> readNumbers(const QCommandLineParser& parser, const OptionSet& set,
                                        Options& options) {
    constexpr std::uint64_t kHighestPort = 65'535;
    const auto seed = number(parser, set.seed, {}, options.seed);
    const auto workers = number(parser, set.workers, {0, 64}, 0);
    const auto httpPort = number(parser, set.httpPort, {0, kHighestPort}, options.httpPort);
    const auto wsPort = number(parser, set.wsPort, {0, kHighestPort}, options.wsPort);
    for (const auto* value : {&seed, &workers, &httpPort, &wsPort}) {
        if (!*value) {
            return tl::unexpected(value->error());
        }
    }
    if (*httpPort != 0 && *httpPort == *wsPort) {
        return mistake(QStringLiteral("--http-port and --ws-port are both %1.").arg(*httpPort));
    }
    options.seed = *seed;
    if (parser.isSet(set.workers)) {
        options.workers = static_cast<unsigned>(*workers);
    }
    options.httpPort = static_cast<std::uint16_t>(*httpPort);
    options.wsPort = static_cast<std::uint16_t>(*wsPort);
    return {};
}

bool mayBeWithoutWorkers(const Options& options) {
    const bool isEngine = options.command == Command::serve || options.command == Command::window;
    return isEngine && options.redis.contains(QStringLiteral("://"));
}

}  // namespace

tl::expected<Options, Refused> parseCommandLine(const QStringList& arguments) {
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Executes orders against Raydium and Meteora pools without real capital.\n"
        "Without a command the window opens; `serve` is the same engine without a window;\n"
        "`quote --accounts DIR --batch` answers swap requests exactly as the programs would;\n"
        "`route --accounts DIR --batch` finds the plans that pay most over all pools;\n"
        "`verify` checks that the history in the data folder is whole;\n"
        "`simulate --orders N` runs random orders through the whole engine in virtual time;\n"
        "`stress --orders N` sends random orders to an engine that runs;\n"
        "`worker --redis URL` plans for an engine on another machine."));
    parser.addPositionalArgument(
        QStringLiteral("command"),
        QStringLiteral("serve: run without a window. quote: answer swap "
                       "requests from standard input. route: likewise, over all "
                       "pools. verify: check the data "
                       "folder's history. simulate: run random orders in virtual time. "
                       "stress: send random orders to an engine that runs. "
                       "worker: plan for an engine on another machine."),
        QStringLiteral("[serve|quote|route|verify|simulate|stress|worker]"));
    const OptionSet set;
    set.addTo(parser);
    if (!parser.parse(arguments)) {
        return mistake(parser.errorText());
    }
    if (parser.isSet(set.help)) {
        return tl::unexpected(Refused{parser.helpText(), 0});
    }
    if (parser.isSet(set.version)) {
        return tl::unexpected(Refused{QCoreApplication::applicationName() + QLatin1Char(' ') +
                                          QCoreApplication::applicationVersion() +
                                          QLatin1Char('\n'),
                                      0});
    }
    Options options;
    const auto command = commandOf(parser.positionalArguments());
    if (!command) {
        return tl::unexpected(command.error());
    }
    options.command = *command;
    if (const auto checked = checkBatch(parser, set, *command); !checked) {
        return tl::unexpected(checked.error());
    }
    if (const auto read = readNumbers(parser, set, options); !read) {
        return tl::unexpected(read.error());
    }
    auto simulation = set.simulate.read(parser, *command);
    const auto stress = set.stress.read(parser, options);
    if (!simulation || !stress) {
        return mistake(simulation ? stress.error() : simulation.error());
    }
    auto worker = set.worker.read(parser, *command);
    if (!worker) {
        return mistake(worker.error());
    }
    options.worker = std::move(*worker);
    options.simulation = std::move(*simulation);
    options.stress = *stress;
    if (parser.isSet(set.profile)) {
        options.profile = parser.value(set.profile);
        if (const QStringList known = profileNames(); !known.contains(options.profile)) {
            return mistake(QStringLiteral("--profile: no profile \"%1\"; there are %2.")
                               .arg(options.profile, known.join(QStringLiteral(", "))));
        }
    }
    if (parser.isSet(set.accounts)) {
        options.accounts = QDir(parser.value(set.accounts)).absolutePath();
    }
    if (parser.isSet(set.redis)) {
        options.redis = parser.value(set.redis);
    }
    if (options.workers == 0U && !mayBeWithoutWorkers(options)) {
        return mistake(
            QStringLiteral("--workers 0: only an engine with a --redis redis://… URL "
                           "can leave planning to remote workers."));
    }
    if (options.command == Command::worker && options.redis == QStringLiteral("none")) {
        return mistake(QStringLiteral("worker: --redis none leaves nothing to work for."));
    }
    options.isDataFolderGiven = parser.isSet(set.dataDir);
    options.dataFolder = parser.isSet(set.dataDir)
                             ? parser.value(set.dataDir)
                             : QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
    if (options.dataFolder.isEmpty()) {
        return mistake(QStringLiteral("--data-dir: the folder's name is empty."));
    }
    options.dataFolder = QDir(options.dataFolder).absolutePath();
    return options;
}

}  // namespace oee::app
