#include "app/data_folder.h"

#include <array>
#include <utility>

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QSaveFile>
#include <QTemporaryFile>

namespace oee::app {
namespace {

constexpr qsizetype kTokenHexLength = 64;

QString holderOf(const QLockFile& lock) {
    qint64 process = 0;
    QString host;
    QString name;
    if (!lock.getLockInfo(&process, &host, &name)) {
        return QStringLiteral("another instance");
    }
    return QStringLiteral("%1 (process %2 on %3)").arg(name).arg(process).arg(host);
}

bool takesFiles(const QString& folder) {
    QTemporaryFile file(QDir(folder).filePath(QStringLiteral("writable-XXXXXX")));
    return file.open() && file.write("x") == 1 && file.flush();
}

QByteArray randomToken() {
    std::array<quint32, 8> words{};
    QRandomGenerator::system()->fillRange(words.data(), static_cast<qsizetype>(words.size()));
    return QByteArray(reinterpret_cast<const char*>(words.data()), sizeof words).toHex();
}

bool isToken(const QByteArray& text) {
    return text.size() == kTokenHexLength && QByteArray::fromHex(text).toHex() == text;
}

}  // namespace

QString explain(const DataFolderFailure& failure) {
    switch (failure.error) {
        case DataFolderError::cannotCreate:
            return QStringLiteral("The data folder %1 cannot be created.").arg(failure.path);
        case DataFolderError::notWritable:
            return QStringLiteral("The data folder %1 cannot be written to.").arg(failure.path);
        case DataFolderError::inUse:
            return QStringLiteral(
                       "The data folder %1 is in use by %2. Close it, or choose another "
                       "folder with --data-dir.")
                .arg(failure.path, failure.holder);
        case DataFolderError::tokenUnreadable:
            return QStringLiteral("The file %1 cannot be read or written.").arg(failure.path);
    }
    return {};
}

DataFolder::DataFolder(QString path, std::unique_ptr<QLockFile> lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

tl::expected<DataFolder, DataFolderFailure> DataFolder::open(const QString& path) {
    const bool existed = QDir(path).exists();
    if (!existed && !QDir().mkpath(path)) {
        return tl::unexpected(DataFolderFailure{DataFolderError::cannotCreate, path, {}});
    }
    if (!existed) {
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    auto lock = std::make_unique<QLockFile>(QDir(path).filePath(QStringLiteral("lock")));
    // Never stale by age: a process may sleep for a day. QLockFile still sees a dead one.
    lock->setStaleLockTime(0);
    if (!lock->tryLock(0)) {
        // The lock of a dead process fails in the same way where it cannot be replaced.
        if (lock->error() == QLockFile::LockFailedError && takesFiles(path)) {
            return tl::unexpected(DataFolderFailure{DataFolderError::inUse, path, holderOf(*lock)});
        }
        return tl::unexpected(DataFolderFailure{DataFolderError::notWritable, path, {}});
    }
    DataFolder folder(path, std::move(lock));
    if (!QDir().mkpath(folder.logFolder())) {
        return tl::unexpected(DataFolderFailure{DataFolderError::notWritable, path, {}});
    }
    return folder;
}

QString DataFolder::databasePathIn(const QString& folder) {
    return QDir(folder).filePath(QStringLiteral("engine.db"));
}

QString DataFolder::archivePathIn(const QString& folder) {
    return QDir(folder).filePath(QStringLiteral("archive.db"));
}

QString DataFolder::logFolder() const {
    return QDir(path_).filePath(QStringLiteral("logs"));
}

QString DataFolder::workerSecretPathIn(const QString& folder) {
    return QDir(folder).filePath(QStringLiteral("worker-secret"));
}

tl::expected<QByteArray, DataFolderFailure> DataFolder::token() const {
    return secretIn(QDir(path_).filePath(QStringLiteral("token")));
}

tl::expected<QByteArray, DataFolderFailure> DataFolder::workerSecret() const {
    return secretIn(workerSecretPathIn(path_));
}

tl::expected<QByteArray, DataFolderFailure> DataFolder::secretIn(const QString& path) {
    QFile file(path);
    if (file.exists()) {
        if (!file.open(QIODevice::ReadOnly)) {
            return tl::unexpected(DataFolderFailure{DataFolderError::tokenUnreadable, path, {}});
        }
        const QByteArray text = file.readAll().trimmed();
        if (isToken(text)) {
            QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
            return text;
        }
    }
    const QByteArray fresh = randomToken();
    QSaveFile save(path);
    if (!save.open(QIODevice::WriteOnly) ||
        !save.setPermissions(QFile::ReadOwner | QFile::WriteOwner) ||
        save.write(fresh + '\n') != fresh.size() + 1 || !save.commit()) {
        return tl::unexpected(DataFolderFailure{DataFolderError::tokenUnreadable, path, {}});
    }
    return fresh;
}

}  // namespace oee::app
