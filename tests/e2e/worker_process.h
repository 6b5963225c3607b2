#pragma once
// `order-execution-engine worker` as a child process.

#include <csignal>

#include <QProcess>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>
#include <QtTest>

namespace oee::test {

class WorkerProcess {
  public:
    // `home` is its data folder: a secret that was not given is not found there.
    explicit WorkerProcess(QString home) : home_(std::move(home)) {}
    ~WorkerProcess() {
        if (process_.state() != QProcess::NotRunning) {
            process_.kill();
            process_.waitForFinished();
        }
    }
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    void start(const QStringList& arguments) {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.remove(QStringLiteral("OEE_WORKER_SECRET"));
        if (!crashAt.isEmpty()) {
            environment.insert(QStringLiteral("OEE_CRASH_AT"), crashAt);
        }
        process_.setProcessEnvironment(environment);
        process_.start(
            QStringLiteral(OEE_BINARY_DIR "/order-execution-engine"),
            QStringList{QStringLiteral("worker"), QStringLiteral("--data-dir"), home_} + arguments);
        QVERIFY(process_.waitForStarted());
    }
    bool says(const QString& text, int millis) {
        return QTest::qWaitFor(
                   [&] {
                       said_ += QString::fromUtf8(process_.readAllStandardError());
                       return said_.contains(text) || process_.state() == QProcess::NotRunning;
                   },
                   millis) &&
               said_.contains(text);
    }
    void signal(int number) { ::kill(static_cast<pid_t>(process_.processId()), number); }
    void kill() {
        process_.kill();
        process_.waitForFinished();
    }
    // SIGTERM; the exit status, or −1.
    int terminate(int millis) {
        process_.terminate();
        return exitCode(millis);
    }
    int exitCode(int millis) {
        const bool ended = process_.waitForFinished(millis);
        said_ += QString::fromUtf8(process_.readAllStandardError());
        return ended && process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : -1;
    }
    QString said() const { return said_; }

    QString crashAt;  // a place of base/crash_points.h, as NAME:COUNT; empty: none

  private:
    QString home_;
    QProcess process_;
    QString said_;
};

}  // namespace oee::test
