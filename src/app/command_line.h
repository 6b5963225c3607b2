#pragma once
// What the person typed after the program's name.

#include <cstdint>
#include <optional>
#include <vector>

#include <QString>
#include <QStringList>
#include <QUrl>
#include <tl/expected.hpp>

namespace oee::app {

// The others do one thing and end: quote and route answer requests from standard input, verify
// checks a data folder, simulate runs random orders in virtual time, stress sends them to an engine
// that runs, worker plans for an engine on another machine until it is stopped.
enum class Command { window, serve, quote, route, verify, simulate, stress, worker };

struct PathOption {
    QString pair;  // SOL/USDC
    QString file;  // absolute
};

// Of `simulate`; orders and pairs of `stress`, too.
struct SimulationChoice {
    std::uint64_t orders = 0;
    std::uint64_t rate = 50;  // orders a slot
    QStringList pairs;        // SOL/USDC, …; empty: all
    std::vector<PathOption> paths;
    double pathScale = 1;
    bool counterfactuals = false;
    std::optional<QString> out;  // a file, absolute; absent: standard output
};

// Of `stress` alone.
struct StressChoice {
    unsigned concurrency = 10;  // requests under way at once
    QUrl url{QStringLiteral("http://127.0.0.1:8000")};
};

// Of `worker` alone.
struct WorkerChoice {
    std::optional<QString> instance;    // absent: the only engine that uses that Redis
    std::optional<QString> secretFile;  // absolute
    std::optional<QString> name;        // absent: after the machine
};

struct Options {
    Command command = Command::window;
    QString dataFolder;               // absolute
    bool isDataFolderGiven = false;   // by --data-dir
    std::optional<QString> accounts;  // a folder of account dumps; absent: the generated market
    QString profile = QStringLiteral("calm");
    std::uint64_t seed = 1;
    std::optional<unsigned> workers;  // absent: min(4, cores); 0: only remote ones
    QString redis = QStringLiteral("auto");
    std::uint16_t httpPort = 8000;
    std::uint16_t wsPort = 8001;
    SimulationChoice simulation;
    StressChoice stress;
    WorkerChoice worker;
};

// Not an order to run: text to print, and the status to exit with (0 for --help and --version, 2
// for a mistake, which the text names).
struct Refused {
    QString text;
    int exitStatus = 2;
};

// `arguments` with the program's name first. Options may stand before or after the command word.
tl::expected<Options, Refused> parseCommandLine(const QStringList& arguments);

}  // namespace oee::app
