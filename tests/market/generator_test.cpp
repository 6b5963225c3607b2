#include "market/generator.h"

#include <QtTest>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "amm/pool.h"
#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

namespace {

// The reference figures as the file has them, read without the product's parser.
struct Reference {
    std::map<std::string, double> usdOf;
    std::map<std::string, int> decimalsOf;
    QJsonArray pools;
};

Reference readReference() {
    QFile file(OEE_SOURCE_DIR "/resources/markets/default.json");
    Reference reference;
    if (!file.open(QIODevice::ReadOnly)) {
        return reference;
    }
    const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
    for (const QJsonValue& token : root["tokens"].toArray()) {
        const std::string symbol = token["symbol"].toString().toStdString();
        reference.usdOf[symbol] = token["priceUsd"].toString().toDouble();
        reference.decimalsOf[symbol] = token["decimals"].toInt();
    }
    reference.pools = root["pools"].toArray();
    return reference;
}

// Output of an exact-in swap; 0 where the pool refuses.
std::uint64_t outputOf(const amm::Pool& pool, const domain::Pubkey& input, std::uint64_t amountRaw,
                       const amm::ChainClock& clock) {
    const auto result = amm::quote(pool, exactIn(directionOf(pool, input), amountRaw), clock);
    return result ? result->amountOutRaw : 0;
}

std::uint64_t unitsWorth(const Reference& reference, const std::string& symbol, double usd) {
    return static_cast<std::uint64_t>(usd / reference.usdOf.at(symbol) *
                                      std::pow(10.0, reference.decimalsOf.at(symbol)));
}

// The share of the input that the pool keeps, from the program's definition and the profile.
double feeOf(const QJsonObject& pool) {
    const QString program = pool["program"].toString();
    if (program == "raydium-amm-v4") {
        return pool["swapFeeNumerator"].toDouble() / pool["swapFeeDenominator"].toDouble();
    }
    if (program == "raydium-cpmm") {
        return pool["config"].toString().split(' ').first().toDouble() / 100;
    }
    // "10/10000": bin step in bps × base factor / 10^8
    const QStringList preset = pool["preset"].toString().split('/');
    return preset[0].toDouble() * preset[1].toDouble() * 10 / 1e9;
}

}  // namespace

class GeneratorTest : public QObject {
    Q_OBJECT

  private slots:
    void everyPoolDecodesToWhatTheProfileSays() {
        for (const std::uint64_t seed : kSeeds) {
            const GeneratedMarket market = generateAll(seed);
            QVERIFY(!market.profile.pools.empty());
            QCOMPARE(market.pools.size(), market.profile.pools.size());
            for (std::size_t i = 0; i < market.pools.size(); ++i) {
                const auto& profile = market.profile.pools[i];
                const amm::Pool& pool = market.pools[i];
                QCOMPARE(pool.program, profile.program());
                QVERIFY(pool.directionFrom(profile.a.token.mint).has_value());
                QVERIFY(pool.directionFrom(profile.b.token.mint).has_value());
                const auto& a = pool.inputOf(directionOf(pool, profile.a.token.mint));
                QCOMPARE(a.decimals, profile.a.token.decimals);
                for (const auto& [address, account] : market.generated[i].accounts) {
                    // Rent, and with wrapped SOL the amount on top.
                    QVERIFY(account.lamports >= (128 + account.data.size()) * 6960);
                }
            }
        }
    }

    // Price against the reference: exact to the jitter (20 millionths) where prices are continuous,
    // to half a bin beyond that in a DLMM pair.
    void pricesAreTheReferences() {
        const Reference reference = readReference();
        for (const std::uint64_t seed : kSeeds) {
            const GeneratedMarket market = generateAll(seed);
            QCOMPARE(qsizetype(market.pools.size()), reference.pools.size());
            for (std::size_t i = 0; i < market.pools.size(); ++i) {
                const QJsonObject entry = reference.pools[qsizetype(i)].toObject();
                const std::string a = entry["tokenA"].toString().toStdString();
                const std::string b = entry["tokenB"].toString().toStdString();
                const double units =
                    std::pow(10.0, reference.decimalsOf.at(b) - reference.decimalsOf.at(a));
                const double expected = reference.usdOf.at(a) / reference.usdOf.at(b) * units *
                                        (1 + entry["priceOffsetPpm"].toDouble() / 1e6);
                double tolerance = 25e-6;
                if (entry["program"] == "meteora-dlmm") {
                    const double step = entry["preset"].toString().split('/')[0].toDouble() / 1e4;
                    tolerance += step / 2 * 1.01;
                }
                const amm::Pool& pool = market.pools[i];
                const auto& mintA = market.profile.pools[i].a.token.mint;
                const double price = amm::marginalPrice(pool, directionOf(pool, mintA));
                const double inverse = amm::marginalPrice(pool, opposite(directionOf(pool, mintA)));
                QVERIFY2(std::abs(price / expected - 1) < tolerance,
                         qPrintable(entry["name"].toString() + " " +
                                    QString::number(price / expected - 1)));
                QVERIFY(std::abs(inverse * expected - 1) < tolerance);
            }
        }
    }

