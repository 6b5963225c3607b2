#pragma once
// From what bots send to what the engine is asked: nothing is guessed, nothing unknown is ignored.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <QByteArray>
#include <QUrlQuery>
#include <tl/expected.hpp>

#include "execution/admission.h"
#include "gateway/flat_json.h"
#include "runtime/engine.h"

namespace oee::gateway {

// Body of POST /api/orders/execute. Fields: tokenIn, tokenOut; amountIn (also "amount"; decimal, as
// string or number) or amountInRaw (string of digits), or for exactly so much to arrive amountOut
// or amountOutRaw; routing (single, split, full), venue (raydium, meteora), maxHops, maxLegs,
// excludedPools (addresses); slippageBps (whole number) or slippage
// (percent with at most two decimals: 0.5 is 50 bps); side (sell, buy); type (also "orderType";
// market); onRevert (fail, requote); deadlineMs (whole number); idempotencyKey, also as the header Idempotency-Key. A field that is not among them is an
// error, because a mistyped name of a money field must not pass silently.
tl::expected<execution::OrderRequest, ApiError> parseOrderRequest(
    const QByteArray& body, const std::optional<QByteArray>& idempotencyHeader);

// The same without side, type and key, of a query string (pools with commas between them) or a
// subscription; `others` are names that may stand beside these.
tl::expected<runtime::QuoteQuery, ApiError> parseQuoteQuery(
    const FlatObject& fields, const std::vector<std::string_view>& others = {});

// base and quote, both required. A book's refusals speak of tokenIn and tokenOut: bookErrorOf()
// gives them the names that were asked with.
struct BookPair {
    std::string base;
    std::string quote;
};
tl::expected<BookPair, ApiError> parsePairOfBook(const FlatObject& fields);
ApiError bookErrorOf(const execution::Refusal& refusal);

// The parameters of a query string, all of them strings; one given twice is an error.
tl::expected<FlatObject, ApiError> fieldsOf(const QUrlQuery& query);

// 400 naming the first member that is not among `allowed`.
std::optional<ApiError> unknownField(const FlatObject& fields,
                                     const std::vector<std::string_view>& allowed);

}  // namespace oee::gateway
