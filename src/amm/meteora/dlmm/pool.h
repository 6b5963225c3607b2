#pragma once
// Meteora DLMM: liquidity in bins of constant price, a fee that follows volatility, limit orders.
// X is token A, Y is token B. Exact in amounts and failures. Specification: MeteoraAg/dlmm-sdk
// commons/src at fb02e51 (2026-07). Left out, because no swap depends on them: farming rewards and
// the oracle's observations.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/curve.h"
#include "amm/error.h"
#include "amm/meteora/dlmm/layout.h"
#include "amm/spl_token.h"
#include "amm/swap.h"
#include "base/integer.h"
#include "domain/pubkey.h"

namespace oee::amm::meteora {

namespace dlmm {

// Limit orders of one bin. All of a bin's orders are on one side.
struct LimitOrders {
    std::uint64_t openRaw = 0;                // not yet touched
    std::uint64_t processingRaw = 0;          // what the orders being filled began with
    std::uint64_t processedRemainingRaw = 0;  // what is left of them
    std::uint32_t age = 0;                    // one more each time open orders begin to fill
    std::uint64_t fulfilledXRaw = 0;
    std::uint64_t fulfilledYRaw = 0;
    std::uint64_t askFeeRaw = 0;
    std::uint64_t bidFeeRaw = 0;
    bool sellX = false;  // the ask side

    friend bool operator==(const LimitOrders&, const LimitOrders&) = default;
};

struct Bin {
    std::uint64_t amountXRaw = 0;  // market makers' liquidity; order proceeds are not in it
    std::uint64_t amountYRaw = 0;
    base::u128 priceQ64 = 0;  // base units of Y for one of X; 0: not stored yet
    base::u128 liquiditySupplyQ64 = 0;
    base::u128 feeXPerTokenQ64 = 0;  // a growth counter
    base::u128 feeYPerTokenQ64 = 0;
    LimitOrders orders;

    friend bool operator==(const Bin&, const Bin&) = default;
};

struct BinArray {
    std::int32_t index = 0;
    // From version 2 on; older arrays carry something else in the bytes of the orders, and then
    // the orders here are empty.
    bool holdsOrders = false;
    domain::Pubkey address;
    std::array<Bin, kBinsPerArray> bins;
    // Bit i: bin i can pay out in the direction (index: SwapDirection). Kept by updatePayers().
    std::array<base::u128, 2> payers{};

    std::int32_t lowerBinId() const { return index * kBinsPerArray; }
    std::int32_t upperBinId() const { return lowerBinId() + kBinsPerArray - 1; }

    friend bool operator==(const BinArray&, const BinArray&) = default;
};

// After a change of bins[position].
void updatePayers(BinArray& array, std::size_t position);

struct BinArraySlot {
    std::int32_t index = 0;
    std::shared_ptr<const BinArray> array;  // never null
};

// The pair's own bitmap and its extension as one run of bits, bit 0 being array −kBitmapReach.
class BinArrayBitmap {
  public:
    static constexpr std::size_t kWords = static_cast<std::size_t>(kBitmapReach) * 2 / 64;

    bool contains(std::int32_t arrayIndex) const;
    void insert(std::int32_t arrayIndex);  // −kBitmapReach ≤ arrayIndex < kBitmapReach
    // The nearest array with liquidity at or beyond `from`, downwards for X → Y, else upwards.
    std::optional<std::int32_t> nextWithLiquidity(std::int32_t from, SwapDirection direction) const;

    friend bool operator==(const BinArrayBitmap&, const BinArrayBitmap&) = default;

  private:
    std::array<std::uint64_t, kWords> words_{};
};

// What swaps never change.
struct PairParameters {
    std::uint16_t binStepBps = 0;
    std::uint16_t filterPeriodSeconds = 0;
    std::uint16_t decayPeriodSeconds = 0;
    std::uint16_t reductionFactorBps = 0;
    std::uint32_t variableFeeControl = 0;
    std::uint32_t maxVolatilityAccumulator = 0;
    std::uint16_t protocolShareBps = 0;
    std::uint64_t baseFeeRatePpb = 0;  // of 10^9, at most the cap
    PairStatus status = PairStatus::enabled;
    PairType pairType = PairType::permissionless;
    ActivationType activationType = ActivationType::slot;
    std::uint64_t activationPoint = 0;
    CollectFeeMode collectFeeMode = CollectFeeMode::inputOnly;
    bool supportsLimitOrders = false;

