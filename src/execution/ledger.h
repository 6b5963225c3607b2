#pragma once
// The order book of what stands: admits orders, moves them, settles them, numbers and chains every
// event. All decisions of an order store, without the storing: what changes goes to the records, in
// the order in which it happened, within transactions that are kept or taken back as a whole.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "domain/order.h"
#include "domain/token.h"
#include "execution/event_record.h"
#include "execution/order_store.h"
#include "execution/retry.h"
#include "execution/settlement.h"
#include "execution/token_bucket.h"
#include "execution/wallet.h"

namespace oee::execution {

using EventPtr = std::shared_ptr<const domain::OrderEvent>;

// What was sent, and the plan that it came from.
struct SentTransaction {
    domain::Transaction transaction;
    domain::PlanSummary plan;
    base::UnixMicros submittedAtMicros = 0;
};

// Where changes are written, and where what has ended can be found again.
class LedgerRecords {
  public:
    virtual ~LedgerRecords() = default;

    virtual void insertOrder(const domain::OrderPtr& order) = 0;
    virtual void updateOrder(const domain::OrderPtr& order) = 0;
    virtual void insertEvent(const EventPtr& event) = 0;
    virtual void insertFill(const domain::Fill& fill) = 0;
    virtual void insertReceipt(const domain::Receipt& receipt) = 0;
    virtual void addMarkout(const MarkoutTaken& taken) = 0;
    // An order's newest; it stays with an order that has ended.
    virtual void insertTransaction(SentTransaction sent) = 0;
    virtual void deleteTransaction(const domain::OrderId& orderId) = 0;
    // Work that somebody has to do for an order: a plan.
    virtual void insertJob(const domain::OrderPtr& order) = 0;
    virtual void updateJob(const domain::OrderId& orderId, const JobRecord& job) = 0;
    virtual void deleteJob(const domain::OrderId& orderId) = 0;
    virtual void putBalance(const Wallet::Key& key, const Balance& balance) = 0;
    virtual void putAccount(const AccountWrite& write, std::uint64_t slot) = 0;
    virtual void putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) = 0;
    virtual void putEventHead(const domain::EventHash& hash) = 0;
    virtual void putChainState(std::span<const std::uint8_t> state) = 0;

    // Any order that was inserted.
    virtual std::optional<domain::Order> findOrder(const domain::OrderId& orderId) = 0;
    virtual std::optional<domain::Order> findByIdempotencyKey(const std::string& key) = 0;
};

// Whether what changed must be kept before anybody is told of it, or may wait for company.
enum class Urgency { now, later };

class Ledger {
  public:
    struct Settings {
        std::uint64_t seed = 0;              // of the random part of order ids
        const base::Clock* clock = nullptr;  // must outlive the ledger
        std::size_t maxOpenOrders = 0;
        StartBalances startBalances;  // the trader's, for a reset
        RetryPolicy retries = kNoRetries;
        // Before the first change that a request makes.
        std::function<void(Urgency)> onChange;
    };

    // Where it goes on.
    struct Start {
        Wallet wallet;
        std::vector<domain::OrderPtr> openOrders;  // all that have not ended
        std::uint64_t lastSequence = 0;
        domain::EventHash lastHash{};
        std::uint32_t lastOrderNumber = 0;
        base::UnixMicros lastMicros = 0;
        std::uint64_t lastFence = 0;
        std::uint64_t slot = 0;
        std::vector<base::UnixMicros> recentAdmissions;  // of the last minute, ascending
        std::map<domain::OrderId, JobRecord> jobs;       // begun, or have failed before
    };

    using OrderResult = tl::expected<domain::OrderPtr, StoreError>;

    // `tokens` and `records` must outlive the ledger.
    Ledger(Settings settings, const domain::TokenRegistry& tokens, LedgerRecords& records,
           Start start);

    // As OrderStore's calls of the same names: a refusal changes nothing.
    tl::expected<Admitted, Refusal> admit(const OrderDraft& draft);
    OrderResult handOut(const domain::OrderId& orderId);
    OrderResult retryParked(const domain::OrderId& orderId);
    void note(const ProgressNote& note);
    OrderResult submit(const Submission& submission);
    OrderResult fail(const FailureNote& note);
    OrderResult cancel(const domain::OrderId& orderId);
    tl::expected<std::monostate, StoreError> commitSlot(const SlotCommit& commit);
    tl::expected<std::shared_ptr<const Wallet>, StoreError> resetWallet();
    void setLimits(RiskLimits limits);

