#pragma once
// The one that writes: has requests decided by the ledger, writes what they change, commits many of
// them at once. Lives on one thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/crash_points.h"
#include "execution/ledger.h"
#include "execution/order_store.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/engine_file.h"
#include "storage/requests.h"
#include "storage/tables.h"
#include "storage/write_behind.h"

namespace oee::storage {

class Writer {
  public:
    struct Settings {
        std::uint64_t seed = 0;
        const base::Clock* clock = nullptr;
        std::size_t maxOpenOrders = 0;
        execution::StartBalances startBalances;  // the trader's, for a reset
        execution::RetryPolicy retries = execution::kNoRetries;
        Durability durability = Durability::powerLoss;
        std::function<void(const execution::Committed&)> onCommitted;
        base::CrashPoints crashPoints = {};
    };

    // `names` must outlive the writer.
    Writer(Settings settings, const TokenNames& names, EngineFile file);

    // All of them in one transaction; commits where one of them asks for it. Then answers all, in
    // order, and tells what was committed.
    void process(std::vector<Request>& group);
    // When what rides along must be committed at the latest; empty: nothing does.
    std::optional<RequestQueue::TimePoint> flushDue() const { return flushDue_; }
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

    // The transaction: begun at the first change. `kept`: what it changed stands and may be told.
    enum class Finished { kept, ridesAlong, lost };
    void begin(execution::Urgency urgency);
    // Another process that opened the file since has memory of its own: ours is out of date.
    void checkOwner();
    Finished finish();
    bool commit();
    void tell();

    Settings settings_;
    std::unique_ptr<Connection> connection_;
    Tables tables_;
    WriteBehind records_;
    const QString epoch_;
    execution::Ledger ledger_;

    bool began_ = false;      // a transaction is open
    bool keepNow_ = false;    // what changed must be kept before it is told
    bool commitNow_ = false;  // and, whatever the durability, be in the file
    std::optional<RequestQueue::TimePoint> flushDue_;
    execution::Committed committed_;  // what the last transaction changed
    std::uint64_t commitsSinceCheckpoint_ = 0;
};

}  // namespace oee::storage
