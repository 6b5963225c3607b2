#include <algorithm>
#include <limits>

#include <QTest>

#include "amm/spl_token.h"
#include "base/integer.h"
#include "base/rng.h"
#include "raydium_accounts.h"

using namespace oee;
using namespace oee::test;
using amm::DecodeError;
using amm::spl::extensionOffset;
using amm::spl::TransferFee;
using amm::spl::TransferFeeConfig;
using amm::spl::transferFeeOf;
using amm::spl::transferGrossOf;
using amm::spl::writeTokenBalance;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

amm::AccountSet only(const domain::Pubkey& address, const amm::Account& account) {
    return {{address, account}};
}

}  // namespace

class SplTokenTest : public QObject {
    Q_OBJECT

  private slots:
    void transferFee();
    void grossBringsTheNet();
    void grossIsTheLeast();
    void grossOverflow();
    void readsMints();
    void readsTransferFeeBehindOtherExtensions();
    void brokenExtensionListIsNoExtension();
    void readsTokenAccounts();
    void refusesOtherKinds();
    void writesBalances();
    void wrappedSolMovesLamports();
};

void SplTokenTest::transferFee() {
    base::CounterRng rng(21, base::RngPurpose::test, 0);
    for (int round = 0; round < 20'000; ++round) {
        const TransferFee fee{.maximumRaw = rng.nextU64() >> rng.below(64),
                              .basisPoints = static_cast<std::uint16_t>(rng.below(10'001))};
        const std::uint64_t amount = rng.nextU64() >> rng.below(64);
        // 78 bits are enough.
        const base::u128 charged = (base::u128{amount} * fee.basisPoints + 9'999) / 10'000;
        const base::u128 expected = std::min<base::u128>(charged, fee.maximumRaw);
        QVERIFY(transferFeeOf(fee, amount) == expected);
    }
    QCOMPARE(transferFeeOf({.maximumRaw = 5, .basisPoints = 1}, 0), std::uint64_t{0});
    QCOMPARE(transferFeeOf({.maximumRaw = 5, .basisPoints = 1}, 1), std::uint64_t{1});
    QCOMPARE(transferFeeOf({.maximumRaw = kMax, .basisPoints = 10'000}, kMax), kMax);
}

void SplTokenTest::grossBringsTheNet() {
    base::CounterRng rng(22, base::RngPurpose::test, 0);
    for (int round = 0; round < 20'000; ++round) {
        const TransferFee fee{.maximumRaw = rng.nextU64() >> rng.below(64),
                              .basisPoints = static_cast<std::uint16_t>(rng.below(10'001))};
        const std::uint64_t net = rng.nextU64() >> (4 + rng.below(60));
        const auto gross = transferGrossOf(fee, net);
        if (gross) {
            const std::uint64_t arrives = *gross - transferFeeOf(fee, *gross);
            QVERIFY(arrives >= net);
            QVERIFY(net == 0 ? *gross == 0 : arrives <= net + 1);
        }
    }
}

void SplTokenTest::grossIsTheLeast() {
    // By trying every amount; a fee that is capped and one that is not.
    for (const std::uint64_t maximum : {std::uint64_t{3}, kMax}) {
        for (const unsigned basisPoints : {1u, 100u, 1'000u, 9'000u, 9'999u}) {
            const TransferFee fee{.maximumRaw = maximum,
                                  .basisPoints = static_cast<std::uint16_t>(basisPoints)};
            std::uint64_t gross = 0;
            for (std::uint64_t net = 0; net < 300; ++net) {
                while (gross - transferFeeOf(fee, gross) < net) {
                    ++gross;
                }
                QCOMPARE(transferGrossOf(fee, net).value(), gross);
            }
        }
    }
}

void SplTokenTest::grossOverflow() {
    QVERIFY(!transferGrossOf({.maximumRaw = kMax, .basisPoints = 1}, kMax));
    QVERIFY(!transferGrossOf({.maximumRaw = 1, .basisPoints = 1}, kMax));
    QVERIFY(!transferGrossOf({.maximumRaw = 1, .basisPoints = 10'000}, kMax));
    QCOMPARE(transferGrossOf({.maximumRaw = 1, .basisPoints = 1}, kMax - 1).value(), kMax);
    QCOMPARE(transferGrossOf({.maximumRaw = 7, .basisPoints = 10'000}, 5).value(),
             std::uint64_t{12});
    QCOMPARE(transferGrossOf({.maximumRaw = 7, .basisPoints = 0}, kMax).value(), kMax);
}

void SplTokenTest::readsMints() {
    amm::Account account = mintAccount(6);
    amm::FieldWriter(account.data).write(amm::spl::mint::kSupply, kMax);
    const auto mint = amm::spl::decodeMint(key(1), only(key(1), account), "mint");
    QVERIFY(mint.has_value());
    QCOMPARE(mint->decimals, 6u);
    QCOMPARE(mint->supplyRaw, kMax);
    QVERIFY(mint->transferFee == TransferFeeConfig{});
    QVERIFY(mint->tokenProgram == amm::spl::tokenProgramId());
}

void SplTokenTest::readsTransferFeeBehindOtherExtensions() {
    const TransferFeeConfig config{.newerEpoch = 800,
                                   .newer = {.maximumRaw = kMax - 1, .basisPoints = 10'000},
                                   .older = {.maximumRaw = 17, .basisPoints = 3}};
    amm::Account account = mintAccount(2);
    addExtension(account, 1, 18, std::vector<std::uint8_t>(64, 0xee));  // metadata pointer
    addExtension(account, 1, 19, {});
    addExtension(account, 1, amm::spl::kExtensionTransferFeeConfig, transferFeeBytes(config));
    const auto mint = amm::spl::decodeMint(key(1), only(key(1), account), "mint");
    QVERIFY(mint.has_value());
    QVERIFY(mint->transferFee == config);
    QVERIFY(mint->transferFee.at(799) == config.older);
    QVERIFY(mint->transferFee.at(800) == config.newer);

    // The same bytes mean nothing in the old token program, where no mint is that long.
    account.owner = amm::spl::tokenProgramId();
    QVERIFY(!amm::spl::decodeMint(key(1), only(key(1), account), "mint"));
}

void SplTokenTest::brokenExtensionListIsNoExtension() {
    amm::Account account = mintAccount(2);
    addExtension(account, 1, 18, std::vector<std::uint8_t>(10));
    addExtension(account, 1, amm::spl::kExtensionTransferFeeConfig,
                 transferFeeBytes({.newerEpoch = 0, .newer = {1, 1}, .older = {1, 1}}));
    const std::size_t whole = account.data.size();
    const auto offset = [&] {
        return extensionOffset(account.data, amm::spl::kExtensionTransferFeeConfig, 108);
    };
    QCOMPARE(offset().value(), whole - 108);
    const std::vector<std::uint8_t> bytes = account.data;
    for (std::size_t size = 0; size < whole; ++size) {
        account.data.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        account.data.shrink_to_fit();
        QVERIFY(!offset());
    }
    account.data = bytes;
    amm::FieldWriter(account.data).write(168, std::uint16_t{0xffff});  // the first one's length
    QVERIFY(!offset());

    // More than 100 % is no fee that the token program would have stored.
    amm::Account greedy = mintAccount(2);
    addExtension(greedy, 1, amm::spl::kExtensionTransferFeeConfig,
                 transferFeeBytes({.newerEpoch = 0, .newer = {1, 10'001}, .older = {1, 1}}));
    QCOMPARE(amm::spl::decodeMint(key(1), only(key(1), greedy), "mint").error().error,
             DecodeError::invalidValue);
}

void SplTokenTest::readsTokenAccounts() {
    amm::Account account = tokenAccount(key(5), 1'234);
    addExtension(account, 2, amm::spl::kExtensionTransferFeeAmount, {9, 0, 0, 0, 0, 0, 0, 1});
    const auto read = amm::spl::decodeTokenAccount(key(1), only(key(1), account), "vault");
    QVERIFY(read.has_value());
    QCOMPARE(read->amountRaw, std::uint64_t{1'234});
    QCOMPARE(read->withheldRaw, (std::uint64_t{1} << 56) + 9);
    QVERIFY(read->mint == key(5) && read->owner == key(7));
}

void SplTokenTest::refusesOtherKinds() {
    const auto errorOf = [](const amm::Account& account) {
        const auto read = amm::spl::decodeTokenAccount(key(1), only(key(1), account), "vault");
        return read ? QString() : QString::fromUtf8(amm::nameOf(read.error().error).data());
    };
    amm::Account account = tokenAccount(key(5), 1);
    QCOMPARE(errorOf(account), QString());
    amm::Account other = account;
    other.owner = key(9);
    QCOMPARE(errorOf(other), QString("WrongOwner"));
    other = account;
    other.data.resize(164);
    QCOMPARE(errorOf(other), QString("TooShort"));
    other = account;
    other.data.resize(166);
    QCOMPARE(errorOf(other), QString("InvalidValue"));
    other = account;
    addExtension(other, 1, 2, std::vector<std::uint8_t>(8));  // says that it is a mint
    QCOMPARE(errorOf(other), QString("InvalidValue"));
    other = account;
    other.data[amm::spl::token_account::kState] = 2;
    QCOMPARE(errorOf(other), QString("InvalidValue"));
    QCOMPARE(amm::spl::decodeTokenAccount(key(1), {}, "vault").error().error,
             DecodeError::accountMissing);
    QCOMPARE(
        QString::fromStdString(amm::spl::decodeTokenAccount(key(1), {}, "vault").error().where),
        QString("vault"));

    amm::Account mint = mintAccount(6);
    mint.data[amm::spl::mint::kIsInitialized] = 0;
    QVERIFY(!amm::spl::decodeMint(key(1), only(key(1), mint), "mint"));
}

void SplTokenTest::writesBalances() {
    amm::Account account = tokenAccount(key(5), 10);
    const amm::Account before = account;
    QVERIFY(!writeTokenBalance(account, {.amountRaw = 10, .withheldRaw = 0}));
    QVERIFY(account == before);
    QVERIFY(writeTokenBalance(account, {.amountRaw = kMax, .withheldRaw = 0}));
    QCOMPARE(amm::spl::decodeTokenAccount(key(1), only(key(1), account), "")->amountRaw, kMax);
    QCOMPARE(account.lamports, before.lamports);

    addExtension(account, 2, amm::spl::kExtensionTransferFeeAmount, std::vector<std::uint8_t>(8));
    QVERIFY(writeTokenBalance(account, {.amountRaw = kMax, .withheldRaw = 3}));
    QCOMPARE(amm::spl::decodeTokenAccount(key(1), only(key(1), account), "")->withheldRaw,
             std::uint64_t{3});

    account.data.resize(70);  // not a token account at all
    QVERIFY(!writeTokenBalance(account, {.amountRaw = 1, .withheldRaw = 0}));
    QCOMPARE(account.data.size(), std::size_t{70});
}

void SplTokenTest::wrappedSolMovesLamports() {
    amm::Account account = tokenAccount(key(5), 1'000);
    account.lamports = 2'040'280;
    amm::FieldWriter(account.data).write(amm::spl::token_account::kIsNativeTag, std::uint32_t{1});
    QVERIFY(writeTokenBalance(account, {.amountRaw = 1'500, .withheldRaw = 0}));
    QCOMPARE(account.lamports, std::uint64_t{2'040'780});
    QVERIFY(writeTokenBalance(account, {.amountRaw = 0, .withheldRaw = 0}));
    QCOMPARE(account.lamports, std::uint64_t{2'039'280});
}

QTEST_APPLESS_MAIN(SplTokenTest)
#include "spl_token_test.moc"
