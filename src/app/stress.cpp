#include "app/stress.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <QEventLoop>
#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QWebSocket>

#include "app/stress_http.h"
#include "app/stress_report.h"
#include "base/clock.h"
#include "base/rng.h"
#include "domain/amount.h"

namespace oee::app {
namespace {

using namespace std::chrono_literals;

constexpr auto kSweep = 1s;
// An accepted order is asked for when nothing was heard of it for so long.
constexpr std::int64_t kSilenceMicros = 5'000'000;
// Nothing has happened for so long: the engine is taken for dead.
constexpr std::int64_t kPatienceMicros = 180'000'000;
constexpr int kSlippageBps = 200;
constexpr std::uint64_t kFewestShares = 100;

tl::unexpected<StartFailure> failed(const QString& text) {
    return tl::unexpected(StartFailure{text, ExitStatus::failed});
}

// What is sold for what, and how much of it at most in one order.
struct Lot {
    QString mintIn;
    QString mintOut;
    std::uint64_t mostRaw = 0;
};

class StressRun final : public QObject {
  public:
    StressRun(const Options& options, QByteArray token)
        : options_(options),
          token_(std::move(token)),
          asking_(options.stress.url, token_),
          sweep_(this) {
        report_.requested = options.simulation.orders;
    }

    // What the engine trades and holds, and its news. Blocks.
    tl::expected<void, StartFailure> prepare();
    StressReport run();

  private:
    struct Open {
        std::int64_t sentAt = 0;
        std::int64_t heardAt = 0;
    };

    tl::expected<QJsonObject, StartFailure> fetch(const QString& path);
    tl::expected<void, StartFailure> listen(int wsPort);
    tl::expected<void, StartFailure> chooseLots(const QJsonArray& pairs,
                                                const QJsonArray& balances);
    QJsonObject orderOf(std::uint64_t number) const;
    void sendNext(HttpConnection& connection);
    void answered(const HttpReply& reply, std::int64_t sentAt);
    void hear(const QJsonObject& order);
    void ended(const QString& orderId, const QString& how);
    void sweep();
    void checkEnd();

    const Options& options_;
    const QByteArray token_;
    const base::SystemClock clock_;
    std::vector<Lot> lots_;
    std::vector<std::unique_ptr<HttpConnection>> connections_;
    HttpConnection asking_;
    bool isAsking_ = false;
    QWebSocket news_;
    QTimer sweep_;
    QEventLoop loop_;

