#include "base/base58.h"

#include <QTest>

#include "base/rng.h"

using namespace oee::base;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytesOf(std::string_view text) {
    return {text.begin(), text.end()};
}

// The reference: divides the big-endian number by 58 until nothing is left. The code under test
// works the other way round, byte by byte into little-endian digits.
std::string encodeByDivision(Bytes number) {
    static constexpr std::string_view alphabet =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    std::string text;
    std::size_t zeros = 0;
    while (zeros < number.size() && number[zeros] == 0) {
        ++zeros;
    }
    std::size_t head = zeros;
    while (head < number.size()) {
        unsigned remainder = 0;
        for (std::size_t i = head; i < number.size(); ++i) {
            const unsigned current = remainder * 256 + number[i];
            number[i] = static_cast<std::uint8_t>(current / 58);
            remainder = current % 58;
        }
        text.insert(text.begin(), alphabet[remainder]);
        while (head < number.size() && number[head] == 0) {
            ++head;
        }
    }
    return std::string(zeros, '1') + text;
}

}  // namespace

class Base58Test : public QObject {
    Q_OBJECT

  private slots:
    // Test vectors of draft-msporny-base58-03, section 5, and addresses of Solana.
    void knownTexts_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("draft 1") << QByteArray("Hello World!") << QByteArray("2NEpo7TZRRrLZSi2U");
        QTest::newRow("draft 2")
            << QByteArray("The quick brown fox jumps over the lazy dog.")
            << QByteArray("USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z");
        QTest::newRow("draft 3") << QByteArray::fromHex("0000287fb4cd") << QByteArray("11233QC4");
        QTest::newRow("empty") << QByteArray("") << QByteArray("");
        QTest::newRow("one zero byte") << QByteArray(1, '\0') << QByteArray("1");
        QTest::newRow("system program") << QByteArray(32, '\0') << QByteArray(32, '1');
        QTest::newRow("token program")
            << QByteArray::fromHex(
                   "06ddf6e1d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9")
            << QByteArray("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
    }

    void knownTexts() {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, text);
        const Bytes raw(bytes.begin(), bytes.end());
        QCOMPARE(QByteArray::fromStdString(encodeBase58(raw)), text);
        const auto decoded = decodeBase58(text.toStdString());
        QVERIFY(decoded.has_value());
        QCOMPARE(*decoded, raw);
    }

    void equalsLongDivision() {
        CounterRng rng(58, RngPurpose::test, 0);
        for (int i = 0; i < 2'000; ++i) {
            Bytes bytes(rng.below(70));
            for (std::uint8_t& byte : bytes) {
                byte = static_cast<std::uint8_t>(rng.below(256));
            }
            // A third of them starts with zero bytes, which base 58 keeps as leading ones.
            const std::size_t zeros =
                std::min<std::size_t>(rng.below(3) == 0 ? rng.below(5) : 0, bytes.size());
            std::fill_n(bytes.begin(), zeros, std::uint8_t{0});
            const std::string text = encodeBase58(bytes);
            QCOMPARE(text, encodeByDivision(bytes));
            QCOMPARE(decodeBase58(text), std::optional(bytes));
        }
    }

    void refusesForeignCharacters() {
        // 0, O, I and l are left out of the alphabet; the rest is what user input may hold.
        for (const char* foreign :
             {"0", "O", "I", "l", " ", "\n", "+", "/", "-", "ä", "2NEpo7 TZ"}) {
            QVERIFY2(!decodeBase58(foreign).has_value(), foreign);
        }
        QVERIFY(!decodeBase58(std::string_view("2NE\0po", 6)).has_value());
    }

    void lengthIsBounded() {
        QVERIFY(decodeBase58(std::string(128, 'z')).has_value());
        QVERIFY(!decodeBase58(std::string(129, 'z')).has_value());
        QVERIFY(decodeBase58(std::string(10, 'z'), 10).has_value());
        QVERIFY(!decodeBase58(std::string(11, 'z'), 10).has_value());
        QCOMPARE(decodeBase58("2NEpo7TZRRrLZSi2U", 17), std::optional(bytesOf("Hello World!")));
    }
};

QTEST_APPLESS_MAIN(Base58Test)
#include "base58_test.moc"
