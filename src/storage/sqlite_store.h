#pragma once
// The order store on SQLite: one writer thread, group commit, and the schema it stands on.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <QString>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/crash_points.h"
#include "domain/token.h"
#include "execution/order_store.h"
#include "execution/retry.h"
#include "storage/connection.h"
#include "storage/open_error.h"
#include "storage/prune.h"

class QThread;

namespace oee::storage {

struct Request;      // requests.h
class RequestQueue;  // requests.h

struct OpenOptions {
    QString path;
    std::uint64_t seed = 0;              // of the random part of order ids
    const base::Clock* clock = nullptr;  // must outlive the store
    Durability durability = Durability::powerLoss;
    std::size_t maxOpenOrders = execution::kMaxOpenOrders;  // more are refused as busy
    // What becomes of orders whose transactions were dropped, expired or reverted.
    execution::RetryPolicy retries = execution::kNoRetries;
    // For the readable columns and refusals; copied. Null: mints are shown by their short form.
    const domain::TokenRegistry* tokens = nullptr;
    // How long one attempt waits for another connection's write lock; there are three.
    std::chrono::milliseconds busyTimeout{2'000};
    base::CrashPoints crashPoints;
};

// engine.db. Every call may be made from any thread and returns at once; requests that wait are
// written in one transaction, and then answered on the writer thread in the order of the calls.
//
// Two cases are answered at once, on the calling thread: calls after close began (shuttingDown or
// closed), and admit, cancel, retryParked and resetWallet while `maxOpenOrders` requests wait (busy
// or unavailable). What the engine itself sends is bounded by its open orders and never turned
// away.
//
// With Durability::processEnd a COMMIT comes every half second: calls are answered, and told of,
// once they stand in its transaction. Where that COMMIT fails, all later calls do, too.
//
// handOut and a slot without outcomes and accounts are answered once they are in memory: fences
// never repeat, whatever is lost (each opening of the file starts above all earlier ones), and an
// empty slot that a crash takes back has changed nothing.
class SqliteStore final : public execution::OrderStore {
  public:
    // Called on threads of the store's; must not block.
    struct Listeners {
        // After the answers of a COMMIT that changed orders, fills or the wallet.
        std::function<void(const execution::Committed&)> committed{};
        std::function<void()> decided{};   // after several calls' `decided`
        std::function<void()> answered{};  // after the answers of several calls
    };

    struct Opened {
        std::unique_ptr<SqliteStore> store;
        execution::StoredState state;
        std::string instanceId;  // 16 hex digits, drawn once a data folder
        bool fresh = false;      // the file was set up from the genesis just now
        // All pages were read. Otherwise the file is too large for that: see BackgroundCheck.
        bool isChecked = false;
    };

    // Opens (or creates) the file, brings its schema up to date and reads what stands. A file that
    // is refused is left as it was.
    static tl::expected<Opened, OpenFailure> open(const OpenOptions& options,
                                                  const execution::Genesis& genesis,
                                                  Listeners listeners);

    // Finishes what is queued, commits, stops the thread.
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    void admit(execution::OrderDraft draft, Answer<execution::Admitted, execution::Refusal> answer,
               Decided decided = {}) override;
    void handOut(domain::OrderId orderId,
                 Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void retryParked(domain::OrderId orderId,
                     Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void note(execution::ProgressNote note) override;
    void submit(execution::Submission submission,
                Answer<domain::OrderPtr, execution::StoreError> answer,
                Decided decided = {}) override;
    void fail(execution::FailureNote note,
              Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void cancel(domain::OrderId orderId,
                Answer<domain::OrderPtr, execution::StoreError> answer) override;
    void commitSlot(execution::SlotCommit commit,
                    Answer<std::monostate, execution::StoreError> answer) override;
    void resetWallet(
        Answer<std::shared_ptr<const execution::Wallet>, execution::StoreError> answer) override;
    void setLimits(execution::RiskLimits limits) override;
    // Takes orders of findSurplus() away, in the transaction of those who ask meanwhile.
    void prune(PruneBatch batch, Answer<std::monostate, execution::StoreError> answer);

  private:
    explicit SqliteStore(std::size_t maxQueued);
    // Queues the request; where it cannot, answers it at once.
    void push(Request request);

    std::unique_ptr<RequestQueue> queue_;
    std::unique_ptr<QThread> thread_;
};

}  // namespace oee::storage
