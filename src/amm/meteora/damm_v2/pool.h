#pragma once
// Meteora DAMM v2: one position-wide range of liquidity (or x × y = k where fees compound), with
// base fees that follow time, price or size, and a fee that follows volatility. Exact in amounts
// and failures. Specification: MeteoraAg/damm-v2 programs/cp-amm/src at a3d3827 (0.2.1). Left out,
// because no swap depends on them: farming rewards, positions, and the whitelisted vault's early
// access (the trader is not that vault).

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/meteora/damm_v2/layout.h"
#include "amm/spl_token.h"
#include "amm/swap.h"
#include "base/integer.h"
#include "base/wide_integer.h"
#include "domain/pubkey.h"

namespace oee::amm::meteora {

namespace damm_v2 {

// How a scheduler lowers the fee: by a constant, or by a constant part, each period.
enum class FeeDecay { linear, exponential };

struct FeeSchedule {
    FeeDecay decay = FeeDecay::linear;
    std::uint64_t cliffRatePpb = 0;  // of 10^9, before the first period
    std::uint16_t periods = 0;       // after these the fee stays
    std::uint64_t reduction = 0;     // a period: of 10^9 (linear), basis points (exponential)

    friend bool operator==(const FeeSchedule&, const FeeSchedule&) = default;
};

// Periods pass with time.
struct TimeScheduler {
    FeeSchedule schedule;
    std::uint64_t frequency = 0;  // slots or seconds of a period; 0: the fee stays at the cliff

    friend bool operator==(const TimeScheduler&, const TimeScheduler&) = default;
};

// Periods pass with the rise of the sqrt price over its initial value.
struct MarketCapScheduler {
    FeeSchedule schedule;
    std::uint32_t sqrtPriceStepBps = 0;
    std::uint32_t expiration = 0;  // slots or seconds after activation

    friend bool operator==(const MarketCapScheduler&, const MarketCapScheduler&) = default;
};

// Purchases of A pay more the larger they are: each further reference amount has a higher rate.
struct RateLimiter {
    std::uint64_t cliffRatePpb = 0;
    std::uint16_t incrementBps = 0;
    std::uint32_t duration = 0;  // slots or seconds after activation, inclusive
    std::uint32_t maxFeeBps = 0;
    std::uint64_t referenceAmountRaw = 0;

    friend bool operator==(const RateLimiter&, const RateLimiter&) = default;
};

using BaseFee = std::variant<TimeScheduler, MarketCapScheduler, RateLimiter>;

struct DynamicFee {
    std::uint32_t maxAccumulator = 0;
    std::uint32_t control = 0;
    std::uint16_t binStepBps = 0;
    std::uint16_t filterPeriodSeconds = 0;
    std::uint16_t decayPeriodSeconds = 0;
    std::uint16_t reductionBps = 0;
    base::u128 binStepQ64 = 0;

    friend bool operator==(const DynamicFee&, const DynamicFee&) = default;
};

// What the dynamic fee remembers; 20,000 = a bin of sqrt price.
struct Volatility {
    std::uint64_t lastUpdateSeconds = 0;
    base::u128 sqrtPriceReferenceQ64 = 0;
    std::uint32_t accumulator = 0;
    std::uint64_t reference = 0;

    friend bool operator==(const Volatility&, const Volatility&) = default;
};

struct TokenSide {
    std::uint64_t reserveRaw = 0;  // liquidity; fees that wait in the vault are not in it
    std::uint64_t vaultRaw = 0;
    std::uint64_t protocolFeeRaw = 0;
    std::uint64_t withheldRaw = 0;  // Token-2022 fees in the vault account, outside vaultRaw
    spl::TransferFeeConfig transferFee;
    // Counters that no swap depends on.
    base::u256 feePerLiquidityQ128;
    base::u128 totalLpFeeRaw = 0;
    std::uint64_t totalProtocolFeeRaw = 0;

    friend bool operator==(const TokenSide&, const TokenSide&) = default;
};

}  // namespace damm_v2

struct DammV2Pool {
    std::array<damm_v2::TokenSide, 2> sides;  // A, B
    // sqrt(B / A) of base units, Q64.64. The bounds are none in compounding pools.
    base::u128 sqrtPriceQ64 = 0;
    base::u128 minSqrtPriceQ64 = 0;
    base::u128 maxSqrtPriceQ64 = 0;
    base::u128 initSqrtPriceQ64 = 0;
    base::u128 liquidityQ64 = 0;
    damm_v2::BaseFee baseFee;
    std::optional<damm_v2::DynamicFee> dynamicFee;
    damm_v2::Volatility volatility;
    // Follows from the volatility; kept, because quotes need it and only swaps change it.
    base::u128 variableFeeRatePpb = 0;
    std::uint64_t maxFeeRatePpb = 0;  // of 10^9, by the pool's fee version
    std::uint8_t protocolPercent = 0;
    std::uint8_t referralPercent = 0;
    std::uint16_t compoundingBps = 0;
    damm_v2::CollectFeeMode collectFeeMode = damm_v2::CollectFeeMode::bothToken;
    damm_v2::ActivationType activationType = damm_v2::ActivationType::slot;
    std::uint64_t activationPoint = 0;  // slot or seconds since 1970
    bool enabled = true;
    // False in old pools, whose reserves the first swap computes from the liquidity.
    bool tracksReserves = true;
    domain::Pubkey address;
    std::array<domain::Pubkey, 2> vaults;
    std::array<MintInfo, 2> mints;

    friend bool operator==(const DammV2Pool&, const DammV2Pool&) = default;
};

// Needs the pool, both vaults and both mints.
tl::expected<DammV2Pool, DecodeFailure> decodeDammV2(const domain::Pubkey& address,
                                                     const AccountSet& accounts);

// Writes what swaps change into the accounts that the pool was decoded from; the addresses whose
// accounts are now different.
std::vector<domain::Pubkey> encode(const DammV2Pool& pool, AccountSet& accounts);

// instructions/swap/swap_exact_in.rs, swap_exact_out.rs and swap_partial_fill.rs. Input and fees
// round up, output and shares of the fee down. Zero output is no error. partialFill takes from the
// input what the price range can carry.
tl::expected<SwapResult, SwapError> quote(const DammV2Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(DammV2Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// Output base units for one input base unit, before fees; 0 where the price range ends.
double marginalPrice(const DammV2Pool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const DammV2Pool& pool, SwapDirection direction, const ChainClock& clock);

// Without what Token-2022 withholds in the vault accounts: that is the mint's.
std::array<std::uint64_t, 2> vaultBalances(const DammV2Pool& pool);

}  // namespace oee::amm::meteora