    // Two tokens of one pool are worth the same, and as much as the profile says.
    void depthIsTheProfiles() {
        const Reference reference = readReference();
        const GeneratedMarket market = generateAll(7);
        std::map<std::string, std::set<double>> depths;
        for (std::size_t i = 0; i < market.pools.size(); ++i) {
            const QJsonObject entry = reference.pools[qsizetype(i)].toObject();
            double expected = entry["sideUsd"].toString().toDouble();
            for (const QJsonValue& layer : entry["liquidity"].toArray()) {
                expected += layer["sideUsd"].toString().toDouble();
            }
            const auto balances = amm::vaultBalances(market.pools[i]);
            for (const char* side : {"tokenA", "tokenB"}) {
                const std::string symbol = entry[side].toString().toStdString();
                const auto& token = side == std::string("tokenA") ? market.profile.pools[i].a
                                                                  : market.profile.pools[i].b;
                const bool first = market.pools[i].mints[0].mint == token.token.mint;
                const double worth = static_cast<double>(balances[first ? 0 : 1]) *
                                     reference.usdOf.at(symbol) /
                                     std::pow(10.0, reference.decimalsOf.at(symbol));
                // 2 % jitter; asks are worth what they are at the bins' own, higher prices.
                const double tolerance = entry["program"] == "meteora-dlmm" ? 0.2 : 0.021;
                QVERIFY2(std::abs(worth / expected - 1) < tolerance,
                         qPrintable(entry["name"].toString() + " " + QString::number(worth)));
            }
            depths[entry["tokenA"].toString().toStdString() +
                   entry["tokenB"].toString().toStdString()]
                .insert(expected);
        }
        for (const auto& [pair, values] : depths) {
            QVERIFY2(values.size() >= 4, pair.c_str());
        }
    }

    // A swap of 10 USD pays the reference price less the fee; one of a fifth of the pool pays less
    // for each unit.
    void quotesAreSensible() {
        const Reference reference = readReference();
        const GeneratedMarket market = generateAll(3);
        for (std::size_t i = 0; i < market.pools.size(); ++i) {
            const QJsonObject entry = reference.pools[qsizetype(i)].toObject();
            const amm::Pool& pool = market.pools[i];
            const auto& profile = market.profile.pools[i];
            for (const bool sellsA : {true, false}) {
                const auto& in = sellsA ? profile.a : profile.b;
                const auto& out = sellsA ? profile.b : profile.a;
                const auto direction = directionOf(pool, in.token.mint);
                const std::uint64_t small = unitsWorth(reference, in.token.symbol, 10);
                const auto little =
                    amm::quote(pool, exactIn(direction, small), market.profile.clock);
                QVERIFY2(little.has_value(), profile.name.c_str());
                QCOMPARE(little->amountInRaw, small);
                const double ideal =
                    static_cast<double>(small) * amm::marginalPrice(pool, direction);
                const double kept = 1 - static_cast<double>(little->amountOutRaw) / ideal;
                const double fee = feeOf(entry);
                // 10 USD move these pools by less than 5 bps, and their fee is in it.
                QVERIFY2(kept > fee - 1e-5 && kept < fee + 5e-4,
                         qPrintable(entry["name"].toString() + " " + QString::number(kept)));
                QVERIFY(std::abs(static_cast<double>(little->feeRaw) /
                                     (static_cast<double>(little->feeSide == amm::FeeSide::input
                                                              ? little->amountInRaw
                                                              : little->amountOutRaw)) -
                                 fee) < fee * 1e-3 + 1e-6);

                const std::uint64_t balance =
                    amm::vaultBalances(pool)[direction == amm::SwapDirection::aToB ? 0 : 1];
                const auto much =
                    amm::quote(pool, exactIn(direction, balance / 5), market.profile.clock);
                QVERIFY2(much.has_value(), profile.name.c_str());
                QVERIFY(static_cast<double>(much->amountOutRaw) /
                            static_cast<double>(much->amountInRaw) <
                        static_cast<double>(little->amountOutRaw) / static_cast<double>(small));
                QVERIFY(much->amountOutRaw < balanceOf(pool, out.token.mint));
            }
        }
    }

