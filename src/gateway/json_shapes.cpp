#include "gateway/json_shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "domain/amount.h"
#include "execution/explain.h"
#include "gateway/json_values.h"
#include "gateway/plan_json.h"

namespace oee::gateway {
namespace {

JsonValue failureToJson(const std::optional<domain::OrderFailure>& failure) {
    if (!failure) {
        return JsonValue();
    }
    JsonObject error{{"code", text(nameOf(failure->reason))},
                     {"message", text(execution::explain(*failure))}};
    if (failure->program) {
        error.insert("program", text(nameOf(*failure->program)));
    }
    if (failure->errorCode) {
        error.insert("programError", count(*failure->errorCode));
    }
    return error;
}

JsonObject quoteToJson(const routing::PoolQuote& quote, const runtime::QuoteView& view,
                       const domain::TokenRegistry& tokens) {
    const routing::PoolQuote& best = view.board.quotes.front();
    const std::uint64_t outRaw = quote.swap.amountOutRaw;
    JsonObject object;
    putPool(object, quote.pool, quote.program);
    object.insert("best", &quote == &best);
    putAmount(object, "amountOut", outRaw, view.output.decimals);
    putAmount(object, "minAmountOut", domain::minimumOut(outRaw, view.slippageBps),
              view.output.decimals);
    putAmount(object, "netAmountOut", quote.netOutRaw, view.output.decimals);
    putAmount(object, "networkCostOut", quote.networkCostOutRaw, view.output.decimals);
    object.insert("price", text(domain::formatPrice({quote.swap.amountInRaw, view.input.decimals,
                                                     outRaw, view.output.decimals})));
    object.insert("priceImpactBps", rounded(quote.priceImpactBps));
    const auto net = static_cast<double>(quote.netOutRaw);
    const auto bestNet = static_cast<double>(best.netOutRaw);
    object.insert("versusBestBps",
                  bestNet > 0 ? rounded((net / bestNet - 1.0) * 1e4) : JsonValue());
    const domain::Token& feeToken =
        quote.swap.feeSide == amm::FeeSide::input ? view.input : view.output;
    putAmount(object, "fee", quote.swap.feeRaw, feeToken.decimals);
    object.insert("feeToken", text(tokens.symbolOf(feeToken.mint)));
    object.insert("feeBps", rounded(quote.feeBps));
    return object;
}

JsonArray levelsToJson(const std::vector<routing::BookLevel>& levels, unsigned baseDecimals,
                       unsigned quoteDecimals) {
    JsonArray array;
    for (const routing::BookLevel& level : levels) {
        JsonObject object;
        object.insert("price", text(domain::formatPrice({level.amountBaseRaw, baseDecimals,
                                                         level.amountQuoteRaw, quoteDecimals})));
        putAmount(object, "amountBase", level.amountBaseRaw, baseDecimals);
        putAmount(object, "amountQuote", level.amountQuoteRaw, quoteDecimals);
        putPool(object, level.pool, level.program);
        array.append(object);
    }
    return array;
}

// Lower counts more as a quote token.
int quoteRank(const domain::Pubkey& mint) {
    const std::array ranked{&domain::usdcMint(), &domain::usdtMint(), &domain::solMint()};
    const auto found = std::find_if(ranked.begin(), ranked.end(),
                                    [&](const domain::Pubkey* known) { return *known == mint; });
    return static_cast<int>(found - ranked.begin());
}

}  // namespace

JsonObject toJson(const domain::Token& token) {
    return {{"symbol", text(token.symbol)},
            {"mint", text(toBase58(token.mint))},
            {"decimals", static_cast<int>(token.decimals)}};
}

JsonObject toJson(const domain::Order& order, const domain::TokenRegistry& tokens) {
    const unsigned decimalsIn = decimalsOf(order.inputMint, tokens);
    const unsigned decimalsOut = decimalsOf(order.outputMint, tokens);
    JsonObject object{{"orderId", text(toString(order.id))},
                      {"type", text(nameOf(order.type))},
                      {"side", text(nameOf(order.side))},
                      {"status", text(nameOf(order.status))},
                      {"slippageBps", static_cast<int>(order.slippageBps)},
                      {"attempt", count(order.attempt)},
                      {"createdAt", isoTime(order.createdAtMicros)},
                      {"updatedAt", isoTime(order.updatedAtMicros)},
                      {"createdSlot", count(order.createdSlot)}};
    putPair(object, order.inputMint, order.outputMint, tokens);
    object.insert("mode", text(nameOf(order.mode)));
    object.insert("route", toJson(order.route));
    putAmount(object, "amountIn", order.amountInRaw, decimalsIn);
    if (order.mode == domain::RouteMode::exactOut) {
        putAmount(object, "amountOutWanted", order.amountOutRaw, decimalsOut);
    }
    object.insert("onRevert", text(nameOf(order.onRevert)));
    object.insert("deadline",
                  order.deadlineMicros ? JsonValue(isoTime(*order.deadlineMicros)) : JsonValue());
    object.insert("idempotencyKey", order.idempotencyKey.empty()
                                        ? JsonValue()
                                        : JsonValue(text(order.idempotencyKey)));
    object.insert("plan", order.plan ? JsonValue(toJson(*order.plan, order, tokens)) : JsonValue());
    object.insert("txHash",
                  order.signature ? JsonValue(text(toBase58(*order.signature))) : JsonValue());
    if (const auto& execution = order.execution) {
        putAmount(object, "amountOut", execution->amountOutRaw, decimalsOut);
        object.insert("executedPrice",
                      text(domain::formatPrice({execution->amountInRaw, decimalsIn,
                                                execution->amountOutRaw, decimalsOut})));
        object.insert("networkFeeLamports", count(execution->networkFeeLamports));
        object.insert("slot", count(execution->slot));
    } else {
        for (const char* name :
             {"amountOut", "amountOutRaw", "executedPrice", "networkFeeLamports", "slot"}) {
            object.insert(name, JsonValue());
        }
    }
    object.insert("error", failureToJson(order.failure));
    return object;
}

JsonObject toJson(const domain::OrderEvent& event) {
    return {{"sequence", count(event.sequence)},
            {"orderId", event.order ? JsonValue(text(toString(event.order->id))) : JsonValue()},
            {"status", text(nameOf(event.status))},
            {"slot", count(event.slot)},
            {"at", isoTime(event.atMicros)},
            {"detail", text(event.detail)}};
}

JsonObject toJson(const execution::DeadLetter& letter, const domain::TokenRegistry& tokens) {
    return {{"order", toJson(*letter.order, tokens)},
            {"failures", count(letter.job.failures)},
            {"parkedAt", isoTime(letter.job.parkedAtMicros.value_or(0))}};
}

JsonObject toJson(const domain::Fill& fill, const domain::TokenRegistry& tokens) {
    const unsigned decimalsIn = decimalsOf(fill.inputMint, tokens);
    const unsigned decimalsOut = decimalsOf(fill.outputMint, tokens);
    const unsigned decimalsFee = decimalsOf(fill.feeMint, tokens);
    JsonObject object{{"orderId", text(toString(fill.orderId))},
                      {"leg", count(fill.leg)},
                      {"slot", count(fill.slot)},
                      {"at", isoTime(fill.atMicros)},
                      {"txHash", text(toBase58(fill.signature))},
                      {"feeToken", text(tokens.symbolOf(fill.feeMint))},
                      {"networkFeeLamports", count(fill.networkFeeLamports)}};
    putPool(object, fill.pool, fill.program);
    putPair(object, fill.inputMint, fill.outputMint, tokens);
    putAmount(object, "amountIn", fill.amountInRaw, decimalsIn);
    putAmount(object, "amountOut", fill.amountOutRaw, decimalsOut);
    putAmount(object, "fee", fill.feeRaw, decimalsFee);
    putAmount(object, "protocolFee", fill.protocolFeeRaw, decimalsFee);
    object.insert(
        "price",
        text(domain::formatPrice({fill.amountInRaw, decimalsIn, fill.amountOutRaw, decimalsOut})));
    return object;
}

JsonObject toJson(const runtime::QuoteView& view, const domain::TokenRegistry& tokens) {
    JsonObject object{{"slot", count(view.slot)},
                      {"slippageBps", static_cast<int>(view.slippageBps)}};
    putPair(object, view.input.mint, view.output.mint, tokens);
    putAmount(object, "amountIn", view.amountInRaw, view.input.decimals);
    JsonArray quotes;
    JsonValue best;
    for (const routing::PoolQuote& quote : view.board.quotes) {
        const JsonObject shape = quoteToJson(quote, view, tokens);
        best = quotes.isEmpty() ? JsonValue(shape) : best;
        quotes.append(shape);
    }
    JsonArray unavailable;
    for (const routing::PoolRefusal& refusal : view.board.refusals) {
        JsonObject pool{{"reason", text(amm::nameOf(refusal.error))}};
        putPool(pool, refusal.pool, refusal.program);
        unavailable.append(pool);
    }
    object.insert("mode", text(nameOf(view.plan.mode)));
    object.insert("plan", toJson(view.plan, tokens));
    object.insert("best", best);
    object.insert("quotes", quotes);
    object.insert("unavailable", unavailable);
    return object;
}

JsonObject toJson(const routing::OrderBook& book, const domain::TokenRegistry& tokens) {
    const unsigned baseDecimals = decimalsOf(book.baseMint, tokens);
    const unsigned quoteDecimals = decimalsOf(book.quoteMint, tokens);
    return {{"base", text(tokens.symbolOf(book.baseMint))},
            {"quote", text(tokens.symbolOf(book.quoteMint))},
            {"baseMint", text(toBase58(book.baseMint))},
            {"quoteMint", text(toBase58(book.quoteMint))},
            {"slot", count(book.slot)},
            {"bids", levelsToJson(book.bids, baseDecimals, quoteDecimals)},
            {"asks", levelsToJson(book.asks, baseDecimals, quoteDecimals)}};
}

JsonObject toJson(const execution::Wallet& wallet, const domain::TokenRegistry& tokens) {
    std::vector<std::pair<std::string, JsonObject>> balances;  // by symbol
    for (const auto& [key, balance] : wallet.all()) {
        const auto& [owner, mint] = key;
        if (owner != execution::WalletOwner::trader) {
            continue;
        }
        const unsigned decimals = decimalsOf(mint, tokens);
        const std::string symbol = tokens.symbolOf(mint);
        JsonObject object{{"token", symbol},
                          {"mint", text(toBase58(mint))},
                          {"decimals", static_cast<int>(decimals)}};
        putAmount(object, "amount", balance.amountRaw, decimals);
        putAmount(object, "reserved", balance.reservedRaw, decimals);
        putAmount(object, "free", balance.freeRaw(), decimals);
        balances.emplace_back(symbol, std::move(object));
    }
    std::sort(balances.begin(), balances.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    JsonArray array;
    for (const auto& [symbol, balance] : balances) {
        array.append(balance);
    }
    return {{"simulated", true}, {"balances", array}};
}

namespace {

JsonArray toJson(const std::vector<runtime::RemoteWorkerStatus>& workers) {
    JsonArray array;
    for (const runtime::RemoteWorkerStatus& worker : workers) {
        array.append(JsonObject{{"name", text(worker.name)},
                                {"version", text(worker.version)},
                                {"state", text(nameOf(worker.state))},
                                {"threads", count(worker.threads)},
                                {"planned", count(worker.planned)},
                                {"plansPerSecond", worker.plansPerSecond},
                                {"marketSlot", count(worker.marketSlot)},
                                {"lastHeartbeat", isoTime(worker.lastHeartbeatMicros)}});
    }
    return array;
}

}  // namespace

JsonObject toJson(const runtime::EngineStatus& status) {
    JsonArray remarks;
    for (const std::string& remark : status.remarks) {
        remarks.append(text(remark));
    }
    return {{"simulated", true},
            {"market", text(nameOf(status.marketKind))},
            {"marketDescription", text(status.marketDescription)},
            {"profile", text(status.profile)},
            {"instanceId", text(status.instanceId)},
            {"slot", count(status.slot)},
            {"blockHeight", count(status.blockHeight)},
            {"queue", text(status.queue)},
            {"jobsWaiting", count(status.jobsWaiting)},
            {"remarks", remarks},
            {"workers", count(status.workers)},
            {"remoteWorkers", toJson(status.remoteWorkers)},
            {"remoteProposals", JsonObject{{"accepted", count(status.remoteProposals.accepted)},
                                           {"refused", count(status.remoteProposals.refused)},
                                           {"forged", count(status.remoteProposals.forged)}}},
            {"openOrders", count(status.openOrders)},
            {"deadLetters", count(status.deadLetters)},
            {"lastSequence", count(status.lastEventSequence)}};
}

JsonArray pairsToJson(const amm::MarketSnapshot& market) {
    JsonArray array;
    for (const auto& [first, second] : market.pairs->pairs()) {
        const bool firstIsQuote = quoteRank(first) < quoteRank(second);
        const domain::Pubkey& base = firstIsQuote ? second : first;
        const domain::Pubkey& quote = firstIsQuote ? first : second;
        JsonArray pools;
        for (const std::size_t position : market.pairs->poolsOf(first, second)) {
            JsonObject pool;
            putPool(pool, market.pools[position]->address, market.pools[position]->program);
            pools.append(pool);
        }
        array.append(JsonObject{{"base", text(market.tokens->symbolOf(base))},
                                {"quote", text(market.tokens->symbolOf(quote))},
                                {"baseMint", text(toBase58(base))},
                                {"quoteMint", text(toBase58(quote))},
                                {"pools", pools}});
    }
    return array;
}

}  // namespace oee::gateway
