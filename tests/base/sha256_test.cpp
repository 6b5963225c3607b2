#include "base/sha256.h"

#include <string>

#include <QCryptographicHash>
#include <QTest>

using namespace oee;

namespace {

QByteArray hexOf(const base::Sha256& digest) {
    return QByteArray(reinterpret_cast<const char*>(digest.data()), 32).toHex();
}

}  // namespace

class Sha256Test : public QObject {
    Q_OBJECT

  private slots:
    // Examples of FIPS 180-4 (NIST, SHA256.pdf).
    void standardExamples() {
        QCOMPARE(hexOf(base::sha256("abc")),
                 QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(hexOf(base::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                 QByteArray("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    }

    // All paddings and the first blocks, against Qt's.
    void everyLengthIsAsQtHasIt() {
        std::string message;
        for (int length = 0; length < 400; ++length) {
            const QByteArray expected = QCryptographicHash::hash(QByteArray::fromStdString(message),
                                                                 QCryptographicHash::Sha256)
                                            .toHex();
            QCOMPARE(hexOf(base::sha256(message)), expected);
            message.push_back(static_cast<char>(length * 37));
        }
    }
};

QTEST_GUILESS_MAIN(Sha256Test)
#include "sha256_test.moc"
