#pragma once
// The options of the command `stress`.

#include <QCommandLineParser>
#include <QString>
#include <tl/expected.hpp>

#include "app/command_line.h"

namespace oee::app {

// --orders and --pairs are those of simulate.
class StressOptionSet {
  public:
    void addTo(QCommandLineParser& parser) const;
    // Mistakes in words. They belong to no other command.
    tl::expected<StressChoice, QString> read(const QCommandLineParser& parser,
                                             const Options& options) const;

  private:
    QCommandLineOption concurrency_{
        QStringLiteral("concurrency"),
        QStringLiteral("stress: requests under way at once (default: 10)."), QStringLiteral("C")};
    QCommandLineOption url_{
        QStringLiteral("url"),
        QStringLiteral("stress: the engine's address (default: http://127.0.0.1:8000)."),
        QStringLiteral("URL")};
};

}  // namespace oee::app
