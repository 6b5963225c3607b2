// curveOf() against quote(): never below what a pool pays, above it by roundings only, and as far
// as the pool goes.

#include <algorithm>
#include <cmath>

#include <QDir>
#include <QTest>

#include "amm/pool.h"
#include "base/rng.h"
#include "curve_pools.h"
#include "market/account_files.h"

using namespace oee;
using namespace oee::test;
using amm::Curve;
using amm::CurveSegment;
using amm::Pool;
using amm::SwapDirection;

namespace {

constexpr std::array kDirections{SwapDirection::aToB, SwapDirection::bToA};
// What doubles may be off, of a sum over some hundred segments.
constexpr double kPrecision = 1e-12;
// Base units of input that a segment may take for nothing: every layer of a bin rounds up, and the
// fee does; and base units of output that it may keep, with the fee on either side.
constexpr double kLostIn = 4;
constexpr double kLostOut = 2;

double capacityOf(const Curve& curve) {
    double sum = 0;
    for (const CurveSegment& segment : curve.segments) {
        sum += segment.capacityIn;
    }
    return sum;
}

double startOf(const CurveSegment& segment) {
    return marginalOf(segment, 0);
}

double afterTransferIn(const Curve& curve, std::uint64_t amountRaw) {
    return static_cast<double>(amountRaw - amm::spl::transferFeeOf(curve.transferFeeIn, amountRaw));
}

// The sqrt price that a swap ends at is a whole number of 2^−64: what one less is worth in output.
double priceStepOut(const CurveSegment& segment, SwapDirection direction) {
    if (segment.curvature == 0) {
        return 0;
    }
    const double liquidity = std::sqrt(segment.price) / segment.curvature;
    return std::ldexp(liquidity, -64) * (direction == SwapDirection::aToB ? 1 : segment.price);
}

// The rate limiter's average rate is a whole number of 10^−9.
double limiterStep(const Pool& pool) {
    const auto* const damm = std::get_if<amm::meteora::DammV2Pool>(&pool.state);
    return damm && std::holds_alternative<amm::meteora::damm_v2::RateLimiter>(damm->baseFee) ? 1e-9
                                                                                             : 0;
}

// Base units that one LP token of a dynamic vault is worth: what its rounding may take.
double lpWorth(const amm::meteora::damm_v1::VaultSide& side) {
    return static_cast<double>(side.totalRaw) / static_cast<double>(side.lpSupplyRaw);
}

// What DAMM v1 loses by its vaults, and where stable by curveOf(), which is above its curve by up
// to a millionth.
double dammV1Losses(const amm::meteora::DammV1Pool& pool, const Curve& curve,
                    const amm::SwapResult& result) {
    double lost = 0;
    for (const auto& side : pool.sides) {
        lost += (1 + lpWorth(side)) * (1 + startOf(curve.segments.front()));
    }
    return lost + (pool.stable ? 1e-6 * static_cast<double>(result.amountOutRaw) : 0);
}

// How many groups of ticks with a dynamic fee of their own lie between two ticks: each is a step of
// the swap.
std::int32_t groupsBetween(const Pool& pool, std::int32_t from, std::int32_t to) {
    const auto& clmm = std::get<amm::raydium::ClmmPool>(pool.state);
    return clmm.dynamicFee ? std::abs(to - from) / clmm.tickSpacing + 2 : 0;
}

// How far below the curve roundings may take what an amount pays: so much for each step of the
// swap, and nobody loses more than at the best price.
double roundingsOf(const Pool& pool, const Curve& curve, const amm::SwapRequest& request,
                   const amm::ChainClock& clock) {
    const auto applied = amm::apply(pool, request, clock);
    double steps = 1 + applied->result.crossings;
    if (const auto* const before = std::get_if<amm::raydium::ClmmPool>(&pool.state)) {
        const auto& after = std::get<amm::raydium::ClmmPool>(applied->pool->state);
        steps += groupsBetween(pool, before->tickCurrent, after.tickCurrent);
    }
    const double offered = afterTransferIn(curve, request.amountRaw);
    double left = offered;
    const CurveSegment* last = nullptr;
    for (const CurveSegment& segment : curve.segments) {
        if (left > 0) {
            last = &segment;
        }
        left -= segment.capacityIn;
    }
    const double best = startOf(curve.segments.front());
    constexpr double kTransferFees = 1;  // of each token
    const auto* const dammV1 = std::get_if<amm::meteora::DammV1Pool>(&pool.state);
    return (dammV1 ? dammV1Losses(*dammV1, curve, applied->result) : 0) +
           steps * (kLostOut + kLostIn * best) + kTransferFees * (1 + best) +
           (last ? priceStepOut(*last, request.direction) : 0) + best * limiterStep(pool) * offered;
}

// What the pool may take beyond the curve's capacity, a step at a time.
double roundingsOfAll(const Pool& pool, const Curve& curve) {
    double steps = static_cast<double>(curve.segments.size());
    if (const auto* const clmm = std::get_if<amm::raydium::ClmmPool>(&pool.state);
        clmm && !clmm->arrays.empty()) {
        steps += groupsBetween(pool, clmm->arrays.front().startTick,
                               clmm->arrays.back().startTick + 60 * clmm->tickSpacing);
    }
    if (const auto* const dlmm = std::get_if<amm::meteora::DlmmPool>(&pool.state)) {
        steps += 70 * static_cast<double>(dlmm->arrays.size());
    }
    // A tick's orders take what is short of one more base unit of output.
    double forNothing = 0;
    for (const CurveSegment& segment : curve.segments) {
        const bool orders = std::holds_alternative<amm::raydium::ClmmPool>(pool.state);
        forNothing += orders && segment.curvature == 0 ? 1 / startOf(segment) : 0;
    }
    // Likewise a vault for one more of its LP tokens.
    if (const auto* const dammV1 = std::get_if<amm::meteora::DammV1Pool>(&pool.state);
        dammV1 && !curve.segments.empty()) {
        const CurveSegment& last = curve.segments.back();
        const double lpOut = std::max(lpWorth(dammV1->sides[0]), lpWorth(dammV1->sides[1]));
        forNothing += (2 + lpOut) / marginalOf(last, last.capacityIn);
    }
    return kLostIn * steps + forNothing;
}

// Whether the amount ends between the ends of a bridge.
bool endsOnBridge(const Curve& curve, double offered) {
    for (const CurveSegment& segment : curve.segments) {
        if (offered < segment.capacityIn) {
            return segment.isBridge && offered > 1;
        }
        offered -= segment.capacityIn;
    }
    return false;
}

std::vector<std::uint64_t> amountsFor(const Curve& curve, base::CounterRng& rng, int random) {
    std::vector<std::uint64_t> amounts{1, 2, 3};
    for (int i = 0; i < random; ++i) {
        amounts.push_back(rng.nextU64() >> rng.below(64));
    }
    double end = 0;  // of a segment: where roundings meet
    const std::size_t step = 1 + curve.segments.size() / 20;
    for (std::size_t i = 0; i < curve.segments.size(); ++i) {
        end += curve.segments[i].capacityIn;
        if (end < 0x1p63 && (i % step == 0 || i + 1 == curve.segments.size())) {
            for (const std::uint64_t beyond : {0u, 1u, 2u, 7u}) {
                amounts.push_back(static_cast<std::uint64_t>(end) + beyond);
            }
        }
    }
    return amounts;
}

struct Tally {
    int amounts = 0;
    int paid = 0;
    int segments = 0;
    int several = 0;  // amounts that went through more than one segment
    int bridged = 0;  // amounts that ended on a bridge, where the curve may be any bit above
};

class Judge {
  public:
    Judge(const Pool& pool, const amm::ChainClock& clock, QString name)
        : pool_(pool), clock_(clock), name_(std::move(name)) {}

