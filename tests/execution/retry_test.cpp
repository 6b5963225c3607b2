#include "execution/retry.h"

#include <set>

#include <QTest>

using namespace oee;
using domain::FailureReason;
using domain::OrderFailure;
using execution::AfterAttempt;
using execution::Retry;
using execution::RetryPolicy;

namespace {

constexpr base::UnixMicros kNow = 1'750'000'000'000'000;
constexpr chain::Reverted kReverted{amm::SwapError::slippageExceeded, domain::Program::raydiumCpmm,
                                    5'000};

domain::Order orderOf(std::uint32_t attempt) {
    domain::Order order;
    order.id = {7, 9};
    order.attempt = attempt;
    return order;
}

FailureReason reasonOf(const AfterAttempt& after) {
    const auto* failure = std::get_if<OrderFailure>(&after);
    return failure != nullptr ? failure->reason : FailureReason::none;
}

}  // namespace

class RetryTest : public QObject {
    Q_OBJECT

  private slots:
    void whatWasLostIsSentAgainThreeTimesAtMost();
    void aRevertIsFinalUnlessTheOrderAsks();
    void whatNoNodeTakesIsNotSentAgain();
    void nothingBeginsAfterTheDeadline();
    void theWaitDoublesAndIsSpread();
    void theWaitIsAFunctionOfSeedOrderAndAttempt();
};

void RetryTest::whatWasLostIsSentAgainThreeTimesAtMost() {
    const RetryPolicy policy;
    for (const std::uint32_t attempt : {1U, 2U}) {
        const domain::Order order = orderOf(attempt);
        QVERIFY(std::holds_alternative<Retry>(execution::afterExpired(order, kNow, policy)));
        QVERIFY(std::holds_alternative<Retry>(execution::afterDropped(order, {}, kNow, policy)));
    }
    const domain::Order last = orderOf(3);
    QCOMPARE(reasonOf(execution::afterExpired(last, kNow, policy)), FailureReason::expired);
    QCOMPARE(reasonOf(execution::afterDropped(last, {}, kNow, policy)), FailureReason::dropped);
    const domain::Order first = orderOf(1);
    QCOMPARE(reasonOf(execution::afterExpired(first, kNow, execution::kNoRetries)),
             FailureReason::expired);
}

void RetryTest::aRevertIsFinalUnlessTheOrderAsks() {
    const RetryPolicy policy;
    domain::Order order = orderOf(1);
    const AfterAttempt after = execution::afterReverted(order, kReverted, kNow, policy);
    QVERIFY(std::get<OrderFailure>(after) ==
            (OrderFailure{FailureReason::slippageExceeded, domain::Program::raydiumCpmm, 6005U}));
    order.onRevert = domain::OnRevert::requote;
    QVERIFY(
        std::holds_alternative<Retry>(execution::afterReverted(order, kReverted, kNow, policy)));
    order.attempt = 3;
    QCOMPARE(reasonOf(execution::afterReverted(order, kReverted, kNow, policy)),
             FailureReason::slippageExceeded);
}

void RetryTest::whatNoNodeTakesIsNotSentAgain() {
    const AfterAttempt after =
        execution::afterDropped(orderOf(1), {chain::DropReason::tooLarge}, kNow, RetryPolicy{});
    QCOMPARE(reasonOf(after), FailureReason::dropped);
}

void RetryTest::nothingBeginsAfterTheDeadline() {
    const RetryPolicy policy;
    domain::Order order = orderOf(1);
    const auto next = std::get<Retry>(execution::afterExpired(order, kNow, policy)).notBeforeMicros;
    order.deadlineMicros = next;
    QVERIFY(std::holds_alternative<Retry>(execution::afterExpired(order, kNow, policy)));
    order.deadlineMicros = next - 1;
    QCOMPARE(reasonOf(execution::afterExpired(order, kNow, policy)), FailureReason::deadline);
    order.attempt = 3;  // out of attempts: that, and not the deadline, is why
    QCOMPARE(reasonOf(execution::afterExpired(order, kNow, policy)), FailureReason::expired);
}

void RetryTest::theWaitDoublesAndIsSpread() {
    const RetryPolicy policy{.maxAttempts = 5, .firstBackOffMicros = 1'000'000, .seed = 3};
    for (const std::uint32_t attempt : {2U, 3U, 4U}) {
        const base::UnixMicros whole = base::UnixMicros{1'000'000} << (attempt - 2);
        base::UnixMicros least = whole;
        base::UnixMicros most = 0;
        for (std::uint64_t i = 0; i < 2'000; ++i) {
            const base::UnixMicros wait =
                execution::retryTime({0, i}, attempt, kNow, policy) - kNow;
            least = std::min(least, wait);
            most = std::max(most, wait);
        }
        // Uniform over [whole / 2, whole]: 2,000 draws come within 1 % of both ends.
        QVERIFY(least >= whole / 2 && least < whole / 2 + whole / 100);
        QVERIFY(most <= whole && most > whole - whole / 100);
    }
}

void RetryTest::theWaitIsAFunctionOfSeedOrderAndAttempt() {
    const RetryPolicy policy{.seed = 3};
    const auto wait = execution::retryTime({7, 9}, 2, kNow, policy);
    QCOMPARE(execution::retryTime({7, 9}, 2, kNow, policy), wait);
    QVERIFY(execution::retryTime({7, 10}, 2, kNow, policy) != wait);
    QVERIFY(execution::retryTime({7, 9}, 2, kNow, RetryPolicy{.seed = 4}) != wait);
    QCOMPARE(execution::retryTime({7, 9}, 2, kNow + 5, policy), wait + 5);
}

QTEST_GUILESS_MAIN(RetryTest)
#include "retry_test.moc"
