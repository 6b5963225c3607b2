#include "storage/store_fixture.h"

#include <utility>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

#include "storage/file_check.h"

namespace oee::storage::test {
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

std::function<void(const execution::Committed&)> Watcher::handler() {
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
    auto result = SqliteStore::open(options, from, {.committed = watcher.handler()});
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

domain::PlanSummary planOf(const std::vector<domain::RouteLeg>& legs) {
    domain::PlanSummary plan;
    plan.legs = legs;
    plan.amountInRaw = UINT64_MAX;
    plan.expectedOutRaw = 7;
    plan.minAmountOutRaw = 6;
    plan.maxAmountInRaw = UINT64_MAX - 1;
    plan.boundRaw = 8;
    plan.gapPpb = 125'000'000;
    return plan;
}

execution::Submission StoreFixture::submissionOf(const Sent& sent) {
    const domain::Transaction& transaction = sent.transaction;
    execution::Submission submission{transaction, planOf(transaction.legs), sent.slot};
    submission.plan.expectedOutRaw = transaction.expectedOutRaw;
    submission.plan.minAmountOutRaw = transaction.minAmountOutRaw;
    submission.plan.maxAmountInRaw = transaction.maxAmountInRaw;
    submission.plan.boundRaw = transaction.expectedOutRaw;
    return submission;
}

OrderResult StoreFixture::submit(const Sent& sent) {
    const execution::Submission submission = submissionOf(sent);
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
                         order.amountInRaw, 150 * kUsdc}};
    transaction.expectedOutRaw = 150 * kUsdc;
    transaction.minAmountOutRaw = 149 * kUsdc;
    transaction.maxAmountInRaw = UINT64_MAX - 1;
    transaction.computeUnitLimit = 140'000;
    transaction.computeUnitPriceMicroLamports = UINT64_MAX;
    transaction.tipLamports = 1'000;
    transaction.networkFeeLamports = kNetworkFee;
    transaction.snapshotSlot = slot;
    transaction.decisionOutRaw = UINT64_MAX - 7;
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

domain::Receipt StoreFixture::receiptOf(const domain::Order& order,
                                        std::uint64_t amountOutRaw) const {
    domain::Receipt receipt;
    receipt.orderId = order.id;
    receipt.inputMint = order.inputMint;
    receipt.outputMint = order.outputMint;
    receipt.amountInRaw = order.amountInRaw;
    receipt.decisionSlot = slot - 1;
    receipt.landingSlot = slot;
    receipt.confirmedSlot = slot + 1;
    receipt.finalizedSlot = slot + 32;
    receipt.landedAtMicros = 1'750'000'000'400'000;
    receipt.decisionOutRaw = amountOutRaw + kUsdc;
    receipt.quotedOutRaw = amountOutRaw + 3;
    receipt.landingOutRaw = receipt.decisionOutRaw + 5;
    receipt.unsandwichedOutRaw = amountOutRaw;
    receipt.amountOutRaw = amountOutRaw;
    receipt.networkFeeLamports = kNetworkFee;
    receipt.parts.delayRaw = -5;
    receipt.parts.lpFeesRaw = kUsdc + 5;
    receipt.parts.networkRaw = 1'000;
    return receipt;
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
    return brokenRule(path(), genesis);
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
