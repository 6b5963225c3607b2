#include "amm/raydium/amm_v4/pool.h"

#include <cstddef>
#include <limits>
#include <optional>

#include "amm/bytes.h"
#include "amm/raydium/constant_product.h"
#include "amm/spl_token.h"
#include "base/integer.h"
#include "domain/venue.h"

namespace oee::amm::raydium {
namespace {

using amm_v4::Status;

constexpr std::size_t kCoin = 0;
constexpr std::size_t kPc = 1;
constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMaxDecimals = std::numeric_limits<std::uint8_t>::max();

std::size_t inputSide(SwapDirection direction) {
    return direction == SwapDirection::aToB ? kCoin : kPc;
}

// processor.rs: a status without swap permission, or one that waits for its open time.
bool isOpen(const AmmV4Pool& pool, const ChainClock& clock) {
    switch (pool.status) {
        case Status::initialized:
        case Status::swapOnly:
            return true;
        case Status::waitingTrade:
            return static_cast<std::uint64_t>(clock.unixTimestamp) >= pool.openTime;
        default:
            return false;
    }
}

// math.rs:calc_total_without_take_pnl_no_orderbook. Empty where more waits than the vault holds.
std::optional<Reserves> reservesOf(const AmmV4Pool& pool, SwapDirection direction) {
    const std::size_t in = inputSide(direction);
    const std::size_t out = 1 - in;
    if (pool.needTakePnlRaw[in] > pool.vaultRaw[in] ||
        pool.needTakePnlRaw[out] > pool.vaultRaw[out]) {
        return std::nullopt;
    }
    return Reserves{.inRaw = pool.vaultRaw[in] - pool.needTakePnlRaw[in],
                    .outRaw = pool.vaultRaw[out] - pool.needTakePnlRaw[out]};
}

// Fills the result in its place, or says why not: copies would cost as much as the arithmetic, and
// quotes are what routers do most.
using Refusal = std::optional<SwapError>;

Refusal exactIn(const AmmV4Pool& pool, const SwapRequest& request, const Reserves& reserves,
                SwapResult& result) {
    const std::uint64_t amountIn = request.amountRaw;
    const auto fee = mulDivUp(amountIn, pool.swapFeeNumerator, pool.swapFeeDenominator);
    if (!fee || *fee > amountIn) {
        return SwapError::mathOverflow;
    }
    const auto amountOut = outputFor(reserves, amountIn - *fee);
    if (!amountOut) {
        return SwapError::mathOverflow;
    }
    if (*amountOut < request.slippageLimitRaw.value_or(0)) {
        return SwapError::slippageExceeded;
    }
    if (*amountOut == 0) {
        return amountIn == 0 ? SwapError::zeroAmount : SwapError::zeroOutput;
    }
    if (*amountOut >= reserves.outRaw) {
        return SwapError::insufficientLiquidity;
    }
    result.amountInRaw = amountIn;
    result.amountOutRaw = *amountOut;
    result.feeRaw = *fee;
    return std::nullopt;
}

Refusal exactOut(const AmmV4Pool& pool, const SwapRequest& request, const Reserves& reserves,
                 SwapResult& result) {
    // The program divides by what is left and aborts where that is nothing or less.
    if (request.amountRaw >= reserves.outRaw) {
        return SwapError::insufficientLiquidity;
    }
    const auto beforeFee = inputFor(reserves, request.amountRaw);
    const auto kept = base::checkedSub(pool.swapFeeDenominator, pool.swapFeeNumerator);
    if (!beforeFee || !kept) {
        return SwapError::mathOverflow;
    }
    const auto amountIn = mulDivUp(*beforeFee, pool.swapFeeDenominator, *kept);
    if (!amountIn) {
        return SwapError::mathOverflow;
    }
    if (*amountIn > request.slippageLimitRaw.value_or(kNoLimit)) {
        return SwapError::slippageExceeded;
    }
    if (request.amountRaw == 0) {
        return SwapError::zeroAmount;
    }
    if (*amountIn == 0) {  // the input reserve is empty
        return SwapError::insufficientLiquidity;
    }
    result.amountInRaw = *amountIn;
    result.amountOutRaw = request.amountRaw;
    result.feeRaw = *amountIn - *beforeFee;
    return std::nullopt;
}

Refusal compute(const AmmV4Pool& pool, const SwapRequest& request, const ChainClock& clock,
                SwapResult& result) {
    if (request.mode == SwapMode::partialFill || request.sqrtPriceLimitQ64) {
        return SwapError::unsupportedMode;
    }
    if (!isOpen(pool, clock)) {
        return SwapError::poolDisabled;
    }
    const auto reserves = reservesOf(pool, request.direction);
    if (!reserves) {
        return SwapError::mathOverflow;
    }
    const auto refusal = request.mode == SwapMode::exactIn
                             ? exactIn(pool, request, *reserves, result)
                             : exactOut(pool, request, *reserves, result);
    // The token program refuses a balance over 64 bits.
    if (!refusal &&
        !base::checkedAdd(pool.vaultRaw[inputSide(request.direction)], result.amountInRaw)) {
        return SwapError::mathOverflow;
    }
    return refusal;
}

tl::unexpected<DecodeFailure> failure(DecodeError error, const domain::Pubkey& address,
                                      const char* where) {
    return tl::make_unexpected(DecodeFailure{error, address, where});
}

tl::expected<AmmV4Pool, DecodeFailure> decodePoolAccount(const domain::Pubkey& address,
                                                         const AccountSet& accounts) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return failure(DecodeError::accountMissing, address, "pool");
    }
    if (found->second.owner != domain::programIdOf(domain::Program::raydiumAmmV4)) {
        return failure(DecodeError::wrongOwner, address, "pool");
    }
    FieldReader reader(found->second.data);
    if (reader.size() != amm_v4::kPoolSize) {
        return failure(
            reader.size() < amm_v4::kPoolSize ? DecodeError::tooShort : DecodeError::invalidValue,
            address, "pool size");
    }
    const auto u64 = [&reader](std::size_t offset) { return reader.read<std::uint64_t>(offset); };
    if (u64(amm_v4::kStatus) > static_cast<std::uint64_t>(Status::waitingTrade)) {
        return failure(DecodeError::invalidValue, address, "status");
    }
    if (u64(amm_v4::kCoinDecimals) > kMaxDecimals || u64(amm_v4::kPcDecimals) > kMaxDecimals) {
        return failure(DecodeError::invalidValue, address, "decimals");
    }
    AmmV4Pool pool;
    pool.needTakePnlRaw = {u64(amm_v4::kNeedTakePnlCoin), u64(amm_v4::kNeedTakePnlPc)};
    pool.swapFeeNumerator = u64(amm_v4::kSwapFeeNumerator);
    pool.swapFeeDenominator = u64(amm_v4::kSwapFeeDenominator);
    pool.status = static_cast<Status>(u64(amm_v4::kStatus));
    pool.openTime = u64(amm_v4::kPoolOpenTime);
    pool.recentEpoch = u64(amm_v4::kRecentEpoch);
    pool.address = address;
    pool.vaults = {reader.pubkey(amm_v4::kCoinVault), reader.pubkey(amm_v4::kPcVault)};
    pool.mints = {MintInfo{.mint = reader.pubkey(amm_v4::kCoinMint),
                           .decimals = static_cast<unsigned>(u64(amm_v4::kCoinDecimals))},
                  MintInfo{.mint = reader.pubkey(amm_v4::kPcMint),
                           .decimals = static_cast<unsigned>(u64(amm_v4::kPcDecimals))}};
    if (pool.mints[kCoin].mint == pool.mints[kPc].mint) {
        return failure(DecodeError::invalidValue, address, "mints");
    }
    return pool;
}

}  // namespace

