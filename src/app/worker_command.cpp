#include "app/worker_command.h"

#include <utility>

#include <QCoreApplication>
#include <QFile>
#include <QRandomGenerator>
#include <QSysInfo>

#include "app/data_folder.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_url.h"
#include "jobs/worker_roster.h"

namespace oee::app {
namespace {

// Shorter ones could be guessed.
constexpr qsizetype kShortestSecret = 32;
constexpr qint64 kLongestSecretFile = 4'096;

tl::unexpected<StartFailure> mistake(const QString& text) {
    return tl::unexpected(StartFailure{text, ExitStatus::badOption});
}

tl::expected<std::string, StartFailure> secretOf(const Options& options) {
    QString source = QStringLiteral("OEE_WORKER_SECRET");
    QByteArray secret = qgetenv("OEE_WORKER_SECRET");
    if (options.worker.secretFile || secret.isEmpty()) {
        source =
            options.worker.secretFile.value_or(DataFolder::workerSecretPathIn(options.dataFolder));
        QFile file(source);
        if (!file.open(QIODevice::ReadOnly)) {
            return mistake(
                options.worker.secretFile
                    ? QStringLiteral("--secret-file: %1 cannot be read (%2).")
                          .arg(source, file.errorString())
                    : QStringLiteral("worker: the secret is missing. Copy worker-secret from the "
                                     "engine's data folder and give it with --secret-file, or in "
                                     "OEE_WORKER_SECRET."));
        }
        secret = file.read(kLongestSecretFile);
    }
    secret = secret.trimmed();
    if (secret.size() < kShortestSecret) {
        return mistake(QStringLiteral("worker: the secret in %1 has fewer than %2 characters.")
                           .arg(source)
                           .arg(kShortestSecret));
    }
    return secret.toStdString();
}

// The only engine that uses a server.
tl::expected<std::string, StartFailure> onlyEngineAt(const jobs::RedisUrl& url) {
    const QString where = QString::fromStdString(jobs::describe(url));
    auto connection = jobs::RedisConnection::open(url, {});
    const auto engines = connection ? jobs::listEngines(*connection)
                                    : tl::make_unexpected(std::move(connection.error()));
    if (!engines) {
        return tl::unexpected(StartFailure{
            QStringLiteral("worker: Redis at %1 cannot be asked for engines: %2. With --instance "
                           "the worker waits for it.")
                .arg(where, QString::fromStdString(engines.error().text)),
            ExitStatus::failed});
    }
    if (engines->empty()) {
        return tl::unexpected(StartFailure{
            QStringLiteral("worker: no engine uses Redis at %1 now. With --instance the worker "
                           "waits for it.")
                .arg(where),
            ExitStatus::failed});
    }
    if (engines->size() > 1) {
        QString names;
        for (const std::string& engine : *engines) {
            names += QLatin1Char(' ') + QString::fromStdString(engine);
        }
        return mistake(QStringLiteral("worker: several engines use Redis at %1; choose one with "
                                      "--instance:%2")
                           .arg(where, names));
    }
    return engines->front();
}

// Two workers of one machine, and two runs of one, are not the same.
std::string uniqueName(const Options& options) {
    const std::string wanted =
        options.worker.name.value_or(QSysInfo::machineHostName()).toStdString();
    const QString run = QString::number(QRandomGenerator::system()->generate(), 36);
    return jobs::workerName(wanted.substr(0, 48) + "-" + run.toStdString());
}

}  // namespace

tl::expected<std::unique_ptr<runtime::RemoteWorker>, StartFailure> startWorker(
    const Options& options, std::function<void(const std::string& text)> say) {
    runtime::RemoteWorkerOptions worker;
    auto crashPoints = crashPointsWanted();
    if (!crashPoints) {
        return tl::unexpected(crashPoints.error());
    }
    worker.crashPoints = *std::move(crashPoints);
    if (options.redis != QStringLiteral("auto")) {
        const auto url = jobs::parseRedisUrl(options.redis.toStdString());
        if (!url) {
            return mistake(QStringLiteral("--redis: %1")
                               .arg(QString::fromUtf8(jobs::explain(url.error()).data())));
        }
        worker.redis = *url;
    }
    auto secret = secretOf(options);
    if (!secret) {
        return tl::unexpected(secret.error());
    }
    worker.secret = std::move(*secret);
    if (options.worker.instance) {
        worker.instanceId = options.worker.instance->toStdString();
    } else if (auto found = onlyEngineAt(worker.redis)) {
        worker.instanceId = std::move(*found);
    } else {
        return tl::unexpected(found.error());
    }
    worker.name = uniqueName(options);
    worker.version = QCoreApplication::applicationVersion().toStdString();
    worker.threads = workersOf(options);
    say("Worker " + worker.name + ": " + std::to_string(worker.threads) +
        (worker.threads == 1 ? " thread" : " threads") + ", Redis " + jobs::describe(worker.redis) +
        ", engine " + worker.instanceId + ".");
    worker.say = std::move(say);
    auto running = std::make_unique<runtime::RemoteWorker>(std::move(worker));
    running->start();
    return running;
}

}  // namespace oee::app
