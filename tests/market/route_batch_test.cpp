#include <QtTest>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "amm/pool.h"
#include "market/account_files.h"
#include "market/route_batch.h"

using namespace oee;

namespace {

const QString kDumps = QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet");
const char* const kSol = "So11111111111111111111111111111111111111112";
const char* const kUsdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

QJsonObject ask(const market::RouteBatch& batch, const QJsonObject& request) {
    const QByteArray line = QJsonDocument(request).toJson(QJsonDocument::Compact);
    return QJsonDocument::fromJson(batch.answer(line)).object();
}

std::uint64_t rawOf(const QJsonObject& object, const char* name) {
    return object[QLatin1String(name)].toString().toULongLong();
}

// The output value of one base unit of every leg's input, of legs that all lead to the output.
double inputUnitsWorth(const QJsonObject& answer) {
    double sum = 0;
    for (const QJsonValue& leg : answer["legs"].toArray()) {
        sum += static_cast<double>(rawOf(leg.toObject(), "amountOut")) /
               static_cast<double>(rawOf(leg.toObject(), "amountIn"));
    }
    return std::ceil(sum);
}

}  // namespace

class RouteBatchTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        if (!QDir(kDumps).exists()) {
            QSKIP("../shared/mainnet is absent");
        }
        auto opened = market::RouteBatch::open(kDumps);
        QVERIFY(opened.has_value());
        batch_ = std::move(*opened);
        QVERIFY(batch_->poolCount() > 80);
        const auto dumps = market::readPoolDumps(kDumps);
        QVERIFY(dumps.has_value());
        for (const auto& dump : *dumps) {
            if (auto pool = amm::decodePool(dump.pool, dump.accounts)) {
                pools_.emplace(dump.pool, std::make_shared<const amm::Pool>(std::move(*pool)));
            }
            if (dump.clock.unixTimestamp > clock_.unixTimestamp) {
                clock_ = dump.clock;
            }
        }
    }

    void dumpsAreRouted_data() {
        QTest::addColumn<QString>("input");
        QTest::addColumn<QString>("output");
        QTest::addColumn<QString>("mode");
        for (const char* mode : {"exactIn", "exactOut"}) {
            QTest::addRow("SOL to USDC, %s", mode) << kSol << kUsdc << mode;
            QTest::addRow("USDC to SOL, %s", mode) << kUsdc << kSol << mode;
        }
    }
    // The legs, executed on the dumps one after another, give what the answer says.
    void dumpsAreRouted() {
        QFETCH(QString, input);
        QFETCH(QString, output);
        QFETCH(QString, mode);
        for (const char* amount : {"1000000", "1000000000", "50000000000", "2000000000000"}) {
            for (const char* routing : {"single", "split", "full"}) {
                const QJsonObject answer = ask(*batch_, {{"id", "x"},
                                                         {"inputMint", input},
                                                         {"outputMint", output},
                                                         {"amount", amount},
                                                         {"mode", mode},
                                                         {"routing", routing}});
                const QByteArray place = QByteArray(amount) + " " + routing + ": " +
                                         QJsonDocument(answer).toJson(QJsonDocument::Compact);
                QVERIFY2(answer["id"] == QStringLiteral("x"), place.constData());
                if (answer.contains("error")) {
                    QVERIFY2(!answer["message"].toString().isEmpty(), place.constData());
                    continue;
                }
                const bool exactIn = mode == QStringLiteral("exactIn");
                QVERIFY2(rawOf(answer, exactIn ? "amountIn" : "amountOut") >=
                             QByteArray(amount).toULongLong(),
                         place.constData());
                QVERIFY2(exactIn ? rawOf(answer, "bound") >= rawOf(answer, "amountOut")
                                 : rawOf(answer, "bound") <= rawOf(answer, "amountIn"),
                         place.constData());
                qInfo("%s %s: gap %lld ppb, %lld legs, %lld us%s", amount, routing,
                      answer["gapPpb"].toInteger(),
                      static_cast<long long>(answer["legs"].toArray().size()),
                      answer["micros"].toInteger(),
                      answer.contains("limitedBy")
                          ? qPrintable(QStringLiteral(", limited; within the hops: gap %1 ppb")
                                           .arg(answer["gapWithinHopsPpb"].toInteger()))
                          : "");
                if (answer.contains("gapWithinHopsPpb")) {
                    QVERIFY2(exactIn
                                 ? rawOf(answer, "boundWithinHops") >= rawOf(answer, "amountOut")
                                 : rawOf(answer, "boundWithinHops") <= rawOf(answer, "amountIn"),
                             place.constData());
                }
                execute(answer, input, output);
            }
        }
    }

    void everyPairIsSplitCloseToItsBound_data() {
        QTest::addColumn<QString>("mode");
        QTest::newRow("exactIn") << "exactIn";
        QTest::newRow("exactOut") << "exactOut";
    }
    // Split over all pools of every pair that the dumps trade, both ways, over six orders of
    // magnitude: within a millionth of the bound, or an input unit of each leg.
    void everyPairIsSplitCloseToItsBound() {
        QFETCH(QString, mode);
        const bool exactIn = mode == QStringLiteral("exactIn");
        std::set<std::pair<domain::Pubkey, domain::Pubkey>> pairs;
        for (const auto& [address, pool] : pools_) {
            pairs.emplace(pool->mints[0].mint, pool->mints[1].mint);
            pairs.emplace(pool->mints[1].mint, pool->mints[0].mint);
        }
        std::uint64_t asked = 0;
        for (const auto& [input, output] : pairs) {
            for (std::uint64_t amount = 10'000; amount <= 10'000'000'000; amount *= 10) {
                const QString inputMint = QString::fromStdString(domain::toBase58(input));
                const QString outputMint = QString::fromStdString(domain::toBase58(output));
                const QJsonObject answer = ask(*batch_, {{"inputMint", inputMint},
                                                         {"outputMint", outputMint},
                                                         {"amount", QString::number(amount)},
                                                         {"mode", mode},
                                                         {"routing", "split"}});
                if (answer.contains("error")) {
                    continue;
                }
                ++asked;
                execute(answer, inputMint, outputMint);
                const QByteArray text = QJsonDocument(answer).toJson(QJsonDocument::Compact);
                const std::uint64_t bound = rawOf(answer, "bound");
                const std::uint64_t in = rawOf(answer, "amountIn");
                const std::uint64_t out = rawOf(answer, "amountOut");
                QVERIFY2(exactIn ? in == amount && bound >= out : out >= amount && bound <= in,
                         text.constData());
                const double gap = static_cast<double>(exactIn ? bound - out : in - bound);
                const double allowed =
                    exactIn ? inputUnitsWorth(answer)
                            : std::ceil(inputUnitsWorth(answer) * static_cast<double>(in) /
                                        static_cast<double>(out));
                const double whole = static_cast<double>(exactIn ? bound : in);
                QVERIFY2(gap <= std::max(whole / 1e6, allowed), text.constData());
            }
        }
        qInfo("%llu plans", static_cast<unsigned long long>(asked));
        QVERIFY(asked > 400);
    }

    void badRequestsNameTheirField_data() {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("mint") << "inputMint" << QJsonValue("nonsense");
        QTest::newRow("amount") << "amount" << QJsonValue("1.5");
        QTest::newRow("no amount") << "amount" << QJsonValue(QJsonValue::Undefined);
        QTest::newRow("mode") << "mode" << QJsonValue("both");
        QTest::newRow("routing") << "routing" << QJsonValue("best");
        QTest::newRow("pools") << "pools" << QJsonValue("one");
        QTest::newRow("maxHops") << "maxHops" << QJsonValue(0);
        QTest::newRow("maxLegs") << "maxLegs" << QJsonValue(1.5);
        QTest::newRow("legCostOut") << "legCostOut" << QJsonValue("-1");
    }
    void badRequestsNameTheirField() {
        QFETCH(QString, field);
        QFETCH(QJsonValue, value);
        QJsonObject request{{"inputMint", kSol}, {"outputMint", kUsdc}, {"amount", "1000"}};
        request[field] = value;
        const QJsonObject answer = ask(*batch_, request);
        QCOMPARE(answer["error"].toString(), QStringLiteral("BadRequest"));
        QVERIFY2(answer["message"].toString().contains(field),
                 qPrintable(answer["message"].toString()));
    }

    void poolsAndLegsCanBeChosen() {
        QJsonObject request{{"inputMint", kSol}, {"outputMint", kUsdc}, {"amount", "50000000000"}};
        const QJsonObject free = ask(*batch_, request);
        QVERIFY(!free.contains("error"));
        const QString pool = free["legs"].toArray().first().toObject()["pool"].toString();
        request["maxLegs"] = 1;
        QCOMPARE(ask(*batch_, request)["legs"].toArray().size(), qsizetype{1});
        request["routing"] = "split";
        request["pools"] = QJsonArray{pool};
        const QJsonObject only = ask(*batch_, request);
        for (const auto& leg : only["legs"].toArray()) {
            QCOMPARE(leg.toObject()["pool"].toString(), pool);
        }
        QVERIFY(rawOf(only, "amountOut") <= rawOf(free, "amountOut"));
    }

  private:
    void execute(const QJsonObject& answer, const QString& input, const QString& output) {
        auto pools = pools_;
        std::map<QString, std::uint64_t> balances{{input, rawOf(answer, "amountIn")}};
        for (const auto& value : answer["legs"].toArray()) {
            const QJsonObject leg = value.toObject();
            auto& pool = pools.at(*domain::pubkeyFromBase58(leg["pool"].toString().toStdString()));
            amm::SwapRequest swap;
            swap.direction = *pool->directionFrom(
                *domain::pubkeyFromBase58(leg["inputMint"].toString().toStdString()));
            swap.amountRaw = rawOf(leg, "amountIn");
            const auto applied = amm::apply(*pool, swap, clock_);
            QVERIFY(applied.has_value());
            QCOMPARE(applied->result.amountOutRaw, rawOf(leg, "amountOut"));
            std::uint64_t& held = balances[leg["inputMint"].toString()];
            QVERIFY(held >= swap.amountRaw);
            held -= swap.amountRaw;
            balances[leg["outputMint"].toString()] += applied->result.amountOutRaw;
            pool = applied->pool;
        }
        for (const auto& [mint, held] : balances) {
            QCOMPARE(held, mint == output ? rawOf(answer, "amountOut") : 0);
        }
    }

    std::optional<market::RouteBatch> batch_;
    std::map<domain::Pubkey, std::shared_ptr<const amm::Pool>> pools_;
    amm::ChainClock clock_;
};

QTEST_APPLESS_MAIN(RouteBatchTest)
#include "route_batch_test.moc"
