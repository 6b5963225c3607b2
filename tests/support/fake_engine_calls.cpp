// runtime::Engine's calls of the fake engine.
#include <algorithm>
#include <utility>

#include "execution/planner.h"
#include "support/fake_engine.h"

namespace oee::test {

using domain::OrderStatus;

tl::expected<execution::Admitted, execution::Refusal> FakeEngine::admit(
    const execution::OrderRequest& request, runtime::Update& update) {
    submitted_.push_back(request);
    if (refusal_) {
        return tl::unexpected(*refusal_);
    }
    auto draft = execution::validate(request, *market_->tokens, profile_, limits_);
    if (!draft) {
        return tl::unexpected(draft.error());
    }
    const auto known = byKey_.find(request.idempotencyKey);
    if (!request.idempotencyKey.empty() && known != byKey_.end()) {
        const domain::Order& standing = records_.at(known->second).order;
        if (standing.inputMint != draft->inputMint || standing.outputMint != draft->outputMint ||
            standing.amountInRaw != draft->amountInRaw ||
            standing.slippageBps != draft->slippageBps || standing.side != draft->side) {
            return tl::unexpected(execution::Refusal{execution::RefusalReason::idempotencyConflict,
                                                     execution::Field::idempotencyKey,
                                                     request.idempotencyKey,
                                                     {}});
        }
        return execution::Admitted{std::make_shared<const domain::Order>(standing), true};
    }
    if (draft->mode == domain::RouteMode::exactOut) {
        const execution::RouteQuery asked{draft->inputMint,    draft->outputMint,  draft->mode,
                                          draft->amountOutRaw, draft->slippageBps, draft->route};
        const auto plan = desk_.route(market_, asked);
        if (!plan) {
            return tl::unexpected(
                execution::Refusal{execution::RefusalReason::noRoute,
                                   execution::Field::amountOut,
                                   execution::describe(plan.error(), asked, *market_->tokens),
                                   {}});
        }
        draft->amountInRaw = plan->maximumInRaw;
    }
    execution::Wallet wallet = *wallet_;
    if (!wallet.reserve(draft->inputMint, draft->amountInRaw)) {
        return tl::unexpected(execution::Refusal{execution::RefusalReason::insufficientBalance,
                                                 execution::Field::amountIn, "the amount", "less"});
    }
    if (!wallet.reserve(domain::solMint(), draft->reservedLamports)) {
        return tl::unexpected(execution::Refusal{execution::RefusalReason::insufficientSolForFees,
                                                 execution::Field::none, "the fees", "less"});
    }
    wallet_ = std::make_shared<const execution::Wallet>(std::move(wallet));
    Record record;
    domain::Order& order = record.order;
    ++lastNumber_;
    order.id = domain::makeOrderId(
        {static_cast<std::uint64_t>(kFirstEventMicros / 1'000) + lastSequence_, lastNumber_, 0});
    order.side = draft->side;
    order.inputMint = draft->inputMint;
    order.outputMint = draft->outputMint;
    order.mode = draft->mode;
    order.amountInRaw = draft->amountInRaw;
    order.amountOutRaw = draft->amountOutRaw;
    order.slippageBps = draft->slippageBps;
    order.route = draft->route;
    order.reservedLamports = draft->reservedLamports;
    order.createdSlot = market_->clock.slot;
    order.createdAtMicros =
        kFirstEventMicros + static_cast<base::UnixMicros>(lastSequence_ + 1) * 1'000'000;
    order.idempotencyKey = draft->idempotencyKey;
    Record& stored = records_.emplace(order.id, std::move(record)).first->second;
    if (!request.idempotencyKey.empty()) {
        byKey_[request.idempotencyKey] = stored.order.id;
    }
    enter(stored, OrderStatus::pending, "accepted", update);
    update.wallet = wallet_;
    return execution::Admitted{update.events.back()->order, false};
}

void FakeEngine::submit(const execution::OrderRequest& request, QObject* context,
                        Answer<execution::Admitted, execution::Refusal> answer) {
    runtime::Update update;
    tl::expected<execution::Admitted, execution::Refusal> result;
    Progress progress = Progress::manual;
    {
        const std::lock_guard lock(mutex_);
        result = admit(request, update);
        progress = progress_;
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
    publish(std::move(update));
    if (result && !result->replayed && progress == Progress::automatic) {
        advanceToEnd(result->order->id);
    }
}

tl::expected<domain::OrderPtr, execution::StoreError> FakeEngine::cancelNow(
    domain::OrderId orderId, runtime::Update& update) {
    if (storeError_) {
        return tl::unexpected(*storeError_);
    }
    const auto found = records_.find(orderId);
    if (found == records_.end()) {
        return tl::unexpected(execution::StoreError::notFound);
    }
    if (!domain::isLegalTransition(found->second.order.status, OrderStatus::cancelled)) {
        return tl::unexpected(execution::StoreError::illegalTransition);
    }
    release(found->second.order);
    enter(found->second, OrderStatus::cancelled, "cancelled", update);
    update.wallet = wallet_;
    return update.events.back()->order;
}

void FakeEngine::cancel(domain::OrderId orderId, QObject* context,
                        Answer<domain::OrderPtr, execution::StoreError> answer) {
    runtime::Update update;
    tl::expected<domain::OrderPtr, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        result = cancelNow(orderId, update);
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
    publish(std::move(update));
}

void FakeEngine::deadLetters(
    QObject* context, Answer<std::vector<execution::DeadLetter>, execution::StoreError> answer) {
    tl::expected<std::vector<execution::DeadLetter>, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [orderId, job] : parked_) {
            const domain::Order& order = records_.at(orderId).order;
            result->push_back({std::make_shared<const domain::Order>(order), job});
        }
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
}

void FakeEngine::retryDeadLetter(domain::OrderId orderId, QObject* context,
                                 Answer<domain::OrderPtr, execution::StoreError> answer) {
    tl::expected<domain::OrderPtr, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        } else if (!records_.contains(orderId)) {
            result = tl::unexpected(execution::StoreError::notFound);
        } else if (parked_.erase(orderId) == 0) {
            result = tl::unexpected(execution::StoreError::notParked);
        } else {
            result = std::make_shared<const domain::Order>(records_.at(orderId).order);
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
}

void FakeEngine::resetWallet(QObject* context,
                             Answer<runtime::WalletPtr, execution::StoreError> answer) {
    runtime::Update update;
    tl::expected<runtime::WalletPtr, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        const bool open = std::any_of(records_.begin(), records_.end(),
                                      [&](const auto& entry) { return isOpen(entry.first); });
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        } else if (open) {
            result = tl::unexpected(execution::StoreError::openOrders);
        } else {
            wallet_ = std::make_shared<const execution::Wallet>(startWallet_);
            update.wallet = wallet_;
            result = wallet_;
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
    publish(std::move(update));
}

void FakeEngine::orders(const runtime::OrderQuery& query, QObject* context,
                        Answer<std::vector<domain::OrderPtr>, execution::StoreError> answer) {
    tl::expected<std::vector<domain::OrderPtr>, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        std::vector<domain::OrderPtr> found;
        for (auto record = records_.rbegin();
             record != records_.rend() && found.size() < query.limit; ++record) {
            const domain::Order& order = record->second.order;
            if ((!query.before || order.id < *query.before) &&
                (!query.status || order.status == *query.status)) {
                found.push_back(std::make_shared<const domain::Order>(order));
            }
        }
        result = std::move(found);
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
}

void FakeEngine::order(domain::OrderId orderId, QObject* context,
                       Answer<runtime::OrderDetail, execution::StoreError> answer) {
    tl::expected<runtime::OrderDetail, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        const auto found = records_.find(orderId);
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        } else if (found == records_.end()) {
            result = tl::unexpected(execution::StoreError::notFound);
        } else {
            const Record& record = found->second;
            result = runtime::OrderDetail{std::make_shared<const domain::Order>(record.order),
                                          record.events, record.fills, record.receipt};
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
}

void FakeEngine::fills(std::size_t limit, QObject* context,
                       Answer<std::vector<domain::Fill>, execution::StoreError> answer) {
    tl::expected<std::vector<domain::Fill>, execution::StoreError> result;
    {
        const std::lock_guard lock(mutex_);
        std::vector<domain::Fill> all;
        for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
            for (const domain::Fill& fill : record->second.fills) {
                if (all.size() < limit) {
                    all.push_back(fill);
                }
            }
        }
        result = std::move(all);
        if (storeError_) {
            result = tl::unexpected(*storeError_);
        }
    }
    deliver(context, [answer = std::move(answer), result] { answer(result); });
}

tl::expected<runtime::QuoteView, runtime::QuoteRefusal> FakeEngine::quote(
    const runtime::QuoteQuery& query) const {
    const amm::MarketSnapshotPtr market = this->market();
    execution::OrderRequest request;
    request.tokenIn = query.tokenIn;
    request.tokenOut = query.tokenOut;
    request.amountIn = query.amountIn;
    request.amountInRaw = query.amountInRaw;
    request.amountOut = query.amountOut;
    request.amountOutRaw = query.amountOutRaw;
    request.route = query.route;
    request.slippageBps = query.slippageBps;
    const auto draft = execution::validate(request, *market->tokens, profile_, {});
    if (!draft) {
        return tl::unexpected(runtime::QuoteRefusal{draft.error(), std::nullopt, {}});
    }
    const bool exactIn = draft->mode == domain::RouteMode::exactIn;
    const execution::RouteQuery asked{
        draft->inputMint,   draft->outputMint,
        draft->mode,        exactIn ? draft->amountInRaw : draft->amountOutRaw,
        draft->slippageBps, draft->route};
    auto plan = desk_.route(market, asked);
    if (!plan) {
        return tl::unexpected(
            runtime::QuoteRefusal{std::nullopt, execution::failureOf(plan.error().error),
                                  execution::describe(plan.error(), asked, *market->tokens)});
    }
    runtime::QuoteView view;
    view.input = *market->tokens->find(draft->inputMint);
    view.output = *market->tokens->find(draft->outputMint);
    view.amountInRaw = plan->amountInRaw;
    view.slippageBps = draft->slippageBps;
    view.slot = market->clock.slot;
    view.board =
        routing::quoteAll(*market, {draft->inputMint, draft->outputMint, plan->amountInRaw},
                          execution::ProfileLegCosts(profile_));
    view.plan = std::move(*plan);
    return view;
}

tl::expected<routing::OrderBook, execution::Refusal> FakeEngine::orderBook(
    const std::string& baseToken, const std::string& quoteToken) const {
    const amm::MarketSnapshotPtr market = this->market();
    const auto pair = execution::resolvePair({baseToken, quoteToken}, *market->tokens);
    if (!pair) {
        return tl::unexpected(pair.error());
    }
    if (market->pairs->poolsOf(pair->input.mint, pair->output.mint).empty()) {
        return tl::unexpected(
            execution::Refusal{execution::RefusalReason::noPool, execution::Field::none, {}, {}});
    }
    return routing::orderBook(*market, pair->input.mint, pair->output.mint);
}

amm::MarketSnapshotPtr FakeEngine::market() const {
    const std::lock_guard lock(mutex_);
    return market_;
}

runtime::WalletPtr FakeEngine::wallet() const {
    const std::lock_guard lock(mutex_);
    return wallet_;
}

runtime::EngineStatus FakeEngine::status() const {
    const std::lock_guard lock(mutex_);
    runtime::EngineStatus status;
    status.marketDescription = "hand-made pools";
    status.profile = profile_.name;
    status.instanceId = "fake";
    status.slot = market_->clock.slot;
    status.blockHeight = market_->blockHeight;
    status.queue = "embedded";
    status.deadLetters = parked_.size();
    status.remarks = remarks_;
    status.workers = 4;
    status.remoteWorkers = remoteWorkers_;
    status.openOrders = static_cast<std::uint64_t>(std::count_if(
        records_.begin(), records_.end(), [&](const auto& entry) { return isOpen(entry.first); }));
    status.lastEventSequence = lastSequence_;
    status.databasePath = QStringLiteral("/nowhere/engine.db");
    return status;
}

void FakeEngine::setLimits(const execution::RiskLimits& limits) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
}

}  // namespace oee::test
