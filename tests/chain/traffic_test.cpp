// Everybody else on the chain: nothing is created or destroyed, pools follow the reference price,
// and one seed is one history.

#include <cmath>

#include <QtTest>

#include "chain/order_flow.h"
#include "chain/profiles.h"
#include "chain/real.h"
#include "domain/token.h"
#include "support/market_fixture.h"

using namespace oee;

namespace {

// What the pool charges on a trade that moves it by next to nothing.
double feeOf(const amm::Pool& pool, const amm::ChainClock& clock) {
    amm::SwapRequest request;
    request.amountRaw = amm::vaultBalances(pool)[0] / 100'000 + 1;
    const auto quoted = amm::quote(pool, request, clock);
    return quoted ? static_cast<double>(quoted->feeRaw) / static_cast<double>(request.amountRaw)
                  : 0;
}

// How far the pool's price is from the reference, as a ratio of at least 1.
double gapOf(const chain::ChainState& state, std::size_t position) {
    const auto [a, b] = state.map->poolMints[position];
    const double fair = chain::expOf(state.logValues[a] - state.logValues[b]);
    // The price lies between what the pool pays in its two directions.
    const amm::Pool& pool = *state.market->pools[position];
    const double sell = amm::marginalPrice(pool, amm::SwapDirection::aToB);
    const double buy = 1 / amm::marginalPrice(pool, amm::SwapDirection::bToA);
    return std::max({1.0, sell / fair, fair / buy});
}

}  // namespace

class TrafficTest : public QObject {
    Q_OBJECT

