// Properties of swaps, a million seeded cases each over all programs. A case counts where it could
// be judged: its swaps succeeded. What is claimed of which pools: pool_invariants.h, pool_claims.h.
//
// OEE_PROPERTY_CASES (cases a property) and OEE_PROPERTY_SEED choose other runs.

#include <algorithm>
#include <bit>
#include <map>
#include <utility>
#include <vector>

#include <QDir>
#include <QTest>

#include "amm/pool.h"
#include "damm_v1_invariant.h"
#include "market/account_files.h"
#include "pool_claims.h"
#include "pool_invariants.h"
#include "random_pools.h"

using namespace oee;
using base::CounterRng;
using test::oneIn;

namespace {

using amm::Pool;
using amm::SwapDirection;
using amm::SwapMode;
using amm::SwapRequest;

constexpr std::uint64_t kCasesPerPool = 60;
// A dump instead of a random pool: every how many pools.
constexpr std::uint64_t kDumpEvery = 8;

struct Subject {
    Pool pool;
    amm::ChainClock clock;
};

enum class Verdict { notJudged, holds, broken };

struct Outcome {
    Verdict verdict = Verdict::notJudged;
    QString why;  // where broken
};

// `why` makes the text, which only a broken case needs.
template <typename Why>
Outcome holdsIf(bool condition, Why&& why) {
    return condition ? Outcome{Verdict::holds, {}} : Outcome{Verdict::broken, why()};
}

// Judges one case; may leave another state of the pool for the next.
using Property = Outcome (*)(Subject& subject, CounterRng& rng);

QString text(const SwapRequest& request) {
    return QString("%1 %2 %3")
        .arg(request.mode == SwapMode::exactIn    ? "exactIn"
             : request.mode == SwapMode::exactOut ? "exactOut"
                                                  : "partialFill",
             request.direction == SwapDirection::aToB ? "A→B" : "B→A")
        .arg(request.amountRaw);
}

QString text(const amm::SwapResult& result) {
    return QString("in %1 out %2 fee %3")
        .arg(result.amountInRaw)
        .arg(result.amountOutRaw)
        .arg(result.feeRaw);
}

SwapRequest requestOf(SwapMode mode, SwapDirection direction, std::uint64_t amountRaw) {
    SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

// As wide as u64, but half of the time no wider than what the vault of the amount's token holds.
SwapRequest randomRequest(const Pool& pool, CounterRng& rng, SwapMode mode) {
    SwapRequest request;
    request.mode = mode;
    request.direction = oneIn(rng, 2) ? SwapDirection::aToB : SwapDirection::bToA;
    const bool ofA = (request.direction == SwapDirection::aToB) == (mode != SwapMode::exactOut);
    const std::uint64_t vault = amm::vaultBalances(pool)[ofA ? 0 : 1];
    const unsigned width = vault == 0 ? 1 : static_cast<unsigned>(std::bit_width(vault));
    request.amountRaw = test::logUniform(rng, oneIn(rng, 2) ? 64 : width);
    return request;
}

SwapMode anyMode(CounterRng& rng) {
    return test::oneOf(rng, {SwapMode::exactIn, SwapMode::exactOut, SwapMode::partialFill});
}

void maybeAdvance(Subject& subject, const Pool& after, CounterRng& rng) {
    if (oneIn(rng, 3)) {
        subject.pool = after;
        subject.clock.unixTimestamp += static_cast<std::int64_t>(rng.below(40));
        subject.clock.slot += rng.below(100);
    }
}

Outcome invariantNeverFalls(Subject& subject, CounterRng& rng) {
    SwapRequest request = randomRequest(subject.pool, rng, anyMode(rng));
    if (const auto* clmm = std::get_if<amm::raydium::ClmmPool>(&subject.pool.state);
        clmm != nullptr && oneIn(rng, 4)) {
        const base::u128 part = clmm->sqrtPriceQ64 / 1'000 * rng.below(500);
        const bool down = request.direction == SwapDirection::aToB;
        request.sqrtPriceLimitQ64 = down ? clmm->sqrtPriceQ64 - part : clmm->sqrtPriceQ64 + part;
    }
    const auto applied = amm::apply(subject.pool, request, subject.clock);
    if (!applied) {
        return {};
    }
    const test::SwapMade made{request.direction, applied->result, subject.clock};
    const test::Invariant broken = test::invariantBroken(subject.pool, *applied->pool, made);
    if (broken != nullptr) {
        return {Verdict::broken,
                QString("%1: %2; %3").arg(broken, text(request), text(applied->result))};
    }
    maybeAdvance(subject, *applied->pool, rng);
    return {Verdict::holds, {}};
}

Outcome roundTripNeverGains(Subject& subject, CounterRng& rng) {
    const SwapMode mode = oneIn(rng, 2) ? SwapMode::exactIn : SwapMode::exactOut;
    const SwapRequest there = randomRequest(subject.pool, rng, mode);
    const auto first = amm::apply(subject.pool, there, subject.clock);
    if (!first) {
        return {};
    }
    const SwapRequest back =
        requestOf(SwapMode::exactIn, opposite(there.direction), first->result.amountOutRaw);
    amm::ChainClock later = subject.clock;
    if (test::isTimeless(subject.pool)) {
        later.unixTimestamp += static_cast<std::int64_t>(rng.below(2) * rng.below(1'000));
    }
    const auto second = amm::quote(*first->pool, back, later);
    if (!second) {
        return {};
    }
    auto outcome = holdsIf(second->amountOutRaw <= first->result.amountInRaw, [&] {
        return QString("%1: %2; back: %3").arg(text(there), text(first->result), text(*second));
    });
    maybeAdvance(subject, *first->pool, rng);
    return outcome;
}

// What of the input the transfer fee left.
base::u128 arrivedOf(const amm::SwapResult& result) {
    return base::u128{result.amountInRaw} - result.transferFeeInRaw;
}

Outcome outputIsMonotone(Subject& subject, CounterRng& rng) {
    const SwapRequest more = randomRequest(subject.pool, rng, SwapMode::exactIn);
    const auto slack = test::monotonySlack(subject.pool, more);
    SwapRequest less = more;
    const std::uint64_t difference =
        slack.value_or(0) + (oneIn(rng, 2) ? 1 : rng.below(more.amountRaw));
    if (!slack || difference >= more.amountRaw) {
        return {};
    }
    less.amountRaw -= difference;
    const auto large = amm::quote(subject.pool, more, subject.clock);
    const auto small = amm::quote(subject.pool, less, subject.clock);
    if (!large || !small || arrivedOf(*large) < arrivedOf(*small) + *slack) {
        return {};
    }
    return holdsIf(small->amountOutRaw <= large->amountOutRaw, [&] {
        return QString("%1: %2; %3: %4").arg(text(less), text(*small), text(more), text(*large));
    });
}

Outcome exactOutInvertsExactIn(Subject& subject, CounterRng& rng) {
    SwapRequest request = randomRequest(subject.pool, rng, SwapMode::exactIn);
    const auto forward = amm::quote(subject.pool, request, subject.clock);
    if (!forward || forward->amountOutRaw == 0) {
        return {};
    }
    const SwapRequest inverse =
        requestOf(SwapMode::exactOut, request.direction, forward->amountOutRaw);
    const auto backward = amm::quote(subject.pool, inverse, subject.clock);
    const auto slack = test::inverseSlack(subject.pool, request);
    if (!backward || !slack) {
        return {};
    }
    // What is allowed is the pool's: the tokens' own transfer fees multiply it.
    bool holds = backward->amountInRaw <= request.amountRaw ||
                 (*slack > 0 && arrivedOf(*backward) <= arrivedOf(*forward) + *slack);
    if (!holds && test::mayOvershoot(subject.pool)) {
        SwapRequest again = request;
        again.amountRaw = backward->amountInRaw;
        const auto bought = amm::quote(subject.pool, again, subject.clock);
        holds = bought && bought->amountOutRaw == forward->amountOutRaw;
    }
    if (const auto applied = amm::apply(subject.pool, inverse, subject.clock)) {
        maybeAdvance(subject, *applied->pool, rng);
    }
    return holdsIf(holds, [&] {
        return QString("%1: %2; asked back: %3, allowed %4 more")
            .arg(text(request), text(*forward), text(*backward))
            .arg(*slack);
    });
}

Outcome splittingNeverPaysMore(Subject& subject, CounterRng& rng) {
    const SwapRequest whole = randomRequest(subject.pool, rng, SwapMode::exactIn);
    if (whole.amountRaw < 2) {
        return {};
    }
    SwapRequest part = whole;
    part.amountRaw = 1 + rng.below(whole.amountRaw - 1);
    const auto first = amm::apply(subject.pool, part, subject.clock);
    if (!first) {
        return {};
    }
    SwapRequest rest = whole;
    rest.amountRaw -= part.amountRaw;
    const auto second = amm::quote(*first->pool, rest, subject.clock);
    const auto limit =
        test::splitLimitOf(subject.pool, {whole.direction, first->result, subject.clock});
    SwapRequest enough = whole;
    if (__builtin_add_overflow(whole.amountRaw, limit.extraInRaw, &enough.amountRaw)) {
        return {};
    }
    const auto atOnce = amm::quote(limit.pool, enough, subject.clock);
    if (!second || !atOnce) {
        return {};
    }
    const base::u128 paid = base::u128{first->result.amountOutRaw} + second->amountOutRaw;
    auto outcome = holdsIf(paid <= base::u128{atOnce->amountOutRaw} + limit.extraRaw, [&] {
        return QString("%1: %2; rest: %3; at once: %4 and %5 (%6)")
            .arg(text(part), text(first->result), text(*second), text(*atOnce))
            .arg(limit.extraRaw)
            .arg(limit.exact ? "one fee" : "lower fee");
    });
    maybeAdvance(subject, *first->pool, rng);
    return outcome;
}

// followsSlot(): the others pay the same in any slot of the same time.
Outcome slotsMatterWhereSaid(Subject& subject, CounterRng& rng) {
    const SwapRequest request = randomRequest(subject.pool, rng, anyMode(rng));
    const auto now = amm::quote(subject.pool, request, subject.clock);
    if (!now || amm::followsSlot(subject.pool)) {
        return {};
    }
    amm::ChainClock other = subject.clock;
    other.slot = test::logUniform(rng);
    const auto then = amm::quote(subject.pool, request, other);
    return holdsIf(then.has_value() && *then == *now, [&] {
        return QString("%1: %2; in slot %3: %4")
            .arg(text(request), text(*now))
            .arg(other.slot)
            .arg(then ? text(*then) : QStringLiteral("refused"));
    });
}

std::uint64_t fromEnvironment(const char* name, std::uint64_t otherwise) {
    bool valid = false;
    const quint64 value = qEnvironmentVariable(name).toULongLong(&valid);
    return valid ? value : otherwise;
}

}  // namespace

class PoolPropertiesTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void invariantNeverFalls_data() { addPrograms(all()); }
    void invariantNeverFalls() { judge(::invariantNeverFalls, 1, all()); }
    void roundTripNeverGains_data() { addPrograms(all()); }
    void roundTripNeverGains() { judge(::roundTripNeverGains, 2, all()); }
    void outputIsMonotone_data() { addPrograms(all()); }
    void outputIsMonotone() { judge(::outputIsMonotone, 3, all()); }
    void exactOutInvertsExactIn_data() { addPrograms(withExactOut()); }
    void exactOutInvertsExactIn() { judge(::exactOutInvertsExactIn, 4, withExactOut()); }
    void splittingNeverPaysMore_data() { addPrograms(all()); }
    void splittingNeverPaysMore() { judge(::splittingNeverPaysMore, 5, all()); }
    void slotsMatterWhereSaid_data() { addPrograms(all()); }
    void slotsMatterWhereSaid() { judge(::slotsMatterWhereSaid, 6, all()); }

  private:
    using Programs = std::vector<test::ProgramPools>;

    static Programs all() { return {test::programPools().begin(), test::programPools().end()}; }
    static Programs withExactOut() {
        Programs programs = all();
        std::erase_if(programs, [](const test::ProgramPools& pools) {
            return pools.program == domain::Program::meteoraDammV1;
        });
        return programs;
    }
    static void addPrograms(const Programs& programs);
    void judge(Property judgeCase, std::uint32_t number, const Programs& programs);
    std::optional<Subject> subjectOf(const test::ProgramPools& pools, std::uint64_t number,
                                     CounterRng& rng) const;

    std::uint64_t cases_ = 0;
    std::uint64_t seed_ = 0;
    std::map<domain::Program, std::vector<Subject>> dumps_;
};

void PoolPropertiesTest::initTestCase() {
    cases_ = fromEnvironment("OEE_PROPERTY_CASES", OEE_PROPERTY_CASES);
    seed_ = fromEnvironment("OEE_PROPERTY_SEED", 20'260'101);
    const QString folder = QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet");
    std::size_t dumpCount = 0;
    for (const test::ProgramPools& pools : test::programPools()) {
        const auto name = domain::nameOf(pools.program);
        const QString path =
            folder + '/' + QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        if (!QDir(path).exists()) {
            continue;
        }
        const auto dumps = market::readPoolDumps(path);
        QVERIFY2(dumps.has_value(), qPrintable(path));
        for (const market::PoolDump& dump : *dumps) {
            const auto pool = amm::decodePool(dump.pool, dump.accounts);
            QVERIFY2(pool.has_value(), toBase58(dump.pool).c_str());
            dumps_[pools.program].push_back({*pool, dump.clock});
            ++dumpCount;
        }
    }
    qInfo("%llu cases a property, seed %llu, %zu pools from dumps",
          static_cast<unsigned long long>(cases_), static_cast<unsigned long long>(seed_),
          dumpCount);
}

void PoolPropertiesTest::addPrograms(const Programs& programs) {
    QTest::addColumn<int>("row");
    for (std::size_t i = 0; i < programs.size(); ++i) {
        QTest::newRow(domain::nameOf(programs[i].program).data()) << static_cast<int>(i);
    }
}

std::optional<Subject> PoolPropertiesTest::subjectOf(const test::ProgramPools& pools,
                                                     std::uint64_t number, CounterRng& rng) const {
    if (const auto dumps = dumps_.find(pools.program);
        dumps != dumps_.end() && number % kDumpEvery == 0) {
        return dumps->second[(number / kDumpEvery) % dumps->second.size()];
    }
    const test::RandomPool random = pools.make(rng);
    const auto pool = amm::decodePool(random.address, random.accounts);
    return pool ? std::optional(Subject{*pool, random.clock}) : std::nullopt;
}

void PoolPropertiesTest::judge(Property judgeCase, std::uint32_t number, const Programs& programs) {
    QFETCH(int, row);
    const auto programRow = static_cast<std::uint32_t>(row);
    const std::uint64_t wanted = (cases_ + programs.size() - 1) / programs.size();
    std::uint64_t judged = 0;
    // A pool in which nothing can be judged is drawn now and then; most can be.
    const std::uint64_t mostPools = 100 + 20 * wanted / kCasesPerPool;
    std::uint64_t pool = 0;
    for (; judged < wanted && pool < mostPools; ++pool) {
        CounterRng rng(seed_, base::RngPurpose::test, pool, 1'000 * number + programRow);
        auto subject = subjectOf(programs[programRow], pool, rng);
        QVERIFY2(subject.has_value(), qPrintable(QString("pool %1 is none").arg(pool)));
        for (std::uint64_t i = 0; i < kCasesPerPool && judged < wanted; ++i) {
            const Outcome outcome = judgeCase(*subject, rng);
            QVERIFY2(outcome.verdict != Verdict::broken,
                     qPrintable(QString("seed %1, pool %2, case %3 of it: %4")
                                    .arg(seed_)
                                    .arg(pool)
                                    .arg(i)
                                    .arg(outcome.why)));
            judged += outcome.verdict == Verdict::holds ? 1 : 0;
        }
    }
    QVERIFY2(judged == wanted,
             qPrintable(QString("only %1 cases in %2 pools").arg(judged).arg(pool)));
}

QTEST_APPLESS_MAIN(PoolPropertiesTest)

#include "pool_properties_test.moc"
