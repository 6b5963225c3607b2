#pragma once
// From a landed transaction to its receipt.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "amm/pool.h"
#include "domain/receipt.h"
#include "domain/token.h"
#include "domain/transaction.h"

namespace oee::execution {

struct LandingFacts {
    const domain::Transaction& transaction;
    // The pool of each leg as the plan saw it, and as the chain had it right before the
    // transaction, with everything that landed earlier and without a front-run made for it.
    std::span<const std::shared_ptr<const amm::Pool>> decisionPools;
    std::span<const std::shared_ptr<const amm::Pool>> landingPools;
    amm::ChainClock clock;  // of the landing
    std::uint64_t amountOutRaw = 0;
    std::uint64_t networkFeeLamports = 0;
    // Base units of the output that one lamport was worth at the mid price of the landing.
    double outPerLamport = 0;
};

enum class ReceiptError {
    noLegs,
    poolsDoNotMatch,  // not one pool a leg, or not the leg's
    notReproducible,  // the legs do not execute on the landing pools
};

// Mid prices are marginal prices before fees, along the legs that the transaction took. Values in
// between (of fees, at the mid) are rounded down to base units; what rounding leaves is part of the
// price impact, so that the parts always add up to the unit.
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
