#pragma once
// The composition root: one engine on one data folder, with its page and API.

#include <cstdint>
#include <memory>

#include <QSettings>
#include <QString>
#include <QUrl>
#include <tl/expected.hpp>

#include "app/command_line.h"
#include "app/data_folder.h"
#include "app/log_file.h"
#include "app/settings.h"
#include "base/clock.h"
#include "gateway/gateway.h"
#include "runtime/live_engine.h"

namespace oee::app {

enum class ExitStatus { ok = 0, failed = 1, badOption = 2, portInUse = 3, folderRefused = 4 };

struct StartFailure {
    QString text;
    ExitStatus status = ExitStatus::failed;
};

class Session {
  public:
    // Locks the folder, reads settings and market, starts the engine. The gateway is not up yet.
    static tl::expected<std::unique_ptr<Session>, StartFailure> open(const Options& options);

    struct Ports {
        std::uint16_t http = 0;
        std::uint16_t webSocket = 0;
    };
    // Port 0 is any free one.
    tl::expected<gateway::Bound, gateway::GatewayFailure> startGateway(const Ports& ports);

    runtime::Engine& engine() { return *engine_; }
    const DataFolder& folder() const { return folder_; }
    QSettings& settingsFile() { return *settingsFile_; }
    // Valid once the gateway is up.
    QUrl pageUrl() const { return pageUrl_; }

  private:
    explicit Session(DataFolder folder);

    tl::expected<void, StartFailure> start(const Options& options);

    // Destroyed from the bottom: gateway, engine, …, the folder's lock last.
    DataFolder folder_;
    LogFile log_;
    base::SystemClock clock_;
    std::unique_ptr<QSettings> settingsFile_;
    Settings settings_;
    QByteArray token_;
    std::unique_ptr<runtime::LiveEngine> engine_;
    std::unique_ptr<gateway::Gateway> gateway_;
    QUrl pageUrl_;
};

}  // namespace oee::app
