#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "amm/pool.h"
#include "market/account_files.h"

using namespace oee;
using market::DumpError;

namespace {

const QString kPool = "58oQChx4yWmvKdwLLZzBi4ChoCc2fqCUWBkwMihLYQo2";
const QString kVault = "DQyrAcCrDXQ7NeoqGgDCZwBvWDcYmFCjSb9JtteuvPpz";
const QString kMint = "So11111111111111111111111111111111111111112";
const QString kOwner = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

void write(const QString& path, const QByteArray& text) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
}

void write(const QString& path, const QJsonObject& object) {
    write(path, QJsonDocument(object).toJson());
}

QJsonObject accountJson(const QString& address, const QByteArray& data) {
    return {{"pubkey", address},
            {"account", QJsonObject{{"lamports", qint64{45'892'185'503'615}},
                                    {"data", QJsonArray{QString(data.toBase64()), "base64"}},
                                    {"owner", kOwner},
                                    {"executable", false},
                                    {"rentEpoch", 18446744073709551615.0},
                                    {"space", data.size()}}}};
}

QJsonObject poolJson() {
    return {
        {"program", "raydium-amm-v4"},
        {"pool", kPool},
        {"clock",
         QJsonObject{{"slot", 410'900'000}, {"unixTimestamp", 1'774'900'000}, {"epoch", 951}}},
        {"accounts", QJsonObject{{kPool, "pool"}, {kVault, "coinVault"}}},
        {"tokens", QJsonArray{QJsonObject{{"mint", kMint}, {"decimals", 9}, {"symbol", "SOL"}}}}};
}

// A whole dump with two accounts.
void writeDump(const QString& folder) {
    write(folder + "/pool.json", poolJson());
    write(folder + '/' + kPool + ".json", accountJson(kPool, QByteArray("\x00\x01\xff", 3)));
    write(folder + '/' + kVault + ".json", accountJson(kVault, {}));
}

QString textOf(const domain::Pubkey& key) {
    return QString::fromStdString(domain::toBase58(key));
}

// Sets object[path[0]][path[1]]… ; an undefined value removes the field.
QJsonObject changed(QJsonObject object, const QStringList& path, const QJsonValue& value) {
    if (path.size() > 1) {
        object[path[0]] = changed(object[path[0]].toObject(), path.mid(1), value);
    } else if (value.isUndefined()) {
        object.remove(path[0]);
    } else {
        object[path[0]] = value;
    }
    return object;
}

}  // namespace

class AccountFilesTest : public QObject {
    Q_OBJECT

  private slots:
    void readsOneFolder();
    void readsFoldersInOrderOfPath();
    void unknownSymbolIsTheShortAddress();
    void brokenPoolJson_data();
    void brokenPoolJson();
    void brokenAccount_data();
    void brokenAccount();
    void missingAccountIsNamed();
    void unreadable();
    void recordedDumps();
};

void AccountFilesTest::readsOneFolder() {
    QTemporaryDir directory;
    writeDump(directory.path());
    const auto dump = market::readPoolDump(directory.path());
    QVERIFY(dump.has_value());
    QCOMPARE(textOf(dump->pool), kPool);
    QCOMPARE(dump->program, domain::Program::raydiumAmmV4);
    QVERIFY((dump->clock ==
             amm::ChainClock{.slot = 410'900'000, .unixTimestamp = 1'774'900'000, .epoch = 951}));
    QCOMPARE(dump->tokens.size(), std::size_t{1});
    QCOMPARE(dump->tokens[0].symbol, std::string("SOL"));
    QCOMPARE(dump->tokens[0].decimals, 9u);
    QCOMPARE(dump->accounts.size(), std::size_t{2});
    const amm::Account& pool = dump->accounts.at(dump->pool);
    QVERIFY((pool.data == std::vector<std::uint8_t>{0, 1, 255}));
    QCOMPARE(pool.lamports, std::uint64_t{45'892'185'503'615});
    QCOMPARE(textOf(pool.owner), kOwner);
}

void AccountFilesTest::readsFoldersInOrderOfPath() {
    QTemporaryDir directory;
    for (const char* const name : {"b/2", "a", "b/1", "b/1/deeper"}) {
        writeDump(directory.filePath(name));
    }
    const auto second = changed(poolJson(), {"clock", "slot"}, 7);
    write(directory.filePath("b/2/pool.json"), second);
    QDir(directory.path()).mkpath("empty");
    const auto dumps = market::readPoolDumps(directory.path());
    QVERIFY(dumps.has_value());
    QCOMPARE(dumps->size(), std::size_t{4});
    QCOMPARE(dumps->back().clock.slot, std::uint64_t{7});

    // One broken folder breaks the market.
    write(directory.filePath("b/1/pool.json"), QByteArray("{"));
    const auto broken = market::readPoolDumps(directory.path());
    QVERIFY(!broken);
    QCOMPARE(broken.error().error, DumpError::notJson);
    QCOMPARE(QString::fromStdString(broken.error().path), directory.filePath("b/1/pool.json"));
}

void AccountFilesTest::unknownSymbolIsTheShortAddress() {
    QTemporaryDir directory;
    writeDump(directory.path());
    write(
        directory.filePath("pool.json"),
        changed(poolJson(), {"tokens"}, QJsonArray{QJsonObject{{"mint", kMint}, {"decimals", 9}}}));
    QCOMPARE(QString::fromStdString(market::readPoolDump(directory.path())->tokens[0].symbol),
             QString("So11…1112"));
}

void AccountFilesTest::brokenPoolJson_data() {
    QTest::addColumn<QStringList>("path");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<DumpError>("error");
    QTest::addColumn<QString>("field");
    const QJsonValue none(QJsonValue::Undefined);
    const auto row = [](const QStringList& path, const QJsonValue& value, DumpError error,
                        const QString& field) {
        QTest::newRow(qPrintable(field + (error == DumpError::fieldMissing ? " missing" : "")))
            << path << value << error << field;
    };
    row({"program"}, none, DumpError::fieldMissing, "program");
    row({"program"}, "uniswap", DumpError::invalidField, "program");
    row({"pool"}, none, DumpError::fieldMissing, "pool");
    row({"pool"}, "0OIl", DumpError::invalidField, "pool");
    row({"clock"}, none, DumpError::fieldMissing, "clock");
    row({"clock", "slot"}, none, DumpError::fieldMissing, "clock.slot");
    row({"clock", "slot"}, -1, DumpError::invalidField, "clock.slot");
    row({"clock", "unixTimestamp"}, "now", DumpError::invalidField, "clock.unixTimestamp");
    row({"clock", "epoch"}, 1.5, DumpError::invalidField, "clock.epoch");
    row({"tokens"}, none, DumpError::fieldMissing, "tokens");
    row({"tokens"}, QJsonArray{1}, DumpError::fieldMissing, "tokens[0].mint");
    row({"tokens"}, QJsonArray{QJsonObject{{"mint", kMint}, {"decimals", 256}}},
        DumpError::invalidField, "tokens[0].decimals");
    row({"accounts", "x"}, "pool", DumpError::invalidField, "accounts.x");
}

void AccountFilesTest::brokenPoolJson() {
    QFETCH(const QStringList, path);
    QFETCH(const QJsonValue, value);
    QFETCH(const DumpError, error);
    QFETCH(const QString, field);
    QTemporaryDir directory;
    writeDump(directory.path());
    write(directory.filePath("pool.json"), changed(poolJson(), path, value));
    const auto dump = market::readPoolDump(directory.path());
    QVERIFY(!dump);
    QCOMPARE(QString::fromStdString(dump.error().field), field);
    QCOMPARE(dump.error().error, error);
    QCOMPARE(QString::fromStdString(dump.error().path), directory.filePath("pool.json"));
}

void AccountFilesTest::brokenAccount_data() {
    QTest::addColumn<QStringList>("path");
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("field");
    QTest::newRow("pubkey") << QStringList{"pubkey"} << QJsonValue("x") << "pubkey";
    QTest::newRow("account") << QStringList{"account"} << QJsonValue(1) << "account";
    QTest::newRow("owner") << QStringList{"account", "owner"} << QJsonValue("") << "account.owner";
    QTest::newRow("lamports") << QStringList{"account", "lamports"} << QJsonValue("many")
                              << "account.lamports";
    QTest::newRow("negative lamports")
        << QStringList{"account", "lamports"} << QJsonValue(-5) << "account.lamports";
    QTest::newRow("no encoding") << QStringList{"account", "data"} << QJsonValue("AAH/")
                                 << "account.data";
    QTest::newRow("other encoding") << QStringList{"account", "data"}
                                    << QJsonValue(QJsonArray{"AAH/", "base58"}) << "account.data";
    QTest::newRow("no base64") << QStringList{"account", "data"}
                               << QJsonValue(QJsonArray{"A*H/", "base64"}) << "account.data";
    QTest::newRow("cut short") << QStringList{"account", "data"}
                               << QJsonValue(QJsonArray{"AAE=", "base64"}) << "account.space";
}

void AccountFilesTest::brokenAccount() {
    QFETCH(const QStringList, path);
    QFETCH(const QJsonValue, value);
    QFETCH(const QString, field);
    QTemporaryDir directory;
    writeDump(directory.path());
    const QString file = directory.filePath(kPool + ".json");
    write(file, changed(accountJson(kPool, QByteArray("\x00\x01\xff", 3)), path, value));
    const auto dump = market::readPoolDump(directory.path());
    QVERIFY(!dump);
    QCOMPARE(dump.error().error, DumpError::invalidField);
    QCOMPARE(QString::fromStdString(dump.error().field), field);
    QCOMPARE(QString::fromStdString(dump.error().path), file);
}

void AccountFilesTest::missingAccountIsNamed() {
    QTemporaryDir directory;
    writeDump(directory.path());
    const QString file = directory.filePath(kVault + ".json");
    QVERIFY(QFile::remove(file));
    const auto dump = market::readPoolDump(directory.path());
    QVERIFY(!dump);
    QCOMPARE(dump.error().error, DumpError::fileUnreadable);
    QCOMPARE(QString::fromStdString(dump.error().path), file);
}

void AccountFilesTest::unreadable() {
    QTemporaryDir directory;
    const QString nowhere = directory.filePath("nowhere");
    QCOMPARE(market::readPoolDump(nowhere).error().error, DumpError::folderUnreadable);
    QCOMPARE(market::readPoolDumps(nowhere).error().error, DumpError::folderUnreadable);
    QCOMPARE(market::readPoolDump(directory.path()).error().error, DumpError::fileUnreadable);
    QVERIFY(market::readPoolDumps(directory.path())->empty());
    write(directory.filePath("pool.json"), QByteArray("[1]"));
    QCOMPARE(market::readPoolDump(directory.path()).error().error, DumpError::notJson);
}

void AccountFilesTest::recordedDumps() {
    const QString shared = OEE_SOURCE_DIR "/../shared/mainnet";
    if (!QDir(shared).exists()) {
        QSKIP("../shared/mainnet is not here");
    }
    const auto dumps = market::readPoolDumps(shared);
    QVERIFY2(dumps.has_value(), dumps ? "" : dumps.error().path.c_str());
    std::map<domain::Program, int> counts;
    for (const market::PoolDump& dump : *dumps) {
        ++counts[dump.program];
        QVERIFY(dump.accounts.at(dump.pool).owner == domain::programIdOf(dump.program));
        QCOMPARE(dump.tokens.size(), std::size_t{2});
    }
    QCOMPARE(counts[domain::Program::raydiumAmmV4], 14);
    QCOMPARE(counts[domain::Program::raydiumCpmm], 17);
    QCOMPARE(counts[domain::Program::raydiumClmm], 20);
    QCOMPARE(counts[domain::Program::meteoraDlmm], 16);
}

QTEST_APPLESS_MAIN(AccountFilesTest)
#include "account_files_test.moc"
