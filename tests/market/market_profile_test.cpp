#include "market/market_profile.h"

#include <QtTest>

#include <map>
#include <string>
#include <vector>

#include <QFile>

#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

class MarketProfileTest : public QObject {
    Q_OBJECT

  private slots:
    // What the product promises of its default market.
    void everyPairStandsOnTwoPoolsOfEachVenue() {
        std::map<std::string, std::map<domain::Venue, std::vector<std::string>>> pairs;
        const auto profile = defaultProfile();
        for (const auto& pool : profile.pools) {
            pairs[pool.a.token.symbol + "/" + pool.b.token.symbol][domain::venueOf(pool.program())]
                .push_back(pool.name);
        }
        for (const char* pair :
             {"SOL/USDC", "SOL/USDT", "RAY/SOL", "JUP/USDC", "BONK/SOL", "USDC/USDT"}) {
            QVERIFY2(pairs[pair][domain::Venue::raydium].size() >= 2, pair);
            QVERIFY2(pairs[pair][domain::Venue::meteora].size() >= 2, pair);
        }
    }

    void mintsAreMainnets() {
        const std::map<std::string, std::pair<std::string, unsigned>> expected{
            {"SOL", {"So11111111111111111111111111111111111111112", 9}},
            {"USDC", {"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", 6}},
            {"USDT", {"Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", 6}},
            {"RAY", {"4k3Dyjzvzp8eMZWUXbBCjEvwSkkk59S5iCNLY3QrkX6R", 6}},
            {"JUP", {"JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN", 6}},
            {"BONK", {"DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263", 5}},
        };
        const auto profile = defaultProfile();
        QCOMPARE(profile.tokens.size(), expected.size());
        for (const auto& token : profile.tokens) {
            const auto& [mint, decimals] = expected.at(token.token.symbol);
            QCOMPARE(domain::toBase58(token.token.mint), mint);
            QCOMPARE(token.token.decimals, decimals);
        }
    }

    void badProfilesNameTheField_data() {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::addColumn<int>("error");
        QTest::addColumn<QString>("field");
        const auto missing = int(market::MarketProfileError::fieldMissing);
        const auto invalid = int(market::MarketProfileError::invalidField);
        const auto row = [&](const char* name, const char* before, const char* after, int error,
                             const char* field) {
            QTest::newRow(name) << QByteArray(before) << QByteArray(after) << error
                                << QString(field);
        };
        row("source", "\"source\": \"slot of", "\"sauce\": \"slot of", missing, "clock.source");
        row("epoch", "\"epoch\": 951", "\"epoch\": 951.5", invalid, "clock.epoch");
        row("price", "\"priceUsd\": \"79.686\"", "\"priceUsd\": 79.686", invalid,
            "tokens[0].priceUsd");
        row("free token", "\"priceUsd\": \"79.686\"", "\"priceUsd\": \"0\"", invalid,
            "tokens[0].priceUsd");
        row("mint", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "EPjF", invalid,
            "tokens[1].mint");
        row("second symbol", "\"symbol\": \"USDC\"", "\"symbol\": \"SOL\"", invalid,
            "tokens[1].symbol");
        row("config", "\"config\": \"1 %\"", "\"config\": \"2 %\"", invalid, "pools[17].config");
        row("preset", "\"preset\": \"4/10000\"", "\"preset\": \"4/1\"", invalid, "pools[2].preset");
        row("shape", "\"shape\": \"bidAsk\"", "\"shape\": \"bidask\"", invalid,
            "pools[2].liquidity[2].shape");
        row("program", "\"program\": \"raydium-cpmm\"", "\"program\": \"orca\"", invalid,
            "pools[1].program");
        row("fee", "\"swapFeeNumerator\": 25", "\"swapFeeNumerator\": 10000", invalid,
            "pools[0].swapFeeNumerator");
        row("not JSON", "\"name\"", "name", int(market::MarketProfileError::notJson), "");
    }

    void badProfilesNameTheField() {
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        QFETCH(int, error);
        QFETCH(QString, field);
        QFile file(OEE_SOURCE_DIR "/resources/markets/default.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        QByteArray json = file.readAll();
        QVERIFY(market::parseMarketProfile(json).has_value());
        const auto position = json.indexOf(before);
        QVERIFY(position >= 0);
        json.replace(position, before.size(), after);
        const auto profile = market::parseMarketProfile(json);
        QVERIFY(!profile.has_value());
        QCOMPARE(QString::fromStdString(profile.error().field), field);
        QCOMPARE(int(profile.error().error), error);
    }

    void unknownProfilesAreRefused() {
        for (const char* name : {"nowhere", "", "../markets/default", "a/b"}) {
            const auto profile = market::loadMarketProfile(name);
            QVERIFY(!profile.has_value());
            QCOMPARE(profile.error().error, market::MarketProfileError::unknownName);
        }
    }
};

QTEST_GUILESS_MAIN(MarketProfileTest)
#include "market_profile_test.moc"
