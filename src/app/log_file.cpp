#include "app/log_file.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>

#include <QDateTime>
#include <QDir>
#include <QMessageLogContext>

namespace oee::app {
namespace {

constexpr int kKeptLogs = 10;

// How long a line may wait for company.
constexpr std::chrono::milliseconds kFlushAfter{20};

QByteArray escaped(const QString& text) {
    QByteArray bytes = text.toUtf8();
    const auto isControl = [](char byte) {
        return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
    };
    if (std::none_of(bytes.cbegin(), bytes.cend(), isControl)) {
        return bytes;
    }
    QByteArray line;
    for (const char byte : bytes) {
        if (isControl(byte)) {
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

// An engine under load logs fifty thousand lines a second. So lines are put together here, and a
// thread writes what has come together; a warning is written at once, with all before it.
class Sink {
  public:
    explicit Sink(std::unique_ptr<QFile> file) : file_(std::move(file)) {
        thread_ = std::thread([this] { run(); });
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    ~Sink() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    enum class Write { soon, now };
    void add(const QByteArray& line, Write when) {
        std::unique_lock lock(mutex_);
        putTimestamp();
        waiting_ += line;
        if (when == Write::now) {
            flush(lock);
        } else if (std::exchange(isIdle_, false)) {
            wake_.notify_one();
        }
    }

    QString path() const { return file_->fileName(); }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        while (!stopping_ || !waiting_.isEmpty()) {
            isIdle_ = true;
            wake_.wait(lock, [this] { return stopping_ || !waiting_.isEmpty(); });
            isIdle_ = false;
            wake_.wait_for(lock, kFlushAfter, [this] { return stopping_; });
            flush(lock);
        }
    }

    // Lines are written in the order in which they came, also by two threads.
    void flush(std::unique_lock<std::mutex>& lock) {
        {
            const std::lock_guard writing(fileMutex_);
            writing_.swap(waiting_);
            lock.unlock();
            file_->write(writing_);
            file_->flush();
            writing_.resize(0);  // its memory is for the lines after the next
        }
        lock.lock();
    }

    // 2026-11-30T13:55:50.123, local time; the part before the dot is made once a second.
    void putTimestamp() {
        constexpr qint64 kMillis = 1'000;
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        if (const qint64 second = now / kMillis; second != second_) {
            second_ = second;
            secondText_ = QDateTime::fromSecsSinceEpoch(second).toString(Qt::ISODate).toLatin1();
        }
        const auto millis = static_cast<int>(now % kMillis);
        const auto digit = [](int value) { return static_cast<char>('0' + value % 10); };
        const std::array<char, 4> fraction{'.', digit(millis / 100), digit(millis / 10),
                                           digit(millis)};
        waiting_.append(secondText_).append(fraction.data(), fraction.size());
    }

    const std::unique_ptr<QFile> file_;
    std::mutex mutex_;
    std::mutex fileMutex_;
    std::condition_variable wake_;
    QByteArray writing_;  // guarded by fileMutex_
    QByteArray waiting_;  // guarded by mutex_
    qint64 second_ = -1;  // likewise, to the end
    QByteArray secondText_;
    bool isIdle_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

// Qt's message handler is a plain function: what it writes to has to be reachable from it. Guarded
// by the mutex; null outside a LogFile's life.
std::mutex logMutex;
std::unique_ptr<Sink> logSink;

void handleMessage(QtMsgType type, const QMessageLogContext& context, const QString& text) {
    const bool isUrgent = type != QtDebugMsg && type != QtInfoMsg;
    const QByteArray words = escaped(text);
    QByteArray line;
    line.reserve(words.size() + 64);
    line.append(' ').append(levelOf(type)).append(' ').append(context.category);
    line.append(": ").append(words).append('\n');
    const std::lock_guard lock(logMutex);
    if (logSink) {
        logSink->add(line, isUrgent ? Sink::Write::now : Sink::Write::soon);
    }
    if (isUrgent) {
        const QByteArray stamped =
            QDateTime::currentDateTime().toString(Qt::ISODateWithMs).toUtf8() + line;
        std::fwrite(stamped.constData(), 1, static_cast<std::size_t>(stamped.size()), stderr);
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
        logSink = std::make_unique<Sink>(std::move(file));
    }
    qInstallMessageHandler(handleMessage);
}

LogFile::~LogFile() {
    qInstallMessageHandler(nullptr);
    const std::lock_guard lock(logMutex);
    logSink.reset();
}

QString LogFile::path() const {
    const std::lock_guard lock(logMutex);
    return logSink ? logSink->path() : QString();
}

}  // namespace oee::app