tl::expected<AmmV4Pool, DecodeFailure> decodeAmmV4(const domain::Pubkey& address,
                                                   const AccountSet& accounts) {
    auto pool = decodePoolAccount(address, accounts);
    if (!pool) {
        return pool;
    }
    for (const std::size_t side : {kCoin, kPc}) {
        const char* const role = side == kCoin ? "coin vault" : "pc vault";
        const auto vault = spl::decodeTokenAccount(pool->vaults[side], accounts, role);
        if (!vault) {
            return tl::make_unexpected(vault.error());
        }
        if (vault->tokenProgram != spl::tokenProgramId()) {
            return failure(DecodeError::wrongOwner, pool->vaults[side], role);
        }
        if (vault->mint != pool->mints[side].mint) {
            return failure(DecodeError::invalidValue, pool->vaults[side], role);
        }
        pool->vaultRaw[side] = vault->amountRaw;
    }
    return pool;
}

std::vector<domain::Pubkey> encode(const AmmV4Pool& pool, AccountSet& accounts) {
    std::vector<domain::Pubkey> changed;
    if (const auto found = accounts.find(pool.address); found != accounts.end()) {
        FieldWriter writer(found->second.data);
        writer.write(amm_v4::kStatus, static_cast<std::uint64_t>(pool.status));
        writer.write(amm_v4::kRecentEpoch, pool.recentEpoch);
        if (writer.changed()) {
            changed.push_back(pool.address);
        }
    }
    for (const std::size_t side : {kCoin, kPc}) {
        const auto found = accounts.find(pool.vaults[side]);
        if (found != accounts.end() &&
            spl::writeTokenBalance(found->second,
                                   {.amountRaw = pool.vaultRaw[side], .withheldRaw = 0})) {
            changed.push_back(pool.vaults[side]);
        }
    }
    return changed;
}

