#include "bench/amm_subjects.h"

#include <utility>

#include "amm/clmm_accounts.h"
#include "amm/damm_v1_accounts.h"
#include "amm/damm_v2_accounts.h"
#include "amm/dlmm_accounts.h"
#include "amm/meteora/dlmm/bin_math.h"
#include "amm/raydium_accounts.h"
#include "bench/bench.h"

namespace oee::bench {
namespace {

using amm::SwapMode;

constexpr std::uint64_t kHalf = std::uint64_t{1} << 62;
constexpr amm::ChainClock kClock{.slot = 400'000'000, .unixTimestamp = 1'750'003'000, .epoch = 900};

// The crossings that quotes are timed at; 0: within the current tick's or bin's liquidity.
QuoteCase crossing(SwapMode mode, std::int64_t count, const char* one, const char* many) {
    const bool exactIn = mode == SwapMode::exactIn;
    const QString places =
        QStringLiteral("%1 %2").arg(count).arg(QLatin1String(count == 1 ? one : many));
    return {.key = QStringLiteral("quote-%1%2-%3")
                       .arg(exactIn ? QString() : QStringLiteral("exact-out-"))
                       .arg(count)
                       .arg(QLatin1String(many)),
            .what = QStringLiteral("%1, %2 crossed")
                        .arg(exactIn ? QStringLiteral("exact in") : QStringLiteral("exact out"),
                             places),
            .mode = mode,
            .crossings = count};
}

std::vector<QuoteCase> bothModes() {
    return {
        {QStringLiteral("quote"), QStringLiteral("exact in"), SwapMode::exactIn, {}},
        {QStringLiteral("quote-exact-out"), QStringLiteral("exact out"), SwapMode::exactOut, {}}};
}

AmmSubject subjectOf(const domain::Pubkey& address, amm::AccountSet accounts,
                     std::vector<QuoteCase> quotes, bool timeSwaps) {
    auto pool = amm::decodePool(address, accounts);
    require(pool.has_value(), QStringLiteral("a pool of the benchmark is broken"));
    AmmSubject subject{std::move(*pool), std::move(accounts), kClock, std::move(quotes), {}};
    if (timeSwaps) {
        subject.swap = subject.quotes.front();
    }
    return subject;
}

AmmSubject ammV4() {
    test::AmmV4Facts facts;
    facts.vaultRaw = {kHalf + 12'345'678'901, kHalf / 3 + 98'765'432'109};
    facts.needTakePnlRaw = {1'234'567, 7'654'321};
    return subjectOf(test::kPool, test::ammV4Accounts(facts), bothModes(), true);
}

AmmSubject cpmm() {
    test::CpmmFacts facts;
    facts.vaultRaw = {kHalf + 12'345'678'901, kHalf / 3 + 98'765'432'109};
    facts.protocolFeesRaw = {1'234'567, 7'654'321};
    facts.fundFeesRaw = {34'567, 54'321};
    facts.creatorFeesRaw = {4'567, 5'432};
    facts.creatorFeeRatePpm = 500;
    facts.enableCreatorFee = 1;
    return subjectOf(test::kPool, test::cpmmAccounts(facts), bothModes(), true);
}

// Positions that begin and end at every tenth spacing.
test::ClmmFacts clmmFacts() {
    test::ClmmFacts facts;
    facts.tickSpacing = 10;
    facts.tick = -18'323;
    facts.sqrtPriceQ64 = amm::raydium::clmm::sqrtPriceAtTick(facts.tick) + 987'654'321;
    facts.positions.clear();
    const base::u128 liquidity = (base::u128{1} << 62) + 123'456'789'012'345;
    for (std::int32_t i = -20; i < 20; ++i) {
        facts.positions.push_back({-18'300 + i * 100, -18'300 + (i + 2) * 100,
                                   liquidity + static_cast<std::uint64_t>(i + 20) * 987'654'321});
    }
    return facts;
}

AmmSubject clmm() {
    std::vector<QuoteCase> quotes;
    for (const std::int64_t count : {0, 1, 3, 10}) {
        quotes.push_back(crossing(SwapMode::exactIn, count, "tick", "ticks"));
    }
    for (const std::int64_t count : {0, 3}) {
        quotes.push_back(crossing(SwapMode::exactOut, count, "tick", "ticks"));
    }
    return subjectOf(test::kPool, test::clmmAccounts(clmmFacts()), std::move(quotes), true);
}

AmmSubject clmmWithDynamicFee() {
    test::ClmmFacts facts = clmmFacts();
    facts.dynamicFee = amm::raydium::clmm::DynamicFee{
        .filterPeriodSeconds = 30,
        .decayPeriodSeconds = 600,
        .reductionFactorBps = 5'000,
        .control = 40'000,
        .maxAccumulator = 350'000,
        .spacingIndexReference = -1'833,
        .accumulator = 20'000,
        .lastUpdateSeconds = static_cast<std::uint64_t>(kClock.unixTimestamp) - 10};
    std::vector<QuoteCase> quotes;
    for (const std::int64_t count : {0, 3}) {
        QuoteCase quote = crossing(SwapMode::exactIn, count, "tick", "ticks");
        quote.key += QStringLiteral("-dynamic-fee");
        quote.what += QStringLiteral(", dynamic fee (a step a spacing of 10)");
        quotes.push_back(quote);
    }
    return subjectOf(test::kPool, test::clmmAccounts(facts), std::move(quotes), false);
}

AmmSubject dlmm() {
    test::DlmmFacts facts;
    facts.activeId = -1'234;
    facts.accumulator = 20'000;
    facts.reference = 10'000;
    facts.indexReference = facts.activeId;
    facts.lastUpdateSeconds = kClock.unixTimestamp - 10;
    for (std::int32_t binId = facts.activeId - 60; binId <= facts.activeId + 60; ++binId) {
        const std::uint64_t amount =
            (std::uint64_t{1} << 55) +
            7'654'321'987 * static_cast<std::uint64_t>(binId - facts.activeId + 61);
        facts.bins[binId] = {
            .xRaw = binId >= facts.activeId ? amount : 0,
            .yRaw = binId <= facts.activeId ? amount : 0,
            .priceQ64 = amm::meteora::dlmm::priceFromId(binId, facts.binStepBps).value_or(0)};
    }
    std::vector<QuoteCase> quotes;
    for (const std::int64_t count : {0, 1, 5, 20}) {
        quotes.push_back(crossing(SwapMode::exactIn, count, "bin", "bins"));
    }
    for (const std::int64_t count : {0, 5}) {
        quotes.push_back(crossing(SwapMode::exactOut, count, "bin", "bins"));
    }
    return subjectOf(test::kDlmmPair, test::dlmmAccounts(facts), std::move(quotes), true);
}

struct DammV2Variant {
    std::uint8_t baseFeeMode = 0;
    std::uint8_t collectFeeMode = 0;
    bool dynamicFee = true;
    const char* key;
    const char* what;
};

AmmSubject dammV2(const DammV2Variant& variant) {
    test::DammV2Facts facts;
    for (const test::DammV2Facts& one : test::dammV2Variety()) {
        if (one.baseFeeMode == variant.baseFeeMode &&
            one.collectFeeMode == variant.collectFeeMode) {
            facts = one;
        }
    }
    facts.dynamicFee = variant.dynamicFee;
    facts.activationPoint = static_cast<std::uint64_t>(kClock.unixTimestamp) - 3'000;
    facts.sqrtPriceQ64 = (base::u128{1} << 64) / 10 * 4 + 123'456'789;
    facts.minSqrtPriceQ64 = facts.sqrtPriceQ64 >> 6;
    facts.maxSqrtPriceQ64 = facts.sqrtPriceQ64 << 6;
    facts.liquidityQ64 = ((base::u128{1} << 60) + 987'654'321) << 62;
    facts.reserveRaw = {kHalf, kHalf / 6};
    std::vector<QuoteCase> quotes = bothModes();
    for (QuoteCase& quote : quotes) {
        quote.key += QLatin1Char('-') + QLatin1String(variant.key);
        quote.what += QStringLiteral(", ") + QString::fromUtf8(variant.what);
    }
    const bool first =
        variant.baseFeeMode == 0 && variant.collectFeeMode == 0 && variant.dynamicFee;
    return subjectOf(test::kPool, test::dammV2Accounts(facts), std::move(quotes), first);
}

AmmSubject dammV1(bool stable) {
    test::DammV1Facts facts;
    for (std::size_t side = 0; side < 2; ++side) {
        test::DammV1Side& vault = facts.sides[side];
        vault.totalRaw = (kHalf >> 8) + 12'345'678'901 * (side + 1);
        vault.lockedRaw = vault.totalRaw / 1'000;
        vault.lpSupplyRaw = vault.totalRaw / 11 * 10;
        vault.poolLpRaw = vault.lpSupplyRaw / 7 * 5;
        vault.tokenVaultRaw = vault.totalRaw;
    }
    facts.stable = stable;
    QuoteCase quote{
        QStringLiteral("quote"), QStringLiteral("exact in, x · y = k"), SwapMode::exactIn, {}};
    if (stable) {
        quote.key = QStringLiteral("quote-stable");
        quote.what = QStringLiteral("exact in, stable curve");
    }
    return subjectOf(test::kPool, test::dammV1Accounts(facts), {quote}, !stable);
}

}  // namespace

std::vector<AmmSubject> ammSubjects() {
    std::vector<AmmSubject> subjects;
    subjects.push_back(ammV4());
    subjects.push_back(cpmm());
    subjects.push_back(clmm());
    subjects.push_back(clmmWithDynamicFee());
    subjects.push_back(dlmm());
    for (const DammV2Variant& variant : {
             DammV2Variant{0, 0, true, "linear", "linear scheduler, dynamic fee"},
             DammV2Variant{0, 0, false, "linear-fixed", "linear scheduler, no dynamic fee"},
             DammV2Variant{1, 0, true, "exponential", "exponential scheduler, dynamic fee"},
             DammV2Variant{2, 1, true, "limiter", "rate limiter, dynamic fee"},
             DammV2Variant{3, 0, true, "cap-linear", "linear market-cap scheduler, dynamic fee"},
             DammV2Variant{4, 0, true, "cap-exponential",
                           "exponential market-cap scheduler, dynamic fee"},
             DammV2Variant{0, 2, true, "compounding", "x · y = k, linear scheduler, dynamic fee"},
         }) {
        subjects.push_back(dammV2(variant));
    }
    subjects.push_back(dammV1(false));
    subjects.push_back(dammV1(true));
    return subjects;
}

}  // namespace oee::bench
