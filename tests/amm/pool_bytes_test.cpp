// What holds of the bytes of every program's pools: the fuzz targets look for the same in bytes
// that no test thinks of, and what they found has its test here.

#include <QTest>

#include "amm/pool.h"
#include "fuzz/frame.h"
#include "random_pools.h"

using namespace oee;
using base::CounterRng;

namespace {

constexpr std::uint64_t kPools = 300;

const test::ProgramPools& programAt(int row) {
    return test::programPools()[static_cast<std::size_t>(row)];
}

amm::SwapRequest randomRequest(CounterRng& rng) {
    amm::SwapRequest request;
    request.mode = test::oneOf(
        rng, {amm::SwapMode::exactIn, amm::SwapMode::exactOut, amm::SwapMode::partialFill});
    request.direction = test::oneIn(rng, 2) ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
    request.amountRaw = test::logUniform(rng, 48);
    return request;
}

}  // namespace

class PoolBytesTest : public QObject {
    Q_OBJECT

  private slots:
    void swapsSurviveTheBytes_data() { addPrograms(); }
    void swapsSurviveTheBytes();
    void framesKeepEverything_data() { addPrograms(); }
    void framesKeepEverything();
    void refusesVaultsThatCannotWithhold_data() { addPrograms(); }
    void refusesVaultsThatCannotWithhold();

  private:
    static void addPrograms();
};

void PoolBytesTest::addPrograms() {
    QTest::addColumn<int>("row");
    for (std::size_t i = 0; i < test::programPools().size(); ++i) {
        QTest::newRow(domain::nameOf(test::programPools()[i].program).data())
            << static_cast<int>(i);
    }
}

void PoolBytesTest::swapsSurviveTheBytes() {
    QFETCH(int, row);
    int swaps = 0;
    for (std::uint64_t number = 0; number < kPools; ++number) {
        CounterRng rng(2, base::RngPurpose::test, number);
        const test::RandomPool random = programAt(row).make(rng);
        amm::AccountSet accounts = random.accounts;
        auto decoded = amm::decodePool(random.address, accounts);
        QVERIFY(decoded.has_value());
        auto pool = std::make_shared<const amm::Pool>(std::move(*decoded));
        QVERIFY(amm::encodePool(*pool, accounts).empty());
        QVERIFY(accounts == random.accounts);
        for (int i = 0; i < 5; ++i) {
            const auto applied = amm::apply(*pool, randomRequest(rng), random.clock);
            if (applied) {
                pool = applied->pool;
                ++swaps;
            }
        }
        amm::encodePool(*pool, accounts);
        decoded = amm::decodePool(random.address, accounts);
        QVERIFY2(decoded.has_value(), qPrintable(QString("pool %1").arg(number)));
        QVERIFY2(decoded->state == pool->state, qPrintable(QString("pool %1").arg(number)));
    }
    QVERIFY(swaps > static_cast<int>(kPools));
}

void PoolBytesTest::framesKeepEverything() {
    QFETCH(int, row);
    const domain::Pubkey program = domain::programIdOf(programAt(row).program);
    CounterRng rng(3, base::RngPurpose::test, 0);
    test::RandomPool random = programAt(row).make(rng);
    fuzz::Frame frame{randomRequest(rng), random.clock, random.address, random.accounts};
    frame.request.slippageLimitRaw = 7;
    frame.request.sqrtPriceLimitQ64 = base::u128{5} << 100;
    frame.request.withReferral = true;
    for (auto& [address, account] : frame.accounts) {
        account.lamports = 0;  // no pool depends on it, and no frame has it
    }
    frame.accounts[test::RandomPool{}.address] = {.owner = random.address, .data = {1, 0, 0, 2}};
    const fuzz::Frame read = fuzz::readFrame(fuzz::writeFrame(frame, program), program);
    QVERIFY(read.accounts == frame.accounts);
    QVERIFY(read.pool == frame.pool && read.clock == frame.clock);
    QVERIFY(read.request.mode == frame.request.mode);
    QVERIFY(read.request.direction == frame.request.direction);
    QVERIFY(read.request.amountRaw == frame.request.amountRaw);
    QVERIFY(read.request.slippageLimitRaw == frame.request.slippageLimitRaw);
    QVERIFY(read.request.sqrtPriceLimitQ64 == frame.request.sqrtPriceLimitQ64);
    QVERIFY(read.request.withReferral);
}

// A mint that charges for transfers, and a vault with no place for what is withheld: the amount
// would get lost between state and bytes. The program cannot have such a vault.
void PoolBytesTest::refusesVaultsThatCannotWithhold() {
    QFETCH(int, row);
    int vaults = 0;
    for (std::uint64_t number = 0; number < kPools; ++number) {
        CounterRng rng(4, base::RngPurpose::test, number);
        const test::RandomPool random = programAt(row).make(rng);
        for (const auto& [address, account] : random.accounts) {
            if (!amm::spl::extensionOffset(account.data, amm::spl::kExtensionTransferFeeAmount,
                                           8)) {
                continue;
            }
            amm::AccountSet broken = random.accounts;
            broken.at(address).data.resize(amm::spl::kExtensions);
            const auto decoded = amm::decodePool(random.address, broken);
            QVERIFY(!decoded);
            QCOMPARE(decoded.error().error, amm::DecodeError::invalidValue);
            QVERIFY(decoded.error().account == address);
            ++vaults;
        }
    }
    // Programs of plain SPL tokens have none at all.
    QVERIFY(vaults == 0 || vaults > 10);
    QCOMPARE(vaults == 0, programAt(row).program == domain::Program::raydiumAmmV4 ||
                              programAt(row).program == domain::Program::meteoraDammV1);
}

QTEST_APPLESS_MAIN(PoolBytesTest)

#include "pool_bytes_test.moc"
