// What the profiles claim of themselves, against a simulated flow of orders on the generated
// market. The figures and their sources are in resources/profiles.

#include <algorithm>

#include <QtTest>

#include "chain/fee_market.h"
#include "chain/order_flow.h"
#include "runtime/network_profile_file.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

// 40,000 orders: some 700 sandwiches, so that the mean cost of one is known to 4 %, and a rate of a
// hundredth to 5 % of itself.
constexpr int kSlots = 20'000;
constexpr std::uint32_t kOrdersPerSlot = 2;

struct Statistics {
    double landedPpm = 0;
    double medianLandingMillis = 0;
    double p90LandingMillis = 0;
    double medianFeeLamports = 0;
    double sandwichCostE2Bps = 0;
    double widePpm = 0;
};

double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values.at(static_cast<std::size_t>(part * static_cast<double>(values.size() - 1)));
}

Statistics statisticsOf(const std::vector<test::Sent>& orders) {
    std::vector<double> millis;
    std::vector<double> fees;
    double volumeUsd = 0;
    double lostUsd = 0;
    double sandwiches = 0;
    double wide = 0;
    for (const test::Sent& sent : orders) {
        const auto* landed = std::get_if<chain::Landed>(&sent.outcome.result);
        if (landed == nullptr) {
            continue;
        }
        millis.push_back(static_cast<double>(sent.landedMicros - sent.transaction.sentAtMicros) /
                         1'000);
        fees.push_back(static_cast<double>(landed->networkFeeLamports));
        volumeUsd += sent.usd;
        if (landed->sandwich) {
            lostUsd += sent.usd * (1 - static_cast<double>(landed->amountOutRaw) /
                                           static_cast<double>(landed->unsandwichedOutRaw));
            sandwiches += 1;
            wide += landed->sandwich->wide ? 1 : 0;
        }
    }
    Statistics statistics;
    statistics.landedPpm =
        1e6 * static_cast<double>(millis.size()) / static_cast<double>(orders.size());
    statistics.medianLandingMillis = quantile(millis, 0.5);
    statistics.p90LandingMillis = quantile(millis, 0.9);
    statistics.medianFeeLamports = quantile(fees, 0.5);
    statistics.sandwichCostE2Bps = 1e6 * lostUsd / volumeUsd;
    statistics.widePpm = sandwiches == 0 ? 0 : 1e6 * wide / sandwiches;
    return statistics;
}

void within(const char* what, double found, const chain::Claim& claim) {
    const QByteArray text = QByteArray(what) + ": " + QByteArray::number(found) + ", claimed " +
                            QByteArray::number(static_cast<double>(claim.least)) + " to " +
                            QByteArray::number(static_cast<double>(claim.most));
    qInfo("%s", text.constData());
    QVERIFY2(found >= static_cast<double>(claim.least) && found <= static_cast<double>(claim.most),
             text.constData());
}

}  // namespace

class NetworkStatisticsTest : public QObject {
    Q_OBJECT

  private slots:
    void ordersFareAsTheProfileClaims_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"calm", "busy", "meltdown"}) {
            QTest::newRow(name) << QString(name);
        }
    }
    void ordersFareAsTheProfileClaims() {
        QFETCH(QString, name);
        const auto profile = runtime::loadNetworkProfile(name.toStdString());
        QVERIFY(profile.has_value() && profile->claims.has_value());
        test::FlowRun run(test::generatedMarket(), *profile, {1, {}},
                          {kOrdersPerSlot, 100, 30'000});
        const auto before = run.totals();
        for (int i = 0; i < kSlots; ++i) {
            run.slot();
        }
        run.drain();
        QCOMPARE(run.done().size(), std::size_t{kSlots} * kOrdersPerSlot);
        QVERIFY(run.totals() == before);
        const Statistics found = statisticsOf(run.done());
        const chain::ProfileClaims& claims = *profile->claims;
        within("landedPpm", found.landedPpm, claims.landedPpm);
        within("medianLandingMillis", found.medianLandingMillis, claims.medianLandingMillis);
        within("p90LandingMillis", found.p90LandingMillis, claims.p90LandingMillis);
        within("medianFeeLamports", found.medianFeeLamports, claims.medianFeeLamports);
        within("sandwichCostE2Bps", found.sandwichCostE2Bps, claims.sandwichCostE2Bps);
        within("widePpm", found.widePpm, claims.widePpm);
    }

    void congestionIsWhereRaydiumSeesIt() {
        // Raydium docs: congested where the p75 of the price of a unit is over 500,000.
        const auto p75 = [](const char* name) {
            const auto profile = runtime::loadNetworkProfile(name);
            double logPrice = chain::startLogCuPrice(profile->feeMarket);
            std::vector<double> prices;
            for (std::uint64_t slot = 0; slot < 100'000; ++slot) {
                logPrice = chain::nextLogCuPrice(logPrice, profile->feeMarket, 1, slot);
                prices.push_back(chain::cuPriceMicroLamports(logPrice, profile->feeMarket));
            }
            return quantile(prices, 0.75);
        };
        QVERIFY(p75("calm") < 500'000);
        QVERIFY(p75("busy") < 500'000);
        QVERIFY(p75("meltdown") > 500'000);
    }

    void instantTakesEverythingAtOnceAndNobodyElseTrades() {
        const auto profile = runtime::loadNetworkProfile("instant");
        QVERIFY(profile.has_value());
        test::FlowRun run(test::generatedMarket(), *profile, {1, {}}, {20, 100, 1'000});
        for (int i = 0; i < 500; ++i) {
            const auto market = run.state().market;
            const auto& slot = run.slot();
            QVERIFY(slot.kind == chain::SlotKind::produced);
            QCOMPARE(slot.outcomes.size(), std::size_t{20});
            for (const chain::TransactionOutcome& outcome : slot.outcomes) {
                QCOMPARE(outcome.confirmedSlot, market->clock.slot + 1);
                const auto* landed = std::get_if<chain::Landed>(&outcome.result);
                QVERIFY(landed == nullptr || !landed->sandwich);
            }
        }
        for (const base::i128 amount : run.state().ledger.trafficRaw) {
            QVERIFY(amount == 0);
        }
        QVERIFY(run.state().pending.empty());
    }
};

QTEST_GUILESS_MAIN(NetworkStatisticsTest)
#include "network_statistics_test.moc"
