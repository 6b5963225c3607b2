#include "app/session.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include "runtime/network_profile_file.h"

namespace oee::app {
namespace {

constexpr unsigned kMostDefaultWorkers = 4;

tl::unexpected<StartFailure> failed(const QString& text, ExitStatus status = ExitStatus::failed) {
    return tl::unexpected(StartFailure{text, status});
}

tl::expected<market::GenesisMarket, StartFailure> generated(std::uint64_t seed) {
    const auto profile = market::loadMarketProfile(QStringLiteral("default"));
    if (!profile) {
        return failed(QStringLiteral("The market profile \"default\" is broken at %1.")
                          .arg(QString::fromStdString(profile.error().field)));
    }
    auto genesis = market::genesisFromProfile(*profile, seed);
    if (!genesis) {
        return failed(QStringLiteral("The market cannot be generated: %1 (%2).")
                          .arg(QString::fromStdString(genesis.error().what),
                               QString::fromStdString(genesis.error().where)));
    }
    return std::move(*genesis);
}

tl::expected<market::GenesisMarket, StartFailure> recorded(const QString& folder) {
    auto genesis = market::genesisFromDumps(folder);
    if (!genesis) {
        return failed(QStringLiteral("--accounts %1: %2 (%3).")
                          .arg(folder, QString::fromStdString(genesis.error().what),
                               QString::fromStdString(genesis.error().where)),
                      ExitStatus::badOption);
    }
    return std::move(*genesis);
}

}  // namespace

tl::expected<base::CrashPoints, StartFailure> crashPointsWanted() {
    const QByteArray wanted = qgetenv("OEE_CRASH_AT");
    if (wanted.isEmpty()) {
        return base::CrashPoints();
    }
    if (auto points = base::CrashPoints::parse(wanted.toStdString())) {
        return *std::move(points);
    }
    QString text = QStringLiteral("OEE_CRASH_AT takes NAME:COUNT; the names are:");
    for (const base::NamedCrashPoint& known : base::kCrashPoints) {
        text += QLatin1Char('\n') +
                QString::fromUtf8(known.name.data(), static_cast<qsizetype>(known.name.size()));
    }
    return failed(text, ExitStatus::badOption);
}

tl::expected<market::GenesisMarket, StartFailure> chooseMarket(const Options& options) {
    return options.accounts ? recorded(*options.accounts) : generated(options.seed);
}

unsigned workersOf(const Options& options) {
    if (options.workers) {
        return *options.workers;
    }
    return std::clamp(std::thread::hardware_concurrency(), 1U, kMostDefaultWorkers);
}

Session::Session(DataFolder folder) : folder_(std::move(folder)), log_(folder_.logFolder()) {}

tl::expected<std::unique_ptr<Session>, StartFailure> Session::open(const Options& options) {
    auto folder = DataFolder::open(options.dataFolder);
    if (!folder) {
        return failed(explain(folder.error()), ExitStatus::folderRefused);
    }
    std::unique_ptr<Session> session(new Session(std::move(*folder)));
    if (const auto started = session->start(options); !started) {
        return tl::unexpected(started.error());
    }
    return session;
}

tl::expected<void, StartFailure> Session::start(const Options& options) {
    const auto crashPoints = crashPointsWanted();
    if (!crashPoints) {
        return tl::unexpected(crashPoints.error());
    }
    crashPoints_ = *crashPoints;
    // The token file stands in the folder from the first start, asked for or not.
    const auto token = folder_.token();
    if (!token) {
        return failed(explain(token.error()), ExitStatus::folderRefused);
    }
    token_ = *token;
    const auto workerSecret = folder_.workerSecret();
    if (!workerSecret) {
        return failed(explain(workerSecret.error()), ExitStatus::folderRefused);
    }
    auto genesis = chooseMarket(options);
    if (!genesis) {
        return tl::unexpected(genesis.error());
    }
    for (const market::SkippedPool& skipped : genesis->skipped) {
        qInfo("Left out: %s pool %s (%s)", std::string(domain::nameOf(skipped.program)).c_str(),
              domain::toBase58(skipped.pool).c_str(), skipped.reason.c_str());
    }
    const QString path = settingsPath();
    QDir().mkpath(QFileInfo(path).absolutePath());
    settingsFile_ = std::make_unique<QSettings>(path, QSettings::IniFormat);
    const auto settings = readSettings(*settingsFile_, genesis->tokens);
    if (!settings) {
        return failed(explain(settings.error(), path));
    }
    settings_ = *settings;

    const auto profile = runtime::loadNetworkProfile(options.profile.toStdString());
    if (!profile) {
        return failed(QString::fromStdString(runtime::explain(profile.error())));
    }
    runtime::EngineOptions engine;
    engine.databasePath = folder_.databasePath();
    engine.archivePath = DataFolder::archivePathIn(folder_.path());
    engine.retention = settings_.retention;
    engine.genesis = std::move(*genesis);
    engine.profile = *profile;
    engine.seed = options.seed;
    engine.workers = workersOf(options);
    engine.redis = options.redis.toStdString();
    engine.remote = {workerSecret->toStdString(),
                     QCoreApplication::applicationVersion().toStdString()};
    engine.limits = settings_.limits;
    engine.maxOpenOrders = settings_.maxOpenOrders;
    engine.clock = &clock_;
    engine.crashPoints = crashPoints_;
    auto started = runtime::LiveEngine::start(std::move(engine));
    if (!started) {
        const ExitStatus status = started.error().error == runtime::EngineError::redis
                                      ? ExitStatus::badOption
                                      : ExitStatus::folderRefused;
        return failed(QString::fromStdString(started.error().detail), status);
    }
    engine_ = std::move(*started);
    return {};
}

tl::expected<gateway::Bound, gateway::GatewayFailure> Session::startGateway(const Ports& ports) {
    gateway::GatewayOptions options;
    options.httpPort = ports.http;
    options.wsPort = ports.webSocket;
    if (settings_.requireToken) {
        options.token = token_;
    }
    auto gateway = std::make_unique<gateway::Gateway>(*engine_, options);
    auto bound = gateway->start();
    if (bound) {
        gateway_ = std::move(gateway);
        crashPoints_.reach(base::CrashPoint::startAfterGateway);
        pageUrl_ = QUrl(QStringLiteral("http://localhost:%1").arg(bound->httpPort));
    }
    return bound;
}

}  // namespace oee::app
