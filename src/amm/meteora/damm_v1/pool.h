#pragma once
// Meteora DAMM v1 ("dynamic AMM"): a pool whose tokens lie in two dynamic vaults that it may share
// with others and that lend to strategies. The pool owns LP tokens of the vaults; the worth of
// these is its reserve, and profit of the vaults unlocks over time. The curve is x × y = k or a
// stable swap, also for staking tokens. Exact in amounts and failures.
// Specification: MeteoraAg/damm-v1-sdk dynamic-amm-quote/src and programs/ at 02c66a3, with the
// stable swap of mercurial-finance/stable-swap stable-swap-math at 140c2e0. Left out, because no
// swap depends on them: a partner's share of the protocol fee (it stays in the same account; how
// the program counts it is not published), host fees, and the whitelisted vault's early access
// (the trader is not that vault). The program moves SPL Token only, so there are no transfer fees.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/meteora/damm_v1/layout.h"
#include "amm/swap.h"
#include "domain/pubkey.h"

namespace oee::amm::meteora {

namespace damm_v1 {

// numerator / denominator of an amount.
struct FeeRate {
    std::uint64_t numerator = 0;
    std::uint64_t denominator = 1;

    friend bool operator==(const FeeRate&, const FeeRate&) = default;
};

// Profit that a vault reported and does not count yet.
struct LockedProfit {
    std::uint64_t lockedRaw = 0;  // at the report
    std::uint64_t lastReportSeconds = 0;
    std::uint64_t degradation = 0;  // unlocked a second, of 10^12

    friend bool operator==(const LockedProfit&, const LockedProfit&) = default;
};

// One token's dynamic vault and the pool's part of it.
struct VaultSide {
    bool enabled = true;         // else it takes no deposits
    std::uint64_t totalRaw = 0;  // in the token vault and lent out
    LockedProfit profit;
    std::uint64_t lpSupplyRaw = 0;
    std::uint64_t poolLpRaw = 0;  // of the LP supply
    std::uint64_t tokenVaultRaw = 0;
    std::uint64_t protocolFeeRaw = 0;  // in the pool's fee account
    domain::Pubkey vault;
    domain::Pubkey tokenVault;
    domain::Pubkey lpMint;
    domain::Pubkey poolLp;
    domain::Pubkey protocolFee;

    friend bool operator==(const VaultSide&, const VaultSide&) = default;
};

// Token B is a staking token: its worth in A is cached in the pool, and read anew from the staking
// program's account by the first swap after 10 minutes.
struct Depeg {
    DepegType type = DepegType::none;
    std::uint64_t priceMicros = 0;  // the cache: A for one B, of 10^6
    std::uint64_t updatedSeconds = 0;
    std::uint64_t stakePriceMicros = 0;  // what the staking program says

    friend bool operator==(const Depeg&, const Depeg&) = default;
};

struct StableCurve {
    std::uint64_t amp = 0;
    std::array<std::uint64_t, 2> multipliers{1, 1};  // to the same decimals: A, B
    Depeg depeg;

    friend bool operator==(const StableCurve&, const StableCurve&) = default;
};

}  // namespace damm_v1

struct DammV1Pool {
    std::array<damm_v1::VaultSide, 2> sides;     // A, B
    std::optional<damm_v1::StableCurve> stable;  // none: x × y = k
    damm_v1::FeeRate tradeFee;
    damm_v1::FeeRate protocolFee;  // of the trade fee
    bool enabled = true;
    damm_v1::ActivationType activationType = damm_v1::ActivationType::slot;
    std::uint64_t activationPoint = 0;  // slot or seconds since 1970
    domain::Pubkey address;
    std::array<MintInfo, 2> mints;

    friend bool operator==(const DammV1Pool&, const DammV1Pool&) = default;
};

// Needs the pool, both mints, and of each side the vault, its token vault and LP mint, the pool's
// LP account and its protocol fee account; for a staking token also the staking program's account.
tl::expected<DammV1Pool, DecodeFailure> decodeDammV1(const domain::Pubkey& address,
                                                     const AccountSet& accounts);

// Writes what swaps change into the accounts that the pool was decoded from; the addresses whose
// accounts are now different.
std::vector<domain::Pubkey> encode(const DammV1Pool& pool, AccountSet& accounts);

// dynamic-amm-quote/src/lib.rs:compute_quote. The program has no other mode than exactIn. The fee
// is of the input: each rate that is not 0 takes at least one unit, otherwise rounded down. The
// output is rounded down three times: on the curve, to vault LP, and back. Stable pools may pay
// nothing.
tl::expected<SwapResult, SwapError> quote(const DammV1Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(DammV1Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// What the pool's part of each vault is worth, in base units, rounded down. Empty where the
// program's arithmetic fails.
std::optional<std::array<std::uint64_t, 2>> reservesOf(const DammV1Pool& pool,
                                                       const ChainClock& clock);

// quote()'s first question.
bool isOpen(const DammV1Pool& pool, const ChainClock& clock);

// The cache as a swap at this time would leave it; empty on overflow.
// dynamic-amm-quote/src/depeg/mod.rs:update_base_virtual_price
std::optional<damm_v1::Depeg> depegAt(const damm_v1::Depeg& cached, const ChainClock& clock);

// By how much the stable curve multiplies a side's amounts.
double scaleOf(const damm_v1::StableCurve& curve, std::size_t side);

// Output base units for one input base unit, before fees, as if all profit were unlocked.
double marginalPrice(const DammV1Pool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const DammV1Pool& pool, SwapDirection direction, const ChainClock& clock);

// The token vaults, which the pool may share, and the pool's fee accounts.
std::array<std::uint64_t, 2> vaultBalances(const DammV1Pool& pool);

}  // namespace oee::amm::meteora
