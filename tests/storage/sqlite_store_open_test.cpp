// Opening: what stands after a restart, and what is refused.

#include <unistd.h>

#include <algorithm>

#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTest>

#include "storage/connection.h"
#include "storage/migrations.h"
#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::Balance;
using execution::StoreError;
using execution::WalletOwner;

namespace {

QByteArray bytesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void overwrite(const QString& path, qint64 position, const QByteArray& bytes) {
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(position) ||
        file.write(bytes) != bytes.size()) {
        qFatal("cannot write %s", qPrintable(path));
    }
}

// The file as a plain copy would see it: everything in the database, nothing in the log.
QByteArray settledBytes(const StoreFixture& fixture) {
    return bytesOf(fixture.path());
}

// Root may write everything: as nobody while this lives. For others it changes nothing.
class OtherUser {
  public:
    OtherUser() : wasRoot_(geteuid() == 0) {
        if (wasRoot_ && setresuid(65'534, 65'534, 0) != 0) {
            qFatal("cannot become nobody");
        }
    }
    ~OtherUser() {
        if (wasRoot_ && setresuid(0, 0, 0) != 0) {
            qFatal("cannot become root again");
        }
    }
    OtherUser(const OtherUser&) = delete;
    OtherUser& operator=(const OtherUser&) = delete;

  private:
    bool wasRoot_;
};

}  // namespace

class SqliteStoreOpenTest : public QObject {
    Q_OBJECT

  private slots:
    void aNewFileIsSetUpFromGenesis();
    void aHalfSetUpFileIsFinished();
    void everyStateSurvivesARestart();
    void ordersOfEveryStateAreFinishedAfterARestart();
    void fencesOfEarlierRunsAreStale();
    void anotherGenesisIsRefused();
    void whatIsNoDatabaseIsRefusedAndKept();
    void aDamagedFileIsRefusedAndKept();
    void contradictionsAreRefused_data();
    void contradictionsAreRefused();
    void rowsWithoutHashesGetThemWhenTheyChange();
    void aNewerSchemaIsRefusedAndKept();
    void aDatabaseOfAnotherProgramIsRefusedAndKept();
    void unusablePathsAreRefused();
    void aLockedFileIsRefusedAsBusy();
    void aReadOnlyFileIsRefused();
    void aFailedMigrationLeavesTheVersionBefore();
    void noWriteMakesATableOfItsOwn();
};

