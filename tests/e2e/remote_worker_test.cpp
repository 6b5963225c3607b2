// Workers as processes of their own: a real Redis, an engine that plans nothing itself, and workers
// that join, leave, are killed, stopped for too long, or not to be trusted.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "jobs/job_codec.h"
#include "jobs/message_seal.h"
#include "jobs/proposal_stream.h"
#include "jobs/redis_connection.h"
#include "jobs/redis_url.h"
#include "jobs/remote_keys.h"
#include "jobs/worker_roster.h"
#include "serve_process.h"
#include "support/redis_server.h"
#include "worker_process.h"

using namespace oee;

namespace {

constexpr int kPatienceMillis = 60'000;
const QString kPlanning = QStringLiteral("Planning for the engine");

}  // namespace

class RemoteWorkerTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<test::RedisServer> redis_;
    std::unique_ptr<test::ServeProcess> serve_;
    std::optional<jobs::RedisConnection> admin_;
    QString instance_;

    QString redisUrl() const { return QString::fromStdString(redis_->url()); }
    QString secretPath() const { return folder_->filePath("data/worker-secret"); }

    void startEngine(const QStringList& extra = {"--workers", "0", "--profile", "instant"}) {
        serve_ = std::make_unique<test::ServeProcess>(folder_->path());
        QVERIFY(serve_->start(QStringList{"--redis", redisUrl()} + extra));
        instance_ = serve_->get("/api/status").body.value("instanceId").toString();
        QVERIFY(!instance_.isEmpty());
    }
    std::unique_ptr<test::WorkerProcess> newWorker(const QString& name,
                                                   const QString& secretFile = {},
                                                   const QString& crashAt = {}) {
        auto worker = std::make_unique<test::WorkerProcess>(folder_->filePath("nowhere"));
        worker->crashAt = crashAt;
        worker->start({"--redis", redisUrl(), "--instance", instance_, "--workers", "1", "--name",
                       name, "--secret-file", secretFile.isEmpty() ? secretPath() : secretFile});
        return worker;
    }
    std::unique_ptr<test::WorkerProcess> readyWorker(const QString& name) {
        auto worker = newWorker(name);
        if (!worker->says(kPlanning, kPatienceMillis)) {
            qWarning("%s", qPrintable(worker->said()));
            return nullptr;
        }
        return worker;
    }
    QString sell(const QString& amount = "0.5") {
        const auto answer =
            serve_->post("/api/orders/execute",
                         {{"tokenIn", "SOL"}, {"tokenOut", "USDC"}, {"amountIn", amount}});
        return answer.body.value("orderId").toString();
    }
    QString stateOf(const QString& orderId) {
        return serve_->get("/api/orders/" + orderId).body.value("status").toString();
    }
    bool isConfirmed(const QString& orderId) {
        return QTest::qWaitFor([&] { return stateOf(orderId) == "confirmed"; }, kPatienceMillis);
    }
    // By name without what makes a run unique.
    std::map<QString, QJsonObject> workers() {
        std::map<QString, QJsonObject> found;
        for (const auto& value : serve_->get("/api/status").body.value("remoteWorkers").toArray()) {
            const QString name = value.toObject().value("name").toString();
            found[name.left(name.lastIndexOf('-'))] = value.toObject();
        }
        return found;
    }
    bool areThere(const std::vector<QString>& names) {
        return QTest::qWaitFor(
            [&] {
                const auto now = workers();
                return now.size() == names.size() &&
                       std::all_of(names.begin(), names.end(),
                                   [&](const QString& name) { return now.contains(name); });
            },
            kPatienceMillis);
    }
    qint64 proposals(const char* kind) {
        return serve_->get("/api/status")
            .body.value("remoteProposals")
            .toObject()
            .value(QLatin1String(kind))
            .toInteger(-1);
    }
    std::int64_t number(const jobs::RedisCommand& command) {
        const auto answer = admin_->command(command);
        return answer ? answer->view().integer().value_or(-1) : -1;
    }
    // Jobs that were given out and are not done.
    std::int64_t held() {
        const std::string stream = jobs::RemoteKeys(instance_.toStdString()).jobs;
        const auto answer = admin_->command({"XPENDING", stream, "workers"});
        return answer ? answer->view()[0].integer().value_or(0) : 0;
    }
    // Stops a worker while Redis still thinks that it waits, and gives it a job: the order.
    QString orderHeldBy(test::WorkerProcess& worker) {
        for (int attempt = 0; attempt < 50; ++attempt) {
            worker.signal(SIGSTOP);
            const QString id = sell();
            for (int look = 0; look < 20; ++look) {
                if (held() > 0) {
                    return id;
                }
                QTest::qWait(20);
            }
            worker.signal(SIGCONT);
            if (!isConfirmed(id)) {
                return {};
            }
        }
        return {};
    }
    // A worker that ends at the place, and whose heartbeat then ends, too.
    void letOneDie(const QString& name, const QString& place) {
        const auto worker = newWorker(name, {}, place);
        QVERIFY2(worker->exitCode(kPatienceMillis) == -1, qPrintable(worker->said()));
        QTRY_VERIFY_WITH_TIMEOUT(workers().contains(name), kPatienceMillis);
        const std::string run = workers()[name].value("name").toString().toStdString();
        jobs::signOff(*admin_, jobs::RemoteKeys(instance_.toStdString()), run);
        QVERIFY(areThere({}));
    }
    qint64 deadLetters() {
        return serve_->get("/api/status").body.value("deadLetters").toInteger(-1);
    }
    void verifyHistory() {
        const auto answer = serve_->terminate();
        QCOMPARE(answer, 0);
        QProcess verify;
        verify.start(OEE_BINARY_DIR "/order-execution-engine",
                     {"verify", "--data-dir", folder_->filePath("data")});
        QVERIFY(verify.waitForFinished(kPatienceMillis));
        QVERIFY2(verify.exitCode() == 0, verify.readAllStandardError().constData());
    }

  private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        redis_ = std::make_unique<test::RedisServer>();
        QVERIFY2(redis_->start(), qPrintable(redis_->problem()));
        admin_.emplace(
            jobs::RedisConnection::open(*jobs::parseRedisUrl(redis_->url()), {}).value());
    }
    void cleanup() {
        serve_.reset();
        admin_.reset();
        redis_.reset();
    }

    void ordersAreConfirmedByRemotePlans() {
        startEngine();
        const auto permissions = QFile::permissions(secretPath());
        QVERIFY(!(permissions & (QFile::ReadGroup | QFile::ReadOther)));
        const jobs::RemoteKeys keys(instance_.toStdString());
        QCOMPARE(number({"EXISTS", keys.market}), std::int64_t{0});  // nobody listens

        // Without --instance: the only engine there is.
        auto one = std::make_unique<test::WorkerProcess>(folder_->filePath("nowhere"));
        one->start({"--redis", redisUrl(), "--workers", "2", "--name", "one", "--secret-file",
                    secretPath()});
        QVERIFY2(one->says(kPlanning, kPatienceMillis), qPrintable(one->said()));
        const auto two = readyWorker("two");
        QVERIFY(two);
        QVERIFY(areThere({"one", "two"}));
        QStringList orders;
        for (int i = 0; i < 60; ++i) {
            orders.append(sell());
        }
        for (const QString& id : orders) {
            QVERIFY(isConfirmed(id));
        }
        QCOMPARE(proposals("accepted"), 60);
        QCOMPARE(proposals("forged"), 0);
        QTRY_COMPARE_WITH_TIMEOUT(number({"XLEN", keys.jobs}), std::int64_t{0}, kPatienceMillis);
        QCOMPARE(held(), std::int64_t{0});
        QTRY_VERIFY_WITH_TIMEOUT(workers()["one"].value("planned").toInteger() +
                                         workers()["two"].value("planned").toInteger() >=
                                     60,
                                 kPatienceMillis);
        const auto seen = workers();
        for (const char* name : {"one", "two"}) {
            QCOMPARE(seen.at(name).value("state").toString(), QStringLiteral("ready"));
            QVERIFY(!seen.at(name).value("version").toString().isEmpty());
            QVERIFY(seen.at(name).value("lastHeartbeat").toString().contains('T'));
        }
        QCOMPARE(seen.at("one").value("threads").toInteger(), 2);

        // They leave no trace.
        QCOMPARE(one->terminate(kPatienceMillis), 0);
        QCOMPARE(two->terminate(kPatienceMillis), 0);
        QVERIFY(areThere({}));
        QTRY_COMPARE_WITH_TIMEOUT(number({"EXISTS", keys.market, keys.slotChanges}),
                                  std::int64_t{0}, kPatienceMillis);
        const auto consumers = admin_->command({"XINFO", "CONSUMERS", keys.jobs, "workers"});
        QVERIFY(consumers && consumers->view().size() == 0);
        verifyHistory();
    }

    void aKilledWorkersJobsAreDoneByAnother() {
        startEngine();
        const auto one = readyWorker("one");
        QVERIFY(one);
        const QString id = orderHeldBy(*one);
        QVERIFY(!id.isEmpty());
        one->kill();
        const auto two = readyWorker("two");
        QVERIFY(two);
        QVERIFY(isConfirmed(id));
        QVERIFY(areThere({"two"}));
        verifyHistory();
    }

    void aWorkerThatWasStoppedTooLongCannotCommit() {
        startEngine();
        const auto one = readyWorker("one");
        QVERIFY(one);
        const QString id = orderHeldBy(*one);
        QVERIFY(!id.isEmpty());
        QVERIFY(stateOf(id) != "confirmed");
        const qint64 refusedBefore = proposals("refused");
        const auto two = readyWorker("two");
        QVERIFY(two);
        QVERIFY(isConfirmed(id));
        const auto before = serve_->get("/api/orders/" + id).body;
        one->signal(SIGCONT);
        // It still proposes, and is told no.
        QTRY_VERIFY_WITH_TIMEOUT(proposals("refused") > refusedBefore, kPatienceMillis);
        QVERIFY(areThere({"one", "two"}));
        QCOMPARE(serve_->get("/api/orders/" + id).body, before);
        // And works on as before.
        QCOMPARE(two->terminate(kPatienceMillis), 0);
        QVERIFY(isConfirmed(sell()));
        verifyHistory();
    }

    void aJobThatKillsItsWorkersIsParked() {
        startEngine();
        const jobs::RemoteKeys keys(instance_.toStdString());
        const QString id = sell();
        for (int death = 1; death <= 5; ++death) {
            letOneDie("w" + QString::number(death), "remote.beforePlan:1");
            if (death == 2) {
                // Its failures are not forgotten.
                QTRY_COMPARE_WITH_TIMEOUT(number({"XLEN", keys.jobs}), std::int64_t{1},
                                          kPatienceMillis);
                QCOMPARE(serve_->terminate(), 0);
                startEngine();
            }
        }
        QTRY_COMPARE_WITH_TIMEOUT(deadLetters(), 1, kPatienceMillis);
        // No worker gets it any more; others go on.
        QCOMPARE(number({"XLEN", keys.jobs}), std::int64_t{0});
        const auto worker = readyWorker("good");
        QVERIFY(worker);
        QVERIFY(isConfirmed(sell()));
        QCOMPARE(stateOf(id), QStringLiteral("pending"));
        QCOMPARE(serve_->post("/api/dead-letters/" + id + "/retry", {}).status, 200);
        QVERIFY(isConfirmed(id));
        QCOMPARE(deadLetters(), 0);
        verifyHistory();
    }

    // Jobs that a worker had taken along with the one that killed it are not to blame.
    void jobsInBadCompanyAreDone() {
        startEngine();
        QStringList orders;
        for (int i = 0; i < 11; ++i) {
            orders.append(sell());
        }
        // The first has begun all of them; from then on they go one by one, and each of the others
        // does two before it dies with the third.
        for (int death = 1; death <= 5; ++death) {
            letOneDie("w" + QString::number(death), "remote.beforePlan:3");
        }
        QTRY_COMPARE_WITH_TIMEOUT(proposals("accepted"), 8, kPatienceMillis);
        const auto worker = readyWorker("good");
        QVERIFY(worker);
        for (const QString& id : orders) {
            QVERIFY(isConfirmed(id));
        }
        QCOMPARE(deadLetters(), 0);
        verifyHistory();
    }

    void aWorkerWithAnotherSecretChangesNothing() {
        startEngine();
        const QString path = folder_->filePath("wrong");
        QFile wrong(path);
        QVERIFY(wrong.open(QIODevice::WriteOnly));
        wrong.write(QByteArray(64, 'f'));
        wrong.close();
        const auto bad = newWorker("bad", path);
        QVERIFY2(bad->says("has another secret", kPatienceMillis), qPrintable(bad->said()));
        QVERIFY(areThere({"bad"}));
        QCOMPARE(workers()["bad"].value("state").toString(), QStringLiteral("another-secret"));
        const QString id = sell();
        // One that takes the job all the same, and answers with its own seal.
        const std::string instance = instance_.toStdString();
        const jobs::RemoteKeys keys(instance);
        const jobs::MessageSeal seal(std::string(64, 'f'), instance);
        jobs::Proposal proposal;
        proposal.outcome = domain::FailureReason::noPool;
        QVERIFY(jobs::sendProposals(*admin_, seal, keys, {&proposal, 1}));
        QTRY_COMPARE_WITH_TIMEOUT(proposals("forged"), 1, kPatienceMillis);
        QCOMPARE(proposals("accepted"), 0);
        QCOMPARE(stateOf(id), QStringLiteral("pending"));
        QCOMPARE(held(), std::int64_t{0});  // it took nothing
        const auto good = readyWorker("good");
        QVERIFY(good);
        QVERIFY(isConfirmed(id));
        QCOMPARE(bad->terminate(kPatienceMillis), 0);
        verifyHistory();
    }

    // Whoever can write to the server can change a job; the stored order is what is filled.
    void aJobThatSomebodyChangedDoesNotChangeItsOrder() {
        startEngine();
        const QString id = sell("0.5");
        const jobs::RemoteKeys keys(instance_.toStdString());
        QTRY_COMPARE_WITH_TIMEOUT(number({"XLEN", keys.jobs}), std::int64_t{1}, kPatienceMillis);
        const auto entry = admin_->command({"XRANGE", keys.jobs, "-", "+"});
        QVERIFY(entry.has_value());
        const jobs::ReplyView job = entry->view()[0];
        const auto truth = jobs::decodeJob(job[1][1].text().value());
        QVERIFY(truth.has_value());
        domain::Order forged = *truth->order;
        forged.amountInRaw = 400'000'000'000;
        forged.slippageBps = 10'000;
        const std::string lie =
            jobs::encodeJob({std::make_shared<const domain::Order>(std::move(forged))});
        const std::string trueId(job[0].text().value());
        QVERIFY(admin_->command({"XADD", keys.jobs, "*", jobs::kJobField, lie}));
        QVERIFY(admin_->command({"XDEL", keys.jobs, trueId}));
        const auto worker = readyWorker("one");
        QVERIFY(worker);
        QVERIFY(isConfirmed(id));
        const auto order = serve_->get("/api/orders/" + id).body;
        QCOMPARE(order.value("amountInRaw").toString(), QStringLiteral("500000000"));
        QCOMPARE(order.value("slippageBps").toInt(), 50);
        qint64 spent = 0;
        for (const auto& fill : order.value("fills").toArray()) {
            const auto leg = fill.toObject();
            spent += leg.value("tokenIn").toString() == "SOL"
                         ? leg.value("amountInRaw").toString().toLongLong()
                         : 0;
        }
        QCOMPARE(spent, 500'000'000);
        QCOMPARE(proposals("refused"), 1);
        verifyHistory();
    }

    // Every other one is killed, with whatever it holds.
    void workersComeAndGoWhileOrdersFlow() {
        startEngine();
        QStringList orders;
        auto oldest = readyWorker("w0");
        QVERIFY(oldest);
        for (int round = 1; round <= 6; ++round) {
            auto next = newWorker("w" + QString::number(round));
            for (int i = 0; i < 10; ++i) {
                orders.append(sell("0.2"));
            }
            QVERIFY2(next->says(kPlanning, kPatienceMillis), qPrintable(next->said()));
            for (int i = 0; i < 10; ++i) {
                orders.append(sell("0.2"));
            }
            if (round % 2 == 0) {
                oldest->kill();
            } else {
                QCOMPARE(oldest->terminate(kPatienceMillis), 0);
            }
            oldest = std::move(next);
        }
        for (const QString& id : orders) {
            QVERIFY(isConfirmed(id));
        }
        QCOMPARE(proposals("accepted"), orders.size());
        QVERIFY(areThere({"w6"}));
        verifyHistory();
    }

    void workersOutliveEngineAndRedis() {
        startEngine();
        const auto one = readyWorker("one");
        QVERIFY(one);
        QVERIFY(isConfirmed(sell()));
        serve_->kill();
        QVERIFY2(one->says("No engine with the id", kPatienceMillis), qPrintable(one->said()));
        startEngine();
        QVERIFY(isConfirmed(sell()));
        // A server that forgets everything.
        redis_->kill();
        QVERIFY(redis_->start());
        QVERIFY(isConfirmed(sell()));
        verifyHistory();
    }

    void mistakesAreNamed_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("text");
        QTest::newRow("no secret") << QStringList{"--instance", "x"} << 2 << "--secret-file";
        QTest::newRow("no such file")
            << QStringList{"--instance", "x", "--secret-file", "/nowhere"} << 2 << "/nowhere";
        QTest::newRow("no secret at all")
            << QStringList{"--instance", "x", "--secret-file", "/dev/null"} << 2 << "fewer than";
        QTest::newRow("a bad URL")
            << QStringList{"--redis", "http://x", "--instance", "x"} << 2 << "--redis";
        QTest::newRow("nothing to work for") << QStringList{"--redis", "none"} << 2 << "--redis";
        QTest::newRow("no workers") << QStringList{"--workers", "0"} << 2 << "--workers";
        QTest::newRow("a bad id") << QStringList{"--instance", "a:b"} << 2 << "--instance";
    }
    void mistakesAreNamed() {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, text);
        test::WorkerProcess worker(folder_->filePath("nowhere"));
        worker.start(arguments);
        QCOMPARE(worker.exitCode(kPatienceMillis), status);
        QVERIFY2(worker.said().contains(text), qPrintable(worker.said()));
    }
};

QTEST_GUILESS_MAIN(RemoteWorkerTest)
#include "remote_worker_test.moc"
