#pragma once
// What a plan takes of a transaction.

#include <cstdint>
#include <span>

#include "routing/plan.h"

namespace oee::routing {

struct Footprint {
    std::uint32_t transactionBytes = 0;
    std::uint32_t computeUnits = 0;
};

// Of one transaction with all legs, every account in its own list (no lookup table): accounts that
// legs share (the trader, token accounts, programs) count once.
Footprint footprintOf(std::span<const PlanLeg> legs);

}  // namespace oee::routing