tl::expected<SwapResult, SwapError> quote(const AmmV4Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    tl::expected<SwapResult, SwapError> quoted(tl::in_place);
    if (const auto refusal = compute(pool, request, clock, *quoted)) {
        quoted = tl::make_unexpected(*refusal);
    }
    return quoted;
}

tl::expected<SwapResult, SwapError> apply(AmmV4Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    auto result = quote(pool, request, clock);
    if (result) {
        const std::size_t in = inputSide(request.direction);
        pool.vaultRaw[in] += result->amountInRaw;
        pool.vaultRaw[1 - in] -= result->amountOutRaw;
        if (pool.status == Status::waitingTrade) {
            pool.status = Status::swapOnly;
        }
        pool.recentEpoch = clock.epoch;
    }
    return result;
}

double marginalPrice(const AmmV4Pool& pool, SwapDirection direction) {
    const auto reserves = reservesOf(pool, direction);
    return reserves && reserves->inRaw != 0
               ? static_cast<double>(reserves->outRaw) / static_cast<double>(reserves->inRaw)
               : 0.0;
}

Curve curveOf(const AmmV4Pool& pool, SwapDirection direction, const ChainClock& clock) {
    const auto reserves = reservesOf(pool, direction);
    if (!isOpen(pool, clock) || !reserves || reserves->inRaw == 0 || reserves->outRaw == 0 ||
        pool.swapFeeNumerator >= pool.swapFeeDenominator) {
        return {};
    }
    CurveSegment segment =
        withFee(constantProductSegment(static_cast<double>(reserves->inRaw),
                                       static_cast<double>(reserves->outRaw)),
                FeeSide::input, {pool.swapFeeNumerator, pool.swapFeeDenominator});
    segment.capacityIn = static_cast<double>(kNoLimit - pool.vaultRaw[inputSide(direction)]);
    return {.segments = {segment}, .transferFeeIn = {}, .transferFeeOut = {}};
}

std::array<std::uint64_t, 2> vaultBalances(const AmmV4Pool& pool) {
    return pool.vaultRaw;
}

}  // namespace oee::amm::raydium
