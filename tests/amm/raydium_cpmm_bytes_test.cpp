// The accounts of Raydium CPMM pools: read without trust, and written where something changed.

#include <array>
#include <limits>

#include <QTest>

#include "amm/pool.h"
#include "pool_fuzz.h"
#include "raydium_accounts.h"

using namespace oee;
using namespace oee::test;
using amm::raydium::CpmmPool;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

}  // namespace

class RaydiumCpmmBytesTest : public QObject {
    Q_OBJECT

  private slots:
    void encodeTouchesOnlyWhatChanged();
    void namesTheBrokenField_data();
    void namesTheBrokenField();
    void truncation();
    void corruption();
};

void RaydiumCpmmBytesTest::encodeTouchesOnlyWhatChanged() {
    const amm::AccountSet before =
        cpmmAccounts({.creatorFeeRatePpm = 5'000, .creatorFeeOn = 2, .enableCreatorFee = 1});
    const amm::Pool pool = amm::decodePool(kPool, before).value();
    amm::AccountSet after = before;
    QVERIFY(amm::encodePool(pool, after).empty());
    QVERIFY(after == before);

    amm::SwapRequest request;
    request.mode = amm::SwapMode::exactIn;
    request.direction = amm::SwapDirection::aToB;
    request.amountRaw = 10'000'000;
    const auto applied =
        amm::apply(pool, request, {.slot = 10, .unixTimestamp = 1'700'000'000, .epoch = 700});
    QVERIFY(applied.has_value());
    QCOMPARE(amm::encodePool(*applied->pool, after).size(), std::size_t{3});
    const amm::Pool decoded = amm::decodePool(kPool, after).value();
    QVERIFY(std::get<CpmmPool>(decoded.state) == std::get<CpmmPool>(applied->pool->state));
    QVERIFY(after.at(kConfig) == before.at(kConfig));
    int different = 0;
    for (std::size_t i = 0; i < before.at(kPool).data.size(); ++i) {
        if (before.at(kPool).data[i] != after.at(kPool).data[i]) {
            ++different;
            const bool fees = i >= 341 && i < 373;
            const bool epoch = i >= 381 && i < 389;
            const bool creatorFees = i >= 397 && i < 413;
            QVERIFY(fees || epoch || creatorFees);
        }
    }
    QVERIFY(different > 0);
}

void RaydiumCpmmBytesTest::namesTheBrokenField_data() {
    QTest::addColumn<int>("account");  // 0 pool, 1 config, 2 and 3 vaults
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    QTest::newRow("discriminator") << 0 << 0 << 1 << "pool";
    QTest::newRow("config discriminator") << 1 << 7 << 1 << "amm config";
    QTest::newRow("config address") << 0 << 8 << 99 << "amm config";
    QTest::newRow("creator fee on") << 0 << 389 << 3 << "creator fee on";
    QTest::newRow("trade fee") << 1 << 15 << 1 << "trade fee rate";
    QTest::newRow("protocol fee") << 1 << 23 << 1 << "protocol fee rate";
    QTest::newRow("fund fee") << 1 << 31 << 1 << "fund fee rate";
    QTest::newRow("sum of shares") << 1 << 22 << 14 << "protocol + fund fee rate";
    QTest::newRow("creator fee") << 1 << 111 << 1 << "creator fee rate";
    QTest::newRow("vault's mint") << 2 << 0 << 99 << "vault 0";
    QTest::newRow("frozen vault") << 3 << 108 << 2 << "vault 1";
}

void RaydiumCpmmBytesTest::namesTheBrokenField() {
    QFETCH(const int, account);
    QFETCH(const int, offset);
    QFETCH(const int, value);
    QFETCH(const QString, where);
    amm::AccountSet accounts = cpmmAccounts({});
    const std::array<domain::Pubkey, 4> addresses{kPool, kConfig, kVaults[0], kVaults[1]};
    accounts.at(addresses[static_cast<std::size_t>(account)])
        .data[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    const auto decoded = amm::decodePool(kPool, accounts);
    QVERIFY(!decoded);
    QCOMPARE(QString::fromStdString(decoded.error().where), where);
}

void RaydiumCpmmBytesTest::truncation() {
    amm::AccountSet accounts = cpmmAccounts({});
    makeToken2022(accounts, 0, {.newerEpoch = 0, .newer = {kMax, 100}, .older = {kMax, 100}});
    truncateEverywhere(
        kPool, accounts,
        {{kPool, 637}, {kConfig, 236}, {kVaults[0], 165}, {kVaults[1], 165}, {kMints[0], 82}});
}

void RaydiumCpmmBytesTest::corruption() {
    amm::AccountSet accounts = cpmmAccounts({.creatorFeeRatePpm = 5'000, .enableCreatorFee = 1});
    makeToken2022(accounts, 0, {.newerEpoch = 9, .newer = {kMax, 100}, .older = {7, 10'000}});
    makeToken2022(accounts, 1, {.newerEpoch = 0, .newer = {99, 9'999}, .older = {kMax, 1}});
    corruptRandomly(kPool, accounts, 12, 30'000);
}

QTEST_APPLESS_MAIN(RaydiumCpmmBytesTest)
#include "raydium_cpmm_bytes_test.moc"
