#pragma once
// The one that writes: decides requests against memory, writes what they change, commits many of
// them at once. Lives on one thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/order.h"
#include "execution/order_store.h"
#include "execution/wallet.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/engine_file.h"
#include "storage/requests.h"
#include "storage/settlement.h"
#include "storage/tables.h"

namespace oee::storage {

class Writer {
  public:
    struct Settings {
        std::uint64_t seed = 0;
        const base::Clock* clock = nullptr;
        std::size_t maxOpenOrders = 0;
        StartBalances startBalances;  // the trader's, for a reset
        std::function<void(const execution::Committed&)> onCommitted;
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
    using OrderResult = tl::expected<domain::OrderPtr, execution::StoreError>;
    enum class Commit { now, later };

    // How memory was when the transaction began.
    struct Before {
        execution::Wallet wallet;
        std::uint64_t lastSequence = 0;
        domain::EventHash lastHash{};
        std::uint32_t lastOrderNumber = 0;
        std::size_t admissions = 0;                          // made since
        std::map<domain::OrderId, domain::OrderPtr> orders;  // changed ones; null: there was none
    };

    struct Transition {
        domain::OrderStatus to = domain::OrderStatus::pending;
        std::uint64_t slot = 0;
        base::UnixMicros atMicros = 0;
        std::string detail;
    };

    Reply handle(AdmitRequest& request);
    Reply handle(HandOutRequest& request);
    Reply handle(NoteRequest& request);
    Reply handle(SubmitRequest& request);
    Reply handle(FailRequest& request);
    Reply handle(CancelRequest& request);
    Reply handle(SlotRequest& request);
    Reply handle(ResetRequest& request);
    Reply handle(LimitsRequest& request);

    // writer_orders.cpp
    tl::expected<execution::Admitted, execution::Refusal> admit(const execution::OrderDraft& draft);
    std::optional<execution::Refusal> refusalOf(const execution::OrderDraft& draft);
    std::optional<execution::Refusal> limitRefusal(const execution::OrderDraft& draft);
    std::optional<execution::Refusal> balanceRefusal(const execution::OrderDraft& draft) const;
    domain::Order newOrder(const execution::OrderDraft& draft);
    OrderResult handOut(const domain::OrderId& orderId);
    void note(const execution::ProgressNote& note);
    OrderResult submit(const execution::Submission& submission);
    OrderResult fail(const execution::FailureNote& note);
    OrderResult cancel(const domain::OrderId& orderId);
    domain::OrderPtr endUnsent(domain::Order order, const Transition& transition);
    // The order, where it has not been submitted; otherwise notFound, or `movedOn` where it is
    // submitted or has ended.
    OrderResult unsent(const domain::OrderId& orderId, execution::StoreError movedOn);
    // The same, where `fence` is the newest; otherwise staleFence.
    OrderResult unsentHeldBy(const domain::OrderId& orderId, std::uint64_t fence);

    // writer_slots.cpp
    tl::expected<std::monostate, execution::StoreError> commitSlot(
        const execution::SlotCommit& commit);
    tl::expected<std::shared_ptr<const execution::Wallet>, execution::StoreError> resetWallet();
    std::string describe(const Settlement& settlement) const;  // for the log

    // The transaction: begun at the first change, and remembered for the way back.
    enum class Finished { committed, ridesAlong, lost };
    void begin(Commit commit);
    // Another process that opened the file since has memory of its own: ours is out of date.
    void checkOwner();
    Finished finish();
    void writeBalances();
    void takeBack();
    void tell();

    // One step of an order, numbered and chained; its event is written with the order.
    void step(domain::Order& order, const Transition& transition,
              std::span<const domain::Fill> fills = {});
    // The steps that are missing on the way to building.
    void stepToBuilding(domain::Order& order, const Transition& like);
    // The order as it is now, in memory and in its row, and the events of its steps.
    enum class RowIs { fresh, there };
    domain::OrderPtr keep(domain::Order order, RowIs row);
    base::UnixMicros now();  // never below what it gave before
    std::uint64_t fenceOf(const domain::OrderId& orderId) const;

    Settings settings_;
    const TokenNames& names_;
    std::unique_ptr<Connection> connection_;
    Tables tables_;
    const QString epoch_;
    execution::RiskLimits limits_;

    // What stands and what the open transaction adds.
    execution::Wallet wallet_;
    std::map<domain::OrderId, domain::OrderPtr> open_;  // orders that have not ended
    std::uint64_t lastSequence_ = 0;
    domain::EventHash lastHash_{};  // of the newest event
    std::uint32_t lastOrderNumber_ = 0;
    std::deque<std::int64_t> admittedAtSteadyMicros_;  // of the last minute

    // Never taken back: times only grow, and a fence that was told is never told again.
    base::UnixMicros lastMicros_ = 0;
    std::uint64_t lastFence_ = 0;
    std::map<domain::OrderId, std::uint64_t> fences_;
    std::uint64_t slot_ = 0;  // the newest

    std::optional<Before> before_;  // a transaction is open
    bool commitNow_ = false;
    std::optional<RequestQueue::TimePoint> flushDue_;
    execution::Committed committed_;  // what the open transaction will have changed
    std::size_t eventsWritten_ = 0;   // of committed_.events
    std::uint64_t commitsSinceCheckpoint_ = 0;
};

}  // namespace oee::storage
