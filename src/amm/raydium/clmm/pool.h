#pragma once
// Raydium CLMM: liquidity between ticks, a fee that may follow volatility, limit orders on ticks.
// Token 0 is token A, token 1 is token B. Exact in amounts and failures. Specification:
// raydium-io/raydium-clmm programs/amm/src at 03b44b7 (2026-07), its instruction swap_v2. Left out,
// because no swap depends on it: the observations account.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/raydium/clmm/layout.h"
#include "amm/spl_token.h"
#include "amm/swap.h"
#include "base/integer.h"
#include "domain/pubkey.h"

namespace oee::amm::raydium {

namespace clmm {

// Limit orders on one tick: they sell the token that the price has not reached yet, all at the
// tick's price, older cohort first.
struct TickOrders {
    std::uint64_t phase = 0;                   // one more each time untouched orders begin to fill
    std::uint64_t openRaw = 0;                 // not yet touched
    std::uint64_t partFilledRemainingRaw = 0;  // what is left of the cohort being filled
    base::u128 unfilledRatioQ64 = 0;           // of that cohort

    // No overflow: decoding refuses ticks whose sum is over 2^64 − 1.
    std::uint64_t unfilledRaw() const { return openRaw + partFilledRemainingRaw; }

    friend bool operator==(const TickOrders&, const TickOrders&) = default;
};

struct Tick {
    base::u128 sqrtPriceQ64 = 0;  // of the tick; 0 where it is not initialized
    base::i128 liquidityNet = 0;  // gained when the price rises over the tick
    base::u128 liquidityGross = 0;
    TickOrders orders;
    std::array<base::u128, 2> feeGrowthOutsideQ64{};
    std::array<base::u128, kRewards> rewardGrowthsOutsideQ64{};

    bool isInitialized() const { return liquidityGross != 0 || orders.unfilledRaw() != 0; }

    friend bool operator==(const Tick&, const Tick&) = default;
};

struct TickArray {
    std::int32_t startTick = 0;
    std::uint8_t initializedCount = 0;  // as stored; never below the bits of `initialized`
    std::uint64_t initialized = 0;      // bit i: ticks[i] is initialized
    std::uint64_t recentEpoch = 0;
    domain::Pubkey address;
    std::array<Tick, kTicksPerArray> ticks;

    friend bool operator==(const TickArray&, const TickArray&) = default;
};

// A tick array that exists, or that the bitmaps say should.
struct TickArraySlot {
    std::int32_t startTick = 0;
    bool inBitmap = false;
    std::shared_ptr<const TickArray> array;  // null: not among the accounts
};

// The volatility that the dynamic fee follows, and how; 10,000 = one tick spacing.
struct DynamicFee {
    std::uint16_t filterPeriodSeconds = 0;
    std::uint16_t decayPeriodSeconds = 0;
    std::uint16_t reductionFactorBps = 0;
    std::uint32_t control = 0;
    std::uint32_t maxAccumulator = 0;
    std::int32_t spacingIndexReference = 0;
    std::uint32_t reference = 0;
    std::uint32_t accumulator = 0;
    std::uint64_t lastUpdateSeconds = 0;

    friend bool operator==(const DynamicFee&, const DynamicFee&) = default;
};

// Farming rewards: swaps bring them up to date and ticks remember their growth.
struct Reward {
    bool exists = false;
    std::uint8_t state = 0;  // RewardState, kept as stored
    std::uint64_t openTime = 0;
    std::uint64_t endTime = 0;
    std::uint64_t lastUpdateTime = 0;
    base::u128 emissionsQ64 = 0;  // base units a second
    std::uint64_t totalEmittedRaw = 0;
    base::u128 growthQ64 = 0;

    friend bool operator==(const Reward&, const Reward&) = default;
};

struct TokenSide {
    std::uint64_t vaultRaw = 0;
    std::uint64_t withheldRaw = 0;      // Token-2022 fees in the vault account, outside vaultRaw
    std::uint64_t protocolFeesRaw = 0;  // waits in the vault
    std::uint64_t fundFeesRaw = 0;      // likewise
    base::u128 feeGrowthQ64 = 0;        // per unit of liquidity, modulo 2^128
    spl::TransferFeeConfig transferFee;

    friend bool operator==(const TokenSide&, const TokenSide&) = default;
};

}  // namespace clmm

// Tick arrays are shared between the states of a pool; a swap copies what it changes.
struct ClmmPool {
    base::u128 liquidity = 0;  // in range
    base::u128 sqrtPriceQ64 = 0;
    std::int32_t tickCurrent = 0;
    std::uint16_t tickSpacing = 1;
    std::uint8_t status = 0;  // see clmm::kSwapDisabledBit
    clmm::FeeOn feeOn = clmm::FeeOn::fromInput;
    std::uint32_t tradeFeeRatePpm = 0;
    std::uint32_t protocolFeeRatePpm = 0;  // of the trade fee
    std::uint32_t fundFeeRatePpm = 0;      // of the trade fee
    std::uint64_t openTime = 0;            // seconds since 1970; swaps after it
    std::uint64_t recentEpoch = 0;
    std::array<clmm::TokenSide, 2> sides;
    std::optional<clmm::DynamicFee> dynamicFee;
    std::array<clmm::Reward, clmm::kRewards> rewards;
    std::vector<clmm::TickArraySlot> arrays;  // by start tick, ascending
    std::optional<domain::Pubkey> bitmapExtension;
    domain::Pubkey address;
    std::array<domain::Pubkey, 2> vaults;
    std::array<MintInfo, 2> mints;

    // By value, the shared parts inside.
    friend bool operator==(const ClmmPool& a, const ClmmPool& b);
};

// Needs the pool, its config, both vaults, the mints that belong to Token-2022, and those of its
// tick arrays and bitmap extension that exist: they are found in the set by owner, discriminator
// and pool.
tl::expected<ClmmPool, DecodeFailure> decodeClmm(const domain::Pubkey& address,
                                                 const AccountSet& accounts);

// Writes price, tick, liquidity, fees, rewards, volatility, ticks, bitmaps and the vaults' balances
// into the accounts that the pool was decoded from; the addresses whose accounts are now different.
std::vector<domain::Pubkey> encode(const ClmmPool& pool, AccountSet& accounts);

// swap.rs:swap_internal within swap_v2.rs:exact_internal_v2. Input rounds up, output down, fees up,
// the shares of protocol and fund down. Without a price limit the whole amount has to be filled,
// else insufficientLiquidity; with one the swap may end there, and the result says how far it went.
tl::expected<SwapResult, SwapError> quote(const ClmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(ClmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// Output base units for one input base unit at the current price, before fees.
double marginalPrice(const ClmmPool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const ClmmPool& pool, SwapDirection direction, const ChainClock& clock);

// Without what Token-2022 withholds in the vault accounts: that is the mint's.
std::array<std::uint64_t, 2> vaultBalances(const ClmmPool& pool);

}  // namespace oee::amm::raydium
