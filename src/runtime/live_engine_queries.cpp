// What the running engine answers without changing anything.

#include <utility>

#include "execution/explain.h"
#include "execution/planner.h"
#include "runtime/answer_route.h"
#include "runtime/live_engine.h"

namespace oee::runtime {

void LiveEngine::orders(const OrderQuery& query, QObject* context,
                        Answer<std::vector<domain::OrderPtr>, execution::StoreError> answer) {
    history_->orders({query.status, query.before, query.limit}, routed(context, std::move(answer)));
}

void LiveEngine::order(domain::OrderId orderId, QObject* context,
                       Answer<OrderDetail, execution::StoreError> answer) {
    using Result = tl::expected<OrderDetail, execution::StoreError>;
    history_->order(orderId, [reply = routed(context, std::move(answer))](auto record) {
        if (!record) {
            reply(Result(tl::unexpected(record.error())));
            return;
        }
        reply(Result(OrderDetail{record->order, record->events, record->fills, record->receipt}));
    });
}

void LiveEngine::deadLetters(
    QObject* context, Answer<std::vector<execution::DeadLetter>, execution::StoreError> answer) {
    history_->deadLetters(routed(context, std::move(answer)));
}

void LiveEngine::fills(std::size_t limit, QObject* context,
                       Answer<std::vector<domain::Fill>, execution::StoreError> answer) {
    history_->fills(limit, routed(context, std::move(answer)));
}

tl::expected<QuoteView, QuoteRefusal> LiveEngine::quote(const QuoteQuery& query) const {
    const auto refused = [](execution::Refusal refusal) {
        return tl::unexpected(QuoteRefusal{std::move(refusal), {}, {}});
    };
    const auto pair = execution::resolvePair({query.tokenIn, query.tokenOut}, *tokens_);
    if (!pair) {
        return refused(pair.error());
    }
    const auto amount = execution::parseAmounts(
        {query.amountIn, query.amountInRaw, query.amountOut, query.amountOutRaw}, *pair);
    if (!amount) {
        return refused(amount.error());
    }
    const auto choice = execution::parseRoute(query.route);
    if (!choice) {
        return refused(choice.error());
    }
    const auto slippageBps = execution::parseSlippage(query.slippageBps);
    if (!slippageBps) {
        return refused(slippageBps.error());
    }
    const amm::MarketSnapshotPtr market = market_.load();
    const execution::RouteQuery asked{pair->input.mint,  pair->output.mint, amount->mode,
                                      amount->amountRaw, *slippageBps,      *choice};
    const auto begun = options_.clock->steadyMicros();
    auto plan = desk_.route(market, asked);
    if (!plan) {
        return tl::unexpected(QuoteRefusal{{},
                                           execution::failureOf(plan.error().error),
                                           execution::describe(plan.error(), asked, *tokens_)});
    }
    plan->tookMicros = static_cast<std::uint64_t>(options_.clock->steadyMicros() - begun);
    QuoteView view;
    view.input = pair->input;
    view.output = pair->output;
    view.amountInRaw = plan->amountInRaw;
    view.slippageBps = *slippageBps;
    view.slot = market->clock.slot;
    view.board =
        routing::quoteAll(*market, {pair->input.mint, pair->output.mint, plan->amountInRaw},
                          execution::ProfileLegCosts(options_.profile));
    view.plan = std::move(*plan);
    return view;
}

tl::expected<routing::OrderBook, execution::Refusal> LiveEngine::orderBook(
    const std::string& baseToken, const std::string& quoteToken) const {
    const auto pair = execution::resolvePair({baseToken, quoteToken}, *tokens_);
    if (!pair) {
        return tl::unexpected(pair.error());
    }
    return routing::orderBook(*market_.load(), pair->input.mint, pair->output.mint);
}

std::vector<std::string> LiveEngine::remarks() const {
    std::vector<std::string> remarks = queueRemarks_;
    const auto ofQueue = queue_->remarks();
    remarks.insert(remarks.end(), ofQueue.begin(), ofQueue.end());
    return remarks;
}

EngineStatus LiveEngine::status() const {
    const amm::MarketSnapshotPtr market = market_.load();
    EngineStatus status;
    status.marketKind = options_.genesis.kind == market::MarketKind::generated
                            ? MarketKind::simulated
                            : MarketKind::recorded;
    status.marketDescription = options_.genesis.description;
    status.profile = options_.profile.name;
    status.instanceId = instanceId_;
    status.slot = market->clock.slot;
    status.blockHeight = market->blockHeight;
    status.queue = queue_->description();
    status.jobsWaiting = queue_->depth();
    status.remarks = remarks();
    status.workers = options_.workers;
    if (hub_) {
        status.remoteWorkers = hub_->workers();
        status.remoteProposals = hub_->counts();
    }
    status.openOrders = openOrders_;
    status.deadLetters = dispatcher_->parkedCount();
    status.lastEventSequence = lastSequence_;
    status.databasePath = options_.databasePath;
    return status;
}

}  // namespace oee::runtime
