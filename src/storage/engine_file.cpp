#include "storage/engine_file.h"

#include <algorithm>
#include <limits>
#include <map>

#include <QFileInfo>
#include <QRandomGenerator>

#include "base/integer.h"
#include "domain/amount.h"
#include "storage/migrations.h"
#include "storage/rows.h"
#include "storage/sqlite_store.h"
#include "storage/tables.h"

namespace oee::storage {
namespace {

using execution::Balance;
using execution::Wallet;
using execution::WalletOwner;

constexpr base::UnixMicros kSecondMicros = 1'000'000;
constexpr base::UnixMicros kMinuteMicros = 60 * kSecondMicros;

QString metaValue(Connection& connection, const char* key) {
    return connection.scalar("SELECT value FROM meta WHERE key = ?", {QString::fromLatin1(key)})
        .toString();
}

std::uint64_t metaNumber(Connection& connection, const char* key) {
    const auto value = domain::parseRaw(metaValue(connection, key).toStdString());
    if (!value) {
        connection.fail(std::string("meta.") + key);
        return 0;
    }
    return *value;
}

// Calls `onRow` (Row& → void) for each row and sees to its validity.
template <typename OnRow>
void readAll(Connection& connection, const std::string& sql, OnRow&& onRow,
             std::initializer_list<QVariant> values = {}) {
    connection.each(sql, values, [&](const QSqlQuery& query) {
        Row row(query);
        onRow(row);
        if (!row.valid()) {
            connection.fail(row.faultyColumn().toStdString() + " in: " + sql);
        }
        return row.valid();
    });
}

// Every page is read once; of files above this while the engine runs (BackgroundCheck), because a
// start must not take longer and longer: about a second for a gigabyte, and more from the disk.
constexpr qint64 kCheckedBytes = 256 * 1024 * 1024;

// Whether it looked.
bool checkPages(Connection& connection, const QString& path) {
    if (QFileInfo(path).size() > kCheckedBytes) {
        return false;
    }
    const QVariant verdict = connection.scalar("PRAGMA quick_check(1)");
    if (!connection.failed() && verdict.toString() != QLatin1String("ok")) {
        connection.fail(verdict.toString().toStdString());
    }
    return true;
}

void writeGenesis(Connection& connection, const execution::Genesis& genesis,
                  const TokenNames& names) {
    Tables tables(connection, names);
    const auto random = QRandomGenerator::system()->generate64();
    tables.putMeta(meta::kInstanceId,
                   QString::number(random, 16).rightJustified(16, QLatin1Char('0')).toStdString());
    tables.putMeta(meta::kGenesisIdentity, genesis.identity);
    tables.putMeta(meta::kGenesisDescription, genesis.description);
    tables.putMeta(meta::kEpoch, "0");
    tables.putClock(genesis.clock, genesis.blockHeight);
    for (const auto& [pool, accounts] : genesis.pools) {
        for (const auto& [address, account] : accounts) {
            tables.putAccount({pool, address, account}, genesis.clock.slot);
        }
    }
    const Wallet wallet = execution::genesisWallet(genesis.startBalances);
    for (const auto& [key, balance] : wallet.all()) {
        tables.putBalance(key, balance);
    }
}

tl::expected<void, OpenFailure> checkIdentity(Connection& connection,
                                              const execution::Genesis& genesis) {
    const std::string identity = metaValue(connection, meta::kGenesisIdentity).toStdString();
    if (connection.failed() || identity == genesis.identity) {
        return {};
    }
    const std::string description = metaValue(connection, meta::kGenesisDescription).toStdString();
    return tl::unexpected(OpenFailure{
        OpenError::otherGenesis, "the data folder was set up from \"" + description + "\" (" +
                                     identity + "), not from \"" + genesis.description + "\" (" +
                                     genesis.identity + ")"});
}

void readClock(Connection& connection, execution::StoredState& state) {
    state.clock.slot = metaNumber(connection, meta::kSlot);
    state.clock.epoch = metaNumber(connection, meta::kChainEpoch);
    state.blockHeight = metaNumber(connection, meta::kBlockHeight);
    bool isNumber = false;
    state.clock.unixTimestamp = metaValue(connection, meta::kUnixTimestamp).toLongLong(&isNumber);
    if (!isNumber) {
        connection.fail(std::string("meta.") + meta::kUnixTimestamp);
    }
}

void readAccounts(Connection& connection, execution::StoredState& state) {
    readAll(connection, "SELECT " + kAccountColumns + " FROM accounts", [&](Row& row) {
        execution::AccountWrite read = readAccount(row);
        state.pools[read.pool][read.address] = std::move(read.account);
    });
}

void readWallet(Connection& connection, execution::StoredState& state) {
    Wallet wallet;
    readAll(connection, "SELECT " + kBalanceColumns + " FROM wallet", [&](Row& row) {
        const auto [key, balance] = readBalance(row);
        if (balance.reservedRaw > balance.amountRaw) {
            connection.fail("wallet.reserved_raw is above amount_raw");
            return;
        }
        wallet.set(key.first, key.second, balance);
    });
    state.wallet = std::make_shared<const Wallet>(std::move(wallet));
}

void readOrders(Connection& connection, EngineFile& file) {
    readAll(connection,
            "SELECT " + kOrderColumns +
                " FROM orders WHERE number IN (SELECT order_number FROM outbox_rows) ORDER BY id",
            [&](Row& row) {
                auto order = std::make_shared<const domain::Order>(readOrder(row));
                (order->status == domain::OrderStatus::submitted ? file.submitted
                                                                 : file.state.openOrders)
                    .push_back(std::move(order));
            });
    readAll(connection,
            "SELECT " + kTransactionColumns +
                " FROM transactions WHERE order_id IN (SELECT id FROM order_rows WHERE number IN "
                "(SELECT order_number FROM outbox_rows)) ORDER BY order_id",
            [&](Row& row) { file.state.inFlight.push_back(readTransaction(row)); });
}

void readJobs(Connection& connection, EngineFile& file) {
    readAll(connection,
            "SELECT order_id, failures, parked_at_micros, begun FROM outbox WHERE failures > 0 OR "
            "begun <> 0",
            [&](Row& row) {
                const domain::OrderId id = row.orderId();
                file.jobs[id] = readJob(row);
            });
}

void readChain(Connection& connection, execution::StoredState& state) {
    readAll(connection, "SELECT data FROM chain_state", [&](Row& row) {
        const QByteArray data = row.blob();
        state.chainState.assign(data.begin(), data.end());
    });
    // All that landed earlier than the last markout before the newest landing have theirs: receipts
    // are numbered by landing.
    const std::string lastSeconds = std::to_string(domain::kMarkoutSeconds.back());
    std::vector<domain::OrderId> owed;
    readAll(connection,
            "SELECT id FROM receipt_rows JOIN order_rows ON order_rows.number = order_number "
            "WHERE receipt_rows.number > coalesce((SELECT number FROM receipt_rows WHERE "
            "landed_at_micros < (SELECT landed_at_micros FROM receipt_rows ORDER BY number DESC "
            "LIMIT 1) - " +
                std::to_string(domain::kMarkoutSeconds.back() * kSecondMicros) +
                " ORDER BY number DESC LIMIT 1), 0) AND NOT EXISTS (SELECT 1 FROM markout_rows "
                "WHERE seconds = " +
                lastSeconds + " AND receipt_number = receipt_rows.number)",
            [&](Row& row) { owed.push_back(row.orderId()); });
    // Sorted here, and looked up one by one: otherwise all orders, or receipts, are looked at.
    std::sort(owed.begin(), owed.end());
    for (const domain::OrderId& id : owed) {
        execution::OwedMarkouts owing;
        readAll(connection, "SELECT " + kReceiptColumns + " FROM receipts WHERE order_id = ?",
                [&](Row& row) { owing.receipt = readReceipt(row); }, {textOf(id)});
        readAll(connection,
                "SELECT " + kFillColumns + " FROM fills WHERE order_id = ? ORDER BY leg",
                [&](Row& row) { owing.fills.push_back(readFill(row)); }, {textOf(id)});
        state.owedMarkouts.push_back(std::move(owing));
    }
}

void readCounters(Connection& connection, EngineFile& file, base::UnixMicros nowMicros) {
    readAll(connection, "SELECT seq, at_micros FROM order_events ORDER BY seq DESC LIMIT 1",
            [&](Row& row) {
                file.state.lastEventSequence = row.bits();
                file.lastMicros = row.integer();
            });
    readAll(connection, "SELECT value FROM meta WHERE key = 'event_head'",
            [&](Row& row) { file.lastEventHash = row.eventHash(); });
    readAll(connection, "SELECT id FROM orders ORDER BY id DESC LIMIT 1",
            [&](Row& row) { file.lastOrderNumber = domain::orderNumberOf(row.orderId()); });
    const base::UnixMicros since = std::max<base::UnixMicros>(nowMicros - kMinuteMicros, 0);
    const domain::OrderId floor = domain::makeOrderId(
        {.unixMillis = static_cast<std::uint64_t>(since) / 1'000, .number = 0, .random = 0});
    connection.each("SELECT created_at_micros FROM orders WHERE id >= ? ORDER BY id",
                    {textOf(floor)}, [&](const QSqlQuery& query) {
                        Row row(query);
                        file.recentAdmissions.push_back(row.integer());
                        return true;
                    });
}

// Whether an open order is under way follows from its transaction: its newest event must say so
// too, or the file was changed by others.
void checkStatuses(Connection& connection) {
    readAll(connection,
            "SELECT status, (SELECT status FROM event_rows WHERE order_number = number ORDER BY "
            "seq DESC LIMIT 1) FROM orders WHERE number IN (SELECT order_number FROM outbox_rows)",
            [&](Row& row) {
                const domain::OrderStatus status = row.status();
                if (domain::isTerminal(status) || row.status() != status) {
                    connection.fail("an open order does not stand where its last event left it");
                }
            });
}

// Likewise what open orders promise must be what the wallet has put aside.
void checkOpenOrders(Connection& connection, const EngineFile& file) {
    Wallet promised;
    const auto promise = [&](const domain::Pubkey& mint, std::uint64_t amountRaw) {
        const Balance before = promised.balance(WalletOwner::trader, mint);
        const auto sum = base::checkedAdd(before.reservedRaw, amountRaw);
        promised.set(WalletOwner::trader, mint, {sum.value_or(0), sum.value_or(0)});
    };
    for (const auto* orders : {&file.state.openOrders, &file.submitted}) {
        for (const domain::OrderPtr& order : *orders) {
            promise(order->inputMint, order->amountInRaw);
            promise(domain::solMint(), order->reservedLamports - order->spentLamports);
        }
    }
    for (const auto& [key, balance] : file.state.wallet->all()) {
        if (balance.reservedRaw != promised.balance(key.first, key.second).reservedRaw) {
            connection.fail("wallet.reserved_raw differs from what open orders reserve");
        }
    }
    for (const auto& [key, balance] : promised.all()) {
        if (balance.reservedRaw != file.state.wallet->balance(key.first, key.second).reservedRaw) {
            connection.fail("wallet.reserved_raw differs from what open orders reserve");
        }
    }
}

void readState(Connection& connection, EngineFile& file, base::UnixMicros nowMicros) {
    file.instanceId = metaValue(connection, meta::kInstanceId).toStdString();
    readClock(connection, file.state);
    readAccounts(connection, file.state);
    readWallet(connection, file.state);
    readOrders(connection, file);
    readJobs(connection, file);
    readChain(connection, file.state);
    readCounters(connection, file, nowMicros);
    if (!connection.failed()) {
        checkStatuses(connection);
        checkOpenOrders(connection, file);
    }
}

}  // namespace

tl::expected<EngineFile, OpenFailure> openEngineFile(const OpenOptions& options,
                                                     const execution::Genesis& genesis,
                                                     const TokenNames& names) {
    auto opened = Connection::open({.path = options.path,
                                    .access = Access::readWrite,
                                    .durability = options.durability,
                                    .busyTimeout = options.busyTimeout});
    if (!opened) {
        // Without a right to write, the log's shared memory cannot be made: SQLite says only that
        // it cannot open.
        const QFileInfo info(options.path);
        if (info.isFile() && !info.isWritable()) {
            opened.error().error = OpenError::readOnly;
        }
        return tl::unexpected(std::move(opened.error()));
    }
    EngineFile file;
    file.connection = std::move(*opened);
    Connection& connection = *file.connection;

    const auto refused = [&](OpenFailure failure) {
        failure.detail = options.path.toStdString() + ": " + failure.detail;
        return tl::unexpected(std::move(failure));
    };
    file.isChecked = checkPages(connection, options.path);
    if (connection.failed()) {
        return refused(connection.openFailure(OpenError::corrupt));
    }
    if (auto migrated = migrate(connection, embeddedMigrations(), options.crashPoints); !migrated) {
        return refused(std::move(migrated.error()));
    }
    connection.enterWal();
    connection.begin();
    // No migration makes it: archives have none, because a key that was forgotten may come again.
    connection.execute(
        QStringLiteral("CREATE UNIQUE INDEX IF NOT EXISTS orders_by_idempotency_key "
                       "ON order_rows (idempotency_key) WHERE idempotency_key IS NOT NULL"));
    file.fresh = metaValue(connection, meta::kGenesisIdentity).isNull();
    if (file.fresh) {
        writeGenesis(connection, genesis, names);
    } else if (auto same = checkIdentity(connection, genesis); !same) {
        connection.rollback();
        return refused(std::move(same.error()));
    }
    file.epoch = metaNumber(connection, meta::kEpoch) + 1;
    Tables(connection, names).putMeta(meta::kEpoch, std::to_string(file.epoch));
    readState(connection, file, options.clock->nowMicros());
    options.crashPoints.reach(base::CrashPoint::startBeforeGenesisCommit);
    if (!connection.commit()) {
        OpenFailure failure = connection.openFailure(OpenError::cannotOpen);
        connection.rollback();
        return refused(std::move(failure));
    }
    options.crashPoints.reach(base::CrashPoint::startAfterGenesisCommit);
    return file;
}

}  // namespace oee::storage