    // Pools differ in price, but nobody earns by going round: neither through two pools of a pair
    // nor over the SOL, USDC, USDT triangle.
    void thereIsNoFreeArbitrage() {
        const Reference reference = readReference();
        for (const std::uint64_t seed : kSeeds) {
            const GeneratedMarket market = generateAll(seed);
            QVERIFY(!market.pools.empty());
            const auto& clock = market.profile.clock;
            int trips = 0;
            for (const auto& token : market.profile.tokens) {
                const std::uint64_t start = unitsWorth(reference, token.token.symbol, 100);
                for (const auto& cycle : cyclesFrom(market.pools, token.token.mint)) {
                    domain::Pubkey mint = token.token.mint;
                    std::uint64_t amount = start;
                    for (const amm::Pool* pool : cycle) {
                        amount = outputOf(*pool, mint, amount, clock);
                        QVERIFY(amount > 0);
                        mint = pool->outputOf(directionOf(*pool, mint)).mint;
                    }
                    QVERIFY(mint == token.token.mint);
                    QVERIFY2(amount < start,
                             qPrintable(QString::number(amount) + " of " + QString::number(start)));
                    ++trips;
                }
            }
            // Each ordered pair of the four pools of six pairs, from both ends, and 64 triangles,
            // both ways round, from three corners.
            QCOMPARE(trips, 6 * 4 * 3 * 2 + 64 * 2 * 3);
        }
    }

    void vaultsHoldReservesAndFees() {
        for (const std::uint64_t seed : kSeeds) {
            const GeneratedMarket market = generateAll(seed);
            int pools = 0;
            for (std::size_t i = 0; i < market.pools.size(); ++i) {
                const auto program = market.pools[i].program;
                if (program == domain::Program::meteoraDlmm) {
                    continue;  // generator_dlmm_test
                }
                ++pools;
                const auto& generated = market.generated[i];
                const amm::Account& account = generated.accounts.at(generated.address);
                const auto held = amm::vaultBalances(market.pools[i]);
                const bool isV4 = program == domain::Program::raydiumAmmV4;
                // CPMM keeps the lower mint first: instructions/initialize.rs.
                QVERIFY(isV4 || fieldAt<domain::Pubkey>(account, 168) <
                                    fieldAt<domain::Pubkey>(account, 200));
                for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
                    const auto vault =
                        fieldAt<domain::Pubkey>(account, (isV4 ? 336 : 72) + 32 * side);
                    QCOMPARE(held[side], balanceAt(generated.accounts, vault));
                    // pnl, or protocol and fund fees: in the vault, not in the reserve.
                    const auto waiting =
                        fieldAt<std::uint64_t>(account, (isV4 ? 192 : 341) + 8 * side);
                    QVERIFY(waiting > 0 && waiting < held[side] / 10'000);
                }
            }
            QCOMPARE(pools, 12);
        }
    }

    void encodeRoundTrips() {
        const GeneratedMarket market = generateAll(2);
        QVERIFY(!market.pools.empty());
        for (std::size_t i = 0; i < market.pools.size(); ++i) {
            amm::AccountSet accounts = market.generated[i].accounts;
            QVERIFY(amm::encodePool(market.pools[i], accounts).empty());
            QVERIFY(accounts == market.generated[i].accounts);
            const std::uint64_t amount = amm::vaultBalances(market.pools[i])[0] / 10;
            const auto swapped = amm::apply(
                market.pools[i], exactIn(amm::SwapDirection::aToB, amount), market.profile.clock);
            QVERIFY2(swapped.has_value(), market.generated[i].name.c_str());
            QVERIFY(!amm::encodePool(*swapped->pool, accounts).empty());
            const auto again = amm::decodePool(market.generated[i].address, accounts);
            QVERIFY(again.has_value());
            QVERIFY(again->state == swapped->pool->state);
            const auto before = amm::vaultBalances(market.pools[i]);
            const auto after = amm::vaultBalances(*again);
            QCOMPARE(after[0], before[0] + swapped->result.amountInRaw);
            QCOMPARE(after[1], before[1] - swapped->result.amountOutRaw);
        }
    }

