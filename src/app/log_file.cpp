#include "app/log_file.h"

#include <cstdio>
#include <mutex>

#include <QDateTime>
#include <QDir>
#include <QMessageLogContext>

namespace oee::app {
namespace {

constexpr int kKeptLogs = 10;

// Qt's message handler is a plain function: what it writes to has to be reachable from it. Guarded
// by the mutex; null outside a LogFile's life.
std::mutex logMutex;
QFile* logTarget = nullptr;

QByteArray escaped(const QString& text) {
    QByteArray line;
    for (const char byte : text.toUtf8()) {
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) {
            line += "\\x" + QByteArray(1, byte).toHex();
        } else {
            line += byte;
        }
    }
    return line;
}

const char* levelOf(QtMsgType type) {
    switch (type) {
        case QtDebugMsg:
            return "debug";
        case QtInfoMsg:
            return "info";
        case QtWarningMsg:
            return "warning";
        case QtCriticalMsg:
            return "error";
        case QtFatalMsg:
            return "fatal";
    }
    return "info";
}

void handleMessage(QtMsgType type, const QMessageLogContext& context, const QString& text) {
    const QByteArray line = QDateTime::currentDateTime().toString(Qt::ISODateWithMs).toUtf8() +
                            ' ' + levelOf(type) + ' ' + QByteArray(context.category) + ": " +
                            escaped(text) + '\n';
    const std::lock_guard lock(logMutex);
    if (logTarget != nullptr) {
        logTarget->write(line);
        logTarget->flush();
    }
    if (type != QtDebugMsg && type != QtInfoMsg) {
        std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
    }
}

}  // namespace

LogFile::LogFile(const QString& folder) {
    QDir directory(folder);
    const QStringList old =
        directory.entryList({QStringLiteral("engine-*.log")}, QDir::Files, QDir::Name);
    for (qsizetype i = 0; i + kKeptLogs <= old.size(); ++i) {
        directory.remove(old.at(i));
    }
    const QString name = QDateTime::currentDateTimeUtc().toString(
        QStringLiteral("'engine-'yyyyMMdd-HHmmss-zzz'.log'"));
    auto file = std::make_unique<QFile>(directory.filePath(name));
    if (!file->open(QIODevice::WriteOnly | QIODevice::Append)) {
        qWarning("The log file %s cannot be written.", qUtf8Printable(file->fileName()));
        return;
    }
    {
        const std::lock_guard lock(logMutex);
        logTarget = file.release();
    }
    qInstallMessageHandler(handleMessage);
}

LogFile::~LogFile() {
    qInstallMessageHandler(nullptr);
    const std::lock_guard lock(logMutex);
    delete logTarget;
    logTarget = nullptr;
}

QString LogFile::path() const {
    const std::lock_guard lock(logMutex);
    return logTarget == nullptr ? QString() : logTarget->fileName();
}

}  // namespace oee::app