void SqliteStoreOpenTest::aNewFileIsSetUpFromGenesis() {
    StoreFixture fixture;
    fixture.open();
    const std::string instanceId = fixture.opened.instanceId;
    QVERIFY(fixture.opened.fresh);
    QVERIFY(QRegularExpression("^[0-9a-f]{16}$").match(instanceId.c_str()).hasMatch());
    const execution::StoredState& state = fixture.opened.state;
    QVERIFY(state.pools == fixture.genesis.pools);
    QVERIFY(state.clock == fixture.genesis.clock);
    QCOMPARE(state.blockHeight, fixture.genesis.blockHeight);
    QVERIFY(state.openOrders.empty() && state.inFlight.empty());
    QCOMPARE(state.lastEventSequence, std::uint64_t{0});
    const execution::Wallet wallet = *state.wallet;
    for (const auto& [mint, start] : fixture.genesis.startBalances) {
        QVERIFY(wallet.balance(WalletOwner::trader, mint) == (Balance{start, 0}));
    }
    constexpr std::uint64_t kSupply = std::uint64_t{1} << 62;
    QCOMPARE(wallet.balance(WalletOwner::faucet, domain::solMint()).amountRaw,
             kSupply - 1'000 * kSol);
    QCOMPARE(fixture.rows("PRAGMA journal_mode"), QStringList{"wal"});

    fixture.open();
    QVERIFY(!fixture.opened.fresh);
    QCOMPARE(fixture.opened.instanceId, instanceId);
    QVERIFY(*fixture.opened.state.wallet == wallet);
    StoreFixture other;
    other.open();
    QVERIFY(other.opened.instanceId != instanceId);
}

void SqliteStoreOpenTest::aHalfSetUpFileIsFinished() {
    StoreFixture fixture;
    {
        // The schema is there, and then the power failed.
        auto connection = Connection::open({.path = fixture.path()});
        QVERIFY(connection.has_value());
        QVERIFY(migrate(**connection, embeddedMigrations()).has_value());
    }
    fixture.open();
    QVERIFY(fixture.opened.fresh);
    QVERIFY(fixture.opened.state.pools == fixture.genesis.pools);
}

void SqliteStoreOpenTest::everyStateSurvivesARestart() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr pending = fixture.admitted(1 * kSol);
    const domain::OrderPtr routing = *fixture.handOut(fixture.admitted(2 * kSol)->id);
    fixture.store().note({routing->id, routing->fence, OrderStatus::routing, 5, {}, "r"});
    const domain::OrderPtr building = *fixture.handOut(fixture.admitted(3 * kSol)->id);
    const domain::PlanSummary plan =
        planOf({{keyOf(10), domain::Program::raydiumCpmm, keyOf(11), keyOf(12), UINT64_MAX, 1},
                {keyOf(13), domain::Program::meteoraDlmm, keyOf(12), keyOf(14), 1, UINT64_MAX}});
    fixture.store().note({building->id, building->fence, OrderStatus::building, 5, plan, "b"});
    const domain::OrderPtr sentOne = fixture.submitted(4 * kSol);
    const domain::OrderPtr sentTwo = fixture.submitted(5 * kSol);
    const domain::OrderPtr confirmed = fixture.submitted(6 * kSol);
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*confirmed, 900 * kUsdc)})));
    QVERIFY(fixture.cancel(fixture.admitted(7 * kSol)->id).has_value());
    fixture.close();
    const auto before = fixture.watcher.events();
    const auto wallet = fixture.watcher.wallet();
    QCOMPARE(fixture.broken(), QString());

    fixture.open();
    const execution::StoredState& state = fixture.opened.state;
    QCOMPARE(state.openOrders.size(), std::size_t{3});
    const auto newest = [&](const domain::OrderPtr& order) {
        const auto event = std::find_if(before.rbegin(), before.rend(), [&](const auto& entry) {
            return entry->order->id == order->id;
        });
        return *(*event)->order;
    };
    QVERIFY(*state.openOrders[0] == *pending);
    QVERIFY(*state.openOrders[1] == newest(routing));
    // A plan that was not sent is made anew.
    domain::Order unplanned = newest(building);
    QVERIFY(std::exchange(unplanned.plan, {}) == plan);
    QVERIFY(*state.openOrders[2] == unplanned);
    QCOMPARE(state.openOrders[2]->status, OrderStatus::building);
    QCOMPARE(state.inFlight.size(), std::size_t{2});
    QVERIFY(state.inFlight[0].orderId == sentOne->id);
    QVERIFY(state.inFlight[0].signature == *sentOne->signature);
    QVERIFY(state.inFlight[1].orderId == sentTwo->id);
    QVERIFY(*state.wallet == *wallet);
    QCOMPARE(state.lastEventSequence, before.back()->sequence);
    QCOMPARE(state.clock.slot, std::uint64_t{300'000'001});
}

void SqliteStoreOpenTest::ordersOfEveryStateAreFinishedAfterARestart() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    for (const OrderStatus status : {OrderStatus::routing, OrderStatus::building}) {
        const domain::OrderPtr order = *fixture.handOut(fixture.admitted()->id);
        fixture.store().note({order->id, order->fence, status, 5, {}, {}});
    }
    const domain::OrderPtr sent = fixture.submitted();
    fixture.open();
    std::vector<chain::TransactionOutcome> outcomes{StoreFixture::landed(*sent, kUsdc)};
    for (const domain::OrderPtr& open : fixture.opened.state.openOrders) {
        const domain::OrderPtr handed = *fixture.handOut(open->id);
        const OrderResult submitted = fixture.submit({fixture.transactionFor(*handed), 9});
        QVERIFY(submitted.has_value());
        outcomes.push_back(StoreFixture::landed(**submitted, kUsdc));
    }
    QCOMPARE(outcomes.size(), std::size_t{4});
    QVERIFY(fixture.commitSlot(fixture.slotWith(outcomes)));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT DISTINCT status FROM orders"), QStringList{"confirmed"});
    QCOMPARE(fixture.broken(), QString());
}

