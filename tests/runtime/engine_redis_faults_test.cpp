// Nothing acknowledged is lost or done twice, whatever happens to the Redis that carries the jobs.
// One seed each; OEE_FAULT_SEEDS=20 runs twenty.

#include <algorithm>
#include <map>

#include <QSignalSpy>
#include <QtTest>

#include "base/rng.h"
#include "runtime/engine_on_redis.h"
#include "storage/event_chain.h"
#include "support/tcp_proxy.h"

using namespace oee;
using namespace std::chrono_literals;
using domain::OrderStatus;
using test::kDrainMillis;
using test::kPatienceMillis;

namespace {

constexpr int kOrders = 300;

enum class Fault {
    pause,
    restart,
    kill,
    flushAll,
    deleteStream,
    trim,
    deleteConsumers,
    outOfMemory,
    slowLine,
    halfOpen,
    wrongPassword,
    missingGroup,
};
const std::map<Fault, const char*> kFaults{
    {Fault::pause, "pause"},
    {Fault::restart, "restart"},
    {Fault::kill, "kill"},
    {Fault::flushAll, "FLUSHALL"},
    {Fault::deleteStream, "DEL of the stream"},
    {Fault::trim, "XTRIM"},
    {Fault::deleteConsumers, "DELCONSUMER"},
    {Fault::outOfMemory, "out of memory"},
    {Fault::slowLine, "slow proxy"},
    {Fault::halfOpen, "half-open connection"},
    {Fault::wrongPassword, "wrong password"},
    {Fault::missingGroup, "missing group"},
};

// Redis cannot be used while these last; the others only lose jobs.
bool lasts(Fault fault) {
    switch (fault) {
        case Fault::pause:
        case Fault::restart:
        case Fault::kill:
        case Fault::outOfMemory:
        case Fault::slowLine:
        case Fault::halfOpen:
        case Fault::wrongPassword:
            return true;
        case Fault::flushAll:
        case Fault::deleteStream:
        case Fault::trim:
        case Fault::deleteConsumers:
        case Fault::missingGroup:
            return false;
    }
    return false;
}

}  // namespace

class EngineRedisFaultsTest : public test::EngineOnRedis {
    Q_OBJECT

  private:
    // Before the engine, on whose way to Redis it stands.
    void startProxy() {
        proxy_ = std::make_unique<test::TcpProxy>(server_->port(), 1s);
        QVERIFY(proxy_->isListening());
    }
    std::string throughProxy() const {
        return "redis://127.0.0.1:" + std::to_string(proxy_->port());
    }

    void submitMore(runtime::Engine& engine) {
        constexpr int kMore = 20;
        const int before = answered_;
        for (int i = 0; i < kMore; ++i) {
            submit(engine, i);
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered_, before + kMore, kPatienceMillis);
    }

    static std::map<domain::Pubkey, base::u128> totals(const runtime::Engine& engine) {
        std::map<domain::Pubkey, base::u128> sums;
        const auto wallet = engine.wallet();
        for (const auto& [key, balance] : wallet->all()) {
            sums[key.second] += balance.amountRaw;
        }
        for (const auto& pool : engine.market()->pools) {
            const auto vaults = amm::vaultBalances(*pool);
            sums[pool->mints[0].mint] += vaults[0];
            sums[pool->mints[1].mint] += vaults[1];
        }
        return sums;
    }

    // Terminal, one set of fills, and the trader's balances are what the orders say.
    QString brokenPromise(runtime::Engine& engine, const runtime::WalletPtr& before) {
        std::map<domain::Pubkey, base::i128> change;
        for (const domain::OrderPtr& order : acknowledged_) {
            const runtime::OrderDetail is = test::detailOf(engine, order->id);
            const QString id = QString::fromStdString(domain::toString(order->id));
            if (!domain::isTerminal(is.order->status)) {
                return id + " has not ended";
            }
            const bool filled = is.order->status == OrderStatus::confirmed;
            const std::size_t fills = filled ? is.order->plan->legs.size() : 0;
            const auto submissions = std::count_if(
                is.events.begin(), is.events.end(), [](const domain::OrderEvent& event) {
                    return event.status == OrderStatus::submitted;
                });
            if (is.fills.size() != fills || (filled && submissions != is.order->attempt)) {
                return id + " was not filled once";
            }
            change[domain::solMint()] -= is.order->spentLamports;
            if (filled) {
                const domain::Execution& execution = *is.order->execution;
                change[order->inputMint] -= execution.amountInRaw;
                change[order->outputMint] += execution.amountOutRaw;
                change[domain::solMint()] -= execution.networkFeeLamports;
            }
        }
        for (const auto& [mint, raw] : change) {
            const auto balance = [&mint = mint](const runtime::WalletPtr& wallet) {
                return wallet->balance(execution::WalletOwner::trader, mint);
            };
            const base::i128 is = balance(engine.wallet()).amountRaw;
            if (is - balance(before).amountRaw != raw || balance(engine.wallet()).reservedRaw) {
                return QStringLiteral("the wallet is not what the orders say");
            }
        }
        return {};
    }

