#include <QtTest>

#include <cmath>
#include <map>
#include <set>

#include "amm/meteora/dlmm/layout.h"
#include "market_fixture.h"

using namespace oee;
using namespace oee::test;

namespace {

struct BinView {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    base::u128 priceQ64 = 0;
    base::u128 supplyQ64 = 0;
};

// Bins by id and bitmap bits, straight from the bytes.
struct PairView {
    std::int32_t activeId = 0;
    std::uint16_t binStepBps = 0;
    std::map<std::int32_t, BinView> bins;
    std::set<std::int32_t> arrays;
    std::set<std::int32_t> bits;
};

PairView readPair(const market::GeneratedPool& pool) {
    namespace layout = amm::meteora::dlmm;
    PairView view;
    const amm::Account& pair = pool.accounts.at(pool.address);
    view.activeId = fieldAt<std::int32_t>(pair, 76);
    view.binStepBps = fieldAt<std::uint16_t>(pair, 80);
    for (std::int32_t bit = 0; bit < 1024; ++bit) {
        const auto word =
            fieldAt<std::uint64_t>(pair, 584 + static_cast<std::size_t>(bit / 64) * 8);
        if ((word >> (bit % 64) & 1) != 0) {
            view.bits.insert(bit - 512);
        }
    }
    for (const auto& [address, account] : pool.accounts) {
        if (account.data.size() != layout::bin_array::kSize) {
            continue;
        }
        const auto index = static_cast<std::int32_t>(fieldAt<std::int64_t>(account, 8));
        view.arrays.insert(index);
        for (std::int32_t i = 0; i < 70; ++i) {
            const std::size_t offset = 56 + static_cast<std::size_t>(i) * 144;
            view.bins[index * 70 + i] = {.x = fieldAt<std::uint64_t>(account, offset),
                                         .y = fieldAt<std::uint64_t>(account, offset + 8),
                                         .priceQ64 = fieldAt<base::u128>(account, offset + 16),
                                         .supplyQ64 = fieldAt<base::u128>(account, offset + 32)};
        }
    }
    return view;
}

long double fromQ64(base::u128 value) {
    return static_cast<long double>(value) / 0x1p64L;
}

}  // namespace

class GeneratorDlmmTest : public QObject {
    Q_OBJECT

  private slots:
    void vaultsHoldBinsAndProtocolFees() {
        for (const std::uint64_t seed : kSeeds) {
            const GeneratedMarket market = generateAll(seed);
            int pairs = 0;
            for (std::size_t i = 0; i < market.pools.size(); ++i) {
                if (market.pools[i].program != domain::Program::meteoraDlmm) {
                    continue;
                }
                ++pairs;
                const auto& generated = market.generated[i];
                const amm::Account& pair = generated.accounts.at(generated.address);
                const auto vault = [&](std::size_t offset) {
                    return balanceAt(generated.accounts, fieldAt<domain::Pubkey>(pair, offset));
                };
                auto x = fieldAt<std::uint64_t>(pair, 216);  // protocol fees
                auto y = fieldAt<std::uint64_t>(pair, 224);
                for (const auto& [id, bin] : readPair(generated).bins) {
                    x += bin.x;
                    y += bin.y;
                }
                QCOMPARE(vault(152), x);
                QCOMPARE(vault(184), y);
                const auto held = amm::vaultBalances(market.pools[i]);
                QCOMPARE(held[0], x);
                QCOMPARE(held[1], y);
            }
            QCOMPARE(pairs, 12);
        }
    }

    void binsAreAsTheProgramKeepsThem() {
        const GeneratedMarket market = generateAll(11);
        int pairs = 0;
        for (const auto& generated : market.generated) {
            if (generated.accounts.at(generated.address).owner !=
                domain::programIdOf(domain::Program::meteoraDlmm)) {
                continue;
            }
            ++pairs;
            const PairView pair = readPair(generated);
            QVERIFY(pair.bins.contains(pair.activeId));
            QCOMPARE(pair.bits, pair.arrays);
            std::set<std::int32_t> filled;
            for (const auto& [id, bin] : pair.bins) {
                const long double expected =
                    std::pow(1.0L + static_cast<long double>(pair.binStepBps) / 10'000,
                             static_cast<long double>(id));
                QVERIFY(std::abs(fromQ64(bin.priceQ64) / expected - 1) < 1e-11L);
                QVERIFY(id >= pair.activeId || bin.x == 0);
                QVERIFY(id <= pair.activeId || bin.y == 0);
                QVERIFY(bin.supplyQ64 == bin.priceQ64 * bin.x + (base::u128{bin.y} << 64));
                if (bin.x != 0 || bin.y != 0) {
                    filled.insert((id - (id % 70 + 70) % 70) / 70);
                }
            }
            QVERIFY(pair.bins.at(pair.activeId).x > 0);
            QVERIFY(pair.bins.at(pair.activeId).y > 0);
            QCOMPARE(filled, pair.arrays);
        }
        QCOMPARE(pairs, 12);
    }

    void shapesSpreadLiquidity_data() {
        QTest::addColumn<QByteArray>("shape");
        QTest::addColumn<double>("edgeToMiddle");  // weights 200 and 2,000, linear between
        QTest::newRow("spot") << QByteArray("spot") << 1.0;
        QTest::newRow("curve") << QByteArray("curve") << 380.0 / 1820.0;
        QTest::newRow("bidAsk") << QByteArray("bidAsk") << 1820.0 / 380.0;
    }

    void shapesSpreadLiquidity() {
        QFETCH(QByteArray, shape);
        QFETCH(double, edgeToMiddle);
        const auto profile = oneLayerProfile(shape.constData());
        QCOMPARE(profile.pools.size(), std::size_t{1});
        const auto generated = market::generatePool(profile, profile.pools[0], 5);
        QVERIFY(generated.has_value());
        const PairView pair = readPair(*generated);
        // Value in Y of the 19 bins nearest to the active one and of the 19 farthest, each side.
        for (const int side : {-1, 1}) {
            const auto valueOf = [&](int first, int last) {
                long double sum = 0;
                for (int distance = first; distance <= last; ++distance) {
                    const BinView& bin = pair.bins.at(pair.activeId + side * distance);
                    sum += static_cast<long double>(bin.y) +
                           static_cast<long double>(bin.x) * fromQ64(bin.priceQ64);
                }
                return sum;
            };
            const auto ratio = static_cast<double>(valueOf(81, 99) / valueOf(1, 19));
            // 5 % jitter a bin averages out over nineteen.
            QVERIFY2(std::abs(ratio / edgeToMiddle - 1) < 0.06, qPrintable(QString::number(ratio)));
            QVERIFY(valueOf(99, 99) > 0);
        }
        QCOMPARE(
            pair.bins.contains(pair.activeId + 100) && pair.bins.at(pair.activeId + 100).x != 0,
            false);
    }
};

QTEST_GUILESS_MAIN(GeneratorDlmmTest)
#include "generator_dlmm_test.moc"
