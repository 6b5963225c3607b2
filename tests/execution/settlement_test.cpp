#include "execution/settlement.h"

#include <QTest>

#include "domain/token.h"

using namespace oee;
using execution::SlotMoment;
using execution::StoreError;
using execution::Wallet;
using execution::WalletOwner;

namespace {

constexpr SlotMoment kMoment{77, 1'750'000'000'000'000};

domain::Order submittedOrder() {
    domain::Order order;
    order.id = {1, 2};
    order.inputMint = domain::usdcMint();
    order.outputMint = domain::solMint();
    order.amountInRaw = 1'000;
    order.reservedLamports = 50;
    order.status = domain::OrderStatus::submitted;
    order.signature = domain::Signature{};
    return order;
}

Wallet walletOf(const domain::Order& order) {
    Wallet wallet;
    wallet.set(WalletOwner::trader, order.inputMint, {5'000, 0});
    wallet.set(WalletOwner::trader, domain::solMint(), {200, 0});
    if (!wallet.reserve(order.inputMint, order.amountInRaw) ||
        !wallet.reserve(domain::solMint(), order.reservedLamports)) {
        qFatal("cannot reserve");
    }
    return wallet;
}

chain::TransactionOutcome outcomeOf(const domain::Order& order, const auto& result) {
    return {order.id, order.attempt, *order.signature, result};
}

chain::Landed landedFor(const domain::Order& order) {
    domain::Fill fill;
    fill.orderId = order.id;
    fill.amountInRaw = 1'000;
    fill.amountOutRaw = 7;
    return {{fill}, 1'000, 7, 30};
}

}  // namespace

class SettlementTest : public QObject {
    Q_OBJECT

  private slots:
    void landedPaysAndCredits();
    void sellingSolPaysFeesFromTheSameBalance();
    void revertedPaysTheFeeOnly();
    void expiredPaysNothing();
    void anotherAttemptKeepsWhatIsNotSpent();
    void theLastAttemptReleasesTheRest();
    void aDifferentTransactionIsStale();
    void contradictionsAreRefused_data();
    void contradictionsAreRefused();
    void everyRefusalHasItsReason_data();
    void everyRefusalHasItsReason();
};

void SettlementTest::landedPaysAndCredits() {
    const domain::Order order = submittedOrder();
    Wallet wallet = walletOf(order);
    const auto settled =
        execution::settle(order, outcomeOf(order, landedFor(order)), wallet, kMoment);
    QVERIFY(settled.has_value());
    QCOMPARE(settled->order.status, domain::OrderStatus::confirmed);
    QVERIFY(settled->order.execution == (domain::Execution{1'000, 7, 30, 77}));
    QCOMPARE(settled->order.updatedAtMicros, kMoment.atMicros);
    QCOMPARE(settled->fills.size(), std::size_t{1});
    QCOMPARE(settled->fills[0].atMicros, kMoment.atMicros);
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) == (execution::Balance{4'000, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) ==
            (execution::Balance{200 - 30 + 7, 0}));
    QVERIFY(wallet.balance(WalletOwner::fees, domain::solMint()) == (execution::Balance{30, 0}));
}

void SettlementTest::sellingSolPaysFeesFromTheSameBalance() {
    domain::Order order = submittedOrder();
    order.inputMint = domain::solMint();
    order.outputMint = domain::usdcMint();
    Wallet wallet;
    wallet.set(WalletOwner::trader, domain::solMint(), {1'050, 1'050});
    QVERIFY(execution::settle(order, outcomeOf(order, landedFor(order)), wallet, kMoment));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) == (execution::Balance{20, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::usdcMint()) == (execution::Balance{7, 0}));
}

void SettlementTest::revertedPaysTheFeeOnly() {
    const domain::Order order = submittedOrder();
    Wallet wallet = walletOf(order);
    const chain::Reverted reverted{amm::SwapError::slippageExceeded, domain::Program::raydiumAmmV4,
                                   30};
    const auto settled = execution::settle(order, outcomeOf(order, reverted), wallet, kMoment);
    QVERIFY(settled.has_value());
    QCOMPARE(settled->order.status, domain::OrderStatus::failed);
    QVERIFY(settled->order.failure == (domain::OrderFailure{domain::FailureReason::slippageExceeded,
                                                            domain::Program::raydiumAmmV4, 30U}));
    QVERIFY(settled->fills.empty());
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) == (execution::Balance{5'000, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) == (execution::Balance{170, 0}));
    QVERIFY(wallet.balance(WalletOwner::fees, domain::solMint()) == (execution::Balance{30, 0}));
}

void SettlementTest::expiredPaysNothing() {
    const domain::Order order = submittedOrder();
    Wallet wallet = walletOf(order);
    const auto settled =
        execution::settle(order, outcomeOf(order, chain::Expired{}), wallet, kMoment);
    QVERIFY(settled.has_value());
    QCOMPARE(settled->order.status, domain::OrderStatus::failed);
    QCOMPARE(settled->order.failure->reason, domain::FailureReason::expired);
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) == (execution::Balance{5'000, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) == (execution::Balance{200, 0}));
    QCOMPARE(wallet.balance(WalletOwner::fees, domain::solMint()).amountRaw, std::uint64_t{0});
}

void SettlementTest::anotherAttemptKeepsWhatIsNotSpent() {
    domain::Order order = submittedOrder();
    order.onRevert = domain::OnRevert::requote;
    Wallet wallet = walletOf(order);
    const execution::RetryPolicy policy;
    const chain::Reverted reverted{amm::SwapError::slippageExceeded, domain::Program::raydiumCpmm,
                                   20};
    const auto settled =
        execution::settle(order, outcomeOf(order, reverted), wallet, kMoment, policy);
    QVERIFY(settled.has_value());
    QCOMPARE(settled->order.status, domain::OrderStatus::routing);
    QCOMPARE(settled->order.attempt, 2U);
    QCOMPARE(settled->order.spentLamports, std::uint64_t{20});
    QVERIFY(!settled->order.signature && !settled->order.plan && !settled->order.failure);
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) ==
            (execution::Balance{5'000, 1'000}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) ==
            (execution::Balance{180, 30}));
    QVERIFY(wallet.balance(WalletOwner::fees, domain::solMint()) == (execution::Balance{20, 0}));

    domain::Order second = settled->order;
    second.status = domain::OrderStatus::submitted;
    second.signature = domain::Signature{};
    // More than is left of the reservation.
    const chain::Reverted dear{amm::SwapError::slippageExceeded, domain::Program::raydiumCpmm, 31};
    QCOMPARE(execution::settle(second, outcomeOf(second, dear), wallet, kMoment, policy).error(),
             StoreError::illegalTransition);
    QVERIFY(execution::settle(second, outcomeOf(second, landedFor(second)), wallet, kMoment, policy)
                .has_value());
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) == (execution::Balance{4'000, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) ==
            (execution::Balance{180 - 30 + 7, 0}));
}

void SettlementTest::theLastAttemptReleasesTheRest() {
    domain::Order order = submittedOrder();
    order.attempt = execution::kMaxAttempts;
    order.spentLamports = 20;
    Wallet wallet = walletOf(order);
    wallet.release(domain::solMint(), order.spentLamports);
    const auto settled = execution::settle(order, outcomeOf(order, chain::Expired{}), wallet,
                                           kMoment, execution::RetryPolicy{});
    QVERIFY(settled.has_value());
    QCOMPARE(settled->order.status, domain::OrderStatus::failed);
    QVERIFY(wallet.balance(WalletOwner::trader, order.inputMint) == (execution::Balance{5'000, 0}));
    QVERIFY(wallet.balance(WalletOwner::trader, domain::solMint()) == (execution::Balance{200, 0}));
}

void SettlementTest::aDifferentTransactionIsStale() {
    const domain::Order order = submittedOrder();
    const Wallet before = walletOf(order);
    Wallet wallet = before;
    chain::TransactionOutcome other = outcomeOf(order, chain::Expired{});
    other.attempt = 2;
    QCOMPARE(execution::settle(order, other, wallet, kMoment).error(), StoreError::staleFence);
    other = outcomeOf(order, chain::Expired{});
    other.signature.bytes[3] = 1;
    QCOMPARE(execution::settle(order, other, wallet, kMoment).error(), StoreError::staleFence);
    domain::Order building = order;
    building.status = domain::OrderStatus::building;
    QCOMPARE(
        execution::settle(building, outcomeOf(order, chain::Expired{}), wallet, kMoment).error(),
        StoreError::staleFence);
    QVERIFY(wallet == before);
}

void SettlementTest::contradictionsAreRefused_data() {
    QTest::addColumn<int>("which");
    QTest::newRow("more input than reserved") << 0;
    QTest::newRow("more fee than reserved") << 1;
    QTest::newRow("no fills") << 2;
    QTest::newRow("a fill of another order") << 3;
    QTest::newRow("a leg twice") << 4;
    QTest::newRow("output beyond 2^64") << 5;
    QTest::newRow("a fill with another signature") << 6;
}

void SettlementTest::contradictionsAreRefused() {
    QFETCH(int, which);
    const domain::Order order = submittedOrder();
    const Wallet before = walletOf(order);
    Wallet wallet = before;
    chain::Landed landed = landedFor(order);
    switch (which) {
        case 0:
            landed.amountInRaw = 1'001;
            break;
        case 1:
            landed.networkFeeLamports = 51;
            break;
        case 2:
            landed.fills.clear();
            break;
        case 3:
            landed.fills[0].orderId = {1, 3};
            break;
        case 4:
            landed.fills.push_back(landed.fills[0]);
            break;
        case 5:
            landed.amountOutRaw = UINT64_MAX;
            break;
        default:
            landed.fills[0].signature.bytes[0] = 1;
    }
    const auto settled = execution::settle(order, outcomeOf(order, landed), wallet, kMoment);
    QVERIFY(!settled.has_value());
    QCOMPARE(settled.error(), StoreError::illegalTransition);
    QVERIFY(wallet == before);
}

void SettlementTest::everyRefusalHasItsReason_data() {
    using amm::SwapError;
    using domain::FailureReason;
    QTest::addColumn<int>("error");
    QTest::addColumn<int>("reason");
    const auto row = [](const char* name, SwapError error, FailureReason reason) {
        QTest::newRow(name) << static_cast<int>(error) << static_cast<int>(reason);
    };
    row("slippage", SwapError::slippageExceeded, FailureReason::slippageExceeded);
    row("disabled", SwapError::poolDisabled, FailureReason::poolDisabled);
    row("liquidity", SwapError::insufficientLiquidity, FailureReason::noLiquidity);
    row("zero output", SwapError::zeroOutput, FailureReason::amountTooSmall);
    row("zero amount", SwapError::zeroAmount, FailureReason::programError);
    row("overflow", SwapError::mathOverflow, FailureReason::programError);
    row("mint", SwapError::mintNotInPool, FailureReason::programError);
    row("mode", SwapError::unsupportedMode, FailureReason::programError);
    row("limit", SwapError::priceLimit, FailureReason::programError);
}

void SettlementTest::everyRefusalHasItsReason() {
    QFETCH(int, error);
    QFETCH(int, reason);
    const auto swapError = static_cast<amm::SwapError>(error);
    // The numbers of the programs' own slippage errors.
    const std::map<domain::Program, std::optional<std::uint32_t>> codes{
        {domain::Program::raydiumAmmV4, 30},    {domain::Program::raydiumCpmm, 6005},
        {domain::Program::raydiumClmm, 6022},   {domain::Program::meteoraDlmm, 6003},
        {domain::Program::meteoraDammV2, 6002}, {domain::Program::meteoraDammV1, 6004}};
    for (const auto& [program, code] : codes) {
        const domain::OrderFailure failure = execution::failureOf({swapError, program, 1});
        QCOMPARE(static_cast<int>(failure.reason), reason);
        QVERIFY(failure.program == program);
        const bool isSlippage = swapError == amm::SwapError::slippageExceeded;
        QVERIFY(failure.errorCode == (isSlippage ? code : std::nullopt));
    }
}

QTEST_GUILESS_MAIN(SettlementTest)
#include "settlement_test.moc"
