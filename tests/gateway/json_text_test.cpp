#include "gateway/json_text.h"

#include <cmath>
#include <limits>

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

namespace oee::test {
namespace {

using gateway::JsonArray;
using gateway::JsonObject;
using gateway::JsonValue;

// Qt's reader is the reference.
QJsonValue readBack(const JsonValue& value) {
    QJsonParseError error{};
    const auto document = QJsonDocument::fromJson(JsonObject{{"it", value}}.bytes(), &error);
    return error.error == QJsonParseError::NoError ? document["it"] : QJsonValue::Undefined;
}

}  // namespace

class JsonTextTest : public QObject {
    Q_OBJECT

  private slots:
    void textsComeBack_data();
    void textsComeBack();
    void bytesThatAreNoTextAreReplaced();
    void numbersComeBack();
    void membersKeepTheirOrder();
    void structuresComeBack();
    void timesAreThoseOfQt();
};

void JsonTextTest::textsComeBack_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("plain") << QStringLiteral("SOL/USDC");
    QTest::newRow("quotes") << QStringLiteral("a \"b\" \\ c/");
    QTest::newRow("beyond ascii") << QString::fromUtf8("é 中 😀 \u2028");
    QString controls;
    for (char16_t code = 0; code < 0x20; ++code) {
        controls += QChar(code);
    }
    QTest::newRow("controls") << controls + QChar(u'\x7f');
    QTest::newRow("mixed") << QString::fromUtf8("é\n\"");
}

void JsonTextTest::textsComeBack() {
    QFETCH(QString, text);
    QCOMPARE(readBack(text.toStdString()).toString(QStringLiteral("none")), text);
}

void JsonTextTest::bytesThatAreNoTextAreReplaced() {
    QCOMPARE(readBack("a\xff\"b").toString(), QString::fromUtf8("a\uFFFD\"b"));
}

void JsonTextTest::numbersComeBack() {
    for (const double value : {0.0, -1.5, 0.1, 1e300, 5e-324, 1.0 / 3, 100.0, 1e21}) {
        QCOMPARE(readBack(value).toDouble(-7), value);
    }
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
        QCOMPARE(readBack(value).toInteger(-7), value);
    }
    QVERIFY(readBack(std::nan("")).isNull());
    QVERIFY(readBack(std::numeric_limits<double>::infinity()).isNull());
    QVERIFY(readBack(JsonValue()).isNull());
    QCOMPARE(readBack(true), QJsonValue(true));
    QCOMPARE(readBack(false), QJsonValue(false));
}

void JsonTextTest::membersKeepTheirOrder() {
    JsonObject object{{"b", 1}, {"a", "x"}};
    object.insert("c", JsonArray());
    QCOMPARE(object.bytes(), QByteArray(R"({"b":1,"a":"x","c":[]})"));
    QCOMPARE(JsonObject().bytes(), QByteArray("{}"));
    QCOMPARE(QByteArray::fromStdString(object.text()), object.bytes());
}

void JsonTextTest::structuresComeBack() {
    JsonArray array;
    QVERIFY(array.isEmpty());
    array.append(1);
    array.append(JsonObject{{"x", JsonValue()}});
    array.append("y");
    const QJsonArray expected{1, QJsonObject{{"x", QJsonValue::Null}}, "y"};
    QCOMPARE(readBack(array).toArray(), expected);
}

void JsonTextTest::timesAreThoseOfQt() {
    for (const base::UnixMicros micros :
         {base::UnixMicros{0}, base::UnixMicros{1'795'000'000'123'456},
          base::UnixMicros{951'782'399'999'999}, base::UnixMicros{-1},
          base::UnixMicros{253'402'300'799'999'999}}) {
        const qint64 millis = (micros - (micros < 0 ? 999 : 0)) / 1'000;
        const QString expected =
            QDateTime::fromMSecsSinceEpoch(millis, Qt::UTC)
                .toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss.zzz")) +
            QStringLiteral("%1Z").arg(micros - millis * 1'000, 3, 10, QLatin1Char('0'));
        QCOMPARE(QString::fromStdString(gateway::isoTime(micros)), expected);
    }
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::JsonTextTest)
#include "json_text_test.moc"
