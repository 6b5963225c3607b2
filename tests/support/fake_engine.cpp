#include "support/fake_engine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <QPointer>

#include "amm/pool.h"
#include "amm/swap_footprint.h"
#include "chain/chain.h"
#include "execution/planner.h"
#include "execution/receipt.h"

namespace oee::test {
namespace {

using domain::OrderStatus;
using execution::WalletOwner;

constexpr std::uint64_t kSeed = 7;

chain::NetworkProfile calmLike() {
    chain::NetworkProfile profile;
    profile.name = "calm";
    profile.slotMillis = 400;
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

execution::Wallet fundedWallet(const domain::TokenRegistry& tokens) {
    execution::Wallet wallet;
    for (const domain::Token& token : tokens.all()) {
        std::uint64_t amountRaw = token.mint == domain::solMint() ? 1'000 : 100'000;
        for (unsigned i = 0; i < token.decimals; ++i) {
            amountRaw *= 10;
        }
        wallet.set(WalletOwner::trader, token.mint, {amountRaw, 0});
    }
    return wallet;
}

std::optional<domain::Receipt> receiptOf(const domain::Transaction& transaction,
                                         const chain::Landed& landed,
                                         const amm::MarketSnapshot& market) {
    chain::TransactionOutcome outcome{transaction.orderId, 1, transaction.signature, landed};
    outcome.slot = outcome.confirmedSlot = outcome.finalizedSlot = market.clock.slot;
    const auto receipt = execution::makeReceipt(
        {.transaction = transaction,
         .outcome = outcome,
         .atMicros = landed.fills.front().atMicros,
         .outPerLamport = execution::outPerLamport(market, landed.fills.back().outputMint)});
    return receipt ? std::optional(*receipt) : std::nullopt;
}

}  // namespace

FakeEngine::FakeEngine(Progress progress, amm::MarketSnapshotPtr market)
    : profile_(calmLike()),
      progress_(progress),
      market_(std::move(market)),
      startWallet_(fundedWallet(*market_->tokens)),
      wallet_(std::make_shared<const execution::Wallet>(startWallet_)) {
    qRegisterMetaType<runtime::UpdatePtr>();
}

void FakeEngine::setProgress(Progress progress) {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
}

void FakeEngine::holdAnswers() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
}

void FakeEngine::releaseAnswers() {
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(mutex_);
        holding_ = false;
        tasks.swap(held_);
    }
    for (const auto& task : tasks) {
        task();
    }
}

std::size_t FakeEngine::heldAnswers() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
}

void FakeEngine::refuseWith(std::optional<execution::Refusal> refusal) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(refusal);
}

void FakeEngine::failStoreWith(std::optional<execution::StoreError> error) {
    const std::lock_guard lock(mutex_);
    storeError_ = error;
}

std::vector<execution::OrderRequest> FakeEngine::submitted() const {
    const std::lock_guard lock(mutex_);
    return submitted_;
}

execution::RiskLimits FakeEngine::limits() const {
    const std::lock_guard lock(mutex_);
    return limits_;
}

// --- the life of an order

OrderStatus FakeEngine::advance(domain::OrderId orderId) {
    runtime::Update update;
    OrderStatus status = OrderStatus::pending;
    {
        const std::lock_guard lock(mutex_);
        Record& record = records_.at(orderId);
        step(record, update);
        status = record.order.status;
    }
    publish(std::move(update));
    return status;
}

bool FakeEngine::isOpen(domain::OrderId orderId) const {
    return !domain::isTerminal(records_.at(orderId).order.status);
}

void FakeEngine::advanceToEnd(domain::OrderId orderId) {
    while (!domain::isTerminal(advance(orderId))) {
    }
}

void FakeEngine::failOrder(domain::OrderId orderId, const domain::OrderFailure& failure) {
    runtime::Update update;
    {
        const std::lock_guard lock(mutex_);
        fail(records_.at(orderId), failure, update);
    }
    publish(std::move(update));
}

