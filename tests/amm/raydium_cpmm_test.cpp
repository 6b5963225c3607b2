#include <limits>
#include <vector>

#include <QTest>

#include "amm/pool.h"
#include "base/rng.h"
#include "cpmm_reference.h"
#include "market/pool_state.h"
#include "raydium_accounts.h"
#include "support/vectors.h"

using namespace oee;
using namespace oee::test;
using amm::SwapDirection;
using amm::SwapError;
using amm::SwapMode;
using amm::raydium::CpmmPool;
using boost::multiprecision::cpp_int;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
const amm::ChainClock kClock{.slot = 10, .unixTimestamp = 1'700'000'000, .epoch = 700};

amm::Pool poolOf(const CpmmFacts& facts) {
    return amm::decodePool(kPool, cpmmAccounts(facts)).value();
}

const CpmmPool& stateOf(const amm::Pool& pool) {
    return std::get<CpmmPool>(pool.state);
}

amm::SwapRequest swapOf(SwapMode mode, std::uint64_t amountRaw,
                        SwapDirection direction = SwapDirection::aToB) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

CpmmFacts randomFacts(base::CounterRng& rng) {
    CpmmFacts facts;
    for (std::size_t side = 0; side < 2; ++side) {
        facts.protocolFeesRaw[side] = rng.below(1'000);
        facts.fundFeesRaw[side] = rng.below(1'000);
        facts.creatorFeesRaw[side] = rng.below(1'000);
        facts.vaultRaw[side] = 3'000 + (rng.nextU64() >> (1 + rng.below(60)));
    }
    facts.tradeFeeRatePpm = 1 + rng.below(400'000);
    facts.protocolFeeRatePpm = rng.below(500'000);
    facts.fundFeeRatePpm = rng.below(500'000);
    facts.creatorFeeRatePpm = rng.below(500'000);
    facts.creatorFeeOn = static_cast<std::uint8_t>(rng.below(3));
    facts.enableCreatorFee = static_cast<std::uint8_t>(rng.below(2));
    return facts;
}

// The swap's amounts and everything that it leaves in the pool.
void compare(const amm::Pool& pool, const amm::SwapRequest& request, const CpmmReference& slow) {
    const auto applied = amm::apply(pool, request, kClock);
    QVERIFY(applied.has_value());
    QCOMPARE(cpp_int(applied->result.amountInRaw), slow.amountIn);
    QCOMPARE(cpp_int(applied->result.amountOutRaw), slow.amountOut);
    const auto& before = stateOf(pool).sides;
    const auto& after = stateOf(*applied->pool).sides;
    QCOMPARE(cpp_int(after[slow.in].vaultRaw), before[slow.in].vaultRaw + slow.amountIn);
    QCOMPARE(cpp_int(after[slow.out()].vaultRaw), before[slow.out()].vaultRaw - slow.amountOut);
    QCOMPARE(cpp_int(after[slow.in].protocolFeesRaw),
             before[slow.in].protocolFeesRaw + slow.protocolFee);
    QCOMPARE(cpp_int(after[slow.in].fundFeesRaw), before[slow.in].fundFeesRaw + slow.fundFee);
    const std::size_t creatorSide = slow.creatorOnInput() ? slow.in : slow.out();
    QCOMPARE(cpp_int(after[creatorSide].creatorFeesRaw),
             before[creatorSide].creatorFeesRaw + slow.creatorFee);
    QCOMPARE(after[1 - creatorSide].creatorFeesRaw, before[1 - creatorSide].creatorFeesRaw);

    const bool onInput = applied->result.feeSide == amm::FeeSide::input;
    QCOMPARE(onInput, slow.creatorOnInput() || slow.creatorRate() <= slow.facts.tradeFeeRatePpm);
    const cpp_int other = slow.creatorOnInput() ? 0 : slow.creatorFee;
    QCOMPARE(cpp_int(applied->result.feeRaw), onInput ? slow.inputFee : other);
    QCOMPARE(cpp_int(applied->result.otherSideFeeRaw), onInput ? other : slow.inputFee);
}

}  // namespace

class RaydiumCpmmTest : public QObject {
    Q_OBJECT

  private slots:
    void vectors();
    void agreesWithFractions();
    void refusals_data();
    void refusals();
    void disabledCreatorFeeIsNone();
    void slippageLimitIsInclusive();
    void transferFeesOnBothSides();
    void transferFeeChangesWithTheEpoch();
    void wholeTransferFee();
};

void RaydiumCpmmTest::vectors() {
    if (!vectorsAvailable("raydium-cpmm")) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
    VectorOptions options;
    options.program = "raydium-cpmm";
    options.finalOf = market::poolStateOf;
    options.compareErrorNames = true;
    options.hashed = [](const amm::Pool& pool) {
        const CpmmPool& state = stateOf(pool);
        return std::vector{state.address, state.vaults[0], state.vaults[1]};
    };
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps, %d accounts equal in bytes", report.passed, report.swaps,
          report.hashesCompared);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, 1'084);
    QVERIFY(report.hashesCompared >= 60);
}

void RaydiumCpmmTest::agreesWithFractions() {
    base::CounterRng rng(11, base::RngPurpose::test, 0);
    int sold = 0;
    int bought = 0;
    for (int round = 0; round < 20'000; ++round) {
        const CpmmFacts facts = randomFacts(rng);
        const amm::Pool pool = poolOf(facts);
        const auto direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
        CpmmReference slow;
        slow.facts = facts;
        slow.in = direction == SwapDirection::aToB ? 0 : 1;

        const std::uint64_t amount = 1 + (rng.nextU64() >> (1 + rng.below(63)));
        const auto sale = swapOf(SwapMode::exactIn, amount, direction);
        slow.sell(amount);
        if (slow.amountOut > 0 && cpp_int(facts.vaultRaw[slow.in]) + amount <= kMax) {
            ++sold;
            compare(pool, sale, slow);
        } else {
            QVERIFY(!amm::quote(pool, sale, kClock));
        }
        const std::uint64_t wanted = 1 + rng.below(facts.vaultRaw[slow.out()]);
        const auto purchase = swapOf(SwapMode::exactOut, wanted, direction);
        if (slow.buy(wanted) && facts.vaultRaw[slow.in] + slow.amountIn <= kMax) {
            ++bought;
            compare(pool, purchase, slow);
        } else {
            QVERIFY(!amm::quote(pool, purchase, kClock));
        }
        if (QTest::currentTestFailed()) {
            return;  // a failure in compare() leaves only compare()
        }
    }
    QVERIFY(sold > 5'000 && bought > 2'000);
}

void RaydiumCpmmTest::refusals_data() {
    QTest::addColumn<CpmmFacts>("facts");
    QTest::addColumn<amm::SwapRequest>("request");
    QTest::addColumn<SwapError>("expected");
    const auto limited = [](amm::SwapRequest request, std::uint64_t limit) {
        request.slippageLimitRaw = limit;
        return request;
    };
    const auto sale = swapOf(SwapMode::exactIn, 1'000'000);
    const auto purchase = swapOf(SwapMode::exactOut, 100'000);
    QTest::newRow("swap disabled") << CpmmFacts{.status = 4} << sale << SwapError::poolDisabled;
    QTest::newRow("all disabled") << CpmmFacts{.status = 7} << purchase << SwapError::poolDisabled;
    QTest::newRow("not open yet") << CpmmFacts{.openTime = 1'700'000'001} << sale
                                  << SwapError::poolDisabled;
    QTest::newRow("nothing in") << CpmmFacts{} << swapOf(SwapMode::exactIn, 0)
                                << SwapError::zeroAmount;
    QTest::newRow("nothing out") << CpmmFacts{} << swapOf(SwapMode::exactOut, 0)
                                 << SwapError::zeroAmount;
    QTest::newRow("dust") << CpmmFacts{} << swapOf(SwapMode::exactIn, 1) << SwapError::zeroOutput;
    QTest::newRow("dust comes before slippage")
        << CpmmFacts{} << limited(swapOf(SwapMode::exactIn, 1), 1) << SwapError::zeroOutput;
    QTest::newRow("too little out")
        << CpmmFacts{} << limited(sale, 150'000) << SwapError::slippageExceeded;
    QTest::newRow("too much in") << CpmmFacts{} << limited(purchase, 1'000)
                                 << SwapError::slippageExceeded;
    QTest::newRow("the whole reserve") << CpmmFacts{} << swapOf(SwapMode::exactOut, 150'000'000)
                                       << SwapError::insufficientLiquidity;
    QTest::newRow("more than the reserve")
        << CpmmFacts{} << swapOf(SwapMode::exactOut, kMax) << SwapError::insufficientLiquidity;
    QTest::newRow("all of a vault is owed")
        << CpmmFacts{.fundFeesRaw = {0, 150'000'000}} << sale << SwapError::insufficientLiquidity;
    QTest::newRow("owed over 64 bits")
        << CpmmFacts{.protocolFeesRaw = {kMax, 0}, .fundFeesRaw = {1, 0}} << sale
        << SwapError::insufficientLiquidity;
    QTest::newRow("no fee rate") << CpmmFacts{.tradeFeeRatePpm = 0} << sale
                                 << SwapError::mathOverflow;
    QTest::newRow("no fee rate, exact out")
        << CpmmFacts{.tradeFeeRatePpm = 0} << purchase << SwapError::mathOverflow;
    QTest::newRow("the fee is all")
        << CpmmFacts{.tradeFeeRatePpm = 1'000'000} << sale << SwapError::zeroOutput;
    QTest::newRow("the fee is all, exact out")
        << CpmmFacts{.tradeFeeRatePpm = 1'000'000} << purchase << SwapError::mathOverflow;
    QTest::newRow("vault over 64 bits")
        << CpmmFacts{.vaultRaw = {kMax - 10, 1'000}} << swapOf(SwapMode::exactIn, kMax / 2)
        << SwapError::mathOverflow;
    QTest::newRow("partial fill") << CpmmFacts{} << swapOf(SwapMode::partialFill, 1'000'000)
                                  << SwapError::unsupportedMode;
}

void RaydiumCpmmTest::refusals() {
    QFETCH(const CpmmFacts, facts);
    QFETCH(const amm::SwapRequest, request);
    QFETCH(const SwapError, expected);
    const amm::Pool pool = poolOf(facts);
    const auto quoted = amm::quote(pool, request, kClock);
    QVERIFY(!quoted);
    QCOMPARE(amm::nameOf(quoted.error()), amm::nameOf(expected));
    CpmmPool state = stateOf(pool);
    const auto applied = amm::raydium::apply(state, request, kClock);
    QVERIFY(!applied);
    QCOMPARE(amm::nameOf(applied.error()), amm::nameOf(expected));
    QVERIFY(state == stateOf(pool));
}

void RaydiumCpmmTest::disabledCreatorFeeIsNone() {
    for (std::uint8_t feeOn = 0; feeOn < 3; ++feeOn) {
        const CpmmFacts off{.creatorFeeRatePpm = 5'000, .creatorFeeOn = feeOn};
        const auto request = swapOf(SwapMode::exactIn, 1'000'000);
        QVERIFY(amm::quote(poolOf(off), request, kClock) ==
                amm::quote(poolOf({}), request, kClock));
    }
    // Without any rate the swap works as long as nothing has to be divided by their sum.
    const CpmmFacts free{.tradeFeeRatePpm = 0, .creatorFeeOn = 2};
    const auto sold = amm::quote(poolOf(free), swapOf(SwapMode::exactIn, 1'000'000), kClock);
    QVERIFY(sold.has_value());
    QCOMPARE(sold->feeRaw, std::uint64_t{0});
}

void RaydiumCpmmTest::slippageLimitIsInclusive() {
    const amm::Pool pool = poolOf({});
    auto sell = swapOf(SwapMode::exactIn, 1'000'000);
    const std::uint64_t out = amm::quote(pool, sell, kClock)->amountOutRaw;
    sell.slippageLimitRaw = out;
    QVERIFY(amm::quote(pool, sell, kClock).has_value());
    sell.slippageLimitRaw = out + 1;
    QCOMPARE(amm::quote(pool, sell, kClock).error(), SwapError::slippageExceeded);

    auto buy = swapOf(SwapMode::exactOut, 100'000);
    const std::uint64_t in = amm::quote(pool, buy, kClock)->amountInRaw;
    buy.slippageLimitRaw = in;
    QVERIFY(amm::quote(pool, buy, kClock).has_value());
    buy.slippageLimitRaw = in - 1;
    QCOMPARE(amm::quote(pool, buy, kClock).error(), SwapError::slippageExceeded);
}

void RaydiumCpmmTest::transferFeesOnBothSides() {
    // 1 % and 2 %, never capped.
    const std::array<amm::spl::TransferFeeConfig, 2> fees{
        amm::spl::TransferFeeConfig{.newerEpoch = 0, .newer = {kMax, 100}, .older = {kMax, 100}},
        amm::spl::TransferFeeConfig{.newerEpoch = 0, .newer = {kMax, 200}, .older = {kMax, 200}}};
    amm::AccountSet accounts = cpmmAccounts({});
    makeToken2022(accounts, 0, fees[0]);
    makeToken2022(accounts, 1, fees[1]);
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();

    // 1,000,000 sent, 990,000 arrive: the same swap as 990,000 in a pool without transfer fees.
    const auto plain = amm::quote(poolOf({}), swapOf(SwapMode::exactIn, 990'000), kClock);
    const auto sold = amm::apply(pool, swapOf(SwapMode::exactIn, 1'000'000), kClock);
    QVERIFY(plain.has_value() && sold.has_value());
    const std::uint64_t fee = (plain->amountOutRaw * 200 + 9'999) / 10'000;
    QCOMPARE(sold->result.amountInRaw, std::uint64_t{1'000'000});
    QCOMPARE(sold->result.transferFeeInRaw, std::uint64_t{10'000});
    QCOMPARE(sold->result.transferFeeOutRaw, fee);
    QCOMPARE(sold->result.amountOutRaw, plain->amountOutRaw - fee);
    QCOMPARE(amm::vaultBalances(*sold->pool)[0], std::uint64_t{1'000'990'000});
    QCOMPARE(amm::vaultBalances(*sold->pool)[1], 150'000'000 - plain->amountOutRaw);

    // What is withheld from the input stays in the vault account, outside its balance.
    amm::encodePool(*sold->pool, accounts);
    const auto vault = amm::spl::decodeTokenAccount(kVaults[0], accounts, "vault").value();
    QCOMPARE(vault.withheldRaw, std::uint64_t{10'000});
    QCOMPARE(vault.amountRaw, std::uint64_t{1'000'990'000});

    // exactOut: 98,000 arrive of 100,000 sent.
    const auto bought = amm::quote(pool, swapOf(SwapMode::exactOut, 98'000), kClock);
    const auto plainBought = amm::quote(poolOf({}), swapOf(SwapMode::exactOut, 100'000), kClock);
    QVERIFY(bought.has_value() && plainBought.has_value());
    QCOMPARE(bought->transferFeeOutRaw, std::uint64_t{2'000});
    QCOMPARE(bought->amountOutRaw, std::uint64_t{98'000});
    QCOMPARE(bought->amountInRaw - bought->transferFeeInRaw, plainBought->amountInRaw);
    QCOMPARE(bought->transferFeeInRaw, (bought->amountInRaw * 100 + 9'999) / 10'000);
}

void RaydiumCpmmTest::transferFeeChangesWithTheEpoch() {
    amm::AccountSet accounts = cpmmAccounts({});
    makeToken2022(accounts, 0,
                  {.newerEpoch = 701,
                   .newer = {.maximumRaw = 5'000, .basisPoints = 500},
                   .older = {.maximumRaw = kMax, .basisPoints = 100}});
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();
    const auto request = swapOf(SwapMode::exactIn, 1'000'000);
    amm::ChainClock clock = kClock;
    QCOMPARE(amm::quote(pool, request, clock)->transferFeeInRaw, std::uint64_t{10'000});
    clock.epoch = 701;  // 5 % is 50,000: capped
    QCOMPARE(amm::quote(pool, request, clock)->transferFeeInRaw, std::uint64_t{5'000});
}

void RaydiumCpmmTest::wholeTransferFee() {
    amm::AccountSet accounts = cpmmAccounts({});
    const amm::spl::TransferFee all{.maximumRaw = 5'000, .basisPoints = 10'000};
    makeToken2022(accounts, 0, {.newerEpoch = 0, .newer = all, .older = all});
    const amm::Pool pool = amm::decodePool(kPool, accounts).value();
    QCOMPARE(amm::quote(pool, swapOf(SwapMode::exactIn, 5'000), kClock).error(),
             SwapError::zeroAmount);
    const auto sold = amm::quote(pool, swapOf(SwapMode::exactIn, 1'000'000), kClock);
    QVERIFY(sold.has_value());
    QCOMPARE(sold->transferFeeInRaw, std::uint64_t{5'000});
    const auto bought = amm::quote(pool, swapOf(SwapMode::exactOut, 100'000), kClock);
    QVERIFY(bought.has_value());
    QCOMPARE(bought->transferFeeInRaw, std::uint64_t{5'000});
}

QTEST_APPLESS_MAIN(RaydiumCpmmTest)
#include "raydium_cpmm_test.moc"
