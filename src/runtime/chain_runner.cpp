#include "runtime/chain_runner.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

#include <QMetaObject>

#include "runtime/timer_scheduler.h"

namespace oee::runtime {
namespace {

// How long after a refused commit an unpaced chain tries the slot again.
constexpr std::chrono::milliseconds kRetryAfter{200};

}  // namespace

ChainRunner::ChainRunner(Environment environment, ChainStart start)
    : environment_(environment),
      state_(chain::genesisState(std::move(start.market), environment.profile)),
      accounts_(std::move(start.accounts)),
      arrivals_(std::move(start.inFlight)) {}

ChainRunner::~ChainRunner() = default;

void ChainRunner::begin() {
    scheduler_ = std::make_unique<TimerScheduler>();
    running_ = true;
    environment_.published.store(state_.market);
    nextSlotAtSteadyMicros_ = environment_.clock.steadyMicros();
    collectArrivals();
    scheduleNextSlot();
}

void ChainRunner::end() {
    running_ = false;
    scheduler_.reset();
}

void ChainRunner::accept(domain::Transaction transaction) {
    const std::lock_guard lock(arrivalsMutex_);
    arrivals_.push_back(std::move(transaction));
    if (!wakePosted_) {
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
    const std::int64_t now = environment_.clock.steadyMicros();
    for (domain::Transaction& transaction : arrived) {
        const std::int64_t latency = transaction.arrivesAtMicros - transaction.sentAtMicros;
        pending_.push_back({now + latency, std::move(transaction)});
    }
}

void ChainRunner::scheduleNextSlot() {
    if (!running_ || slotScheduled_ || inFlight_) {
        return;
    }
    if (!isPaced() && pending_.empty()) {
        return;
    }
    const std::int64_t now = environment_.clock.steadyMicros();
    std::int64_t dueAt = now;
    if (isPaced()) {
        nextSlotAtSteadyMicros_ += chain::slotDurationMicros(
            environment_.profile, environment_.scenario.seed, state_.market->clock.slot + 1);
        // After a pause (a suspended machine, a slow disk) slots go on from now: they are not made
        // up for in a burst.
        nextSlotAtSteadyMicros_ = std::max(nextSlotAtSteadyMicros_, now);
        dueAt = nextSlotAtSteadyMicros_;
    } else {
        const auto earliest = std::min_element(
            pending_.begin(), pending_.end(), [](const Pending& one, const Pending& other) {
                return one.readyAtSteadyMicros < other.readyAtSteadyMicros;
            });
        dueAt = std::max(now, earliest->readyAtSteadyMicros);
    }
    slotScheduled_ = true;
    scheduler_->after(std::chrono::microseconds(dueAt - now), [this] {
        slotScheduled_ = false;
        openSlot();
    });
}

void ChainRunner::openSlot() {
    if (!running_) {
        return;
    }
    collectArrivals();
    std::vector<domain::Transaction> inbox = takeReady();
    if (!inbox.empty() || isPaced()) {
        commit(std::move(inbox));
    }
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
    const auto count = std::min<std::ptrdiff_t>(waits - pending_.begin(),
                                                environment_.profile.maxTransactionsPerSlot);
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

// One of these contradicts what is stored: a fault of ours. The same slot would be refused for
// ever, so they are tried one at a time, and the one that is refused alone is left out.
void ChainRunner::isolate(std::vector<domain::Transaction> inbox) {
    // The leaders' queue may hold it, too.
    for (const chain::PendingTransaction& entry : std::exchange(state_.pending, {})) {
        inbox.push_back(*entry.transaction);
    }
    if (inbox.empty()) {
        return;
    }
    if (inbox.size() == 1) {
        suspects_ -= std::min<std::size_t>(suspects_, 1);
        qCritical("The transaction of order %s contradicts the database and is left out.",
                  domain::toString(inbox.front().orderId).c_str());
        return;
    }
    suspects_ = inbox.size();
    putBack(std::move(inbox));
}

void ChainRunner::commit(std::vector<domain::Transaction> inbox) {
    auto slot = std::make_unique<SlotInFlight>();
    slot->result = chain::step(state_, inbox, environment_.profile, environment_.scenario);
    slot->inbox = std::move(inbox);

    execution::SlotCommit commit;
    commit.clock = slot->result.state.market->clock;
    commit.blockHeight = slot->result.state.market->blockHeight;
    commit.outcomes = slot->result.outcomes;
    for (const std::size_t position : slot->result.changedPools) {
        const amm::Pool& pool = *slot->result.state.market->pools[position];
        amm::AccountSet accounts = accounts_.at(pool.address);
        for (const domain::Pubkey& address : amm::encodePool(pool, accounts)) {
            commit.accounts.push_back({pool.address, address, accounts.at(address)});
        }
        slot->accounts.emplace(pool.address, std::move(accounts));
    }

    if (commit.outcomes.empty() && commit.accounts.empty()) {
        // An empty slot only moves the slot number; it rides along with the next commit.
        environment_.store.commitSlot(std::move(commit), [](auto) {});
        publish(std::move(slot->result.state));
        return;
    }
    inFlight_ = std::move(slot);
    environment_.store.commitSlot(
        std::move(commit),
        // The store gives its last answer before it is destroyed, and the runner outlives it.
        [this](const tl::expected<std::monostate, execution::StoreError>& done) {
            QMetaObject::invokeMethod(
                this, [this, done] { settle(done); }, Qt::QueuedConnection);
        });
}

void ChainRunner::settle(const tl::expected<std::monostate, execution::StoreError>& done) {
    const auto slot = std::move(inFlight_);
    if (!slot) {
        return;
    }
    if (done) {
        suspects_ -= std::min(suspects_, slot->inbox.size());
        for (auto& [pool, accounts] : slot->accounts) {
            accounts_[pool] = std::move(accounts);
        }
        publish(std::move(slot->result.state));
        scheduleNextSlot();
        return;
    }
    if (done.error() == execution::StoreError::unavailable) {
        putBack(std::move(slot->inbox));
    } else {
        isolate(std::move(slot->inbox));
    }
    if (isPaced()) {
        scheduleNextSlot();
    } else if (running_ && !slotScheduled_) {
        slotScheduled_ = true;
        scheduler_->after(kRetryAfter, [this] {
            slotScheduled_ = false;
            openSlot();
        });
    }
}

void ChainRunner::publish(chain::ChainState state) {
    state_ = std::move(state);
    environment_.published.store(state_.market);
    emit slotPublished(state_.market->clock.slot);
}

}  // namespace oee::runtime
