#pragma once
// Raydium AMM v4: constant product, the fee taken from the input. Exact in amounts and failures.
// Specification: raydium-io/raydium-amm program/src/{processor.rs,math.rs} at 27f461d (2026-07),
// the revision without an order book. The trader's own balance is not the pool's business.

#include <array>
#include <cstdint>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/raydium/amm_v4/layout.h"
#include "amm/swap.h"
#include "domain/pubkey.h"

namespace oee::amm::raydium {

// Index 0 is the coin side (A), 1 the pc side (B).
struct AmmV4Pool {
    std::array<std::uint64_t, 2> vaultRaw{};        // balances of the vaults
    std::array<std::uint64_t, 2> needTakePnlRaw{};  // in the vaults, but not in the reserves
    std::uint64_t swapFeeNumerator = 0;
    std::uint64_t swapFeeDenominator = 0;
    amm_v4::Status status = amm_v4::Status::uninitialized;
    std::uint64_t openTime = 0;  // seconds since 1970
    std::uint64_t recentEpoch = 0;
    domain::Pubkey address;
    std::array<domain::Pubkey, 2> vaults;
    std::array<MintInfo, 2> mints;

    friend bool operator==(const AmmV4Pool&, const AmmV4Pool&) = default;
};

// Needs the pool and both vaults. The pool must be AMM v4's, of its exact size, with a known
// status and two different mints that its vaults hold.
tl::expected<AmmV4Pool, DecodeFailure> decodeAmmV4(const domain::Pubkey& address,
                                                   const AccountSet& accounts);

// Writes status, recent epoch and the vaults' balances into the accounts that the pool was decoded
// from; the addresses whose accounts are now different.
std::vector<domain::Pubkey> encode(const AmmV4Pool& pool, AccountSet& accounts);

// processor.rs:process_swap_base_in_v2 (exactIn: fee rounded up, output down) and
// process_swap_base_out_v2 (exactOut: the curve's input and then the gross-up both rounded up).
tl::expected<SwapResult, SwapError> quote(const AmmV4Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(AmmV4Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// reserve out / reserve in; 0 for an empty pool.
double marginalPrice(const AmmV4Pool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const AmmV4Pool& pool, SwapDirection direction, const ChainClock& clock);

std::array<std::uint64_t, 2> vaultBalances(const AmmV4Pool& pool);

}  // namespace oee::amm::raydium
