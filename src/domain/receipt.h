#pragma once
// What an order cost, and why.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/integer.h"
#include "domain/order.h"
#include "domain/pubkey.h"

namespace oee::domain {

// Where the difference between the decision and what arrived went, in base units of the output.
// Positive: it cost the trader; delay, price impact and sandwich may also be gains.
struct CostParts {
    base::i128 delayRaw = 0;         // the market moved between decision and landing
    base::i128 priceImpactRaw = 0;   // the order's own way along the curves
    base::i128 lpFeesRaw = 0;        // what liquidity providers got
    base::i128 protocolFeesRaw = 0;  // the rest of the pools' fees
    base::i128 transferFeesRaw = 0;  // Token-2022: what the mints withheld
    base::i128 sandwichRaw = 0;      // less than without the front-run
    base::i128 networkRaw = 0;       // base fee, priority fee and tip

    base::i128 sum() const {
        return delayRaw + priceImpactRaw + lpFeesRaw + protocolFeesRaw + transferFeesRaw +
               sandwichRaw + networkRaw;
    }
    friend bool operator==(const CostParts&, const CostParts&) = default;
};

// What the input was worth some time after the landing, at the mid price then. Times are the
// chain's own: it stands still while nobody runs it, so a restart makes no markout late.
struct Markout {
    std::uint32_t seconds = 0;  // when it was due
    std::uint64_t midOutRaw = 0;
    std::uint64_t takenAfterMillis = 0;  // when it was taken: at the end of the first slot then

    friend bool operator==(const Markout&, const Markout&) = default;
};
inline constexpr std::array<std::uint32_t, 4> kMarkoutSeconds{1, 5, 30, 60};

// What other routes would have paid for the same input on the market as the slot of the landing
// found it, before network fees; empty: no such route.
struct Counterfactuals {
    std::optional<std::uint64_t> bestRaydiumOutRaw;  // one pool
    std::optional<std::uint64_t> bestMeteoraOutRaw;  // one pool
    std::optional<std::uint64_t> fullRouteOutRaw;    // what one transaction can hold

    friend bool operator==(const Counterfactuals&, const Counterfactuals&) = default;
};

// decisionOutRaw − parts.sum() = amountOutRaw − network fee in output units, to the unit.
struct Receipt {
    OrderId orderId;
    Pubkey inputMint;
    Pubkey outputMint;
    std::uint64_t amountInRaw = 0;  // what was spent
    std::uint64_t decisionSlot = 0;
    std::uint64_t landingSlot = 0;
    std::uint64_t confirmedSlot = 0;       // the landing's slot is confirmed from this one on
    std::uint64_t finalizedSlot = 0;       // and finalized from this one on
    base::UnixMicros landedAtMicros = 0;   // the chain's time at the end of the landing's slot
    std::uint64_t decisionOutRaw = 0;      // the input at the mid price of the decision
    std::uint64_t quotedOutRaw = 0;        // what the plan expected
    std::uint64_t landingOutRaw = 0;       // the input at the mid price of the landing
    std::uint64_t unsandwichedOutRaw = 0;  // what would have arrived without a front-run
    std::uint64_t amountOutRaw = 0;        // what arrived
    std::uint64_t networkFeeLamports = 0;
    CostParts parts;
    std::optional<Counterfactuals> counterfactuals;
    std::vector<Markout> markouts;  // ascending; appended when their time has come

    // The implementation shortfall: decision value less what arrived net of network costs.
    base::i128 shortfallRaw() const { return parts.sum(); }

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace oee::domain
