#include "app/worker_options.h"

#include <QDir>
#include <QRegularExpression>

namespace oee::app {

void WorkerOptionSet::addTo(QCommandLineParser& parser) const {
    parser.addOptions({instance_, secretFile_, name_});
}

tl::expected<WorkerChoice, QString> WorkerOptionSet::read(const QCommandLineParser& parser,
                                                          Command command) const {
    WorkerChoice choice;
    if (command != Command::worker) {
        for (const QCommandLineOption* option : {&instance_, &secretFile_, &name_}) {
            if (parser.isSet(*option)) {
                return tl::make_unexpected(
                    QStringLiteral("--%1 belongs to worker.").arg(option->names().constFirst()));
            }
        }
        return choice;
    }
    // Both become parts of keys.
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9._-]{1,64}$"));
    for (const QCommandLineOption* option : {&instance_, &name_}) {
        if (parser.isSet(*option) && !plain.match(parser.value(*option)).hasMatch()) {
            return tl::make_unexpected(
                QStringLiteral("--%1: \"%2\" is not 1 to 64 of the characters A-Z a-z 0-9 . _ -.")
                    .arg(option->names().constFirst(), parser.value(*option)));
        }
    }
    if (parser.isSet(instance_)) {
        choice.instance = parser.value(instance_);
    }
    if (parser.isSet(name_)) {
        choice.name = parser.value(name_);
    }
    if (parser.isSet(secretFile_)) {
        choice.secretFile = QDir::current().absoluteFilePath(parser.value(secretFile_));
    }
    return choice;
}

}  // namespace oee::app
