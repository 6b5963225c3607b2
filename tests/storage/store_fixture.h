#pragma once
// A store on a real file, calls that wait for their answers, and a check of the whole file that
// does not use the code under test.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <QString>
#include <QTemporaryDir>
#include <QVariant>

#include "base/clock.h"
#include "domain/token.h"
#include "domain/transaction.h"
#include "execution/order_store.h"
#include "storage/sqlite_store.h"

namespace oee::storage::test {

class ManualClock final : public base::Clock {
  public:
    base::UnixMicros nowMicros() const override { return wall; }
    std::int64_t steadyMicros() const override {
        ++asked;
        return steady;
    }

    std::atomic<base::UnixMicros> wall{1'750'000'000'000'000};
    std::atomic<std::int64_t> steady{1'000'000'000};
    mutable std::atomic<std::uint64_t> asked{0};  // how often for steadyMicros
};

domain::Pubkey keyOf(std::uint8_t number);
domain::Signature signatureOf(std::uint64_t number);

inline const domain::Pubkey kBonk = keyOf(77);
inline constexpr std::uint64_t kSol = 1'000'000'000;
inline constexpr std::uint64_t kUsdc = 1'000'000;

domain::TokenRegistry testTokens();
// 1,000 SOL, 100,000 USDC, and 2^64 − 1 base units of a third token; one pool of two accounts.
execution::Genesis testGenesis();

// Sells SOL for USDC.
execution::OrderDraft draftOf(std::uint64_t amountInRaw, const std::string& idempotencyKey = {});
inline constexpr std::uint64_t kReservedLamports = 20'000;
inline constexpr std::uint64_t kNetworkFee = 12'000;

// Waits for an answer; a store that never answers fails the test.
template <typename Result, typename Ask>
Result waitFor(Ask&& ask) {
    auto promise = std::make_shared<std::promise<Result>>();
    auto future = promise->get_future();
    ask([promise](Result result) { promise->set_value(std::move(result)); });
    if (future.wait_for(std::chrono::minutes(2)) != std::future_status::ready) {
        qFatal("the store gave no answer");
    }
    return future.get();
}

// Collects the answers of calls that were not waited for.
template <typename Result>
class Answers {
  public:
    auto next() {
        auto promise = std::make_shared<std::promise<Result>>();
        futures_.push_back(promise->get_future());
        return [promise](Result result) { promise->set_value(std::move(result)); };
    }
    std::vector<Result> all() {
        std::vector<Result> results;
        for (auto& future : futures_) {
            if (future.wait_for(std::chrono::minutes(2)) != std::future_status::ready) {
                qFatal("the store gave no answer");
            }
            results.push_back(future.get());
        }
        futures_.clear();
        return results;
    }

  private:
    std::vector<std::future<Result>> futures_;
};

using AdmitResult = tl::expected<execution::Admitted, execution::Refusal>;
using OrderResult = tl::expected<domain::OrderPtr, execution::StoreError>;
using SlotAnswer = tl::expected<std::monostate, execution::StoreError>;
using WalletResult = tl::expected<std::shared_ptr<const execution::Wallet>, execution::StoreError>;

// What onCommitted told.
class Watcher {
  public:
    std::function<void(const execution::Committed&)> handler();
    std::vector<std::shared_ptr<const domain::OrderEvent>> events() const;
    std::vector<domain::Fill> fills() const;
    std::shared_ptr<const execution::Wallet> wallet() const;  // the last one told
    std::size_t calls() const;

  private:
    mutable std::mutex mutex_;
    std::vector<execution::Committed> told_;
};

// A store in a folder of its own.
// A plan with these legs, and numbers that tell its fields apart.
domain::PlanSummary planOf(const std::vector<domain::RouteLeg>& legs);

class StoreFixture {
  public:
    StoreFixture();

    // Opens (again); fails the test if it is refused.
    void open();
    tl::expected<void, OpenFailure> tryOpen(const execution::Genesis& genesis);
    void close();
    QString path() const;

    AdmitResult admit(const execution::OrderDraft& draft);
    OrderResult handOut(domain::OrderId orderId);
    // With the plan that the transaction is of.
    struct Sent {
        domain::Transaction transaction;
        std::uint64_t slot = 0;
    };
    static execution::Submission submissionOf(const Sent& sent);
    OrderResult submit(const Sent& sent);
    OrderResult fail(const execution::FailureNote& note);
    OrderResult cancel(domain::OrderId orderId);
    SlotAnswer commitSlot(const execution::SlotCommit& commit);
    WalletResult resetWallet();

    // An order taken to a state by the shortest way.
    domain::OrderPtr admitted(std::uint64_t amountInRaw = kSol);
    domain::OrderPtr submitted(std::uint64_t amountInRaw = kSol);
    // A transaction for an order that was handed out.
    domain::Transaction transactionFor(const domain::Order& order);
    // A slot after the last one with this outcome.
    execution::SlotCommit slotWith(std::vector<chain::TransactionOutcome> outcomes);
    // Of an order that lands in the newest slot: decided at 1 USDC more, all of it LP fees.
    domain::Receipt receiptOf(const domain::Order& order, std::uint64_t amountOutRaw) const;
    static chain::TransactionOutcome landed(const domain::Order& order, std::uint64_t amountOutRaw);
    static chain::TransactionOutcome reverted(const domain::Order& order, amm::SwapError error);
    static chain::TransactionOutcome expired(const domain::Order& order);

    // Rows by a connection of its own, columns joined by '|'.
    QStringList rows(const QString& sql) const;
    bool change(const QString& sql) const;  // writes by a connection of its own
    // Every rule that the file must keep, whatever was done: empty, or what is broken. Close the
    // store (or wait for its commits) first.
    QString broken() const;

    ManualClock clock;
    domain::TokenRegistry tokens = testTokens();
    execution::Genesis genesis = testGenesis();
    OpenOptions options;
    Watcher watcher;
    SqliteStore::Opened opened;
    std::uint64_t slot = 300'000'000;

    SqliteStore& store() { return *opened.store; }

  private:
    template <typename Result, typename Ask>
    Result ask(Ask&& question);

    QTemporaryDir folder_;
    std::uint64_t signatures_ = 0;
};

// Another connection that holds the file's write lock.
class FileLock {
  public:
    explicit FileLock(const QString& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    QString name_;
};

// Keeps the writer thread busy in an answer until release(), so that what is asked meanwhile
// becomes one group.
class WriterHold {
  public:
    explicit WriterHold(SqliteStore& store);
    ~WriterHold() { release(); }
    void release();

  private:
    std::shared_ptr<std::promise<void>> released_ = std::make_shared<std::promise<void>>();
    bool done_ = false;
};

}  // namespace oee::storage::test
