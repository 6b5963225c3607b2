#pragma once
// The first state of a market: generated from a profile, or read from account dumps.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <QString>
#include <tl/expected.hpp>

#include "amm/account.h"
#include "domain/token.h"
#include "domain/venue.h"
#include "market/market_profile.h"

namespace oee::market {

enum class MarketKind { generated, recorded };

// A pool of the dumps that is left out, and why.
struct SkippedPool {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::string reason;  // stable: the decoder's error and the field
};

struct GenesisMarket {
    // SHA-256 in hex over the clock and every pool's accounts (address, owner, lamports, bytes):
    // two geneses with one identity are the same market.
    std::string identity;
    std::string description;  // for people
    MarketKind kind = MarketKind::generated;
    amm::ChainClock clock;
    std::map<domain::Pubkey, amm::AccountSet> pools;  // every one decodes
    // SOL and USDC always, then every token of the pools.
    domain::TokenRegistry tokens;
    std::vector<SkippedPool> skipped;  // in order of path
};

enum class GenesisError {
    profile,      // the generator refused the profile
    dump,         // a file is missing or malformed
    undecodable,  // accounts of a program that we know, and yet not a pool
    duplicatePool,
    noPools,
};
// "profile", …: stable names for logs.
std::string_view nameOf(GenesisError error);

struct GenesisFailure {
    GenesisError error = GenesisError::noPools;
    std::string where;  // file, pool or folder
    std::string what;   // stable name of the cause, and the field where there is one; never empty
};

// A generated market; the same for the same profile and seed.
tl::expected<GenesisMarket, GenesisFailure> genesisFromProfile(const MarketProfile& profile,
                                                               std::uint64_t seed);

// A market of account dumps (see account_files.h). Pools of programs that are not supported yet are
// skipped and listed. The clock is the one with the highest unixTimestamp among the pools taken
// (then the highest slot), slot and epoch with it. Tokens take their symbols from the dumps in
// order of pool address, SOL, USDC and USDT before all others: the first mint with a symbol keeps
// it, and decimals come from the accounts, never from pool.json.
tl::expected<GenesisMarket, GenesisFailure> genesisFromDumps(const QString& directory);

}  // namespace oee::market
