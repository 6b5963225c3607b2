// Meteora DAMM v1's accounts: what decoding refuses, what encoding writes, bytes of any content;
// and the rules of fees, locked profit, lending, activation and staking prices one by one.

#include <QTest>

#include "amm/pool.h"
#include "damm_v1_accounts.h"
#include "pool_fuzz.h"

using namespace oee;
using namespace oee::test;
using amm::DecodeError;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::meteora::DammV1Pool;

namespace {

const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'000'000, .epoch = 800};

DammV1Pool poolOf(const DammV1Facts& facts) {
    return amm::meteora::decodeDammV1(kPool, dammV1Accounts(facts)).value();
}

amm::ChainClock later(std::int64_t seconds) {
    amm::ChainClock clock = kClock;
    clock.unixTimestamp += seconds;
    return clock;
}

amm::SwapRequest requestOf(SwapDirection direction, std::uint64_t amountRaw,
                           SwapMode mode = SwapMode::exactIn) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

std::optional<SwapError> errorOf(const DammV1Facts& facts, const amm::SwapRequest& request,
                                 const amm::ChainClock& clock = kClock) {
    const auto result = amm::meteora::quote(poolOf(facts), request, clock);
    return result ? std::nullopt : std::optional(result.error());
}

std::uint64_t outOf(const DammV1Facts& facts, std::uint64_t amountRaw,
                    const amm::ChainClock& clock = kClock) {
    return amm::meteora::quote(poolOf(facts), requestOf(SwapDirection::aToB, amountRaw), clock)
        .value()
        .amountOutRaw;
}

amm::DecodeFailure failureOf(const amm::AccountSet& accounts) {
    const auto decoded = amm::decodePool(kPool, accounts);
    return decoded ? amm::DecodeFailure{} : decoded.error();
}

DammV1Facts depegFacts() {
    DammV1Facts facts = dammV1Variety().back();
    facts.tradeNumerator = 0;
    return facts;
}

}  // namespace

class DammV1BytesTest : public QObject {
    Q_OBJECT

  private slots:
    void truncation();
    void corruption();
    void extremeNumbers();
    void refusals_data();
    void refusals();
    void accountsMustFit();
    void feesOfAtLeastOne();
    void lockedProfit();
    void lentOut();
    void refusesToSwap();
    void stakePriceAfterTenMinutes();
    void stakePrices();
    void zeroOutputOfStablePools();
    void writesOnlyWhatSwapsChange();
    void priceIsThatOfSmallSwaps();
    void roundTripsNeverGain();
};

