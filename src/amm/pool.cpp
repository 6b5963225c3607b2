#include "amm/pool.h"

#include <utility>

namespace oee::amm {
namespace {

template <typename State>
tl::expected<Pool, DecodeFailure> poolOf(const domain::Pubkey& address, domain::Program program,
                                         tl::expected<State, DecodeFailure> state) {
    if (!state) {
        return tl::make_unexpected(std::move(state.error()));
    }
    const auto mints = state->mints;
    return Pool{.address = address, .program = program, .mints = mints, .state = std::move(*state)};
}

}  // namespace

std::optional<SwapDirection> Pool::directionFrom(const domain::Pubkey& inputMint) const {
    if (inputMint == mints[0].mint) {
        return SwapDirection::aToB;
    }
    if (inputMint == mints[1].mint) {
        return SwapDirection::bToA;
    }
    return std::nullopt;
}

const MintInfo& Pool::inputOf(SwapDirection direction) const {
    return mints[direction == SwapDirection::aToB ? 0 : 1];
}

const MintInfo& Pool::outputOf(SwapDirection direction) const {
    return inputOf(opposite(direction));
}

tl::expected<Pool, DecodeFailure> decodePool(const domain::Pubkey& address,
                                             const AccountSet& accounts) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return tl::make_unexpected(DecodeFailure{DecodeError::accountMissing, address, "pool"});
    }
    const auto program = domain::programFromId(found->second.owner);
    if (!program) {
        return tl::make_unexpected(DecodeFailure{DecodeError::wrongOwner, address, "pool"});
    }
    switch (*program) {
        case domain::Program::raydiumAmmV4:
            return poolOf(address, *program, raydium::decodeAmmV4(address, accounts));
        case domain::Program::raydiumCpmm:
            return poolOf(address, *program, raydium::decodeCpmm(address, accounts));
        case domain::Program::meteoraDlmm:
            return poolOf(address, *program, meteora::decodeDlmm(address, accounts));
        case domain::Program::raydiumClmm:
            return poolOf(address, *program, raydium::decodeClmm(address, accounts));
        case domain::Program::meteoraDammV2:
            return poolOf(address, *program, meteora::decodeDammV2(address, accounts));
        case domain::Program::meteoraDammV1:
            return poolOf(address, *program, meteora::decodeDammV1(address, accounts));
    }
    return tl::make_unexpected(DecodeFailure{DecodeError::unsupported, address, "program"});
}

std::vector<domain::Pubkey> encodePool(const Pool& pool, AccountSet& accounts) {
    return std::visit([&](const auto& state) { return encode(state, accounts); }, pool.state);
}

tl::expected<SwapResult, SwapError> quote(const Pool& pool, const SwapRequest& request,
                                          const ChainClock& clock) {
    return std::visit([&](const auto& state) { return quote(state, request, clock); }, pool.state);
}

tl::expected<AppliedSwap, SwapError> apply(const Pool& pool, const SwapRequest& request,
                                           const ChainClock& clock) {
    auto after = std::make_shared<Pool>(pool);
    auto result =
        std::visit([&](auto& state) { return apply(state, request, clock); }, after->state);
    if (!result) {
        return tl::make_unexpected(result.error());
    }
    return AppliedSwap{.result = *result, .pool = std::move(after)};
}

double marginalPrice(const Pool& pool, SwapDirection direction) {
    return std::visit([&](const auto& state) { return marginalPrice(state, direction); },
                      pool.state);
}

Curve curveOf(const Pool& pool, SwapDirection direction, const ChainClock& clock) {
    return std::visit([&](const auto& state) { return curveOf(state, direction, clock); },
                      pool.state);
}

bool followsSlot(const Pool& pool) {
    if (const auto* dlmm = std::get_if<meteora::DlmmPool>(&pool.state)) {
        return dlmm->parameters.activationPoint > 0 &&
               dlmm->parameters.activationType == meteora::dlmm::ActivationType::slot;
    }
    if (const auto* damm = std::get_if<meteora::DammV2Pool>(&pool.state)) {
        return damm->activationType == meteora::damm_v2::ActivationType::slot;
    }
    const auto* damm = std::get_if<meteora::DammV1Pool>(&pool.state);
    return damm != nullptr && damm->activationType == meteora::damm_v1::ActivationType::slot;
}

std::array<std::uint64_t, 2> depthOf(const Pool& pool) {
    const auto* shared = std::get_if<meteora::DammV1Pool>(&pool.state);
    if (shared == nullptr) {
        return vaultBalances(pool);
    }
    std::array<std::uint64_t, 2> depth{};
    for (std::size_t side = 0; side < 2; ++side) {
        const auto& vault = shared->sides[side];
        depth[side] =
            base::mulDiv64(vault.totalRaw, vault.poolLpRaw, vault.lpSupplyRaw, base::Rounding::down)
                .value_or(0);
    }
    return depth;
}

std::array<std::uint64_t, 2> vaultBalances(const Pool& pool) {
    return std::visit([](const auto& state) { return vaultBalances(state); }, pool.state);
}

}  // namespace oee::amm
