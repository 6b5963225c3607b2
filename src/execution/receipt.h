#pragma once
// From a landed transaction to its receipt.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "chain/outcome.h"
#include "domain/receipt.h"
#include "domain/token.h"
#include "domain/transaction.h"

namespace oee::execution {

// What the input of planned legs is worth at the mid prices of their pools in this market, in base
// units of the output: Transaction::decisionOutRaw. 0 where the market does not have the pools.
std::uint64_t decisionValueOf(std::span<const domain::RouteLeg> legs,
                              const amm::MarketSnapshot& market);

// Base units of a token that one lamport is worth at the mid prices of this market; 0 where
// nothing connects the two.
double outPerLamport(const amm::MarketSnapshot& market, const domain::Pubkey& outputMint);

struct LandingFacts {
    const domain::Transaction& transaction;
    const chain::TransactionOutcome& outcome;
    base::UnixMicros atMicros = 0;  // the chain's time at the end of its slot
    // Base units of the output that one lamport was worth at the mid price of the landing.
    double outPerLamport = 0;
};

enum class ReceiptError {
    notLanded,
    legsDoNotMatch,  // what landed is not what the transaction says
};

// Mid prices are marginal prices before fees, along the legs that the transaction took. Values in
// between (of fees, at the mid) are rounded down to base units; what rounding leaves is part of the
// price impact, so that the parts always add up to the unit. Where a front-run made the input
// larger (exact-out), its cost is that input at the mid price of the landing.
tl::expected<domain::Receipt, ReceiptError> makeReceipt(const LandingFacts& facts);

// What one base unit of an order's input is worth at the mid prices of its fills' pools now, in
// base units of the output: for markouts. 0 where the pools are not theirs.
double midPriceOf(std::span<const domain::Fill> fills,
                  std::span<const std::shared_ptr<const amm::Pool>> pools);

// amount × price in base units, rounded down; at most 2^64 − 1.
std::uint64_t valueAt(std::uint64_t amountRaw, double price);

// Hundredths of a basis point of the decision value, rounded towards zero; 0 where that is 0.
std::int64_t centiBps(base::i128 partRaw, std::uint64_t decisionOutRaw);

// Twice the distance of the execution from the mid at landing, in hundredths of a basis point.
std::int64_t effectiveSpreadCentiBps(const domain::Receipt& receipt);

// The waterfall as a table of text, for people.
std::string describe(const domain::Receipt& receipt, const domain::TokenRegistry& tokens);

}  // namespace oee::execution