void DammV1BytesTest::truncation() {
    for (const DammV1Facts& facts : dammV1Variety()) {
        std::map<domain::Pubkey, std::size_t> required{{kPool, facts.stable ? 925 : 875}};
        for (const std::size_t side : {0u, 1u}) {
            required.insert({{kVaults[side], 1'227},
                             {kMints[side], 82},
                             {kLpMints[side], 82},
                             {kTokenVaults[side], 165},
                             {kPoolLps[side], 165},
                             {kProtocolFees[side], 165}});
        }
        if (facts.depegType != 0) {
            required.emplace(dammV1StakeKey(facts), dammV1StakeAccount(facts).data.size());
        }
        truncateEverywhere(kPool, dammV1Accounts(facts), required);
    }
}

// A few bytes of a few of the fourteen accounts: with more of them hardly any pool is left.
void DammV1BytesTest::corruption() {
    base::CounterRng rng(70, base::RngPurpose::test, 42);
    int decodedCount = 0;
    int refusedCount = 0;
    for (const DammV1Facts& facts : dammV1Variety()) {
        const amm::AccountSet accounts = dammV1Accounts(facts);
        for (int round = 0; round < 3'000; ++round) {
            amm::AccountSet broken = accounts;
            for (std::uint64_t flips = 1 + rng.below(6); flips-- > 0;) {
                auto& data =
                    std::next(broken.begin(), static_cast<std::ptrdiff_t>(rng.below(broken.size())))
                        ->second.data;
                data[rng.below(data.size())] = static_cast<std::uint8_t>(rng.below(256));
            }
            const auto decoded = amm::decodePool(kPool, broken);
            if (!decoded) {
                QVERIFY(!decoded.error().where.empty());
                ++refusedCount;
                continue;
            }
            ++decodedCount;
            exercise(*decoded, broken, rng);
            if (QTest::currentTestFailed()) {
                return;
            }
        }
    }
    QVERIFY(decodedCount > 5'000);
    QVERIFY(refusedCount > 5'000);
}

// Numbers at their limits, in places where numbers are; what a swap leaves is a pool again.
void DammV1BytesTest::extremeNumbers() {
    base::CounterRng rng(71, base::RngPurpose::test, 43);
    static constexpr std::array<std::uint64_t, 6> kValues{
        0, 1, 10'000, 0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000, 0xffff'ffff'ffff'ffff};
    const std::vector<std::pair<domain::Pubkey, std::vector<std::size_t>>> places{
        {kPool, {330, 338, 346, 354, 403, 875, 883, 891, 900, 908}},
        {kVaults[0], {11, 1'203, 1'211, 1'219}},
        {kVaults[1], {11, 1'203, 1'211, 1'219}},
        {kLpMints[0], {36}},
        {kLpMints[1], {36}},
        {kTokenVaults[0], {64}},
        {kPoolLps[1], {64}},
        {kProtocolFees[0], {64}}};
    const auto variety = dammV1Variety();
    int paid = 0;
    for (int round = 0; round < 20'000; ++round) {
        amm::AccountSet accounts = dammV1Accounts(variety[rng.below(variety.size())]);
        for (std::uint64_t i = 1 + rng.below(3); i-- > 0;) {
            const auto& [account, offsets] = places[rng.below(places.size())];
            amm::FieldWriter(accounts.at(account).data)
                .write(offsets[rng.below(offsets.size())], kValues[rng.below(kValues.size())]);
        }
        const auto decoded = amm::decodePool(kPool, accounts);
        if (!decoded) {
            continue;
        }
        exercise(*decoded, accounts, rng);
        const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
        const auto request = requestOf(direction, rng.nextU64() >> rng.below(64));
        const auto applied = amm::apply(*decoded, request, later(rng.below(2) == 0 ? 0 : 9'000));
        if (applied) {
            ++paid;
            amm::encodePool(*applied->pool, accounts);
            const auto again = amm::decodePool(kPool, accounts);
            QVERIFY(again.has_value());
            QVERIFY(again->state == applied->pool->state);
        }
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    QVERIFY(paid > 1'000);
}

void DammV1BytesTest::refusals_data() {
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    QTest::addColumn<int>("error");
    const auto row = [](const char* where, int offset, int value, DecodeError error) {
        QTest::newRow(where) << offset << value << QString(where) << static_cast<int>(error);
    };
    row("enabled", 233, 2, DecodeError::invalidValue);
    row("pool type", 362, 2, DecodeError::invalidValue);
    row("activation type", 475, 2, DecodeError::invalidValue);
    row("curve type", 874, 2, DecodeError::unsupported);
    row("depeg type", 916, 4, DecodeError::unsupported);
    row("pool", 0, 0, DecodeError::wrongDiscriminator);
}

void DammV1BytesTest::refusals() {
    QFETCH(int, offset);
    QFETCH(int, value);
    QFETCH(QString, where);
    QFETCH(int, error);
    amm::AccountSet accounts = dammV1Accounts(dammV1Variety().at(2));
    QVERIFY(amm::decodePool(kPool, accounts).has_value());
    accounts.at(kPool).data[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    const amm::DecodeFailure failure = failureOf(accounts);
    QCOMPARE(static_cast<int>(failure.error), error);
    QCOMPARE(QString::fromStdString(failure.where), where);
}

void DammV1BytesTest::accountsMustFit() {
    const amm::AccountSet good = dammV1Accounts(depegFacts());
    const auto failureWith = [&](const auto& change) {
        amm::AccountSet accounts = good;
        change(accounts);
        return failureOf(accounts);
    };
    amm::DecodeFailure failure = failureWith([](auto& accounts) { accounts.erase(kSplStakePool); });
    QVERIFY(failure.error == DecodeError::accountMissing && failure.account == kSplStakePool);
    QCOMPARE(failure.where, std::string("stake pool"));
    failure = failureWith([](auto& accounts) { accounts.at(kVaults[1]).owner = kPool; });
    QVERIFY(failure.error == DecodeError::wrongOwner);
    QCOMPARE(failure.where, std::string("vault B"));
    failure = failureWith([](auto& accounts) { accounts.at(kVaults[0]).data[83] ^= 1; });
    QVERIFY(failure.error == DecodeError::invalidValue);  // a vault of another token
    QCOMPARE(failure.where, std::string("vault A"));
    failure = failureWith(
        [](auto& accounts) { accounts.at(kMints[0]).owner = amm::spl::token2022ProgramId(); });
    QVERIFY(failure.error == DecodeError::wrongOwner);
    QCOMPARE(failure.where, std::string("mint A"));
    failure = failureWith([](auto& accounts) {
        amm::FieldWriter(accounts.at(kLpMints[0]).data).write(36, std::uint64_t{999'999'999});
    });
    QVERIFY(failure.error == DecodeError::invalidValue);  // more LP than there is
    QCOMPARE(failure.where, std::string("pool's vault A LP"));
    failure = failureWith([](auto& accounts) {
        amm::FieldWriter(accounts.at(kPool).data).write(234, kTokenVaults[0]);
    });
    QVERIFY(failure.error == DecodeError::invalidValue);
    QCOMPARE(failure.where, std::string("accounts"));
    failure = failureWith([](auto& accounts) {
        amm::FieldWriter(accounts.at(kSplStakePool).data).write(266, std::uint64_t{0});
    });
    QVERIFY(failure.error == DecodeError::invalidValue);
}

// 399 units × 0.25 % is less than one, and so is a fifth of it.
void DammV1BytesTest::feesOfAtLeastOne() {
    const DammV1Pool pool = poolOf({});
    const auto feeOf = [&](std::uint64_t amountRaw) {
        return amm::meteora::quote(pool, requestOf(SwapDirection::aToB, amountRaw), kClock).value();
    };
    QCOMPARE(feeOf(399).feeRaw, 1u);
    QCOMPARE(feeOf(399).protocolFeeRaw, 1u);
    QCOMPARE(feeOf(3'999).feeRaw, 9u);
    QCOMPARE(feeOf(3'999).protocolFeeRaw, 1u);
    QCOMPARE(feeOf(4'000).feeRaw, 10u);
    QCOMPARE(feeOf(4'000).protocolFeeRaw, 2u);
    QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 1)) == SwapError::zeroAmount);
    DammV1Facts free;
    free.tradeNumerator = 0;
    QCOMPARE(
        amm::meteora::quote(poolOf(free), requestOf(SwapDirection::aToB, 1'000), kClock)->feeRaw,
        0u);
}

// Worth 10^9 of 1.1 × 10^9 LP: half of the profit counts after half of the time.
void DammV1BytesTest::lockedProfit() {
    DammV1Facts facts;
    facts.sides[1].lockedRaw = 550'000'000;
    facts.sides[1].degradation = 10'000'000'000;  // 1 % a second
    const DammV1Pool pool = poolOf(facts);
    const auto reserveAt = [&](std::int64_t seconds) {
        return amm::meteora::reservesOf(pool, later(seconds)).value().at(1);
    };
    QCOMPARE(reserveAt(0), 500'000'000u);
    QCOMPARE(reserveAt(50), 750'000'000u);
    QCOMPARE(reserveAt(100), 1'000'000'000u);
    QCOMPARE(reserveAt(1'000'000), 1'000'000'000u);
    QCOMPARE(amm::meteora::reservesOf(pool, kClock).value().at(0), 1'000'000'000u);
    QVERIFY(!amm::meteora::reservesOf(pool, later(-1)));
    const auto request = requestOf(SwapDirection::aToB, 1'000'000);
    QVERIFY(errorOf(facts, request, later(-1)) == SwapError::mathOverflow);
    QVERIFY(outOf(facts, 1'000'000) < outOf(facts, 1'000'000, later(50)));
    QVERIFY(outOf(facts, 1'000'000, later(50)) < outOf(facts, 1'000'000, later(99)));
    QCOMPARE(outOf(facts, 1'000'000, later(100)), outOf({}, 1'000'000));
}

void DammV1BytesTest::lentOut() {
    DammV1Facts facts;
    const std::uint64_t out = outOf(facts, 100'000'000);
    facts.sides[1].tokenVaultRaw = out;
    QCOMPARE(outOf(facts, 100'000'000), out);  // all that is there
    facts.sides[1].tokenVaultRaw = out - 1;
    QVERIFY(errorOf(facts, requestOf(SwapDirection::aToB, 100'000'000)) ==
            SwapError::insufficientLiquidity);
    QCOMPARE(amm::meteora::vaultBalances(poolOf(facts))[1], out - 1 + 5'000);
}

void DammV1BytesTest::refusesToSwap() {
    const amm::SwapRequest request = requestOf(SwapDirection::aToB, 10'000);
    QVERIFY(!errorOf({}, request));
    DammV1Facts facts;
    facts.enabled = 0;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    facts = {};
    facts.activationPoint = 1'750'000'001;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    QVERIFY(!errorOf(facts, request, later(1)));
    facts.activationType = 0;  // slots
    facts.activationPoint = 1'001;
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    facts.activationPoint = 1'000;
    QVERIFY(!errorOf(facts, request));
    facts = {};
    facts.sides[0].enabled = 0;  // takes nothing, still pays
    QVERIFY(errorOf(facts, request) == SwapError::poolDisabled);
    QVERIFY(!errorOf(facts, requestOf(SwapDirection::bToA, 10'000)));
    QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 0)) == SwapError::zeroAmount);
    for (const SwapMode mode : {SwapMode::exactOut, SwapMode::partialFill}) {
        QVERIFY(errorOf({}, requestOf(SwapDirection::aToB, 10'000, mode)) ==
                SwapError::unsupportedMode);
    }
    amm::SwapRequest limited = request;
    limited.sqrtPriceLimitQ64 = 1;
    QVERIFY(errorOf({}, limited) == SwapError::unsupportedMode);
    limited = request;
    limited.slippageLimitRaw = outOf({}, 10'000);
    QVERIFY(!errorOf({}, limited));
    ++*limited.slippageLimitRaw;
    QVERIFY(errorOf({}, limited) == SwapError::slippageExceeded);
}

void DammV1BytesTest::stakePriceAfterTenMinutes() {
    const DammV1Facts facts = depegFacts();
    const DammV1Pool pool = poolOf(facts);
    const auto request = requestOf(SwapDirection::aToB, 1'000'000);
    DammV1Pool early = pool;
    DammV1Pool late = pool;
    QVERIFY(amm::meteora::apply(early, request, later(600)).has_value());
    QVERIFY(early.stable->depeg == pool.stable->depeg);
    QVERIFY(amm::meteora::apply(late, request, later(601)).has_value());
    QCOMPARE(late.stable->depeg.priceMicros, 1'200'000u);
    QCOMPARE(late.stable->depeg.updatedSeconds, 1'750'000'601u);
    amm::AccountSet accounts = dammV1Accounts(facts);
    amm::meteora::encode(late, accounts);
    amm::FieldReader reader(accounts.at(kPool).data);
    QCOMPARE(reader.read<std::uint64_t>(900), std::uint64_t{1'200'000});
    QCOMPARE(reader.read<std::uint64_t>(908), std::uint64_t{1'750'000'601});
    // B is worth 1.1 A, then 1.2 A; the reserves are not far from balance.
    const double before = static_cast<double>(outOf(facts, 1'000'000, later(600)));
    const double after = static_cast<double>(outOf(facts, 1'000'000, later(601)));
    QVERIFY(std::abs(before / 909'090 - 1) < 0.002);
    QVERIFY(std::abs(after / 833'333 - 1) < 0.002);
    DammV1Facts endless = facts;
    endless.depegUpdated = ~std::uint64_t{0};
    QVERIFY(errorOf(endless, request) == SwapError::mathOverflow);
}

void DammV1BytesTest::stakePrices() {
    DammV1Facts facts = depegFacts();
    facts.stakeNumerator = 1'234'567'899;
    for (const std::uint8_t type : {std::uint8_t{2}, std::uint8_t{3}}) {
        facts.depegType = type;
        QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 1'234'567u);
    }
    facts.depegType = 1;
    facts.stakeNumerator = 5'147'445'635;  // mSOL at 1.198483
    QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 1'198'483u);
    facts.stakeNumerator = ~std::uint64_t{0};
    QCOMPARE(poolOf(facts).stable->depeg.stakePriceMicros, 4'294'967'295'999'999u);
}

// Unlike x × y = k, which refuses to pay nothing.
void DammV1BytesTest::zeroOutputOfStablePools() {
    DammV1Facts facts = dammV1Variety().at(3);
    const auto tiny = requestOf(SwapDirection::aToB, 500);  // half a unit of B
    const auto result = amm::meteora::quote(poolOf(facts), tiny, kClock);
    QVERIFY(result.has_value());
    QCOMPARE(result->amountOutRaw, 0u);
    facts.stable = false;
    QVERIFY(errorOf(facts, tiny) == SwapError::zeroAmount);
}

void DammV1BytesTest::writesOnlyWhatSwapsChange() {
    DammV1Facts facts;
    facts.sides[1].lpSupplyRaw = 2'200'000'000;
    facts.sides[1].poolLpRaw = 2'000'000'000;
    amm::AccountSet accounts = dammV1Accounts(facts);
    const amm::AccountSet before = accounts;
    DammV1Pool pool = poolOf(facts);
    const auto result =
        amm::meteora::apply(pool, requestOf(SwapDirection::aToB, 1'000'000), kClock);
    QVERIFY(result.has_value());
    QCOMPARE(amm::meteora::encode(pool, accounts).size(), std::size_t{9});  // no fee in B
    facts.sides[0].totalRaw += 999'500;
    facts.sides[0].tokenVaultRaw += 999'500;
    facts.sides[0].lpSupplyRaw += 999'500;
    facts.sides[0].poolLpRaw += 999'500;
    facts.sides[0].protocolFeeRaw += 500;
    facts.sides[1].totalRaw -= result->amountOutRaw;
    facts.sides[1].tokenVaultRaw -= result->amountOutRaw;
    facts.sides[1].lpSupplyRaw -= 2 * result->amountOutRaw;
    facts.sides[1].poolLpRaw -= 2 * result->amountOutRaw;
    QVERIFY(accounts == dammV1Accounts(facts));
    QVERIFY(accounts.at(kPool) == before.at(kPool));
}

void DammV1BytesTest::priceIsThatOfSmallSwaps() {
    for (DammV1Facts facts : dammV1Variety()) {
        facts.tradeNumerator = 0;
        facts.sides[0].lockedRaw = facts.sides[1].lockedRaw = 0;
        for (const std::size_t in : {0u, 1u}) {
            const DammV1Pool pool = poolOf(facts);
            const auto direction = in == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = facts.sides[in].totalRaw / 20'000;
            const auto swap = amm::meteora::quote(pool, requestOf(direction, amount), kClock);
            QVERIFY(swap.has_value());
            const double paid =
                static_cast<double>(swap->amountOutRaw) / static_cast<double>(amount);
            const double price = amm::meteora::marginalPrice(pool, direction);
            QVERIFY2(std::abs(paid / price - 1) < 3e-4,
                     qPrintable(QString("%1 for a price of %2").arg(paid).arg(price)));
        }
    }
}

void DammV1BytesTest::roundTripsNeverGain() {
    base::CounterRng rng(12, base::RngPurpose::test, 41);
    int done = 0;
    for (const DammV1Facts& facts : dammV1Variety()) {
        const DammV1Pool pool = poolOf(facts);
        for (int round = 0; round < 1'000; ++round) {
            DammV1Pool state = pool;
            const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
            const std::uint64_t amount = 1 + (rng.nextU64() >> (30 + rng.below(28)));
            const auto there = amm::meteora::apply(state, requestOf(direction, amount), kClock);
            if (!there || there->amountOutRaw == 0) {
                continue;
            }
            const auto back = amm::meteora::apply(
                state, requestOf(amm::opposite(direction), there->amountOutRaw), kClock);
            QVERIFY(!back || back->amountOutRaw < amount);
            ++done;
        }
    }
    QVERIFY(done > 4'000);
}

QTEST_GUILESS_MAIN(DammV1BytesTest)
#include "damm_v1_bytes_test.moc"
