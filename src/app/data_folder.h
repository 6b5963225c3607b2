#pragma once
// The data folder: who uses it, the API token, the log.

#include <memory>

#include <QByteArray>
#include <QLockFile>
#include <QString>
#include <tl/expected.hpp>

namespace oee::app {

enum class DataFolderError { cannotCreate, notWritable, inUse, tokenUnreadable };

struct DataFolderFailure {
    DataFolderError error = DataFolderError::cannotCreate;
    QString path;
    QString holder;  // inUse: the first instance, as "order-execution-engine (process 123 on host)"
};
QString explain(const DataFolderFailure& failure);

// Held for as long as the process uses the folder.
class DataFolder {
  public:
    // Creates the folder (0700) where it is missing, and locks it against a second instance.
    static tl::expected<DataFolder, DataFolderFailure> open(const QString& path);

    const QString& path() const { return path_; }
    QString databasePath() const { return databasePathIn(path_); }
    static QString databasePathIn(const QString& folder);
    // Orders that the settings move out of the database.
    static QString archivePathIn(const QString& folder);
    QString logFolder() const;
    // 256 random bits in hexadecimal, kept in the file `token` (0600); made where it is missing.
    tl::expected<QByteArray, DataFolderFailure> token() const;
    // Likewise in the file `worker-secret`: what remote workers share with this engine.
    tl::expected<QByteArray, DataFolderFailure> workerSecret() const;
    static QString workerSecretPathIn(const QString& folder);

  private:
    static tl::expected<QByteArray, DataFolderFailure> secretIn(const QString& path);

    DataFolder(QString path, std::unique_ptr<QLockFile> lock);

    QString path_;
    std::unique_ptr<QLockFile> lock_;
};

}  // namespace oee::app
