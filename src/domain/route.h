#pragma once
// How an order may be routed, and the legs of the route that was planned for it.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::domain {

enum class RouteMode { exactIn, exactOut };
enum class RouteScope {
    single,  // one pool of the pair
    split,   // any pools of the pair
    full,    // and through other tokens
};

std::string_view nameOf(RouteMode mode);
std::string_view nameOf(RouteScope scope);
std::optional<RouteMode> routeModeFromName(std::string_view name);
std::optional<RouteScope> routeScopeFromName(std::string_view name);

inline constexpr std::uint32_t kMostHops = 3;

// What the person allows. What fits into a transaction limits a plan besides.
struct RouteChoice {
    RouteScope scope = RouteScope::full;
    std::optional<Venue> venue;  // that one only
    std::uint32_t maxHops = kMostHops;
    std::optional<std::uint32_t> maxLegs;
    std::vector<Pubkey> excludedPools;

    friend bool operator==(const RouteChoice&, const RouteChoice&) = default;
};

// Executed one after another, in one transaction. The amounts are those of the plan.
struct RouteLeg {
    Pubkey pool;
    Program program = Program::raydiumAmmV4;
    Pubkey inputMint;
    Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;

    friend bool operator==(const RouteLeg&, const RouteLeg&) = default;
};

}  // namespace oee::domain
