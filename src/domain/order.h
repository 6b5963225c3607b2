#pragma once
// An order, its states and what happens to it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/pubkey.h"
#include "domain/route.h"
#include "domain/venue.h"

namespace oee::domain {

// Time-ordered: 48 bits of milliseconds, 32 bits of the order's number, 48 random bits. Written as
// 26 characters of Crockford's base 32 (the ULID text form), which sort as the numbers do.
struct OrderId {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const OrderId&, const OrderId&) = default;
};

struct OrderIdParts {
    std::uint64_t unixMillis = 0;
    std::uint32_t number = 0;
    std::uint64_t random = 0;  // the lower 48 bits are used
};
OrderId makeOrderId(const OrderIdParts& parts);
std::uint32_t orderNumberOf(const OrderId& id);
std::string toString(const OrderId& id);
std::optional<OrderId> orderIdFromString(std::string_view text);

enum class OrderType { market };
// What the person said; only for showing. Either way `inputMint` is what leaves the wallet.
enum class Side { sell, buy };

enum class OrderStatus { pending, routing, building, submitted, confirmed, failed, cancelled };

inline constexpr std::array kOrderStatuses{
    OrderStatus::pending,   OrderStatus::routing, OrderStatus::building, OrderStatus::submitted,
    OrderStatus::confirmed, OrderStatus::failed,  OrderStatus::cancelled};

std::string_view nameOf(OrderStatus status);
std::string_view nameOf(OrderType type);
std::string_view nameOf(Side side);
std::optional<OrderStatus> orderStatusFromName(std::string_view name);
std::optional<Side> sideFromName(std::string_view name);
std::optional<OrderType> orderTypeFromName(std::string_view name);

// confirmed, failed and cancelled are ends.
bool isTerminal(OrderStatus status);
// pending → routing → building → submitted → confirmed | failed; any state before submitted →
// failed | cancelled; routing, building and submitted → routing again (a new attempt).
bool isLegalTransition(OrderStatus from, OrderStatus to);

// What an order wants when its transaction reverts: nothing more, or a new plan on the market as it
// then is. Its slippage limit is never widened.
enum class OnRevert { fail, requote };
std::string_view nameOf(OnRevert onRevert);
std::optional<OnRevert> onRevertFromName(std::string_view name);

// Why an order failed. Plain words are made in execution/explain.h.
enum class FailureReason {
    none,
    noPool,            // no pool trades the pair
    noLiquidity,       // pools exist, none can fill the amount
    noPlanFits,        // there are routes, and none within the order's or a transaction's limits
    amountTooSmall,    // every pool would pay nothing
    slippageExceeded,  // the program refused on landing
    maximumExceeded,   // exactOut: before it was sent it cost more than was reserved
    poolDisabled,
    programError,  // any other refusal on landing
    expired,       // the blockhash life ended before a leader took it
    dropped,       // it never reached a leader
    deadline,      // the order's own deadline came first
    internal,      // a fault of ours; the log says more
};
std::string_view nameOf(FailureReason reason);
std::optional<FailureReason> failureReasonFromName(std::string_view name);

struct OrderFailure {
    FailureReason reason = FailureReason::none;
    std::optional<Program> program;          // whose error it is
    std::optional<std::uint32_t> errorCode;  // the program's own number, where there is one

    friend bool operator==(const OrderFailure&, const OrderFailure&) = default;
};

// What was planned for an order at building.
struct PlanSummary {
    std::vector<RouteLeg> legs;  // never empty
    std::uint64_t amountInRaw = 0;
    std::uint64_t expectedOutRaw = 0;
    std::uint64_t minAmountOutRaw = 0;
    std::uint64_t maxAmountInRaw = 0;  // exactIn: the amount
    // What no plan could beat on that market: most output (exactOut: least input), after the cost
    // of legs, and how far the plan is from it at most.
    std::uint64_t boundRaw = 0;
    std::uint64_t gapPpb = 0;

    friend bool operator==(const PlanSummary&, const PlanSummary&) = default;
};

// What an order got, once confirmed.
struct Execution {
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t networkFeeLamports = 0;
    std::uint64_t slot = 0;

    friend bool operator==(const Execution&, const Execution&) = default;
};

struct Order {
    OrderId id;
    OrderType type = OrderType::market;
    Side side = Side::sell;
    Pubkey inputMint;
    Pubkey outputMint;
    RouteMode mode = RouteMode::exactIn;
    std::uint64_t amountInRaw = 0;   // exactOut: the most that it may cost, which is reserved
    std::uint64_t amountOutRaw = 0;  // exactOut: what is to arrive; exactIn: 0
    unsigned slippageBps = 0;
    RouteChoice route;
    OnRevert onRevert = OnRevert::fail;
    std::optional<base::UnixMicros> deadlineMicros;  // it is not sent (again) after this

    OrderStatus status = OrderStatus::pending;
    std::uint32_t attempt = 1;
    std::uint64_t fence = 0;  // grows with each hand-out of the job; an older holder cannot commit
    std::uint64_t reservedLamports = 0;  // for network fees, beside the input itself
    std::uint64_t spentLamports = 0;     // of these: fees of earlier attempts that reverted
    base::UnixMicros createdAtMicros = 0;
    base::UnixMicros updatedAtMicros = 0;
    std::uint64_t createdSlot = 0;

    std::optional<PlanSummary> plan;      // from building on
    std::optional<Signature> signature;   // from submitted on
    std::optional<Execution> execution;   // confirmed
    std::optional<OrderFailure> failure;  // failed
    std::string idempotencyKey;           // empty: none given

    friend bool operator==(const Order&, const Order&) = default;
};

using OrderPtr = std::shared_ptr<const Order>;

// One swap of a confirmed order.
struct Fill {
    OrderId orderId;
    std::uint32_t leg = 0;
    Pubkey pool;
    Program program = Program::raydiumAmmV4;
    Pubkey inputMint;
    Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::uint64_t feeRaw = 0;          // the pool's whole trading fee
    std::uint64_t protocolFeeRaw = 0;  // the part that LPs do not get
    Pubkey feeMint;
    std::uint64_t networkFeeLamports = 0;  // on leg 0; 0 on the others
    std::uint64_t slot = 0;
    base::UnixMicros atMicros = 0;
    Signature signature;

    friend bool operator==(const Fill&, const Fill&) = default;
};

// SHA-256 of an event (execution/event_record.h says of which bytes).
using EventHash = std::array<std::uint8_t, 32>;

// One transition, in the order of commits; `order` is the order as it is after it.
struct OrderEvent {
    std::uint64_t sequence = 0;  // 1, 2, … over all orders of a data folder, no gaps
    OrderStatus status = OrderStatus::pending;
    std::uint64_t slot = 0;
    base::UnixMicros atMicros = 0;
    std::string detail;  // the execution path in words, for logs: "Raydium CPMM 7Juw…zdny, 1 leg"
    OrderPtr order;
    EventHash previousHash{};  // of the event before; zeros in the first
};

}  // namespace oee::domain

template <>
struct std::hash<oee::domain::OrderId> {
    // The order's number and random bits.
    std::size_t operator()(const oee::domain::OrderId& id) const noexcept {
        return static_cast<std::size_t>(id.low);
    }
};
