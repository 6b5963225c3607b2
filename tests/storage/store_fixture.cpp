#include "storage/store_fixture.h"

#include <map>
#include <set>
#include <utility>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>

namespace oee::storage::test {
namespace {

using execution::StoreError;
__extension__ typedef __int128 Wide;

// A connection that is gone at the end of the block.
class PlainConnection {
  public:
    explicit PlainConnection(const QString& path) {
        QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", name_);
        database.setDatabaseName(path);
        if (!database.open()) {
            qFatal("cannot open %s", qPrintable(path));
        }
    }
    ~PlainConnection() { QSqlDatabase::removeDatabase(name_); }
    PlainConnection(const PlainConnection&) = delete;
    PlainConnection& operator=(const PlainConnection&) = delete;

    QStringList rows(const QString& sql) {
        QStringList rows;
        QSqlQuery query(QSqlDatabase::database(name_));
        if (!query.exec(sql)) {
            qFatal("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        }
        while (query.next()) {
            QStringList columns;
            for (int i = 0; i < query.record().count(); ++i) {
                columns.append(query.value(i).toString());
            }
            rows.append(columns.join('|'));
        }
        return rows;
    }

    bool change(const QString& sql) {
        QSqlQuery query(QSqlDatabase::database(name_));
        const bool changed = query.exec(sql);
        if (!changed) {
            qWarning("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
        }
        return changed;
    }

  private:
    QString name_ = QStringLiteral("test-%1").arg(reinterpret_cast<quintptr>(this));
};

using Totals = std::map<QString, Wide>;

Wide wide(const QString& digits) {
    return static_cast<Wide>(digits.toULongLong());
}

const std::map<QString, std::set<QString>>& legalNext() {
    // From the issue: pending → routing → building → submitted → confirmed | failed; before
    // submitted also failed or cancelled; another attempt goes back to routing.
    static const std::map<QString, std::set<QString>> next{
        {"", {"pending"}},
        {"pending", {"routing", "failed", "cancelled"}},
        {"routing", {"routing", "building", "failed", "cancelled"}},
        {"building", {"routing", "submitted", "failed", "cancelled"}},
        {"submitted", {"routing", "confirmed", "failed"}},
    };
    return next;
}

QString brokenHistory(PlainConnection& connection) {
    const QStringList events =
        connection.rows("SELECT seq, order_id, status FROM order_events ORDER BY seq");
    std::map<QString, QString> last;
    qulonglong expected = 0;
    for (const QString& event : events) {
        const QStringList columns = event.split('|');
        if (columns[0].toULongLong() != ++expected) {
            return "gap in the sequence at " + event;
        }
        const auto legal = legalNext().find(last[columns[1]]);
        if (legal == legalNext().end() || !legal->second.contains(columns[2])) {
            return "illegal step: " + last[columns[1]] + " to " + event;
        }
        last[columns[1]] = columns[2];
    }
    for (const QString& order : connection.rows("SELECT id, status FROM orders")) {
        const QStringList columns = order.split('|');
        if (last[columns[0]] != columns[1]) {
            return "status differs from the last event: " + order;
        }
    }
    return {};
}

QString brokenReservations(PlainConnection& connection) {
    Totals promised;
    const QString sol = QString::fromStdString(domain::toBase58(domain::solMint()));
    for (const QString& order :
         connection.rows("SELECT input_mint, amount_in_raw, reserved_lamports FROM orders WHERE "
                         "status NOT IN ('confirmed', 'failed', 'cancelled')")) {
        const QStringList columns = order.split('|');
        promised[columns[0]] += wide(columns[1]);
        promised[sol] += wide(columns[2]);
    }
    for (const QString& row :
         connection.rows("SELECT owner, mint, amount_raw, reserved_raw FROM wallet")) {
        const QStringList columns = row.split('|');
        const Wide expected = columns[0] == "trader" ? promised[columns[1]] : 0;
        if (wide(columns[3]) != expected || wide(columns[2]) < wide(columns[3])) {
            return "reserved in the wallet: " + row;
        }
    }
    return {};
}

// Every token's total over the owners is the first supply plus what came from the pools.
QString brokenTotals(PlainConnection& connection, const execution::Genesis& genesis) {
    Totals expected;
    for (const auto& [mint, start] : genesis.startBalances) {
        expected[QString::fromStdString(domain::toBase58(mint))] =
            std::max<Wide>(Wide{1} << 62, static_cast<Wide>(start));
    }
    for (const QString& fill : connection.rows(
             "SELECT input_mint, amount_in_raw, output_mint, amount_out_raw FROM fills")) {
        const QStringList columns = fill.split('|');
        expected[columns[0]] -= wide(columns[1]);
        expected[columns[2]] += wide(columns[3]);
    }
    Totals found;
    for (const QString& row : connection.rows("SELECT mint, amount_raw FROM wallet")) {
        const QStringList columns = row.split('|');
        found[columns[0]] += wide(columns[1]);
    }
    for (const auto& [mint, total] : expected) {
        if (found[mint] != total) {
            return "total of " + mint + " is not constant";
        }
    }
    return found.size() == expected.size() ? QString() : QString("a token out of nowhere");
}

QString brokenSets(PlainConnection& connection) {
    const QString unsent = "'pending', 'routing', 'building'";
    if (connection.rows("SELECT order_id FROM outbox ORDER BY 1") !=
        connection.rows("SELECT id FROM orders WHERE status IN (" + unsent + ") ORDER BY 1")) {
        return "outbox differs from the orders that are not sent";
    }
    if (connection.rows("SELECT order_id FROM transactions ORDER BY 1") !=
        connection.rows("SELECT id FROM orders WHERE status = 'submitted' ORDER BY 1")) {
        return "transactions differ from the submitted orders";
    }
    if (connection.rows("SELECT DISTINCT order_id FROM fills ORDER BY 1") !=
        connection.rows("SELECT id FROM orders WHERE status = 'confirmed' ORDER BY 1")) {
        return "fills differ from the confirmed orders";
    }
    return connection.rows("PRAGMA integrity_check") == QStringList{"ok"}
               ? QString()
               : QString("integrity_check");
}

}  // namespace

domain::Pubkey keyOf(std::uint8_t number) {
    domain::Pubkey key;
    key.bytes.fill(number);
    return key;
}

domain::Signature signatureOf(std::uint64_t number) {
    domain::Signature signature;
    signature.bytes.fill(9);
    for (std::size_t i = 0; i < 8; ++i) {
        signature.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return signature;
}

domain::TokenRegistry testTokens() {
    domain::TokenRegistry tokens;
    tokens.add({domain::solMint(), "SOL", 9});
    tokens.add({domain::usdcMint(), "USDC", 6});
    tokens.add({kBonk, "BONK", 5});
    return tokens;
}

execution::Genesis testGenesis() {
    execution::Genesis genesis;
    genesis.identity = "generated:7";
    genesis.description = "generated market, seed 7";
    genesis.clock = {300'000'000, 1'750'000'000, 694};
    genesis.blockHeight = 280'000'000;
    genesis.startBalances = {{domain::solMint(), 1'000 * kSol},
                             {domain::usdcMint(), 100'000 * kUsdc},
                             {kBonk, UINT64_MAX}};
    amm::AccountSet accounts;
    accounts[keyOf(10)] = {keyOf(1), 5'000, {1, 2, 3, 0, 255}};
    accounts[keyOf(11)] = {keyOf(2), UINT64_MAX, {}};
    genesis.pools[keyOf(10)] = accounts;
    return genesis;
}

execution::OrderDraft draftOf(std::uint64_t amountInRaw, const std::string& idempotencyKey) {
    execution::OrderDraft draft;
    draft.inputMint = domain::solMint();
    draft.outputMint = domain::usdcMint();
    draft.amountInRaw = amountInRaw;
    draft.slippageBps = 50;
    draft.reservedLamports = kReservedLamports;
    draft.createdSlot = 300'000'000;
    draft.idempotencyKey = idempotencyKey;
    return draft;
}

SqliteStore::OnCommitted Watcher::handler() {
    return [this](const execution::Committed& committed) {
        const std::lock_guard lock(mutex_);
        told_.push_back(committed);
    };
}

std::vector<std::shared_ptr<const domain::OrderEvent>> Watcher::events() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const domain::OrderEvent>> events;
    for (const auto& committed : told_) {
        events.insert(events.end(), committed.events.begin(), committed.events.end());
    }
    return events;
}

std::vector<domain::Fill> Watcher::fills() const {
    const std::lock_guard lock(mutex_);
    std::vector<domain::Fill> fills;
    for (const auto& committed : told_) {
        fills.insert(fills.end(), committed.fills.begin(), committed.fills.end());
    }
    return fills;
}

std::shared_ptr<const execution::Wallet> Watcher::wallet() const {
    const std::lock_guard lock(mutex_);
    for (auto committed = told_.rbegin(); committed != told_.rend(); ++committed) {
        if (committed->wallet) {
            return committed->wallet;
        }
    }
    return nullptr;
}

std::size_t Watcher::calls() const {
    const std::lock_guard lock(mutex_);
    return told_.size();
}

StoreFixture::StoreFixture() {
    options.path = path();
    options.seed = 42;
    options.clock = &clock;
    options.tokens = &tokens;
}

QString StoreFixture::path() const {
    return folder_.filePath("engine.db");
}

tl::expected<void, OpenFailure> StoreFixture::tryOpen(const execution::Genesis& from) {
    auto result = SqliteStore::open(options, from, watcher.handler());
    if (!result) {
        return tl::unexpected(result.error());
    }
    opened = std::move(*result);
    slot = opened.state.clock.slot;
    return {};
}

void StoreFixture::open() {
    close();
    if (const auto result = tryOpen(genesis); !result) {
        qFatal("refused: %s", result.error().detail.c_str());
    }
}

void StoreFixture::close() {
    opened.store.reset();
}

template <typename Result, typename Ask>
Result StoreFixture::ask(Ask&& question) {
    Result result = waitFor<Result>(std::forward<Ask>(question));
    // Watchers are told after the answers: what is answered next comes after that.
    waitFor<OrderResult>([&](auto answer) { store().cancel({}, std::move(answer)); });
    return result;
}

AdmitResult StoreFixture::admit(const execution::OrderDraft& draft) {
    return ask<AdmitResult>([&](auto answer) { store().admit(draft, std::move(answer)); });
}

OrderResult StoreFixture::handOut(domain::OrderId orderId) {
    return ask<OrderResult>([&](auto answer) { store().handOut(orderId, std::move(answer)); });
}

OrderResult StoreFixture::submit(const execution::Submission& submission) {
    return ask<OrderResult>([&](auto answer) { store().submit(submission, std::move(answer)); });
}

OrderResult StoreFixture::fail(const execution::FailureNote& note) {
    return ask<OrderResult>([&](auto answer) { store().fail(note, std::move(answer)); });
}

OrderResult StoreFixture::cancel(domain::OrderId orderId) {
    return ask<OrderResult>([&](auto answer) { store().cancel(orderId, std::move(answer)); });
}

SlotAnswer StoreFixture::commitSlot(const execution::SlotCommit& commit) {
    return ask<SlotAnswer>([&](auto answer) { store().commitSlot(commit, std::move(answer)); });
}

WalletResult StoreFixture::resetWallet() {
    return ask<WalletResult>([&](auto answer) { store().resetWallet(std::move(answer)); });
}

domain::OrderPtr StoreFixture::admitted(std::uint64_t amountInRaw) {
    const AdmitResult result = admit(draftOf(amountInRaw));
    if (!result) {
        qFatal("not admitted: %s", std::string(execution::nameOf(result.error().reason)).c_str());
    }
    return result->order;
}

domain::OrderPtr StoreFixture::submitted(std::uint64_t amountInRaw) {
    const OrderResult handed = handOut(admitted(amountInRaw)->id);
    const OrderResult result = submit({transactionFor(**handed), slot});
    if (!result) {
        qFatal("not submitted");
    }
    return *result;
}

domain::Transaction StoreFixture::transactionFor(const domain::Order& order) {
    domain::Transaction transaction;
    transaction.orderId = order.id;
    transaction.attempt = order.attempt;
    transaction.fence = order.fence;
    transaction.signature = signatureOf((order.id.high ^ order.id.low) + ++signatures_);
    transaction.legs = {{keyOf(10), domain::Program::raydiumCpmm, order.inputMint, order.outputMint,
                         order.amountInRaw}};
    transaction.expectedOutRaw = 150 * kUsdc;
    transaction.minAmountOutRaw = 149 * kUsdc;
    transaction.computeUnitLimit = 140'000;
    transaction.computeUnitPriceMicroLamports = UINT64_MAX;
    transaction.tipLamports = 1'000;
    transaction.networkFeeLamports = kNetworkFee;
    transaction.snapshotSlot = slot;
    transaction.lastValidBlockHeight = 280'000'150;
    transaction.sentAtMicros = clock.wall;
    transaction.arrivesAtMicros = clock.wall + 40'000;
    return transaction;
}

execution::SlotCommit StoreFixture::slotWith(std::vector<chain::TransactionOutcome> outcomes) {
    execution::SlotCommit commit;
    commit.clock = {++slot, 1'750'000'000, 694};
    commit.blockHeight = slot - 20'000'000;
    commit.outcomes = std::move(outcomes);
    return commit;
}

chain::TransactionOutcome StoreFixture::landed(const domain::Order& order,
                                               std::uint64_t amountOutRaw) {
    domain::Fill fill;
    fill.orderId = order.id;
    fill.pool = keyOf(10);
    fill.program = domain::Program::raydiumCpmm;
    fill.inputMint = order.inputMint;
    fill.outputMint = order.outputMint;
    fill.amountInRaw = order.amountInRaw;
    fill.amountOutRaw = amountOutRaw;
    fill.feeRaw = order.amountInRaw / 400;
    fill.protocolFeeRaw = order.amountInRaw / 4'000;
    fill.feeMint = order.inputMint;
    fill.networkFeeLamports = kNetworkFee;
    fill.slot = 1;
    fill.signature = *order.signature;
    return {order.id, order.attempt, *order.signature,
            chain::Landed{{fill}, order.amountInRaw, amountOutRaw, kNetworkFee}};
}

chain::TransactionOutcome StoreFixture::reverted(const domain::Order& order, amm::SwapError error) {
    return {order.id, order.attempt, *order.signature,
            chain::Reverted{error, domain::Program::raydiumCpmm, kNetworkFee}};
}

chain::TransactionOutcome StoreFixture::expired(const domain::Order& order) {
    return {order.id, order.attempt, *order.signature, chain::Expired{}};
}

QStringList StoreFixture::rows(const QString& sql) const {
    return PlainConnection(path()).rows(sql);
}

bool StoreFixture::change(const QString& sql) const {
    return PlainConnection(path()).change(sql);
}

QString StoreFixture::broken() const {
    PlainConnection connection(path());
    for (const QString& fault : {brokenHistory(connection), brokenReservations(connection),
                                 brokenTotals(connection, genesis), brokenSets(connection)}) {
        if (!fault.isEmpty()) {
            return fault;
        }
    }
    return {};
}

FileLock::FileLock(const QString& path)
    : name_(QStringLiteral("lock-%1").arg(reinterpret_cast<quintptr>(this))) {
    QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", name_);
    database.setDatabaseName(path);
    QSqlQuery query(database.open() ? database : QSqlDatabase());
    if (!query.exec("BEGIN IMMEDIATE")) {
        qFatal("no lock: %s", qPrintable(query.lastError().text()));
    }
}

FileLock::~FileLock() {
    {
        QSqlQuery query(QSqlDatabase::database(name_));
        query.exec("ROLLBACK");
    }
    QSqlDatabase::database(name_).close();
    QSqlDatabase::removeDatabase(name_);
}

WriterHold::WriterHold(SqliteStore& store) {
    auto held = std::make_shared<std::promise<void>>();
    auto isHeld = held->get_future();
    auto gate = std::make_shared<std::shared_future<void>>(released_->get_future().share());
    // An unknown order changes nothing; its answer is where the writer waits.
    store.cancel({}, [held, gate](const OrderResult&) {
        held->set_value();
        gate->wait();
    });
    isHeld.wait();
}

void WriterHold::release() {
    if (!std::exchange(done_, true)) {
        released_->set_value();
    }
}

}  // namespace oee::storage::test
