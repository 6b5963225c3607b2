#pragma once
// The real program as a child process, and small clients of its API.

#include <optional>

#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>
#include <QUrl>

namespace oee::test {

struct HttpAnswer {
    int status = 0;  // 0: no answer
    QJsonObject body;
};

// `order-execution-engine serve` on free ports with a data folder that outlives it.
class ServeProcess {
  public:
    explicit ServeProcess(QString dataFolder);
    ~ServeProcess();

    // Starts and waits until the API answers. False after 30 s.
    bool start(const QStringList& extraArguments = {});
    // As a power cut to the process: SIGKILL.
    void kill();
    // SIGTERM; the exit status, or −1.
    int terminate();

    qint64 processId() const { return process_.processId(); }
    quint16 httpPort() const { return httpPort_; }
    quint16 wsPort() const { return wsPort_; }
    QString standardOutput() const { return output_; }

    HttpAnswer get(const QString& path);
    HttpAnswer post(const QString& path, const QJsonObject& body);

  private:
    QString dataFolder_;
    QProcess process_;
    QNetworkAccessManager network_;
    QString output_;
    quint16 httpPort_ = 0;
    quint16 wsPort_ = 0;
};

// A TCP port of 127.0.0.1 that was free a moment ago.
quint16 freePort();

}  // namespace oee::test
