#pragma once
// Raydium CPMM: constant product with protocol, fund and creator fees and Token-2022 mints. Exact
// in amounts and failures. Specification: raydium-io/raydium-cp-swap programs/cp-swap/src at
// 609780f (2025-12). The trader's own balance is not the pool's business.

#include <array>
#include <cstdint>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/raydium/cpmm/layout.h"
#include "amm/spl_token.h"
#include "amm/swap.h"
#include "domain/pubkey.h"

namespace oee::amm::raydium {

struct CpmmPool {
    // One of the two tokens: what its vault holds and which part of that is owed as fees.
    struct Side {
        std::uint64_t vaultRaw = 0;
        std::uint64_t protocolFeesRaw = 0;
        std::uint64_t fundFeesRaw = 0;
        std::uint64_t creatorFeesRaw = 0;
        std::uint64_t withheldRaw = 0;  // Token-2022 fees in the vault account, outside vaultRaw
        spl::TransferFeeConfig transferFee;

        friend bool operator==(const Side&, const Side&) = default;
    };

    std::array<Side, 2> sides;  // token 0 (A), token 1 (B)
    // Parts of 1,000,000. Protocol and fund rates are parts of the trade fee.
    std::uint32_t tradeFeeRatePpm = 0;
    std::uint32_t protocolFeeRatePpm = 0;
    std::uint32_t fundFeeRatePpm = 0;
    std::uint32_t creatorFeeRatePpm = 0;  // 0 where the pool has not enabled it
    cpmm::CreatorFeeOn creatorFeeOn = cpmm::CreatorFeeOn::inputToken;
    bool creatorFeeEnabled = false;
    std::uint8_t status = 0;
    std::uint64_t openTime = 0;  // seconds since 1970
    std::uint64_t recentEpoch = 0;
    std::uint64_t lpSupplyRaw = 0;
    domain::Pubkey address;
    std::array<domain::Pubkey, 2> vaults;
    std::array<MintInfo, 2> mints;

    friend bool operator==(const CpmmPool&, const CpmmPool&) = default;
};

// Needs the pool, its config, both vaults, and the mint of every Token-2022 token.
tl::expected<CpmmPool, DecodeFailure> decodeCpmm(const domain::Pubkey& address,
                                                 const AccountSet& accounts);

// Writes the owed fees, the recent epoch and the vaults' balances into the accounts that the pool
// was decoded from; the addresses whose accounts are now different. The price oracle's account
// is left alone: no swap depends on it.
std::vector<domain::Pubkey> encode(const CpmmPool& pool, AccountSet& accounts);

// instructions/swap_base_input.rs (exactIn: fees rounded up, output down) and swap_base_output.rs
// (exactOut: input and gross-ups rounded up).
tl::expected<SwapResult, SwapError> quote(const CpmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(CpmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// reserve out / reserve in; 0 for an empty pool.
double marginalPrice(const CpmmPool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const CpmmPool& pool, SwapDirection direction, const ChainClock& clock);

// Without what Token-2022 withholds in the vault accounts: that is the mint's.
std::array<std::uint64_t, 2> vaultBalances(const CpmmPool& pool);

}  // namespace oee::amm::raydium
