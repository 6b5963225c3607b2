#pragma once
// The log: one file a start, the newest ten kept.

#include <memory>

#include <QFile>
#include <QString>

namespace oee::app {

// Sends Qt's messages (qInfo, qWarning, categories) to `folder`/engine-<time>.log and warnings to
// standard error too. Control characters are escaped, so that no text can fake a line. Warnings are
// in the file at once, other lines after 20 ms: a process that is killed may take these with it.
// Undone by the destructor.
class LogFile {
  public:
    explicit LogFile(const QString& folder);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    QString path() const;
};

}  // namespace oee::app
