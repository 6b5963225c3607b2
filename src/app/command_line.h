#pragma once
// What the person typed after the program's name.

#include <cstdint>
#include <optional>

#include <QString>
#include <QStringList>
#include <tl/expected.hpp>

namespace oee::app {

// quote and route answer requests from standard input and end.
enum class Command { window, serve, quote, route };

struct Options {
    Command command = Command::window;
    QString dataFolder;               // absolute
    std::optional<QString> accounts;  // a folder of account dumps; absent: the generated market
    QString profile = QStringLiteral("calm");
    std::uint64_t seed = 1;
    unsigned workers = 0;  // 0: min(4, cores)
    QString redis = QStringLiteral("auto");
    std::uint16_t httpPort = 8000;
    std::uint16_t wsPort = 8001;
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
