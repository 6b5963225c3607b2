#pragma once
// The one that writes: has requests decided by the ledger, writes what they change, commits many of
// them at once. Lives on one thread; while that waits for the disk, a second one may decide ahead.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/crash_points.h"
#include "execution/ledger.h"
#include "execution/order_store.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/engine_file.h"
#include "storage/requests.h"
#include "storage/sqlite_store.h"
#include "storage/tables.h"
#include "storage/write_behind.h"

namespace oee::storage {

class Writer {
  public:
    struct Settings {
        QString path;
        std::uint64_t seed = 0;
        const base::Clock* clock = nullptr;
        std::size_t maxOpenOrders = 0;
        execution::StartBalances startBalances;  // the trader's, for a reset
        execution::RetryPolicy retries = execution::kNoRetries;
        Durability durability = Durability::powerLoss;
        SqliteStore::Listeners listeners;
        base::CrashPoints crashPoints = {};
    };

    // `names` must outlive the writer.
    Writer(Settings settings, const TokenNames& names, EngineFile file);

    // What waits in the queue, or was decided ahead, in one transaction; commits where one of the
    // requests asks for it. Then answers all, in order, and tells what was committed.
    void process(RequestQueue& queue);
    // On another thread than the rest, until the queue is closed: decides what comes while
    // process() writes. It is answered by process(), once it stands.
    void decideAhead(RequestQueue& queue);
    // Whether process() has something to do without looking into the queue.
    bool hasDecided() const;
    // When what rides along must be committed at the latest; empty: nothing does.
    std::optional<RequestQueue::TimePoint> flushDue() const;
    void flush();
    // Moves the log into the database, as far as readers let it.
    void checkpoint();
    bool wantsCheckpoint() const { return commitsSinceCheckpoint_ > 0; }

  private:
    // Called with whether the request's transaction stands.
    using Reply = std::function<void(bool)>;

    Reply handle(AdmitRequest& request);
    Reply handle(HandOutRequest& request);
    Reply handle(RetryRequest& request);
    Reply handle(NoteRequest& request);
    Reply handle(SubmitRequest& request);
    Reply handle(FailRequest& request);
    Reply handle(CancelRequest& request);
    Reply handle(SlotRequest& request);
    Reply handle(ResetRequest& request);
    Reply handle(PruneRequest& request);
    Reply handle(LimitsRequest& request);

    // A transaction, from its first request to its end.
    struct Batch {
        std::vector<Reply> replies;
        bool keepNow = false;  // what changed must be kept before it is told
        bool isLost = false;   // something could not be looked up
        // When what rides along is committed at the latest.
        std::optional<RequestQueue::TimePoint> flushDue;
    };
    using Lock = std::unique_lock<std::mutex>;

    // Under the mutex.
    void decide(std::vector<Request>& group, Tables& lookup);
    void onChange(execution::Urgency urgency);
    void tellDecided(const Decided& decided, const domain::OrderPtr& order);
    // Ends the open batch: `lock` is given up meanwhile.
    void finish(Lock& lock, RequestQueue* queue);
    void commitOpen(Lock& lock, RequestQueue* queue);
    void keepOpen(Lock& lock);

    // The file.
    bool write(const Changes& changes);
    void begin();
    // Another process that opened the file since has memory of its own: ours is out of date.
    void checkOwner();
    void answer(const std::vector<Reply>& replies, bool stands) const;
    void tell(const execution::Committed& committed) const;

    Settings settings_;
    const TokenNames& names_;
    std::unique_ptr<Connection> connection_;
    Tables tables_;
    const QString epoch_;
    bool began_ = false;  // a transaction of the file is open
    std::uint64_t commitsSinceCheckpoint_ = 0;

    mutable std::mutex mutex_;
    // Guarded by it.
    WriteBehind records_;
    execution::Ledger ledger_;
    Batch open_;
    bool isWriting_ = false;  // what was decided before the open batch
    bool hasTold_ = false;    // that something is decided, of the group that is
};

}  // namespace oee::storage