void SqliteStoreOpenTest::fencesOfEarlierRunsAreStale() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr order = fixture.admitted();
    domain::OrderPtr before;
    for (int i = 0; i < 10; ++i) {
        // Never written: these fences live in memory only.
        before = *fixture.handOut(order->id);
    }
    fixture.open();
    const domain::OrderPtr after = *fixture.handOut(order->id);
    QVERIFY(after->fence > before->fence);
    QCOMPARE(fixture.submit({fixture.transactionFor(*before), 1}).error(), StoreError::staleFence);
    QVERIFY(fixture.submit({fixture.transactionFor(*after), 1}).has_value());
}

void SqliteStoreOpenTest::anotherGenesisIsRefused() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    fixture.close();
    execution::Genesis other = fixture.genesis;
    other.identity = "files:abc";
    other.description = "account dumps in /tmp/x";
    const auto refused = fixture.tryOpen(other);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::otherGenesis);
    for (const char* name :
         {"generated market, seed 7", "generated:7", "account dumps in /tmp/x", "files:abc"}) {
        QVERIFY2(refused.error().detail.find(name) != std::string::npos,
                 refused.error().detail.c_str());
    }
    QCOMPARE(fixture.broken(), QString());
    fixture.open();
    QCOMPARE(fixture.opened.state.openOrders.size(), std::size_t{1});
}

void SqliteStoreOpenTest::whatIsNoDatabaseIsRefusedAndKept() {
    StoreFixture fixture;
    const QByteArray text = QByteArray("This is somebody's letter.\n").repeated(500);
    overwrite(fixture.path(), 0, text);
    const auto refused = fixture.tryOpen(fixture.genesis);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::notADatabase);
    QVERIFY(refused.error().detail.find("engine.db") != std::string::npos);
    QCOMPARE(bytesOf(fixture.path()), text);
}

void SqliteStoreOpenTest::aDamagedFileIsRefusedAndKept() {
    StoreFixture fixture;
    fixture.open();
    for (int i = 0; i < 50; ++i) {
        fixture.admitted();
    }
    fixture.close();
    const qint64 size = settledBytes(fixture).size();
    // The second half's pages, but not the header and the schema.
    overwrite(fixture.path(), size / 2, QByteArray(static_cast<int>(size / 2), '\x5a'));
    const QByteArray damaged = settledBytes(fixture);
    const auto refused = fixture.tryOpen(fixture.genesis);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::corrupt);
    QVERIFY(!refused.error().detail.empty());
    QCOMPARE(settledBytes(fixture), damaged);
}

