#pragma once
// Keeps the history as long as its policy says: on a thread of its own it looks for older orders,
// copies them into the archive where they are wanted, and asks the writer to take them away, a few
// at a time and in its pauses.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <QString>

#include "base/clock.h"
#include "base/crash_points.h"
#include "storage/prune.h"

class QThread;

namespace oee::storage {

class Archive;
class Connection;
class SqliteStore;

class Retention {
  public:
    struct Environment {
        QString databasePath;
        QString archivePath;
        SqliteStore& store;        // must outlive it
        const base::Clock& clock;  // likewise
        // What a person should know, in a sentence; on the thread.
        std::function<void(const std::string&)> notice;
        base::CrashPoints crashPoints{};
    };

    Retention(const RetentionPolicy& policy, Environment environment);
    // Waits for the piece that is under way.
    ~Retention();
    Retention(const Retention&) = delete;
    Retention& operator=(const Retention&) = delete;

    // Orders that it has taken away since it began.
    std::uint64_t prunedOrders() const;

  private:
    using Wait = std::chrono::microseconds;

    void run();
    // One piece of work, and how long to rest after it.
    Wait step();
    // How long the writer needed for them.
    tl::expected<Wait, std::string> move(const std::vector<domain::OrderId>& orders);
    bool openFiles();
    Wait complain(const std::string& problem);
    bool rest(Wait wait);  // false: it is to end

    const RetentionPolicy policy_;
    const Environment environment_;
    std::unique_ptr<Connection> reader_;
    std::unique_ptr<Archive> archive_;
    std::optional<domain::OrderId> reached_;  // of this pass
    std::string problem_;                     // the last that was told of

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::uint64_t pruned_ = 0;  // guarded by mutex_
    bool ending_ = false;       // guarded by mutex_
    std::unique_ptr<QThread> thread_;
};

}  // namespace oee::storage