    void judge(base::CounterRng& rng, int random) {
        for (const SwapDirection direction : kDirections) {
            const Curve curve = amm::curveOf(pool_, direction, clock_);
            tally.segments += static_cast<int>(curve.segments.size());
            shape(curve, direction);
            for (const std::uint64_t amountRaw : amountsFor(curve, rng, random)) {
                amount(curve, direction, amountRaw);
            }
        }
    }

    Tally tally;
    QStringList problems;

  private:
    void problem(SwapDirection direction, const QString& text) {
        const char* const way = direction == SwapDirection::aToB ? "aToB" : "bToA";
        problems += QString("%1 %2: %3").arg(name_, way, text);
    }

    void shape(const Curve& curve, SwapDirection direction) {
        const CurveSegment* before = nullptr;
        for (const CurveSegment& segment : curve.segments) {
            const bool sane = segment.price > 0 && segment.curvature >= 0 && segment.keepIn > 0 &&
                              segment.keepIn <= 1 && segment.keepOut > 0 && segment.keepOut <= 1 &&
                              segment.capacityIn > 0 && std::isfinite(segment.capacityIn);
            if (!sane) {
                problem(direction, "segment with nonsense");
            }
            if (before &&
                startOf(segment) > marginalOf(*before, before->capacityIn) * (1 + 1e-11)) {
                problem(direction, QString("convex: from %1 to %2")
                                       .arg(marginalOf(*before, before->capacityIn), 0, 'g', 17)
                                       .arg(startOf(segment), 0, 'g', 17));
            }
            before = &segment;
        }
        if (!curve.segments.empty() && !startsAtMarginalPrice(curve, direction)) {
            problem(direction, QString("first price %1, marginal %2")
                                   .arg(curve.segments.front().price, 0, 'g', 17)
                                   .arg(amm::marginalPrice(pool_, direction), 0, 'g', 17));
        }
    }

