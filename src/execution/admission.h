#pragma once
// What may become an order. Pure checks on a request; the wallet and the limits that need the
// stored orders are checked by the order store in the order's own transaction.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "chain/network_profile.h"
#include "domain/amount.h"
#include "domain/order.h"
#include "domain/token.h"

namespace oee::execution {

// How it may be routed. Texts and numbers are unchecked.
struct RouteRequest {
    std::optional<std::string> scope;  // single, split, full; absent: full
    std::optional<std::string> venue;  // raydium, meteora; absent: both
    std::optional<std::int64_t> maxHops;
    std::optional<std::int64_t> maxLegs;
    std::vector<std::string> excludedPools;  // addresses
};

// As people and bots write it. Texts are unchecked. Exactly one of the amounts is to be given.
struct OrderRequest {
    std::string tokenIn;                      // symbol or mint
    std::string tokenOut;                     // symbol or mint
    std::optional<std::string> amountIn;      // decimal, in tokens
    std::optional<std::string> amountInRaw;   // base units
    std::optional<std::string> amountOut;     // decimal, in tokens: what is to arrive
    std::optional<std::string> amountOutRaw;  // base units
    std::optional<domain::Side> side;         // absent: sell
    RouteRequest route;
    std::int64_t slippageBps = kDefaultSlippageBps;
    domain::OnRevert onRevert = domain::OnRevert::fail;
    std::optional<std::int64_t> deadlineMs;  // from its admission on; absent: none
    std::string idempotencyKey;              // empty: none

    // Raydium's guidance for major pairs is 1 %, for stable against major 0.5 % (Raydium docs).
    static constexpr std::int64_t kDefaultSlippageBps = 50;
};

// The field of a request that a refusal is about; names are those of the API.
enum class Field {
    none,
    tokenIn,
    tokenOut,
    amountIn,
    amountInRaw,
    amountOut,
    amountOutRaw,
    slippageBps,
    deadlineMs,
    routing,
    venue,
    maxHops,
    maxLegs,
    excludedPools,
    idempotencyKey,
};
std::string_view nameOf(Field field);

enum class RefusalReason {
    missing,
    unknownToken,
    sameToken,
    notANumber,
    tooManyDecimals,
    tooLarge,
    notPositive,
    bothAmounts,          // more than one of the amounts
    unknownValue,         // none of the names in `limit`
    noRoute,              // exactOut: no plan brings the amount now; `given` says why
    outOfRange,           // slippage outside 0 … 10,000 bps, deadline outside 1 ms … a day
    tooLong,              // idempotency key over 128 characters
    noPool,               // no pool trades the pair
    insufficientBalance,  // of the input token
    insufficientSolForFees,
    orderTooLarge,        // risk limit: largest order of the token
    tooManyOrders,        // risk limit: orders a minute
    tooManyOpenOrders,    // risk limit: open orders
    tooFast,              // above the steady rate of orders
    idempotencyConflict,  // same key, another body
    busy,                 // orders in flight at their bound
    storageFailed,        // the database refused; nothing was stored
    shuttingDown,
};
std::string_view nameOf(RefusalReason reason);

struct Refusal {
    RefusalReason reason = RefusalReason::missing;
    Field field = Field::none;
    // The numbers that explain it, as decimal text with symbol where they are amounts.
    std::string given;
    std::string limit;
    std::uint32_t retryAfterSeconds = 1;  // where trying again later can help

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Off where absent.
struct RiskLimits {
    std::map<domain::Pubkey, std::uint64_t> largestOrderRaw;  // a token
    std::optional<std::uint32_t> ordersPerMinute;
    std::optional<std::uint32_t> openOrders;
    std::optional<std::uint32_t> steadyPerMinute;  // a token bucket: TokenBucket

    friend bool operator==(const RiskLimits&, const RiskLimits&) = default;
};

// A request that passed the checks.
struct OrderDraft {
    domain::OrderType type = domain::OrderType::market;
    domain::Side side = domain::Side::sell;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    domain::RouteMode mode = domain::RouteMode::exactIn;
    std::uint64_t amountInRaw = 0;  // exactOut: filled in once the market has been asked
    std::uint64_t amountOutRaw = 0;
    unsigned slippageBps = 0;
    domain::RouteChoice route;
    domain::OnRevert onRevert = domain::OnRevert::fail;
    std::optional<std::int64_t> deadlineMs;  // from its admission on
    std::uint64_t reservedLamports = 0;      // worst-case network fees
    std::uint64_t createdSlot = 0;
    std::string idempotencyKey;

    friend bool operator==(const OrderDraft&, const OrderDraft&) = default;
};

inline constexpr std::size_t kMaxIdempotencyKeyLength = 128;
inline constexpr std::int64_t kMaxDeadlineMs = 86'400'000;  // a day

// What was given of an amount.
struct AmountTexts {
    std::optional<std::string> in;
    std::optional<std::string> inRaw;
    std::optional<std::string> out;
    std::optional<std::string> outRaw;
};
struct ParsedAmount {
    domain::RouteMode mode = domain::RouteMode::exactIn;
    Field field = Field::amountIn;
    std::uint64_t amountRaw = 0;
};

tl::expected<unsigned, Refusal> parseSlippage(std::int64_t slippageBps);

struct PairRequest {
    std::string tokenIn;
    std::string tokenOut;
};
struct ResolvedPair {
    domain::Token input;
    domain::Token output;
};
tl::expected<ResolvedPair, Refusal> resolvePair(const PairRequest& request,
                                                const domain::TokenRegistry& tokens);

// Exactly one of the texts must be given. Errors name the field.
tl::expected<ParsedAmount, Refusal> parseAmounts(const AmountTexts& texts,
                                                 const ResolvedPair& pair);

tl::expected<domain::RouteChoice, Refusal> parseRoute(const RouteRequest& request);

// Everything that can be said of a request without the stored orders.
tl::expected<OrderDraft, Refusal> validate(const OrderRequest& request,
                                           const domain::TokenRegistry& tokens,
                                           const chain::NetworkProfile& profile,
                                           const RiskLimits& limits);

// Base fee, priority fee and tip of a transaction that uses the whole compute budget, times the
// attempts that are allowed: what an order may cost in SOL at most.
std::uint64_t worstCaseFeeLamports(const chain::NetworkProfile& profile);

}  // namespace oee::execution
