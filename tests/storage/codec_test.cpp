#include "storage/codec.h"

#include <QTest>

#include "storage/migrations.h"
#include "storage/open_error.h"

using namespace oee;
using namespace oee::storage;

class StorageCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void exactTextKeepsEveryU64_data();
    void exactTextKeepsEveryU64();
    void exactTextSortsAsNumbersDo();
    void exactTextRefusesAnythingElse_data();
    void exactTextRefusesAnythingElse();
    void legsSurviveJson();
    void brokenLegsAreRefused_data();
    void brokenLegsAreRefused();
    void amountsAreReadable();
    void scriptsAreSplit();
    void migrationsAreEmbeddedInOrder();
};

void StorageCodecTest::exactTextKeepsEveryU64_data() {
    QTest::addColumn<quint64>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << quint64{0} << "00000000000000000000";
    QTest::newRow("one") << quint64{1} << "00000000000000000001";
    QTest::newRow("2^53 + 1") << quint64{9007199254740993} << "00009007199254740993";
    QTest::newRow("2^63 − 1") << quint64{INT64_MAX} << "09223372036854775807";
    QTest::newRow("2^63") << quint64{9223372036854775808U} << "09223372036854775808";
    QTest::newRow("2^64 − 1") << quint64{UINT64_MAX} << "18446744073709551615";
}

void StorageCodecTest::exactTextKeepsEveryU64() {
    QFETCH(quint64, value);
    QFETCH(QString, text);
    QCOMPARE(textOf(exactText(value)), text);
    QCOMPARE(exactFromText(text), std::optional<std::uint64_t>(value));
    QCOMPARE(unsignedBits(signedBits(value)), std::uint64_t{value});
}

void StorageCodecTest::exactTextSortsAsNumbersDo() {
    QVERIFY(textOf(exactText(9)) < textOf(exactText(10)));
    QVERIFY(textOf(exactText(999'999)) < textOf(exactText(UINT64_MAX)));
}

void StorageCodecTest::exactTextRefusesAnythingElse_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << "";
    QTest::newRow("short") << "1";
    QTest::newRow("long") << "000000000000000000001";
    QTest::newRow("2^64") << "18446744073709551616";
    QTest::newRow("far above") << "99999999999999999999";
    QTest::newRow("sign") << "+0000000000000000001";
    QTest::newRow("blank") << " 0000000000000000001";
    QTest::newRow("point") << "0000000000000000001.";
    QTest::newRow("other digits") << QString(20, QChar(0x0661));
}

void StorageCodecTest::exactTextRefusesAnythingElse() {
    QFETCH(QString, text);
    QVERIFY(!exactFromText(text));
}

void StorageCodecTest::legsSurviveJson() {
    const std::vector<domain::RouteLeg> legs{{domain::usdtMint(), domain::Program::meteoraDlmm,
                                              domain::solMint(), domain::usdcMint(), UINT64_MAX},
                                             {domain::usdcMint(), domain::Program::raydiumAmmV4,
                                              domain::usdcMint(), domain::usdtMint(), 0}};
    const QString json = textOf(legsToJson(legs));
    QVERIFY(json.contains("\"amountInRaw\":\"18446744073709551615\""));
    QVERIFY(legsFromJson(json) == legs);
    QVERIFY(legsFromJson("[]") == std::vector<domain::RouteLeg>{});
}

void StorageCodecTest::brokenLegsAreRefused_data() {
    QTest::addColumn<QString>("json");
    const QString good = textOf(legsToJson({{domain::usdtMint(), domain::Program::meteoraDlmm,
                                             domain::solMint(), domain::usdcMint(), 12}}));
    QTest::newRow("no JSON") << "legs";
    QTest::newRow("object") << "{}";
    QTest::newRow("text inside") << "[\"leg\"]";
    QTest::newRow("number, not digits") << QString(good).replace("\"12\"", "12");
    QTest::newRow("unknown program") << QString(good).replace("meteora-dlmm", "meteora-x");
    QTest::newRow("cut") << good.chopped(1);
}

void StorageCodecTest::brokenLegsAreRefused() {
    QFETCH(QString, json);
    QVERIFY(!legsFromJson(json));
}

void StorageCodecTest::amountsAreReadable() {
    domain::TokenRegistry tokens;
    tokens.add({domain::solMint(), "SOL", 9});
    tokens.add({domain::usdcMint(), "USDC", 6});
    const TokenNames names(tokens);
    QCOMPARE(names.symbol(domain::solMint()), "SOL");
    QCOMPARE(names.amount(12'500'000'000, domain::solMint()), "12.5");
    QCOMPARE(names.price({domain::solMint(), 2'000'000'000, domain::usdcMint(), 300'500'000}),
             "150.25");
    // An unknown mint is named by its short form, and its amounts are base units.
    QCOMPARE(names.symbol(domain::usdtMint()), domain::shortForm(domain::usdtMint()));
    QCOMPARE(names.amount(12'500, domain::usdtMint()), "12500");
}

void StorageCodecTest::scriptsAreSplit() {
    QCOMPARE(splitStatements("CREATE TABLE a (x TEXT); -- it's; a comment\n"
                             "INSERT INTO a VALUES ('one; -- ''two''') ;\n\n;  SELECT 1"),
             (QStringList{"CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES ('one; -- ''two''')",
                          "SELECT 1"}));
    QCOMPARE(splitStatements("-- nothing\n"), QStringList{});
}

void StorageCodecTest::migrationsAreEmbeddedInOrder() {
    const std::vector<Migration> migrations = embeddedMigrations();
    QVERIFY(!migrations.empty());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        QCOMPARE(migrations[i].version, static_cast<int>(i) + 1);
        QVERIFY(!splitStatements(migrations[i].sql).isEmpty());
    }
}

QTEST_GUILESS_MAIN(StorageCodecTest)
#include "codec_test.moc"
