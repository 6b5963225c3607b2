// A disk that does not take what was decided: work had begun on it, and must leave no trace.

#include <atomic>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include "runtime/live_engine.h"
#include "runtime/network_profile_file.h"
#include "runtime/order_detail.h"
#include "runtime/sell_order.h"
#include "storage/event_chain.h"
#include "support/market_fixture.h"

using namespace oee;
using domain::OrderStatus;
using test::sell;

namespace {

constexpr int kPatienceMillis = 60'000;
using Admission = tl::expected<execution::Admitted, execution::Refusal>;

// The system's, which can be set forward.
class ForwardClock final : public base::Clock {
  public:
    base::UnixMicros nowMicros() const override { return system_.nowMicros() + ahead; }
    std::int64_t steadyMicros() const override { return system_.steadyMicros() + ahead; }

    std::atomic<std::int64_t> ahead{0};

  private:
    base::SystemClock system_;
};

std::atomic<int> criticals{0};
QtMessageHandler before = nullptr;

// The chain complains of transactions that nobody withdrew.
void countCriticals(QtMsgType type, const QMessageLogContext& context, const QString& text) {
    criticals += type == QtCriticalMsg ? 1 : 0;
    before(type, context, text);
}

// Somebody else's connection to the file.
class Intruder {
  public:
    explicit Intruder(const QString& path) {
        QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", kName);
        database.setDatabaseName(path);
        if (!database.open()) {
            qFatal("engine.db cannot be opened");
        }
    }
    ~Intruder() { QSqlDatabase::removeDatabase(kName); }
    void run(const char* sql) const {
        QSqlQuery query(QSqlDatabase::database(kName));
        if (!query.exec(sql)) {
            qFatal("%s", qUtf8Printable(query.lastError().text()));
        }
    }

  private:
    static constexpr const char* kName = "intruder";
};

}  // namespace

class LiveStorageFailureTest : public QObject {
    Q_OBJECT

  private:
    QString path() const { return folder_->filePath(QStringLiteral("engine.db")); }

    std::unique_ptr<runtime::LiveEngine> start() {
        runtime::EngineOptions options;
        options.databasePath = path();
        options.genesis = test::generatedGenesis();
        options.profile = *runtime::loadNetworkProfile("instant");
        options.redis = "none";
        options.clock = &clock_;
        auto engine = runtime::LiveEngine::start(std::move(options));
        if (!engine) {
            qFatal("%s", engine.error().detail.c_str());
        }
        return std::move(*engine);
    }

    // What the engine says to so many orders.
    std::vector<Admission> submitted(runtime::Engine& engine, std::size_t count) {
        std::vector<Admission> answers;
        for (std::size_t i = 0; i < count; ++i) {
            engine.submit(sell("1"), this, [&](const auto& result) { answers.push_back(result); });
        }
        if (!QTest::qWaitFor([&] { return answers.size() == count; }, kPatienceMillis)) {
            qFatal("no answer");
        }
        return answers;
    }

    // So many orders, each filled once, and the books add up.
    void expectFilled(std::uint64_t orders) {
        const auto report = storage::verifyHistory({path(), {}});
        QVERIFY2(report && report->problem.isEmpty(), qPrintable(report->problem));
        QCOMPARE(report->orders, orders);
        QCOMPARE(report->receipts, orders);
        QCOMPARE(report->fills, orders);
        QCOMPARE(criticals, 0);
    }

    std::unique_ptr<QTemporaryDir> folder_;
    ForwardClock clock_;

  private slots:
    void initTestCase() { before = qInstallMessageHandler(countCriticals); }
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        clock_.ahead = 0;
        criticals = 0;
    }

    // Many, so that their submissions are decided while their admissions are not written yet.
    void whatIsNotAdmittedIsNotTraded() {
        const auto engine = start();
        const auto market = engine->market();
        {
            const Intruder intruder(path());
            intruder.run("BEGIN IMMEDIATE");
            for (const Admission& answer : submitted(*engine, 100)) {
                QVERIFY(!answer);
                QCOMPARE(answer.error().reason, execution::RefusalReason::storageFailed);
            }
            intruder.run("ROLLBACK");
        }
        QTest::qWait(500);  // the chain would try a refused slot again
        QVERIFY(engine->market() == market);
        const Admission next = submitted(*engine, 1).front();
        QVERIFY(next.has_value());
        const domain::OrderId id = next->order->id;
        QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
        // The first to trade on this market.
        const domain::OrderPtr order = test::detailOf(*engine, id).order;
        QCOMPARE(order->execution->amountOutRaw, order->plan->expectedOutRaw);
        expectFilled(1);
    }

    void anOrderWhoseSubmissionIsLostIsSentOnce() {
        const auto engine = start();
        std::vector<domain::OrderId> ids;
        {
            const Intruder intruder(path());
            intruder.run(
                "CREATE TRIGGER fault BEFORE INSERT ON transaction_rows "
                "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
            for (int i = 0; i < 5; ++i) {
                const Admission admitted = submitted(*engine, 1).front();
                QVERIFY(admitted.has_value());
                ids.push_back(admitted->order->id);
            }
            QTest::qWait(500);  // all are tried
            intruder.run("DROP TRIGGER fault");
        }
        for (const domain::OrderId& id : ids) {
            QVERIFY(test::detailOf(*engine, id).fills.empty());
        }
        clock_.ahead += 31'000'000;  // after so long jobs are taken for lost
        for (const domain::OrderId& id : ids) {
            QTRY_VERIFY_WITH_TIMEOUT(test::isConfirmed(*engine, id), kPatienceMillis);
        }
        expectFilled(5);
    }
};

QTEST_GUILESS_MAIN(LiveStorageFailureTest)
#include "live_storage_failure_test.moc"