  private slots:
    void nothingIsCreatedOrDestroyed_data() {
        QTest::addColumn<quint64>("seed");
        for (quint64 seed = 1; seed <= 4; ++seed) {
            QTest::newRow(qPrintable(QString::number(seed))) << seed;
        }
    }
    void nothingIsCreatedOrDestroyed() {
        QFETCH(quint64, seed);
        test::FlowRun run(test::generatedMarket(seed), test::wild(), {seed, {}}, {4, 50, 200'000});
        const auto before = run.totals();
        for (int i = 0; i < 1'500; ++i) {
            run.slot();
            QVERIFY2(run.totals() == before, qPrintable(QString::number(i)));
        }
        run.drain();
        QVERIFY(run.totals() == before);
        // All kinds of ends and of traffic took part.
        std::array<int, 4> ends{};
        int sandwiched = 0;
        for (const test::Sent& sent : run.done()) {
            ++ends[sent.outcome.result.index()];
            const auto* landed = std::get_if<chain::Landed>(&sent.outcome.result);
            sandwiched += landed != nullptr && landed->sandwich ? 1 : 0;
        }
        QVERIFY(ends[0] > 1'000 && ends[1] > 100 && ends[3] > 100);
        QVERIFY(sandwiched > 50);
        QVERIFY(run.state().ledger.feesLamports > 0);
    }

    // Token-2022 mints withhold a part of every transfer: it is booked, not lost.
    void whatMintsWithholdIsBooked() {
        amm::MarketSnapshot market = *test::generatedMarket();
        for (auto& pool : market.pools) {
            auto taxed = std::make_shared<amm::Pool>(*pool);
            const amm::spl::TransferFee fee{1'000'000'000, 3};
            if (auto* cpmm = std::get_if<amm::raydium::CpmmPool>(&taxed->state)) {
                cpmm->sides[0].transferFee.newer = fee;
            } else if (auto* dlmm = std::get_if<amm::meteora::DlmmPool>(&taxed->state)) {
                dlmm->sides[1].transferFee.newer = fee;
            }
            pool = taxed;
        }
        test::FlowRun run(std::make_shared<const amm::MarketSnapshot>(market), test::wild(),
                          {1, {}}, {4, 50, 100'000});
        const auto before = run.totals();
        for (int i = 0; i < 500; ++i) {
            run.slot();
            QVERIFY2(run.totals() == before, qPrintable(QString::number(i)));
        }
        base::u128 withheld = 0;
        for (const base::u128 amount : run.state().ledger.withheldRaw) {
            withheld += amount;
        }
        QVERIFY(withheld > 0);
    }

    void oneSeedIsOneHistory() {
        const auto digest = [](std::uint64_t seed) {
            test::FlowRun run(test::generatedMarket(), test::wild(), {seed, {}}, {4, 50, 200'000});
            for (int i = 0; i < 400; ++i) {
                run.slot();
            }
            return run.digest();
        };
        QCOMPARE(digest(7), digest(7));
        QVERIFY(digest(7) != digest(8));
    }

    void theOrderOfTheInboxDoesNotMatter() {
        const auto market = test::generatedMarket();
        const auto profile = test::wild();
        test::FlowRun run(market, profile, {3, {}}, {6, 50, 50'000});
        std::vector<domain::Transaction> inbox;
        while (inbox.size() < 40) {
            run.slot();
            for (const chain::PendingTransaction& entry : run.state().pending) {
                inbox.push_back(*entry.transaction);
                inbox.back().attempt = static_cast<std::uint32_t>(inbox.size());
            }
        }
        const auto forwards = chain::step(run.state(), inbox, profile, {3, {}});
        std::reverse(inbox.begin(), inbox.end());
        const auto backwards = chain::step(run.state(), inbox, profile, {3, {}});
        QVERIFY(forwards.outcomes.size() > 10);
        QCOMPARE(forwards.outcomes.size(), backwards.outcomes.size());
        for (std::size_t i = 0; i < forwards.outcomes.size(); ++i) {
            QVERIFY(forwards.outcomes[i].orderId == backwards.outcomes[i].orderId);
            QCOMPARE(forwards.outcomes[i].attempt, backwards.outcomes[i].attempt);
        }
        QVERIFY(chain::encodeState(forwards.state) == chain::encodeState(backwards.state));
    }

    void aRestoredStateGoesOnAsIfNothingHadHappened() {
        const auto profile = test::wild();
        const chain::Scenario scenario{5, {}};
        test::FlowRun run(test::generatedMarket(), profile, scenario, {8, 50, 200'000});
        while (run.state().openSandwiches.empty() || run.state().pending.size() < 2) {
            run.slot();
        }
        std::vector<domain::Transaction> inFlight;
        for (const chain::PendingTransaction& entry : run.state().pending) {
            inFlight.push_back(*entry.transaction);
        }
        domain::Transaction onTheWay = inFlight.front();
        onTheWay.attempt = 9;
        inFlight.push_back(onTheWay);
        const auto bytes = chain::encodeState(run.state());
        const auto restored = chain::decodeState(bytes, run.state().market, inFlight);
        QVERIFY(restored.has_value());
        QCOMPARE(restored->onTheWay.size(), std::size_t{1});
        QVERIFY(restored->onTheWay.front() == onTheWay);
        chain::ChainState one = run.state();
        chain::ChainState other = restored->state;
        for (int i = 0; i < 200; ++i) {
            one = chain::step(one, {}, profile, scenario).state;
            other = chain::step(other, {}, profile, scenario).state;
        }
        QVERIFY(chain::encodeState(one) == chain::encodeState(other));
        for (std::size_t i = 0; i < one.market->pools.size(); ++i) {
            QVERIFY(one.market->pools[i]->state == other.market->pools[i]->state);
        }
    }

    void aBrokenStateIsRefused() {
        const auto state = chain::genesisState(test::generatedMarket(), test::wild());
        auto bytes = chain::encodeState(state);
        const auto errorOf = [&](const std::vector<std::uint8_t>& changed) {
            const auto decoded = chain::decodeState(changed, state.market, {});
            return decoded ? -1 : static_cast<int>(decoded.error());
        };
        QCOMPARE(errorOf(bytes), -1);
        for (std::size_t size = 0; size < bytes.size(); size += 8) {
            const std::vector<std::uint8_t> cut(bytes.begin(),
                                                bytes.begin() + static_cast<std::ptrdiff_t>(size));
            QCOMPARE(errorOf(cut), int(chain::StateError::malformed));
        }
        auto longer = bytes;
        longer.push_back(0);
        QCOMPARE(errorOf(longer), int(chain::StateError::malformed));
        ++bytes[8];  // the slot
        QCOMPARE(errorOf(bytes), int(chain::StateError::anotherMarket));
        ++bytes[0];
        QCOMPARE(errorOf(bytes), int(chain::StateError::anotherVersion));
    }

    // Arbitrage leaves no gap beyond a pool's fee, but for what is not worth a network fee and for
    // the bin in which a DLMM pool stops.
    void arbitrageBringsPoolsToTheReference() {
        auto profile = test::quiet();
        profile.prices = {30'000, 100, 10'000, 1'000, 500'000};
        profile.traffic.noiseTradesPerThousandSlots = 5'000;
        profile.traffic.noiseSizePpm = 2'000;
        const auto widestGap = [&](std::uint32_t arbitragePpm) {
            profile.traffic.arbitragePpm = arbitragePpm;
            auto state = chain::genesisState(test::generatedMarket(), profile);
            double widest = 0;
            for (int i = 0; i < 600; ++i) {
                // Noise moves the pools, then a slot without it lets arbitrage have the last word.
                auto calmed = profile;
                calmed.traffic.noiseTradesPerThousandSlots = i % 2 == 0 ? 5'000 : 0;
                state = chain::step(state, {}, calmed, {2, {}}).state;
                for (std::size_t p = 0; i % 2 == 1 && p < state.market->pools.size(); ++p) {
                    const double gap = gapOf(state, p) - 1;
                    const amm::Pool& pool = *state.market->pools[p];
                    const auto* bins = std::get_if<amm::meteora::DlmmPool>(&pool.state);
                    const double bin = bins == nullptr ? 0 : bins->parameters.binStepBps / 1e4;
                    widest = std::max(widest, gap - feeOf(pool, state.market->clock) - bin);
                }
            }
            return widest;
        };
        QVERIFY2(widestGap(chain::kMillion) < 0.0015,
                 qPrintable(QString::number(widestGap(chain::kMillion))));
        QVERIFY(widestGap(0) > 0.02);
    }

    void poolsFollowARecordedPath() {
        auto profile = test::quiet();
        profile.traffic.arbitragePpm = chain::kMillion;
        const auto market = test::generatedMarket();
        // SOL rises by a tenth in a hundred seconds; the path is of another level and scaled.
        chain::RecordedPath path{domain::solMint(), domain::usdcMint(), {}, 0.01};
        for (int i = 0; i <= 1'000; ++i) {
            path.points.push_back({5'000'000 + 100 * i, 7'968.6 * (1 + 0.0001 * i)});
        }
        auto state = chain::genesisState(market, profile);
        const auto priceOfFirstPool = [&] {
            const auto position =
                state.market->pairs->poolsOf(domain::solMint(), domain::usdcMint()).front();
            const amm::Pool& pool = *state.market->pools[position];
            return 1'000 * amm::marginalPrice(pool, *pool.directionFrom(domain::solMint()));
        };
        for (int i = 0; i < 125; ++i) {  // 50 s
            state = chain::step(state, {}, profile, {1, {path}}).state;
        }
        QVERIFY(std::abs(priceOfFirstPool() / (79.686 * 1.05) - 1) < 0.004);
        for (int i = 0; i < 250; ++i) {  // beyond the end: its last price holds
            state = chain::step(state, {}, profile, {1, {path}}).state;
        }
        QVERIFY(std::abs(priceOfFirstPool() / (79.686 * 1.1) - 1) < 0.004);
        QCOMPARE(chain::priceAt(path, 0), 0.01 * 7'968.6);
        QCOMPARE(chain::priceAt(path, 99'999), 0.01 * 7'968.6);
        QCOMPARE(chain::priceAt(path, 100'000), 0.01 * 7'968.6 * 1.0001);
    }

    void referencePricesMoveAsTheProfileSays() {
        chain::NetworkProfile profile = test::quiet();
        profile.prices = {10'000, 0, 0, 200, 500'000};
        const auto market = test::generatedMarket();
        const auto start = chain::genesisState(market, profile);
        const std::size_t sol = start.map->sol;
        const std::size_t usdc = *start.map->indexOf(domain::usdcMint());
        const std::size_t usdt = *start.map->indexOf(domain::usdtMint());
        double squares = 0;
        double farthest = 0;
        auto values = start.logValues;
        constexpr int kSlots = 90'000;  // ten hours
        for (int slot = 0; slot < kSlots; ++slot) {
            const double before = values[sol];
            chain::advancePrices(values, start.logAnchors,
                                 {*start.map,
                                  profile.prices,
                                  {1, {}},
                                  static_cast<std::uint64_t>(slot),
                                  400'000,
                                  0});
            squares += (values[sol] - before) * (values[sol] - before);
            farthest = std::max(farthest, std::abs(values[usdt] - start.logValues[usdt]));
        }
        // The variance of 90,000 normal steps is known to half a percent.
        QVERIFY(std::abs(squares / (10 * 0.01 * 0.01) - 1) < 0.02);
        QCOMPARE(values[usdc], 0.0);
        // Stationary deviation: 200 ppm / sqrt(2 × 0.5) an hour.
        QVERIFY(farthest > 0.0002 && farthest < 0.0002 * 6);
    }
};

QTEST_APPLESS_MAIN(TrafficTest)
#include "traffic_test.moc"
