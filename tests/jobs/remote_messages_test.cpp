// What engine and remote workers say: sealed, and read without trust.

#include <QtTest>

#include "base/rng.h"
#include "jobs/remote_samples.h"
#include "jobs/worker_roster.h"

using namespace oee;
using jobs::MessageKind;

namespace {

std::string bytesOf(const char* hex) {
    return QByteArray::fromHex(hex).toStdString();
}

}  // namespace

class RemoteMessagesTest : public QObject {
    Q_OBJECT

  private slots:
    // RFC 4231, test cases 1, 2, 4, 6 and 7.
    void theCodeIsTheStandards_data() {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("code");
        QTest::newRow("1") << QByteArray(20, '\x0b') << QByteArray("Hi There")
                           << QByteArray(
                                  "b0344c61d8db38535ca8afceaf0bf12b"
                                  "881dc200c9833da726e9376c2e32cff7");
        QTest::newRow("2") << QByteArray("Jefe") << QByteArray("what do ya want for nothing?")
                           << QByteArray(
                                  "5bdcc146bf60754e6a042426089575c7"
                                  "5a003f089d2739839dec58b964ec3843");
        QTest::newRow("4") << QByteArray::fromHex(
                                  "0102030405060708090a0b0c0d0e0f10111213141516171819")
                           << QByteArray(50, '\xcd')
                           << QByteArray(
                                  "82558a389a443c0ea4cc819899f2083a"
                                  "85f0faa3e578f8077a2e3ff46729665b");
        QTest::newRow("6") << QByteArray(131, '\xaa')
                           << QByteArray("Test Using Larger Than Block-Size Key - Hash Key First")
                           << QByteArray(
                                  "60e431591ee0b67f0d8a26aacbf5b77f"
                                  "8e0bc6213728c5140546040f0ee37f54");
        QTest::newRow("7") << QByteArray(131, '\xaa')
                           << QByteArray(
                                  "This is a test using a larger than block-size key and a larger "
                                  "than block-size data. The key needs to be hashed before being "
                                  "used by the HMAC algorithm.")
                           << QByteArray(
                                  "9b09ffa71b942fcb27635fbcd5b0e944"
                                  "bfdc63644f0713938a7f51535c3a35e2");
    }
    void theCodeIsTheStandards() {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, code);
        QCOMPARE(
            QByteArray::fromStdString(jobs::hmacSha256(key.toStdString(), message.toStdString()))
                .toHex(),
            code);
    }

    void whatWasSealedOpens() {
        const jobs::MessageSeal seal(test::kSecret, "one");
        for (const std::string& payload :
             {std::string(), std::string("x"), std::string(5'000, 'y')}) {
            const std::string sealed = seal.seal(MessageKind::delta, payload);
            QVERIFY(seal.open(MessageKind::delta, sealed) == payload);
        }
    }

    void nothingElseOpens() {
        const jobs::MessageSeal seal(test::kSecret, "one");
        const std::string sealed = seal.seal(MessageKind::proposal, "payload");
        QVERIFY(!seal.open(MessageKind::heartbeat, sealed));
        QVERIFY(!jobs::MessageSeal(test::kOtherSecret, "one").open(MessageKind::proposal, sealed));
        QVERIFY(!jobs::MessageSeal(test::kSecret, "two").open(MessageKind::proposal, sealed));
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            std::string changed = sealed;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            QVERIFY(!seal.open(MessageKind::proposal, changed));
            QVERIFY(!seal.open(MessageKind::proposal, std::string_view(sealed).substr(0, i)));
        }
        QVERIFY(!seal.open(MessageKind::proposal, sealed + "x"));
    }

    // The instance's id cannot run over into the payload.
    void idAndPayloadDoNotMix() {
        const std::string sealed =
            jobs::MessageSeal(test::kSecret, "ab").seal(MessageKind::market, "c");
        const jobs::MessageSeal other(test::kSecret, "a");
        QVERIFY(!other.open(MessageKind::market, sealed.substr(0, 32) + "bc"));
    }

    void aProposalComesBackAsItWas() {
        auto proposal = test::sampleProposal(1);
        QVERIFY(jobs::decodeProposal(jobs::encodeProposal(proposal)).value() == proposal);
        using enum domain::FailureReason;
        for (const auto reason : {noPool, noLiquidity, noPlanFits, amountTooSmall, poolDisabled,
                                  maximumExceeded, internal}) {
            proposal.outcome = reason;
            QVERIFY(jobs::decodeProposal(jobs::encodeProposal(proposal)).value() == proposal);
        }
        proposal.outcome = jobs::Begun{};
        QVERIFY(jobs::decodeProposal(jobs::encodeProposal(proposal)).value() == proposal);
    }

    void brokenProposalsAreRefused() {
        const std::string bytes = jobs::encodeProposal(test::sampleProposal(1));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            QVERIFY(!jobs::decodeProposal(std::string_view(bytes).substr(0, size)));
        }
        QVERIFY(!jobs::decodeProposal(bytes + '\0'));
        std::string other = bytes;
        other[0] = 1;
        QVERIFY(jobs::decodeProposal(other).error() == jobs::ProposalCodecError::anotherVersion);
        base::CounterRng random(1, base::RngPurpose::test, 5);
        for (int round = 0; round < 20'000; ++round) {
            std::string changed = bytes;
            for (int i = 0; i < 3; ++i) {
                changed[random.below(changed.size())] = static_cast<char>(random.below(256));
            }
            // What can be read can be written, and is the same.
            if (const auto read = jobs::decodeProposal(changed)) {
                QVERIFY(jobs::encodeProposal(*read) == changed);
            }
        }
        QVERIFY(!jobs::decodeProposal(bytesOf("02000000ffffffff")));
    }

    void namesAreFitForKeysAndScreens() {
        QCOMPARE(jobs::workerName("host-1.example_x"), std::string("host-1.example_x"));
        QCOMPARE(jobs::workerName("a b:\n\x1b<c>\xc3\xa4"), std::string("a-b----c---"));
        QCOMPARE(jobs::workerName(std::string(1'000, 'x')).size(), std::size_t{64});
    }
};

QTEST_GUILESS_MAIN(RemoteMessagesTest)
#include "remote_messages_test.moc"
