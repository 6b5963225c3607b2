#pragma once
// The one atomic transaction that executes an order.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "domain/order.h"
#include "domain/pubkey.h"
#include "domain/route.h"
#include "domain/venue.h"

namespace oee::domain {

// It fills whole or not at all. The limits are on what all legs take and bring together.
struct Transaction {
    OrderId orderId;
    std::uint32_t attempt = 1;
    std::uint64_t fence = 0;
    Signature signature;
    RouteMode mode = RouteMode::exactIn;
    std::vector<RouteLeg> legs;
    std::uint64_t expectedOutRaw = 0;
    std::uint64_t minAmountOutRaw = 0;  // exactOut: what is to arrive
    std::uint64_t maxAmountInRaw = 0;   // exactOut only; exactIn spends what the legs say
    std::uint32_t computeUnitLimit = 0;
    std::uint64_t computeUnitPriceMicroLamports = 0;
    std::uint64_t tipLamports = 0;
    std::uint64_t networkFeeLamports = 0;  // base + priority + tip: what landing costs
    std::uint64_t snapshotSlot = 0;        // the market it was planned on
    // What the input of all legs was worth there: at the mid price, in base units of the output.
    std::uint64_t decisionOutRaw = 0;
    std::uint64_t lastValidBlockHeight = 0;
    base::UnixMicros sentAtMicros = 0;
    // When the leader has it: sent + a latency drawn by (seed, order, attempt).
    base::UnixMicros arrivesAtMicros = 0;

    friend bool operator==(const Transaction&, const Transaction&) = default;
};

}  // namespace oee::domain
