// Orders from admission to submission.

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "base/integer.h"
#include "base/rng.h"
#include "domain/token.h"
#include "execution/explain.h"
#include "execution/ledger.h"

namespace oee::execution {
namespace {

using domain::OrderStatus;

constexpr std::int64_t kMinuteMicros = 60'000'000;
constexpr std::int64_t kMicrosPerMilli = 1'000;

// A deadline is asked for as a span: a request that is sent again later is still the same.
std::optional<base::UnixMicros> deadlineOf(const OrderDraft& draft,
                                           base::UnixMicros createdAtMicros) {
    if (!draft.deadlineMs) {
        return std::nullopt;
    }
    return createdAtMicros + *draft.deadlineMs * kMicrosPerMilli;
}

bool isOf(const domain::PlanSummary& plan, const domain::Transaction& transaction) {
    return plan.legs == transaction.legs && plan.expectedOutRaw == transaction.expectedOutRaw &&
           plan.minAmountOutRaw == transaction.minAmountOutRaw &&
           plan.maxAmountInRaw == transaction.maxAmountInRaw;
}

bool sameBody(const domain::Order& order, const OrderDraft& draft) {
    return order.type == draft.type && order.side == draft.side &&
           order.inputMint == draft.inputMint && order.outputMint == draft.outputMint &&
           order.mode == draft.mode && order.amountOutRaw == draft.amountOutRaw &&
           (order.mode == domain::RouteMode::exactOut || order.amountInRaw == draft.amountInRaw) &&
           order.slippageBps == draft.slippageBps && order.route == draft.route &&
           order.onRevert == draft.onRevert &&
           order.deadlineMicros == deadlineOf(draft, order.createdAtMicros);
}

}  // namespace

tl::expected<Admitted, Refusal> Ledger::admit(const OrderDraft& draft) {
    if (!draft.idempotencyKey.empty()) {
        if (const auto known = records_.findByIdempotencyKey(draft.idempotencyKey)) {
            if (!sameBody(*known, draft)) {
                return tl::unexpected(Refusal{RefusalReason::idempotencyConflict,
                                              Field::idempotencyKey,
                                              draft.idempotencyKey,
                                              {}});
            }
            const auto open = open_.find(known->id);
            return Admitted{
                open != open_.end() ? open->second : std::make_shared<const domain::Order>(*known),
                true};
        }
    }
    if (auto refusal = refusalOf(draft)) {
        return tl::unexpected(std::move(*refusal));
    }
    begin(Urgency::now);
    const bool reserved = wallet_.reserve(draft.inputMint, draft.amountInRaw) &&
                          wallet_.reserve(domain::solMint(), draft.reservedLamports);
    assert(reserved);
    static_cast<void>(reserved);
    domain::Order order = newOrder(draft);
    step(order, {OrderStatus::pending, draft.createdSlot, order.createdAtMicros, {}});
    admittedAtSteadyMicros_.push_back(settings_.clock->steadyMicros());
    ++before_->admissions;
    if (bucket_) {
        bucket_->take();
    }
    domain::OrderPtr kept = keepOrder(RecordIs::fresh);
    records_.insertJob(kept);
    return Admitted{std::move(kept), false};
}

std::optional<Refusal> Ledger::refusalOf(const OrderDraft& draft) {
    if (open_.size() >= settings_.maxOpenOrders) {
        return Refusal{RefusalReason::busy, Field::none, std::to_string(open_.size()),
                       std::to_string(settings_.maxOpenOrders)};
    }
    if (auto refusal = limitRefusal(draft)) {
        return refusal;
    }
    if (auto refusal = balanceRefusal(draft)) {
        return refusal;
    }
    const std::int64_t now = settings_.clock->steadyMicros();
    if (bucket_ && !bucket_->hasToken(now)) {
        constexpr std::int64_t kSecondMicros = 1'000'000;
        const std::int64_t seconds =
            (bucket_->microsUntilToken(now) + kSecondMicros - 1) / kSecondMicros;
        return Refusal{RefusalReason::tooFast,
                       Field::none,
                       {},
                       std::to_string(bucket_->perMinute()),
                       static_cast<std::uint32_t>(seconds)};
    }
    return std::nullopt;
}

std::optional<Refusal> Ledger::limitRefusal(const OrderDraft& draft) {
    const std::int64_t minuteAgo = settings_.clock->steadyMicros() - kMinuteMicros;
    while (!admittedAtSteadyMicros_.empty() && admittedAtSteadyMicros_.front() <= minuteAgo) {
        admittedAtSteadyMicros_.pop_front();
    }
    const auto largest = limits_.largestOrderRaw.find(draft.inputMint);
    if (largest != limits_.largestOrderRaw.end() && draft.amountInRaw > largest->second) {
        return Refusal{RefusalReason::orderTooLarge, Field::amountIn,
                       withSymbol(draft.amountInRaw, draft.inputMint),
                       withSymbol(largest->second, draft.inputMint)};
    }
    if (limits_.ordersPerMinute && admittedAtSteadyMicros_.size() >= *limits_.ordersPerMinute) {
        return Refusal{RefusalReason::tooManyOrders, Field::none,
                       std::to_string(admittedAtSteadyMicros_.size()),
                       std::to_string(*limits_.ordersPerMinute)};
    }
    if (limits_.openOrders && open_.size() >= *limits_.openOrders) {
        return Refusal{RefusalReason::tooManyOpenOrders, Field::none, std::to_string(open_.size()),
                       std::to_string(*limits_.openOrders)};
    }
    return std::nullopt;
}

std::optional<Refusal> Ledger::balanceRefusal(const OrderDraft& draft) const {
    const domain::Pubkey& sol = domain::solMint();
    const std::uint64_t freeInput = wallet_.balance(WalletOwner::trader, draft.inputMint).freeRaw();
    if (draft.amountInRaw > freeInput) {
        return Refusal{RefusalReason::insufficientBalance, Field::amountIn,
                       withSymbol(draft.amountInRaw, draft.inputMint),
                       withSymbol(freeInput, draft.inputMint)};
    }
    // Native and wrapped SOL are one balance: who sells SOL pays the fees from the same.
    const bool sellsSol = draft.inputMint == sol;
    const std::uint64_t neededSol =
        base::checkedAdd(draft.reservedLamports, sellsSol ? draft.amountInRaw : 0)
            .value_or(std::numeric_limits<std::uint64_t>::max());
    const std::uint64_t freeSol = wallet_.balance(WalletOwner::trader, sol).freeRaw();
    if (neededSol > freeSol) {
        return Refusal{RefusalReason::insufficientSolForFees,
                       sellsSol ? Field::amountIn : Field::none, withSymbol(neededSol, sol),
                       withSymbol(freeSol, sol)};
    }
    return std::nullopt;
}

domain::Order Ledger::newOrder(const OrderDraft& draft) {
    if (++lastOrderNumber_ == 0) {
        // After 2^32 orders the numbers begin again: ids still grow, in a later millisecond.
        lastMicros_ = now() + 1'000;
    }
    domain::Order order;
    order.createdAtMicros = now();
    const base::UnixMicros sinceEpoch = std::max<base::UnixMicros>(order.createdAtMicros, 0);
    base::CounterRng random(settings_.seed, base::RngPurpose::orderId, lastOrderNumber_);
    order.id = domain::makeOrderId({.unixMillis = static_cast<std::uint64_t>(sinceEpoch) / 1'000,
                                    .number = lastOrderNumber_,
                                    .random = random.nextU64()});
    order.type = draft.type;
    order.side = draft.side;
    order.inputMint = draft.inputMint;
    order.outputMint = draft.outputMint;
    order.mode = draft.mode;
    order.amountInRaw = draft.amountInRaw;
    order.amountOutRaw = draft.amountOutRaw;
    order.slippageBps = draft.slippageBps;
    order.route = draft.route;
    order.onRevert = draft.onRevert;
    order.deadlineMicros = deadlineOf(draft, order.createdAtMicros);
    order.reservedLamports = draft.reservedLamports;
    order.createdSlot = draft.createdSlot;
    order.idempotencyKey = draft.idempotencyKey;
    return order;
}

Ledger::OrderResult Ledger::unsent(const domain::OrderId& orderId, StoreError movedOn) {
    const auto found = open_.find(orderId);
    if (found == open_.end()) {
        return tl::unexpected(records_.findOrder(orderId) ? movedOn : StoreError::notFound);
    }
    if (found->second->status == OrderStatus::submitted) {
        return tl::unexpected(movedOn);
    }
    return found->second;
}

Ledger::OrderResult Ledger::unsentHeldBy(const domain::OrderId& orderId, std::uint64_t fence) {
    OrderResult order = unsent(orderId, StoreError::staleFence);
    if (order && fence != fenceOf(orderId)) {
        return tl::unexpected(StoreError::staleFence);
    }
    return order;
}

Ledger::OrderResult Ledger::handOut(const domain::OrderId& orderId) {
    const OrderResult held = unsent(orderId, StoreError::illegalTransition);
    if (!held) {
        return held;
    }
    JobRecord job = jobOf(orderId);
    if (job.parkedAtMicros) {
        return tl::unexpected(StoreError::parked);
    }
    if (begun_.erase(orderId) > 0) {
        job.begun = false;
        if (++job.failures >= kMostJobFailures) {
            job.parkedAtMicros = now();
        }
        // Before anybody begins it again, and perhaps ends this process.
        begin(Urgency::now);
        keepJob(orderId, job);
        if (job.parkedAtMicros) {
            return tl::unexpected(StoreError::parked);
        }
    }
    return fenced(**held);
}

Ledger::OrderResult Ledger::retryParked(const domain::OrderId& orderId) {
    const OrderResult held = unsent(orderId, StoreError::notParked);
    if (!held) {
        return held;
    }
    if (!jobOf(orderId).parkedAtMicros) {
        return tl::unexpected(StoreError::notParked);
    }
    begin(Urgency::now);
    begun_.erase(orderId);
    keepJob(orderId, {});
    return fenced(**held);
}

domain::OrderPtr Ledger::fenced(domain::Order order) {
    order.fence = ++lastFence_;
    fences_[order.id] = order.fence;
    auto handed = std::make_shared<const domain::Order>(std::move(order));
    open_[handed->id] = handed;
    return handed;
}

void Ledger::note(const ProgressNote& note) {
    const OrderResult held = unsentHeldBy(note.orderId, note.fence);
    const bool isProgress =
        note.status == OrderStatus::routing || note.status == OrderStatus::building;
    if (!held || (!isProgress && note.status != OrderStatus::pending)) {
        return;
    }
    begun_.insert(note.orderId);
    JobRecord job = jobOf(note.orderId);
    const bool isStep = isProgress && (*held)->status != note.status;
    if (!isStep && (!isProgress || job.begun)) {
        return;
    }
    begin(note.written ? Urgency::now : Urgency::later);
    if (!job.begun) {
        job.begun = true;
        keepJob(note.orderId, job);
    }
    if (!isStep) {
        return;
    }
    domain::Order order = **held;
    order.fence = note.fence;
    order.plan = note.plan;
    const Transition transition{note.status, note.slot, now(), note.detail};
    if (!domain::isLegalTransition(order.status, note.status)) {
        step(order, {OrderStatus::routing, note.slot, transition.atMicros, {}});
    }
    step(order, transition);
    keepOrder(RecordIs::there);
}

void Ledger::stepToBuilding(domain::Order& order, const Transition& like,
                            const std::string& planDetail) {
    if (order.status == OrderStatus::pending) {
        step(order, {OrderStatus::routing, like.slot, like.atMicros, {}});
    }
    if (order.status == OrderStatus::routing) {
        step(order, {OrderStatus::building, like.slot, like.atMicros, planDetail});
    }
}

Ledger::OrderResult Ledger::submit(const Submission& submission) {
    const domain::Transaction& transaction = submission.transaction;
    const OrderResult held = unsentHeldBy(transaction.orderId, transaction.fence);
    if (!held) {
        return held;
    }
    domain::Order order = **held;
    if (transaction.attempt != order.attempt) {
        return tl::unexpected(StoreError::staleFence);
    }
    // What was not reserved cannot be paid when it lands.
    if (transaction.legs.empty() || !isOf(submission.plan, transaction) ||
        transaction.networkFeeLamports > order.reservedLamports - order.spentLamports) {
        return tl::unexpected(StoreError::illegalTransition);
    }
    begin(Urgency::now);
    before_->submitted.push_back(order.id);
    order.fence = transaction.fence;
    order.plan = submission.plan;
    Transition transition{OrderStatus::submitted, submission.slot, now(), {}};
    transition.detail =
        "attempt " + std::to_string(transaction.attempt) + ", expects " +
        withSymbol(transaction.expectedOutRaw, order.outputMint) + ", at least " +
        withSymbol(transaction.minAmountOutRaw, order.outputMint) +
        (transaction.mode == domain::RouteMode::exactOut
             ? ", for at most " + withSymbol(transaction.maxAmountInRaw, order.inputMint)
             : std::string()) +
        ", network fee " + withSymbol(transaction.networkFeeLamports, domain::solMint());
    stepToBuilding(order, transition, submission.planDetail);
    order.signature = transaction.signature;
    step(order, std::move(transition));
    domain::OrderPtr kept = keepOrder(RecordIs::there);
    records_.insertTransaction({transaction, submission.plan, kept->updatedAtMicros});
    endJob(kept->id);
    return kept;
}

domain::OrderPtr Ledger::endUnsent(domain::Order order, Transition transition) {
    begin(Urgency::now);
    releaseReservation(order, wallet_);
    order.fence = fenceOf(order.id);
    step(order, std::move(transition));
    domain::OrderPtr kept = keepOrder(RecordIs::there);
    endJob(kept->id);
    return kept;
}

Ledger::OrderResult Ledger::fail(const FailureNote& note) {
    const OrderResult held = unsentHeldBy(note.orderId, note.fence);
    if (!held) {
        return held;
    }
    domain::Order order = **held;
    order.failure = note.failure;
    return endUnsent(std::move(order),
                     {OrderStatus::failed, note.slot, now(), explain(note.failure)});
}

Ledger::OrderResult Ledger::cancel(const domain::OrderId& orderId) {
    const OrderResult held = unsent(orderId, StoreError::illegalTransition);
    if (!held) {
        return held;
    }
    return endUnsent(**held, {OrderStatus::cancelled, slot_, now(), "before it was sent"});
}

}  // namespace oee::execution
