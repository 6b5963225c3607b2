#pragma once
// On-chain accounts as bytes, and the set that one pool needs.

#include <cstdint>
#include <map>
#include <vector>

#include "domain/pubkey.h"

namespace oee::amm {

struct Account {
    domain::Pubkey owner;  // the program that owns it
    std::uint64_t lamports = 0;
    std::vector<std::uint8_t> data;

    friend bool operator==(const Account&, const Account&) = default;
};

// Every account of one pool: the pool itself, config, vaults, mints, tick or bin arrays, bitmap
// extension. One set a pool, because dumps of two pools may hold one address in two states.
using AccountSet = std::map<domain::Pubkey, Account>;

// The chain's clock as programs read it.
struct ChainClock {
    std::uint64_t slot = 0;
    std::int64_t unixTimestamp = 0;  // seconds
    std::uint64_t epoch = 0;

    friend bool operator==(const ChainClock&, const ChainClock&) = default;
};

// One of a pool's two tokens.
struct MintInfo {
    domain::Pubkey mint;
    unsigned decimals = 0;

    friend bool operator==(const MintInfo&, const MintInfo&) = default;
};

}  // namespace oee::amm
