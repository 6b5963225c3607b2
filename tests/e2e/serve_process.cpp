#include "serve_process.h"

#include <utility>

#include <QJsonDocument>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QTcpServer>
#include <QtTest>

namespace oee::test {
namespace {

constexpr int kStartMillis = 30'000;
constexpr int kAnswerMillis = 20'000;

}  // namespace

quint16 freePort() {
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

ServeProcess::ServeProcess(QString dataFolder) : dataFolder_(std::move(dataFolder)) {}

ServeProcess::~ServeProcess() {
    if (process_.state() != QProcess::NotRunning) {
        kill();
    }
}

bool ServeProcess::start(const QStringList& extraArguments) {
    httpPort_ = freePort();
    do {
        wsPort_ = freePort();
    } while (wsPort_ == httpPort_);
    // A configuration folder of the test's own: the person's settings must not decide.
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_CONFIG_HOME"), dataFolder_ + QStringLiteral("/config"));
    process_.setProcessEnvironment(environment);
    process_.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process_.start(QStringLiteral(OEE_BINARY_DIR "/order-execution-engine"),
                   QStringList{QStringLiteral("serve"), QStringLiteral("--data-dir"),
                               dataFolder_ + QStringLiteral("/data"), QStringLiteral("--http-port"),
                               QString::number(httpPort_), QStringLiteral("--ws-port"),
                               QString::number(wsPort_)} +
                       extraArguments);
    if (!process_.waitForStarted()) {
        return false;
    }
    return QTest::qWaitFor(
               [this] {
                   output_ += QString::fromUtf8(process_.readAllStandardOutput());
                   return process_.state() == QProcess::NotRunning ||
                          output_.contains(QStringLiteral("Page "));
               },
               kStartMillis) &&
           process_.state() == QProcess::Running;
}

void ServeProcess::kill() {
    process_.kill();
    process_.waitForFinished();
}

int ServeProcess::terminate() {
    process_.terminate();
    if (!process_.waitForFinished(kStartMillis)) {
        return -1;
    }
    return process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : -1;
}

HttpAnswer ServeProcess::get(const QString& path) {
    QNetworkRequest request(QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(httpPort_).arg(path)));
    request.setTransferTimeout(kAnswerMillis);
    QNetworkReply* reply = network_.get(request);
    (void)QTest::qWaitFor([&] { return reply->isFinished(); }, kAnswerMillis);
    const HttpAnswer answer{reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                            QJsonDocument::fromJson(reply->readAll()).object()};
    reply->deleteLater();
    return answer;
}

HttpAnswer ServeProcess::post(const QString& path, const QJsonObject& body) {
    QNetworkRequest request(QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(httpPort_).arg(path)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    request.setTransferTimeout(kAnswerMillis);
    QNetworkReply* reply = network_.post(request, QJsonDocument(body).toJson());
    (void)QTest::qWaitFor([&] { return reply->isFinished(); }, kAnswerMillis);
    const HttpAnswer answer{reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                            QJsonDocument::fromJson(reply->readAll()).object()};
    reply->deleteLater();
    return answer;
}

}  // namespace oee::test