    void theSeedDecidesEverything() {
        const GeneratedMarket one = generateAll(1);
        const GeneratedMarket same = generateAll(1);
        const GeneratedMarket other = generateAll(2);
        QVERIFY(!one.generated.empty());
        std::set<domain::Pubkey> addresses;
        for (std::size_t i = 0; i < one.generated.size(); ++i) {
            QVERIFY(one.generated[i].address == same.generated[i].address);
            QVERIFY(one.generated[i].accounts == same.generated[i].accounts);
            QVERIFY(one.generated[i].address != other.generated[i].address);
            QVERIFY(amm::vaultBalances(one.pools[i]) != amm::vaultBalances(other.pools[i]));
            addresses.insert(one.generated[i].address);
            addresses.insert(other.generated[i].address);
        }
        QCOMPARE(addresses.size(), 2 * one.generated.size());
    }

    // The same bytes on every machine, compiler and build type, and in the next release: a data
    // folder is tied to its genesis. A change here is a change of every user's generated market.
    void bytesDoNotDrift() {
        const auto profile = oneLayerProfile("curve");
        const auto generated = market::generatePool(profile, profile.pools.at(0), 42);
        QVERIFY(generated.has_value());
        QCryptographicHash hash(QCryptographicHash::Sha256);
        for (const auto& [address, account] : generated->accounts) {
            hash.addData(QByteArray(reinterpret_cast<const char*>(address.bytes.data()), 32));
            hash.addData(QByteArray(reinterpret_cast<const char*>(account.data.data()),
                                    qsizetype(account.data.size())));
        }
        QCOMPARE(hash.result().toHex(),
                 QByteArray("bcb2724c6750a912ec38badd25da42d610a54c4de9a6de3e92a4d4827af92c87"));
    }

    void impossibleAmountsAreRefused() {
        auto profile = oneLayerProfile("spot");
        auto& layer = std::get<market::DlmmShape>(profile.pools.at(0).shape).layers.at(0);
        layer.sideUsdMicros = std::numeric_limits<std::uint64_t>::max();
        profile.pools[0].b.priceUsdE12 = 1;
        const auto tooMuch = market::generatePool(profile, profile.pools[0], 1);
        QVERIFY(!tooMuch.has_value());
        QCOMPARE(tooMuch.error().error, market::GeneratorError::amountOutOfRange);
        QCOMPARE(tooMuch.error().pool, std::string("AAA/BBB"));

        auto far = oneLayerProfile("spot");
        std::get<market::DlmmShape>(far.pools.at(0).shape).preset.binStepBps = 1;
        far.pools[0].a.priceUsdE12 = std::numeric_limits<std::uint64_t>::max();
        const auto beyond = market::generatePool(far, far.pools[0], 1);
        QVERIFY(!beyond.has_value());
        QCOMPARE(beyond.error().error, market::GeneratorError::priceOutOfRange);

        auto tiny = defaultProfile();
        for (auto& pool : tiny.pools) {
            if (auto* shape = std::get_if<market::AmmV4Shape>(&pool.shape)) {
                shape->sideUsdMicros = 0;
                const auto nothing = market::generatePool(tiny, pool, 1);
                QVERIFY(!nothing.has_value());
                QCOMPARE(nothing.error().error, market::GeneratorError::amountOutOfRange);
            }
        }
    }

  private:
    static std::uint64_t balanceOf(const amm::Pool& pool, const domain::Pubkey& mint) {
        return amm::vaultBalances(pool)[pool.mints[0].mint == mint ? 0 : 1];
    }

    // Every closed way over two or three different tokens that starts and ends at `start`.
    static std::vector<std::vector<const amm::Pool*>> cyclesFrom(
        const std::vector<amm::Pool>& pools, const domain::Pubkey& start) {
        std::vector<std::vector<const amm::Pool*>> cycles;
        const auto next = [](const amm::Pool& pool, const domain::Pubkey& mint) {
            return pool.outputOf(directionOf(pool, mint)).mint;
        };
        for (const amm::Pool& first : pools) {
            if (!first.directionFrom(start)) {
                continue;
            }
            const domain::Pubkey middle = next(first, start);
            for (const amm::Pool& second : pools) {
                if (&second == &first || !second.directionFrom(middle)) {
                    continue;
                }
                const domain::Pubkey end = next(second, middle);
                if (end == start) {
                    cycles.push_back({&first, &second});
                    continue;
                }
                for (const amm::Pool& third : pools) {
                    if (third.directionFrom(end) && end != middle && next(third, end) == start) {
                        cycles.push_back({&first, &second, &third});
                    }
                }
            }
        }
        return cycles;
    }
};

QTEST_GUILESS_MAIN(GeneratorTest)
#include "generator_test.moc"
