#pragma once
// Reads a file that is too large to be checked before the engine starts, while it runs: every row
// of every table, a piece at a time, on a thread and a connection of its own.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <QString>

class QThread;

namespace oee::storage {

class Connection;

// What SQLite finds wrong with a page when it reads it is found; not what a row says (verify does
// that), nor an index whose entries are not those of its table.
class BackgroundCheck {
  public:
    // `notice` is called at most once, on the thread, with what is damaged, in a sentence.
    BackgroundCheck(QString databasePath, std::function<void(const std::string&)> notice);
    // Waits for the piece that is under way.
    ~BackgroundCheck();
    BackgroundCheck(const BackgroundCheck&) = delete;
    BackgroundCheck& operator=(const BackgroundCheck&) = delete;

    bool isDone() const;

  private:
    void run();
    // False: something is wrong, or it is to end.
    bool readTable(Connection& connection, const QString& table, bool hasRowid);
    bool rest(std::chrono::microseconds wait);

    const QString databasePath_;
    const std::function<void(const std::string&)> notice_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;  // guarded by mutex_
    bool isDone_ = false;  // guarded by mutex_
    std::unique_ptr<QThread> thread_;
};

}  // namespace oee::storage
