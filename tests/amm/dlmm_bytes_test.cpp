// Meteora DLMM's accounts: what decoding refuses, what encoding touches, bytes of any content.

#include <algorithm>
#include <set>

#include <QTest>

#include "amm/pool.h"
#include "dlmm_accounts.h"
#include "pool_fuzz.h"

using namespace oee;
using namespace oee::test;
using amm::DecodeError;
using amm::SwapDirection;
using amm::SwapMode;
using amm::meteora::DlmmPool;

namespace {

const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'000'000, .epoch = 800};

// Arrays −1, 0 and 600 (extension), orders on both sides, a transfer fee on X.
DlmmFacts someFacts() {
    DlmmFacts facts;
    facts.transferFees[0] = amm::spl::TransferFeeConfig{
        .newerEpoch = 801, .newer = {5'000, 300}, .older = {9'000, 100}};
    for (const std::int32_t id : {-20, -2, -1, 0, 1, 2, 15, 600 * 70}) {
        DlmmBinFacts bin;
        bin.xRaw = id >= 0 ? 1'000'000 : 0;
        bin.yRaw = id <= 0 ? 1'000'000 : 0;
        bin.priceQ64 = (static_cast<base::u128>(1) << 64) + static_cast<unsigned>(id + 20);
        bin.openRaw = id % 2 == 0 ? 50'000 : 0;
        bin.sellX = id > 0;
        facts.bins[id] = bin;
    }
    return facts;
}

DlmmPool poolOf(const amm::AccountSet& accounts) {
    return amm::meteora::decodeDlmm(kDlmmPair, accounts).value();
}

amm::SwapRequest sell(std::uint64_t amountRaw) {
    amm::SwapRequest request;
    request.amountRaw = amountRaw;
    return request;
}

template <typename T>
void put(amm::AccountSet& accounts, const domain::Pubkey& address, std::size_t offset, T value) {
    amm::FieldWriter(accounts.at(address).data).write(offset, value);
}

}  // namespace

class DlmmBytesTest : public QObject {
    Q_OBJECT

  private slots:
    void readsEveryField();
    void roundTrip();
    void encodeTouchesOnlyWhatChanged();
    void oldArraysHoldNoOrders();
    void foreignAccountsAreIgnored();
    void namesTheBrokenField_data();
    void namesTheBrokenField();
    void truncation();
    void truncatedArrays();
    void corruption();
    void extremeNumbers();
};