    // A transaction that is decided, and whose end is not known.
    class Sealed;
    // Ends the open transaction; what is decided from here on belongs to the next one. Writes what
    // is written once a transaction: balances and the newest event's hash.
    Sealed seal();
    // What it changed stands.
    void keep(const Sealed& sealed);
    // Nothing of it has happened, nor of the open transaction, which was built upon it. Of several
    // the newest first. Times, fences and ids do not go back: others may have been told of them.
    void takeBack(Sealed sealed);

    const domain::EventHash& lastHash() const { return lastHash_; }

  private:
    // How things stood when the transaction began.
    struct Before {
        Wallet wallet;
        std::uint64_t lastSequence = 0;
        domain::EventHash lastHash{};
        std::size_t admissions = 0;  // made since
        std::unordered_map<domain::OrderId, domain::OrderPtr>
            orders;                                           // changed ones; null: there was none
        std::unordered_map<domain::OrderId, JobRecord> jobs;  // changed ones
        std::vector<domain::OrderId> submitted;
    };
    void restore(Before before);

    struct Transition {
        domain::OrderStatus to = domain::OrderStatus::pending;
        std::uint64_t slot = 0;
        base::UnixMicros atMicros = 0;
        std::string detail;
    };

    // ledger_orders.cpp
    std::optional<Refusal> refusalOf(const OrderDraft& draft);
    std::optional<Refusal> limitRefusal(const OrderDraft& draft);
    std::optional<Refusal> balanceRefusal(const OrderDraft& draft) const;
    domain::Order newOrder(const OrderDraft& draft);
    domain::OrderPtr endUnsent(domain::Order order, Transition transition);
    // The order, where it has not been submitted; otherwise notFound, or `movedOn` where it is
    // submitted or has ended.
    OrderResult unsent(const domain::OrderId& orderId, StoreError movedOn);
    // The same, where `fence` is the newest; otherwise staleFence.
    OrderResult unsentHeldBy(const domain::OrderId& orderId, std::uint64_t fence);

    // A new fence, in memory only: what the order does next writes it, and after a restart all
    // fences are above this one.
    domain::OrderPtr fenced(domain::Order order);
    JobRecord jobOf(const domain::OrderId& orderId) const;
    void keepJob(const domain::OrderId& orderId, const JobRecord& job);
    void endJob(const domain::OrderId& orderId);

    // ledger_slots.cpp
    void keepSettlement(Settlement settlement, const chain::TransactionOutcome& outcome,
                        const domain::Receipt* receipt, const SlotMoment& moment);
    std::string describe(const Settlement& settlement,
                         const chain::TransactionOutcome& outcome) const;  // for the log

    void begin(Urgency urgency);
    // One step of an order, numbered and chained; its event is written with the order.
    void step(domain::Order& order, Transition transition, const Decided& decided = {});
    // The steps that are missing on the way to building.
    void stepToBuilding(domain::Order& order, const Transition& like,
                        const std::string& planDetail);
    // The order as its last step left it, here and in the records, and the events of its steps.
    enum class RecordIs { fresh, there };
    domain::OrderPtr keepOrder(RecordIs record);
    base::UnixMicros now();  // never below what it gave before
    std::uint64_t fenceOf(const domain::OrderId& orderId) const;
    std::string withSymbol(std::uint64_t amountRaw, const domain::Pubkey& mint) const;

    Settings settings_;
    const domain::TokenRegistry& tokens_;
    LedgerRecords& records_;
    RiskLimits limits_;

    // What stands and what the open transaction adds.
    Wallet wallet_;
    std::unordered_map<domain::OrderId, domain::OrderPtr> open_;  // orders that have not ended
    std::unordered_map<domain::OrderId, JobRecord> jobs_;  // those begun, or that have failed
    std::uint64_t lastSequence_ = 0;
    domain::EventHash lastHash_{};                     // of the newest event
    std::deque<std::int64_t> admittedAtSteadyMicros_;  // of the last minute
    std::optional<TokenBucket> bucket_;

    // Never taken back: times only grow, and an id or a fence that was told is never told again.
    base::UnixMicros lastMicros_ = 0;
    std::uint32_t lastOrderNumber_ = 0;
    std::uint64_t lastFence_ = 0;
    std::unordered_map<domain::OrderId, std::uint64_t> fences_;
    std::uint64_t slot_ = 0;  // the newest
    // Jobs that a worker has begun since their last hand-out: those of records, and those that were
    // begun outside of this process.
    std::unordered_set<domain::OrderId> begun_;

    std::optional<Before> before_;   // a transaction is open
    Committed committed_;            // what it will have changed
    std::size_t eventsWritten_ = 0;  // of committed_.events
};

class Ledger::Sealed {
  public:
    // To be told once it stands.
    const Committed& committed() const { return committed_; }

  private:
    friend class Ledger;
    std::optional<Before> before_;
    std::vector<domain::OrderId> ended_;
    Committed committed_;
};

}  // namespace oee::execution
