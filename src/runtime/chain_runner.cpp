#include "runtime/chain_runner.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <QMetaObject>

#include "chain/slots.h"
#include "runtime/timer_scheduler.h"

namespace oee::runtime {
namespace {

// How long after a refused commit an unpaced chain tries it again.
constexpr std::int64_t kRetryAfterMicros = 200'000;
constexpr std::int64_t kNominalSlotMicros = std::int64_t{chain::kNominalSlotMillis} * 1'000;

execution::Arrival arrivalOf(const domain::Transaction& transaction) {
    return {transaction.orderId, transaction.fence};
}

}  // namespace

ChainStart chainStart(const execution::StoredState& stored, amm::MarketSnapshotPtr market,
                      const chain::NetworkProfile& profile, WithCounterfactuals counterfactuals) {
    ChainStart start;
    start.record = {.accounts = stored.pools,
                    .owedMarkouts = stored.owedMarkouts,
                    .counterfactuals = counterfactuals};
    if (!stored.chainState.empty()) {
        if (auto restored = chain::decodeState(stored.chainState, market, stored.inFlight)) {
            start.chain = std::move(*restored);
            return start;
        }
        qWarning(
            "What the chain remembered cannot be read: its fee market, prices and traffic "
            "begin anew.");
    }
    start.chain = {chain::genesisState(std::move(market), profile), stored.inFlight};
    return start;
}

ChainRunner::ChainRunner(const Environment& environment, ChainStart start)
    : environment_(environment),
      committed_(std::move(start.chain.state)),
      recorder_(environment.profile, std::move(start.record)),
      arrivals_(std::move(start.chain.onTheWay)) {}

ChainRunner::~ChainRunner() = default;

void ChainRunner::begin() {
    scheduler_ = std::make_unique<TimerScheduler>();
    running_ = true;
    environment_.published.store(committed_.market);
    nextSlotAtSteadyMicros_ = environment_.clock.steadyMicros();
    collectArrivals();
    scheduleNextSlot();
}

void ChainRunner::end() {
    running_ = false;
    scheduler_.reset();
}

void ChainRunner::acceptUntilWoken(domain::Transaction transaction) {
    const std::lock_guard lock(arrivalsMutex_);
    arrivals_.push_back(std::move(transaction));
}

void ChainRunner::wake() {
    const std::lock_guard lock(arrivalsMutex_);
    postWake();
}

void ChainRunner::withdraw(const execution::Arrival& lost) {
    QMetaObject::invokeMethod(
        this, [this, lost] { drop(lost); }, Qt::QueuedConnection);
}

void ChainRunner::postWake() {
    if (!wakePosted_ && !arrivals_.empty()) {
        wakePosted_ = true;
        QMetaObject::invokeMethod(
            this,
            [this] {
                collectArrivals();
                if (!isPaced()) {
                    scheduleNextSlot();
                }
            },
            Qt::QueuedConnection);
    }
}

void ChainRunner::collectArrivals() {
    std::vector<domain::Transaction> arrived;
    {
        const std::lock_guard lock(arrivalsMutex_);
        arrived.swap(arrivals_);
        wakePosted_ = false;
    }
    if (!arrived.empty()) {
        environment_.crashPoints.reach(base::CrashPoint::chainAfterArrival);
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    for (domain::Transaction& transaction : arrived) {
        const std::int64_t latency = transaction.arrivesAtMicros - transaction.sentAtMicros;
        pending_.push_back({now + latency, std::move(transaction)});
    }
}

// The store refuses the slot that it came in with, which is then computed without it.
void ChainRunner::drop(const execution::Arrival& lost) {
    collectArrivals();
    const auto isLost = [&](const domain::Transaction& transaction) {
        return arrivalOf(transaction) == lost;
    };
    std::erase_if(pending_, [&](const Pending& entry) { return isLost(entry.transaction); });
    for (const ProcessedSlot& slot : processed_) {
        if (std::any_of(slot.inbox.begin(), slot.inbox.end(), isLost)) {
            withdrawn_.insert(lost);
        }
    }
}

bool ChainRunner::dropWithdrawn(std::vector<domain::Transaction>& transactions) {
    return std::erase_if(transactions, [this](const domain::Transaction& transaction) {
               return withdrawn_.erase(arrivalOf(transaction)) > 0;
           }) > 0;
}

const chain::ChainState& ChainRunner::newest() const {
    return processed_.empty() ? committed_ : processed_.back().result.state;
}

// An unpaced chain opens slots for what it has been sent; and at the nominal pace while it owes
// something that needs time to pass.
bool ChainRunner::isResting() const {
    return !isPaced() && pending_.empty() && processed_.empty() && committed_.pending.empty() &&
           !recorder_.owesMarkouts();
}

void ChainRunner::scheduleNextSlot() {
    if (!running_ || isCommitting_ || isResting() || (isPaced() && scheduledAtSteadyMicros_)) {
        return;
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    std::int64_t dueAt = now;
    if (isPaced()) {
        nextSlotAtSteadyMicros_ += chain::slotDurationMicros(
            environment_.profile, environment_.scenario.seed, newest().market->clock.slot + 1);
        // After a pause (a suspended machine, a slow disk) slots go on from now: they are not made
        // up for in a burst.
        nextSlotAtSteadyMicros_ = std::max(nextSlotAtSteadyMicros_, now);
        dueAt = nextSlotAtSteadyMicros_;
    } else if (isRefused_) {
        dueAt = now + kRetryAfterMicros;
    } else {
        dueAt = now + kNominalSlotMicros;
        for (const Pending& entry : pending_) {
            dueAt = std::min(dueAt, std::max(now, entry.readyAtSteadyMicros));
        }
    }
    if (scheduledAtSteadyMicros_ && *scheduledAtSteadyMicros_ <= dueAt) {
        return;
    }
    scheduledAtSteadyMicros_ = dueAt;
    scheduler_->after(std::chrono::microseconds(dueAt - now), [this, number = ++schedule_] {
        // An earlier one may have been set since.
        if (number == schedule_) {
            scheduledAtSteadyMicros_.reset();
            openSlot();
        }
    });
}

void ChainRunner::openSlot() {
    if (!running_ || isCommitting_) {
        return;
    }
    if (!isRefused_) {
        collectArrivals();
        process(takeReady());
    }
    commitConfirmed();
    scheduleNextSlot();
}

std::vector<domain::Transaction> ChainRunner::takeReady() {
    const std::int64_t now = environment_.clock.steadyMicros();
    const auto waits = std::partition(pending_.begin(), pending_.end(), [&](const Pending& entry) {
        return entry.readyAtSteadyMicros <= now;
    });
    // Those that have been ready longest, where there are more than a slot takes.
    std::sort(pending_.begin(), waits, [](const Pending& one, const Pending& other) {
        return std::tie(one.readyAtSteadyMicros, one.transaction.orderId) <
               std::tie(other.readyAtSteadyMicros, other.transaction.orderId);
    });
    const std::ptrdiff_t most = suspects_ > 0 ? 1 : environment_.profile.maxTransactionsPerSlot;
    const std::ptrdiff_t count = std::min(waits - pending_.begin(), most);
    std::vector<domain::Transaction> inbox;
    inbox.reserve(static_cast<std::size_t>(count));
    for (auto entry = pending_.begin(); entry != pending_.begin() + count; ++entry) {
        inbox.push_back(std::move(entry->transaction));
    }
    pending_.erase(pending_.begin(), pending_.begin() + count);
    return inbox;
}

void ChainRunner::putBack(std::vector<domain::Transaction> inbox) {
    const std::int64_t now = environment_.clock.steadyMicros();
    for (domain::Transaction& transaction : inbox) {
        pending_.push_back({now, std::move(transaction)});
    }
}

void ChainRunner::process(std::vector<domain::Transaction> inbox) {
    environment_.crashPoints.reach(base::CrashPoint::chainBeforeStep);
    ProcessedSlot slot;
    slot.result = chain::step(newest(), inbox, environment_.profile, environment_.scenario);
    slot.inbox = std::move(inbox);
    const std::uint64_t number = slot.result.state.market->clock.slot;
    slot.confirmedSlot =
        number + chain::confirmationSlots(environment_.profile, environment_.scenario.seed, number);
    processed_.push_back(std::move(slot));
    environment_.crashPoints.reach(base::CrashPoint::chainAfterStep);
}

void ChainRunner::commitConfirmed() {
    while (running_ && !isCommitting_ && !processed_.empty() &&
           processed_.front().confirmedSlot <= newest().market->clock.slot) {
        const ProcessedSlot& slot = processed_.front();
        execution::SlotCommit commit = recorder_.record({committed_, slot.inbox, slot.result});
        if (slot.inbox.empty() && commit.outcomes.empty() && commit.accounts.empty() &&
            commit.markouts.empty()) {
            // An empty slot only moves the chain's own state; it rides along with the next commit.
            environment_.store.commitSlot(std::move(commit), [](auto) {});
            publish();
            continue;
        }
        isCommitting_ = true;
        environment_.crashPoints.reach(base::CrashPoint::chainBeforeCommit);
        environment_.store.commitSlot(
            std::move(commit),
            // The store gives its last answer before it is destroyed, and the runner outlives it.
            [this](const tl::expected<std::monostate, execution::StoreError>& done) {
                QMetaObject::invokeMethod(
                    this, [this, done] { settle(done); }, Qt::QueuedConnection);
            });
    }
}

void ChainRunner::settle(const tl::expected<std::monostate, execution::StoreError>& done) {
    isCommitting_ = false;
    isRefused_ = !done && (done.error() == execution::StoreError::unavailable ||
                           done.error() == execution::StoreError::closed);
    if (done) {
        environment_.crashPoints.reach(base::CrashPoint::chainAfterCommit);
        suspects_ -= std::min(suspects_, processed_.front().inbox.size());
        publish();
        commitConfirmed();
    } else if (!isRefused_) {
        isolate();
    }
    scheduleNextSlot();
}

// One of the transactions contradicts what is stored: it was withdrawn, or it is a fault of ours.
// The same slot would be refused for ever, so the chain goes back to what is committed. Where none
// was withdrawn, they are tried one at a time, and the one that is refused alone is left out.
void ChainRunner::isolate() {
    std::vector<domain::Transaction> suspects = std::move(processed_.front().inbox);
    processed_.pop_front();
    bool isKnown = dropWithdrawn(suspects);
    for (ProcessedSlot& slot : std::exchange(processed_, {})) {
        isKnown |= dropWithdrawn(slot.inbox);
        putBack(std::move(slot.inbox));
    }
    if (isKnown) {
        putBack(std::move(suspects));
        return;
    }
    for (const chain::PendingTransaction& entry : std::exchange(committed_.pending, {})) {
        suspects.push_back(*entry.transaction);
    }
    if (suspects.size() == 1) {
        suspects_ -= std::min<std::size_t>(suspects_, 1);
        qCritical("The transaction of order %s contradicts the database and is left out.",
                  domain::toString(suspects.front().orderId).c_str());
        return;
    }
    suspects_ = suspects.size();
    putBack(std::move(suspects));
}

void ChainRunner::publish() {
    recorder_.keep();
    committed_ = std::move(processed_.front().result.state);
    processed_.pop_front();
    environment_.published.store(committed_.market);
    environment_.crashPoints.reach(base::CrashPoint::chainAfterPublish);
    emit slotPublished(committed_.market->clock.slot);
    recorder_.prepare(committed_.market);
}

}  // namespace oee::runtime
