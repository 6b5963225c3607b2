#pragma once
// The shapes of what the engine knows, as JSON: one place for HTTP and WebSocket.
// Amounts stand in two fields: "amountIn": "12.5" (tokens, exact decimals) and "amountInRaw":
// "12500000" (base units); both are strings, because JSON numbers are doubles to most readers.
// Prices are decimal strings. Numbers are used for counts, slots, bps and lamports only.

#include "amm/market_snapshot.h"
#include "domain/order.h"
#include "domain/token.h"
#include "execution/wallet.h"
#include "gateway/json_text.h"
#include "routing/order_book.h"
#include "runtime/engine.h"

namespace oee::gateway {

JsonObject toJson(const domain::Token& token);
JsonObject toJson(const domain::Order& order, const domain::TokenRegistry& tokens);
JsonObject toJson(const domain::OrderEvent& event);  // without the order
JsonObject toJson(const execution::DeadLetter& letter, const domain::TokenRegistry& tokens);
JsonObject toJson(const domain::Fill& fill, const domain::TokenRegistry& tokens);
JsonObject toJson(const runtime::QuoteView& view, const domain::TokenRegistry& tokens);
JsonObject toJson(const routing::OrderBook& book, const domain::TokenRegistry& tokens);
// The trader's balances.
JsonObject toJson(const execution::Wallet& wallet, const domain::TokenRegistry& tokens);

// What market, profile, queue and slot this is; "simulated" is always true: no real funds move.
JsonObject toJson(const runtime::EngineStatus& status);

// Every pair that a pool trades. The quote token is the one that people count in: USDC before
// USDT before SOL, else the higher mint.
JsonArray pairsToJson(const amm::MarketSnapshot& market);

}  // namespace oee::gateway
