// What looks after the database while the engine runs.

#include "runtime/live_engine.h"

namespace oee::runtime {

void LiveEngine::startCheck() {
    check_ = std::make_unique<storage::BackgroundCheck>(
        options_.databasePath,
        [this](const std::string& text) { emit notice(QString::fromStdString(text)); });
}

void LiveEngine::startRetention() {
    if (options_.retention.keepsAll()) {
        return;
    }
    retention_ = std::make_unique<storage::Retention>(
        options_.retention,
        storage::Retention::Environment{
            .databasePath = options_.databasePath,
            .archivePath = options_.archivePath,
            .store = *store_,
            .clock = *options_.clock,
            .notice =
                [this](const std::string& text) { emit notice(QString::fromStdString(text)); },
            .crashPoints = options_.crashPoints});
}

}  // namespace oee::runtime