void FakeEngine::step(Record& record, runtime::Update& update) {
    domain::Order& order = record.order;
    switch (order.status) {
        case OrderStatus::pending:
            enter(record, OrderStatus::routing, "quoting every pool of the pair", update);
            return;
        case OrderStatus::routing: {
            const auto plan = planner_.on(market_).plan(order);
            if (!plan) {
                fail(record, plan.error(), update);
                return;
            }
            order.plan = plan->summary;
            enter(record, OrderStatus::building, plan->detail, update);
            return;
        }
        case OrderStatus::building:
            order.signature = chain::makeSignature({kSeed, order.id, order.attempt});
            enter(record, OrderStatus::submitted, "sent", update);
            return;
        case OrderStatus::submitted:
            land(record, update);
            return;
        case OrderStatus::confirmed:
        case OrderStatus::failed:
        case OrderStatus::cancelled:
            return;
    }
}

void FakeEngine::land(Record& record, runtime::Update& update) {
    domain::Order& order = record.order;
    domain::Transaction transaction;
    transaction.orderId = order.id;
    transaction.signature = *order.signature;
    transaction.mode = order.mode;
    transaction.legs = order.plan->legs;
    transaction.minAmountOutRaw = order.plan->minAmountOutRaw;
    transaction.maxAmountInRaw = order.plan->maxAmountInRaw;
    // As if it had been planned on the market that it lands on.
    transaction.expectedOutRaw = order.plan->expectedOutRaw;
    transaction.snapshotSlot = market_->clock.slot;
    transaction.decisionOutRaw = execution::decisionValueOf(transaction.legs, *market_);
    transaction.computeUnitLimit = amm::kMaxComputeUnits;
    transaction.networkFeeLamports = chain::networkFeeLamports(
        profile_, chain::plannedComputeUnits(transaction.legs.front().program));
    chain::PoolOverlay pools(market_->pools);
    const auto done = chain::execute(transaction, *market_->pairs, pools, market_->clock);
    if (!done) {
        const bool slipped = done.error().error == amm::SwapError::slippageExceeded;
        fail(record,
             {slipped ? domain::FailureReason::slippageExceeded
                      : domain::FailureReason::programError,
              done.error().program, std::nullopt},
             update);
        return;
    }
    chain::Landed landed = chain::landedOf(transaction, *done, *done, market_->clock.slot);
    for (domain::Fill& fill : landed.fills) {
        fill.atMicros =
            kFirstEventMicros + static_cast<base::UnixMicros>(lastSequence_) * 1'000'000;
    }
    record.receipt = receiptOf(transaction, landed, *market_);
    replacePools(pools);

    release(order);
    execution::Wallet wallet = *wallet_;
    [[maybe_unused]] const bool paid =
        wallet.debit(WalletOwner::trader, order.inputMint, landed.amountInRaw) &&
        wallet.credit(WalletOwner::trader, order.outputMint, landed.amountOutRaw) &&
        wallet.debit(WalletOwner::trader, domain::solMint(), landed.networkFeeLamports) &&
        wallet.credit(WalletOwner::fees, domain::solMint(), landed.networkFeeLamports);
    assert(paid);
    wallet_ = std::make_shared<const execution::Wallet>(std::move(wallet));
    order.execution = domain::Execution{landed.amountInRaw, landed.amountOutRaw,
                                        landed.networkFeeLamports, market_->clock.slot};
    record.fills.insert(record.fills.end(), landed.fills.begin(), landed.fills.end());
    enter(record, OrderStatus::confirmed, "landed", update);
    update.fills.insert(update.fills.end(), landed.fills.begin(), landed.fills.end());
    update.wallet = wallet_;
}

void FakeEngine::fail(Record& record, const domain::OrderFailure& failure,
                      runtime::Update& update) {
    record.order.failure = failure;
    release(record.order);
    enter(record, OrderStatus::failed, std::string(domain::nameOf(failure.reason)), update);
    update.wallet = wallet_;
}