void SqliteStoreOpenTest::contradictionsAreRefused_data() {
    QTest::addColumn<QString>("change");
    QTest::newRow("amount") << "UPDATE order_rows SET amount_in_raw = '1000000000'";
    QTest::newRow("mint") << "UPDATE order_rows SET input_mint = 'SOL' WHERE status = 'pending'";
    QTest::newRow("reservation")
        << "UPDATE wallet SET sha256 = NULL, reserved_raw = '00000000000000000001' WHERE "
           "owner = 'trader' AND token = 'SOL'";
    QTest::newRow("no reservation")
        << "UPDATE wallet SET sha256 = NULL, reserved_raw = '00000000000000000000'";
    QTest::newRow("more reserved than there") << "UPDATE wallet SET sha256 = NULL, amount_raw = "
                                                 "'00000000000000000000' WHERE token = 'SOL'";
    QTest::newRow("no wallet") << "DELETE FROM wallet";
    QTest::newRow("lost transaction") << "DELETE FROM transaction_rows";
    QTest::newRow("foreign transaction")
        << "INSERT INTO transaction_rows SELECT 1, attempt, fence, signature, mode, legs, "
           "plan_in_raw, expected_out_raw, min_amount_out_raw, max_amount_in_raw, bound_raw, "
           "gap_ppb, decision_out_raw, compute_unit_limit, compute_unit_price, tip_lamports, "
           "network_fee_lamports, snapshot_slot, last_valid_block_height, sent_at_micros, "
           "arrives_at_micros, submitted_at_micros FROM transaction_rows";
    QTest::newRow("lost job") << "DELETE FROM outbox_rows WHERE order_number = 1";
    QTest::newRow("submitted order not found") << "DELETE FROM outbox_rows WHERE order_number = 2";
    QTest::newRow("foreign end")
        << "INSERT INTO order_ends (order_number, status, attempt, fence, updated_at_micros, "
           "spent_lamports) VALUES (2, 'cancelled', 1, 1, 1, 0)";
    QTest::newRow("legs") << "UPDATE transaction_rows SET legs = '[{}]'";
    QTest::newRow("signature") << "UPDATE transaction_rows SET signature = 'x'";
    QTest::newRow("account") << "UPDATE accounts SET sha256 = NULL, owner = ''";
    // Of values that make sense, only the hashes know that nobody wrote them.
    QTest::newRow("another balance") << "UPDATE wallet SET amount_raw = '00000000000000000007' "
                                        "WHERE owner = 'faucet'";
    QTest::newRow("another lamport") << "UPDATE accounts SET lamports = '00000000000000000007'";
    QTest::newRow("a byte of an account") << "UPDATE accounts SET data = zeroblob(length(data))";
    QTest::newRow("balances exchanged")
        << "UPDATE wallet SET sha256 = (SELECT max(sha256) FROM wallet)";
    QTest::newRow("slot") << "UPDATE meta SET value = '-1' WHERE key = 'chain_slot'";
    QTest::newRow("time") << "DELETE FROM meta WHERE key = 'chain_unix_timestamp'";
    QTest::newRow("epoch") << "UPDATE meta SET value = 'x' WHERE key = 'epoch'";
}

void SqliteStoreOpenTest::contradictionsAreRefused() {
    QFETCH(QString, change);
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    fixture.submitted();
    fixture.close();
    QVERIFY(fixture.change(change));
    const auto refused = fixture.tryOpen(fixture.genesis);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::corrupt);
    QVERIFY(!refused.error().detail.empty());
}

// Rows without hashes are older than they.
void SqliteStoreOpenTest::rowsWithoutHashesGetThemWhenTheyChange() {
    StoreFixture fixture;
    fixture.open();
    fixture.close();
    QVERIFY(fixture.change("UPDATE wallet SET sha256 = NULL"));
    QVERIFY(fixture.change("UPDATE accounts SET sha256 = NULL"));
    fixture.open();
    fixture.admitted();
    fixture.close();
    QVERIFY(fixture.tryOpen(fixture.genesis).has_value());
    fixture.close();
    QVERIFY(
        fixture.change("UPDATE wallet SET amount_raw = '18000000000000000000' "
                       "WHERE sha256 IS NOT NULL"));
    QVERIFY(!fixture.tryOpen(fixture.genesis).has_value());
}

void SqliteStoreOpenTest::aNewerSchemaIsRefusedAndKept() {
    StoreFixture fixture;
    fixture.open();
    fixture.close();
    QVERIFY(fixture.change("PRAGMA user_version = 9999"));
    const QByteArray before = settledBytes(fixture);
    const auto refused = fixture.tryOpen(fixture.genesis);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::newerSchema);
    QVERIFY(refused.error().detail.find("9999") != std::string::npos);
    QCOMPARE(settledBytes(fixture), before);
}

void SqliteStoreOpenTest::aDatabaseOfAnotherProgramIsRefusedAndKept() {
    StoreFixture fixture;
    QVERIFY(fixture.change("CREATE TABLE photographs (name TEXT)"));
    const QByteArray before = settledBytes(fixture);
    const auto refused = fixture.tryOpen(fixture.genesis);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::foreignDatabase);
    QCOMPARE(settledBytes(fixture), before);
}