    void commit(Fault fault, const std::string& stream) {
        test::Administrator& admin = *administrator_;
        switch (fault) {
            case Fault::pause:
                return server_->pause();
            case Fault::restart:
                return server_->stop();
            case Fault::kill:
                return server_->kill();
            case Fault::flushAll:
                admin({"FLUSHALL"});
                return;
            case Fault::deleteStream:
                admin({"DEL", stream});
                return;
            case Fault::trim:
                admin({"XTRIM", stream, "MAXLEN", "3"});
                return;
            case Fault::deleteConsumers:
                for (const char* name : {"worker-1", "worker-2"}) {
                    admin({"XGROUP", "DELCONSUMER", stream, "workers", name});
                }
                return;
            case Fault::outOfMemory:
                admin({"CONFIG", "SET", "maxmemory", "1"});
                return;
            case Fault::slowLine:
                return proxy_->setLine(test::Line::slow);
            case Fault::halfOpen:
                return proxy_->setLine(test::Line::dead);
            case Fault::wrongPassword:
                admin({"CONFIG", "SET", "requirepass", "secret"});
                admin({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
                return;
            case Fault::missingGroup:
                admin({"XGROUP", "DESTROY", stream, "workers"});
                return;
        }
    }

    void mend(Fault fault) {
        switch (fault) {
            case Fault::pause:
                return server_->resume();
            case Fault::restart:
            case Fault::kill:
                QVERIFY2(server_->start(), qPrintable(server_->problem()));
                administrator_.emplace(*server_);
                return;
            case Fault::outOfMemory:
                (*administrator_)({"CONFIG", "SET", "maxmemory", "0"});
                return;
            case Fault::wrongPassword:
                (*administrator_)({"CONFIG", "SET", "requirepass", ""});
                return;
            default:
                return proxy_->setLine(test::Line::good);
        }
    }

    base::SystemClock clock_;
    std::unique_ptr<test::TcpProxy> proxy_;

  private slots:
    void nothingIsLostOrDoubled_data() {
        QTest::addColumn<int>("fault");
        QTest::addColumn<quint64>("seed");
        bool isGiven = false;
        const int given = qEnvironmentVariableIntValue("OEE_FAULT_SEEDS", &isGiven);
        for (const auto& [fault, name] : kFaults) {
            for (quint64 seed = 1; seed <= static_cast<quint64>(isGiven ? given : 1); ++seed) {
                QTest::addRow("%s, seed %llu", name, seed) << static_cast<int>(fault) << seed;
            }
        }
    }

    // The fault comes when some of a burst of orders are acknowledged, and ends some orders later,
    // or when all have drained without Redis.
    void nothingIsLostOrDoubled() {
        QFETCH(const int, fault);
        QFETCH(const quint64, seed);
        const auto kind = static_cast<Fault>(fault);
        base::CounterRng random(seed, base::RngPurpose::orderId, static_cast<std::uint64_t>(fault));
        const int faultAt = 1 + static_cast<int>(random.nextU64() % (kOrders - 1));
        const bool mendsEarly = random.nextU64() % 2 == 0;
        const int mendAt = faultAt + 1 + static_cast<int>(random.nextU64() % kOrders);
        qInfo("seed %llu: after %d orders; ends %s", seed, faultAt,
              mendsEarly ? "under way" : "when all are done");

        startProxy();
        const auto engine = start(throughProxy(), clock_);
        const std::string stream = streamOf(*engine);
        QVERIFY2(engine->status().queue.starts_with("redis"), engine->status().queue.c_str());
        QSignalSpy notices(engine.get(), &runtime::Engine::notice);
        const auto before = totals(*engine);
        const auto walletBefore = engine->wallet();
        bool mended = !lasts(kind);
        const auto stepFault = [&] {
            if (answered_ == faultAt) {
                commit(kind, stream);
            } else if (answered_ == mendAt && mendsEarly && !mended) {
                mended = true;
                mend(kind);
            }
        };
        for (int i = 0; i < kOrders; ++i) {
            submit(*engine, i, stepFault);
            if (i % 20 == 19) {
                QCoreApplication::processEvents();
            }
        }
        QTRY_COMPARE_WITH_TIMEOUT(answered_, kOrders, kPatienceMillis);
        QVERIFY(acknowledged_.size() > kOrders / 2);
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, kDrainMillis);
        if (!mended) {
            // Orders are accepted and done while it lasts.
            submitMore(*engine);
            QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, kDrainMillis);
            QTRY_VERIFY_WITH_TIMEOUT(engine->status().queue.starts_with("embedded"),
                                     kPatienceMillis);
            QVERIFY(!notices.isEmpty());
            mend(kind);
        }
        // And it goes on through Redis.
        QTRY_VERIFY_WITH_TIMEOUT(engine->status().queue.starts_with("redis"), kPatienceMillis);
        submitMore(*engine);
        QTRY_COMPARE_WITH_TIMEOUT(engine->status().openOrders, std::uint64_t{0}, kDrainMillis);
        QTRY_VERIFY_WITH_TIMEOUT(totals(*engine) == before, kPatienceMillis);
        const QString broken = brokenPromise(*engine, walletBefore);
        QVERIFY2(broken.isEmpty(), qPrintable(broken));
        QTRY_COMPARE_WITH_TIMEOUT(administrator_->number({"XLEN", stream}), std::int64_t{0},
                                  kPatienceMillis);
        const auto report = storage::verifyHistory({path(), {}});
        QVERIFY2(report && report->problem.isEmpty(), qPrintable(report->problem));
    }
};

QTEST_GUILESS_MAIN(EngineRedisFaultsTest)
#include "engine_redis_faults_test.moc"