    // Where there is liquidity at the price; else the first of it is beyond.
    bool startsAtMarginalPrice(const Curve& curve, SwapDirection direction) const {
        if (std::holds_alternative<amm::meteora::DammV1Pool>(pool_.state)) {
            return true;  // its marginal price is not that of a clock
        }
        const double ratio = curve.segments.front().price / amm::marginalPrice(pool_, direction);
        const auto* const clmm = std::get_if<amm::raydium::ClmmPool>(&pool_.state);
        const bool mayJump = (clmm && clmm->liquidity == 0) || curve.segments.front().isBridge;
        return ratio < 1 + 1e-9 && (mayJump || ratio > 1 - 1e-9);
    }

    void amount(const Curve& curve, SwapDirection direction, std::uint64_t amountRaw) {
        ++tally.amounts;
        amm::SwapRequest request;
        request.direction = direction;
        request.amountRaw = amountRaw;
        const auto quoted = amm::quote(pool_, request, clock_);
        const double offered = afterTransferIn(curve, amountRaw);
        const double capacity = capacityOf(curve);
        const double slack = capacity * kPrecision + roundingsOfAll(pool_, curve);
        if (!quoted) {
            const auto error = quoted.error();
            const bool tooSmall =
                error == amm::SwapError::zeroOutput || error == amm::SwapError::zeroAmount;
            if (!tooSmall && offered < capacity - slack) {
                problem(direction, QString("%1 of %2 refused: error %3")
                                       .arg(amountRaw)
                                       .arg(capacity, 0, 'f', 0)
                                       .arg(static_cast<int>(error)));
            }
            return;
        }
        if (curve.segments.empty() || offered > capacity + slack) {
            problem(direction, QString("%1 of %2 taken").arg(amountRaw).arg(capacity, 0, 'f', 0));
            return;
        }
        ++tally.paid;
        tally.several += offered > curve.segments.front().capacityIn ? 1 : 0;
        const double paid = static_cast<double>(quoted->amountOutRaw);
        const double bound = outputOf(curve, static_cast<double>(amountRaw));
        const bool bridged = endsOnBridge(curve, offered);
        tally.bridged += bridged ? 1 : 0;
        const double roundings = roundingsOf(pool_, curve, request, clock_);
        if (paid > bound * (1 + kPrecision) ||
            (!bridged && paid < bound * (1 - kPrecision) - roundings)) {
            problem(direction, QString("%1 pays %2, the curve %3, roundings %4")
                                   .arg(amountRaw)
                                   .arg(quoted->amountOutRaw)
                                   .arg(bound, 0, 'f', 6)
                                   .arg(roundings));
        }
    }

