#pragma once
// The options of `worker`.

#include <QCommandLineOption>
#include <QCommandLineParser>
#include <QString>
#include <tl/expected.hpp>

#include "app/command_line.h"

namespace oee::app {

class WorkerOptionSet {
  public:
    void addTo(QCommandLineParser& parser) const;
    // Mistakes in words. They belong to no other commands.
    tl::expected<WorkerChoice, QString> read(const QCommandLineParser& parser,
                                             Command command) const;

  private:
    QCommandLineOption instance_{
        QStringLiteral("instance"),
        QStringLiteral("worker: the engine to work for, by the instanceId that its /api/status "
                       "tells (default: the only one that uses that Redis)."),
        QStringLiteral("ID")};
    QCommandLineOption secretFile_{
        QStringLiteral("secret-file"),
        QStringLiteral("worker: a copy of worker-secret from the engine's data folder (default: "
                       "OEE_WORKER_SECRET, then this machine's data folder)."),
        QStringLiteral("FILE")};
    QCommandLineOption name_{
        QStringLiteral("name"),
        QStringLiteral("worker: what the engine's status calls it (default: the machine's name)."),
        QStringLiteral("NAME")};
};

}  // namespace oee::app
