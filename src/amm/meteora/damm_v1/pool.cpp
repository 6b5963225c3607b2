#include "amm/meteora/damm_v1/pool.h"

#include "amm/meteora/damm_v1/stable_swap.h"

namespace oee::amm::meteora {
namespace {

double shareOf(const damm_v1::VaultSide& side) {
    return side.lpSupplyRaw == 0
               ? 0
               : static_cast<double>(side.poolLpRaw) / static_cast<double>(side.lpSupplyRaw) *
                     static_cast<double>(side.totalRaw);
}

}  // namespace

double scaleOf(const damm_v1::StableCurve& curve, std::size_t side) {
    const double multiplier = static_cast<double>(curve.multipliers[side]);
    if (curve.depeg.type == damm_v1::DepegType::none) {
        return multiplier;
    }
    return multiplier *
           static_cast<double>(side == 0 ? damm_v1::kDepegPrecision : curve.depeg.priceMicros);
}

double marginalPrice(const DammV1Pool& pool, SwapDirection direction) {
    const std::size_t in = direction == SwapDirection::aToB ? 0 : 1;
    const double reserveIn = shareOf(pool.sides[in]);
    const double reserveOut = shareOf(pool.sides[1 - in]);
    if (!(reserveIn > 0) || !(reserveOut > 0)) {
        return 0;
    }
    if (!pool.stable) {
        return reserveOut / reserveIn;
    }
    const double scaleIn = scaleOf(*pool.stable, in);
    const double scaleOut = scaleOf(*pool.stable, 1 - in);
    if (!(scaleIn > 0) || !(scaleOut > 0)) {
        return 0;
    }
    return damm_v1::stablePrice(pool.stable->amp, reserveIn * scaleIn, reserveOut * scaleOut) *
           (scaleIn / scaleOut);
}

std::array<std::uint64_t, 2> vaultBalances(const DammV1Pool& pool) {
    const auto held = [](const damm_v1::VaultSide& side) {
        return side.tokenVaultRaw + side.protocolFeeRaw;  // decoding and swaps keep the sum in u64
    };
    return {held(pool.sides[0]), held(pool.sides[1])};
}

}  // namespace oee::amm::meteora
