#pragma once
// A pool of any program: decoded state as a value, and the pure functions on it.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/meteora/damm_v1/pool.h"
#include "amm/meteora/damm_v2/pool.h"
#include "amm/meteora/dlmm/pool.h"
#include "amm/raydium/amm_v4/pool.h"
#include "amm/raydium/clmm/pool.h"
#include "amm/raydium/cpmm/pool.h"
#include "amm/swap.h"
#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::amm {

using PoolState = std::variant<raydium::AmmV4Pool, raydium::CpmmPool, raydium::ClmmPool,
                               meteora::DlmmPool, meteora::DammV2Pool, meteora::DammV1Pool>;

// Immutable once decoded; a swap makes a new one.
struct Pool {
    domain::Pubkey address;
    domain::Program program = domain::Program::raydiumAmmV4;
    std::array<MintInfo, 2> mints;  // A, B
    PoolState state;

    std::optional<SwapDirection> directionFrom(const domain::Pubkey& inputMint) const;
    const MintInfo& inputOf(SwapDirection direction) const;
    const MintInfo& outputOf(SwapDirection direction) const;
};

// Reads a pool from the bytes of its accounts. Never reads outside them, whatever they hold.
tl::expected<Pool, DecodeFailure> decodePool(const domain::Pubkey& address,
                                             const AccountSet& accounts);

// Writes what swaps can change back into the accounts that the pool was decoded from; every other
// byte stays. Returns the addresses whose bytes are now different.
// decodePool(address, accounts) afterwards gives an equal pool.
std::vector<domain::Pubkey> encodePool(const Pool& pool, AccountSet& accounts);

// What a swap would give; the pool does not change.
tl::expected<SwapResult, SwapError> quote(const Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

struct AppliedSwap {
    SwapResult result;
    std::shared_ptr<const Pool> pool;  // the state afterwards
};

// Executes a swap: the same amounts as quote(), and the new state.
tl::expected<AppliedSwap, SwapError> apply(const Pool& pool, const SwapRequest& request,
                                           const ChainClock& clock);

// Output base units for one input base unit at the margin, before fees. For display and price
// impact only: amounts always come from quote().
double marginalPrice(const Pool& pool, SwapDirection direction);

// The pieces of what quote() pays on exactIn at this clock, see Curve: never below it but for what
// doubles are off, and above it by the programs' roundings only: a few base units a segment, of
// price steps, of a rate limiter's average. More only on bridges, on DAMM v1's stable curve (up to
// a millionth) and where DAMM v2's cap cuts a rate limiter. Beyond the capacities quote() refuses.
// No segments where the pool trades nothing in this direction: disabled, not yet open, or without
// liquidity.
Curve curveOf(const Pool& pool, SwapDirection direction, const ChainClock& clock);

// Whether what the pool trades depends on the clock's slot, and not only on its time and epoch.
bool followsSlot(const Pool& pool);

// What the pool can trade with at most, of each token: for judging depth. The vaults' balances, but
// for DAMM v1, whose vaults belong to many pools.
std::array<std::uint64_t, 2> depthOf(const Pool& pool);

// Everything of each token that the pool's vaults hold, fees that wait in them inside: for the
// check that nothing is created or destroyed.
std::array<std::uint64_t, 2> vaultBalances(const Pool& pool);

}  // namespace oee::amm
