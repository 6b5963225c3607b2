#pragma once
// The port to the only authority: what is committed here has happened, nothing else has.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "chain/chain.h"
#include "domain/order.h"
#include "domain/receipt.h"
#include "domain/transaction.h"
#include "execution/admission.h"
#include "execution/wallet.h"

namespace oee::execution {

// Orders that have not ended, unless the settings say otherwise.
inline constexpr std::size_t kMaxOpenOrders = 10'000;

enum class StoreError {
    unavailable,  // the database refused or is gone; nothing was changed
    notFound,
    staleFence,  // another worker was given the job since, or the order has moved on
    illegalTransition,
    openOrders,  // a wallet reset while orders are open
    parked,      // its job came back too often; somebody has to retry it
    notParked,
    closed,  // the store is shutting down
};

// A job that workers began so often, and that came back each time neither sent nor ended (they died
// with it, or were taken for dead), is parked: a dead letter.
inline constexpr std::uint32_t kMostJobFailures = 5;

struct JobRecord {
    std::uint32_t failures = 0;
    std::optional<base::UnixMicros> parkedAtMicros;
    bool begun = false;  // by a worker, since its failures were counted last

    friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

struct DeadLetter {
    domain::OrderPtr order;
    JobRecord job;
};

// ids and times are the store's to give, so that they grow in the order of commits.
struct Admitted {
    domain::OrderPtr order;
    bool replayed = false;  // same idempotency key and body: the order that already stands
};

struct ProgressNote {
    domain::OrderId orderId;
    std::uint64_t fence = 0;
    // Routing or building. Pending: begun outside of this process, whose end is then not the job's
    // failure; nothing is written.
    domain::OrderStatus status = domain::OrderStatus::routing;
    std::uint64_t slot = 0;
    std::optional<domain::PlanSummary> plan;  // with building
    std::string detail;
    // Called on the store's thread once it is written (or cannot be). Otherwise it rides along.
    std::function<void()> written = {};
};

struct Submission {
    domain::Transaction transaction;
    domain::PlanSummary plan;
    std::uint64_t slot = 0;
    std::string planDetail{};  // in words, of the step to building where that was not noted
};

struct FailureNote {
    domain::OrderId orderId;
    std::uint64_t fence = 0;
    domain::OrderFailure failure;
    std::uint64_t slot = 0;
};

// One account of one pool, as it is after a slot.
struct AccountWrite {
    domain::Pubkey pool;
    domain::Pubkey address;
    amm::Account account;
};

// A markout of an order that has a receipt, at one of kMarkoutSeconds.
struct MarkoutTaken {
    domain::OrderId orderId;
    domain::Markout markout;
};

// A transaction that the chain was sent, by the submission that it came from.
struct Arrival {
    domain::OrderId orderId;
    std::uint64_t fence = 0;

    friend auto operator<=>(const Arrival&, const Arrival&) = default;
};

// Everything that a slot changed, in one COMMIT.
struct SlotCommit {
    amm::ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::vector<chain::TransactionOutcome> outcomes;
    std::vector<AccountWrite> accounts;
    std::vector<domain::Receipt> receipts;  // of those that landed
    std::vector<MarkoutTaken> markouts;     // of earlier slots' receipts
    std::vector<std::uint8_t> chainState;   // chain::encodeState; empty: not to be kept
    // Those that the chain took in with this slot. The slot is refused (staleFence) where the
    // submission of one does not stand.
    std::vector<Arrival> arrivals{};
};

// What a COMMIT changed, for those who watch.
struct Committed {
    std::vector<std::shared_ptr<const domain::OrderEvent>> events;  // by sequence
    std::vector<domain::Fill> fills;
    std::vector<domain::Receipt> receipts;
    std::shared_ptr<const Wallet> wallet;  // null where it did not change
};

// A filled order whose markouts are not all taken.
struct OwedMarkouts {
    domain::Receipt receipt;  // with those that are
    std::vector<domain::Fill> fills;
};

// What the store can be asked to know at start.
struct StoredState {
    amm::ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::map<domain::Pubkey, amm::AccountSet> pools;
    std::vector<domain::OrderPtr> openOrders;   // pending, routing, building; oldest first
    std::vector<domain::Transaction> inFlight;  // of submitted orders; oldest first
    std::shared_ptr<const Wallet> wallet;
    std::uint64_t lastEventSequence = 0;
    std::vector<std::uint8_t> chainState;    // at the clock's slot; empty: none was kept
    std::vector<OwedMarkouts> owedMarkouts;  // oldest order first
};

// What a new data folder starts from. `identity` names it: another one on the same folder is
// refused.
struct Genesis {
    std::string identity;     // stable: kind of source, seed or digest
    std::string description;  // for people
    amm::ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::map<domain::Pubkey, amm::AccountSet> pools;
    std::map<domain::Pubkey, std::uint64_t> startBalances;  // the trader's
};

// Every call may be made from any thread and returns at once; the answer is called on the store's
// own thread after the COMMIT that decided it (or its failure), in the order of the calls. Answers
// must not block. Calls are grouped into common transactions; one that is refused changes nothing
// and does not harm its neighbours.
class OrderStore {
  public:
    virtual ~OrderStore() = default;

    template <typename T, typename E>
    using Answer = std::function<void(tl::expected<T, E>)>;
    // Told of an order on a thread of the store's once the call is decided, but not yet written:
    // what it leads to may begin. All that is asked from then on is decided after it, and stands
    // only if it does. If it does not, `answer` says so; where it is refused, nothing is told.
    // Must not block, nor tell anybody outside.
    using Decided = std::function<void(const domain::OrderPtr&)>;

    // Stores the order as pending and reserves its input and fees, in one transaction. `decided` is
    // not told of an order that already stood.
    virtual void admit(OrderDraft draft, Answer<Admitted, Refusal> answer,
                       Decided decided = {}) = 0;
    // Gives the job of an order out (again): a new fence. Answers the order with it. Only for
    // pending, routing and building. Does not force a commit of its own, unless the job failed
    // before: that is counted, and at last parks the order (`parked`, as for every later hand-out).
    virtual void handOut(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) = 0;
    // Hands out a parked order, as if no worker had ever begun it.
    virtual void retryParked(domain::OrderId orderId,
                             Answer<domain::OrderPtr, StoreError> answer) = 0;
    // Routing and building ride along with the next commit; a stale fence is ignored.
    virtual void note(ProgressNote note) = 0;
    // pending | routing | building → submitted, if the fence is the newest.
    virtual void submit(Submission submission, Answer<domain::OrderPtr, StoreError> answer,
                        Decided decided = {}) = 0;
    // → failed before submission, releasing the reservation.
    virtual void fail(FailureNote note, Answer<domain::OrderPtr, StoreError> answer) = 0;
    // → cancelled, if not submitted yet.
    virtual void cancel(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) = 0;
    // One slot, whole or not at all: accounts, fills, wallets, order states, clock. A commit
    // without outcomes, accounts and markouts rides along with the next one.
    virtual void commitSlot(SlotCommit commit, Answer<std::monostate, StoreError> answer) = 0;
    // The trader's balances back to the start. Refused while orders are open.
    virtual void resetWallet(Answer<std::shared_ptr<const Wallet>, StoreError> answer) = 0;
    virtual void setLimits(RiskLimits limits) = 0;
};

}  // namespace oee::execution