void SqliteStoreOpenTest::unusablePathsAreRefused() {
    StoreFixture fixture;
    QTemporaryDir folder;
    for (const QString& path : {folder.filePath("missing/engine.db"), folder.path()}) {
        fixture.options.path = path;
        const auto refused = fixture.tryOpen(fixture.genesis);
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().error, OpenError::cannotOpen);
        QVERIFY(refused.error().detail.find(path.toStdString()) != std::string::npos);
    }
}

void SqliteStoreOpenTest::aLockedFileIsRefusedAsBusy() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(20);
    fixture.open();
    fixture.close();
    {
        const FileLock lock(fixture.path());
        const auto refused = fixture.tryOpen(fixture.genesis);
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().error, OpenError::busy);
    }
    fixture.open();
}

void SqliteStoreOpenTest::aReadOnlyFileIsRefused() {
    StoreFixture fixture;
    fixture.open();
    fixture.close();
    const QString folder = QFileInfo(fixture.path()).path();
    constexpr auto kRead = QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther;
    QVERIFY(QFile::setPermissions(fixture.path(), kRead));
    QVERIFY(
        QFile::setPermissions(folder, kRead | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther));
    const QByteArray before = settledBytes(fixture);
    tl::expected<void, OpenFailure> refused;
    {
        const OtherUser user;
        refused = fixture.tryOpen(fixture.genesis);
    }
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QVERIFY(!refused.has_value());
    QVERIFY2(refused.error().error == OpenError::readOnly, refused.error().detail.c_str());
    QCOMPARE(settledBytes(fixture), before);
}

void SqliteStoreOpenTest::aFailedMigrationLeavesTheVersionBefore() {
    QTemporaryDir folder;
    auto connection = Connection::open({.path = folder.filePath("engine.db")});
    QVERIFY(connection.has_value());
    const Migration first{1, "CREATE TABLE one (x TEXT);"};
    const Migration broken{2, "CREATE TABLE two (x TEXT); INSERT INTO three VALUES (1);"};
    const auto refused = migrate(**connection, {first, broken});
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::migrationFailed);
    QVERIFY(refused.error().detail.find("three") != std::string::npos);
    QCOMPARE((*connection)->scalar("PRAGMA user_version").toInt(), 1);
    QCOMPARE((*connection)->scalar("SELECT group_concat(name) FROM sqlite_master").toString(),
             "one");
    // The repaired step goes on from there, and nothing runs twice.
    const Migration second{2, "CREATE TABLE two (x TEXT);"};
    QVERIFY(migrate(**connection, {first, second}).has_value());
    QVERIFY(migrate(**connection, {first, second}).has_value());
    QCOMPARE((*connection)->scalar("PRAGMA user_version").toInt(), 2);
}

// Lists in checks would be one for every row. The checks hold all the same.
void SqliteStoreOpenTest::noWriteMakesATableOfItsOwn() {
    QTemporaryDir folder;
    auto connection = Connection::open({.path = folder.filePath("engine.db")});
    QVERIFY(connection.has_value());
    QVERIFY(migrate(**connection, embeddedMigrations()).has_value());
    for (const char* statement :
         {"UPDATE order_rows SET status = 'x' WHERE id = 'x'",
          "UPDATE order_ends SET status = 'x', error = 'x' WHERE order_number = 7",
          "INSERT INTO wallet (owner, token, amount, reserved, mint, amount_raw, reserved_raw) "
          "VALUES ('x', 'x', 'x', 'x', 'x', 'x', 'x')",
          "UPDATE receipt_rows SET compared = 0 WHERE order_number = 7"}) {
        QStringList steps;
        QVERIFY((*connection)->each("EXPLAIN " + std::string(statement), {}, [&](const auto& row) {
            steps.append(row.value(1).toString());
            return true;
        }));
        QVERIFY2(
            steps.contains(QLatin1String("Insert")) || steps.contains(QLatin1String("IdxInsert")),
            statement);
        QVERIFY2(!steps.contains(QLatin1String("OpenEphemeral")), statement);
    }
    QVERIFY(!(*connection)->run("INSERT INTO wallet VALUES ('nobody', '', '', '', '', '', '')"));
    (*connection)->rollback();
}

QTEST_GUILESS_MAIN(SqliteStoreOpenTest)
#include "sqlite_store_open_test.moc"