    const Pool& pool_;
    amm::ChainClock clock_;
    QString name_;
};

}  // namespace

class CurveTest : public QObject {
    Q_OBJECT

  private:
    void report(const Judge& judge, Tally& sum) {
        for (const QString& problem : judge.problems.mid(0, 5)) {
            qWarning().noquote() << problem;
        }
        problems_ += judge.problems.size();
        sum.amounts += judge.tally.amounts;
        sum.paid += judge.tally.paid;
        sum.segments += judge.tally.segments;
        sum.several += judge.tally.several;
        sum.bridged += judge.tally.bridged;
    }
    void conclude(const Tally& sum) {
        qInfo() << sum.amounts << "amounts," << sum.paid << "paid," << sum.several
                << "over several of" << sum.segments << "segments," << sum.bridged << "on bridges";
        QCOMPARE(problems_, qsizetype{0});
        QVERIFY(sum.paid > sum.amounts / 4);
    }

    qsizetype problems_ = 0;

  private slots:
    void init() { problems_ = 0; }
    void dumps_data();
    void dumps();
    void seededPools_data();
    void seededPools();
};

void CurveTest::dumps_data() {
    QTest::addColumn<QString>("program");
    for (const char* const program : {"raydium-amm-v4", "raydium-cpmm", "raydium-clmm",
                                      "meteora-dlmm", "meteora-damm-v1", "meteora-damm-v2"}) {
        QTest::newRow(program) << QString(program);
    }
}

void CurveTest::dumps() {
    QFETCH(QString, program);
    const QString folder = QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet/") + program;
    if (!QDir(folder).exists()) {
        QSKIP("no ../shared/mainnet");
    }
    const auto dumps = market::readPoolDumps(folder);
    QVERIFY(dumps.has_value());
    Tally sum;
    for (const market::PoolDump& dump : *dumps) {
        const auto pool = amm::decodePool(dump.pool, dump.accounts);
        QVERIFY(pool.has_value());
        base::CounterRng rng(1, base::RngPurpose::test, 1);
        for (const std::int64_t later : {0, 20, 400, 100'000}) {  // seconds, for fees that fade
            amm::ChainClock clock = dump.clock;
            clock.unixTimestamp += later;
            clock.slot += static_cast<std::uint64_t>(later) * 5 / 2;
            Judge judge(*pool, clock,
                        QString::fromStdString(domain::shortForm(dump.pool)) +
                            QString(" +%1 s").arg(later));
            judge.judge(rng, 100);
            report(judge, sum);
        }
    }
    conclude(sum);
}

void CurveTest::seededPools_data() {
    QTest::addColumn<domain::Program>("program");
    using domain::Program;
    QTest::newRow("AMM v4") << Program::raydiumAmmV4;
    QTest::newRow("CPMM") << Program::raydiumCpmm;
    QTest::newRow("CLMM") << Program::raydiumClmm;
    QTest::newRow("DLMM") << Program::meteoraDlmm;
    QTest::newRow("DAMM v1") << Program::meteoraDammV1;
    QTest::newRow("DAMM v2") << Program::meteoraDammV2;
}

void CurveTest::seededPools() {
    QFETCH(domain::Program, program);
    constexpr int kPools = 1'000;
    Tally sum;
    for (int seed = 1; seed <= kPools; ++seed) {
        base::CounterRng rng(static_cast<std::uint64_t>(seed), base::RngPurpose::test,
                             static_cast<std::uint64_t>(program));
        const SeededPool seeded = seededPool(program, rng);
        const auto pool = amm::decodePool(seeded.address, seeded.accounts);
        QVERIFY2(pool.has_value(), qPrintable(QString("seed %1").arg(seed)));
        Judge judge(*pool, seeded.clock, QString("seed %1").arg(seed));
        judge.judge(rng, 60);
        report(judge, sum);
    }
    conclude(sum);
}

QTEST_APPLESS_MAIN(CurveTest)
#include "curve_test.moc"
