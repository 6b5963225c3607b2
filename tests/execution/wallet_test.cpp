#include "execution/wallet.h"

#include <QTest>

#include "base/rng.h"
#include "domain/token.h"

using namespace oee;
using execution::Balance;
using execution::Wallet;
using execution::WalletError;
using execution::WalletOwner;

namespace {
const domain::Pubkey& mint() {
    return domain::usdcMint();
}
}  // namespace

class WalletTest : public QObject {
    Q_OBJECT

  private slots:
    void unknownBalancesAreZero();
    void reservingTakesFromTheFreeBalance();
    void releasingGivesItBack();
    void creditStopsAtTheLargestU64();
    void debitLeavesWhatIsReserved();
    void ownersAreApart();
    void randomStepsKeepTheBooks();
};

void WalletTest::unknownBalancesAreZero() {
    const Wallet wallet;
    QVERIFY(wallet.balance(WalletOwner::trader, mint()) == Balance{});
    QVERIFY(wallet.all().empty());
}

void WalletTest::reservingTakesFromTheFreeBalance() {
    Wallet wallet;
    wallet.set(WalletOwner::trader, mint(), {100, 0});
    QVERIFY(wallet.reserve(mint(), 60).has_value());
    QCOMPARE(wallet.balance(WalletOwner::trader, mint()).freeRaw(), std::uint64_t{40});
    const Wallet before = wallet;
    QCOMPARE(wallet.reserve(mint(), 41).error(), WalletError::insufficient);
    QVERIFY(wallet == before);
    QVERIFY(wallet.reserve(mint(), 40).has_value());
    QVERIFY(wallet.balance(WalletOwner::trader, mint()) == (Balance{100, 100}));
}

void WalletTest::releasingGivesItBack() {
    Wallet wallet;
    wallet.set(WalletOwner::trader, mint(), {UINT64_MAX, 0});
    QVERIFY(wallet.reserve(mint(), UINT64_MAX).has_value());
    wallet.release(mint(), UINT64_MAX);
    QVERIFY(wallet.balance(WalletOwner::trader, mint()) == (Balance{UINT64_MAX, 0}));
}

void WalletTest::creditStopsAtTheLargestU64() {
    Wallet wallet;
    QVERIFY(wallet.credit(WalletOwner::fees, mint(), UINT64_MAX - 1).has_value());
    QVERIFY(wallet.credit(WalletOwner::fees, mint(), 1).has_value());
    QCOMPARE(wallet.credit(WalletOwner::fees, mint(), 1).error(), WalletError::overflow);
    QCOMPARE(wallet.balance(WalletOwner::fees, mint()).amountRaw, std::uint64_t{UINT64_MAX});
}

void WalletTest::debitLeavesWhatIsReserved() {
    Wallet wallet;
    wallet.set(WalletOwner::trader, mint(), {100, 70});
    QCOMPARE(wallet.debit(WalletOwner::trader, mint(), 31).error(), WalletError::insufficient);
    QVERIFY(wallet.debit(WalletOwner::trader, mint(), 30).has_value());
    QVERIFY(wallet.balance(WalletOwner::trader, mint()) == (Balance{70, 70}));
}

void WalletTest::ownersAreApart() {
    Wallet wallet;
    QVERIFY(wallet.credit(WalletOwner::faucet, mint(), 5).has_value());
    QCOMPARE(wallet.reserve(mint(), 1).error(), WalletError::insufficient);
    QVERIFY(wallet.balance(WalletOwner::trader, mint()) == Balance{});
    QCOMPARE(execution::nameOf(WalletOwner::faucet), std::string_view("faucet"));
}

// Against books kept in signed 128-bit numbers.
void WalletTest::randomStepsKeepTheBooks() {
    __extension__ typedef __int128 Wide;
    Wallet wallet;
    Wide amount = 0;
    Wide reserved = 0;
    base::CounterRng random(7, base::RngPurpose::test, 1);
    constexpr Wide kMost = UINT64_MAX;
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t step = random.nextU64() >> random.below(64);
        switch (random.below(4)) {
            case 0: {
                const bool possible = amount + step <= kMost;
                QCOMPARE(wallet.credit(WalletOwner::trader, mint(), step).has_value(), possible);
                amount += possible ? step : 0;
                break;
            }
            case 1: {
                const bool possible = amount - reserved >= step;
                QCOMPARE(wallet.debit(WalletOwner::trader, mint(), step).has_value(), possible);
                amount -= possible ? step : 0;
                break;
            }
            case 2: {
                const bool possible = amount - reserved >= step;
                QCOMPARE(wallet.reserve(mint(), step).has_value(), possible);
                reserved += possible ? step : 0;
                break;
            }
            default:
                if (step <= reserved) {
                    wallet.release(mint(), step);
                    reserved -= step;
                }
        }
        const Balance balance = wallet.balance(WalletOwner::trader, mint());
        QVERIFY(static_cast<Wide>(balance.amountRaw) == amount);
        QVERIFY(static_cast<Wide>(balance.reservedRaw) == reserved);
    }
}

QTEST_GUILESS_MAIN(WalletTest)
#include "wallet_test.moc"
