// What clients ask the engine to do: admission, cancellation, the wallet, the limits.

#include <memory>
#include <optional>
#include <utility>

#include "execution/explain.h"
#include "runtime/live_engine.h"

namespace oee::runtime {

using base::CrashPoint;

void LiveEngine::submit(const execution::OrderRequest& request, QObject* context,
                        Answer<execution::Admitted, execution::Refusal> answer) {
    admit(request, answers_.routed(context, std::move(answer)));
    answers_.send();
}

void LiveEngine::admit(const execution::OrderRequest& request,
                       Answer<execution::Admitted, execution::Refusal> reply) {
    using Result = tl::expected<execution::Admitted, execution::Refusal>;
    if (stopping_) {
        reply(Result(tl::unexpected(
            execution::Refusal{execution::RefusalReason::shuttingDown, {}, {}, {}})));
        return;
    }
    auto draft = execution::validate(request, *tokens_, options_.profile, *limits_.load());
    if (!draft) {
        reply(Result(tl::unexpected(draft.error())));
        return;
    }
    const amm::MarketSnapshotPtr market = market_.load();
    if (auto refusal = refusalOnMarket(*draft, market)) {
        reply(Result(tl::unexpected(std::move(*refusal))));
        return;
    }
    draft->createdSlot = market->clock.slot;
    options_.crashPoints.reach(CrashPoint::engineBeforeAdmit);
    const auto decided = std::make_shared<std::optional<domain::OrderId>>();
    store_->admit(
        std::move(*draft),
        [this, decided, reply = std::move(reply)](const Result& admitted) {
            if (!admitted && *decided) {
                withdraw(**decided);
            }
            options_.crashPoints.reach(CrashPoint::engineAfterAdmit);
            reply(admitted);
        },
        [this, decided](const domain::OrderPtr& order) {
            *decided = order->id;
            // Before its job is on the way: a proposal for an order that is not known is void.
            if (hub_) {
                hub_->observe(order);
            }
            dispatcher_->dispatchUntilWoken(order);
        });
}

void LiveEngine::withdraw(const domain::OrderId& orderId) {
    dispatcher_->withdraw(orderId);
    if (hub_) {
        hub_->forget(orderId);
    }
}

// What the market has to say of a draft; exactOut: its amountInRaw becomes the most that it may
// cost.
std::optional<execution::Refusal> LiveEngine::refusalOnMarket(
    execution::OrderDraft& draft, const amm::MarketSnapshotPtr& market) const {
    if (draft.mode == domain::RouteMode::exactOut) {
        const execution::RouteQuery query{draft.inputMint,    draft.outputMint,  draft.mode,
                                          draft.amountOutRaw, draft.slippageBps, draft.route};
        const auto plan = desk_.route(market, query);
        if (!plan) {
            return execution::Refusal{execution::RefusalReason::noRoute,
                                      execution::Field::amountOut,
                                      execution::describe(plan.error(), query, *tokens_),
                                      {}};
        }
        draft.amountInRaw = plan->maximumInRaw;
        return std::nullopt;
    }
    const bool isTraded = !market->pairs->poolsOf(draft.inputMint, draft.outputMint).empty();
    const bool mayDetour =
        draft.route.scope == domain::RouteScope::full && draft.route.maxHops > 1 &&
        routing::referencePrice(*market, draft.inputMint, draft.outputMint).has_value();
    if (!isTraded && !mayDetour) {
        return execution::Refusal{
            execution::RefusalReason::noPool, execution::Field::tokenOut, {}, {}};
    }
    return std::nullopt;
}

void LiveEngine::cancel(domain::OrderId orderId, QObject* context,
                        Answer<domain::OrderPtr, execution::StoreError> answer) {
    store_->cancel(orderId, answers_.routed(context, std::move(answer)));
    answers_.send();
}

void LiveEngine::retryDeadLetter(domain::OrderId orderId, QObject* context,
                                 Answer<domain::OrderPtr, execution::StoreError> answer) {
    using Result = tl::expected<domain::OrderPtr, execution::StoreError>;
    store_->retryParked(orderId, [this, reply = answers_.routed(context, std::move(answer))](
                                     const Result& retried) {
        if (retried) {
            dispatcher_->dispatch(*retried);
        }
        reply(retried);
    });
    answers_.send();
}

void LiveEngine::resetWallet(QObject* context, Answer<WalletPtr, execution::StoreError> answer) {
    store_->resetWallet(answers_.routed(context, std::move(answer)));
    answers_.send();
}

void LiveEngine::setLimits(const execution::RiskLimits& limits) {
    limits_.store(std::make_shared<const execution::RiskLimits>(limits));
    store_->setLimits(limits);
}

}  // namespace oee::runtime
