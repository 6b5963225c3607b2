#pragma once
// A real gateway on the fake engine, and an ordinary HTTP client.

#include <cmath>
#include <memory>

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QObject>
#include <QSignalSpy>
#include <QTest>

#include "gateway/gateway.h"
#include "gateway/raw_client.h"
#include "support/fake_engine.h"

namespace oee::test {

struct Answer {
    int status = 0;
    QJsonObject json;
    QJsonObject error() const { return json["error"].toObject(); }
};

// Prices have nine significant digits.
inline bool closeTo(const QJsonValue& price, double expected) {
    return std::abs(price.toString().toDouble() / expected - 1.0) < 1e-8;
}

// The base of the tests of the endpoints.
class HttpFixture : public QObject {
    Q_OBJECT

  protected:
    std::unique_ptr<FakeEngine> engine_;
    std::unique_ptr<gateway::Gateway> gateway_;
    gateway::Bound bound_;
    QNetworkAccessManager network_;

    QUrl url(const QString& target) const {
        return QUrl(QStringLiteral("http://localhost:%1%2").arg(bound_.httpPort).arg(target));
    }
    QByteArray getText(const QString& target) {
        const std::unique_ptr<QNetworkReply> reply(network_.get(QNetworkRequest(url(target))));
        QSignalSpy finished(reply.get(), &QNetworkReply::finished);
        if (!reply->isFinished()) {
            finished.wait(kPatienceMillis);
        }
        const QString type = reply->header(QNetworkRequest::ContentTypeHeader).toString();
        return type.startsWith(QLatin1String("text/plain")) ? reply->readAll() : QByteArray();
    }
    Answer wait(QNetworkReply* reply) {
        QSignalSpy finished(reply, &QNetworkReply::finished);
        if (!reply->isFinished()) {
            finished.wait(kPatienceMillis);
        }
        const std::unique_ptr<QNetworkReply> owner(reply);
        return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                QJsonDocument::fromJson(reply->readAll()).object()};
    }
    Answer get(const QString& target) { return wait(network_.get(QNetworkRequest(url(target)))); }
    Answer post(const QString& target, const QByteArray& body, const QByteArray& key = {}) {
        QNetworkRequest request(url(target));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        if (!key.isEmpty()) {
            request.setRawHeader("Idempotency-Key", key);
        }
        return wait(network_.post(request, body));
    }
    Answer sell(const QByteArray& amount, const QByteArray& more = {}) {
        return post("/api/orders/execute",
                    R"({"tokenIn":"SOL","tokenOut":"USDC","amountIn":)" + amount + more + "}");
    }
    domain::OrderId idOf(const Answer& answer) {
        return domain::orderIdFromString(answer.json["orderId"].toString().toStdString()).value();
    }

  private slots:
    void init() {
        engine_ = std::make_unique<FakeEngine>();
        gateway_ = std::make_unique<gateway::Gateway>(
            *engine_, gateway::GatewayOptions{.httpPort = 0, .wsPort = 0});
        const auto bound = gateway_->start();
        QVERIFY(bound.has_value());
        bound_ = *bound;
        QVERIFY(bound_.httpPort != 0 && bound_.wsPort != 0 && bound_.httpPort != bound_.wsPort);
    }
    void cleanup() {
        network_.clearConnectionCache();
        gateway_.reset();
        engine_.reset();
    }
};

}  // namespace oee::test
