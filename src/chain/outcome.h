#pragma once
// What became of a transaction.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "amm/error.h"
#include "amm/pool.h"
#include "domain/order.h"

namespace oee::chain {

// The bot that traded around a transaction of ours.
struct SandwichTaken {
    std::uint32_t leg = 0;  // whose pool it moved
    std::uint64_t frontInRaw = 0;
    std::uint64_t frontOutRaw = 0;
    // Of the input token; 0 where the back-run is yet to come, in a later block ("wide").
    std::uint64_t backOutRaw = 0;
    bool wide = false;

    friend bool operator==(const SandwichTaken&, const SandwichTaken&) = default;
};

struct Landed {
    std::vector<domain::Fill> fills;  // without atMicros, which the caller sets
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t networkFeeLamports = 0;
    std::uint32_t computeUnits = 0;  // consumed
    // For the receipt. The pool of each leg as that leg would have found it had no bot traded right
    // before the transaction: running the legs on them gives unsandwichedInRaw and …OutRaw,
    // which are amountInRaw and amountOutRaw where `sandwich` is empty.
    std::vector<std::shared_ptr<const amm::Pool>> poolsBefore{};
    std::vector<amm::SwapResult> swapsUndisturbed{};  // what they are there, a leg each
    std::uint64_t unsandwichedInRaw = 0;
    std::uint64_t unsandwichedOutRaw = 0;
    std::optional<SandwichTaken> sandwich{};
};

enum class RevertCause {
    swap,           // a leg's program refused: `error`
    routeLimit,     // the legs together brought less than the minimum
    computeBudget,  // consumed more compute units than the limit
};

// No swap happened; base and priority fee are paid all the same, a tip is not.
struct Reverted {
    amm::SwapError error = amm::SwapError::slippageExceeded;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::uint64_t networkFeeLamports = 0;
    RevertCause cause = RevertCause::swap;
    std::uint32_t leg = 0;
};

// Its blockhash was too old before a leader took it: nothing happened, nothing is paid.
struct Expired {};

enum class DropReason {
    lost,      // never reached a leader; may be sent anew
    tooLarge,  // more than 1,232 bytes: no node takes it, now or later
};
// It never landed and never will: nothing happened, nothing is paid.
struct Dropped {
    DropReason reason = DropReason::lost;
};

struct TransactionOutcome {
    domain::OrderId orderId;
    std::uint32_t attempt = 1;
    domain::Signature signature;
    std::variant<Landed, Reverted, Expired, Dropped> result;
    std::uint64_t slot = 0;           // in which it landed or was given up
    std::uint64_t confirmedSlot = 0;  // 66 % of the stake voted for it
    std::uint64_t finalizedSlot = 0;
};

// "Raydium CPMM: ExceededSlippage (6005)", "computational budget exceeded", …
std::string describe(const Reverted& reverted);

}  // namespace oee::chain
