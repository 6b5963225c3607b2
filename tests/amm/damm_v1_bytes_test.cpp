// Meteora DAMM v1's accounts: what decoding refuses, what encoding writes, bytes of any content.

#include <QTest>

#include "amm/pool.h"
#include "damm_v1_accounts.h"
#include "pool_fuzz.h"

using namespace oee;
using namespace oee::test;
using amm::DecodeError;
using amm::SwapDirection;
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

amm::DecodeFailure failureOf(const amm::AccountSet& accounts) {
    const auto decoded = amm::decodePool(kPool, accounts);
    return decoded ? amm::DecodeFailure{} : decoded.error();
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
    void writesOnlyWhatSwapsChange();
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
    const amm::AccountSet good = dammV1Accounts(dammV1Variety().back());
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

QTEST_GUILESS_MAIN(DammV1BytesTest)
#include "damm_v1_bytes_test.moc"