void DlmmBytesTest::readsEveryField() {
    DlmmFacts facts = someFacts();
    facts.accumulator = 11;
    facts.reference = 12;
    facts.indexReference = -13;
    facts.lastUpdateSeconds = 14;
    facts.activeId = -2;
    facts.protocolFeeRaw = {15, 16};
    facts.activationPoint = 17;
    facts.activationType = 1;
    facts.collectFeeMode = 1;
    facts.pairType = 2;
    const amm::AccountSet accounts = dlmmAccounts(facts);
    const auto pool = amm::decodePool(kDlmmPair, accounts).value();
    QCOMPARE(pool.mints[0].decimals, 9U);
    QCOMPARE(pool.mints[1].decimals, 6U);
    QVERIFY(pool.mints[0].mint == kDlmmMints[0] && pool.mints[1].mint == kDlmmMints[1]);
    const auto& state = std::get<DlmmPool>(pool.state);
    QVERIFY(state.volatility == (amm::meteora::dlmm::Volatility{11, 12, -13, 14}));
    QCOMPARE(state.activeId, -2);
    QCOMPARE(state.sides[0].protocolFeeRaw, std::uint64_t{15});
    QCOMPARE(state.sides[1].protocolFeeRaw, std::uint64_t{16});
    QCOMPARE(state.sides[0].transferFee.newer.basisPoints, std::uint16_t{300});
    QCOMPARE(state.sides[1].transferFee.newer.basisPoints, std::uint16_t{0});
    QCOMPARE(state.parameters.activationPoint, std::uint64_t{17});
    QCOMPARE(state.parameters.protocolShareBps, std::uint16_t{1'000});
    QCOMPARE(state.parameters.baseFeeRatePpb, std::uint64_t{1'000'000});
    QCOMPARE(state.arrays.size(), std::size_t{3});
    QCOMPARE(state.arrays[0].index, -1);
    QCOMPARE(state.arrays[2].index, 600);
    const auto& bin = state.arrays[0].array->bins[50];  // id −20
    QCOMPARE(bin.amountYRaw, std::uint64_t{1'000'000});
    QCOMPARE(bin.orders.openRaw, std::uint64_t{50'000});
    QVERIFY(!bin.orders.sellX);
    QVERIFY(state.arrays[2].array->bins[0].orders.sellX);
    QCOMPARE(amm::vaultBalances(pool)[0], std::uint64_t{5'101'015});
}

void DlmmBytesTest::roundTrip() {
    const amm::AccountSet genesis = dlmmAccounts(someFacts());
    amm::AccountSet accounts = genesis;
    QVERIFY(amm::meteora::encode(poolOf(genesis), accounts).empty());
    QVERIFY(accounts == genesis);
    DlmmPool pool = poolOf(genesis);
    base::CounterRng rng(5, base::RngPurpose::test, 20);
    int done = 0;
    for (int i = 0; i < 400; ++i) {
        amm::SwapRequest request = sell(1 + rng.below(1'500'000));
        request.mode = rng.below(2) == 0 ? SwapMode::exactIn : SwapMode::exactOut;
        request.direction = rng.below(2) == 0 ? SwapDirection::aToB : SwapDirection::bToA;
        amm::ChainClock clock = kClock;
        clock.unixTimestamp += i * 20;
        clock.epoch += static_cast<std::uint64_t>(i / 200);
        done += amm::meteora::apply(pool, request, clock).has_value() ? 1 : 0;
        amm::meteora::encode(pool, accounts);  // into what the last swap left
        QVERIFY(poolOf(accounts) == pool);
        if (i % 50 == 0) {
            amm::AccountSet fromGenesis = genesis;
            amm::meteora::encode(pool, fromGenesis);
            QVERIFY(fromGenesis == accounts);
        }
    }
    QVERIFY(done > 200);
}

void DlmmBytesTest::encodeTouchesOnlyWhatChanged() {
    const amm::AccountSet before = dlmmAccounts(someFacts());
    DlmmPool pool = poolOf(before);
    // Drains bin 0 of its Y and its order, and goes on in bin −1.
    QVERIFY(amm::meteora::apply(pool, sell(1'100'000), kClock).has_value());
    QCOMPARE(pool.activeId, -1);
    amm::AccountSet after = before;
    const auto changed = amm::meteora::encode(pool, after);
    const std::set<domain::Pubkey> expected{kDlmmPair, dlmmArrayKey(-1), dlmmArrayKey(0),
                                            kDlmmVaults[0], kDlmmVaults[1]};
    QVERIFY(std::set<domain::Pubkey>(changed.begin(), changed.end()) == expected);
    QVERIFY(amm::meteora::encode(pool, after).empty());
    for (const auto& [address, account] : before) {
        const auto& bytes = after.at(address).data;
        QCOMPARE(bytes.size(), account.data.size());
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const std::size_t inBin = i < 56 ? 0 : (i - 56) % 144;
            const bool mayChange = address == kDlmmPair
                                       ? (i >= 40 && i < 80) || (i >= 216 && i < 232)
                                   : expected.contains(address) && account.data.size() == 10'136
                                       ? i >= 56 && (inBin < 16 || inBin >= 48) && inBin < 140
                                       : (i >= 64 && i < 72) || (i >= 170 && i < 178);
            QVERIFY2(bytes[i] == account.data[i] || mayChange,
                     qPrintable(QString("byte %1 of %2").arg(i).arg(account.data.size())));
        }
    }
}

void DlmmBytesTest::oldArraysHoldNoOrders() {
    DlmmFacts facts = someFacts();
    facts.arrayVersion = 1;  // what looks like orders is something older
    const amm::AccountSet before = dlmmAccounts(facts);
    DlmmPool pool = poolOf(before);
    for (const auto& slot : pool.arrays) {
        for (const auto& bin : slot.array->bins) {
            QVERIFY(bin.orders == amm::meteora::dlmm::LimitOrders{});
        }
    }
    QVERIFY(amm::meteora::apply(pool, sell(1'200'000), kClock).has_value());
    amm::AccountSet after = before;
    amm::meteora::encode(pool, after);
    for (const std::int32_t index : {-1, 0}) {
        const auto& was = before.at(dlmmArrayKey(index)).data;
        const auto& is = after.at(dlmmArrayKey(index)).data;
        QVERIFY(was != is);
        for (std::size_t bin = 0; bin < 70; ++bin) {
            const auto at = static_cast<std::ptrdiff_t>(56 + bin * 144);
            QVERIFY(std::equal(was.begin() + at + 48, was.begin() + at + 80, is.begin() + at + 48));
            QVERIFY(
                std::equal(was.begin() + at + 112, was.begin() + at + 144, is.begin() + at + 112));
        }
    }
}

void DlmmBytesTest::foreignAccountsAreIgnored() {
    amm::AccountSet accounts = dlmmAccounts(someFacts());
    const DlmmPool pool = poolOf(accounts);
    amm::Account other = accounts.at(dlmmArrayKey(0));
    amm::FieldWriter(other.data).write(24, dlmmKey(99));
    accounts.emplace(dlmmKey(50), other);  // of another pair
    amm::Account copy = accounts.at(dlmmArrayKey(0));
    copy.owner = dlmmKey(98);
    accounts.emplace(dlmmKey(51), copy);  // of another program
    amm::Account oracle{.owner = accounts.at(kDlmmPair).owner,
                        .lamports = 1,
                        .data = std::vector<std::uint8_t>(3'232, 139)};
    accounts.emplace(dlmmKey(52), oracle);
    QVERIFY(poolOf(accounts) == pool);
    // But not the same array twice.
    accounts.emplace(dlmmKey(53), accounts.at(dlmmArrayKey(0)));
    QCOMPARE(amm::meteora::decodeDlmm(kDlmmPair, accounts).error().where,
             std::string("bin array index twice"));
}

void DlmmBytesTest::namesTheBrokenField_data() {
    QTest::addColumn<domain::Pubkey>("address");
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("where");
    QTest::newRow("discriminator") << kDlmmPair << 0 << 1 << "lb pair";
    QTest::newRow("status") << kDlmmPair << 82 << 2 << "status";
    QTest::newRow("pair type") << kDlmmPair << 75 << 4 << "pair type";
    QTest::newRow("activation type") << kDlmmPair << 86 << 2 << "activation type";
    QTest::newRow("function type") << kDlmmPair << 35 << 3 << "function type";
    QTest::newRow("collect fee mode") << kDlmmPair << 36 << 2 << "collect fee mode";
    QTest::newRow("protocol share") << kDlmmPair << 33 << 255 << "protocol share";
    QTest::newRow("active id") << kDlmmPair << 79 << 127 << "active id";
    QTest::newRow("vault address") << kDlmmPair << 160 << 77 << "reserve x";
    QTest::newRow("mint address") << kDlmmPair << 125 << 77 << "mint y";
    QTest::newRow("vault of another mint") << kDlmmVaults[1] << 5 << 77 << "reserve y mint";
    QTest::newRow("array index") << dlmmArrayKey(0) << 14 << 1 << "bin array index";
    QTest::newRow("array index twice") << dlmmArrayKey(600) << 9 << 0 << "";
}

void DlmmBytesTest::namesTheBrokenField() {
    QFETCH(const domain::Pubkey, address);
    QFETCH(const int, offset);
    QFETCH(const int, value);
    QFETCH(const QString, where);
    amm::AccountSet accounts = dlmmAccounts(someFacts());
    put(accounts, address, static_cast<std::size_t>(offset), static_cast<std::uint8_t>(value));
    const auto decoded = amm::meteora::decodeDlmm(kDlmmPair, accounts);
    if (where.isEmpty()) {  // index 88: a lone array that no bit names
        QVERIFY(decoded.has_value());
        return;
    }
    QVERIFY(!decoded);
    QCOMPARE(QString::fromStdString(decoded.error().where), where);
}

void DlmmBytesTest::truncation() {
    const amm::AccountSet accounts = dlmmAccounts(someFacts());
    truncateEverywhere(kDlmmPair, accounts,
                       {{kDlmmPair, 904},
                        {kDlmmVaults[0], 165},
                        {kDlmmVaults[1], 165},
                        {kDlmmMints[0], 82},
                        {kDlmmMints[1], 82}});
    amm::AccountSet foreign = accounts;
    foreign.at(kDlmmPair).owner = dlmmKey(9);
    QCOMPARE(amm::meteora::decodeDlmm(kDlmmPair, foreign).error().error, DecodeError::wrongOwner);
}

// Absent arrays are no error of the pair: what they hold cannot be traded. Broken ones are.
void DlmmBytesTest::truncatedArrays() {
    const amm::AccountSet accounts = dlmmAccounts(someFacts());
    for (const auto& address : {dlmmArrayKey(600), kDlmmExtension}) {
        amm::AccountSet broken = accounts;
        broken.erase(address);
        QVERIFY(amm::meteora::decodeDlmm(kDlmmPair, broken).has_value());
        const auto& whole = accounts.at(address).data;
        auto& data = broken[address];
        data.owner = accounts.at(address).owner;
        for (std::size_t length = 0; length < whole.size(); ++length) {
            // A new buffer of exactly this size: a read behind it is seen.
            data.data = std::vector<std::uint8_t>(
                whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            const auto decoded = amm::meteora::decodeDlmm(kDlmmPair, broken);
            QVERIFY(!decoded);
            QCOMPARE(decoded.error().error, DecodeError::tooShort);
            QVERIFY(decoded.error().account == address);
        }
    }
    // Encoding into accounts that have shrunk meanwhile writes nothing outside them.
    DlmmPool pool = poolOf(accounts);
    QVERIFY(amm::meteora::apply(pool, sell(1'100'000), kClock).has_value());
    for (const std::size_t length : {0U, 7U, 100U, 5'000U}) {
        amm::AccountSet broken = accounts;
        for (auto& [address, account] : broken) {
            account.data.resize(std::min(account.data.size(), length));
            account.data.shrink_to_fit();
        }
        amm::meteora::encode(pool, broken);
    }
}

void DlmmBytesTest::corruption() {
    corruptRandomly(kDlmmPair, dlmmAccounts(someFacts()), 3, 600);
}

// Numbers at their limits, in places where numbers are: most of these pools can be decoded.
void DlmmBytesTest::extremeNumbers() {
    const amm::AccountSet accounts = dlmmAccounts(someFacts());
    base::CounterRng rng(5, base::RngPurpose::test, 21);
    int decodedCount = 0;
    for (int round = 0; round < 8'000; ++round) {
        amm::AccountSet broken = accounts;
        for (std::uint64_t i = rng.below(6); i-- > 0;) {
            static constexpr std::array<std::uint64_t, 5> kValues{
                0, 1, 0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000, 0xffff'ffff'ffff'ffff};
            const std::uint64_t value = rng.below(2) == 0 ? kValues[rng.below(5)] : rng.nextU64();
            if (rng.below(3) == 0) {
                put(broken, kDlmmPair, 8 + 8 * rng.below(28), value);
                continue;
            }
            const std::int32_t index = static_cast<std::int32_t>(rng.below(2)) - 1;
            const std::size_t position = index < 0 ? 67 + rng.below(3) : rng.below(3);
            put(broken, dlmmArrayKey(index), 56 + position * 144 + 8 * rng.below(18), value);
        }
        if (const auto decoded = amm::decodePool(kDlmmPair, broken)) {
            ++decodedCount;
            exercise(*decoded, broken, rng);
        }
    }
    QVERIFY(decodedCount > 2'000);
}

QTEST_APPLESS_MAIN(DlmmBytesTest)
#include "dlmm_bytes_test.moc"
