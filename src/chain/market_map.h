#pragma once
// The mints of a market as dense numbers; built once for a set of pools.

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "amm/market_snapshot.h"
#include "domain/pubkey.h"

namespace oee::chain {

struct MarketMap {
    std::vector<domain::Pubkey> mints;  // ascending; SOL always
    std::vector<unsigned> decimals;
    std::vector<std::array<std::size_t, 2>> poolMints;  // of the pool's A and B
    std::size_t sol = 0;

    std::optional<std::size_t> indexOf(const domain::Pubkey& mint) const;

    friend bool operator==(const MarketMap&, const MarketMap&) = default;
};

MarketMap mapOf(const amm::MarketSnapshot& market);

}  // namespace oee::chain