    // extensions/lb_pair.rs:fee_on_input
    FeeSide feeSide(SwapDirection direction) const {
        return collectFeeMode == CollectFeeMode::onlyY && direction == SwapDirection::aToB
                   ? FeeSide::output
                   : FeeSide::input;
    }
    // quote.rs:validate_swap_activation
    bool isOpenAt(const ChainClock& clock) const {
        if (status != PairStatus::enabled) {
            return false;
        }
        if (pairType != PairType::permission && pairType != PairType::customizablePermissionless) {
            return true;
        }
        return activationPoint <= (activationType == ActivationType::slot
                                       ? clock.slot
                                       : static_cast<std::uint64_t>(clock.unixTimestamp));
    }

    friend bool operator==(const PairParameters&, const PairParameters&) = default;
};

// The volatility that the variable fee follows; 10,000 = one bin.
struct Volatility {
    std::uint32_t accumulator = 0;
    std::uint32_t reference = 0;
    std::int32_t indexReference = 0;
    std::int64_t lastUpdateSeconds = 0;

    friend bool operator==(const Volatility&, const Volatility&) = default;
};

struct TokenSide {
    std::uint64_t vaultRaw = 0;
    std::uint64_t protocolFeeRaw = 0;  // waits in the vault
    std::uint64_t withheldRaw = 0;     // Token-2022 fees in the vault account, outside vaultRaw
    spl::TransferFeeConfig transferFee;

    friend bool operator==(const TokenSide&, const TokenSide&) = default;
};

}  // namespace dlmm

// Bin arrays and the bitmap are shared between the states of a pool; a swap copies what it changes.
struct DlmmPool {
    dlmm::PairParameters parameters;
    dlmm::Volatility volatility;
    std::int32_t activeId = 0;
    std::array<dlmm::TokenSide, 2> sides;  // X, Y
    std::shared_ptr<const dlmm::BinArrayBitmap> bitmap;
    std::vector<dlmm::BinArraySlot> arrays;  // by index, ascending
    domain::Pubkey address;
    std::array<domain::Pubkey, 2> vaults;
    std::array<MintInfo, 2> mints;

    // By value, the shared parts inside.
    friend bool operator==(const DlmmPool& a, const DlmmPool& b);
};

// Needs the pair, both vaults, both mints, and those of its bin arrays and bitmap extension that
// exist: they are found in the set by owner, discriminator and pair.
tl::expected<DlmmPool, DecodeFailure> decodeDlmm(const domain::Pubkey& address,
                                                 const AccountSet& accounts);

// Writes volatility, active bin, protocol fees, bins and the vaults' balances into the accounts
// that the pool was decoded from; the addresses whose accounts are now different.
std::vector<domain::Pubkey> encode(const DlmmPool& pool, AccountSet& accounts);

// quote.rs:quote_exact_in and quote_exact_out. Input rounds up, output down, fees up, the
// protocol's share down. A swap that the bin arrays at hand cannot carry whole is
// insufficientLiquidity; there is no partial fill.
tl::expected<SwapResult, SwapError> quote(const DlmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// The same amounts; changes the pool only where the swap succeeds.
tl::expected<SwapResult, SwapError> apply(DlmmPool& pool, const SwapRequest& request,
                                          const ChainClock& clock);

// Output base units for one input base unit in the nearest bin that can pay, before fees; 0 where
// none can.
double marginalPrice(const DlmmPool& pool, SwapDirection direction);

// See amm::curveOf().
Curve curveOf(const DlmmPool& pool, SwapDirection direction, const ChainClock& clock);

// Without what Token-2022 withholds in the vault accounts: that is the mint's.
std::array<std::uint64_t, 2> vaultBalances(const DlmmPool& pool);

}  // namespace oee::amm::meteora