void FakeEngine::release(const domain::Order& order) {
    execution::Wallet wallet = *wallet_;
    wallet.release(order.inputMint, order.amountInRaw);
    wallet.release(domain::solMint(), order.reservedLamports);
    wallet_ = std::make_shared<const execution::Wallet>(std::move(wallet));
}

void FakeEngine::enter(Record& record, OrderStatus status, std::string detail,
                       runtime::Update& update) {
    ++lastSequence_;
    record.order.status = status;
    record.order.updatedAtMicros =
        kFirstEventMicros + static_cast<base::UnixMicros>(lastSequence_) * 1'000'000;
    domain::OrderEvent event;
    event.sequence = lastSequence_;
    event.status = status;
    event.slot = market_->clock.slot;
    event.atMicros = record.order.updatedAtMicros;
    event.detail = std::move(detail);
    event.order = std::make_shared<const domain::Order>(record.order);
    record.events.push_back(event);
    update.events.push_back(std::make_shared<const domain::OrderEvent>(std::move(event)));
}

void FakeEngine::replacePools(const chain::PoolOverlay& pools) {
    auto market = std::make_shared<amm::MarketSnapshot>(*market_);
    for (const auto& [position, pool] : pools.replaced()) {
        market->pools[position] = pool;
    }
    market_ = std::move(market);
}

void FakeEngine::publishSlot(std::uint64_t soldLamports) {
    std::uint64_t slot = 0;
    {
        const std::lock_guard lock(mutex_);
        auto market = std::make_shared<amm::MarketSnapshot>(*market_);
        slot = ++market->clock.slot;
        ++market->blockHeight;
        market_ = std::move(market);
        const amm::MarketSnapshotPtr before = market_;
        chain::PoolOverlay pools(before->pools);
        for (const std::size_t position :
             before->pairs->poolsOf(domain::solMint(), domain::usdcMint())) {
            const amm::Pool& pool = *before->pools[position];
            amm::SwapRequest request;
            request.direction = pool.directionFrom(domain::solMint()).value();
            request.amountRaw = soldLamports;
            if (auto swap = amm::apply(pool, request, before->clock)) {
                pools.put(position, swap->pool);
            }
        }
        replacePools(pools);
    }
    emit slotPublished(slot);
}

void FakeEngine::changeReceipt(domain::OrderId orderId,
                               const std::function<void(domain::Receipt&)>& edit) {
    const std::lock_guard lock(mutex_);
    edit(records_.at(orderId).receipt.value());
}

void FakeEngine::sendNotice(const QString& text) {
    emit notice(text);
}

void FakeEngine::park(domain::OrderId orderId) {
    const std::lock_guard lock(mutex_);
    parked_[orderId] = {execution::kMostJobFailures,
                        records_.at(orderId).order.updatedAtMicros + 1'000};
}

void FakeEngine::setRemarks(std::vector<std::string> remarks) {
    const std::lock_guard lock(mutex_);
    remarks_ = std::move(remarks);
}

void FakeEngine::setRemoteWorkers(std::vector<runtime::RemoteWorkerStatus> workers) {
    const std::lock_guard lock(mutex_);
    remoteWorkers_ = std::move(workers);
}

void FakeEngine::publish(runtime::Update update) {
    if (!update.events.empty() || !update.fills.empty() || update.wallet) {
        emit updated(std::make_shared<const runtime::Update>(std::move(update)));
    }
}

// Through the event loop of the context's thread, and not at all once the context is gone.
void FakeEngine::deliver(QObject* context, std::function<void()> task) {
    const QPointer<QObject> guard(context);
    auto send = [guard, task = std::move(task)] {
        if (guard) {
            QMetaObject::invokeMethod(guard.data(), task, Qt::QueuedConnection);
        }
    };
    {
        const std::lock_guard lock(mutex_);
        if (holding_) {
            held_.push_back(std::move(send));
            return;
        }
    }
    send();
}

}  // namespace oee::test
