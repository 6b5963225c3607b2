// The real program, from the request to the commit of the fill: `serve --profile instant` as a
// process of its own, with a real redis-server, driven over HTTP.

#include <array>
#include <memory>

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

#include <sys/resource.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/order_client.h"
#include "e2e/serve_process.h"
#include "support/redis_server.h"

namespace oee::bench {
namespace {

constexpr int kConnections = 50;
constexpr int kWarmUp = 2'000;
constexpr int kOrders = 20'000;
constexpr int kBurst = 10'000;
constexpr int kOneByOne = 1'000;

// What a process has computed so far, in µs; to the hundredth of a second.
double processorMicros(qint64 process) {
    QFile file(QStringLiteral("/proc/%1/stat").arg(process));
    require(file.open(QIODevice::ReadOnly), "a process has ended");
    // The name, the second field, ends with the last parenthesis; user and system are 14 and 15.
    const QByteArray line = file.readAll();
    const auto fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    constexpr qsizetype kUser = 11;
    const double ticks = fields[kUser].toDouble() + fields[kUser + 1].toDouble();
    return ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Processes {
    qint64 engine = 0;
    qint64 redis = 0;  // 0: none
};

std::array<double, 3> processorMicros(const Processes& processes) {
    return {processorMicros(processes.engine),
            processes.redis == 0 ? 0 : processorMicros(processes.redis),
            processorMicros(::getpid())};
}

// All orders of the folder's database are confirmed, each with its fills.
void checkAllConfirmed(const QString& databasePath, int orders) {
    const QString name = QStringLiteral("check");
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(databasePath);
        require(database.open(), "the database cannot be read");
        QSqlQuery query(database);
        require(query.exec(QStringLiteral(
                    "SELECT count(*), (SELECT count(DISTINCT order_id) FROM fills) FROM orders "
                    "WHERE status = 'confirmed'")) &&
                    query.next(),
                "the database cannot be read");
        require(query.value(0).toInt() == orders && query.value(1).toInt() == orders,
                QStringLiteral("%1 orders are confirmed in the database, %2 have fills, %3 were "
                               "accepted")
                    .arg(query.value(0).toInt())
                    .arg(query.value(1).toInt())
                    .arg(orders));
    }
    QSqlDatabase::removeDatabase(name);
}

void measureLoad(OrderClient& client, const Processes& processes, const QString& name,
                 QJsonObject& result) {
    const auto before = processorMicros(processes);
    const LoadTimes times = client.run({kOrders, kConnections});
    const auto after = processorMicros(processes);
    const auto anOrder = [&](std::size_t i) {
        return QString::number((after[i] - before[i]) / kOrders, 'f', 0);
    };
    addFigure(
        result, name + ".confirmed",
        {"orders over HTTP, confirmed and durable, " + name, kOrders / times.confirmedSeconds, "/s",
         QStringLiteral("%1 connections, %2 orders; processor time an order: engine %3 µs, "
                        "Redis %4 µs, client %5 µs")
             .arg(kConnections)
             .arg(kOrders)
             .arg(anOrder(0), anOrder(1), anOrder(2))});
    addFigure(
        result, name + ".accepted",
        {"… of these accepted and durable, " + name, kOrders / times.acceptedSeconds, "/s", {}});
    const LoadTimes burst = client.run({kBurst, kConnections});
    addFigure(result, name + ".burst",
              {QStringLiteral("a burst of %1 orders over HTTP, %2").arg(kBurst).arg(name),
               burst.confirmedSeconds, "s",
               QStringLiteral("first byte sent to last order confirmed and durable")});
}

void measure(const QString& redisUrl, qint64 redisProcess, const QString& name,
             QJsonObject& result) {
    const QTemporaryDir folder;
    test::ServeProcess serve(folder.path());
    require(serve.start({"--profile", "instant", "--redis", redisUrl}), "serve does not start");
    OrderClient client(serve.httpPort(), serve.wsPort());
    client.run({kWarmUp, kConnections});
    measureLoad(client, {serve.processId(), redisProcess}, name, result);
    const auto millis = client.oneByOne(kOneByOne);
    addFigure(result, name + ".oneP50",
              {"one order at a time over HTTP, request to news of its confirmation, " + name,
               quantile(millis, 0.5), "ms",
               QStringLiteral("median of %1; 99 % below %2 ms")
                   .arg(kOneByOne)
                   .arg(quantile(millis, 0.99), 0, 'f', 2)});
    addFigure(result, name + ".oneP99", {"… 99 of 100, " + name, quantile(millis, 0.99), "ms", {}});
    require(serve.terminate() == 0, "serve does not end well");
    checkAllConfirmed(folder.filePath("data/engine.db"), kWarmUp + kOrders + kBurst + kOneByOne);
}

}  // namespace

void benchService(QJsonObject& result) {
    test::RedisServerOptions options;
    options.persistence = test::RedisPersistence::everySecond;
    test::RedisServer redis(options);
    require(redis.start(), redis.problem());
    measure(QString::fromStdString(redis.url()), redis.processId(), "redis", result);
    measure("none", 0, "embedded", result);
}

}  // namespace oee::bench