    StressReport report_;
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
    std::int64_t progressAt_ = 0;
    QHash<QString, Open> open_;
    QHash<QString, QString> early_;  // ends that were heard of before the answer to the request
};

// "confirmed", or why it is not.
QString endOf(const QJsonObject& order) {
    const QString status = order["status"].toString();
    if (status == QLatin1String("failed")) {
        return order["error"].toObject()["code"].toString();
    }
    return status == QLatin1String("confirmed") || status == QLatin1String("cancelled") ? status
                                                                                        : QString();
}

tl::expected<QJsonObject, StartFailure> StressRun::fetch(const QString& path) {
    std::optional<HttpReply> reply;
    QEventLoop loop;
    asking_.get(path, [&](const HttpReply& answer) {
        reply = answer;
        loop.quit();
    });
    loop.exec();
    const QString where = options_.stress.url.toString() + path;
    if (reply->status == 0) {
        return failed(
            QStringLiteral("%1: %2. Does the engine run (serve)?").arg(where, reply->fault));
    }
    if (reply->status != 200) {
        return failed(QStringLiteral("%1 answers %2: %3")
                          .arg(where)
                          .arg(reply->status)
                          .arg(reply->body["error"].toObject()["message"].toString()));
    }
    return reply->body;
}

tl::expected<void, StartFailure> StressRun::prepare() {
    const auto health = fetch(QStringLiteral("/api/health"));
    if (!health) {
        return tl::unexpected(health.error());
    }
    const auto pairs = fetch(QStringLiteral("/api/pairs"));
    const auto wallet = fetch(QStringLiteral("/api/wallet"));
    if (!pairs || !wallet) {
        return tl::unexpected(pairs ? wallet.error() : pairs.error());
    }
    if (auto chosen = chooseLots((*pairs)["pairs"].toArray(), (*wallet)["balances"].toArray());
        !chosen) {
        return chosen;
    }
    return listen((*health)["wsPort"].toInt());
}

tl::expected<void, StartFailure> StressRun::listen(int wsPort) {
    QEventLoop loop;
    bool isSubscribed = false;
    connect(&news_, &QWebSocket::textMessageReceived, &loop, [&](const QString& text) {
        const QString type = QJsonDocument::fromJson(text.toUtf8()).object()["type"].toString();
        if (type == QLatin1String("hello")) {
            news_.sendTextMessage(QStringLiteral(R"({"subscribe": ["orders"]})"));
        } else if (type == QLatin1String("subscribed")) {
            isSubscribed = true;
            loop.quit();
        }
    });
    connect(&news_, &QWebSocket::disconnected, &loop, &QEventLoop::quit);
    QUrl url = options_.stress.url;
    url.setScheme(QStringLiteral("ws"));
    url.setPort(wsPort);
    url.setPath(QStringLiteral("/"));
    if (!token_.isEmpty()) {
        url.setQuery(QStringLiteral("token=") + QString::fromLatin1(token_));
    }
    news_.open(url);
    QTimer::singleShot(10s, &loop, &QEventLoop::quit);
    loop.exec();
    if (!isSubscribed) {
        return failed(QStringLiteral("The WebSocket on port %1 does not answer: %2.")
                          .arg(wsPort)
                          .arg(news_.errorString()));
    }
    connect(&news_, &QWebSocket::textMessageReceived, this, [this](const QString& text) {
        hear(QJsonDocument::fromJson(text.toUtf8()).object()["order"].toObject());
    });
    return {};
}

tl::expected<void, StartFailure> StressRun::chooseLots(const QJsonArray& pairs,
                                                       const QJsonArray& balances) {
    QHash<QString, std::uint64_t> freeRaw;
    for (const QJsonValue& balance : balances) {
        freeRaw.insert(balance["mint"].toString(),
                       domain::parseRaw(balance["freeRaw"].toString().toStdString()).value_or(0));
    }
    // So small that all orders of the run could sell the same token.
    const std::uint64_t shares = 4 * std::max(report_.requested, kFewestShares);
    const auto add = [&](const QString& mintIn, const QString& mintOut) {
        if (const std::uint64_t mostRaw = 2 * (freeRaw.value(mintIn) / shares); mostRaw > 0) {
            lots_.push_back({mintIn, mintOut, mostRaw});
        }
    };
    QStringList wanted = options_.simulation.pairs;
    for (const QJsonValue& pair : pairs) {
        const QString name = pair["base"].toString() + QLatin1Char('/') + pair["quote"].toString();
        const bool isWanted = wanted.removeAll(name) > 0;
        if (isWanted || options_.simulation.pairs.isEmpty()) {
            add(pair["baseMint"].toString(), pair["quoteMint"].toString());
            add(pair["quoteMint"].toString(), pair["baseMint"].toString());
        }
    }
    if (!wanted.isEmpty()) {
        return tl::unexpected(StartFailure{
            QStringLiteral("--pairs: the engine does not trade %1.").arg(wanted.constFirst()),
            ExitStatus::badOption});
    }
    if (lots_.empty()) {
        return failed(QStringLiteral("The engine's wallet holds too little to trade with."));
    }
    return {};
}

QJsonObject StressRun::orderOf(std::uint64_t number) const {
    base::CounterRng rng(options_.seed, base::RngPurpose::orderFlow, number);
    const Lot& lot = lots_[static_cast<std::size_t>(rng.below(lots_.size()))];
    return {{"tokenIn", lot.mintIn},
            {"tokenOut", lot.mintOut},
            {"amountInRaw", QString::number(1 + rng.below(lot.mostRaw))},
            {"slippageBps", kSlippageBps}};
}

StressReport StressRun::run() {
    report_.startedAt = progressAt_ = clock_.steadyMicros();
    connect(&sweep_, &QTimer::timeout, this, &StressRun::sweep);
    sweep_.start(kSweep);
    for (unsigned i = 0; i < options_.stress.concurrency; ++i) {
        connections_.push_back(std::make_unique<HttpConnection>(options_.stress.url, token_));
        sendNext(*connections_.back());
    }
    loop_.exec();
    return std::move(report_);
}

void StressRun::sendNext(HttpConnection& connection) {
    if (sent_ == report_.requested) {
        return;
    }
    const std::int64_t sentAt = clock_.steadyMicros();
    connection.post(QStringLiteral("/api/orders/execute"), orderOf(++sent_),
                    [this, &connection, sentAt](const HttpReply& reply) {
                        answered(reply, sentAt);
                        // From the event loop: a refused connection must not recurse.
                        QMetaObject::invokeMethod(
                            this, [this, &connection] { sendNext(connection); },
                            Qt::QueuedConnection);
                    });
}

void StressRun::answered(const HttpReply& reply, std::int64_t sentAt) {
    const std::int64_t now = clock_.steadyMicros();
    ++answered_;
    progressAt_ = now;
    if (reply.status == 201) {
        const QString orderId = reply.body["orderId"].toString();
        ++report_.accepted;
        report_.lastAcceptedAt = now;
        report_.acceptMicros.push_back(now - sentAt);
        open_.insert(orderId, {sentAt, now});
        if (const auto end = early_.constFind(orderId); end != early_.constEnd()) {
            ended(orderId, *end);
        }
    } else {
        const QString code = reply.body["error"].toObject()["code"].toString();
        ++report_.refusals[reply.status == 0 ? QStringLiteral("connection")
                           : code.isEmpty()  ? QString::number(reply.status)
                                             : code];
    }
    checkEnd();
}

void StressRun::hear(const QJsonObject& order) {
    const QString how = endOf(order);
    const QString orderId = order["orderId"].toString();
    if (const auto open = open_.find(orderId); open != open_.end()) {
        open->heardAt = clock_.steadyMicros();
    }
    if (how.isEmpty()) {
        return;
    }
    if (open_.contains(orderId)) {
        ended(orderId, how);
        checkEnd();
    } else if (answered_ < sent_) {
        early_.insert(orderId, how);
    }
}

void StressRun::ended(const QString& orderId, const QString& how) {
    const Open open = open_.take(orderId);
    early_.remove(orderId);
    progressAt_ = clock_.steadyMicros();
    if (how == QLatin1String("confirmed")) {
        ++report_.confirmed;
        report_.lastConfirmedAt = progressAt_;
        report_.confirmMicros.push_back(progressAt_ - open.sentAt);
    } else {
        ++report_.failures[how];
    }
}

void StressRun::sweep() {
    const std::int64_t now = clock_.steadyMicros();
    if (now - progressAt_ > kPatienceMicros) {
        loop_.quit();
        return;
    }
    if (isAsking_) {
        return;
    }
    for (auto open = open_.begin(); open != open_.end(); ++open) {
        if (now - open->heardAt < kSilenceMicros) {
            continue;
        }
        open->heardAt = now;
        isAsking_ = true;
        asking_.get(QStringLiteral("/api/orders/") + open.key(), [this](const HttpReply& reply) {
            isAsking_ = false;
            hear(reply.body);
            // There may be more.
            QMetaObject::invokeMethod(this, &StressRun::sweep, Qt::QueuedConnection);
        });
        return;
    }
}

void StressRun::checkEnd() {
    if (answered_ == report_.requested && open_.isEmpty()) {
        loop_.quit();
    }
}

// Empty where there is none to read.
QByteArray tokenIn(const Options& options) {
    QFile file(options.dataFolder + QStringLiteral("/token"));
    return options.isDataFolderGiven && file.open(QIODevice::ReadOnly) ? file.readAll().trimmed()
                                                                       : QByteArray();
}

}  // namespace

tl::expected<StressOutcome, StartFailure> stress(const Options& options) {
    StressRun run(options, tokenIn(options));
    if (const auto prepared = run.prepare(); !prepared) {
        return tl::unexpected(prepared.error());
    }
    const StressReport report = run.run();
    QJsonObject json = toJson(report);
    json["url"] = options.stress.url.toString();
    json["seed"] = QString::number(options.seed);
    json["concurrency"] = static_cast<int>(options.stress.concurrency);
    const bool isWhole = report.unfinished() == 0 &&
                         report.accepted + report.refused() == report.requested &&
                         report.refusals.count(QStringLiteral("connection")) == 0;
    return StressOutcome{QJsonDocument(json).toJson(), isWhole};
}

}  // namespace oee::app
